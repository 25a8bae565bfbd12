/* SPDX-License-Identifier: MPL-2.0 */
/* lane.c: see loop.h. */
#include "lane/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/wake.h"
#include "db/db.h"
#include "lane/lane.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_job.h"
#include "sql_work.h"

#define MAX_JOB_BYTES ((size_t)256 << 20)
#define FIRST_DELAY_MS ((int64_t)2000)
#define LAST_DELAY_MS ((int64_t)3600000)
#define NOT_YET_MS 1000
#define ALARM_ATTEMPT 9 /* 2 + 4 + … + 512 s: 17 minutes after the first */
#define KEEP_MS 10000
#define SEAL_LATE_S 10
#define SWEEP_MS 3600000
#define SEAL_TOGETHER_MS 250

/* What core knows to do, one line a subject. */
static const struct {
	const struct opx_job_kind *kinds;
	const size_t *n;
} subjects[] = {
	{ opx_jobs_files, &opx_n_jobs_files },     { opx_jobs_tokens, &opx_n_jobs_tokens },
	{ opx_jobs_notices, &opx_n_jobs_notices }, { opx_jobs_revocation, &opx_n_jobs_revocation },
	{ opx_jobs_events, &opx_n_jobs_events },   { opx_jobs_bundles, &opx_n_jobs_bundles },
	{ opx_jobs_letters, &opx_n_jobs_letters }, { opx_jobs_certificates, &opx_n_jobs_certificates },
};

/* Jobs that come back by themselves. A revocation list must have been fetched less than five minutes ago (security 4.5). */
static const struct {
	const char *lane, *kind, *key;
	int64_t every_s;
} periodic[] = {
	{ "sign-in", "crl.fetch", "again:crl-sign-in", 120 },
	{ "post", "crl.fetch", "again:crl-post", 120 },
	{ "post", "token.sweep", "again:token-sweep", 3600 },
	{ "sign-in", "otp.sweep", "again:otp-sweep", 3600 },
	{ "files", "store.sweep", "again:store-sweep", 3600 },
	{ "make", "made.sweep", "again:made-sweep", 60 }, /* a letter is gone after a quarter of an hour */
};

struct opx_act opx_lane_act(const struct opx_lane *lane, struct opx_job *job)
{
	return (struct opx_act){ .db = job->db,
				 .arena = job->arena,
				 .clock = lane->clock,
				 .random = lane->random,
				 .software = lane->software,
				 .request_id = opx_strf(job->arena, "job-%" PRId64, job->id),
				 .address = OPX_STR(""),
				 .agent = OPX_STR("opx-jobs") };
}

enum opx_status opx_lane_register(struct opx_registry *registry, struct opx_lane *lane, struct opx_error *err)
{
	for (size_t i = 0; i < OPX_COUNT(subjects); i++)
		for (size_t k = 0; k < *subjects[i].n; k++)
			if (strcmp(subjects[i].kinds[k].lane, lane->name) == 0)
				OPX_TRY(opx_registry_add_job_kind(registry, &subjects[i].kinds[k], lane,
								  OPX_OWNER_CORE, err));
	return OPX_OK;
}

void opx_lane_wake_seal(const struct opx_lane *lane)
{
	if (lane->seal_owed_ms == NULL)
		opx_wake(lane->site->run_folder.p, OPX_WAKE_SEAL);
	else if (*lane->seal_owed_ms == 0)
		*lane->seal_owed_ms = opx_monotonic_ms();
}

static void pay_seal(struct opx_lane_loop *loop)
{
	bool can_wait = loop->next != NULL && opx_monotonic_ms() - loop->seal_owed_ms < SEAL_TOGETHER_MS;
	if (loop->seal_owed_ms == 0 || can_wait)
		return;
	loop->seal_owed_ms = 0;
	opx_wake(loop->lane->site->run_folder.p, OPX_WAKE_SEAL);
}

static enum opx_status ready(struct opx_lane_loop *loop, struct opx_error *err)
{
	if (loop->arena == NULL) {
		loop->arena = opx_arena_new(MAX_JOB_BYTES);
		loop->next_arena = opx_arena_new(MAX_JOB_BYTES);
	}
	if (loop->db == NULL)
		OPX_TRY(opx_db_open(loop->conninfo, loop->logger, &loop->db, err));
	else
		OPX_TRY(opx_db_ready(loop->db, err));
	(void)opx_db_use_arena(loop->db, loop->arena);
	return OPX_OK;
}

/* Runs the function that the kind names; a crash inside is then counted against its owner. */
static enum opx_status perform(struct opx_lane_loop *loop, struct opx_job *job, struct opx_error *err)
{
	const struct opx_registry *registry = loop->lane->registry;
	const struct opx_reg_job_kind *found = opx_registry_job_kind(registry, loop->lane->name, job->kind.p);
	if (found == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce travail n’est pas connu."),
				"no job kind %s in lane %s", job->kind.p, loop->lane->name);
	uint16_t former = opx_registry_enter(registry, found->owner);
	(void)alarm(loop->deadline_s); /* its default action ends the process, which frees the row */
	enum opx_status status = found->it->run(found->self, job, err);
	(void)alarm(0);
	opx_registry_leave(registry, former);
	return status;
}

