/* SPDX-License-Identifier: MPL-2.0 */
/* test_scan.c: our own scanners on good and hostile bytes: ends of a PDF, names in qpdf's JSON, headers of JPEG and PNG. */
#include "support/check_opx.h"

#include <zlib.h>

#include "scan.h"

static struct source *source;
static uint8_t data[400000];
static size_t n_data;

static void setup(void)
{
	source = calloc(1, sizeof(*source));
	n_data = 0;
}

static void teardown(void)
{
	free(source);
}

static void put(const void *p, size_t n)
{
	if (n > 0)
		memcpy(data + n_data, p, n);
	n_data += n;
}
#define PUT(literal) put((literal), sizeof(literal) - 1)

static void fill(size_t n)
{
	memset(data + n_data, 'x', n);
	n_data += n;
}

static enum opx_report_reason ends(void)
{
	source_of_memory(source, data, n_data);
	return scan_pdf_ends(source);
}

START_TEST(a_pdf_begins_and_ends_as_one)
{
	PUT("%PDF-1.7\nbody\n%%EOF\r\n \n");
	ck_assert_int_eq(ends(), OPX_REASON_NONE);
}
END_TEST

START_TEST(an_empty_file_is_told_apart)
{
	ck_assert_int_eq(ends(), OPX_REASON_EMPTY);
}
END_TEST

START_TEST(a_pdf_that_begins_later_is_none)
{
	PUT("\n%PDF-1.7\nbody\n%%EOF\n");
	ck_assert_int_eq(ends(), OPX_REASON_NOT_PDF);
}
END_TEST

START_TEST(a_pdf_without_its_end_is_cut)
{
	PUT("%PDF-1.7\nbody\n%%EO");
	ck_assert_int_eq(ends(), OPX_REASON_NO_END);
}
END_TEST

START_TEST(nothing_but_white_space_follows_the_end)
{
	PUT("%PDF-1.7\nbody\n%%EOF\nmore");
	ck_assert_int_eq(ends(), OPX_REASON_NO_END);
}
END_TEST

START_TEST(the_end_is_looked_for_in_the_last_bytes_only)
{
	PUT("%PDF-1.7\nbody\n%%EOF");
	memset(data + n_data, ' ', 2000);
	n_data += 2000;
	ck_assert_int_eq(ends(), OPX_REASON_NO_END);
}
END_TEST

static const struct {
	const char *mark;
	size_t n, before;
	bool is_polyglot;
} polyglots[] = {
	{ "<html>", 6, 100, true },
	{ "<SCRIPT src=x>", 14, 100, true },
	{ "<!DOCTYPE html>", 15, 60000, true },
	{ "<?php x", 7, 10, true },
	{ "PK\x05\x06\0\0\0\0\x01\0", 10, 10, true },
	{ "PK\x05\x06\0\0\0\0\x01\0", 10, 300000, true }, /* in the last 64 KB */
	{ "<html>", 6, 100000, false },                   /* in the middle: no reader looks there */
	{ "PK\x05\x06xxxx", 8, 10, false },               /* four bytes of chance */
	{ "<htm", 4, 10, false },
};

START_TEST(a_pdf_that_is_something_else_too_is_refused)
{
	PUT("%PDF-1.7\n");
	fill(polyglots[_i].before);
	put(polyglots[_i].mark, polyglots[_i].n);
	if (polyglots[_i].before > 65536 && !polyglots[_i].is_polyglot)
		fill(200000);
	PUT("\n%%EOF\n");
	ck_assert_int_eq(ends(), polyglots[_i].is_polyglot ? OPX_REASON_POLYGLOT : OPX_REASON_NONE);
}
END_TEST

