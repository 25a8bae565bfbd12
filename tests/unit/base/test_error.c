/* SPDX-License-Identifier: MPL-2.0 */
/* test_error.c: an error carries a sentence for the person and one line for the operator. */
#include "support/check_opx.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

#define NAMED N_("Le dossier « %s » est clos.")

static enum opx_status refuse(struct opx_error *err)
{
	return OPX_FAIL(err, OPX_CONFLICT, N_("Cette réunion est déjà close."), "meeting %d closed twice", 7);
}

static enum opx_status pass_on(struct opx_error *err, int *ret_reached)
{
	OPX_TRY(refuse(err));
	*ret_reached = 1;
	return OPX_OK;
}

START_TEST(a_failure_is_told_to_both_and_names_its_place)
{
	struct opx_error err = { 0 };
	ck_assert_status(refuse(&err), OPX_CONFLICT);
	ck_assert_int_eq(err.status, OPX_CONFLICT);
	ck_assert_str_eq(err.user, "Cette réunion est déjà close.");
	ck_assert_str_eq(err.detail, "meeting 7 closed twice");
	ck_assert_ptr_nonnull(strstr(err.file, "test_error.c"));
	ck_assert_int_gt(err.line, 0);
}
END_TEST

START_TEST(a_caller_that_wants_no_words_gets_the_status)
{
	ck_assert_status(refuse(NULL), OPX_CONFLICT);
	ck_assert_status(OPX_FAIL_ARG(NULL, OPX_CONFLICT, NAMED, "x", "y"), OPX_CONFLICT);
}
END_TEST

START_TEST(a_failure_ends_the_function_that_tried)
{
	struct opx_error err = { 0 };
	int reached = 0;
	ck_assert_status(pass_on(&err, &reached), OPX_CONFLICT);
	ck_assert_int_eq(reached, 0);
}
END_TEST

START_TEST(the_detail_stays_one_line)
{
	struct opx_error err = { 0 };
	OPX_IGNORE(OPX_FAIL(&err, OPX_INTERNAL, "x", "%s", "a\nlevel=info\tb\r\x1b\x7f c"));
	ck_assert_str_eq(err.detail, "a?level=info?b??? c");
}
END_TEST

START_TEST(a_long_detail_and_a_long_sentence_are_cut)
{
	struct opx_error err = { 0 };
	char text[2000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	OPX_IGNORE(OPX_FAIL(&err, OPX_INTERNAL, text, "%s", text));
	ck_assert_uint_eq(strlen(err.detail), sizeof(err.detail) - 1);
	ck_assert_uint_eq(strlen(err.user), sizeof(err.user) - 1);
}
END_TEST

START_TEST(a_sentence_is_cut_between_characters)
{
	struct opx_error err = { 0 };
	char text[1000] = "x"; /* so that a character of two bytes lies across the end */
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "é", 3);
	for (size_t shift = 0; shift < 2; shift++) {
		OPX_IGNORE(OPX_FAIL(&err, OPX_INTERNAL, text + shift, "x"));
		ck_assert(opx_utf8_is_valid(opx_bytes_of(opx_str_z(err.user))));
		ck_assert_uint_ge(strlen(err.user), sizeof(err.user) - 2);
	}
}
END_TEST

static const struct {
	const char *user, *arg, *want;
} named[] = {
	{ NAMED, "Fabre", "Le dossier « Fabre » est clos." },
	{ NAMED, "100 %s", "Le dossier « 100 %s » est clos." }, /* an argument is text, never a format */
	{ NAMED, "", "Le dossier «  » est clos." },
	{ N_("Sans nom."), "Fabre", "Sans nom." },
};

START_TEST(an_argument_takes_its_place_as_plain_text)
{
	struct opx_error err = { 0 };
	OPX_IGNORE(OPX_FAIL_ARG(&err, OPX_CONFLICT, named[_i].user, named[_i].arg, "x"));
	ck_assert_str_eq(err.user, named[_i].want);
}
END_TEST

START_TEST(a_long_argument_leaves_room_for_the_sentence)
{
	struct opx_error err = { 0 };
	char arg[600] = "";
	for (size_t i = 0; i + 2 < sizeof(arg); i += 2)
		memcpy(arg + i, "é", 3);
	OPX_IGNORE(OPX_FAIL_ARG(&err, OPX_CONFLICT, NAMED, arg, "x"));
	ck_assert_str_eq(err.user + strlen(err.user) - strlen(" » est clos."), " » est clos.");
	ck_assert(opx_utf8_is_valid(opx_bytes_of(opx_str_z(err.user))));
}
END_TEST

START_TEST(each_status_has_a_name_of_its_own)
{
	for (int i = 0; i < OPX_STATUS_COUNT; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(opx_status_name((enum opx_status)i),
					 opx_status_name((enum opx_status)k));
	ck_assert_str_eq(opx_status_name(OPX_OK), "ok");
	ck_assert_str_eq(opx_status_name((enum opx_status)OPX_STATUS_COUNT), "unknown");
}
END_TEST

START_TEST(a_broken_promise_ends_the_process)
{
	OPX_ASSERT(1 + 1 == 2);
	OPX_ASSERT(1 + 1 == 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = tcase_create("error");
	tcase_add_test(tc, a_failure_is_told_to_both_and_names_its_place);
	tcase_add_test(tc, a_caller_that_wants_no_words_gets_the_status);
	tcase_add_test(tc, a_failure_ends_the_function_that_tried);
	tcase_add_test(tc, the_detail_stays_one_line);
	tcase_add_test(tc, a_long_detail_and_a_long_sentence_are_cut);
	tcase_add_test(tc, a_sentence_is_cut_between_characters);
	tcase_add_loop_test(tc, an_argument_takes_its_place_as_plain_text, 0, (int)OPX_COUNT(named));
	tcase_add_test(tc, a_long_argument_leaves_room_for_the_sentence);
	tcase_add_test(tc, each_status_has_a_name_of_its_own);
	tcase_add_test_raise_signal(tc, a_broken_promise_ends_the_process, SIGABRT);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
