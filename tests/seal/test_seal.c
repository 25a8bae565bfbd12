/* SPDX-License-Identifier: MPL-2.0 */
/* test_seal.c: the sequencer on a real database with real acts. Each case gets a database of its own from run.sh. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "evidence/json.h"
#include "evidence/leaf.h"
#include "records.h"
#include "sql_test_seal.h"

static struct bench b;

static struct sql_st_counts_row counts(void)
{
	struct opx_error err;
	struct sql_st_counts_row row;
	ck_assert_ok(sql_st_counts(b.s.owner, &row, &err), err);
	return row;
}

static size_t jobs(const char *kind)
{
	struct opx_error err;
	const struct sql_st_jobs_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_st_jobs(b.s.owner, opx_str_z(kind), &rows, &n, &err), err);
	return n;
}

static const struct sql_st_lines_row *lines(size_t *ret_n)
{
	struct opx_error err;
	const struct sql_st_lines_row *rows = NULL;
	ck_assert_ok(sql_st_lines(b.s.owner, &rows, ret_n, &err), err);
	return rows;
}

/* The last line of a kind of log. */
static struct opx_leaf last_leaf(const char *kind)
{
	struct opx_error err;
	struct opx_leaf leaf = { .seq = UINT64_MAX };
	size_t n = 0;
	const struct sql_st_lines_row *rows = lines(&n);
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(rows[i].kind, kind))
			ck_assert_ok(opx_leaf_parse(b.s.arena, opx_bytes_of(rows[i].line), &leaf, &err), err);
	ck_assert(leaf.seq != UINT64_MAX);
	return leaf;
}

static int64_t document(void)
{
	struct opx_error err;
	const struct sql_st_documents_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_st_documents(b.s.owner, &rows, &n, &err), err);
	ck_assert_uint_gt(n, 0);
	return rows[n - 1].id;
}

static void refused(const char *words)
{
	struct opx_error err = { .detail = "" };
	enum opx_status status = bench_start(&b, &err);
	if (status == OPX_OK)
		status = bench_round(&b, &err);
	ck_assert_msg(status == OPX_INVALID || status == OPX_CONFLICT, "%s: %s", opx_status_name(status),
		      err.detail);
	ck_assert_msg(strstr(err.detail, words) != NULL, "%s", err.detail);
	bench_stop(&b);
}

/* ---- from nothing ---- */

