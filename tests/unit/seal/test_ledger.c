/* SPDX-License-Identifier: MPL-2.0 */
/* test_ledger.c: what a line gets (time, after, number), what a batch makes of lines, and what a journal may not say. */
#include "support/check_opx.h"

#include <string.h>

#include "base/arena.h"
#include "batch.h"
#include "global_body.h"
#include "ledger.h"

#define ACTS "opx.test/c/aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define READINGS "opx.test/r/aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define GLOBAL "opx.test/g/bbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct opx_arena *arena;
static struct opx_ledger ledger;
static struct opx_ledger_log *acts, *readings, *global;

static struct opx_sha256 hash_of(int n)
{
	return opx_sha256(opx_bytes_of(opx_strf(arena, "body %d", n)));
}
static struct opx_instant at(int64_t ms)
{
	return (struct opx_instant){ .us = INT64_C(1764000000000000) + ms * 1000 };
}

static void setup(void)
{
	struct opx_error err;
	arena = opx_arena_new((size_t)64 << 20);
	opx_ledger_init(&ledger);
	ck_assert_ok(opx_ledger_log(&ledger, 7, opx_str_z(ACTS), &acts, &err), err);
	ck_assert_ok(opx_ledger_log(&ledger, 3, opx_str_z(READINGS), &readings, &err), err);
	ck_assert_ok(opx_ledger_log(&ledger, 1, opx_str_z(GLOBAL), &global, &err), err);
}
static void teardown(void)
{
	opx_ledger_done(&ledger);
	opx_arena_free(arena);
}

static void token(struct opx_ledger_log *log, int64_t ms, int name)
{
	struct opx_sha256 tsr = hash_of(name);
	opx_ledger_token(log, 1, at(ms), &tsr);
}
static void after_is(const struct opx_ledger_log *log, int name)
{
	struct opx_sha256 want = name != 0 ? hash_of(name) : (struct opx_sha256){ .b = { 0 } };
	struct opx_sha256 got = opx_ledger_after(&ledger, log);
	ck_assert_mem_eq(got.b, want.b, 32);
}

START_TEST(after_is_the_latest_token_that_the_line_may_name)
{
	after_is(acts, 0);
	after_is(readings, 0);
	after_is(global, 0);
	token(readings, 50, 1); /* of a readings head: named by nobody */
	after_is(readings, 0);
	after_is(acts, 0);
	after_is(global, 0);
	token(acts, 20, 2);
	after_is(acts, 2);
	after_is(readings, 0);
	after_is(global, 0);
	token(global, 10, 3); /* earlier: the acts keep their own */
	after_is(acts, 2);
	after_is(readings, 3);
	after_is(global, 3);
	token(global, 30, 4);
	after_is(acts, 4);
	token(global, 25, 5); /* arrived late: an older genTime changes nothing */
	after_is(acts, 4);
	after_is(readings, 4);
}
END_TEST

static struct opx_leaf add(struct opx_batch *batch, struct opx_ledger_log *log, int body)
{
	struct opx_error err;
	struct opx_batch_line *line = NULL;
	struct opx_leaf leaf;
	struct opx_sha256 hash = hash_of(body);
	ck_assert_ok(opx_batch_add(batch, log, &hash, (struct opx_bytes){ .n = 0 }, &line, &err), err);
	ck_assert_ok(opx_leaf_parse(arena, line->line.line, &leaf, &err), err);
	return leaf;
}

START_TEST(time_never_goes_back_and_milliseconds_are_cut)
{
	struct opx_batch batch;
	struct opx_instant now = at(1000);
	now.us += 999;
	opx_batch_begin(&batch, arena, &ledger, now, 10);
	ck_assert_int_eq(add(&batch, acts, 1).time.us, at(1000).us);
	opx_batch_close(&batch);
	opx_batch_adopt(&batch);
	ck_assert_int_eq(ledger.newest.us, at(1000).us);
	ck_assert(opx_ledger_clock_is_good(&ledger, at(1000 - 5000)));
	ck_assert(!opx_ledger_clock_is_good(&ledger, (struct opx_instant){ .us = at(1000 - 5000).us - 1 }));
	opx_batch_begin(&batch, arena, &ledger, at(400), 10);
	ck_assert_int_eq(add(&batch, acts, 2).time.us, at(1000).us);
	ck_assert_int_eq(add(&batch, readings, 3).time.us, at(400).us); /* another log has its own time */
	opx_batch_close(&batch);
	opx_batch_adopt(&batch);
	ck_assert_int_eq(ledger.newest.us, at(1000).us);
}
END_TEST

