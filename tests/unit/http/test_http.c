/* SPDX-License-Identifier: MPL-2.0 */
/* test_http.c: hostile and good requests, forms, multipart, routes, dispositions. No socket. */
#include "support/check_opx.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/dispatch.h"
#include "http/multipart.h"
#include "http/record.h"
#include "http/request.h"
#include "http/router.h"

#define EDGE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct opx_arena *arena;

static void setup(void)
{
	arena = opx_arena_new((size_t)64 * 1024 * 1024);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

struct text_body {
	const char *p;
	size_t n, step;
};

static int64_t read_text(struct opx_body *body, void *buf, size_t n)
{
	struct text_body *t = body->source;
	size_t got = n < t->step ? n : t->step;
	if (got > t->n)
		got = t->n;
	memcpy(buf, t->p, got);
	t->p += got;
	t->n -= got;
	body->left -= (int64_t)got;
	return (int64_t)got;
}

static struct opx_request *request(void)
{
	struct opx_request *rq = OPX_NEW(arena, struct opx_request);
	rq->arena = arena;
	rq->clock = &opx_clock_real;
	rq->logger = (struct opx_logger){ .fd = 2, .level = OPX_ERROR };
	return rq;
}

static enum opx_status parse(struct opx_request *rq, const char *uri, const char *query)
{
	const char *const params[] = { "REQUEST_METHOD=GET",
				       opx_strf(arena, "REQUEST_URI=%s", uri).p,
				       opx_strf(arena, "QUERY_STRING=%s", query).p,
				       "OPX_EDGE=" EDGE,
				       "OPX_VHOST=open",
				       "HTTP_COOKIE=a=1; __Host-opx=secret; =x; b",
				       "HTTP_PROXY=evil",
				       NULL };
	return opx_request_parse(rq, params, OPX_STR(EDGE), NULL);
}

START_TEST(a_good_request_is_read)
{
	struct opx_request *rq = request();
	ck_assert_status(parse(rq, "/dossiers/42/d%C3%A9p%C3%B4t?q=a", "q=l%27%C3%A9t%C3%A9&x=1&x=2"),
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
	ck_assert_msg(parse(request(), uris[_i].uri, "") == uris[_i].want, "%s", uris[_i].uri);
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
				      "OPX_EDGE=" EDGE, NULL };
	const char *const method[] = { "REQUEST_METHOD=TRACE", "REQUEST_URI=/", "OPX_VHOST=open",
				       "OPX_EDGE=" EDGE, NULL };
	ck_assert_status(opx_request_parse(request(), without, OPX_STR(EDGE), NULL), OPX_FORBIDDEN);
	ck_assert_status(opx_request_parse(request(), wrong, OPX_STR(EDGE), NULL), OPX_FORBIDDEN);
	ck_assert_status(opx_request_parse(request(), vhost, OPX_STR(EDGE), NULL), OPX_FORBIDDEN);
	ck_assert_status(opx_request_parse(request(), method, OPX_STR(EDGE), NULL), OPX_INVALID);
	ck_assert_status(opx_request_parse(request(), without, OPX_STR(""), NULL), OPX_FORBIDDEN);
}
END_TEST

static struct opx_request *form(const char *text, const char *type)
{
	struct opx_request *rq = request();
	struct text_body *body = OPX_NEW(arena, struct text_body);
	*body = (struct text_body){ .p = text, .n = strlen(text), .step = 7 };
	rq->headers[OPX_HDR_CONTENT_TYPE] = opx_bytes_of(opx_str_z(type));
	rq->content_length = (int64_t)strlen(text);
	rq->body = (struct opx_body){ .read = read_text, .source = body, .left = rq->content_length };
	return rq;
}

#define URLENCODED "application/x-www-form-urlencoded"

START_TEST(fields_are_typed_and_limited)
{
	struct opx_request *rq =
		form("titre=+L%27%C3%A9t%C3%A9+&n=12&vide=&deux=1&deux=2&bad=%E9&nul=a%C2%85", URLENCODED);
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
	struct opx_request *cut = form("a=1", URLENCODED);
	cut->content_length = 10;
	cut->body.left = 10;
	ck_assert_status(opx_form_read(cut, NULL), OPX_INVALID);
	struct opx_request *big = form("a=1", URLENCODED);
	big->content_length = OPX_HTTP_MAX_FORM + 1;
	ck_assert_status(opx_form_read(big, NULL), OPX_TOO_LARGE);
	ck_assert_status(opx_form_read(form("{}", "application/json"), NULL), OPX_INVALID);
	ck_assert_status(opx_form_read(form("a=%00", URLENCODED), NULL), OPX_INVALID);
	ck_assert_status(opx_form_read(form("a=%4", URLENCODED), NULL), OPX_INVALID);
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
	struct opx_request *rq =
		form(PART("name=\"_csrf\"", "abc")
			     PART("name=\"f\"; filename=\"l\xc3\xa9%22t%22.pdf\"", "--X\r\n--Xdata\r\n")
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
	ck_assert_status(opx_multipart_read(form(bad_multiparts[_i], MULTIPART), &sink, &fields, NULL),
			 OPX_INVALID);
}
END_TEST

static enum opx_status nothing(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	(void)err;
	opx_respond_text(rq, 200, "ok");
	return OPX_OK;
}

static const struct opx_route routes[] = {
	{ .method = OPX_GET,
	  .path = "/dossiers/:dossier",
	  .right = OPX_RIGHT("case", "read"),
	  .handle = nothing },
	{ .method = OPX_GET,
	  .path = "/dossiers/nouveau",
	  .right = OPX_RIGHT("case", "create"),
	  .handle = nothing },
	{ .method = OPX_POST, .path = "/dossiers/:dossier", .right = OPX_RIGHT_SIGNED_IN, .handle = nothing },
	{ .method = OPX_GET, .path = "/", .right = OPX_RIGHT_PUBLIC, .handle = nothing },
	{ .method = OPX_GET,
	  .path = "/dossiers/:dossier.pdf",
	  .right = OPX_RIGHT("case", "read"),
	  .handle = nothing },
	{ .method = OPX_PATCH,
	  .path = "/dossiers/:dossier",
	  .right = OPX_RIGHT_SIGNED_IN,
	  .flags = OPX_ROUTE_UPLOAD,
	  .handle = nothing },
	{ .method = OPX_GET,
	  .path = "/ici",
	  .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_LOCAL,
	  .handle = nothing },
};

START_TEST(the_most_literal_route_wins_and_a_missing_right_is_refused)
{
	struct opx_router *router = opx_router_new();
	struct opx_error err;
	struct opx_str allow;
	int64_t id = 0;
	for (size_t i = 0; i < OPX_COUNT(routes); i++)
		ck_assert_ok(opx_router_add(router, &routes[i], NULL, 0, &err), err);
	const struct opx_route no_right = { .method = OPX_GET, .path = "/x", .handle = nothing };
	ck_assert_status(opx_router_add(router, &no_right, NULL, 0, NULL), OPX_INTERNAL);
	ck_assert_status(opx_router_add(router, &routes[0], NULL, 0, NULL), OPX_INTERNAL);

	struct opx_request *rq = request();
	ck_assert_status(parse(rq, "/dossiers/nouveau", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[1]);
	rq = request();
	ck_assert_status(parse(rq, "/dossiers/42", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[0]);
	ck_assert_ok(opx_path_i64(rq, "dossier", &id, &err), err);
	ck_assert_int_eq(id, 42);
	rq = request();
	ck_assert_status(parse(rq, "/dossiers/42.pdf", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[4]);
	ck_assert_ok(opx_path_i64(rq, "dossier", &id, &err), err);
	ck_assert_int_eq(id, 42);
	rq->method = OPX_HEAD;
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[4]);
	rq = request();
	ck_assert_status(parse(rq, "/dossiers/.pdf", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[0]);
	rq = request();
	ck_assert_status(parse(rq, "/dossiers/042", ""), OPX_OK);
	ck_assert_ptr_nonnull(opx_router_match(router, rq, &allow));
	ck_assert_status(opx_path_i64(rq, "dossier", &id, NULL), OPX_NOT_FOUND);
	rq->method = OPX_DELETE;
	ck_assert_ptr_null(opx_router_match(router, rq, &allow));
	ck_assert_str(allow, "GET, POST, PATCH");
	rq = request();
	ck_assert_status(parse(rq, "/rien", ""), OPX_OK);
	ck_assert_ptr_null(opx_router_match(router, rq, &allow));
	ck_assert_str(allow, "");
	opx_router_free(router);
}
END_TEST

START_TEST(a_file_name_comes_back_byte_for_byte)
{
	struct opx_str d =
		opx_disposition(arena, OPX_BYTES("L'\xc3\xa9t\xc3\xa9 \"20%\".pdf"), OPX_STR("D001.pdf"));
	ck_assert_str(
		d, "attachment; filename=\"D001.pdf\"; filename*=UTF-8''L%27%C3%A9t%C3%A9%20%2220%25%22.pdf");
}
END_TEST

/* Dispatch: what happened, in order. */
struct story {
	int entered, left, faults, code;
	enum opx_status enter;
	struct opx_str csrf;
	const uint8_t *secret;
};

static enum opx_status enter(void *app, struct opx_request *rq, const struct opx_routed *routed,
			     struct opx_error *err)
{
	struct story *s = app;
	(void)routed;
	s->entered++;
	rq->csrf = s->csrf;
	rq->csrf_secret = s->secret;
	return s->enter == OPX_OK ? OPX_OK : OPX_FAIL(err, s->enter, "", "enter says no");
}

static enum opx_status leave(void *app, struct opx_request *rq, enum opx_status status, struct opx_error *err)
{
	struct story *s = app;
	(void)rq;
	(void)err;
	s->left++;
	return status;
}

static void fault(void *app, struct opx_request *rq, int code, const struct opx_error *err)
{
	struct story *s = app;
	(void)err;
	s->faults++;
	s->code = code;
	opx_respond_text(rq, code, "non");
}

static int dispatch(struct story *s, struct opx_request *rq)
{
	static const struct opx_http_hooks hooks = { .enter = enter, .leave = leave, .fault = fault };
	struct opx_router *router = opx_router_new();
	for (size_t i = 0; i < OPX_COUNT(routes); i++)
		ck_assert_status(opx_router_add(router, &routes[i], NULL, 0, NULL), OPX_OK);
	const struct opx_dispatcher d = { .router = router,
					  .hooks = &hooks,
					  .app = s,
					  .main_origin = OPX_STR("https://opx.localhost:8443"),
					  .card_origin = OPX_STR("https://carte.opx.localhost:8444") };
	rq->at = opx_now(rq->clock);
	opx_dispatch(&d, rq);
	opx_router_free(router);
	return rq->response.status;
}

static struct opx_request *post(const char *body)
{
	struct opx_request *rq = form(body, URLENCODED);
	struct opx_bytes type = rq->headers[OPX_HDR_CONTENT_TYPE];
	struct opx_body kept = rq->body;
	int64_t length = rq->content_length;
	ck_assert_status(parse(rq, "/dossiers/1", ""), OPX_OK);
	rq->method = OPX_POST;
	rq->body = kept;
	rq->content_length = length;
	rq->headers[OPX_HDR_CONTENT_TYPE] = type;
	rq->headers[OPX_HDR_SEC_FETCH_SITE] = OPX_BYTES("same-origin");
	return rq;
}

START_TEST(a_change_without_the_right_token_or_origin_does_nothing)
{
	struct story s = { .csrf = OPX_STR(EDGE) };
	struct opx_request *rq = post("a=1");
	ck_assert_int_eq(dispatch(&s, rq), 403);
	ck_assert_int_eq(s.left, 1);
	ck_assert_int_eq(dispatch(&s, post("_csrf=" EDGE)), 200);
	ck_assert_int_eq(
		dispatch(&s, post("_csrf=0000000000000000000000000000000000000000000000000000000000000000")),
		403);
	rq = post("_csrf=" EDGE);
	rq->headers[OPX_HDR_ORIGIN] = OPX_BYTES("https://evil.example");
	ck_assert_int_eq(dispatch(&s, rq), 403);
	rq = post("_csrf=" EDGE);
	rq->headers[OPX_HDR_SEC_FETCH_SITE] = OPX_BYTES("cross-site");
	ck_assert_int_eq(dispatch(&s, rq), 403);
	rq = post("_csrf=" EDGE);
	rq->headers[OPX_HDR_ORIGIN] = OPX_BYTES("https://opx.localhost:8443");
	rq->headers[OPX_HDR_SEC_FETCH_SITE] = OPX_BYTES("same-origin");
	ck_assert_int_eq(dispatch(&s, rq), 200);
	s.csrf = OPX_STR("");
	ck_assert_int_eq(dispatch(&s, post("_csrf=")), 403); /* no session, no token, no change */
}
END_TEST

START_TEST(a_token_is_made_of_the_secret_when_it_is_wanted)
{
	static const uint8_t secrets[2][32] = { { 1 }, { 2 } };
	struct story s = { .csrf = OPX_STR(""), .secret = secrets[0] };
	for (size_t i = 0; i < OPX_COUNT(secrets); i++) {
		const char *body = opx_strf(arena, "_csrf=%s", opx_csrf_token(arena, secrets[i]).p).p;
		ck_assert_int_eq(dispatch(&s, post(body)), i == 0 ? 200 : 403);
	}
	ck_assert_int_eq(dispatch(&s, post("_csrf=")), 403);
	ck_assert_int_eq(dispatch(&s, post("a=1")), 403);
}
END_TEST

/* Browsers of before 2023 send no Sec-Fetch-Site, all send Origin with a form; who sends neither is no browser (security 5.5). */
START_TEST(a_change_says_where_it_comes_from)
{
	static const struct {
		const char *site, *origin;
		int code;
	} cases[] = {
		{ "same-origin", "", 200 },
		{ "same-origin", "https://opx.localhost:8443", 200 },
		{ "", "https://opx.localhost:8443", 200 },
		{ "", "", 403 },
		{ "", "null", 403 },
		{ "", "https://carte.opx.localhost:8444", 403 },
		{ "same-origin", "https://evil.example", 403 },
		{ "same-site", "https://opx.localhost:8443", 403 },
		{ "none", "https://opx.localhost:8443", 403 },
		{ "none", "", 403 },
	};
	struct story s = { .csrf = OPX_STR(EDGE) };
	for (size_t i = 0; i < OPX_COUNT(cases); i++) {
		struct opx_request *rq = post("_csrf=" EDGE);
		rq->headers[OPX_HDR_SEC_FETCH_SITE] = opx_bytes_of(opx_str_z(cases[i].site));
		rq->headers[OPX_HDR_ORIGIN] = opx_bytes_of(opx_str_z(cases[i].origin));
		ck_assert_int_eq(dispatch(&s, rq), cases[i].code);
	}
}
END_TEST

START_TEST(health_is_for_the_local_port_alone_and_nothing_else_is_there)
{
	static const struct {
		enum opx_vhost vhost;
		const char *path;
		int code;
	} cases[] = {
		{ OPX_VHOST_LOCAL, "/ici", 200 },        { OPX_VHOST_OPEN, "/ici", 404 },
		{ OPX_VHOST_MTLS, "/ici", 404 },         { OPX_VHOST_OPEN, "/dossiers/1", 200 },
		{ OPX_VHOST_LOCAL, "/dossiers/1", 404 },
	};
	struct story s = { .csrf = OPX_STR(EDGE) };
	for (size_t i = 0; i < OPX_COUNT(cases); i++) {
		struct opx_request *rq = request();
		ck_assert_status(parse(rq, cases[i].path, ""), OPX_OK);
		rq->vhost = cases[i].vhost;
		ck_assert_int_eq(dispatch(&s, rq), cases[i].code);
	}
}
END_TEST

START_TEST(a_piece_of_an_upload_brings_its_token_in_a_header)
{
	struct story s = { .csrf = OPX_STR(EDGE) };
	struct opx_request *rq = post("_csrf=" EDGE); /* in the body it is no token: the body is the file's */
	rq->method = OPX_PATCH;
	ck_assert_int_eq(dispatch(&s, rq), 403);
	rq = post("bytes");
	rq->method = OPX_PATCH;
	rq->headers[OPX_HDR_CSRF] = OPX_BYTES(EDGE);
	ck_assert_int_eq(dispatch(&s, rq), 200);
}
END_TEST

START_TEST(statuses_become_their_codes)
{
	static const struct {
		enum opx_status status;
		int code;
	} codes[] = { { OPX_INVALID, 422 },  { OPX_FORBIDDEN, 403 }, { OPX_NOT_FOUND, 404 },
		      { OPX_CONFLICT, 409 }, { OPX_TOO_LARGE, 413 }, { OPX_UNAVAILABLE, 503 },
		      { OPX_INTERNAL, 500 } };
	for (size_t i = 0; i < OPX_COUNT(codes); i++) {
		struct story s = { .enter = codes[i].status };
		struct opx_request *rq = request();
		ck_assert_status(parse(rq, "/dossiers/1", ""), OPX_OK);
		rq->logger.level = (enum opx_log_level)(OPX_ERROR + 1);
		ck_assert_int_eq(dispatch(&s, rq), codes[i].code);
	}
}
END_TEST

START_TEST(every_answer_has_the_security_headers)
{
	struct opx_request *rq = request();
	struct opx_buf out;
	opx_respond_text(rq, 200, "ok");
	opx_buf_init(&out, arena, 65536);
	opx_response_head(rq, 0, &out);
	struct opx_str text = opx_buf_str(&out);
	static const char *const wanted[] = { "Content-Security-Policy: default-src 'none'",
					      "X-Content-Type-Options: nosniff", "Cache-Control: no-store",
					      "Referrer-Policy: same-origin", "X-Frame-Options: DENY" };
	for (size_t i = 0; i < OPX_COUNT(wanted); i++)
		ck_assert_ptr_nonnull(strstr(text.p, wanted[i]));
	ck_assert_ptr_null(strstr(text.p, "Strict-Transport-Security"));
}
END_TEST

/* Reads the end of a request: type, eight bytes that say complete, then nothing any more. */
static void expect_end(int fd, const uint8_t header[8])
{
	uint8_t said[9];
	static const uint8_t complete[8];
	ck_assert_uint_eq(header[1], 3);
	ck_assert_int_eq(recv(fd, said, sizeof(said), MSG_WAITALL), 8);
	ck_assert_mem_eq(said, complete, sizeof(complete));
}

/* Reads what was written to the other end, record by record: version, type, id, length, no padding; then its end. */
static size_t content_of(int fd, uint8_t *out, size_t max)
{
	uint8_t header[8];
	size_t n = 0;
	bool is_over = false;
	while (recv(fd, header, sizeof(header), MSG_WAITALL) == (ssize_t)sizeof(header)) {
		size_t length = (size_t)header[4] << 8U | header[5];
		ck_assert_uint_eq(header[0], 1);
		ck_assert_uint_eq((unsigned)header[2] << 8U | header[3], 259);
		ck_assert_uint_eq(header[6], 0);
		if (is_over) {
			expect_end(fd, header);
			return n;
		}
		ck_assert_uint_eq(header[1], 6);
		is_over = length == 0;
		if (is_over)
			continue;
		ck_assert_uint_le(n + length, max);
		ck_assert_int_eq(recv(fd, out + n, length, MSG_WAITALL), (ssize_t)length);
		n += length;
	}
	ck_abort_msg("no end of the request after %zu bytes", n);
}

START_TEST(an_answer_of_any_size_is_whole_in_its_records)
{
	static const size_t sizes[] = { 0, 1, 65500, 65508, 65509, 65527, 65528, 65529, 200000 };
	const struct opx_bytes head = opx_bytes_of(OPX_STR("Status: 200 OK\r\n\r\n"));
	for (size_t i = 0; i < OPX_COUNT(sizes); i++) {
		int ends[2];
		uint8_t *body = opx_arena_alloc(arena, 1, sizes[i] + 1);
		uint8_t *seen = opx_arena_alloc(arena, 1, sizes[i] + head.n);
		for (size_t k = 0; k < sizes[i]; k++)
			body[k] = (uint8_t)(k * 31U + k / 251U);
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		pid_t child = fork();
		if (child == 0) {
			(void)close(ends[0]);
			bool is_sent = opx_record_write(ends[1], 259, head,
							(struct opx_bytes){ .p = body, .n = sizes[i] });
			_exit(is_sent ? 0 : 1);
		}
		(void)close(ends[1]);
		ck_assert_uint_eq(content_of(ends[0], seen, sizes[i] + head.n), sizes[i] + head.n);
		ck_assert_mem_eq(seen, head.p, head.n);
		if (sizes[i] > 0)
			ck_assert_mem_eq(seen + head.n, body, sizes[i]);
		int status = 0;
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		(void)close(ends[0]);
	}
}
END_TEST

START_TEST(an_answer_to_one_who_went_away_is_given_up)
{
	int ends[2];
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	ck_assert_int_eq(sigaction(SIGPIPE, &ignored, NULL), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)close(ends[0]);
	ck_assert(!opx_record_write(ends[1], 1, opx_bytes_of(OPX_STR("x")), (struct opx_bytes){ .n = 0 }));
	(void)close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *tc = tcase_create("http");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_request_is_read);
	tcase_add_test(tc, an_answer_of_any_size_is_whole_in_its_records);
	tcase_add_test(tc, an_answer_to_one_who_went_away_is_given_up);
	tcase_add_loop_test(tc, an_address_that_cannot_be_is_not_found, 0, OPX_COUNT(uris));
	tcase_add_test(tc, a_request_that_is_not_from_our_nginx_is_refused);
	tcase_add_test(tc, fields_are_typed_and_limited);
	tcase_add_test(tc, a_cut_an_oversized_and_a_foreign_form_are_refused);
	tcase_add_test(tc, multipart_is_read_as_a_stream);
	tcase_add_loop_test(tc, a_malformed_multipart_is_refused, 0, OPX_COUNT(bad_multiparts));
	tcase_add_test(tc, the_most_literal_route_wins_and_a_missing_right_is_refused);
	tcase_add_test(tc, a_file_name_comes_back_byte_for_byte);
	tcase_add_test(tc, a_change_without_the_right_token_or_origin_does_nothing);
	tcase_add_test(tc, a_token_is_made_of_the_secret_when_it_is_wanted);
	tcase_add_test(tc, a_change_says_where_it_comes_from);
	tcase_add_test(tc, health_is_for_the_local_port_alone_and_nothing_else_is_there);
	tcase_add_test(tc, a_piece_of_an_upload_brings_its_token_in_a_header);
	tcase_add_test(tc, statuses_become_their_codes);
	tcase_add_test(tc, every_answer_has_the_security_headers);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
