/* SPDX-License-Identifier: MPL-2.0 */
/* multipart.c: see multipart.h. A window slides over the body; the delimiter is looked for in it. */
#include "http/multipart.h"

#include <string.h>

#define WINDOW 65536U
#define MAX_BOUNDARY 200U
#define MAX_PART_HEADERS 4096U
#define MAX_FIELD_BYTES 65536U
#define CUT N_("L’envoi a été interrompu avant la fin. Rien n’est perdu : recommencez avec le même fichier.")
#define BAD N_("Cet envoi n’est pas lisible. Rechargez la page et recommencez.")

struct reader {
	struct opx_request *rq;
	const struct opx_multipart_sink *sink;
	uint8_t *window;
	size_t n;
	char delimiter[MAX_BOUNDARY + 8]; /* CR LF -- boundary */
	size_t n_delimiter;
	struct opx_field *fields;
	size_t n_fields, field_bytes;
	/* the part being read */
	struct opx_bytes name, filename, type;
	bool is_file;
	uint8_t *value;
	size_t n_value;
};

static enum opx_status read_boundary(struct reader *r, struct opx_error *err)
{
	static const char start[] = "multipart/form-data";
	struct opx_bytes type = r->rq->headers[OPX_HDR_CONTENT_TYPE];
	const char *at = type.n > sizeof(start) && memcmp(type.p, start, sizeof(start) - 1) == 0
				 ? memmem(type.p, type.n, "boundary=", 9)
				 : NULL;
	if (at == NULL)
		return OPX_FAIL(err, OPX_INVALID, BAD, "not multipart/form-data");
	const char *from = at + 9;
	size_t n = type.n - (size_t)(from - (const char *)type.p);
	if (n > 0 && from[0] == '"') {
		from++;
		const char *quote = memchr(from, '"', n - 1);
		n = quote != NULL ? (size_t)(quote - from) : 0;
	} else {
		const char *end = memchr(from, ';', n);
		n = end != NULL ? (size_t)(end - from) : n;
	}
	if (n == 0 || n > MAX_BOUNDARY)
		return OPX_FAIL(err, OPX_INVALID, BAD, "multipart boundary of %zu bytes", n);
	memcpy(r->delimiter, "\r\n--", 4);
	memcpy(r->delimiter + 4, from, n);
	r->n_delimiter = n + 4;
	return OPX_OK;
}

/* More bytes into the window; *ret_end when the body is over. */
static enum opx_status fill(struct reader *r, bool *ret_end, struct opx_error *err)
{
	*ret_end = r->rq->body.left == 0;
	while (r->n < WINDOW && r->rq->body.left > 0) {
		size_t want = WINDOW - r->n;
		if ((int64_t)want > r->rq->body.left)
			want = (size_t)r->rq->body.left;
		int64_t got = r->rq->body.read(&r->rq->body, r->window + r->n, want);
		if (got <= 0)
			return OPX_FAIL(err, OPX_INVALID, CUT, "multipart body cut, %lld bytes missing",
					(long long)r->rq->body.left);
		r->n += (size_t)got;
	}
	*ret_end = r->rq->body.left == 0;
	return OPX_OK;
}

static void drop(struct reader *r, size_t n)
{
	memmove(r->window, r->window + n, r->n - n);
	r->n -= n;
}

/* name="…" of a Content-Disposition line; decodes %22 %0D %0A only. */
static bool parameter(struct reader *r, struct opx_bytes line, const char *name, struct opx_bytes *ret)
{
	char key[32];
	int n_key = snprintf(key, sizeof(key), "; %s=\"", name);
	const uint8_t *at = memmem(line.p, line.n, key, (size_t)n_key);
	if (at == NULL)
		return false;
	const uint8_t *from = at + n_key;
	size_t left = line.n - (size_t)(from - line.p);
	const uint8_t *quote = memchr(from, '"', left);
	if (quote == NULL)
		return false;
	size_t n = (size_t)(quote - from);
	uint8_t *out = opx_arena_alloc(r->rq->arena, 1, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = from[i];
		if (c == '%' && i + 2 < n + 0 && from[i + 1] == '2' && from[i + 2] == '2') {
			c = '"';
			i += 2;
		} else if (c == '%' && i + 2 < n && from[i + 1] == '0' &&
			   (from[i + 2] == 'D' || from[i + 2] == 'A')) {
			c = from[i + 2] == 'D' ? '\r' : '\n';
			i += 2;
		}
		out[k++] = c;
	}
	*ret = (struct opx_bytes){ .p = out, .n = k };
	return true;
}

static bool line_is(struct opx_bytes line, const char *name)
{
	size_t n = strlen(name);
	return line.n >= n && strncasecmp((const char *)line.p, name, n) == 0;
}

static enum opx_status read_headers(struct reader *r, struct opx_bytes head, struct opx_error *err)
{
	r->name = (struct opx_bytes){ .n = 0 };
	r->type = (struct opx_bytes){ .n = 0 };
	r->is_file = false;
	bool has_name = false;
	for (size_t at = 0; at < head.n;) {
		const uint8_t *end = memmem(head.p + at, head.n - at, "\r\n", 2);
		size_t n = end != NULL ? (size_t)(end - head.p) - at : head.n - at;
		struct opx_bytes line = { .p = head.p + at, .n = n };
		if (line_is(line, "content-disposition: form-data")) {
			has_name = parameter(r, line, "name", &r->name);
			r->is_file = parameter(r, line, "filename", &r->filename);
		} else if (line_is(line, "content-type: ")) {
			r->type = (struct opx_bytes){ .p = opx_arena_memdup(r->rq->arena, line.p + 14,
									    line.n - 14),
						      .n = line.n - 14 };
		}
		at += n + 2;
	}
	return has_name ? OPX_OK : OPX_FAIL(err, OPX_INVALID, BAD, "part without a name");
}

