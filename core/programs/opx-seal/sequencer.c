/* SPDX-License-Identifier: MPL-2.0 */
/* sequencer.c: see sequencer.h. */
#include "sequencer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/wake.h"
#include "batch.h"
#include "db/db.h"
#include "global_body.h"
#include "id_list.h"
#include "records.h"
#include "signer.h"
#include "sql_seal.h"
#include "stamps.h"

#define STOPPED N_("Le scellement est arrêté.")
#define POLL_MS 1000
#define AGAIN_MS 500
#define SOON_MS 100                     /* while all wait for the first token */
#define BATCH_BYTES (INT64_C(16) << 20) /* of bodies read at once */
#define ARENA_BYTES ((size_t)256 << 20)
#define MAX_LEFT_OUT 1000 /* events or logs that are refused: more is not a defect but an attack */

struct opx_sequencer {
	struct opx_sequencer_setup setup;
	struct opx_ledger *ledger;
	struct opx_db *db;
	struct opx_arena *round;
	/* What the journal has and the database perhaps not. */
	struct opx_arena *arena;
	struct opx_batch batch;
	struct opx_id_list events;
	bool has_batch, has_release;
	/* How far the start has come. */
	bool is_synced, is_open;
	struct opx_instant started;
	int64_t release_size; /* of the global log with this start's release line; 0: not written yet */
	struct opx_stamps stamps;
	/* Left out until the next start. */
	struct opx_id_list refused, blocked, heads_blocked;
	bool is_full_said, is_clock_said, is_clock_looked, is_away_said;
};

void opx_sequencer_new(const struct opx_sequencer_setup *setup, struct opx_sequencer **ret)
{
	struct opx_sequencer *s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	s->setup = *setup;
	s->ledger = setup->ledger;
	s->round = opx_arena_new(ARENA_BYTES);
	s->arena = opx_arena_new(ARENA_BYTES);
	s->started = opx_now(setup->clock);
	opx_stamps_init(&s->stamps, &s->setup);
	*ret = s;
}

void opx_sequencer_free(struct opx_sequencer *sequencer)
{
	if (sequencer == NULL)
		return;
	opx_db_close(sequencer->db);
	opx_arena_free(sequencer->round);
	opx_arena_free(sequencer->arena);
	opx_id_list_done(&sequencer->events);
	opx_stamps_done(&sequencer->stamps);
	opx_id_list_done(&sequencer->refused);
	opx_id_list_done(&sequencer->blocked);
	opx_id_list_done(&sequencer->heads_blocked);
	free(sequencer);
}

bool opx_sequencer_is_ready(const struct opx_sequencer *sequencer)
{
	return sequencer->is_synced;
}

/* ---- the start ---- */

static enum opx_status find_global(struct opx_sequencer *s, struct opx_error *err)
{
	struct sql_seal_global_log_row row;
	struct sql_seal_global_log_new_row made;
	struct opx_ledger_log *log = NULL;
	uint8_t random[16];
	bool is_found = false;
	OPX_TRY(sql_seal_global_log(s->db, &is_found, &row, err));
	if (!is_found && s->ledger->global == NULL) {
		opx_random_fill(s->setup.random, random, sizeof(random));
		struct opx_str tail =
			opx_base32(s->round, (struct opx_bytes){ .p = random, .n = sizeof(random) });
		row.origin = opx_strf(s->round, "%s/g/%s", s->setup.log_host.p, tail.p);
		if (opx_origin_kind(row.origin) != 'g')
			return OPX_FAIL(err, OPX_INVALID, STOPPED,
					"setting site.log_host: %s is no name of a log", row.origin.p);
		OPX_TRY(sql_seal_global_log_new(s->db, row.origin, &made, err));
		row.id = made.id;
	} else if (!is_found || (s->ledger->global != NULL && row.id != s->ledger->global->id)) {
		return OPX_FAIL(err, OPX_INVALID, STOPPED,
				"the database is not that of the journal: its global log is another one");
	}
	return opx_ledger_log(s->ledger, row.id, row.origin, &log, err);
}

