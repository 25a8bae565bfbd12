/* SPDX-License-Identifier: MPL-2.0 */
/* request.c: FastCGI parameters to a checked request. */
#include "http/request.h"

#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/num.h"

#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")
#define BAD N_("Cette demande n’est pas lisible. Revenez à la page précédente et recommencez.")

enum param { P_METHOD, P_URI, P_QUERY, P_TYPE, P_LENGTH, P_ADDRESS, P_ID, P_EDGE, P_VHOST, P_COUNT };

struct params {
	struct opx_bytes p[P_COUNT];
};

static const struct {
	const char *name;
	enum param param;
} own[] = {
	{ "REQUEST_METHOD", P_METHOD }, { "REQUEST_URI", P_URI },     { "QUERY_STRING", P_QUERY },
	{ "CONTENT_LENGTH", P_LENGTH }, { "REMOTE_ADDR", P_ADDRESS }, { "REQUEST_ID", P_ID },
	{ "OPX_EDGE", P_EDGE },         { "OPX_VHOST", P_VHOST },
};

static const char *const header_names[OPX_HDR_COUNT] = {
	[OPX_HDR_CONTENT_TYPE] = "CONTENT_TYPE",
	[OPX_HDR_COOKIE] = "HTTP_COOKIE",
	[OPX_HDR_ORIGIN] = "HTTP_ORIGIN",
	[OPX_HDR_RANGE] = "HTTP_RANGE",
	[OPX_HDR_SEC_FETCH_SITE] = "HTTP_SEC_FETCH_SITE",
	[OPX_HDR_SEC_FETCH_MODE] = "HTTP_SEC_FETCH_MODE",
	[OPX_HDR_SEC_FETCH_DEST] = "HTTP_SEC_FETCH_DEST",
	[OPX_HDR_SEC_PURPOSE] = "HTTP_SEC_PURPOSE",
	[OPX_HDR_CSRF] = "HTTP_X_CSRF_TOKEN",
	[OPX_HDR_USER_AGENT] = "HTTP_USER_AGENT",
	[OPX_HDR_ACCEPT] = "HTTP_ACCEPT",
	[OPX_HDR_ACCEPT_LANGUAGE] = "HTTP_ACCEPT_LANGUAGE",
	[OPX_HDR_HOST] = "HTTP_HOST",
	[OPX_HDR_TUS_RESUMABLE] = "HTTP_TUS_RESUMABLE",
	[OPX_HDR_UPLOAD_OFFSET] = "HTTP_UPLOAD_OFFSET",
	[OPX_HDR_UPLOAD_LENGTH] = "HTTP_UPLOAD_LENGTH",
	[OPX_HDR_UPLOAD_METADATA] = "HTTP_UPLOAD_METADATA",
	[OPX_HDR_UPLOAD_CHECKSUM] = "HTTP_UPLOAD_CHECKSUM",
	[OPX_HDR_SSL_VERIFY] = "SSL_CLIENT_VERIFY",
	[OPX_HDR_SSL_CERT] = "SSL_CLIENT_CERT",
	[OPX_HDR_SSL_REUSED] = "SSL_REUSED",
	[OPX_HDR_SSL_V_END] = "SSL_V_END",
};

static void take(struct opx_request *rq, struct params *params, struct opx_bytes name, struct opx_bytes value)
{
	for (size_t i = 0; i < OPX_COUNT(own); i++)
		if (strlen(own[i].name) == name.n && memcmp(own[i].name, name.p, name.n) == 0) {
			params->p[own[i].param] = value;
			return;
		}
	for (size_t i = 0; i < OPX_HDR_COUNT; i++)
		if (strlen(header_names[i]) == name.n && memcmp(header_names[i], name.p, name.n) == 0) {
			rq->headers[i] = value;
			return;
		}
}

