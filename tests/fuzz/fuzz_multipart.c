/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_multipart.c: a whole form with its files. First byte: how the body comes in pieces; first line: the content type. */
#include "fuzz.h"

#include "http/multipart.h"

struct body {
	const uint8_t *p;
	size_t n, step;
};

static int64_t read_body(struct opx_body *body, void *buf, size_t n)
{
	struct body *b = body->source;
	size_t got = n < b->step ? n : b->step;
	if (got > b->n)
		got = b->n;
	if (got == 0)
		return -1;
	memcpy(buf, b->p, got);
	b->p += got;
	b->n -= got;
	body->left -= (int64_t)got;
	return (int64_t)got;
}

struct sink {
	size_t total, open;
};

static enum opx_status begin(void *self, struct opx_fields fields, struct opx_bytes field,
			     struct opx_bytes name, struct opx_bytes type, struct opx_error *err)
{
	struct sink *sink = self;
	(void)fields;
	(void)field;
	(void)type;
	(void)err;
	FUZZ_CHECK(sink->open == 0 && name.n <= 4096);
	sink->open = 1;
	return OPX_OK;
}

static enum opx_status data_of(void *self, const uint8_t *p, size_t n, struct opx_error *err)
{
	struct sink *sink = self;
	(void)err;
	FUZZ_CHECK(sink->open == 1 && p != NULL);
	sink->total += n;
	return OPX_OK;
}

static enum opx_status end(void *self, struct opx_error *err)
{
	struct sink *sink = self;
	(void)err;
	sink->open = 0;
	return OPX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *line = n > 1 ? memchr(data + 1, '\n', n - 1) : NULL;
	if (line == NULL)
		return 0;
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	struct body body = { .p = line + 1,
			     .n = n - (size_t)(line + 1 - data),
			     .step = (size_t)data[0] * 7 + 1 };
	const size_t n_body = body.n;
	struct sink state = { .total = 0 };
	const struct opx_multipart_sink sink = {
		.self = &state, .begin = begin, .data = data_of, .end = end
	};
	struct opx_request rq = { .arena = arena, .content_length = (int64_t)n_body };
	struct opx_fields fields;
	rq.headers[OPX_HDR_CONTENT_TYPE] =
		(struct opx_bytes){ .p = data + 1, .n = (size_t)(line - data) - 1 };
	rq.body = (struct opx_body){ .read = read_body, .source = &body, .left = (int64_t)n_body };
	if (opx_multipart_read(&rq, &sink, &fields, NULL) == OPX_OK)
		FUZZ_CHECK(state.open == 0 && rq.body.left == 0 && fields.n <= OPX_HTTP_MAX_FIELDS);
	FUZZ_CHECK(state.total <= n_body);
	return 0;
}
