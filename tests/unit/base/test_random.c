/* SPDX-License-Identifier: MPL-2.0 */
/* test_random.c: numbers below a bound, each as likely as the others, from a source that is handed in. */
#include "support/check_opx.h"

#include <signal.h>
#include <string.h>

#include "base/random.h"

/* A source that says what it is told, four bytes a time. */
struct told {
	struct opx_random random; /* first */
	const uint32_t *p;
	size_t n, at;
};

static void fill_told(const struct opx_random *random, uint8_t *ret, size_t n)
{
	struct told *told = (struct told *)(uintptr_t)random;
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_lt(told->at, told->n);
	uint32_t v = told->p[told->at++];
	for (size_t i = 0; i < 4; i++)
		ret[i] = (uint8_t)(v >> (24U - 8U * (unsigned)i));
}

static const struct {
	uint32_t bound, drawn[3];
	uint32_t n;
	size_t used;
} draws[] = {
	{ 10, { 7 }, 7, 1 },
	{ 10, { 27 }, 7, 1 },
	{ 1, { 4000000000U }, 0, 1 },
	{ 100000000, { 123456789 }, 23456789, 1 },
	{ 100000000, { 4200000000U, 5 }, 5, 2 }, /* the incomplete last range would favour small codes */
	{ 100000000, { 4294967295U, 4200000000U, 6 }, 6, 3 },
	{ 3, { UINT32_MAX, 2 }, 2, 2 },
	{ 3, { UINT32_MAX - 1 }, 2, 1 },
	{ 1U << 31, { 1U << 31, 1 }, 1, 2 },
	{ UINT32_MAX, { UINT32_MAX, 1 }, 1, 2 },
};

START_TEST(a_draw_from_the_incomplete_range_is_drawn_again)
{
	struct told told = { .random = { .fill = fill_told }, .p = draws[_i].drawn, .n = 3 };
	ck_assert_uint_eq(opx_random_below(&told.random, draws[_i].bound), draws[_i].n);
	ck_assert_uint_eq(told.at, draws[_i].used);
}
END_TEST

START_TEST(a_bound_of_zero_ends_the_process)
{
	(void)opx_random_below(&opx_random_real, 0);
}
END_TEST

START_TEST(the_real_source_fills_all_and_never_the_same)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };
	opx_random_fill(&opx_random_real, a, sizeof(a));
	opx_random_fill(&opx_random_real, b, sizeof(b));
	ck_assert(memcmp(a, b, 32) != 0);
	ck_assert(memcmp(a + 32, b + 32, 32) != 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_lt(opx_random_below(&opx_random_real, 7), 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("random");
	TCase *tc = tcase_create("random");
	tcase_add_loop_test(tc, a_draw_from_the_incomplete_range_is_drawn_again, 0, (int)OPX_COUNT(draws));
	tcase_add_test_raise_signal(tc, a_bound_of_zero_ends_the_process, SIGABRT);
	tcase_add_test(tc, the_real_source_fills_all_and_never_the_same);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
