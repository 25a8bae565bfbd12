/* SPDX-License-Identifier: MPL-2.0 */
/* test_report.c: the report of opx-parse comes back as it was written, and nothing else is taken for one. */
#include "support/check_opx.h"

#include "base/arena.h"
#include "base/log.h"
#include "report/report.h"

#include <opx/host.h>
#include <opx/job.h>

static struct opx_arena *arena;

static void setup(void)
{
	arena = opx_arena_new((size_t)1024 * 1024);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

START_TEST(a_report_comes_back_as_it_was_written)
{
	const struct opx_report in = { .verdict = OPX_REPORT_BAD,
				       .reason = OPX_REASON_PASSWORD,
				       .mime = "application/pdf",
				       .pages = 12,
				       .is_encrypted = true,
				       .active = OPX_ACTIVE_AA | OPX_ACTIVE_XFA | OPX_ACTIVE_SUBMIT_FORM,
				       .width = 640,
				       .height = 480 };
	struct opx_report out;
	struct opx_error err;
	struct opx_str json = opx_report_format(arena, &in);
	ck_assert_str(
		json,
		"{\"verdict\":\"bad\",\"reason\":\"password\",\"mime\":\"application/pdf\",\"pages\":12,\"encrypted\":1,"
		"\"active\":[\"AA\",\"XFA\",\"SubmitForm\"],\"width\":640,\"height\":480}\n");
	ck_assert_ok(opx_report_read(json, &out, &err), err);
	ck_assert_int_eq(out.verdict, in.verdict);
	ck_assert_int_eq(out.reason, in.reason);
	ck_assert_str_eq(out.mime, in.mime);
	ck_assert_int_eq(out.pages, 12);
	ck_assert(out.is_encrypted);
	ck_assert_uint_eq(out.active, in.active);
	ck_assert_int_eq(out.width, 640);
	ck_assert_int_eq(out.height, 480);
}
END_TEST

START_TEST(every_reason_and_bit_has_its_own_name)
{
	for (int r = 1; r < OPX_REASONS; r++) {
		struct opx_report in = { .verdict = OPX_REPORT_BAD,
					 .reason = (enum opx_report_reason)r,
					 .mime = "" },
				  out;
		struct opx_error err;
		ck_assert_ok(opx_report_read(opx_report_format(arena, &in), &out, &err), err);
		ck_assert_int_eq(out.reason, r);
	}
	for (unsigned bit = 1; bit <= OPX_ACTIVE_SUBMIT_FORM; bit <<= 1U)
		ck_assert_ptr_nonnull(opx_report_active_name(bit));
	ck_assert_ptr_null(opx_report_active_name(256));
	ck_assert_ptr_null(opx_report_active_name(3));
}
END_TEST

#define GOOD_TAIL "\"mime\":\"\",\"pages\":-1,\"encrypted\":0,\"active\":[],\"width\":0,\"height\":0}"

static const char *const odd[] = {
	"",
	"{}",
	"[]",
	"null",
	"{\"verdict\":\"good\",\"reason\":\"none\"}",
	"{\"verdict\":\"good\",\"reason\":\"none\"," GOOD_TAIL "x",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"more\":1," GOOD_TAIL,
	"{\"verdict\":\"good\",\"verdict\":\"good\",\"reason\":\"none\"," GOOD_TAIL,
	"{\"verdict\":\"great\",\"reason\":\"none\"," GOOD_TAIL,
	"{\"verdict\":\"good\",\"reason\":\"because\"," GOOD_TAIL,
	"{\"verdict\":\"good\",\"reason\":\"password\"," GOOD_TAIL, /* a good file has nothing against it */
	"{\"verdict\":\"bad\",\"reason\":\"none\"," GOOD_TAIL,
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"text/html\",\"pages\":-1,\"encrypted\":0,\"active\":[],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":-2,\"encrypted\":0,\"active\":[],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":1.5,\"encrypted\":0,\"active\":[],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":\"1\",\"encrypted\":0,\"active\":[],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":1,\"encrypted\":2,\"active\":[],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":1,\"encrypted\":0,\"active\":[\"Nothing\"],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":1,\"encrypted\":0,\"active\":[7],\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":1,\"encrypted\":0,\"active\":{},\"width\":0,\"height\":0}",
	"{\"verdict\":\"good\",\"reason\":\"none\",\"mime\":\"\",\"pages\":99999999999,\"encrypted\":0,\"active\":[],\"width\":0,\"height\":0}",
};

START_TEST(anything_else_is_no_report)
{
	struct opx_report out = { .pages = 77 };
	ck_assert_msg(opx_report_read(opx_str_z(odd[_i]), &out, NULL) == OPX_INVALID, "taken: %s", odd[_i]);
	ck_assert_int_eq(out.pages, 77);
}
END_TEST

static const char *said; /* by what stands for opx-parse */

static enum opx_status parse(struct opx_job *job, const char *kind, int fd, struct opx_str *ret_json,
			     struct opx_error *err)
{
	(void)job;
	ck_assert_str_eq(kind, "image");
	ck_assert_int_eq(fd, 7);
	if (said == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, "", "not now");
	*ret_json = opx_str_z(said);
	return OPX_OK;
}

static enum opx_status ask(struct opx_report *ret)
{
	const struct opx_host host = { .parse = parse };
	const struct opx_logger logger = { .fd = -1, .level = OPX_ERROR };
	struct opx_job job = { .logger = &logger };
	return opx_report_ask(&host, &job, "image", 7, ret, NULL);
}

START_TEST(who_does_not_report_has_examined_nothing)
{
	struct opx_report out;
	said = opx_report_format(arena, &(struct opx_report){ .mime = "image/png", .width = 3 }).p;
	ck_assert_int_eq(ask(&out), OPX_OK);
	ck_assert_int_eq(out.width, 3);
	said = "{\"verdict\":\"good\"}";
	ck_assert_int_eq(ask(&out), OPX_OK);
	ck_assert_mem_eq(&out, &opx_report_ended, sizeof(out));
	said = NULL;
	ck_assert_int_eq(ask(&out), OPX_UNAVAILABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tc = tcase_create("report");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_report_comes_back_as_it_was_written);
	tcase_add_test(tc, every_reason_and_bit_has_its_own_name);
	tcase_add_loop_test(tc, anything_else_is_no_report, 0, OPX_COUNT(odd));
	tcase_add_test(tc, who_does_not_report_has_examined_nothing);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
