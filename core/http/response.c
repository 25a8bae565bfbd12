/* SPDX-License-Identifier: MPL-2.0 */
/* response.c: see response.h. */
#include "http/response.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "http/request.h"

int opx_http_code(enum opx_status status)
{
	static const int codes[] = { 200, 422, 303, 403, 404, 409, 413, 503, 500 };
	_Static_assert(OPX_COUNT(codes) == OPX_STATUS_COUNT, "one code a status");
	return codes[status];
}

void opx_respond_header(struct opx_request *rq, const char *name, struct opx_str value)
{
	struct opx_response *r = &rq->response;
	OPX_ASSERT(r->n_headers < OPX_RESPONSE_MAX_HEADERS);
	for (size_t i = 0; i < value.n; i++)
		OPX_ASSERT((unsigned char)value.p[i] >= 0x20);
	r->headers[r->n_headers++] = (struct opx_response_header){ .name = name, .value = value };
}

void opx_respond(struct opx_request *rq, int status, const char *content_type, struct opx_bytes body)
{
	struct opx_response *r = &rq->response;
	size_t kept = 0;
	/* Cookies outlive a change of mind about the answer; everything else goes with the former one. */
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, "Set-Cookie") == 0)
			r->headers[kept++] = r->headers[i];
	r->n_headers = kept;
	r->status = status;
	r->content_type = content_type;
	r->body = body;
}

void opx_respond_text(struct opx_request *rq, int status, const char *text)
{
	opx_respond(rq, status, "text/plain; charset=utf-8",
		    (struct opx_bytes){ .p = (const uint8_t *)text, .n = strlen(text) });
}

void opx_respond_see_other(struct opx_request *rq, struct opx_str path)
{
	opx_respond(rq, 303, NULL, (struct opx_bytes){ .n = 0 });
	opx_respond_header(rq, "Location", path);
}

void opx_respond_file(struct opx_request *rq, struct opx_str internal, const char *mime,
		      struct opx_bytes name, struct opx_str ascii_name)
{
	opx_respond(rq, 200, mime, (struct opx_bytes){ .n = 0 });
	opx_respond_header(rq, "X-Accel-Redirect", internal);
	opx_respond_header(rq, "X-Opx-Disposition", opx_disposition(rq->arena, name, ascii_name));
	opx_respond_header(rq, "Content-Security-Policy", OPX_STR("sandbox; default-src 'none'"));
}

void opx_respond_cookie(struct opx_request *rq, struct opx_str name, struct opx_str value, int64_t max_age_s)
{
	struct opx_str text =
		opx_strf(rq->arena, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict", name.p, value.p);
	if (max_age_s >= 0)
		text = opx_strf(rq->arena, "%s; Max-Age=%" PRId64, text.p, max_age_s);
	opx_respond_header(rq, "Set-Cookie", text);
}

static bool has(const struct opx_response *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcmp(r->headers[i].name, name) == 0)
			return true;
	return false;
}

static const struct {
	const char *name, *value;
} always[] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
	  "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
	  "report-uri /csp" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()" },
	{ "Cache-Control", "no-store" },
	{ "Origin-Agent-Cluster", "?1" },
	{ "X-Frame-Options", "DENY" },
};

/* nginx copies the line: without a reason it would lack the space that HTTP asks for after the number. */
static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} known[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < OPX_COUNT(known); i++)
		if (known[i].status == status)
			return known[i].reason;
	return status < 400 ? "Done" : status < 500 ? "Refused" : "Failed";
}

static void put_header(struct opx_buf *out, const char *name, const char *value)
{
	opx_buf_puts(out, name);
	opx_buf_puts(out, ": ");
	opx_buf_puts(out, value);
	opx_buf_puts(out, "\r\n");
}

void opx_response_head(const struct opx_request *rq, int64_t hsts_s, struct opx_buf *out)
{
	const struct opx_response *r = &rq->response;
	opx_buf_printf(out, "Status: %d %s\r\n", r->status, reason_of(r->status));
	if (hsts_s > 0)
		opx_buf_printf(out, "Strict-Transport-Security: max-age=%" PRId64 "\r\n", hsts_s);
	for (size_t i = 0; i < OPX_COUNT(always); i++)
		if (!has(r, always[i].name))
			put_header(out, always[i].name, always[i].value);
	for (size_t i = 0; i < r->n_headers; i++)
		put_header(out, r->headers[i].name, r->headers[i].value.p);
	if (r->content_type != NULL)
		put_header(out, "Content-Type", r->content_type);
	if (r->content_type != NULL && !has(r, "X-Accel-Redirect"))
		opx_buf_printf(out, "Content-Length: %zu\r\n", r->body.n);
	opx_buf_puts(out, "\r\n");
}