/* 2 s after the first attempt, then twice as long each time, an hour at most. */
static int64_t delay_ms(int32_t attempt)
{
	return attempt > 11 ? LAST_DELAY_MS : FIRST_DELAY_MS << (attempt - 1);
}

/* Something that is away is no alarm until it has been for a quarter of an hour (security 2.4, T27). */
static enum opx_log_level level_of(enum opx_status status, int32_t attempt, bool is_dead)
{
	if (status == OPX_CONFLICT)
		return OPX_DEBUG;
	return !is_dead && status == OPX_UNAVAILABLE && attempt < ALARM_ATTEMPT ? OPX_WARN : OPX_ERROR;
}

static bool is_time_to_tend(const struct opx_lane_loop *loop)
{
	return loop->kept_ms == 0 || opx_monotonic_ms() - loop->kept_ms > KEEP_MS;
}

static bool is_asked_to_stop(const struct opx_lane_loop *loop)
{
	struct pollfd p = { .fd = loop->signal_fd, .events = POLLIN };
	return poll(&p, 1, 0) != 0;
}

/* In one round trip and one commit. The next row lives in the next arena. */
static enum opx_status end_and_take(struct opx_lane_loop *loop, const struct sql_job_take_row *row,
				    const char *state, bool is_counted, struct opx_str detail, int64_t *ret_n,
				    struct opx_error *err)
{
	bool takes = loop->takes_on && !is_time_to_tend(loop) && !is_asked_to_stop(loop), is_found = false;
	struct sql_job_take_row *next = OPX_NEW(loop->next_arena, struct sql_job_take_row);
	OPX_TRY(opx_db_pipeline_begin(loop->db, err));
	OPX_TRY(sql_job_end_send(loop->db, row->id, opx_str_z(state),
				 is_counted ? delay_ms(row->attempts) : NOT_YET_MS, is_counted ? 0 : 1,
				 detail, err));
	if (takes)
		OPX_TRY(sql_job_take_send(loop->db, opx_str_z(loop->lane->name), err));
	OPX_TRY(opx_db_pipeline_end(loop->db, err));
	OPX_TRY(sql_job_end_recv(loop->db, ret_n, err));
	if (!takes)
		return OPX_OK;
	(void)opx_db_use_arena(loop->db, loop->next_arena);
	OPX_TRY(sql_job_take_recv(loop->db, &is_found, next, err));
	loop->next = is_found ? next : NULL;
	return OPX_OK;
}

static enum opx_status conclude(struct opx_lane_loop *loop, const struct sql_job_take_row *row,
				enum opx_status status, const struct opx_error *why, struct opx_error *err)
{
	bool is_counted = status != OPX_CONFLICT;
	bool is_dead = status != OPX_OK && is_counted && row->attempts >= row->max_attempts;
	const char *state = status == OPX_OK ? "done" : is_dead ? "dead" : "ready";
	struct opx_str detail = OPX_STR("");
	int64_t n = 0;
	if (status != OPX_OK) {
		detail = opx_str_scrub(loop->arena, opx_bytes_of(opx_str_z(why->detail)), 600);
		OPX_LOG(loop->logger, level_of(status, row->attempts, is_dead),
			is_dead ? "lane.dead-letter" : "lane.again", KV_STR("kind", row->kind),
			KV_I64("job", row->id), KV_I64("ref", row->ref_is_null ? 0 : row->ref),
			KV_I64("attempt", row->attempts), KV_Z("status", opx_status_name(status)),
			KV_STR("detail", detail));
	}
	OPX_TRY(end_and_take(loop, row, state, is_counted, detail, &n, err));
	if (n == 0)
		OPX_LOG(loop->logger, OPX_WARN, "lane.not-ours", KV_I64("job", row->id));
	return OPX_OK;
}

static enum opx_status take(struct opx_lane_loop *loop, struct opx_error *err)
{
	struct sql_job_take_row *row = OPX_NEW(loop->arena, struct sql_job_take_row);
	bool is_found = false;
	OPX_TRY(sql_job_take(loop->db, opx_str_z(loop->lane->name), &is_found, row, err));
	loop->next = is_found ? row : NULL;
	return OPX_OK;
}

/* The row is taken by this connection; that of the next one is when this one has ended. */
static enum opx_status do_it(struct opx_lane_loop *loop, const struct sql_job_take_row *row,
			     struct opx_error *err)
{
	struct opx_error why = { .detail = "" };
	const struct opx_clock *clock = loop->lane->clock;
	int64_t given_us = (int64_t)(loop->deadline_s > 0 ? loop->deadline_s : 60) * 1000000;
	struct opx_job job = {
		.id = row->id,
		.ref = row->ref_is_null ? 0 : row->ref,
		.ref2 = row->ref2_is_null ? 0 : row->ref2,
		.kind = row->kind,
		.secret = row->secret,
		.attempt = row->attempts,
		.arena = loop->arena,
		.db = loop->db,
		.logger = loop->logger,
		.deadline = { opx_now(clock).us + given_us },
		.core = loop->lane->host,
	};
	enum opx_status status = perform(loop, &job, &why);
	OPX_TRY(ready(loop, err)); /* rolls back what a failed job left open */
	return conclude(loop, row, status, &why, err);
}

