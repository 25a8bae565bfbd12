/* SPDX-License-Identifier: MPL-2.0 */
/* test_agree.c: which files are taken: the name, the announced type and the content say the same; verdicts have a cure. */
#include "support/check_opx.h"

#include "base/arena.h"
#include "lane/files.h"

static struct opx_arena *arena;

static void setup(void)
{
	arena = opx_arena_new((size_t)1024 * 1024);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

static const struct {
	const char *name, *ext;
} exts[] = {
	{ "a.pdf", "pdf" },    { "A.PDF", "pdf" }, { "a.tar.gz", "gz" },     { "a", "" },
	{ ".pdf", "pdf" },     { "a.", "" },       { "a.pd f", "" },         { "a.toolongext", "" },
	{ "a.p\xc3\xa9", "" }, { "", "" },         { "photo.JPEG", "jpeg" },
};

START_TEST(an_extension_is_small_letters_and_digits)
{
	ck_assert_str(opx_file_ext(arena, opx_str_z(exts[_i].name)), exts[_i].ext);
}
END_TEST

static const struct {
	const char *ext, *declared, *mime; /* mime NULL: no check knew it */
	enum opx_verdict_kind kind, want;
	const char *word, *keeps; /* of the sentence; extension kept */
} files[] = {
	{ "pdf", "", "application/pdf", OPX_VERDICT_ACCEPT, OPX_VERDICT_ACCEPT, NULL, "pdf" },
	{ "pdf", "application/pdf", "application/pdf", OPX_VERDICT_WARN, OPX_VERDICT_WARN, NULL, "pdf" },
	{ "pdf", "application/octet-stream", "application/pdf", OPX_VERDICT_UNKNOWN, OPX_VERDICT_UNKNOWN,
	  NULL, "pdf" },
	{ "jpeg", "image/jpeg", "image/jpeg", OPX_VERDICT_ACCEPT, OPX_VERDICT_ACCEPT, NULL, "jpg" },
	{ "png", "image/png; charset=x", "image/png", OPX_VERDICT_ACCEPT, OPX_VERDICT_ACCEPT, NULL, "png" },
	{ "docx", "", "application/pdf", OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "« .docx »", NULL },
	{ "png", "", "image/jpeg", OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "« .jpg »", NULL },
	{ "", "", "application/pdf", OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "« .pdf »", NULL },
	{ "pdf", "text/html", "application/pdf", OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "un autre type",
	  NULL },
	{ "docx", "", NULL, OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "Ce format", NULL },
	{ "exe", "application/pdf", NULL, OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "Ce format", NULL },
	{ "pdf", "", NULL, OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "module", NULL }, /* its check is off */
	{ "html", "", "text/html", OPX_VERDICT_ACCEPT, OPX_VERDICT_REFUSE, "Ce format",
	  NULL }, /* a check that knows more than we take */
};

START_TEST(name_type_and_content_agree_or_the_file_is_refused)
{
	struct opx_verdict v = {
		.kind = files[_i].kind, .mime = files[_i].mime, .ext = "x", .sentence = OPX_STR("")
	};
	opx_file_agree(arena, opx_str_z(files[_i].ext), opx_str_z(files[_i].declared),
		       files[_i].mime != NULL ? 1 : 0, &v);
	ck_assert_int_eq(v.kind, files[_i].want);
	if (files[_i].word != NULL)
		ck_assert_msg(strstr(v.sentence.p, files[_i].word) != NULL, "%s", v.sentence.p);
	if (files[_i].keeps != NULL)
		ck_assert_str_eq(v.ext, files[_i].keeps);
}
END_TEST

START_TEST(a_refusal_of_a_check_keeps_its_own_sentence)
{
	struct opx_verdict v = { .kind = OPX_VERDICT_REFUSE,
				 .mime = "application/pdf",
				 .sentence = OPX_STR("mot de passe") };
	opx_file_agree(arena, OPX_STR("docx"), OPX_STR(""), 1, &v);
	ck_assert_str(v.sentence, "mot de passe");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agree");
	TCase *tc = tcase_create("agree");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_extension_is_small_letters_and_digits, 0, OPX_COUNT(exts));
	tcase_add_loop_test(tc, name_type_and_content_agree_or_the_file_is_refused, 0, OPX_COUNT(files));
	tcase_add_test(tc, a_refusal_of_a_check_keeps_its_own_sentence);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
