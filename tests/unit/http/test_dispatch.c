/* SPDX-License-Identifier: MPL-2.0 */
/* test_dispatch.c: from a request to its route, and from there to an answer, a refusal or nothing. */
#include "requests.h"

#include "base/buf.h"
#include "http/dispatch.h"
#include "http/router.h"

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

	struct opx_request *rq = request_new();
	ck_assert_status(request_parse(rq, "/dossiers/nouveau", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[1]);
	rq = request_new();
	ck_assert_status(request_parse(rq, "/dossiers/42", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[0]);
	ck_assert_ok(opx_path_i64(rq, "dossier", &id, &err), err);
	ck_assert_int_eq(id, 42);
	rq = request_new();
	ck_assert_status(request_parse(rq, "/dossiers/42.pdf", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[4]);
	ck_assert_ok(opx_path_i64(rq, "dossier", &id, &err), err);
	ck_assert_int_eq(id, 42);
	rq->method = OPX_HEAD;
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[4]);
	rq = request_new();
	ck_assert_status(request_parse(rq, "/dossiers/.pdf", ""), OPX_OK);
	ck_assert_ptr_eq(opx_router_match(router, rq, &allow)->route, &routes[0]);
	rq = request_new();
	ck_assert_status(request_parse(rq, "/dossiers/042", ""), OPX_OK);
	ck_assert_ptr_nonnull(opx_router_match(router, rq, &allow));
	ck_assert_status(opx_path_i64(rq, "dossier", &id, NULL), OPX_NOT_FOUND);
	rq->method = OPX_DELETE;
	ck_assert_ptr_null(opx_router_match(router, rq, &allow));
	ck_assert_str(allow, "GET, POST, PATCH");
	rq = request_new();
	ck_assert_status(request_parse(rq, "/rien", ""), OPX_OK);
	ck_assert_ptr_null(opx_router_match(router, rq, &allow));
	ck_assert_str(allow, "");
	opx_router_free(router);
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
	struct opx_request *rq = request_form(body, REQUEST_URLENCODED);
	struct opx_bytes type = rq->headers[OPX_HDR_CONTENT_TYPE];
	struct opx_body kept = rq->body;
	int64_t length = rq->content_length;
	ck_assert_status(request_parse(rq, "/dossiers/1", ""), OPX_OK);
	rq->method = OPX_POST;
	rq->body = kept;
	rq->content_length = length;
	rq->headers[OPX_HDR_CONTENT_TYPE] = type;
	rq->headers[OPX_HDR_SEC_FETCH_SITE] = OPX_BYTES("same-origin");
	return rq;
}

START_TEST(a_change_without_the_right_token_or_origin_does_nothing)
{
	struct story s = { .csrf = OPX_STR(REQUEST_EDGE) };
	struct opx_request *rq = post("a=1");
	ck_assert_int_eq(dispatch(&s, rq), 403);
	ck_assert_int_eq(s.left, 1);
	ck_assert_int_eq(dispatch(&s, post("_csrf=" REQUEST_EDGE)), 200);
	ck_assert_int_eq(
		dispatch(&s, post("_csrf=0000000000000000000000000000000000000000000000000000000000000000")),
		403);
	rq = post("_csrf=" REQUEST_EDGE);
	rq->headers[OPX_HDR_ORIGIN] = OPX_BYTES("https://evil.example");
	ck_assert_int_eq(dispatch(&s, rq), 403);
	rq = post("_csrf=" REQUEST_EDGE);
	rq->headers[OPX_HDR_SEC_FETCH_SITE] = OPX_BYTES("cross-site");
	ck_assert_int_eq(dispatch(&s, rq), 403);
	rq = post("_csrf=" REQUEST_EDGE);
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
		const char *body =
			opx_strf(request_arena, "_csrf=%s", opx_csrf_token(request_arena, secrets[i]).p).p;
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
	struct story s = { .csrf = OPX_STR(REQUEST_EDGE) };
	for (size_t i = 0; i < OPX_COUNT(cases); i++) {
		struct opx_request *rq = post("_csrf=" REQUEST_EDGE);
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
	struct story s = { .csrf = OPX_STR(REQUEST_EDGE) };
	for (size_t i = 0; i < OPX_COUNT(cases); i++) {
		struct opx_request *rq = request_new();
		ck_assert_status(request_parse(rq, cases[i].path, ""), OPX_OK);
		rq->vhost = cases[i].vhost;
		ck_assert_int_eq(dispatch(&s, rq), cases[i].code);
	}
}
END_TEST

START_TEST(a_piece_of_an_upload_brings_its_token_in_a_header)
{
	struct story s = { .csrf = OPX_STR(REQUEST_EDGE) };
	struct opx_request *rq =
		post("_csrf=" REQUEST_EDGE); /* in the body it is no token: the body is the file's */
	rq->method = OPX_PATCH;
	ck_assert_int_eq(dispatch(&s, rq), 403);
	rq = post("bytes");
	rq->method = OPX_PATCH;
	rq->headers[OPX_HDR_CSRF] = OPX_BYTES(REQUEST_EDGE);
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
		struct opx_request *rq = request_new();
		ck_assert_status(request_parse(rq, "/dossiers/1", ""), OPX_OK);
		rq->logger.level = (enum opx_log_level)(OPX_ERROR + 1);
		ck_assert_int_eq(dispatch(&s, rq), codes[i].code);
	}
}
END_TEST

START_TEST(every_answer_has_the_security_headers)
{
	struct opx_request *rq = request_new();
	struct opx_buf out;
	opx_respond_text(rq, 200, "ok");
	opx_buf_init(&out, request_arena, 65536);
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

int main(void)
{
	Suite *suite = suite_create("dispatch");
	TCase *tc = tcase_create("dispatch");
	tcase_add_checked_fixture(tc, request_setup, request_teardown);
	tcase_add_test(tc, the_most_literal_route_wins_and_a_missing_right_is_refused);
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
