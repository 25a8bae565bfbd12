/* SPDX-License-Identifier: MPL-2.0 */
/* test_href.c: addresses of our own pages; what a person wrote never changes where they lead. */
#include "support/check_opx.h"

#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "html/href.h"

START_TEST(numbers_stand_in_an_address_as_they_are)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_href href = opx_href_make(arena, "/dossiers/%d/depots/%d", (int64_t)42, INT64_MAX);
	ck_assert_str(href.url, "/dossiers/42/depots/9223372036854775807");
}
END_TEST

static const struct {
	const char *text, *url;
} texts[] = {
	{ "abc-._~", "/x/abc-._~" },
	{ "../../admin", "/x/..%2F..%2Fadmin" },
	{ "a?b=c#d", "/x/a%3Fb%3Dc%23d" },
	{ "//ailleurs", "/x/%2F%2Failleurs" },
	{ "é \"<>", "/x/%C3%A9%20%22%3C%3E" },
	{ "%41", "/x/%2541" },
	{ "", "/x/" },
};

START_TEST(text_in_an_address_is_escaped)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	ck_assert_str(opx_href_make(arena, "/x/%s", opx_str_z(texts[_i].text)).url, texts[_i].url);
}
END_TEST

static const struct {
	const char *href, *q, *order, *url;
} queries[] = {
	{ "/d", "", "", "/d" },
	{ "/d", "", "titre", "/d?tri=titre" },
	{ "/d", "a&b=é#?", "titre", "/d?q=a%26b%3D%C3%A9%23%3F&tri=titre" },
	{ "/d?vue=a", "x", "", "/d?vue=a&q=x" },
};

START_TEST(a_query_holds_the_values_that_there_are)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	const struct opx_href_field fields[] = { { "q", opx_str_z(queries[_i].q) },
						 { "tri", opx_str_z(queries[_i].order) } };
	struct opx_href href = { .url = opx_str_z(queries[_i].href) };
	ck_assert_str(opx_href_query(arena, href, fields, OPX_COUNT(fields)).url, queries[_i].url);
}
END_TEST

START_TEST(a_query_is_as_long_as_its_values)
{
	OPX_AUTO_ARENA arena = opx_arena_new(1U << 20U);
	char text[8192];
	memset(text, '?', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	const struct opx_href_field field = { "q", opx_str_z(text) };
	ck_assert_uint_eq(opx_href_query(arena, opx_href_lit("/d"), &field, 1).url.n,
			  strlen("/d?q=") + 3 * (sizeof(text) - 1));
}
END_TEST

START_TEST(a_whole_address_is_an_origin_and_a_path)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_href href =
		opx_href_at(arena, OPX_STR("https://opx.localhost:8443"), opx_href_lit("/connexion"));
	ck_assert_str(href.url, "https://opx.localhost:8443/connexion");
}
END_TEST

START_TEST(an_unknown_place_in_a_pattern_ends_the_process)
{
	struct opx_arena *arena = opx_arena_new(65536);
	(void)opx_href_make(arena, "/x/%u", 4U);
}
END_TEST

START_TEST(an_address_without_end_ends_the_process)
{
	struct opx_arena *arena = opx_arena_new(65536);
	char text[5000];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)opx_href_make(arena, "/x/%s", opx_str_z(text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("href");
	TCase *tc = tcase_create("href");
	tcase_add_test(tc, numbers_stand_in_an_address_as_they_are);
	tcase_add_loop_test(tc, text_in_an_address_is_escaped, 0, (int)OPX_COUNT(texts));
	tcase_add_loop_test(tc, a_query_holds_the_values_that_there_are, 0, (int)OPX_COUNT(queries));
	tcase_add_test(tc, a_query_is_as_long_as_its_values);
	tcase_add_test(tc, a_whole_address_is_an_origin_and_a_path);
	tcase_add_test_raise_signal(tc, an_unknown_place_in_a_pattern_ends_the_process, SIGABRT);
	tcase_add_test_raise_signal(tc, an_address_without_end_ends_the_process, SIGABRT);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