/* Compares and completes the proof tables, then what an interrupted round left undone. */
static enum opx_status synchronise(struct opx_sequencer *s, struct opx_error *err)
{
	const struct opx_bytes public = { .p = s->setup.signer->log_public, .n = 32 };
	struct opx_records_report report;
	struct sql_seal_filings_row filings;
	OPX_TRY(opx_records_sync(s->db, s->setup.vfs, s->setup.dir_fd, s->ledger, s->setup.signer, &report,
				 err));
	OPX_TRY(find_global(s, err));
	OPX_TRY(sql_seal_key(s->db, public, NULL, err));
	OPX_TRY(sql_seal_waiting_known(s->db, NULL, err));
	OPX_TRY(sql_seal_filings(s->db, &filings, err));
	OPX_TRY(sql_seal_stamp_missing(s->db, NULL, err));
	OPX_TRY(opx_stamps_load(&s->stamps, s->db, s->round, err));
	s->is_synced = true;
	OPX_LOG(s->setup.logger, OPX_INFO, "seal.compared", KV_I64("lines", report.lines),
		KV_I64("heads", report.heads), KV_I64("lines_added", report.lines_added),
		KV_I64("heads_added", report.heads_added), KV_I64("filings", filings.filings));
	return OPX_OK;
}

/* Sealing begins when this start's release line has its token, or, on an instance that has tokens, after some time. */
static void look_open(struct opx_sequencer *s, struct opx_instant now)
{
	const struct opx_ledger_log *global = s->ledger->global;
	if (s->is_open || s->release_size == 0 || global->token_time.us == 0)
		return;
	bool is_fresh = global->token_size >= s->release_size;
	s->is_open = is_fresh || opx_has_waited(s->started, s->setup.token_wait_us, now);
	if (s->is_open)
		OPX_LOG(s->setup.logger, is_fresh ? OPX_INFO : OPX_WARN, "seal.open",
			KV_Z("token", is_fresh ? "fresh" : "of before"));
}

/* ---- making a batch ---- */

/* An event that cannot be sealed. The acts of a dossier stop behind it, since their order is evidence; so does a log without
 * its first line. Readings have no order among themselves. */
static enum opx_status leave_out(struct opx_sequencer *s, const struct sql_seal_waiting_row *row,
				 const char *why, bool is_log, struct opx_error *err)
{
	OPX_LOG(s->setup.logger, OPX_ERROR, "seal.refused", KV_I64("event", row->event_id),
		KV_I64("log", row->log_id), KV_Z("reason", why),
		KV_Z("stopped", is_log ? "the log" : "the event"));
	opx_id_list_add(is_log ? &s->blocked : &s->refused, is_log ? row->log_id : row->event_id);
	if (s->blocked.n + s->refused.n > MAX_LEFT_OUT)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "more than %d events of the outbox are refused",
				MAX_LEFT_OUT);
	return OPX_OK;
}

/* NULL, or why this event cannot have a line. */
static const char *fault_of(const struct sql_seal_waiting_row *row, const struct opx_ledger_log *log,
			    uint64_t size)
{
	struct opx_sha256 hash = opx_sha256(row->body);
	const char *first = log->kind == 'c' ? "case.open" : "readings.open";
	if (row->body.p == NULL)
		return "no body";
	if (row->body_sha256.n != 32 || memcmp(hash.b, row->body_sha256.p, 32) != 0)
		return "the body is not the one that was hashed";
	if (opx_str_is(row->type, first) != (size == 0))
		return "first line and no other is the opening";
	return NULL;
}

static uint64_t size_of(const struct opx_batch *batch, const struct opx_ledger_log *log)
{
	for (size_t i = batch->n_logs; i > 0; i--)
		if (batch->logs[i - 1].log == log)
			return batch->logs[i - 1].tree.size;
	return log->tree.size;
}

static enum opx_status add_event(struct opx_sequencer *s, const struct sql_seal_waiting_row *row,
				 struct opx_error *err)
{
	struct opx_ledger_log *log = NULL;
	struct opx_batch_line *line = NULL;
	struct opx_sha256 body;
	if (opx_id_list_has(&s->blocked, row->log_id))
		return OPX_OK;
	if (opx_ledger_log(s->ledger, row->log_id, row->origin, &log, NULL) != OPX_OK || log->kind == 'g')
		return leave_out(s, row, "the log has no name of a dossier's log", true, err);
	uint64_t size = size_of(&s->batch, log);
	const char *fault = fault_of(row, log, size);
	if (fault != NULL)
		return leave_out(s, row, fault, log->kind == 'c' || size == 0, err);
	memcpy(body.b, row->body_sha256.p, 32);
	if (opx_batch_add(&s->batch, log, &body, (struct opx_bytes){ .n = 0 }, &line, NULL) != OPX_OK)
		return leave_out(s, row, "the event has its line already", false, err);
	opx_id_list_add(&s->events, row->event_id);
	return OPX_OK;
}

