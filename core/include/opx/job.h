/* SPDX-License-Identifier: MPL-2.0 */
/* job.h: work that a lane of opx-jobs does: a row of the queue, and the function that a kind names. */
#ifndef OPX_JOB_H
#define OPX_JOB_H

#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_db;
struct opx_logger;

/* One job being done. Read only for plugins. */
struct opx_job {
	int64_t id, ref, ref2;
	struct opx_str kind;
	struct opx_bytes secret;
	int32_t attempt;         /* from 1 */
	struct opx_arena *arena; /* this job's */
	struct opx_db *db;       /* no transaction open */
	const struct opx_logger *logger;
	struct opx_instant deadline;
	const void *core;
};

/* A job to queue. */
struct opx_job_order {
	const char *lane, *kind;
	struct opx_str
		key; /* at most one live job with this key; empty: none. A second order with it is dropped */
	int64_t ref, ref2;
	struct opx_bytes secret;
	int64_t delay_s;
	int32_t max_attempts; /* 0: 20 */
};

struct opx_job_kind {
	uint32_t size;
	const char *lane; /* files, sign-in, post, make */
	const char *kind;
	/* OPX_OK ends the job; OPX_UNAVAILABLE tries again later (delay doubles from 2 s to 1 h); OPX_CONFLICT: not yet, again in
	 * 1 s without counting; anything else counts as an attempt too and is logged as an error. After max_attempts it is a
	 * dead letter, shown by opx-admin jobs. */
	enum opx_status (*run)(void *self, struct opx_job *job, struct opx_error *err);
};

#endif