static const struct {
	const char *json;
	unsigned active;
	int64_t objects;
} names[] = {
	{ "{\"obj:1 0 R\":{\"value\":{\"/S\":\"/JavaScript\"}}}", OPX_ACTIVE_JAVASCRIPT, 1 },
	{ "{\"/JS\": \"u:app.alert(1)\"}", OPX_ACTIVE_JAVASCRIPT, 0 },
	{ "{\"/T\": \"u:/JavaScript\"}", 0, 0 }, /* a text, no name */
	{ "{\"/T\": \"u:\\\"/JavaScript\\\"\"}", 0, 0 },
	{ "{\"/T\": \"u:a\\\\\",\"/Launch\":1}", OPX_ACTIVE_LAUNCH, 0 },
	{ "{\"/\\u004aS\": 1}", OPX_ACTIVE_JAVASCRIPT, 0 },
	{ "{\"/OpenAction\": [\"3 0 R\",\"/Fit\"]}", 0, 0 },
	{ "{\"/OpenAction\":[\"3 0 R\"]}", 0, 0 },
	{ "{\"/OpenAction\": \"7 0 R\"}", OPX_ACTIVE_OPEN_ACTION, 0 },
	{ "{\"/OpenAction\": {\"/S\":\"/Launch\"}}", OPX_ACTIVE_OPEN_ACTION | OPX_ACTIVE_LAUNCH, 0 },
	{ "{\"/OpenAction\": null}", 0, 0 },
	{ "{\"/AA\":{},\"/EF\":{},\"/XFA\":1,\"/S\":\"/SubmitForm\",\"/Subtype\":\"/RichMedia\"}",
	  OPX_ACTIVE_AA | OPX_ACTIVE_EMBEDDED_FILE | OPX_ACTIVE_XFA | OPX_ACTIVE_SUBMIT_FORM |
		  OPX_ACTIVE_RICH_MEDIA,
	  0 },
	{ "{\"/Names\":{\"/EmbeddedFiles\":{}},\"obj:2 0 R\":1,\"obj:3 0 R\":2}", OPX_ACTIVE_EMBEDDED_FILE,
	  2 },
	{ "{\"/JavaScriptAndAVeryLongNameThatGoesOn\":1,\"/JavaScripts\":2}", 0, 0 },
};

START_TEST(names_are_found_wherever_the_stream_is_cut)
{
	size_t n = strlen(names[_i].json);
	for (size_t cut = 0; cut <= n; cut++) {
		struct scan_names s = { .n = 0 };
		scan_names(&s, (const uint8_t *)names[_i].json, cut);
		scan_names(&s, (const uint8_t *)names[_i].json + cut, n - cut);
		ck_assert_uint_eq(s.active, names[_i].active);
		ck_assert_int_eq(s.objects, names[_i].objects);
	}
}
END_TEST

static void put_u32(uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
	put(b, 4);
}

static void put_chunk(const char *type, const uint8_t *p, uint32_t n)
{
	put_u32(n);
	size_t at = n_data;
	put(type, 4);
	put(p, n);
	put_u32((uint32_t)crc32(0, data + at, n + 4));
}

static void put_png(uint32_t width, uint32_t height, uint8_t depth, uint8_t type)
{
	const uint8_t header[13] = { (uint8_t)(width >> 24),
				     (uint8_t)(width >> 16),
				     (uint8_t)(width >> 8),
				     (uint8_t)width,
				     (uint8_t)(height >> 24),
				     (uint8_t)(height >> 16),
				     (uint8_t)(height >> 8),
				     (uint8_t)height,
				     depth,
				     type,
				     0,
				     0,
				     0 };
	put("\x89PNG\r\n\x1a\n", 8);
	put_chunk("IHDR", header, 13);
	put_chunk("IDAT", (const uint8_t *)"abcd", 4);
	put_chunk("IEND", NULL, 0);
}

static enum opx_report_reason image(struct opx_report *report)
{
	*report = (struct opx_report){ .mime = "", .pages = -1 };
	source_of_memory(source, data, n_data);
	return scan_image(source, report);
}