START_TEST(a_batch_changes_nothing_until_it_is_adopted)
{
	struct opx_batch batch;
	struct opx_batch_line *line = NULL;
	struct opx_sha256 one = hash_of(1);
	opx_batch_begin(&batch, arena, &ledger, at(0), 10);
	ck_assert_uint_eq(add(&batch, acts, 1).seq, 0);
	ck_assert_uint_eq(add(&batch, readings, 2).seq, 0);
	ck_assert_uint_eq(add(&batch, acts, 3).seq, 1);
	ck_assert_status(opx_batch_add(&batch, readings, &one, (struct opx_bytes){ .n = 0 }, &line, NULL),
			 OPX_CONFLICT);
	ck_assert_uint_eq(batch.n_lines, 3);
	opx_batch_close(&batch);
	ck_assert_uint_eq(batch.n_logs, 2);
	ck_assert_uint_eq(acts->tree.size, 0);
	ck_assert_uint_eq(ledger.bodies.n, 0);
	/* The heads are the roots of the lines. */
	const struct opx_sha256 leaves[] = { opx_tree_leaf(batch.lines[0].line.line),
					     opx_tree_leaf(batch.lines[2].line.line) };
	struct opx_sha256 root = opx_tree_root(leaves, 2);
	ck_assert_int_eq(batch.heads[0].log, 7);
	ck_assert_int_eq(batch.heads[0].size, 2);
	ck_assert_mem_eq(batch.heads[0].root.b, root.b, 32);
	opx_batch_adopt(&batch);
	ck_assert_uint_eq(acts->tree.size, 2);
	ck_assert_int_eq(acts->n_heads, 1);
	ck_assert_int_eq(ledger.n_lines, 3);
	opx_batch_begin(&batch, arena, &ledger, at(0), 10);
	ck_assert_status(opx_batch_add(&batch, acts, &one, (struct opx_bytes){ .n = 0 }, &line, NULL),
			 OPX_CONFLICT);
	ck_assert_uint_eq(add(&batch, acts, 4).seq, 2);
}
END_TEST

START_TEST(a_set_of_bodies_finds_what_it_has)
{
	struct opx_bodies set = { .slots = NULL };
	ck_assert(!opx_bodies_has(&set, &(struct opx_sha256){ .b = { 1 } }));
	for (int i = 0; i < 5000; i++) {
		struct opx_sha256 h = hash_of(i);
		ck_assert(!opx_bodies_has(&set, &h));
		ck_assert(opx_bodies_add(&set, &h));
		ck_assert(!opx_bodies_add(&set, &h));
	}
	for (int i = 0; i < 5000; i++) {
		struct opx_sha256 h = hash_of(i);
		ck_assert(opx_bodies_has(&set, &h));
	}
	ck_assert_uint_eq(set.n, 5000);
	opx_bodies_done(&set);
}
END_TEST

START_TEST(logs_have_one_name_and_there_is_one_global_log)
{
	struct opx_ledger_log *log = NULL;
	ck_assert_status(opx_ledger_log(&ledger, 7, opx_str_z(READINGS), &log, NULL), OPX_CONFLICT);
	ck_assert_status(opx_ledger_log(&ledger, 9, OPX_STR("opx.test/x/aaaaaaaaaaaaaaaaaaaaaaaaaa"), &log,
					NULL),
			 OPX_CONFLICT);
	ck_assert_status(opx_ledger_log(&ledger, 9, OPX_STR("opx.test/g/cccccccccccccccccccccccccc"), &log,
					NULL),
			 OPX_CONFLICT);
	ck_assert_ptr_null(opx_ledger_find(&ledger, 9));
	ck_assert_ptr_eq(opx_ledger_find(&ledger, 7), acts);
	ck_assert_ptr_eq(opx_ledger_find(&ledger, 3), readings);
	ck_assert_ptr_eq(opx_ledger_find(&ledger, 1), global);
}
END_TEST

/* ---- a journal that contradicts itself ---- */

static enum opx_status replay(int64_t log, int64_t seq, const char *origin, uint64_t leaf_seq, int64_t ms,
			      int body, const char *text)
{
	struct opx_journal_replay r = opx_ledger_replay(&ledger);
	const struct opx_leaf leaf = {
		.origin = opx_str_z(origin), .seq = leaf_seq, .time = at(ms), .body = hash_of(body)
	};
	const struct opx_journal_line line = {
		.log = log,
		.seq = seq,
		.line = opx_bytes_of(opx_leaf_format(arena, &leaf)),
		.body = opx_bytes_of(opx_str_z(text)),
	};
	return r.line(r.self, &line, 0, NULL);
}