static enum opx_status gather(struct opx_request *rq, const char *const *params, struct params *ret,
			      struct opx_error *err)
{
	size_t total = 0;
	for (size_t i = 0; params[i] != NULL; i++) {
		size_t n = strlen(params[i]);
		total += n;
		if (i >= OPX_HTTP_MAX_PARAMS || total > OPX_HTTP_MAX_PARAM_BYTES)
			return OPX_FAIL(err, OPX_INVALID, BAD, "too many FastCGI parameters");
		const char *equal = memchr(params[i], '=', n);
		if (equal == NULL)
			continue;
		size_t n_name = (size_t)(equal - params[i]);
		take(rq, ret, (struct opx_bytes){ .p = (const uint8_t *)params[i], .n = n_name },
		     (struct opx_bytes){ .p = (const uint8_t *)equal + 1, .n = n - n_name - 1 });
	}
	return OPX_OK;
}

static bool is(struct opx_bytes b, const char *z)
{
	return b.n == strlen(z) && (b.n == 0 || memcmp(b.p, z, b.n) == 0);
}

static enum opx_status read_edge(struct opx_request *rq, const struct params *params, struct opx_str edge,
				 struct opx_error *err)
{
	static const char *const vhosts[] = { "open", "mtls", "refused", "local" };
	const struct opx_bytes given = params->p[P_EDGE];
	if (edge.n != 64 || given.n != edge.n || !opx_secret_eq(given.p, edge.p, edge.n))
		return OPX_FAIL(err, OPX_FORBIDDEN, BAD, "edge secret missing or wrong");
	for (size_t i = 0; i < OPX_COUNT(vhosts); i++)
		if (is(params->p[P_VHOST], vhosts[i])) {
			rq->vhost = (enum opx_vhost)i;
			return OPX_OK;
		}
	return OPX_FAIL(err, OPX_FORBIDDEN, BAD, "OPX_VHOST missing or unknown");
}

static enum opx_status read_method(struct opx_request *rq, struct opx_bytes m, struct opx_error *err)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS" };
	for (size_t i = 0; i < OPX_COUNT(methods); i++)
		if (is(m, methods[i])) {
			rq->method = (enum opx_method)i;
			return OPX_OK;
		}
	return OPX_FAIL(err, OPX_INVALID, BAD, "method");
}

static enum opx_status read_segment(struct opx_request *rq, struct opx_bytes raw, struct opx_error *err)
{
	struct opx_bytes decoded;
	struct opx_str text;
	if (raw.n == 0 || rq->n_segments == OPX_HTTP_MAX_SEGMENTS ||
	    opx_percent_decode(rq->arena, raw, false, &decoded, NULL) != OPX_OK ||
	    memchr(decoded.p, '\0', decoded.n) != NULL || memchr(decoded.p, '/', decoded.n) != NULL ||
	    is(decoded, "..") || is(decoded, ".") ||
	    opx_str_from_bytes(rq->arena, decoded, OPX_TEXT_LINE, 512, &text, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "address that cannot be");
	rq->segments[rq->n_segments++] = text;
	return OPX_OK;
}

static enum opx_status read_path(struct opx_request *rq, struct opx_bytes uri, struct opx_error *err)
{
	const uint8_t *mark = uri.n > 0 ? memchr(uri.p, '?', uri.n) : NULL;
	size_t n = mark != NULL ? (size_t)(mark - uri.p) : uri.n;
	if (n == 0 || n > OPX_HTTP_MAX_PATH || uri.p[0] != '/')
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "address of %zu bytes", n);
	for (size_t i = 0; i < n; i++)
		if (uri.p[i] <= 0x20 || uri.p[i] >= 0x7f)
			return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "address with odd bytes");
	rq->path = opx_str_copy(rq->arena, (const char *)uri.p, n);
	size_t at = 1;
	while (at < n) {
		const uint8_t *slash = memchr(uri.p + at, '/', n - at);
		size_t end = slash != NULL ? (size_t)(slash - uri.p) : n;
		OPX_TRY(read_segment(rq, (struct opx_bytes){ .p = uri.p + at, .n = end - at }, err));
		if (slash != NULL && end + 1 == n && rq->n_segments > 0 &&
		    !opx_str_is(rq->segments[0], "televersement"))
			return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "address with a final slash");
		at = end + 1;
	}
	return OPX_OK;
}

