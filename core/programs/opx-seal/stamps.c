/* SPDX-License-Identifier: MPL-2.0 */
/* stamps.c: see stamps.h. */
#include "stamps.h"

#include "base/arena.h"
#include "base/wake.h"
#include "batch.h"
#include "ledger.h"
#include "sequencer.h"
#include "sql_seal.h"

#define FLOOR_US (INT64_C(300) * 1000000)

void opx_stamps_init(struct opx_stamps *stamps, const struct opx_sequencer_setup *setup)
{
	*stamps = (struct opx_stamps){ .setup = setup, .may_have_heads = true };
}

void opx_stamps_done(struct opx_stamps *stamps)
{
	opx_id_list_done(&stamps->seen);
}

/* ---- tokens that came ---- */

enum opx_status opx_stamps_load(struct opx_stamps *s, struct opx_db *db, struct opx_arena *arena,
				struct opx_error *err)
{
	const struct sql_seal_tokens_latest_row *rows = NULL;
	struct sql_seal_tokens_floor_row floor;
	size_t n = 0;
	int64_t after = INT64_MIN;
	/* The floor first: what arrives meanwhile is above it. */
	OPX_TRY(sql_seal_tokens_floor(db, &floor, err));
	do {
		opx_arena_reset(arena);
		OPX_TRY(sql_seal_tokens_latest(db, after, &rows, &n, err));
		for (size_t i = 0; i < n; i++) {
			struct opx_ledger_log *log = opx_ledger_find(s->setup->ledger, rows[i].log_id);
			struct opx_sha256 tsr = opx_sha256(rows[i].tsr);
			after = rows[i].log_id;
			if (log != NULL)
				opx_ledger_token(log, rows[i].size, rows[i].gen_time, &tsr);
		}
	} while (n > 0);
	s->tokens_floor = floor.id;
	s->heads_floor = 0;
	s->has_floor = false;
	s->floor_at = opx_now(s->setup->clock);
	return OPX_OK;
}

enum opx_status opx_stamps_take(struct opx_stamps *s, struct opx_db *db, struct opx_error *err)
{
	const struct sql_seal_tokens_new_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_seal_tokens_new(db, s->tokens_floor, opx_id_list_of(&s->seen), &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		struct opx_ledger_log *log = opx_ledger_find(s->setup->ledger, rows[i].log_id);
		struct opx_sha256 tsr = opx_sha256(rows[i].tsr);
		if (log != NULL)
			opx_ledger_token(log, rows[i].size, rows[i].gen_time, &tsr);
		opx_id_list_add(&s->seen, rows[i].id);
		s->may_have_heads = true;
	}
	return OPX_OK;
}

/* Nothing is due: tokens that are old enough need not be looked at again. */
static enum opx_status raise_floor(struct opx_stamps *s, struct opx_db *db, struct opx_instant now,
				   struct opx_error *err)
{
	struct sql_seal_tokens_floor_row floor;
	if (s->has_floor && !opx_has_waited(s->floor_at, FLOOR_US, now))
		return OPX_OK;
	OPX_TRY(sql_seal_tokens_floor(db, &floor, err));
	s->tokens_floor = s->heads_floor = floor.id;
	s->floor_at = now;
	s->has_floor = true;
	opx_id_list_drop_to(&s->seen, floor.id);
	return OPX_OK;
}

enum opx_status opx_stamps_heads(struct opx_stamps *s, struct opx_db *db, struct opx_instant now,
				 const struct sql_seal_heads_stamped_row **ret, size_t *ret_n,
				 struct opx_error *err)
{
	*ret_n = 0;
	if (s->may_have_heads)
		OPX_TRY(sql_seal_heads_stamped(db, s->heads_floor, OPX_STAMPS_AT_ONCE, ret, ret_n, err));
	s->may_have_heads = *ret_n > 0;
	return *ret_n == 0 ? raise_floor(s, db, now, err) : OPX_OK;
}