enum opx_status opx_lane_once(struct opx_lane_loop *loop, bool *ret_did, struct opx_error *err)
{
	enum opx_status status = OPX_OK;
	*ret_did = false;
	/* One that was taken is begun on the connection that took it: were that one lost, the row would be another's by now. */
	if (loop->next == NULL) {
		OPX_TRY(ready(loop, err));
		opx_arena_reset(loop->arena);
		OPX_TRY(take(loop, err));
	} else {
		(void)opx_db_use_arena(loop->db, loop->arena);
	}
	const struct sql_job_take_row *row = loop->next;
	loop->next = NULL;
	if (row != NULL) {
		*ret_did = true;
		status = do_it(loop, row, err);
		/* A row whose end could not be written is free again when its connection is gone. */
		if (status != OPX_OK) {
			opx_db_close(loop->db);
			loop->db = NULL;
		}
	}
	if (loop->db != NULL)
		(void)opx_db_use_arena(loop->db, NULL);
	opx_arena_reset(loop->arena);
	struct opx_arena *done = loop->arena;
	loop->arena = loop->next_arena;
	loop->next_arena = done;
	pay_seal(loop);
	return status;
}

enum opx_status opx_lane_tend(struct opx_lane_loop *loop, struct opx_error *err)
{
	const struct opx_lane *lane = loop->lane;
	OPX_TRY(ready(loop, err));
	for (size_t i = 0; i < OPX_COUNT(periodic); i++)
		if (strcmp(periodic[i].lane, lane->name) == 0 &&
		    opx_registry_job_kind(lane->registry, lane->name, periodic[i].kind) != NULL)
			OPX_TRY(sql_job_keep(loop->db, opx_str_z(lane->name), opx_str_z(periodic[i].kind),
					     opx_str_z(periodic[i].key), periodic[i].every_s, NULL, err));
	OPX_TRY(sql_job_bury(loop->db, opx_str_z(lane->name), NULL, err));
	if (strcmp(lane->name, "post") == 0) /* somebody must see that opx-seal does not come */
		OPX_TRY(sql_work_trouble_seal(loop->db, SEAL_LATE_S, NULL, err));
	loop->kept_ms = opx_monotonic_ms();
	if (loop->swept_ms == 0 || loop->kept_ms - loop->swept_ms > SWEEP_MS) {
		OPX_TRY(sql_job_sweep(loop->db, opx_str_z(lane->name), loop->done_days, NULL, err));
		loop->swept_ms = loop->kept_ms;
	}
	return OPX_OK;
}

static bool must_stop(const struct opx_lane_loop *loop, int wait_ms)
{
	struct pollfd fds[2] = { { .fd = loop->signal_fd, .events = POLLIN },
				 { .fd = loop->wake_fd, .events = POLLIN } };
	if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
		return true;
	if (fds[1].revents != 0)
		opx_wake_drain(loop->wake_fd);
	return fds[0].revents != 0;
}

/* One round: looks after the queue when it is time, does a job. A database that is away is said once. */
static bool round_once(struct opx_lane_loop *loop)
{
	struct opx_error err = { .detail = "" };
	bool did = false;
	enum opx_status status = OPX_OK;
	if (loop->next == NULL && is_time_to_tend(loop))
		status = opx_lane_tend(loop, &err);
	if (status == OPX_OK)
		status = opx_lane_once(loop, &did, &err);
	if (status != OPX_OK && !loop->is_away)
		opx_log_error(loop->logger, OPX_ERROR, "lane.queue-away", &err);
	else if (status == OPX_OK && loop->is_away)
		OPX_LOG(loop->logger, OPX_INFO, "lane.queue-back", KV_Z("lane", loop->lane->name));
	loop->is_away = status != OPX_OK;
	return did && status == OPX_OK;
}

enum opx_status opx_lane_run(struct opx_lane_loop *loop, struct opx_error *err)
{
	bool did = true;
	(void)err;
	OPX_LOG(loop->logger, OPX_INFO, "lane.start", KV_Z("lane", loop->lane->name));
	loop->takes_on = true;
	loop->lane->seal_owed_ms = &loop->seal_owed_ms;
	while (loop->next != NULL || !must_stop(loop, did ? 0 : (int)loop->poll_ms))
		did = round_once(loop);
	OPX_LOG(loop->logger, OPX_INFO, "lane.stop", KV_Z("lane", loop->lane->name));
	return OPX_OK;
}

void opx_lane_done(struct opx_lane_loop *loop)
{
	opx_db_close(loop->db);
	opx_arena_free(loop->arena);
	opx_arena_free(loop->next_arena);
	loop->db = NULL;
	loop->arena = loop->next_arena = NULL;
	loop->next = NULL;
}