static enum opx_status add_global(struct opx_sequencer *s, struct opx_bytes text, struct opx_batch_line **ret,
				  struct opx_error *err)
{
	struct opx_sha256 body = opx_sha256(text);
	return opx_batch_add(&s->batch, s->ledger->global, &body, text, ret, err);
}

static enum opx_status add_release(struct opx_sequencer *s, struct opx_error *err)
{
	const struct opx_sequencer_setup *p = &s->setup;
	struct opx_batch_line *line = NULL;
	struct opx_bytes text;
	OPX_TRY(opx_global_release(s->arena, p->random, s->ledger->global->origin,
				   opx_batch_time(&s->batch, s->ledger->global), p->build, &p->program, &text,
				   err));
	OPX_TRY(add_global(s, text, &line, err));
	s->has_release = true;
	return OPX_OK;
}

static enum opx_status add_head(struct opx_sequencer *s, const struct sql_seal_heads_stamped_row *row,
				struct opx_error *err)
{
	struct opx_batch_line *line = NULL;
	struct opx_bytes text;
	struct opx_head head;
	struct opx_error why;
	if (opx_id_list_has(&s->heads_blocked, row->log_id))
		return OPX_OK;
	if (opx_signer_check_note(s->setup.signer, s->arena, row->origin, row->size, row->note, &head,
				  &why) != OPX_OK) {
		opx_log_error(s->setup.logger, OPX_ERROR, "seal.head_refused", &why);
		opx_id_list_add(&s->heads_blocked, row->log_id);
		return OPX_OK;
	}
	OPX_TRY(opx_global_head(s->arena, s->setup.random, s->ledger->global->origin,
				opx_batch_time(&s->batch, s->ledger->global), &head, &text, err));
	OPX_TRY(add_global(s, text, &line, err));
	line->head_origin = head.origin;
	line->head_size = row->size;
	return OPX_OK;
}

static bool needs_release(const struct opx_sequencer *s, struct opx_instant now)
{
	return s->release_size == 0 ||
	       (s->is_open && opx_has_waited(s->ledger->global->stamp_asked, s->setup.restamp_us, now));
}

/* Fills s->batch from the database; no line: nothing to do. *ret_more: there may be more. */
static enum opx_status collect(struct opx_sequencer *s, struct opx_instant now, bool *ret_more,
			       struct opx_error *err)
{
	const struct sql_seal_waiting_row *events = NULL;
	const struct sql_seal_heads_stamped_row *heads = NULL;
	size_t n_events = 0, n_heads = 0;
	if (s->is_open) {
		OPX_TRY(sql_seal_waiting(s->db, s->setup.batch_events, BATCH_BYTES,
					 opx_id_list_of(&s->blocked), opx_id_list_of(&s->refused), &events,
					 &n_events, err));
		OPX_TRY(opx_stamps_heads(&s->stamps, s->db, now, &heads, &n_heads, err));
	}
	opx_arena_reset(s->arena);
	s->events.n = 0;
	s->has_release = false;
	opx_batch_begin(&s->batch, s->arena, s->ledger, now, n_events + n_heads + 1);
	if (needs_release(s, now))
		OPX_TRY(add_release(s, err));
	for (size_t i = 0; i < n_events; i++)
		OPX_TRY(add_event(s, &events[i], err));
	for (size_t i = 0; i < n_heads; i++)
		OPX_TRY(add_head(s, &heads[i], err));
	/* Whoever leaves an event behind those that were read wakes us for it. */
	bool has_rest = n_events > 0 &&
			(events[0].looked > (int64_t)n_events || events[0].looked == s->setup.batch_events);
	*ret_more = (has_rest || n_heads == OPX_STAMPS_AT_ONCE) && s->batch.n_lines > 0;
	return OPX_OK;
}