/* ---- stamps to ask for ---- */

static int64_t interval_of(const struct opx_stamps *s, const struct opx_ledger_log *log)
{
	return log->kind == 'g' ? s->setup->global_interval_us : s->setup->head_interval_us;
}

static bool is_due(const struct opx_stamps *s, const struct opx_ledger_log *log, struct opx_instant now)
{
	return opx_has_waited(log->stamp_asked, interval_of(s, log), now);
}

static void set_waiting(struct opx_stamps *s, struct opx_ledger_log *log, int64_t size)
{
	if (log->stamp_waits == 0 && size != 0)
		s->n_wait++;
	if (log->stamp_waits != 0 && size == 0)
		s->n_wait--;
	log->stamp_waits = size;
}

static void asked(struct opx_stamps *s, struct opx_ledger_log *log, struct opx_instant now)
{
	log->stamp_asked = now;
	set_waiting(s, log, 0);
}

/* Is this head of the batch stamped at once? A release line always is: sealing waits for it. */
static bool is_at_once(const struct opx_stamps *s, const struct opx_batch *batch,
		       const struct opx_ledger_log *log, bool has_release)
{
	return is_due(s, log, batch->now) || (log->kind == 'g' && has_release);
}

void opx_stamps_at_once(const struct opx_stamps *s, const struct opx_batch *batch, bool has_release,
			struct opx_arena *arena, struct opx_i64s *ret_logs, struct opx_i64s *ret_sizes)
{
	int64_t *logs = OPX_NEW_N(arena, int64_t, batch->n_logs),
		*sizes = OPX_NEW_N(arena, int64_t, batch->n_logs);
	size_t n = 0;
	for (size_t i = 0; i < batch->n_logs; i++)
		if (is_at_once(s, batch, batch->logs[i].log, has_release)) {
			logs[n] = batch->heads[i].log;
			sizes[n++] = batch->heads[i].size;
		}
	*ret_logs = (struct opx_i64s){ .p = logs, .n = n };
	*ret_sizes = (struct opx_i64s){ .p = sizes, .n = n };
}

void opx_stamps_settle(struct opx_stamps *s, const struct opx_batch *batch, bool has_release)
{
	for (size_t i = 0; i < batch->n_logs; i++) {
		struct opx_ledger_log *log = batch->logs[i].log;
		if (is_at_once(s, batch, log, has_release))
			asked(s, log, batch->now);
		else
			set_waiting(s, log, batch->heads[i].size);
	}
}

enum opx_status opx_stamps_ask_late(struct opx_stamps *s, struct opx_db *db, struct opx_arena *arena,
				    struct opx_instant now, struct opx_error *err)
{
	s->due_in_us = INT64_MAX;
	if (s->n_wait == 0)
		return OPX_OK;
	int64_t *logs = OPX_NEW_N(arena, int64_t, s->n_wait), *sizes = OPX_NEW_N(arena, int64_t, s->n_wait);
	size_t n = 0;
	for (size_t i = 0; i < s->setup->ledger->n; i++) {
		const struct opx_ledger_log *log = s->setup->ledger->logs[i];
		if (log->stamp_waits == 0)
			continue;
		if (!is_due(s, log, now)) {
			int64_t in_us = log->stamp_asked.us + interval_of(s, log) - now.us;
			s->due_in_us = in_us < s->due_in_us ? in_us : s->due_in_us;
			continue;
		}
		logs[n] = log->id;
		sizes[n++] = log->stamp_waits;
	}
	if (n == 0)
		return OPX_OK;
	OPX_TRY(sql_seal_stamp_heads(db, (struct opx_i64s){ .p = logs, .n = n },
				     (struct opx_i64s){ .p = sizes, .n = n }, NULL, err));
	for (size_t i = 0; i < n; i++)
		asked(s, opx_ledger_find(s->setup->ledger, logs[i]), now);
	opx_wake(s->setup->run_folder, OPX_WAKE_POST);
	return OPX_OK;
}