static enum opx_status read_numbers(struct opx_request *rq, const struct params *params,
				    struct opx_error *err)
{
	const struct opx_bytes length = params->p[P_LENGTH];
	if (length.n > 0) {
		struct opx_str text = opx_str_copy(rq->arena, (const char *)length.p, length.n);
		if (opx_parse_i64(text, 0, INT64_MAX, &rq->content_length, NULL) != OPX_OK)
			return OPX_FAIL(err, OPX_INVALID, BAD, "content length");
	}
	rq->body.left = rq->content_length;
	return OPX_OK;
}

enum opx_status opx_request_parse(struct opx_request *rq, const char *const *list, struct opx_str edge,
				  struct opx_error *err)
{
	struct params params = { 0 };
	OPX_TRY(gather(rq, list, &params, err));
	rq->request_id = opx_str_scrub(rq->arena, params.p[P_ID], 64);
	rq->logger.request_id = rq->request_id;
	rq->address = opx_str_scrub(rq->arena, params.p[P_ADDRESS], 64);
	rq->agent = opx_str_scrub(rq->arena, rq->headers[OPX_HDR_USER_AGENT], 512);
	OPX_TRY(read_edge(rq, &params, edge, err));
	OPX_TRY(read_method(rq, params.p[P_METHOD], err));
	OPX_TRY(read_numbers(rq, &params, err));
	OPX_TRY(read_path(rq, params.p[P_URI], err));
	OPX_TRY(opx_fields_parse(rq->arena, params.p[P_QUERY], &rq->query, err));
	rq->cookies = opx_cookies_parse(rq->arena, rq->headers[OPX_HDR_COOKIE]);
	return OPX_OK;
}

struct opx_bytes opx_request_header(const struct opx_request *rq, enum opx_header which)
{
	return rq->headers[which];
}

bool opx_request_header_is(const struct opx_request *rq, enum opx_header which, const char *value)
{
	return is(rq->headers[which], value);
}

struct opx_str opx_request_query(struct opx_request *rq, const char *name)
{
	struct opx_str text = OPX_STR("");
	size_t found = 0;
	for (size_t i = 0; i < rq->query.n; i++)
		if (is(rq->query.p[i].name, name)) {
			found++;
			if (opx_str_from_bytes(rq->arena, rq->query.p[i].value, OPX_TEXT_LINE, 200, &text,
					       NULL) != OPX_OK)
				text = OPX_STR("");
		}
	return found == 1 ? text : OPX_STR("");
}

struct opx_bytes opx_request_cookie(const struct opx_request *rq, struct opx_str name)
{
	for (size_t i = 0; i < rq->cookies.n; i++)
		if (opx_bytes_eq(rq->cookies.p[i].name, opx_bytes_of(name)))
			return rq->cookies.p[i].value;
	return (struct opx_bytes){ .n = 0 };
}

enum opx_status opx_path_str(const struct opx_request *rq, const char *name, struct opx_str *ret,
			     struct opx_error *err)
{
	for (size_t i = 0; i < rq->n_params; i++)
		if (strcmp(rq->params[i].name, name) == 0) {
			*ret = rq->params[i].value;
			return OPX_OK;
		}
	return OPX_FAIL(err, OPX_INTERNAL, N_("Le service a rencontré un problème."),
			"route without parameter %s", name);
}

enum opx_status opx_path_i64(const struct opx_request *rq, const char *name, int64_t *ret,
			     struct opx_error *err)
{
	struct opx_str text;
	OPX_TRY(opx_path_str(rq, name, &text, err));
	if (opx_parse_i64(text, 1, INT64_MAX, ret, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "%s is not a number", name);
	return OPX_OK;
}
