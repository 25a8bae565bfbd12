/* SPDX-License-Identifier: MPL-2.0 */
/* test_troubles.c: the sequencer after a restart, an hour that goes back, a disk that is full, a database that is away. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "records.h"

static struct bench b;

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
	const struct sql_st_lines_row *before = bench_lines(&b, &n);
	struct sql_st_counts_row had = bench_counts(&b);
	bench_stop(&b);
	acts_tamper(
		&b.s,
		"ALTER TABLE opx.leaf DISABLE TRIGGER ALL; ALTER TABLE opx.checkpoint DISABLE TRIGGER ALL;"
		"ALTER TABLE opx.global_line DISABLE TRIGGER ALL;"
		"INSERT INTO opx.event_waiting SELECT event_id, log_id FROM opx.leaf WHERE seq >= 1;"
		"UPDATE opx.filing SET sealed_at = NULL;"
		"DELETE FROM opx.leaf WHERE seq >= 1; DELETE FROM opx.checkpoint WHERE size > 1; DELETE FROM opx.global_line");
	ck_assert_int_lt(bench_counts(&b).lines, had.lines);
	ck_assert_ok(bench_start(&b, &err), err);
	bench_rounds(&b);
	const struct sql_st_lines_row *after = bench_lines(&b, &n_again);
	ck_assert_uint_eq(n_again, n + 1); /* this start's release */
	for (size_t i = 0, k = 0; i < n; i++, k++) {
		if (after[k].log_id != before[i].log_id)
			k++; /* the new release is the last of its log */
		ck_assert_str(after[k].line, before[i].line.p);
	}
	struct sql_st_counts_row c = bench_counts(&b);
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
	struct sql_st_counts_row had = bench_counts(&b);
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
	ck_assert_int_eq(bench_counts(&b).lines, had.lines);
	ck_assert_int_eq(bench_counts(&b).case_heads, had.case_heads);
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
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
	ck_assert_int_eq(bench_last_leaf(&b, "c").time.us, newest.us);
	b.clock.now.us = newest.us - OPX_CLOCK_US - 1000000; /* too much */
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).waiting, 2);
	ck_assert(is_told("clock"));
	b.clock.now.us = newest.us + 1000000;
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
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
		int64_t had = bench_counts(&b).lines;
		fault_vfs_arm(&b.disk, call, ENOSPC);
		ck_assert_ok(bench_round(&b, &err), err);
		ck_assert_ptr_nonnull(b.disk.failed);
		ck_assert_str_eq(b.disk.failed, "write");
		ck_assert_int_eq(bench_counts(&b).lines, had);
		ck_assert_int_eq(bench_counts(&b).waiting, 2);
		fault_vfs_arm(&b.disk, 0, 0);
		bench_rounds(&b);
		ck_assert_int_eq(bench_counts(&b).waiting, 0);
		ck_assert_int_eq(bench_counts(&b).lines, had + 2);
		acts_check(&b.s, b.signer.log_public);
	}
	acts_file(&b.s, dossier);
	fault_vfs_arm(&b.disk, 2, EIO); /* fdatasync */
	ck_assert_status(bench_round(&b, &err), OPX_INTERNAL);
	ck_assert_str_eq(b.disk.failed, "fdatasync");
	ck_assert_int_eq(bench_counts(&b).waiting, 2);
	fault_vfs_arm(&b.disk, 0, 0);
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err); /* the batch was whole on this disk: it is taken as it is */
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
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
	int64_t had = bench_counts(&b).lines;
	ck_assert_ok(opx_tx_begin(b.s.owner, &tx, 0, &err), err);
	ck_assert_ok(sql_st_lock(b.s.owner, NULL, &err), err);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_int_eq(b.ledger.n_lines, 4 + 2 + 1);
	ck_assert_int_eq(bench_counts(&b).lines, had);
	opx_tx_rollback(&tx);
	/* Its connection is cut meanwhile. */
	acts_tamper(&b.s,
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'opx_seal'");
	ck_assert_ok(bench_round(&b, &err), err);
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
	ck_assert_int_eq(bench_counts(&b).lines, had + 2);
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
	ck_assert_int_eq(bench_counts(&b).waiting, 2);
	b.clock.now.us += b.setup.token_wait_us;
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
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
	ck_assert_uint_eq(bench_jobs(&b, "token.checkpoint"), 1);
	bench_end(&b);
}
END_TEST

void seal_add_troubles(Suite *suite)
{
	bench_add(suite, "lost-rows", rows_that_the_database_lost_come_back_from_the_journal);
	bench_add(suite, "rebuild", the_proof_tables_are_rebuilt_from_the_journal_alone);
	bench_add(suite, "refused", a_database_that_is_not_the_journals_is_refused);
	bench_add(suite, "clock", a_clock_that_goes_back_stops_the_seal_or_the_time);
	bench_add(suite, "disk", a_full_disk_waits_and_a_disk_in_doubt_ends);
	bench_add(suite, "database", a_database_that_goes_away_loses_nothing);
	bench_add(suite, "token-wait", after_a_start_a_fresh_token_is_waited_for_some_time);
}