/* Journal, fdatasync, state file. *ret_is_there false: the disk is full, the batch is forgotten. */
static enum opx_status write_journal(struct opx_sequencer *s, bool *ret_is_there, struct opx_error *err)
{
	struct opx_batch *b = &s->batch;
	struct opx_error why;
	opx_batch_close(b);
	enum opx_status status = opx_journal_append(s->setup.journal, opx_batch_journal(b), b->n_lines,
						    b->heads, b->n_logs, NULL, &why);
	*ret_is_there = status == OPX_OK;
	if (status == OPX_UNAVAILABLE) {
		if (!s->is_full_said)
			opx_log_error(s->setup.logger, OPX_ERROR, "seal.no_room", &why);
		s->is_full_said = true;
		return OPX_OK;
	}
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	if (s->is_full_said)
		OPX_LOG(s->setup.logger, OPX_INFO, "seal.room_again",
			KV_I64("bytes", opx_journal_bytes(s->setup.journal)));
	s->is_full_said = false;
	opx_batch_adopt(b);
	s->has_batch = true;
	if (s->has_release && s->release_size == 0)
		s->release_size = (int64_t)s->ledger->global->tree.size;
	return OPX_OK;
}

/* ---- the answer in the database ---- */

static enum opx_status store_rows(struct opx_sequencer *s, struct opx_i64s logs, struct opx_i64s sizes,
				  struct sql_seal_filings_row *ret, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(s->db, &tx, 0, err));
	OPX_TRY(opx_records_add(s->db, &s->batch, s->setup.signer, err));
	OPX_TRY(opx_db_pipeline_begin(s->db, err));
	OPX_TRY(sql_seal_waiting_done_send(s->db, opx_id_list_of(&s->events), err));
	OPX_TRY(sql_seal_filings_send(s->db, err));
	OPX_TRY(sql_seal_stamp_heads_send(s->db, logs, sizes, err));
	OPX_TRY(opx_db_pipeline_end(s->db, err));
	OPX_TRY(sql_seal_waiting_done_recv(s->db, NULL, err));
	OPX_TRY(sql_seal_filings_recv(s->db, ret, err));
	OPX_TRY(sql_seal_stamp_heads_recv(s->db, NULL, err));
	return opx_tx_commit(&tx, err);
}

static enum opx_status store(struct opx_sequencer *s, struct opx_error *err)
{
	struct opx_batch *b = &s->batch;
	struct opx_i64s logs, sizes;
	struct sql_seal_filings_row filings;
	opx_stamps_at_once(&s->stamps, b, s->has_release, s->round, &logs, &sizes);
	OPX_TRY(store_rows(s, logs, sizes, &filings, err));
	opx_stamps_settle(&s->stamps, b, s->has_release);
	s->has_batch = false;
	opx_wake(s->setup.run_folder, OPX_WAKE_POST);
	OPX_LOG(s->setup.logger, OPX_INFO, "seal.batch", KV_I64("lines", (int64_t)b->n_lines),
		KV_I64("logs", (int64_t)b->n_logs), KV_I64("filings", filings.filings),
		KV_I64("ms", (opx_now(s->setup.clock).us - b->now.us) / 1000));
	return OPX_OK;
}

/* ---- digests to sign ---- */

static enum opx_status answer_requests(struct opx_sequencer *s, struct opx_error *err)
{
	const struct sql_seal_requests_open_row *rows = NULL;
	size_t n = 0, n_artefacts = 0;
	OPX_TRY(sql_seal_requests_open(s->db, &rows, &n, err));
	if (n == 0)
		return OPX_OK;
	int64_t *ids = OPX_NEW_N(s->round, int64_t, n), *artefacts = OPX_NEW_N(s->round, int64_t, n);
	struct opx_bytes *p7s = OPX_NEW_N(s->round, struct opx_bytes, n);
	for (size_t i = 0; i < n; i++) {
		struct opx_sha256 digest;
		memcpy(digest.b, rows[i].sha256.p, 32);
		ids[i] = rows[i].id;
		OPX_TRY(opx_signer_seal(s->setup.signer, s->round, &digest, &p7s[i], err));
		if (!rows[i].artefact_id_is_null)
			artefacts[n_artefacts++] = rows[i].artefact_id;
	}
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(s->db, &tx, 0, err));
	OPX_TRY(sql_seal_requests_answer(s->db, (struct opx_i64s){ .p = ids, .n = n },
					 (struct opx_byteses){ .p = p7s, .n = n }, NULL, err));
	OPX_TRY(sql_seal_requests_jobs(s->db, (struct opx_i64s){ .p = artefacts, .n = n_artefacts }, NULL,
				       err));
	OPX_TRY(opx_tx_commit(&tx, err));
	opx_wake(s->setup.run_folder, OPX_WAKE_MAKE);
	OPX_LOG(s->setup.logger, OPX_INFO, "seal.signed", KV_I64("requests", (int64_t)n));
	return OPX_OK;
}

