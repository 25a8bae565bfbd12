/* SPDX-License-Identifier: MPL-2.0 */
/* requests.c: see requests.h. */
#include "requests.h"

#include <string.h>

struct opx_arena *request_arena;

void request_setup(void)
{
	request_arena = opx_arena_new((size_t)64 * 1024 * 1024);
}

void request_teardown(void)
{
	opx_arena_free(request_arena);
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

struct opx_request *request_new(void)
{
	struct opx_request *rq = OPX_NEW(request_arena, struct opx_request);
	rq->arena = request_arena;
	rq->clock = &opx_clock_real;
	rq->logger = (struct opx_logger){ .fd = 2, .level = OPX_ERROR };
	return rq;
}

enum opx_status request_parse(struct opx_request *rq, const char *uri, const char *query)
{
	const char *const params[] = { "REQUEST_METHOD=GET",
				       opx_strf(request_arena, "REQUEST_URI=%s", uri).p,
				       opx_strf(request_arena, "QUERY_STRING=%s", query).p,
				       "OPX_EDGE=" REQUEST_EDGE,
				       "OPX_VHOST=open",
				       "HTTP_COOKIE=a=1; __Host-opx=secret; =x; b",
				       "HTTP_PROXY=evil",
				       NULL };
	return opx_request_parse(rq, params, OPX_STR(REQUEST_EDGE), NULL);
}

struct opx_request *request_form(const char *text, const char *type)
{
	struct opx_request *rq = request_new();
	struct text_body *body = OPX_NEW(request_arena, struct text_body);
	*body = (struct text_body){ .p = text, .n = strlen(text), .step = 7 };
	rq->headers[OPX_HDR_CONTENT_TYPE] = opx_bytes_of(opx_str_z(type));
	rq->content_length = (int64_t)strlen(text);
	rq->body = (struct opx_body){ .read = read_text, .source = body, .left = rq->content_length };
	return rq;
}