static const struct {
	uint32_t width, height;
	uint8_t depth, type;
	enum opx_report_reason want;
} pngs[] = {
	{ 640, 480, 8, 2, OPX_REASON_NONE },
	{ 10000, 5000, 8, 6, OPX_REASON_NONE },
	{ 10000, 5001, 8, 6, OPX_REASON_TOO_MANY_PIXELS },
	{ 0x7fffffff, 0x7fffffff, 8, 2, OPX_REASON_TOO_MANY_PIXELS },
	{ 0x80000000, 1, 8, 2, OPX_REASON_DAMAGED },
	{ 0, 10, 8, 2, OPX_REASON_DAMAGED },
	{ 10, 0, 8, 2, OPX_REASON_DAMAGED },
	{ 10, 10, 3, 2, OPX_REASON_DAMAGED },
	{ 10, 10, 16, 3, OPX_REASON_DAMAGED },
	{ 10, 10, 8, 5, OPX_REASON_DAMAGED },
	{ 10, 10, 1, 0, OPX_REASON_NONE },
};

START_TEST(a_png_says_its_size)
{
	struct opx_report report;
	put_png(pngs[_i].width, pngs[_i].height, pngs[_i].depth, pngs[_i].type);
	ck_assert_int_eq(image(&report), pngs[_i].want);
	ck_assert_str_eq(report.mime, "image/png");
	if (pngs[_i].want == OPX_REASON_NONE) {
		ck_assert_int_eq(report.width, (int32_t)pngs[_i].width);
		ck_assert_int_eq(report.height, (int32_t)pngs[_i].height);
	}
}
END_TEST

START_TEST(a_png_that_is_cut_anywhere_is_not_good)
{
	struct opx_report report;
	put_png(6, 4, 8, 2);
	size_t whole = n_data;
	for (n_data = 1; n_data < whole - 4; n_data++) /* the last four bytes are the sum of an empty chunk */
		ck_assert_int_ne(image(&report), OPX_REASON_NONE);
}
END_TEST

START_TEST(a_png_whose_header_was_changed_is_damaged)
{
	struct opx_report report;
	put_png(6, 4, 8, 2);
	data[19] = 7;
	ck_assert_int_eq(image(&report), OPX_REASON_DAMAGED);
}
END_TEST