/* ---- one round ---- */

static enum opx_status connect_database(struct opx_sequencer *s, struct opx_error *err)
{
	if (s->db == NULL)
		OPX_TRY(opx_db_open(s->setup.conninfo, s->setup.logger, &s->db, err));
	(void)opx_db_use_arena(s->db, s->round);
	return opx_db_ready(s->db, err);
}

/* Says once that the clock is behind what was sealed, and once that it is not any more. */
static bool clock_is_good(struct opx_sequencer *s, struct opx_instant now)
{
	bool is_good = opx_ledger_clock_is_good(s->ledger, now);
	/* Pages say it too; that it cannot be written down changes nothing here. */
	if (!is_good && !s->is_clock_said)
		OPX_IGNORE(sql_seal_clock_wrong(s->db, OPX_STR("clock"), NULL, NULL));
	if (is_good && (s->is_clock_said || !s->is_clock_looked))
		OPX_IGNORE(sql_seal_clock_good(s->db, OPX_STR("clock"), NULL, NULL));
	s->is_clock_looked = true;
	if (!is_good && !s->is_clock_said)
		OPX_LOG(s->setup.logger, OPX_ERROR, "seal.clock_behind",
			KV_I64("ms", (s->ledger->newest.us - now.us) / 1000));
	if (is_good && s->is_clock_said)
		OPX_LOG(s->setup.logger, OPX_INFO, "seal.clock_good",
			KV_I64("ms", (now.us - s->ledger->newest.us) / 1000));
	s->is_clock_said = !is_good;
	return is_good;
}

static enum opx_status seal_what_waits(struct opx_sequencer *s, struct opx_instant now, bool *ret_more,
				       struct opx_error *err)
{
	bool is_there = false;
	OPX_TRY(collect(s, now, ret_more, err));
	if (s->batch.n_lines == 0)
		return OPX_OK;
	OPX_TRY(write_journal(s, &is_there, err));
	*ret_more = *ret_more && is_there;
	return is_there ? store(s, err) : OPX_OK;
}

static enum opx_status work(struct opx_sequencer *s, bool *ret_more, struct opx_error *err)
{
	OPX_TRY(connect_database(s, err));
	if (s->has_batch)
		OPX_TRY(store(s, err));
	if (!s->is_synced)
		OPX_TRY(synchronise(s, err));
	struct opx_instant now = opx_now(s->setup.clock);
	OPX_TRY(opx_stamps_take(&s->stamps, s->db, err));
	look_open(s, now);
	if (clock_is_good(s, now))
		OPX_TRY(seal_what_waits(s, now, ret_more, err));
	OPX_TRY(opx_stamps_ask_late(&s->stamps, s->db, s->round, now, err));
	return answer_requests(s, err);
}

static int wait_ms(const struct opx_sequencer *s, bool has_more)
{
	if (has_more)
		return 0;
	if (!s->is_open)
		return SOON_MS;
	return s->stamps.due_in_us < POLL_MS * 1000 ? (int)(s->stamps.due_in_us / 1000) + 1 : POLL_MS;
}

enum opx_status opx_sequencer_round(struct opx_sequencer *sequencer, int *ret_wait_ms, struct opx_error *err)
{
	struct opx_sequencer *s = sequencer;
	bool has_more = false;
	opx_arena_reset(s->round);
	enum opx_status status = work(s, &has_more, err);
	/* Away, overloaded, or another transaction won: nothing is lost, the batch is kept. */
	if (status == OPX_UNAVAILABLE || status == OPX_CONFLICT) {
		if (!s->is_away_said)
			opx_log_error(s->setup.logger, OPX_WARN, "seal.database_away", err);
		s->is_away_said = true;
		*ret_wait_ms = AGAIN_MS;
		return OPX_OK;
	}
	if (status == OPX_OK && s->is_away_said) {
		OPX_LOG(s->setup.logger, OPX_INFO, "seal.database_back", KV_I64("lines", s->ledger->n_lines));
		s->is_away_said = false;
	}
	*ret_wait_ms = wait_ms(s, has_more);
	return status;
}
