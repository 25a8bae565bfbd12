/* SPDX-License-Identifier: MPL-2.0 */
/* bench.c: see bench.h. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "journal.h"

static struct opx_instant held_now(const struct opx_clock *clock)
{
	return ((const struct held_clock *)clock)->now;
}

struct opx_str bench_file(struct bench *b, const char *name)
{
	return opx_strf(b->s.arena, "%s/%s", b->folder, name);
}

void bench_begin(struct bench *b)
{
	struct opx_error err;
	const char *keys = getenv("OPX_TEST_KEYS"), *tmp = getenv("OPX_TEST_TMP");
	ck_assert(keys != NULL && tmp != NULL);
	*b = (struct bench){ .clock = { .clock = { .now = held_now } },
			     .logger = { .fd = 2, .level = OPX_INFO, .process = "test-seal" } };
	story_begin(&b->s);
	fault_vfs_init(&b->disk);
	b->clock.now = opx_now(&opx_clock_real);
	(void)snprintf(b->folder, sizeof(b->folder), "%s/journal.XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(b->folder));
	ck_assert_ok(opx_signer_load(&b->signer, opx_strf(b->s.arena, "%s/log.pem", keys).p,
				     opx_strf(b->s.arena, "%s/seal.key", keys).p,
				     opx_strf(b->s.arena, "%s/seal.pem", keys).p, &err),
		     err);
	b->setup = (struct opx_sequencer_setup){
		.logger = &b->logger,
		.clock = &b->clock.clock,
		.random = &opx_random_real,
		.vfs = &b->disk.vfs,
		.dir_fd = -1,
		.signer = &b->signer,
		.conninfo = opx_strf(b->s.arena, "host=%s dbname=opx user=opx_seal connect_timeout=5",
				     getenv("OPX_TEST_PG"))
				    .p,
		.run_folder = tmp,
		.build = "test",
		.log_host = OPX_STR("opx.test"),
		.batch_events = 100,
		.head_interval_us = 0,
		.global_interval_us = 0,
		.restamp_us = INT64_C(3600) * 1000000,
		.token_wait_us = INT64_C(10) * 1000000,
	};
}

void bench_end(struct bench *b)
{
	bench_stop(b);
	opx_signer_done(&b->signer);
	story_end(&b->s);
}

enum opx_status bench_start(struct bench *b, struct opx_error *err)
{
	ck_assert_ptr_null(b->sequencer);
	opx_ledger_init(&b->ledger);
	b->setup.ledger = &b->ledger;
	b->setup.dir_fd = open(b->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(b->setup.dir_fd, 0);
	const struct opx_journal_replay replay = opx_ledger_replay(&b->ledger);
	enum opx_status status = opx_journal_open(&b->disk.vfs, b->setup.dir_fd, &opx_random_real, &replay,
						  &b->setup.journal, err);
	if (status != OPX_OK) {
		bench_stop(b);
		return status;
	}
	opx_sequencer_new(&b->setup, &b->sequencer);
	return OPX_OK;
}

void bench_stop(struct bench *b)
{
	if (b->setup.dir_fd < 0)
		return;
	opx_sequencer_free(b->sequencer);
	opx_journal_free(b->setup.journal);
	opx_ledger_done(&b->ledger);
	(void)close(b->setup.dir_fd);
	b->sequencer = NULL;
	b->setup.journal = NULL;
	b->setup.dir_fd = -1;
}

enum opx_status bench_round(struct bench *b, struct opx_error *err)
{
	int wait_ms = 0;
	b->clock.now.us += 10000;
	return opx_sequencer_round(b->sequencer, &wait_ms, err);
}

void bench_rounds(struct bench *b)
{
	struct opx_error err;
	int wait_ms = 0;
	for (int i = 0; i < 100 && (i == 0 || wait_ms == 0); i++) {
		b->clock.now.us += 10000;
		ck_assert_ok(opx_sequencer_round(b->sequencer, &wait_ms, &err), err);
	}
}

void bench_open(struct bench *b)
{
	struct opx_error err;
	ck_assert_ok(bench_start(b, &err), err);
	bench_rounds(b);
	ck_assert_uint_eq(acts_stamp(&b->s, b->clock.now), 1);
	bench_rounds(b);
}

static void copy_file(struct opx_str from, struct opx_str to)
{
	static uint8_t data[1 << 20];
	FILE *in = fopen(from.p, "r"), *out = fopen(to.p, "w");
	ck_assert(in != NULL && out != NULL);
	size_t n = fread(data, 1, sizeof(data), in);
	ck_assert_uint_lt(n, sizeof(data));
	ck_assert_uint_eq(fwrite(data, 1, n, out), n);
	(void)fclose(in);
	ck_assert_int_eq(fclose(out), 0);
}

void bench_keep(struct bench *b, const char *name)
{
	copy_file(bench_file(b, "journal"), bench_file(b, opx_strf(b->s.arena, "%s.journal", name).p));
	copy_file(bench_file(b, "state"), bench_file(b, opx_strf(b->s.arena, "%s.state", name).p));
}

void bench_put_back(struct bench *b, const char *name)
{
	copy_file(bench_file(b, opx_strf(b->s.arena, "%s.journal", name).p), bench_file(b, "journal"));
	copy_file(bench_file(b, opx_strf(b->s.arena, "%s.state", name).p), bench_file(b, "state"));
}

struct sql_st_counts_row bench_counts(const struct bench *b)
{
	struct opx_error err;
	struct sql_st_counts_row row;
	ck_assert_ok(sql_st_counts(b->s.owner, &row, &err), err);
	return row;
}

size_t bench_jobs(const struct bench *b, const char *kind)
{
	struct opx_error err;
	const struct sql_st_jobs_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_st_jobs(b->s.owner, opx_str_z(kind), &rows, &n, &err), err);
	return n;
}

const struct sql_st_lines_row *bench_lines(const struct bench *b, size_t *ret_n)
{
	struct opx_error err;
	const struct sql_st_lines_row *rows = NULL;
	ck_assert_ok(sql_st_lines(b->s.owner, &rows, ret_n, &err), err);
	return rows;
}

struct opx_leaf bench_last_leaf(const struct bench *b, const char *kind)
{
	struct opx_error err;
	struct opx_leaf leaf = { .seq = UINT64_MAX };
	size_t n = 0;
	const struct sql_st_lines_row *rows = bench_lines(b, &n);
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(rows[i].kind, kind))
			ck_assert_ok(opx_leaf_parse(b->s.arena, opx_bytes_of(rows[i].line), &leaf, &err),
				     err);
	ck_assert(leaf.seq != UINT64_MAX);
	return leaf;
}

void bench_add(Suite *suite, const char *name, const TTest *test)
{
	TCase *tc = tcase_create(name);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test);
	suite_add_tcase(suite, tc);
}
