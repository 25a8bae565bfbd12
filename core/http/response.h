/* SPDX-License-Identifier: MPL-2.0 */
/* response.h: the answer of a request, whole before one byte of it leaves. */
#ifndef OPX_HTTP_RESPONSE_H
#define OPX_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_buf;
struct opx_request;

#define OPX_RESPONSE_MAX_HEADERS 24

struct opx_response_header {
	const char *name;
	struct opx_str value;
};

struct opx_response {
	int status; /* 0: nothing was answered yet */
	struct opx_response_header headers[OPX_RESPONSE_MAX_HEADERS];
	size_t n_headers;
	struct opx_bytes body;
	const char *content_type; /* NULL: no body */
};

/* The HTTP code of a status, from the one table. */
int opx_http_code(enum opx_status status);

/* Replaces the whole answer: a page, text, a redirection. */
void opx_respond(struct opx_request *rq, int status, const char *content_type, struct opx_bytes body);
void opx_respond_text(struct opx_request *rq, int status, const char *text);
/* 303 to an address of ours (escaped already). */
void opx_respond_see_other(struct opx_request *rq, struct opx_str path);
/* nginx sends the file at that internal address; name is given back byte for byte (RFC 6266, 8187). */
void opx_respond_file(struct opx_request *rq, struct opx_str internal, const char *mime,
		      struct opx_bytes name, struct opx_str ascii_name);
/* Adds a header; values never hold CR or LF (asserted). */
void opx_respond_header(struct opx_request *rq, const char *name, struct opx_str value);
/* Cookie with Secure, HttpOnly, SameSite=Strict, Path=/. max_age_s < 0: a session cookie; 0: ends it. */
void opx_respond_cookie(struct opx_request *rq, struct opx_str name, struct opx_str value, int64_t max_age_s);

/* attachment; filename="D017.pdf"; filename*=UTF-8''… */
struct opx_str opx_disposition(struct opx_arena *arena, struct opx_bytes name, struct opx_str ascii_name);

/* The answer's lines before its body, security headers of every answer included (security 5.5). */
void opx_response_head(const struct opx_request *rq, int64_t hsts_s, struct opx_buf *out);

#endif
