/* SPDX-License-Identifier: MPL-2.0 */
/* test_str.c: the one door from bytes to text, and text that others wrote, made fit for a line. */
#include "support/check_opx.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static struct opx_bytes bytes_of(const char *z)
{
	return (struct opx_bytes){ .p = (const uint8_t *)z, .n = strlen(z) };
}

static const struct {
	const char *in, *line, *block; /* NULL: refused */
} texts[] = {
	{ "", "", "" },
	{ "Bonjour", "Bonjour", "Bonjour" },
	{ "e\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },         /* NFD to NFC */
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c", "\xed\x95\x9c" }, /* Hangul */
	{ "\xe2\x84\xab", "\xc3\x85", "\xc3\x85" },                                 /* Angstrom sign */
	{ "\xef\xac\x81", "\xef\xac\x81", "\xef\xac\x81" },             /* NFC keeps the ligature fi */
	{ "\xf0\x9f\x92\xa7", "\xf0\x9f\x92\xa7", "\xf0\x9f\x92\xa7" }, /* an emoji */
	{ "a\xc2\xa0"
	  "b",
	  "a\xc2\xa0"
	  "b",
	  "a\xc2\xa0"
	  "b" }, /* no-break space */
	{ "a\nb", NULL, "a\nb" },
	{ "a\r\nb", NULL, "a\nb" },
	{ "a\rb", NULL, NULL }, /* a bare CR is no line's end */
	{ "a\r", NULL, NULL },
	{ "a\tb", NULL, "a\tb" },
	{ "a\x01"
	  "b",
	  NULL, NULL },
	{ "a\x1b[31m", NULL, NULL },
	{ "a\x7f"
	  "b",
	  NULL, NULL },
	{ "a\xc2\x80", NULL, NULL }, /* U+0080, first of C1 */
	{ "a\xc2\x9f", NULL, NULL }, /* U+009F, last of C1 */
	{ "a\xd8\x9c"
	  "b",
	  NULL, NULL },                  /* U+061C Arabic letter mark */
	{ "a\xe2\x80\x8e", NULL, NULL }, /* U+200E left-to-right mark */
	{ "a\xe2\x80\x8f", NULL, NULL },
	{ "a\xe2\x80\xaa", NULL, NULL }, /* U+202A embedding */
	{ "facture\xe2\x80\xae"
	  "fdp.exe",
	  NULL, NULL },                  /* U+202E override */
	{ "a\xe2\x81\xa6", NULL, NULL }, /* U+2066 isolate */
	{ "a\xe2\x81\xa9", NULL, NULL }, /* U+2069 */
	{ "a\xef\xbb\xbf", NULL, NULL }, /* U+FEFF */
	{ "a\xe2\x80\x8d"
	  "b",
	  "a\xe2\x80\x8d"
	  "b",
	  "a\xe2\x80\x8d"
	  "b" }, /* a joiner stands in names and emoji */
	{ "\xff", NULL, NULL },
	{ "a\xc3", NULL, NULL },            /* cut in the middle */
	{ "\xc0\xaf", NULL, NULL },         /* overlong */
	{ "\xed\xa0\x80", NULL, NULL },     /* surrogate */
	{ "\xf4\x90\x80\x80", NULL, NULL }, /* above U+10FFFF */
};

static void assert_text(enum opx_text_kind kind, const char *in, const char *want)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	const struct opx_str before = OPX_STR("avant");
	struct opx_str s = before;
	struct opx_error err = { 0 };
	enum opx_status status = opx_str_from_bytes(arena, bytes_of(in), kind, 1000, &s, &err);
	ck_assert_status(status, want != NULL ? OPX_OK : OPX_INVALID);
	if (want != NULL) {
		ck_assert_str(s, want);
	} else {
		ck_assert_ptr_eq(s.p, before.p); /* untouched on failure */
		ck_assert_ptr_nonnull(strstr(err.user, "caractères"));
	}
}

START_TEST(a_line_is_valid_nfc_without_controls_or_is_refused)
{
	assert_text(OPX_TEXT_LINE, texts[_i].in, texts[_i].line);
}
END_TEST

START_TEST(a_block_keeps_its_lines_and_nothing_else_of_the_controls)
{
	assert_text(OPX_TEXT_BLOCK, texts[_i].in, texts[_i].block);
}
END_TEST

