/* SPDX-License-Identifier: MPL-2.0 */
/* test_num.c: a number has one form, and sizes do not wrap. */
#include "support/check_opx.h"

#include "base/num.h"

static const struct {
	const char *text;
	int64_t min, max;
	bool is_good;
	int64_t n;
} numbers[] = {
	{ "0", 0, 10, true, 0 },
	{ "10", 0, 10, true, 10 },
	{ "11", 0, 10, false, 0 },
	{ "1", 2, 10, false, 0 },
	{ "-1", -1, 1, true, -1 },
	{ "-2", -1, 1, false, 0 },
	{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
	{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
	{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
	{ "99999999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
	{ "", 0, 10, false, 0 },
	{ "-", -10, 10, false, 0 },
	{ "-0", -10, 10, false, 0 },
	{ "--1", -10, 10, false, 0 },
	{ "+1", 0, 10, false, 0 },
	{ "01", 0, 10, false, 0 },
	{ "00", 0, 10, false, 0 },
	{ " 1", 0, 10, false, 0 },
	{ "1 ", 0, 10, false, 0 },
	{ "1.0", 0, 10, false, 0 },
	{ "0x1", 0, 10, false, 0 },
	{ "1e1", 0, 10, false, 0 },
	{ "\xd9\xa1", 0, 10, false, 0 }, /* the Arabic digit one */
};

START_TEST(the_whole_text_is_one_number_in_its_only_form)
{
	int64_t n = 4711;
	struct opx_error err = { 0 };
	enum opx_status status =
		opx_parse_i64(opx_str_z(numbers[_i].text), numbers[_i].min, numbers[_i].max, &n, &err);
	ck_assert_status(status, numbers[_i].is_good ? OPX_OK : OPX_INVALID);
	ck_assert_int_eq(n, numbers[_i].is_good ? numbers[_i].n : 4711); /* untouched on failure */
}
END_TEST

START_TEST(a_nul_inside_ends_no_number)
{
	int64_t n = 0;
	ck_assert_status(opx_parse_i64((struct opx_str){ .p = "1\0002", .n = 3 }, 0, 100, &n, NULL),
			 OPX_INVALID);
}
END_TEST

static const struct {
	size_t a, b;
	bool adds, multiplies;
} sizes[] = {
	{ 0, 0, true, true },
	{ SIZE_MAX, 0, true, true },
	{ SIZE_MAX - 1, 1, true, true },
	{ SIZE_MAX, 1, false, true },
	{ SIZE_MAX, 2, false, false },
	{ SIZE_MAX / 2, 2, true, true },
	{ SIZE_MAX / 2 + 1, 2, true, false },
	{ (size_t)1 << 32, (size_t)1 << 31, true, true },
	{ (size_t)1 << 32, (size_t)1 << 32, true, false },
	{ SIZE_MAX, SIZE_MAX, false, false },
};

START_TEST(a_sum_that_wraps_is_too_large)
{
	size_t sum = 4711;
	ck_assert_status(opx_size_add(sizes[_i].a, sizes[_i].b, &sum, NULL),
			 sizes[_i].adds ? OPX_OK : OPX_TOO_LARGE);
	ck_assert_uint_eq(sum, sizes[_i].adds ? sizes[_i].a + sizes[_i].b : 4711);
}
END_TEST

START_TEST(a_product_that_wraps_is_too_large)
{
	size_t product = 4711;
	struct opx_error err = { 0 };
	ck_assert_status(opx_size_mul(sizes[_i].a, sizes[_i].b, &product, &err),
			 sizes[_i].multiplies ? OPX_OK : OPX_TOO_LARGE);
	ck_assert_uint_eq(product, sizes[_i].multiplies ? sizes[_i].a * sizes[_i].b : 4711);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num");
	TCase *tc = tcase_create("num");
	tcase_add_loop_test(tc, the_whole_text_is_one_number_in_its_only_form, 0, (int)OPX_COUNT(numbers));
	tcase_add_test(tc, a_nul_inside_ends_no_number);
	tcase_add_loop_test(tc, a_sum_that_wraps_is_too_large, 0, (int)OPX_COUNT(sizes));
	tcase_add_loop_test(tc, a_product_that_wraps_is_too_large, 0, (int)OPX_COUNT(sizes));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
