/* SPDX-License-Identifier: MPL-2.0 */
/* test_buf.c: bytes being built never pass the size they were born with. */
#include "support/check_opx.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

START_TEST(what_is_put_comes_out_in_order)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 64);
	opx_buf_put(&buf, "ab", 2);
	opx_buf_putc(&buf, '-');
	opx_buf_puts(&buf, "cd");
	opx_buf_put_str(&buf, OPX_STR("é"));
	opx_buf_printf(&buf, "%03d", 7);
	opx_buf_put(&buf, NULL, 0);
	ck_assert_status(opx_buf_ok(&buf, NULL), OPX_OK);
	ck_assert_str(opx_buf_str(&buf), "ab-cdé007");
}
END_TEST

START_TEST(nothing_put_is_an_empty_text)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 0);
	ck_assert_str(opx_buf_str(&buf), "");
	ck_assert_uint_eq(opx_buf_bytes(&buf).n, 0);
	ck_assert_status(opx_buf_ok(&buf, NULL), OPX_OK);
}
END_TEST

START_TEST(the_last_byte_of_the_size_can_be_used)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 8);
	opx_buf_puts(&buf, "1234567");
	opx_buf_putc(&buf, '8');
	ck_assert_status(opx_buf_ok(&buf, NULL), OPX_OK);
	ck_assert_str(opx_buf_str(&buf), "12345678");
}
END_TEST

static void put_bytes(struct opx_buf *buf)
{
	opx_buf_put(buf, "abc", 3);
}
static void put_char(struct opx_buf *buf)
{
	opx_buf_puts(buf, "ab");
	opx_buf_putc(buf, 'c');
}
static void put_text(struct opx_buf *buf)
{
	opx_buf_put_str(buf, OPX_STR("abc"));
}
static void put_printed(struct opx_buf *buf)
{
	opx_buf_printf(buf, "%s", "abc");
}

static void (*const puts_too_much[])(struct opx_buf *buf) = { put_bytes, put_char, put_text, put_printed };

START_TEST(one_byte_too_many_is_seen_at_the_end_and_nothing_follows_it)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_buf buf;
	struct opx_error err = { 0 };
	opx_buf_init(&buf, arena, 8);
	opx_buf_puts(&buf, "123456");
	puts_too_much[_i](&buf);
	opx_buf_puts(&buf, ""); /* what would fit does not undo it */
	ck_assert_status(opx_buf_ok(&buf, &err), OPX_TOO_LARGE);
	ck_assert_str_eq(err.user, "Ce contenu est trop long.");
	ck_assert_uint_le(opx_buf_bytes(&buf).n, 8);
	ck_assert_mem_eq(opx_buf_bytes(&buf).p, "123456", 6);
}
END_TEST

START_TEST(a_huge_length_does_not_wrap_round)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 100);
	opx_buf_puts(&buf, "1");
	opx_buf_put(&buf, "x", SIZE_MAX);
	ck_assert_status(opx_buf_ok(&buf, NULL), OPX_TOO_LARGE);
	ck_assert_uint_eq(opx_buf_bytes(&buf).n, 1);
}
END_TEST

START_TEST(it_grows_over_many_appends)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)1 << 20);
	struct opx_buf buf;
	opx_buf_init(&buf, arena, 100000);
	for (int i = 0; i < 10000; i++)
		opx_buf_printf(&buf, "%08d;", i);
	ck_assert_status(opx_buf_ok(&buf, NULL), OPX_OK);
	struct opx_str s = opx_buf_str(&buf);
	ck_assert_uint_eq(s.n, 90000);
	ck_assert_mem_eq(s.p, "00000000;00000001;", 18);
	ck_assert_str_eq(s.p + s.n - 9, "00009999;");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tc = tcase_create("buf");
	tcase_add_test(tc, what_is_put_comes_out_in_order);
	tcase_add_test(tc, nothing_put_is_an_empty_text);
	tcase_add_test(tc, the_last_byte_of_the_size_can_be_used);
	tcase_add_loop_test(tc, one_byte_too_many_is_seen_at_the_end_and_nothing_follows_it, 0,
			    (int)OPX_COUNT(puts_too_much));
	tcase_add_test(tc, a_huge_length_does_not_wrap_round);
	tcase_add_test(tc, it_grows_over_many_appends);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
