/* SPDX-License-Identifier: MPL-2.0 */
/* test_http.c: hostile and good requests, forms, multipart, dispositions. */
#include "requests.h"

#include "http/multipart.h"

START_TEST(a_good_request_is_read)
{
	struct opx_request *rq = request_new();
	ck_assert_status(request_parse(rq, "/dossiers/42/d%C3%A9p%C3%B4t?q=a", "q=l%27%C3%A9t%C3%A9&x=1&x=2"),
			 OPX_OK);
	ck_assert_uint_eq(rq->n_segments, 3);
	ck_assert_str(rq->segments[2], "dépôt");
	ck_assert_str(opx_request_query(rq, "q"), "l'été");
	ck_assert_str(opx_request_query(rq, "x"), ""); /* twice is nothing */
	ck_assert_bytes(opx_request_cookie(rq, OPX_STR("__Host-opx")), "secret", 6);
	ck_assert_uint_eq(opx_request_cookie(rq, OPX_STR("none")).n, 0);
}
END_TEST

static const struct {
	const char *uri;
	enum opx_status want;
} uris[] = {
	{ "/", OPX_OK },
	{ "/a%00b", OPX_NOT_FOUND },
	{ "/a/../b", OPX_NOT_FOUND },
	{ "/a/%2e%2e/b", OPX_NOT_FOUND },
	{ "/a//b", OPX_NOT_FOUND },
	{ "/a%2fb", OPX_NOT_FOUND },
	{ "/a%zz", OPX_NOT_FOUND },
	{ "/a%e9", OPX_NOT_FOUND },
	{ "/a%c0%af", OPX_NOT_FOUND },
	{ "/a%e2%80%aeb", OPX_NOT_FOUND },
	{ "/a b", OPX_NOT_FOUND },
	{ "a", OPX_NOT_FOUND },
	{ "", OPX_NOT_FOUND },
	{ "/1/2/3/4/5/6/7/8/9/10/11/12/13", OPX_NOT_FOUND },
};

START_TEST(an_address_that_cannot_be_is_not_found)
{
	ck_assert_msg(request_parse(request_new(), uris[_i].uri, "") == uris[_i].want, "%s", uris[_i].uri);
}
END_TEST

