/* SPDX-License-Identifier: MPL-2.0 */
/* queue.h: jobs of the test in the queue of the files lane, and processes that do them, fail, hang or are killed. */
#ifndef TESTS_JOBS_QUEUE_H
#define TESTS_JOBS_QUEUE_H

#include "scene.h"

#include <stdatomic.h>
#include <sys/types.h>

#include "sql_scene.h"

#define QUEUE_N_SHARED 60

/* Seen by all processes of a test. done: by the reference of the job. Nothing is killed and nothing hangs once is_calm. */
struct queue_shared {
	atomic_int done[QUEUE_N_SHARED], by[2], is_calm;
};
extern struct queue_shared *queue_shared;

void queue_begin(void);
void queue_end(void);

/* The lane with the kinds test.count, test.fail (with the status that its reference says), test.crash, test.hang, test.line. */
void queue_open_files(struct scene_lane *s);
/* One job, or all that there is to do. */
bool queue_once(struct scene_lane *s);
void queue_drain(struct scene_lane *s);
/* A second process of the lane: body runs there; and how it ended. */
pid_t queue_in_child(void (*body)(struct scene_lane *s));
int queue_status_of(pid_t pid);

int64_t queue_add(const char *kind, int64_t ref, int32_t max_attempts);
struct sql_scene_job_state_row queue_state_of(int64_t job);
/* Its time has come. */
void queue_due_now(int64_t job);
/* PostgreSQL sees that a client is gone a moment after it is. */
void queue_wait_for_backend(int64_t job);
void queue_until_done(int ref);
void queue_pause_ms(long ms);

#endif
