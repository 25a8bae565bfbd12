/* SPDX-License-Identifier: MPL-2.0 */
/* test_journal_record.c: one record of the journal, and its checksum. */
#include "support/check_opx.h"

#include "journal_record.h"

START_TEST(crc32c_has_the_published_value)
{
	struct opx_crc32c crc;
	opx_crc32c_init(&crc);
	ck_assert_uint_eq(opx_crc32c(&crc, "123456789", 9), 0xE3069283U); /* RFC 3720 B.4 */
}
END_TEST

START_TEST(a_record_that_contradicts_itself_is_none)
{
	struct opx_journal_line line = { .log = 1,
					 .seq = 2,
					 .line = { .p = (const uint8_t *)"abc", .n = 3 } },
				out;
	struct opx_journal_head head = { .log = 1, .size = 3 };
	struct opx_record_out rec = { .p = NULL }, end = { .p = NULL };
	struct opx_crc32c crc;
	size_t n_lines, n_heads;
	opx_crc32c_init(&crc);
	opx_record_put_line(&rec, &crc, &line);
	opx_record_put_end(&end, &crc, 1, &head, 1);
	size_t n = rec.n - OPX_RECORD_FRAME, m = end.n - OPX_RECORD_FRAME;
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_LINE);
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n - 1, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	ck_assert_int_eq(opx_record_parse(rec.p + 4, 10, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	ck_assert_int_eq(opx_record_parse(rec.p + 4, 3, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	ck_assert_int_eq(opx_record_parse(end.p + 4, m, &out, &n_lines, &n_heads), OPX_RECORD_END);
	ck_assert_int_eq(opx_record_parse(end.p + 4, m - 1, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4 + 18] = 0xFF; /* line longer than the record */
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4 + 18] = 0;
	rec.p[4 + 22] = 1; /* body longer than the record */
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4 + 22] = 0;
	rec.p[4 + 16] = 0x80; /* seq below 0 */
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4] = 'X';
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	end.p[4 + 3] = 0xFF; /* too many lines */
	ck_assert_int_eq(opx_record_parse(end.p + 4, m, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	opx_record_out_done(&rec);
	opx_record_out_done(&end);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("journal record");
	TCase *t = tcase_create("journal record");
	tcase_add_test(t, crc32c_has_the_published_value);
	tcase_add_test(t, a_record_that_contradicts_itself_is_none);
	suite_add_tcase(s, t);
	return check_opx_main(s);
}
