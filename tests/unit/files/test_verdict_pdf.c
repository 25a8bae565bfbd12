/* SPDX-License-Identifier: MPL-2.0 */
/* test_verdict_pdf.c: what a report on a PDF becomes: a verdict, and a sentence with the cure. */
#include "support/check_opx.h"

#include "verdict.h"

#define PDF "application/pdf"

static const struct {
	struct opx_report report;
	unsigned refuse;
	enum opx_verdict_kind want;
	const char *word;
} reports[] = {
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, false, 0, 0, 0 }, 0, OPX_VERDICT_ACCEPT, "" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, true, OPX_ACTIVE_OPEN_ACTION | OPX_ACTIVE_AA, 0, 0 },
	  0,
	  OPX_VERDICT_ACCEPT,
	  "" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, false, OPX_ACTIVE_JAVASCRIPT, 0, 0 },
	  OPX_ACTIVE_LAUNCH,
	  OPX_VERDICT_WARN,
	  "JavaScript" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, false, OPX_ACTIVE_EMBEDDED_FILE, 0, 0 },
	  0,
	  OPX_VERDICT_WARN,
	  "fichiers joints" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, false, OPX_ACTIVE_LAUNCH, 0, 0 },
	  OPX_ACTIVE_LAUNCH,
	  OPX_VERDICT_REFUSE,
	  "lancer un programme" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, false, OPX_ACTIVE_LAUNCH, 0, 0 },
	  0,
	  OPX_VERDICT_WARN,
	  "lancer un programme" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, PDF, 3, false, OPX_ACTIVE_JAVASCRIPT | OPX_ACTIVE_XFA, 0, 0 },
	  OPX_ACTIVE_XFA,
	  OPX_VERDICT_REFUSE,
	  "XFA" },
	{ { OPX_REPORT_BAD, OPX_REASON_PASSWORD, PDF, -1, true, 0, 0, 0 },
	  0,
	  OPX_VERDICT_REFUSE,
	  "Ce PDF demande un mot de passe : personne ne pourrait l’ouvrir." },
	{ { OPX_REPORT_BAD, OPX_REASON_EMPTY, "", -1, false, 0, 0, 0 }, 0, OPX_VERDICT_REFUSE, "vide" },
	{ { OPX_REPORT_BAD, OPX_REASON_NOT_PDF, "", -1, false, 0, 0, 0 },
	  0,
	  OPX_VERDICT_REFUSE,
	  "n’en est pas un" },
	{ { OPX_REPORT_BAD, OPX_REASON_NO_END, PDF, -1, false, 0, 0, 0 },
	  0,
	  OPX_VERDICT_REFUSE,
	  "incomplet" },
	{ { OPX_REPORT_BAD, OPX_REASON_POLYGLOT, PDF, -1, false, 0, 0, 0 }, 0, OPX_VERDICT_REFUSE, "caché" },
	{ { OPX_REPORT_BAD, OPX_REASON_DAMAGED, PDF, -1, false, 0, 0, 0 }, 0, OPX_VERDICT_REFUSE, "abîmé" },
	{ { OPX_REPORT_BAD, OPX_REASON_TOO_MANY_PIXELS, PDF, -1, false, 0, 0, 0 },
	  0,
	  OPX_VERDICT_REFUSE,
	  "abîmé" }, /* no reason of a PDF */
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, "image/png", -1, false, 0, 0, 0 },
	  0,
	  OPX_VERDICT_REFUSE,
	  "n’en est pas un" },
	{ { OPX_REPORT_UNKNOWN, OPX_REASON_LIMITS, PDF, -1, false, 0, 0, 0 },
	  0,
	  OPX_VERDICT_UNKNOWN,
	  "accepté tel quel" },
	{ { OPX_REPORT_UNKNOWN, OPX_REASON_ENDED, "", -1, false, 0, 0, 0 },
	  0,
	  OPX_VERDICT_UNKNOWN,
	  "accepté tel quel" },
};

START_TEST(a_report_becomes_a_verdict_with_its_sentence)
{
	struct opx_verdict v;
	pdf_verdict(&reports[_i].report, reports[_i].refuse, &v);
	ck_assert_int_eq(v.kind, reports[_i].want);
	ck_assert_msg(strstr(v.sentence.p, reports[_i].word) != NULL, "%s", v.sentence.p);
	ck_assert((v.kind == OPX_VERDICT_ACCEPT) == (v.sentence.n == 0));
	if (v.kind != OPX_VERDICT_REFUSE) {
		ck_assert_str_eq(v.mime, PDF);
		ck_assert_str_eq(v.ext, "pdf");
		ck_assert_int_eq(v.pages, reports[_i].report.pages);
	}
}
END_TEST

START_TEST(the_setting_names_what_is_refused)
{
	unsigned bits = 77;
	ck_assert(pdf_active_bits(OPX_STR(""), &bits));
	ck_assert_uint_eq(bits, 0);
	ck_assert(pdf_active_bits(OPX_STR("Launch,JavaScript"), &bits));
	ck_assert_uint_eq(bits, OPX_ACTIVE_LAUNCH | OPX_ACTIVE_JAVASCRIPT);
	ck_assert(!pdf_active_bits(OPX_STR("Launch,launch"), &bits));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict-pdf");
	TCase *tc = tcase_create("verdict-pdf");
	tcase_add_loop_test(tc, a_report_becomes_a_verdict_with_its_sentence, 0, OPX_COUNT(reports));
	tcase_add_test(tc, the_setting_names_what_is_refused);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