static enum opx_status replay_head(int64_t log, int64_t size, struct opx_sha256 root)
{
	struct opx_journal_replay r = opx_ledger_replay(&ledger);
	const struct opx_journal_head head = { .log = log, .size = size, .root = root };
	return r.heads(r.self, &head, 1, NULL);
}

START_TEST(a_journal_is_believed_only_when_it_fits)
{
	ck_assert_status(replay(7, 0, ACTS, 0, 10, 1, ""), OPX_OK);
	ck_assert_status(replay(7, 2, ACTS, 2, 10, 2, ""), OPX_INTERNAL);  /* a hole */
	ck_assert_status(replay(7, 0, ACTS, 0, 10, 3, ""), OPX_INTERNAL);  /* twice */
	ck_assert_status(replay(7, 1, ACTS, 2, 10, 4, ""), OPX_INTERNAL);  /* record and line disagree */
	ck_assert_status(replay(7, 1, ACTS, 1, 9, 5, ""), OPX_INTERNAL);   /* time goes back */
	ck_assert_status(replay(7, 1, ACTS, 1, 10, 6, "x"), OPX_INTERNAL); /* a body outside the global log */
	ck_assert_status(replay(7, 1, ACTS, 1, 10, 1, ""), OPX_INTERNAL);  /* a body for the second time */
	ck_assert_status(replay(7, 1, READINGS, 1, 10, 8, ""), OPX_CONFLICT);
	ck_assert_status(replay(1, 0, GLOBAL, 0, 10, 9, "another text"), OPX_INTERNAL);
	ck_assert_status(replay(1, 0, GLOBAL, 0, 10, 10, "body 10"), OPX_OK);
	ck_assert_uint_eq(acts->tree.size, 1);
	struct opx_sha256 root = opx_frontier_root(&acts->tree);
	ck_assert_status(replay_head(7, 2, root), OPX_INTERNAL);
	ck_assert_status(replay_head(7, 1, hash_of(1)), OPX_INTERNAL);
	ck_assert_status(replay_head(8, 1, root), OPX_INTERNAL);
	ck_assert_status(replay_head(7, 1, root), OPX_OK);
	ck_assert_int_eq(acts->n_heads, 1);
}
END_TEST

START_TEST(a_case_head_is_read_as_it_was_written)
{
	struct opx_error err;
	struct opx_bytes body;
	struct opx_str origin;
	int64_t size = 1;
	struct opx_sha256 program = hash_of(1);
	const struct opx_head head = { .origin = opx_str_z(ACTS), .size = 43, .root = hash_of(2) };
	ck_assert_ok(opx_global_head(arena, &opx_random_real, opx_str_z(GLOBAL), at(5), &head, &body, &err),
		     err);
	ck_assert_ok(opx_global_head_of(arena, body, &origin, &size, &err), err);
	ck_assert_str(origin, ACTS);
	ck_assert_int_eq(size, 43);
	ck_assert_ok(opx_global_release(arena, &opx_random_real, opx_str_z(GLOBAL), at(5), "1.0", &program,
					&body, &err),
		     err);
	ck_assert_ok(opx_global_head_of(arena, body, &origin, &size, &err), err);
	ck_assert_int_eq(size, 0);
	ck_assert_status(opx_global_head_of(arena, OPX_BYTES("{\"type\":\"case.head\"}"), &origin, &size,
					    NULL),
			 OPX_INVALID);
	ck_assert_status(opx_global_head_of(arena, OPX_BYTES("{"), &origin, &size, NULL), OPX_INVALID);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tc = tcase_create("ledger");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, after_is_the_latest_token_that_the_line_may_name);
	tcase_add_test(tc, time_never_goes_back_and_milliseconds_are_cut);
	tcase_add_test(tc, a_batch_changes_nothing_until_it_is_adopted);
	tcase_add_test(tc, a_set_of_bodies_finds_what_it_has);
	tcase_add_test(tc, logs_have_one_name_and_there_is_one_global_log);
	tcase_add_test(tc, a_journal_is_believed_only_when_it_fits);
	tcase_add_test(tc, a_case_head_is_read_as_it_was_written);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
