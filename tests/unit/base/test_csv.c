/* SPDX-License-Identifier: MPL-2.0 */
/* test_csv.c: our own data files: what a line is, and how a bad one does not hide the next. */
#include "support/check_opx.h"

#include <string.h>

#include "base/arena.h"
#include "base/csv.h"

static struct opx_bytes bytes_of(const char *z)
{
	return (struct opx_bytes){ .p = (const uint8_t *)z, .n = strlen(z) };
}

static const struct {
	const char *text;
	bool is_good;
	const char *a, *b;
} lines[] = {
	{ "un,deux\n", true, "un", "deux" },
	{ ",\n", true, "", "" },
	{ "\"un, deux\",\"dit \"\"trois\"\"\"\n", true, "un, deux", "dit \"trois\"" },
	{ "é,l’été\n", true, "é", "l’été" },
	{ "un\n", false, "", "" },
	{ "un,deux,trois\n", false, "", "" },
	{ "un,deux", false, "", "" },
	{ "un,deux\r\n", false, "", "" },
	{ "un,\"deux\n", false, "", "" },
	{ "un,\"deux\"x\n", false, "", "" },
	{ "un,de\"ux\n", false, "", "" },
	{ "un,\xff\n", false, "", "" },
	{ "un,a\tb\n", false, "", "" },
	{ "", false, "", "" },
};

START_TEST(a_line_has_two_plain_fields_or_is_refused)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_csv csv = { .arena = arena, .in = bytes_of(lines[_i].text) };
	struct opx_str fields[2];
	ck_assert_status(opx_csv_line(&csv, fields, 2, NULL), lines[_i].is_good ? OPX_OK : OPX_INVALID);
	ck_assert(!opx_csv_has_more(&csv));
	if (lines[_i].is_good) {
		ck_assert_str(fields[0], lines[_i].a);
		ck_assert_str(fields[1], lines[_i].b);
	}
}
END_TEST

START_TEST(a_bad_line_is_named_and_the_next_one_is_read)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_csv csv = { .arena = arena, .in = bytes_of("a,b\nx\"y,\"z\nc,d\n") };
	struct opx_str fields[2];
	ck_assert_status(opx_csv_line(&csv, fields, 2, NULL), OPX_OK);
	ck_assert_status(opx_csv_line(&csv, fields, 2, NULL), OPX_INVALID);
	ck_assert_int_eq(csv.line, 2);
	ck_assert_status(opx_csv_line(&csv, fields, 2, NULL), OPX_OK);
	ck_assert_str(fields[0], "c");
	ck_assert_int_eq(csv.line, 3);
}
END_TEST

START_TEST(a_field_has_its_limit)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)1 << 20);
	char *text = opx_arena_alloc(arena, 1, OPX_CSV_MAX_FIELD + 4);
	struct opx_str fields[2];
	memset(text, 'a', OPX_CSV_MAX_FIELD + 1);
	memcpy(text + OPX_CSV_MAX_FIELD, ",\n", 3);
	struct opx_csv csv = { .arena = arena, .in = bytes_of(text) };
	ck_assert_status(opx_csv_line(&csv, fields, 2, NULL), OPX_OK);
	memcpy(text + OPX_CSV_MAX_FIELD, "a,\n", 4);
	csv = (struct opx_csv){ .arena = arena, .in = bytes_of(text) };
	ck_assert_status(opx_csv_line(&csv, fields, 2, NULL), OPX_INVALID);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv");
	TCase *tc = tcase_create("lines");
	tcase_add_loop_test(tc, a_line_has_two_plain_fields_or_is_refused, 0, (int)OPX_COUNT(lines));
	tcase_add_test(tc, a_bad_line_is_named_and_the_next_one_is_read);
	tcase_add_test(tc, a_field_has_its_limit);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