START_TEST(a_fresh_instance_seals_nothing_before_its_release_has_a_token)
{
	struct opx_error err;
	const struct sql_st_key_row *keys = NULL;
	size_t n = 0;
	bench_begin(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	acts_file(&b.s, dossier);
	ck_assert_ok(bench_start(&b, &err), err);
	ck_assert(!opx_sequencer_is_ready(b.sequencer));
	bench_rounds(&b);
	ck_assert(opx_sequencer_is_ready(b.sequencer));
	b.clock.now.us += b.setup.token_wait_us * 100; /* however long: the first token is needed */
	bench_rounds(&b);
	ck_assert_int_eq(counts().lines, 0);
	ck_assert_int_eq(counts().heads, 1);
	const struct sql_st_lines_row *release = lines(&n);
	ck_assert_uint_eq(n, 1);
	ck_assert(opx_origin_kind(release->origin) == 'g' && opx_str_starts(release->origin, "opx.test/g/"));
	OPX_AUTO_JSON body = NULL;
	ck_assert_ok(opx_json_read(release->body, &body, &err), err);
	ck_assert_str_eq(json_string_value(json_object_get(body, "type")), "release");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(body, "release"), "build")),
			 "test");
	ck_assert_uint_eq(jobs("token.checkpoint"), 1);

	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 1);
	bench_rounds(&b);
	struct sql_st_counts_row c = counts();
	ck_assert_int_eq(c.waiting, 0);
	ck_assert_int_eq(c.lines, 6); /* 4 of the opening and the steps, 2 of the filing */
	ck_assert_int_eq(c.unsealed, 0);
	ck_assert_int_eq(c.sealed, 1);
	ck_assert_uint_eq(jobs("notice.filing"), 1);
	ck_assert_uint_eq(jobs("token.document"), 1);
	ck_assert_uint_eq(jobs("token.checkpoint"), 2); /* acts and readings */
	ck_assert_ok(sql_st_key(b.s.owner, &keys, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	ck_assert_bytes(keys->public_key, b.signer.log_public, 32);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(a_stamped_head_goes_to_the_global_log_once)
{
	struct opx_error err;
	size_t n = 0, n_heads = 0;
	bench_begin(&b);
	b.setup.global_interval_us = INT64_C(10) * 1000000;
	bench_open(&b);
	acts_file(&b.s, acts_dossier(&b.s, "26/00001"));
	bench_rounds(&b);
	ck_assert_int_eq(counts().case_heads, 0);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 2);
	bench_rounds(&b);
	ck_assert_int_eq(counts().case_heads, 2);
	bench_rounds(&b);
	ck_assert_int_eq(counts().case_heads, 2);
	/* What the line says is what was signed. */
	const struct sql_st_lines_row *rows = lines(&n);
	const struct sql_st_heads_row *heads = NULL;
	ck_assert_ok(sql_st_heads(b.s.owner, &heads, &n_heads, &err), err);
	for (size_t i = 0; i < n; i++) {
		OPX_AUTO_JSON body = NULL;
		if (!opx_str_is(rows[i].kind, "g") || rows[i].seq == 0)
			continue;
		ck_assert_ok(opx_json_read(rows[i].body, &body, &err), err);
		const json_t *head = json_object_get(body, "head");
		struct opx_str origin = opx_str_z(json_string_value(json_object_get(head, "log")));
		bool is_found = false;
		for (size_t k = 0; k < n_heads; k++)
			is_found =
				is_found ||
				(heads[k].size == json_integer_value(json_object_get(head, "size")) &&
				 strstr((const char *)opx_str_copy(b.s.arena, (const char *)heads[k].note.p,
								   heads[k].note.n)
						.p,
					json_string_value(json_object_get(head, "root"))) != NULL &&
				 memcmp(heads[k].note.p, origin.p, origin.n) == 0);
		ck_assert_msg(is_found, "no head of %s", origin.p);
	}
	/* Its own head waits for its turn, then is stamped. */
	ck_assert_uint_eq(jobs("token.checkpoint"), 0);
	b.clock.now.us += b.setup.global_interval_us;
	bench_rounds(&b);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 1);
	acts_check(&b.s, b.signer.log_public);
	/* A head stamped while nobody listened gets its line at the next start. */
	acts_file(&b.s, acts_dossier(&b.s, "26/00002"));
	bench_rounds(&b);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 2);
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err);
	bench_rounds(&b);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 1); /* this start's release */
	bench_rounds(&b);
	ck_assert_int_eq(counts().case_heads, 4);
	/* A head that somebody else signed, or that is of another tree, has no place there. */
	acts_file(&b.s, acts_dossier(&b.s, "26/00003"));
	bench_rounds(&b);
	acts_tamper(
		&b.s,
		"ALTER TABLE opx.checkpoint DISABLE TRIGGER ALL; UPDATE opx.checkpoint SET note = (SELECT note FROM opx.checkpoint"
		" WHERE size = 1 ORDER BY log_id LIMIT 1) WHERE log_id = (SELECT max(id) FROM opx.log)");
	(void)acts_stamp(&b.s, b.clock.now);
	bench_rounds(&b);
	ck_assert_int_eq(counts().case_heads, 5);
	ck_assert_uint_eq(b.ledger.global->tree.size, 2 + 5); /* two releases */
	bench_end(&b);
}
END_TEST

/* Acts are after the newest of their own and the global tokens; readings after the global one alone. */
START_TEST(lines_name_only_tokens_that_they_may)
{
	bench_begin(&b);
	bench_open(&b);
	struct opx_sha256 global_token = b.ledger.global->token, zeros = { .b = { 0 } };
	ck_assert_mem_ne(global_token.b, zeros.b, 32);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	ck_assert_mem_eq(last_leaf("c").after.b, global_token.b, 32);
	b.clock.now.us += 2000000;
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 2);
	bench_rounds(&b); /* case.heads; their head is not stamped yet */
	acts_file(&b.s, dossier);
	acts_read(&b.s, &b.s.expert, document() - 1);
	bench_rounds(&b);
	struct opx_leaf act = last_leaf("c"), reading = last_leaf("r");
	const struct opx_ledger_log *own = NULL;
	for (size_t i = 0; i < b.ledger.n; i++)
		own = opx_str_eq(b.ledger.logs[i]->origin, act.origin) ? b.ledger.logs[i] : own;
	ck_assert_mem_eq(act.after.b, own->token.b, 32);
	ck_assert_mem_ne(act.after.b, global_token.b, 32);
	ck_assert_mem_eq(reading.after.b, global_token.b, 32);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

