/* SPDX-License-Identifier: MPL-2.0 */
/* test_waits.c: when opx-seal looks again without being woken: at once while there is more, when the next stamp is due, else once a
 * second. */
#include "bench.h"

#include "sql_test_seal.h"

static struct bench b;

static struct sql_st_counts_row counts(void)
{
	struct opx_error err;
	struct sql_st_counts_row row;
	ck_assert_ok(sql_st_counts(b.s.owner, &row, &err), err);
	return row;
}

static size_t stamps_asked(void)
{
	struct opx_error err;
	const struct sql_st_jobs_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_st_jobs(b.s.owner, OPX_STR("token.checkpoint"), &rows, &n, &err), err);
	return n;
}

/* One round, that many milliseconds after the last one. */
static int round_after(int64_t ms)
{
	struct opx_error err;
	int wait_ms = -1;
	b.clock.now.us += ms * 1000;
	ck_assert_ok(opx_sequencer_round(b.sequencer, &wait_ms, &err), err);
	return wait_ms;
}

START_TEST(the_next_look_comes_when_the_next_stamp_is_due)
{
	bench_begin(&b);
	b.setup.head_interval_us = 700000;
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	ck_assert_int_eq(round_after(0), 1000); /* its first heads are stamped at once */
	size_t asked = stamps_asked();
	acts_file(&b.s, dossier);
	ck_assert_int_eq(round_after(100), 601);
	ck_assert_int_eq(counts().waiting, 0); /* sealed all the same */
	ck_assert_int_eq(round_after(599), 2); /* woken by something else: the rest of the wait */
	ck_assert_uint_eq(stamps_asked(), asked);
	ck_assert_int_eq(round_after(2), 1000);
	ck_assert_uint_eq(stamps_asked(), asked + 1);
	bench_end(&b);
}
END_TEST

START_TEST(after_the_last_events_no_round_comes_at_once)
{
	bench_begin(&b);
	b.setup.batch_events = 4;
	bench_open(&b);
	acts_file(&b.s, acts_dossier(&b.s, "26/00001")); /* 4 events, and 2 */
	ck_assert_int_eq(round_after(10), 0);
	ck_assert_int_eq(counts().waiting, 2);
	ck_assert_int_ne(round_after(10), 0);
	ck_assert_int_eq(counts().waiting, 0);
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
	Suite *suite = suite_create("seal waits");
	add(suite, "due", the_next_look_comes_when_the_next_stamp_is_due);
	add(suite, "rest", after_the_last_events_no_round_comes_at_once);
	return check_opx_main(suite);
}
