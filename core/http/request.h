/* SPDX-License-Identifier: MPL-2.0 */
/* request.h: one request, checked: method, address, allowed headers, cookies, fields, body; and its answer in the making.
 *
 * Bytes become typed values here: a path is decoded segments of valid UTF-8, a field is a struct opx_str with its limit.
 */
#ifndef OPX_HTTP_REQUEST_H
#define OPX_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "http/response.h"

#include <opx/route.h>

#define OPX_HTTP_MAX_PATH 2048
#define OPX_HTTP_MAX_SEGMENTS 12
#define OPX_HTTP_MAX_PARAMS 64         /* FastCGI parameters */
#define OPX_HTTP_MAX_PARAM_BYTES 65536 /* of all of them */
#define OPX_HTTP_MAX_FIELDS 500
#define OPX_HTTP_MAX_FORM 65536

/* Which server of nginx: OPX_VHOST. */
enum opx_vhost { OPX_VHOST_OPEN, OPX_VHOST_MTLS, OPX_VHOST_REFUSED, OPX_VHOST_LOCAL };

enum opx_header {
	OPX_HDR_CONTENT_TYPE,
	OPX_HDR_COOKIE,
	OPX_HDR_ORIGIN,
	OPX_HDR_RANGE,
	OPX_HDR_SEC_FETCH_SITE,
	OPX_HDR_SEC_FETCH_MODE,
	OPX_HDR_SEC_FETCH_DEST,
	OPX_HDR_SEC_PURPOSE,
	OPX_HDR_CSRF,
	OPX_HDR_USER_AGENT,
	OPX_HDR_ACCEPT,
	OPX_HDR_ACCEPT_LANGUAGE,
	OPX_HDR_HOST,
	OPX_HDR_TUS_RESUMABLE,
	OPX_HDR_UPLOAD_OFFSET,
	OPX_HDR_UPLOAD_LENGTH,
	OPX_HDR_UPLOAD_METADATA,
	OPX_HDR_UPLOAD_CHECKSUM,
	OPX_HDR_SSL_VERIFY,
	OPX_HDR_SSL_CERT,
	OPX_HDR_SSL_REUSED,
	OPX_HDR_SSL_V_END,
	OPX_HDR_COUNT,
};

struct opx_field {
	struct opx_bytes name, value;
};
struct opx_fields {
	const struct opx_field *p;
	size_t n;
};

struct opx_path_param {
	const char *name; /* of the route, without ':' */
	struct opx_str value;
};

/* Where the body comes from; read gives fewer bytes than asked only at the end. -1: the client broke off. */
struct opx_body {
	int64_t (*read)(struct opx_body *body, void *buf, size_t n);
	void *source;
	int64_t left; /* announced by CONTENT_LENGTH and not read yet */
};

struct opx_request {
	struct opx_arena *arena;
	struct opx_logger logger;
	const struct opx_clock *clock;
	void *app; /* the glue's: struct opx_context of core/plugin */

	enum opx_method method;
	enum opx_vhost vhost;
	struct opx_str path; /* as received, without the query */
	struct opx_str segments[OPX_HTTP_MAX_SEGMENTS];
	size_t n_segments;
	struct opx_bytes headers[OPX_HDR_COUNT]; /* as received; empty when absent */
	struct opx_str request_id, address, agent;
	struct opx_instant at;
	struct opx_fields query, form, cookies;
	bool form_is_read;
	struct opx_path_param params[4];
	size_t n_params;
	int64_t content_length;
	struct opx_body body;
	struct opx_str
		csrf; /* token that this session's forms must bring; empty: none expected yet, or not made yet */
	const uint8_t *csrf_secret; /* 32 bytes that it is made of when it is wanted; NULL: of nothing more */
	struct opx_response response;
};

/* FastCGI parameters ("NAME=value", NULL-ended) to a request. edge: 64 hex characters that OPX_EDGE must equal.
 * OPX_FORBIDDEN: not from our nginx; OPX_INVALID: refused before anything else (400); OPX_NOT_FOUND: an address that cannot be. */
OPX_MUST_USE enum opx_status opx_request_parse(struct opx_request *rq, const char *const *params,
					       struct opx_str edge, struct opx_error *err);

struct opx_bytes opx_request_header(const struct opx_request *rq, enum opx_header which);
bool opx_request_header_is(const struct opx_request *rq, enum opx_header which, const char *value);
/* A query parameter: one line of text of at most 200 bytes; "" when absent, repeated or odd. Never an error: a list shows. */
struct opx_str opx_request_query(struct opx_request *rq, const char *name);
/* The value of a cookie, or empty. */
struct opx_bytes opx_request_cookie(const struct opx_request *rq, struct opx_str name);

/* Parameters of the path. A malformed number is a page that does not exist: OPX_NOT_FOUND. */
OPX_MUST_USE enum opx_status opx_path_i64(const struct opx_request *rq, const char *name, int64_t *ret,
					  struct opx_error *err);
OPX_MUST_USE enum opx_status opx_path_str(const struct opx_request *rq, const char *name, struct opx_str *ret,
					  struct opx_error *err);

/* Fields of an urlencoded form, read on first use. A repeated field is OPX_INVALID but through opx_form_list. */
OPX_MUST_USE enum opx_status opx_form_str(struct opx_request *rq, const char *name, enum opx_text_kind kind,
					  size_t max_bytes, struct opx_str *ret,
					  struct opx_error *err); /* absent or empty: OPX_INVALID */
OPX_MUST_USE enum opx_status opx_form_opt_str(struct opx_request *rq, const char *name,
					      enum opx_text_kind kind, size_t max_bytes, struct opx_str *ret,
					      struct opx_error *err);
OPX_MUST_USE enum opx_status opx_form_i64(struct opx_request *rq, const char *name, int64_t min, int64_t max,
					  int64_t *ret, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_form_list(struct opx_request *rq, const char *name, size_t max_bytes,
					   struct opx_strs *ret, struct opx_error *err);
/* Is the field there (a ticked box, a pressed button)? */
bool opx_form_has(struct opx_request *rq, const char *name);
/* Reads the form now. */
OPX_MUST_USE enum opx_status opx_form_read(struct opx_request *rq, struct opx_error *err);
/* Fields gathered elsewhere (multipart) stand in for the form. */
void opx_form_set(struct opx_request *rq, struct opx_fields fields);

/* name=value&… with limits; OPX_INVALID for a bad escape or a NUL, OPX_TOO_LARGE for too many. */
OPX_MUST_USE enum opx_status opx_fields_parse(struct opx_arena *arena, struct opx_bytes in,
					      struct opx_fields *ret, struct opx_error *err);
/* Cookie: header. Malformed pairs are passed over. */
struct opx_fields opx_cookies_parse(struct opx_arena *arena, struct opx_bytes in);

#endif