/* ---- restarts ---- */

START_TEST(rows_that_the_database_lost_come_back_from_the_journal)
{
	struct opx_error err;
	size_t n = 0, n_again = 0;
	bench_begin(&b);
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	(void)acts_stamp(&b.s, b.clock.now);
	bench_rounds(&b);
	const struct sql_st_lines_row *before = lines(&n);
	struct sql_st_counts_row had = counts();
	bench_stop(&b);
	acts_tamper(
		&b.s,
		"ALTER TABLE opx.leaf DISABLE TRIGGER ALL; ALTER TABLE opx.checkpoint DISABLE TRIGGER ALL;"
		"ALTER TABLE opx.global_line DISABLE TRIGGER ALL;"
		"INSERT INTO opx.event_waiting SELECT event_id, log_id FROM opx.leaf WHERE seq >= 1;"
		"UPDATE opx.filing SET sealed_at = NULL;"
		"DELETE FROM opx.leaf WHERE seq >= 1; DELETE FROM opx.checkpoint WHERE size > 1; DELETE FROM opx.global_line");
	ck_assert_int_lt(counts().lines, had.lines);
	ck_assert_ok(bench_start(&b, &err), err);
	bench_rounds(&b);
	const struct sql_st_lines_row *after = lines(&n_again);
	ck_assert_uint_eq(n_again, n + 1); /* this start's release */
	for (size_t i = 0, k = 0; i < n; i++, k++) {
		if (after[k].log_id != before[i].log_id)
			k++; /* the new release is the last of its log */
		ck_assert_str(after[k].line, before[i].line.p);
	}
	struct sql_st_counts_row c = counts();
	ck_assert_int_eq(c.lines, had.lines);
	ck_assert_int_eq(c.case_heads, had.case_heads);
	ck_assert_int_eq(c.waiting, 0);
	ck_assert_int_eq(c.unsealed, 0);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

/* What opx-admin does: the owner's connection, first without the log's key, then with it; never beside a running opx-seal. */
START_TEST(the_proof_tables_are_rebuilt_from_the_journal_alone)
{
	struct opx_error err;
	struct opx_records_report report = { .lines = 0 };
	bench_begin(&b);
	bench_open(&b);
	acts_file(&b.s, acts_dossier(&b.s, "26/00001"));
	bench_rounds(&b);
	(void)acts_stamp(&b.s, b.clock.now);
	bench_rounds(&b);
	struct sql_st_counts_row had = counts();
	bench_stop(&b);
	acts_tamper(
		&b.s,
		"ALTER TABLE opx.leaf DISABLE TRIGGER ALL; ALTER TABLE opx.checkpoint DISABLE TRIGGER ALL;"
		"ALTER TABLE opx.global_line DISABLE TRIGGER ALL;"
		"DELETE FROM opx.leaf; DELETE FROM opx.checkpoint; DELETE FROM opx.global_line");
	int dir = open(b.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    other = open(b.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(flock(other, LOCK_EX), 0);
	ck_assert_status(opx_records_rebuild(b.s.owner, &opx_vfs_real, dir, NULL, &report, NULL),
			 OPX_UNAVAILABLE);
	(void)close(other);
	ck_assert_ok(opx_records_rebuild(b.s.owner, &opx_vfs_real, dir, NULL, &report, &err), err);
	ck_assert_int_eq(report.lines, 6 + 3); /* and a release, two case.heads */
	ck_assert_int_eq(report.lines_added, report.lines);
	ck_assert_int_eq(report.heads_added, 0);
	ck_assert_int_eq(report.heads_unsigned, had.heads);
	ck_assert_int_eq(counts().lines, had.lines);
	ck_assert_int_eq(counts().case_heads, had.case_heads);
	ck_assert_ok(opx_records_rebuild(b.s.owner, &opx_vfs_real, dir, &b.signer, &report, &err), err);
	ck_assert_int_eq(report.lines_added, 0);
	ck_assert_int_eq(report.heads_added, had.heads);
	acts_check(&b.s, b.signer.log_public);
	ck_assert_ok(opx_records_rebuild(b.s.owner, &opx_vfs_real, dir, &b.signer, &report, &err), err);
	ck_assert_int_eq(report.lines_added + report.heads_added + report.heads_unsigned, 0);
	(void)close(dir);
	bench_end(&b);
}
END_TEST

START_TEST(a_database_that_is_not_the_journals_is_refused)
{
	bench_begin(&b);
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	bench_rounds(&b);
	bench_keep(&b, "early");
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	bench_stop(&b);
	bench_keep(&b, "late");

	bench_put_back(&b, "early"); /* the journal is older than the database */
	refused("the journal lacks rows");
	ck_assert_int_eq(truncate(bench_file(&b, "journal").p, 40),
			 0); /* and older than its own state file */
	refused("state file is ahead");

	bench_put_back(&b, "late");
	acts_tamper(
		&b.s,
		"ALTER TABLE opx.leaf DISABLE TRIGGER ALL; UPDATE opx.leaf SET line = replace(line, 'seq=1 ', 'seq=2 ') WHERE seq = 1");
	refused("contradicts the journal");
	acts_tamper(
		&b.s,
		"UPDATE opx.leaf SET line = replace(line, 'seq=2 ', 'seq=1 ') WHERE seq = 1;"
		"ALTER TABLE opx.checkpoint DISABLE TRIGGER ALL; UPDATE opx.checkpoint SET root = sha256('') WHERE size = 3");
	refused("contradicts the journal");
	acts_tamper(
		&b.s,
		"DELETE FROM opx.checkpoint WHERE size = 3;"
		"CREATE TEMP TABLE lost AS SELECT * FROM opx.leaf WHERE seq = 4; DELETE FROM opx.leaf WHERE seq = 4;"
		"ALTER TABLE opx.event DISABLE TRIGGER ALL; UPDATE opx.event SET body_sha256 = sha256('x') WHERE id IN (SELECT event_id FROM lost)");
	refused("older than the journal");
	bench_end(&b);
}
END_TEST

/* ---- the outbox ---- */

START_TEST(an_altered_body_is_not_sealed_and_the_rest_goes_on)
{
	struct opx_error err;
	bench_begin(&b);
	bench_open(&b);
	int64_t one = acts_dossier(&b.s, "26/00001"), two = acts_dossier(&b.s, "26/00002");
	acts_file(&b.s, one);
	bench_rounds(&b);
	acts_file(&b.s, one);
	acts_read(&b.s, &b.s.expert, document() - 1);
	acts_file(&b.s, two);
	int64_t had = counts().lines;
	acts_tamper(
		&b.s,
		"CREATE TABLE kept AS SELECT * FROM opx.event_body b WHERE b.event_id IN (SELECT min(event_id) FROM opx.event_waiting);"
		"UPDATE opx.event_body b SET body = b.body || ' ' FROM kept k WHERE k.event_id = b.event_id");
	bench_rounds(&b);
	struct sql_st_counts_row c = counts();
	ck_assert_int_eq(c.lines, had + 3); /* the reading, and the two acts of the other dossier */
	ck_assert_int_eq(c.waiting, 2);     /* the altered act, and the one behind it */
	ck_assert_int_eq(c.unsealed, 1);
	acts_check(&b.s, b.signer.log_public);
	/* Put right, it is sealed at the next start. */
	acts_tamper(
		&b.s,
		"UPDATE opx.event_body b SET body = k.body FROM kept k WHERE k.event_id = b.event_id; DROP TABLE kept");
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err);
	bench_rounds(&b);
	(void)acts_stamp(&b.s, b.clock.now);
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 0);
	ck_assert_int_eq(counts().unsealed, 0);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(an_event_never_gets_a_second_line)
{
	bench_begin(&b);
	bench_open(&b);
	acts_file(&b.s, acts_dossier(&b.s, "26/00001"));
	bench_rounds(&b);
	int64_t had = counts().lines;
	acts_tamper(
		&b.s,
		"INSERT INTO opx.event_waiting SELECT event_id, log_id FROM opx.leaf WHERE seq = 1 LIMIT 1");
	bench_rounds(&b);
	ck_assert_int_eq(counts().lines, had);
	ck_assert_int_eq((int64_t)b.ledger.bodies.n, b.ledger.n_lines);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(a_batch_has_its_size_and_the_order_of_the_outbox)
{
	struct opx_error err;
	size_t n = 0;
	bench_begin(&b);
	b.setup.batch_events = 3;
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	for (int i = 0; i < 4; i++)
		acts_file(&b.s, dossier);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_int_eq(counts().lines, 3);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_int_eq(counts().lines, 9);
	ck_assert_int_eq(counts().sealed, 2); /* of the third one act has its line, the other not yet */
	bench_rounds(&b);
	ck_assert_int_eq(counts().lines, 12);
	ck_assert_int_eq(counts().waiting, 0);
	ck_assert_int_eq(counts().sealed, 4);
	const struct sql_st_lines_row *rows = lines(&n);
	for (size_t i = 1; i < n; i++)
		if (rows[i].log_id == rows[i - 1].log_id && opx_str_is(rows[i].kind, "c"))
			ck_assert_int_gt(rows[i].event_id, rows[i - 1].event_id);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

/* ---- clock, disk, database ---- */

static bool is_told(const char *trouble)
{
	struct opx_error err;
	struct sql_st_is_told_row row;
	ck_assert_ok(sql_st_is_told(b.s.owner, opx_str_z(trouble), &row, &err), err);
	return row.is_told;
}

START_TEST(a_clock_that_goes_back_stops_the_seal_or_the_time)
{
	bench_begin(&b);
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	bench_rounds(&b);
	struct opx_instant newest = b.ledger.newest;
	b.clock.now.us = newest.us - OPX_CLOCK_US + 500000; /* a little */
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 0);
	ck_assert_int_eq(last_leaf("c").time.us, newest.us);
	b.clock.now.us = newest.us - OPX_CLOCK_US - 1000000; /* too much */
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 2);
	ck_assert(is_told("clock"));
	b.clock.now.us = newest.us + 1000000;
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 0);
	ck_assert(!is_told("clock"));
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

/* The number of disk calls that an append makes before its first write is none: its first call is the write. */
START_TEST(a_full_disk_waits_and_a_disk_in_doubt_ends)
{
	struct opx_error err;
	bench_begin(&b);
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	for (unsigned call = 1; call <= 4; call += 3) { /* the journal's bytes; those of the state file */
		bench_rounds(&b);
		acts_file(&b.s, dossier);
		int64_t had = counts().lines;
		fault_vfs_arm(&b.disk, call, ENOSPC);
		ck_assert_ok(bench_round(&b, &err), err);
		ck_assert_ptr_nonnull(b.disk.failed);
		ck_assert_str_eq(b.disk.failed, "write");
		ck_assert_int_eq(counts().lines, had);
		ck_assert_int_eq(counts().waiting, 2);
		fault_vfs_arm(&b.disk, 0, 0);
		bench_rounds(&b);
		ck_assert_int_eq(counts().waiting, 0);
		ck_assert_int_eq(counts().lines, had + 2);
		acts_check(&b.s, b.signer.log_public);
	}
	acts_file(&b.s, dossier);
	fault_vfs_arm(&b.disk, 2, EIO); /* fdatasync */
	ck_assert_status(bench_round(&b, &err), OPX_INTERNAL);
	ck_assert_str_eq(b.disk.failed, "fdatasync");
	ck_assert_int_eq(counts().waiting, 2);
	fault_vfs_arm(&b.disk, 0, 0);
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err); /* the batch was whole on this disk: it is taken as it is */
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 0);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(a_database_that_goes_away_loses_nothing)
{
	struct opx_error err;
	struct opx_tx tx;
	bench_begin(&b);
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	bench_rounds(&b);
	/* The journal takes the batch, the database does not: a lock for longer than its time-out. */
	acts_file(&b.s, dossier);
	int64_t had = counts().lines;
	ck_assert_ok(opx_tx_begin(b.s.owner, &tx, 0, &err), err);
	ck_assert_ok(sql_st_lock(b.s.owner, NULL, &err), err);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_int_eq(b.ledger.n_lines, 4 + 2 + 1);
	ck_assert_int_eq(counts().lines, had);
	opx_tx_rollback(&tx);
	/* Its connection is cut meanwhile. */
	acts_tamper(&b.s,
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'opx_seal'");
	ck_assert_ok(bench_round(&b, &err), err);
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 0);
	ck_assert_int_eq(counts().lines, had + 2);
	ck_assert_int_eq(b.ledger.n_lines, 4 + 2 + 1);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(after_a_start_a_fresh_token_is_waited_for_some_time)
{
	struct opx_error err;
	bench_begin(&b);
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	bench_rounds(&b);
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err);
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 2);
	b.clock.now.us += b.setup.token_wait_us;
	bench_rounds(&b);
	ck_assert_int_eq(counts().waiting, 0);
	/* An idle global log gets a new head and asks for its token. */
	while (acts_stamp(&b.s, b.clock.now) > 0)
		bench_rounds(&b);
	uint64_t size = b.ledger.global->tree.size;
	b.clock.now.us += b.setup.restamp_us - 1000000;
	bench_rounds(&b);
	ck_assert_uint_eq(b.ledger.global->tree.size, size);
	b.clock.now.us += 2000000;
	bench_rounds(&b);
	ck_assert_uint_eq(b.ledger.global->tree.size, size + 1);
	ck_assert_uint_eq(jobs("token.checkpoint"), 1);
	bench_end(&b);
}
END_TEST