START_TEST(a_request_that_is_not_from_our_nginx_is_refused)
{
	const char *const without[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/", "OPX_VHOST=open", NULL };
	const char *const wrong[] = {
		"REQUEST_METHOD=GET", "REQUEST_URI=/", "OPX_VHOST=open",
		"OPX_EDGE=1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", NULL
	};
	const char *const vhost[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/", "OPX_VHOST=admin",
				      "OPX_EDGE=" REQUEST_EDGE, NULL };
	const char *const method[] = { "REQUEST_METHOD=TRACE", "REQUEST_URI=/", "OPX_VHOST=open",
				       "OPX_EDGE=" REQUEST_EDGE, NULL };
	ck_assert_status(opx_request_parse(request_new(), without, OPX_STR(REQUEST_EDGE), NULL),
			 OPX_FORBIDDEN);
	ck_assert_status(opx_request_parse(request_new(), wrong, OPX_STR(REQUEST_EDGE), NULL), OPX_FORBIDDEN);
	ck_assert_status(opx_request_parse(request_new(), vhost, OPX_STR(REQUEST_EDGE), NULL), OPX_FORBIDDEN);
	ck_assert_status(opx_request_parse(request_new(), method, OPX_STR(REQUEST_EDGE), NULL), OPX_INVALID);
	ck_assert_status(opx_request_parse(request_new(), without, OPX_STR(""), NULL), OPX_FORBIDDEN);
}
END_TEST

START_TEST(fields_are_typed_and_limited)
{
	struct opx_request *rq =
		request_form("titre=+L%27%C3%A9t%C3%A9+&n=12&vide=&deux=1&deux=2&bad=%E9&nul=a%C2%85",
			     REQUEST_URLENCODED);
	struct opx_str s;
	struct opx_strs list;
	int64_t n = 0;
	struct opx_error err;
	ck_assert_ok(opx_form_str(rq, "titre", OPX_TEXT_LINE, 100, &s, &err), err);
	ck_assert_str(s, "L'été");
	ck_assert_status(opx_form_str(rq, "titre", OPX_TEXT_LINE, 3, &s, NULL), OPX_TOO_LARGE);
	ck_assert_ok(opx_form_i64(rq, "n", 1, 20, &n, &err), err);
	ck_assert_int_eq(n, 12);
	ck_assert_status(opx_form_i64(rq, "n", 1, 5, &n, NULL), OPX_INVALID);
	ck_assert_status(opx_form_str(rq, "vide", OPX_TEXT_LINE, 10, &s, NULL), OPX_INVALID);
	ck_assert_status(opx_form_str(rq, "absent", OPX_TEXT_LINE, 10, &s, NULL), OPX_INVALID);
	ck_assert_status(opx_form_str(rq, "deux", OPX_TEXT_LINE, 10, &s, NULL), OPX_INVALID);
	ck_assert_status(opx_form_str(rq, "bad", OPX_TEXT_LINE, 10, &s, NULL), OPX_INVALID);
	ck_assert_status(opx_form_str(rq, "nul", OPX_TEXT_LINE, 10, &s, NULL), OPX_INVALID);
	ck_assert_ok(opx_form_list(rq, "deux", 10, &list, &err), err);
	ck_assert_uint_eq(list.n, 2);
	ck_assert(opx_form_has(rq, "vide") && !opx_form_has(rq, "absent"));
}
END_TEST

START_TEST(a_cut_an_oversized_and_a_foreign_form_are_refused)
{
	struct opx_request *cut = request_form("a=1", REQUEST_URLENCODED);
	cut->content_length = 10;
	cut->body.left = 10;
	ck_assert_status(opx_form_read(cut, NULL), OPX_INVALID);
	struct opx_request *big = request_form("a=1", REQUEST_URLENCODED);
	big->content_length = OPX_HTTP_MAX_FORM + 1;
	ck_assert_status(opx_form_read(big, NULL), OPX_TOO_LARGE);
	ck_assert_status(opx_form_read(request_form("{}", "application/json"), NULL), OPX_INVALID);
	ck_assert_status(opx_form_read(request_form("a=%00", REQUEST_URLENCODED), NULL), OPX_INVALID);
	ck_assert_status(opx_form_read(request_form("a=%4", REQUEST_URLENCODED), NULL), OPX_INVALID);
}
END_TEST

struct taken {
	size_t n_files, n_bytes, n_before;
	char name[64];
	size_t n_name;
};

static enum opx_status on_begin(void *self, struct opx_fields fields, struct opx_bytes field,
				struct opx_bytes name, struct opx_bytes type, struct opx_error *err)
{
	struct taken *t = self;
	(void)field;
	(void)type;
	(void)err;
	t->n_files++;
	t->n_before = fields.n;
	t->n_name = name.n < sizeof(t->name) ? name.n : sizeof(t->name);
	memcpy(t->name, name.p, t->n_name);
	return OPX_OK;
}

static enum opx_status on_data(void *self, const uint8_t *p, size_t n, struct opx_error *err)
{
	struct taken *t = self;
	(void)p;
	(void)err;
	t->n_bytes += n;
	return OPX_OK;
}

static enum opx_status on_end(void *self, struct opx_error *err)
{
	(void)self;
	(void)err;
	return OPX_OK;
}

#define MULTIPART "multipart/form-data; boundary=XX"
#define PART(head, body) "--XX\r\nContent-Disposition: form-data; " head "\r\n\r\n" body "\r\n"

START_TEST(multipart_is_read_as_a_stream)
{
	struct taken t = { .n_files = 0 };
	const struct opx_multipart_sink sink = {
		.self = &t, .begin = on_begin, .data = on_data, .end = on_end
	};
	struct opx_fields fields;
	struct opx_error err;
	struct opx_request *rq = request_form(PART("name=\"_csrf\"", "abc")
						      PART("name=\"f\"; filename=\"l\xc3\xa9%22t%22.pdf\"",
							   "--X\r\n--Xdata\r\n")
							      PART("name=\"titre\"", "fin") "--XX--\r\n",
					      MULTIPART);
	ck_assert_ok(opx_multipart_read(rq, &sink, &fields, &err), err);
	ck_assert_uint_eq(fields.n, 2);
	ck_assert_uint_eq(t.n_files, 1);
	ck_assert_uint_eq(t.n_before, 1); /* the CSRF field came before the file */
	ck_assert_uint_eq(t.n_bytes, 14);
	ck_assert_uint_eq(t.n_name, 10);
	ck_assert_mem_eq(t.name, "l\xc3\xa9\"t\".pdf", 10);
}
END_TEST

static const char *const bad_multiparts[] = {
	"",
	"--YY\r\n",
	PART("name=\"a\"", "1"),
	"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
	"--XX\r\nno end of headers",
	"--XXjunk",
	"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XX?",
};

START_TEST(a_malformed_multipart_is_refused)
{
	struct taken t = { .n_files = 0 };
	const struct opx_multipart_sink sink = {
		.self = &t, .begin = on_begin, .data = on_data, .end = on_end
	};
	struct opx_fields fields;
	ck_assert_status(opx_multipart_read(request_form(bad_multiparts[_i], MULTIPART), &sink, &fields,
					    NULL),
			 OPX_INVALID);
}
END_TEST

START_TEST(a_file_name_comes_back_byte_for_byte)
{
	struct opx_str d = opx_disposition(request_arena, OPX_BYTES("L'\xc3\xa9t\xc3\xa9 \"20%\".pdf"),
					   OPX_STR("D001.pdf"));
	ck_assert_str(
		d, "attachment; filename=\"D001.pdf\"; filename*=UTF-8''L%27%C3%A9t%C3%A9%20%2220%25%22.pdf");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *tc = tcase_create("http");
	tcase_add_checked_fixture(tc, request_setup, request_teardown);
	tcase_add_test(tc, a_good_request_is_read);
	tcase_add_loop_test(tc, an_address_that_cannot_be_is_not_found, 0, OPX_COUNT(uris));
	tcase_add_test(tc, a_request_that_is_not_from_our_nginx_is_refused);
	tcase_add_test(tc, fields_are_typed_and_limited);
	tcase_add_test(tc, a_cut_an_oversized_and_a_foreign_form_are_refused);
	tcase_add_test(tc, multipart_is_read_as_a_stream);
	tcase_add_loop_test(tc, a_malformed_multipart_is_refused, 0, OPX_COUNT(bad_multiparts));
	tcase_add_test(tc, a_file_name_comes_back_byte_for_byte);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