START_TEST(a_nul_inside_is_refused)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_str s;
	ck_assert_status(opx_str_from_bytes(arena, OPX_BYTES("a\0b"), OPX_TEXT_BLOCK, 100, &s, NULL),
			 OPX_INVALID);
	ck_assert(opx_utf8_is_valid(OPX_BYTES("a\0b")));
	ck_assert(opx_utf8_has_forbidden(OPX_BYTES("a\0b")));
}
END_TEST

static const struct {
	const char *in;
	size_t max;
	enum opx_status status;
} limits[] = {
	{ "abcde", 5, OPX_OK },
	{ "abcdef", 5, OPX_TOO_LARGE },
	{ "e\xcc\x81", 2, OPX_OK }, /* three bytes that become two */
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 3, OPX_OK },
	{ "\xe0\xa5\x98", 5, OPX_TOO_LARGE }, /* U+0958 has six bytes in NFC */
	{ "", 0, OPX_OK },
	{ "a", 0, OPX_TOO_LARGE },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 5, OPX_TOO_LARGE }, /* refused before any work */
};

START_TEST(the_limit_counts_the_bytes_of_the_result)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_str s;
	ck_assert_status(opx_str_from_bytes(arena, bytes_of(limits[_i].in), OPX_TEXT_LINE, limits[_i].max, &s,
					    NULL),
			 limits[_i].status);
}
END_TEST

static const struct {
	const char *in;
	size_t max;
	const char *want;
} scrubs[] = {
	{ "curl/8.1", 100, "curl/8.1" },
	{ "a\x01"
	  "b",
	  100,
	  "a\xef\xbf\xbd"
	  "b" },
	{ "a\xff\xfe", 100, "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "a\xe2\x80\xae", 100, "a\xef\xbf\xbd" },
	{ "\xc3\xa9\xc3\xa9", 3, "\xc3\xa9" }, /* cut at a character */
	{ "ab\xff", 4, "ab" },                 /* no room for the mark of what was bad */
	{ "", 10, "" },
	{ "abc", 0, "" },
};

START_TEST(what_others_wrote_becomes_one_clean_line_of_bounded_length)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_str_scrub(arena, bytes_of(scrubs[_i].in), scrubs[_i].max), scrubs[_i].want);
}
END_TEST

START_TEST(text_is_compared_by_all_of_its_bytes)
{
	ck_assert(opx_str_eq(OPX_STR("abc"), OPX_STR("abc")));
	ck_assert(!opx_str_eq(OPX_STR("abc"), OPX_STR("abd")));
	ck_assert(!opx_str_eq(OPX_STR("abc"), OPX_STR("ab")));
	ck_assert(opx_str_eq(OPX_STR(""), (struct opx_str){ .p = NULL }));
	ck_assert(opx_str_is(OPX_STR("abc"), "abc"));
	ck_assert(opx_str_starts(OPX_STR("abc"), "ab"));
	ck_assert(opx_str_starts(OPX_STR("abc"), ""));
	ck_assert(!opx_str_starts(OPX_STR("ab"), "abc"));
	ck_assert(opx_bytes_eq(OPX_BYTES("a\0b"), OPX_BYTES("a\0b")));
	ck_assert(!opx_bytes_eq(OPX_BYTES("a\0b"), OPX_BYTES("a\0c")));
}
END_TEST

START_TEST(copied_and_printed_text_ends_with_a_nul)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_str_copy(arena, "abcdef", 3), "abc");
	ck_assert_str(opx_str_copy(arena, NULL, 0), "");
	ck_assert_str(opx_strf(arena, "%s n° %d", "pièce", 7), "pièce n° 7");
	ck_assert_str(opx_str_z("x"), "x");
	ck_assert_uint_eq(opx_str_z(NULL).n, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("str");
	TCase *tc = tcase_create("from bytes");
	tcase_add_loop_test(tc, a_line_is_valid_nfc_without_controls_or_is_refused, 0, (int)OPX_COUNT(texts));
	tcase_add_loop_test(tc, a_block_keeps_its_lines_and_nothing_else_of_the_controls, 0,
			    (int)OPX_COUNT(texts));
	tcase_add_test(tc, a_nul_inside_is_refused);
	tcase_add_loop_test(tc, the_limit_counts_the_bytes_of_the_result, 0, (int)OPX_COUNT(limits));
	suite_add_tcase(suite, tc);
	tc = tcase_create("text");
	tcase_add_loop_test(tc, what_others_wrote_becomes_one_clean_line_of_bounded_length, 0,
			    (int)OPX_COUNT(scrubs));
	tcase_add_test(tc, text_is_compared_by_all_of_its_bytes);
	tcase_add_test(tc, copied_and_printed_text_ends_with_a_nul);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
