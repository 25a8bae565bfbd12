/* SPDX-License-Identifier: MPL-2.0 */
/* loop.h: one lane at work: takes the free rows of its queue one by one and does what their kind names.
 *
 * Two processes of one lane never take the same row (SKIP LOCKED). A row whose process ended is free again at once, and that
 * attempt counts. Outcomes are those of opx/job.h.
 */
#ifndef OPX_LANE_LOOP_H
#define OPX_LANE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"

struct opx_arena;
struct opx_db;
struct opx_lane;
struct opx_registry;
struct sql_job_take_row;

/* A lane's process, for as long as it lives. */
struct opx_lane_loop {
	struct opx_lane *lane;
	const struct opx_logger *logger;
	const char *conninfo;
	struct opx_db *db;             /* NULL until the first use */
	struct opx_arena *arena;       /* of one job */
	struct opx_arena *next_arena;  /* of the one after it, which is taken when this one ends */
	struct sql_job_take_row *next; /* taken, not begun; NULL: none */
	bool takes_on;                 /* takes the next one with the end of one: opx_lane_run does */
	int64_t seal_owed_ms;          /* since when opx-seal has not been told of lines; 0: it was */
	int wake_fd, signal_fd;        /* opx_wake_listen; readable when the process shall stop */
	int64_t poll_ms, done_days;
	unsigned deadline_s;       /* of one job; 0: none (tests) */
	int64_t kept_ms, swept_ms; /* when it last looked after its queue */
	bool is_away;              /* the database, and it was said */
};

/* Registers core's job kinds of lane->name, with the lane as their self. OPX_CONFLICT: a plugin took that name. */
OPX_MUST_USE enum opx_status opx_lane_register(struct opx_registry *registry, struct opx_lane *lane,
					       struct opx_error *err);

/* Does one job if there is one that may run. The outcome of the job is not that of the call: OPX_UNAVAILABLE says that the
 * queue itself cannot be reached. */
OPX_MUST_USE enum opx_status opx_lane_once(struct opx_lane_loop *loop, bool *ret_did, struct opx_error *err);
/* Puts back the jobs that come again and again, buries what can no longer be tried, deletes what is long done. */
OPX_MUST_USE enum opx_status opx_lane_tend(struct opx_lane_loop *loop, struct opx_error *err);
/* Works until signal_fd is readable; the job that runs then is finished first. */
OPX_MUST_USE enum opx_status opx_lane_run(struct opx_lane_loop *loop, struct opx_error *err);
void opx_lane_done(struct opx_lane_loop *loop);

#endif