static enum opx_status begin_part(struct reader *r, struct opx_error *err)
{
	if (r->is_file)
		return r->sink->begin(r->sink->self, (struct opx_fields){ .p = r->fields, .n = r->n_fields },
				      r->name, r->filename, r->type, err);
	if (r->n_fields == OPX_HTTP_MAX_FIELDS)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce formulaire a trop de champs."), "over %d fields",
				OPX_HTTP_MAX_FIELDS);
	r->value = opx_arena_alloc(r->rq->arena, 1, MAX_FIELD_BYTES - r->field_bytes + 1);
	r->n_value = 0;
	return OPX_OK;
}

static enum opx_status part_data(struct reader *r, size_t n, struct opx_error *err)
{
	if (r->is_file)
		return n > 0 ? r->sink->data(r->sink->self, r->window, n, err) : OPX_OK;
	if (n > MAX_FIELD_BYTES - r->field_bytes - r->n_value)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce formulaire est trop long."),
				"fields over %u bytes", MAX_FIELD_BYTES);
	memcpy(r->value + r->n_value, r->window, n);
	r->n_value += n;
	return OPX_OK;
}

static enum opx_status end_part(struct reader *r, struct opx_error *err)
{
	if (r->is_file)
		return r->sink->end(r->sink->self, err);
	if (memchr(r->value, '\0', r->n_value) != NULL)
		return OPX_FAIL(err, OPX_INVALID, BAD, "NUL in a field");
	r->fields[r->n_fields++] =
		(struct opx_field){ .name = r->name, .value = { .p = r->value, .n = r->n_value } };
	r->field_bytes += r->n_value;
	return OPX_OK;
}

/* The content of one part, up to and with its delimiter. */
static enum opx_status read_content(struct reader *r, struct opx_error *err)
{
	for (;;) {
		bool is_end = false;
		OPX_TRY(fill(r, &is_end, err));
		const uint8_t *at = memmem(r->window, r->n, r->delimiter, r->n_delimiter);
		if (at != NULL) {
			size_t n = (size_t)(at - r->window);
			OPX_TRY(part_data(r, n, err));
			drop(r, n + r->n_delimiter);
			return end_part(r, err);
		}
		if (is_end)
			return OPX_FAIL(err, OPX_INVALID, CUT, "multipart without its last delimiter");
		size_t safe =
			r->n - r->n_delimiter; /* the window is full here, far longer than a delimiter */
		OPX_TRY(part_data(r, safe, err));
		drop(r, safe);
	}
}

/* After a delimiter: "--" ends, CR LF begins a part. */
static enum opx_status read_part(struct reader *r, bool *ret_over, struct opx_error *err)
{
	bool is_end = false;
	OPX_TRY(fill(r, &is_end, err));
	*ret_over = r->n >= 2 && memcmp(r->window, "--", 2) == 0;
	if (*ret_over)
		return OPX_OK;
	if (r->n < 2 || memcmp(r->window, "\r\n", 2) != 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "odd bytes after a delimiter");
	size_t look = r->n < MAX_PART_HEADERS ? r->n : MAX_PART_HEADERS;
	const uint8_t *blank = memmem(r->window + 2, look - 2, "\r\n\r\n", 4);
	if (blank == NULL)
		return OPX_FAIL(err, OPX_INVALID, BAD, "part headers missing or over %u bytes",
				MAX_PART_HEADERS);
	size_t n = (size_t)(blank - r->window) - 2;
	OPX_TRY(read_headers(r, (struct opx_bytes){ .p = r->window + 2, .n = n }, err));
	drop(r, n + 6);
	OPX_TRY(begin_part(r, err));
	return read_content(r, err);
}

enum opx_status opx_multipart_read(struct opx_request *rq, const struct opx_multipart_sink *sink,
				   struct opx_fields *ret_fields, struct opx_error *err)
{
	struct reader r = { .rq = rq, .sink = sink };
	bool is_end = false;
	OPX_TRY(read_boundary(&r, err));
	r.window = opx_arena_alloc(rq->arena, 1, WINDOW);
	r.fields = OPX_NEW_N(rq->arena, struct opx_field, OPX_HTTP_MAX_FIELDS);
	/* The first delimiter has no CR LF before it: give it one. */
	memcpy(r.window, "\r\n", 2);
	r.n = 2;
	OPX_TRY(fill(&r, &is_end, err));
	if (r.n < r.n_delimiter || memcmp(r.window, r.delimiter, r.n_delimiter) != 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "multipart does not begin with its delimiter");
	drop(&r, r.n_delimiter);
	for (bool is_over = false; !is_over;)
		OPX_TRY(read_part(&r, &is_over, err));
	while (rq->body.left > 0) { /* an epilogue says nothing */
		r.n = 0;
		OPX_TRY(fill(&r, &is_end, err));
	}
	*ret_fields = (struct opx_fields){ .p = r.fields, .n = r.n_fields };
	return OPX_OK;
}