/* ---- digests to sign ---- */

static void keep_file(const char *name, struct opx_bytes bytes)
{
	FILE *f = fopen(opx_strf(b.s.arena, "%s/%s", getenv("OPX_TEST_TMP"), name).p, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	ck_assert_int_eq(fclose(f), 0);
}

/* run.sh verifies the files with the openssl command. */
START_TEST(a_digest_is_sealed_and_the_next_step_queued)
{
	struct opx_error err;
	struct sql_st_request_row request;
	struct sql_st_answer_row answer;
	const struct sql_st_heads_row *heads = NULL;
	size_t n = 0;
	const int64_t artefact = 77;
	const struct opx_bytes content = OPX_BYTES("sha256  a file\n");
	struct opx_sha256 digest = opx_sha256(content);
	bench_begin(&b);
	bench_open(&b);
	ck_assert_ok(sql_st_request(b.s.owner, (struct opx_bytes){ .p = digest.b, .n = 32 }, &artefact,
				    &request, &err),
		     err);
	bench_rounds(&b);
	ck_assert_ok(sql_st_answer(b.s.owner, request.id, &answer, &err), err);
	ck_assert(answer.is_answered);
	ck_assert_uint_gt(answer.p7s.n, 500);
	ck_assert_uint_eq(jobs("bundle.step"), 1);
	bench_rounds(&b);
	ck_assert_uint_eq(jobs("bundle.step"), 1);
	keep_file("sealed", content);
	keep_file("sealed.p7s", answer.p7s);
	ck_assert_ok(sql_st_heads(b.s.owner, &heads, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	keep_file("head.note", heads->note);
	bench_end(&b);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test)
{
	TCase *tc = tcase_create(name);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test);
	suite_add_tcase(suite, tc);
}

int main(void)
{
	Suite *suite = suite_create("seal");
	add(suite, "fresh", a_fresh_instance_seals_nothing_before_its_release_has_a_token);
	add(suite, "case-head", a_stamped_head_goes_to_the_global_log_once);
	add(suite, "after", lines_name_only_tokens_that_they_may);
	add(suite, "lost-rows", rows_that_the_database_lost_come_back_from_the_journal);
	add(suite, "rebuild", the_proof_tables_are_rebuilt_from_the_journal_alone);
	add(suite, "refused", a_database_that_is_not_the_journals_is_refused);
	add(suite, "altered", an_altered_body_is_not_sealed_and_the_rest_goes_on);
	add(suite, "second-line", an_event_never_gets_a_second_line);
	add(suite, "batches", a_batch_has_its_size_and_the_order_of_the_outbox);
	add(suite, "clock", a_clock_that_goes_back_stops_the_seal_or_the_time);
	add(suite, "disk", a_full_disk_waits_and_a_disk_in_doubt_ends);
	add(suite, "database", a_database_that_goes_away_loses_nothing);
	add(suite, "token-wait", after_a_start_a_fresh_token_is_waited_for_some_time);
	add(suite, "seal", a_digest_is_sealed_and_the_next_step_queued);
	return check_opx_main(suite);
}
