/* SPDX-License-Identifier: MPL-2.0 */
/* test_arena.c: memory of a request: zeroed, capped, and what was deferred runs newest first. */
#include "support/check_opx.h"

#include <signal.h>
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

struct trace {
	char order[8];
	size_t n;
};

struct step {
	struct trace *trace;
	char name;
};

static void note(void *data)
{
	const struct step *step = data;
	step->trace->order[step->trace->n++] = step->name;
}

static void free_arena(void *data)
{
	opx_arena_free(data);
}

START_TEST(what_was_deferred_runs_newest_first_and_once)
{
	struct trace trace = { .n = 0 };
	struct step steps[] = { { &trace, 'a' }, { &trace, 'b' }, { &trace, 'c' } };
	struct opx_arena *arena = opx_arena_new(4096);
	for (size_t i = 0; i < OPX_COUNT(steps); i++)
		opx_arena_defer(arena, note, &steps[i]);
	opx_arena_reset(arena);
	ck_assert_str_eq(trace.order, "cba");
	opx_arena_free(arena);
	ck_assert_uint_eq(trace.n, 3);
}
END_TEST

START_TEST(a_callback_of_the_arena_runs_while_its_memory_is_there)
{
	struct trace trace = { .n = 0 };
	struct opx_arena *arena = opx_arena_new(4096);
	struct step *step = OPX_NEW(arena, struct step);
	*step = (struct step){ &trace, 'x' };
	opx_arena_defer(arena, note, step);
	opx_arena_free(arena);
	ck_assert_str_eq(trace.order, "x");
}
END_TEST

START_TEST(a_child_arena_goes_with_its_parent)
{
	struct trace trace = { .n = 0 };
	struct step parent_step = { &trace, 'p' }, child_step = { &trace, 'c' };
	struct opx_arena *parent = opx_arena_new(4096);
	struct opx_arena *child = opx_arena_new(4096);
	opx_arena_defer(parent, note, &parent_step);
	opx_arena_defer(parent, free_arena, child);
	opx_arena_defer(child, note, &child_step);
	opx_arena_free(parent);
	ck_assert_str_eq(trace.order, "cp");
}
END_TEST

START_TEST(memory_is_zeroed_and_aligned_also_after_a_reset)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	for (int round = 0; round < 2; round++) {
		for (size_t n = 1; n < 300; n += 37) {
			uint8_t *p = opx_arena_alloc(arena, 1, n);
			ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				ck_assert_uint_eq(p[i], 0);
			memset(p, 0xff, n);
		}
		opx_arena_reset(arena);
		ck_assert_uint_eq(opx_arena_used(arena), 0);
	}
}
END_TEST

START_TEST(a_block_larger_than_any_other_is_given_whole)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)8 << 20);
	uint8_t *small = opx_arena_alloc(arena, 1, 8);
	uint8_t *large = opx_arena_alloc(arena, 3, (size_t)1 << 20);
	memset(small, 1, 8);
	memset(large, 2, (size_t)3 << 20);
	ck_assert_uint_eq(small[7], 1);
	ck_assert_uint_eq(large[((size_t)3 << 20) - 1], 2);
}
END_TEST

START_TEST(an_empty_allocation_and_an_empty_copy_have_an_address)
{
	OPX_AUTO_ARENA arena = opx_arena_new(1024);
	ck_assert_ptr_nonnull(opx_arena_alloc(arena, 0, 8));
	ck_assert_ptr_nonnull(opx_arena_memdup(arena, NULL, 0));
	ck_assert_mem_eq(opx_arena_memdup(arena, "abc", 3), "abc", 3);
	opx_arena_free(NULL);
}
END_TEST

START_TEST(the_cap_may_be_reached)
{
	OPX_AUTO_ARENA arena = opx_arena_new(1024);
	(void)opx_arena_alloc(arena, 1, 1000);
	(void)opx_arena_alloc(arena, 1, 16);
	ck_assert_uint_le(opx_arena_used(arena), 1024);
}
END_TEST

START_TEST(over_the_cap_the_process_ends)
{
	struct opx_arena *arena = opx_arena_new(1024);
	(void)opx_arena_alloc(arena, 1, 1000);
	(void)opx_arena_alloc(arena, 1, 32);
}
END_TEST

START_TEST(a_count_that_overflows_ends_the_process)
{
	struct opx_arena *arena = opx_arena_new(SIZE_MAX);
	(void)opx_arena_alloc(arena, SIZE_MAX / 2, 4);
}
END_TEST

START_TEST(a_size_that_no_padding_fits_ends_the_process)
{
	struct opx_arena *arena = opx_arena_new(SIZE_MAX);
	(void)opx_arena_alloc(arena, 1, SIZE_MAX - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tc = tcase_create("life");
	tcase_add_test(tc, what_was_deferred_runs_newest_first_and_once);
	tcase_add_test(tc, a_callback_of_the_arena_runs_while_its_memory_is_there);
	tcase_add_test(tc, a_child_arena_goes_with_its_parent);
	suite_add_tcase(suite, tc);
	tc = tcase_create("memory");
	tcase_add_test(tc, memory_is_zeroed_and_aligned_also_after_a_reset);
	tcase_add_test(tc, a_block_larger_than_any_other_is_given_whole);
	tcase_add_test(tc, an_empty_allocation_and_an_empty_copy_have_an_address);
	tcase_add_test(tc, the_cap_may_be_reached);
	suite_add_tcase(suite, tc);
	tc = tcase_create("limits");
	tcase_add_test_raise_signal(tc, over_the_cap_the_process_ends, SIGABRT);
	tcase_add_test_raise_signal(tc, a_count_that_overflows_ends_the_process, SIGABRT);
	tcase_add_test_raise_signal(tc, a_size_that_no_padding_fits_ends_the_process, SIGABRT);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