static void put_jpeg(uint8_t frame, uint16_t width, uint16_t height)
{
	const uint8_t sof[] = { 0xff,
				frame,
				0,
				11,
				8,
				(uint8_t)(height >> 8),
				(uint8_t)height,
				(uint8_t)(width >> 8),
				(uint8_t)width,
				1,
				1,
				0x11,
				0 };
	PUT("\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
	PUT("\xff\xfe\0\x06\xff\xc0\xff\xd9"); /* a comment that holds markers */
	put(sof, sizeof(sof));
	PUT("\xff\xda\0\x08\x01\x01\0\0\x3f\0");
	PUT("coded \xff\0 data \xff\xd0 restart \xff\xff");
	PUT("\xff\xc4\0\x03\0\xff\xda\0\x08\x01\x01\0\0\x3f\0 more \xff\xd9"); /* a second scan, as in progressive ones */
}

static const struct {
	uint8_t frame;
	uint16_t width, height;
	enum opx_report_reason want;
} jpegs[] = {
	{ 0xc0, 4000, 3000, OPX_REASON_NONE },
	{ 0xc2, 4000, 3000, OPX_REASON_NONE },
	{ 0xc0, 8000, 8000, OPX_REASON_TOO_MANY_PIXELS },
	{ 0xc0, 0, 8, OPX_REASON_DAMAGED },
	{ 0xc0, 8, 0, OPX_REASON_DAMAGED },
	{ 0xc8, 8, 8, OPX_REASON_DAMAGED }, /* no frame at all */
};

START_TEST(a_jpeg_says_its_size)
{
	struct opx_report report;
	put_jpeg(jpegs[_i].frame, jpegs[_i].width, jpegs[_i].height);
	ck_assert_int_eq(image(&report), jpegs[_i].want);
	ck_assert_str_eq(report.mime, "image/jpeg");
	if (jpegs[_i].want == OPX_REASON_NONE) {
		ck_assert_int_eq(report.width, jpegs[_i].width);
		ck_assert_int_eq(report.height, jpegs[_i].height);
	}
}
END_TEST

START_TEST(a_jpeg_that_is_cut_anywhere_is_not_good)
{
	struct opx_report report;
	put_jpeg(0xc0, 40, 30);
	size_t whole = n_data;
	for (n_data = 1; n_data < whole; n_data++)
		ck_assert_int_ne(image(&report), OPX_REASON_NONE);
}
END_TEST

START_TEST(a_photo_with_an_archive_behind_it_is_refused)
{
	struct opx_report report;
	put_jpeg(0xc0, 40, 30);
	PUT("PK\x05\x06\0\0\0\0\x01\0");
	ck_assert_int_eq(image(&report), OPX_REASON_POLYGLOT);
}
END_TEST

START_TEST(a_photo_with_a_film_behind_it_is_taken)
{
	struct opx_report report;
	put_jpeg(0xc0, 40, 30);
	PUT("MotionPhoto_Data....ftypmp42");
	ck_assert_int_eq(image(&report), OPX_REASON_NONE);
}
END_TEST

START_TEST(other_files_are_no_image)
{
	struct opx_report report;
	ck_assert_int_eq(image(&report), OPX_REASON_EMPTY);
	PUT("GIF89a");
	ck_assert_int_eq(image(&report), OPX_REASON_NOT_IMAGE);
	n_data = 0;
	PUT("\xff\xd8");
	ck_assert_int_eq(image(&report), OPX_REASON_NOT_IMAGE);
	n_data = 0;
	PUT("%PDF-1.7\n%%EOF\n");
	ck_assert_int_eq(image(&report), OPX_REASON_NOT_IMAGE);
}
END_TEST

START_TEST(a_byte_is_found_across_windows)
{
	fill(3 * SOURCE_WINDOW);
	data[2 * SOURCE_WINDOW + 5] = 'y';
	source_of_memory(source, data, n_data);
	ck_assert_int_eq(source_find(source, 0, 'y'), 2 * SOURCE_WINDOW + 5);
	ck_assert_int_eq(source_find(source, 2 * SOURCE_WINDOW + 6, 'y'), (int64_t)n_data);
	ck_assert_int_eq(source_byte(source, (int64_t)n_data), -1);
	ck_assert_int_eq(source_byte(source, -1), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tc = tcase_create("scan");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_pdf_begins_and_ends_as_one);
	tcase_add_test(tc, an_empty_file_is_told_apart);
	tcase_add_test(tc, a_pdf_that_begins_later_is_none);
	tcase_add_test(tc, a_pdf_without_its_end_is_cut);
	tcase_add_test(tc, nothing_but_white_space_follows_the_end);
	tcase_add_test(tc, the_end_is_looked_for_in_the_last_bytes_only);
	tcase_add_loop_test(tc, a_pdf_that_is_something_else_too_is_refused, 0, OPX_COUNT(polyglots));
	tcase_add_loop_test(tc, names_are_found_wherever_the_stream_is_cut, 0, OPX_COUNT(names));
	tcase_add_loop_test(tc, a_png_says_its_size, 0, OPX_COUNT(pngs));
	tcase_add_test(tc, a_png_that_is_cut_anywhere_is_not_good);
	tcase_add_test(tc, a_png_whose_header_was_changed_is_damaged);
	tcase_add_loop_test(tc, a_jpeg_says_its_size, 0, OPX_COUNT(jpegs));
	tcase_add_test(tc, a_jpeg_that_is_cut_anywhere_is_not_good);
	tcase_add_test(tc, a_photo_with_an_archive_behind_it_is_refused);
	tcase_add_test(tc, a_photo_with_a_film_behind_it_is_taken);
	tcase_add_test(tc, other_files_are_no_image);
	tcase_add_test(tc, a_byte_is_found_across_windows);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
