/* SPDX-License-Identifier: MPL-2.0 */
/* test_verdict_image.c: what a report on a photo becomes: a verdict, and a sentence with the cure. */
#include "support/check_opx.h"

#include "verdict.h"

static const struct {
	struct opx_report report;
	const char *ext;
	enum opx_verdict_kind want;
	const char *word, *mime;
} reports[] = {
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, "image/jpeg", -1, false, 0, 4, 3 },
	  "jpg",
	  OPX_VERDICT_ACCEPT,
	  "",
	  "image/jpeg" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, "image/png", -1, false, 0, 4, 3 },
	  "jpg",
	  OPX_VERDICT_ACCEPT,
	  "",
	  "image/png" },
	{ { OPX_REPORT_GOOD, OPX_REASON_NONE, "application/pdf", 1, false, 0, 0, 0 },
	  "jpg",
	  OPX_VERDICT_REFUSE,
	  "n’en est pas une",
	  NULL },
	{ { OPX_REPORT_BAD, OPX_REASON_NOT_IMAGE, "", -1, false, 0, 0, 0 },
	  "jpg",
	  OPX_VERDICT_REFUSE,
	  "n’en est pas une",
	  NULL },
	{ { OPX_REPORT_BAD, OPX_REASON_TRUNCATED, "image/png", -1, false, 0, 4, 3 },
	  "png",
	  OPX_VERDICT_REFUSE,
	  "incomplète",
	  NULL },
	{ { OPX_REPORT_BAD, OPX_REASON_TOO_MANY_PIXELS, "image/png", -1, false, 0, 4, 3 },
	  "png",
	  OPX_VERDICT_REFUSE,
	  "50 millions",
	  NULL },
	{ { OPX_REPORT_BAD, OPX_REASON_PASSWORD, "image/png", -1, false, 0, 4, 3 },
	  "png",
	  OPX_VERDICT_REFUSE,
	  "abîmée",
	  NULL },
	{ { OPX_REPORT_UNKNOWN, OPX_REASON_ENDED, "", -1, false, 0, 0, 0 },
	  "png",
	  OPX_VERDICT_UNKNOWN,
	  "acceptée telle quelle",
	  "image/png" },
	{ { OPX_REPORT_UNKNOWN, OPX_REASON_ENDED, "", -1, false, 0, 0, 0 },
	  "jpeg",
	  OPX_VERDICT_UNKNOWN,
	  "acceptée telle quelle",
	  "image/jpeg" },
};

START_TEST(a_report_becomes_a_verdict_with_its_sentence)
{
	struct opx_verdict v;
	image_verdict(&reports[_i].report, opx_str_z(reports[_i].ext), &v);
	ck_assert_int_eq(v.kind, reports[_i].want);
	ck_assert_msg(strstr(v.sentence.p, reports[_i].word) != NULL, "%s", v.sentence.p);
	ck_assert((v.kind == OPX_VERDICT_ACCEPT) == (v.sentence.n == 0));
	if (reports[_i].mime != NULL)
		ck_assert_str_eq(v.mime, reports[_i].mime);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict-image");
	TCase *tc = tcase_create("verdict-image");
	tcase_add_loop_test(tc, a_report_becomes_a_verdict_with_its_sentence, 0, OPX_COUNT(reports));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
