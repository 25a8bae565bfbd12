/* SPDX-License-Identifier: MPL-2.0 */
/* queue.c: see queue.h. */
#include "queue.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plugin/registry.h"

struct queue_shared *queue_shared;
static int queue_me; /* which of two processes this one is */

void queue_pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	(void)nanosleep(&t, NULL);
}

static enum opx_status count(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	(void)err;
	atomic_fetch_add(&queue_shared->done[job->ref], 1);
	atomic_fetch_add(&queue_shared->by[queue_me], 1);
	queue_pause_ms(3);
	return OPX_OK;
}

static enum opx_status fail_with(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	return OPX_FAIL(err, (enum opx_status)job->ref, "", "as asked: %d", (int)job->ref);
}

/* Kills its process until the shared memory says that all is calm; hang waits for that, ten seconds at most. */
static enum opx_status crash(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	(void)job;
	(void)err;
	if (!atomic_load(&queue_shared->is_calm))
		(void)raise(SIGKILL);
	return OPX_OK;
}

static enum opx_status hang(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	(void)err;
	atomic_store(&queue_shared->done[job->ref], 1);
	for (int i = 0; i < 2000 && !atomic_load(&queue_shared->is_calm); i++)
		queue_pause_ms(5);
	return OPX_OK;
}

/* Leaves a line for opx-seal, as far as the loop knows. */
static enum opx_status leave_line(void *self, struct opx_job *job, struct opx_error *err)
{
	opx_lane_wake_seal(self);
	return count(self, job, err);
}

static const struct opx_job_kind kinds[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.count", .run = count },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.fail", .run = fail_with },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.crash", .run = crash },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.hang", .run = hang },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.line", .run = leave_line },
};

void queue_open_files(struct scene_lane *s)
{
	struct opx_error err;
	scene_lane_open(s, "files", "opx_files");
	for (size_t i = 0; i < OPX_COUNT(kinds); i++)
		ck_assert_ok(opx_registry_add_job_kind(s->registry, &kinds[i], &s->lane, OPX_OWNER_CORE,
						       &err),
			     err);
}

void queue_begin(void)
{
	struct opx_error err;
	queue_shared =
		mmap(NULL, sizeof(*queue_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(queue_shared, MAP_FAILED);
	ck_assert_ok(sql_scene_clear(scene_story.owner, OPX_STR("files"), NULL, &err), err);
}

void queue_end(void)
{
	(void)munmap(queue_shared, sizeof(*queue_shared));
}

int64_t queue_add(const char *kind, int64_t ref, int32_t max_attempts)
{
	struct opx_error err;
	struct sql_scene_job_row row;
	ck_assert_ok(sql_scene_job(scene_story.owner, opx_str_z(kind), ref, max_attempts, OPX_BYTES("secret"),
				   &row, &err),
		     err);
	return row.id;
}

struct sql_scene_job_state_row queue_state_of(int64_t job)
{
	struct opx_error err;
	struct sql_scene_job_state_row row;
	ck_assert_ok(sql_scene_job_state(scene_story.owner, job, &row, &err), err);
	return row;
}

void queue_due_now(int64_t job)
{
	struct opx_error err;
	ck_assert_ok(sql_scene_job_now(scene_story.owner, job, NULL, &err), err);
}

bool queue_once(struct scene_lane *s)
{
	struct opx_error err;
	bool did = false;
	ck_assert_ok(opx_lane_once(&s->loop, &did, &err), err);
	return did;
}

pid_t queue_in_child(void (*body)(struct scene_lane *s))
{
	pid_t pid = fork();
	if (pid == 0) {
		struct scene_lane s;
		const struct sigaction plain = { .sa_handler = SIG_DFL };
		(void)sigaction(SIGALRM, &plain,
				NULL); /* Check has a handler of its own, which kills the whole group */
		queue_me = 1;
		queue_open_files(&s);
		body(&s);
		scene_lane_close(&s);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

int queue_status_of(pid_t pid)
{
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

void queue_wait_for_backend(int64_t job)
{
	struct opx_error err;
	struct sql_scene_backend_row row = { .is_there = true };
	for (int i = 0; i < 1000 && row.is_there; i++) {
		ck_assert_ok(sql_scene_backend(scene_story.owner, job, &row, &err), err);
		queue_pause_ms(5);
	}
	ck_assert(!row.is_there);
}

void queue_until_done(int ref)
{
	for (int i = 0; i < 2000 && !atomic_load(&queue_shared->done[ref]); i++)
		queue_pause_ms(5);
	ck_assert(atomic_load(&queue_shared->done[ref]) != 0);
}

void queue_drain(struct scene_lane *s)
{
	while (queue_once(s))
		;
}
