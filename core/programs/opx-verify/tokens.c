/* SPDX-License-Identifier: MPL-2.0 */
/* tokens.c: every token of the bundle, judged once over the file it must be over (evidence-format 4.4 to 4.6). */
#include <stdarg.h>

#include "base/arena.h"
#include "verify.h"

static bool ends_with(struct opx_str name, const char *tail)
{
	size_t n = strlen(tail);
	return name.n > n && memcmp(name.p + name.n - n, tail, n) == 0;
}

static void load_certificates(struct verifier *v)
{
	struct opx_error err;
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_zip_entry *e = &v->zip.p[i];
		enum opx_status status = OPX_OK;
		if (opx_str_starts(e->name, "certs/"))
			status = opx_trust_add_cert(v->trust, e->data, &err);
		else if (opx_str_starts(e->name, "crl/"))
			status = opx_trust_add_crl(v->trust, e->data, &err);
		if (status != OPX_OK)
			report_failed(v->report, K0, "%s n’est pas lisible", e->name.p);
	}
}

/* The file that a token must be over; NULL: a document that is not in the bundle. */
static const struct opx_zip_entry *stamped(const struct verifier *v, struct opx_str name)
{
	int n = (int)name.n;
	if (opx_str_is(name, "META-INF/timestamp.tst"))
		return file_of(v, "META-INF/ASiCManifest.xml");
	if (opx_str_starts(name, "tokens/"))
		return file_of(v, "%.*s.data", n - 4, name.p);
	if (opx_str_starts(name, "anchors/"))
		return file_of(v, "%.*s.txt", ends_with(name, ".2.tsr") ? n - 6 : n - 4, name.p);
	if (opx_str_starts(name, "log/") || opx_str_starts(name, "readings/") ||
	    opx_str_starts(name, "global/"))
		return file_of(v, "%.*s.note", n - 4, name.p);
	return file_of(v, "%.*s", n - 4, name.p);
}

static struct opx_str first_line(struct opx_arena *arena, struct opx_bytes data)
{
	const uint8_t *lf = data.n > 0 ? memchr(data.p, '\n', data.n) : NULL;
	struct opx_str line = { .p = (const char *)data.p, .n = lf != NULL ? (size_t)(lf - data.p) : 0 };
	return line.n > 0 && line.n <= 300 ? opx_str_copy(arena, line.p, line.n) : OPX_STR("");
}

static void judge_one(struct verifier *v, const struct opx_zip_entry *e, struct token *ret)
{
	const struct opx_zip_entry *over = stamped(v, e->name);
	struct opx_sha256 hash = { .b = { 0 } };
	if (over != NULL)
		hash = opx_sha256(over->data);
	*ret = (struct token){ .name = e->name, .hash = opx_sha256(e->data), .log = OPX_STR("") };
	bool is_document = opx_str_starts(e->name, "documents/");
	opx_token_judge(v->trust, v->options->tsa_roots, e->data,
			opx_str_is(e->name, "META-INF/timestamp.tst"),
			over != NULL || !is_document ? &hash : NULL, &ret->t);
	if (over == NULL || is_document || !strchr(e->name.p, '/') || opx_str_starts(e->name, "META-INF/"))
		return;
	ret->is_of_log = true;
	if (!opx_str_starts(e->name, "anchors/")) {
		struct opx_str line = first_line(v->arena, over->data);
		ret->log = opx_str_is(line, "opx-anchor/v1") ? OPX_STR("") : line;
	}
	ret->is_outside = ret->log.n == 0 || opx_origin_kind(ret->log) == 'g';
}

void tokens_load(struct verifier *v)
{
	load_certificates(v);
	v->tokens = OPX_NEW_N(v->arena, struct token, v->zip.n);
	for (size_t i = 0; i < v->zip.n; i++)
		if (ends_with(v->zip.p[i].name, ".tsr") ||
		    opx_str_is(v->zip.p[i].name, "META-INF/timestamp.tst"))
			judge_one(v, &v->zip.p[i], &v->tokens[v->n_tokens++]);
	tokens_cover(v);
}

const struct token *token_by_name(const struct verifier *v, const char *fmt, ...)
{
	char name[OPX_ZIP_MAX_NAME + 8];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	for (size_t i = 0; i < v->n_tokens; i++)
		if (opx_str_is(v->tokens[i].name, name))
			return &v->tokens[i];
	return NULL;
}

const struct token *token_by_hash(const struct verifier *v, const struct opx_sha256 *hash)
{
	for (size_t i = 0; i < v->n_tokens; i++)
		if (v->tokens[i].is_of_log && memcmp(v->tokens[i].hash.b, hash->b, sizeof(hash->b)) == 0)
			return &v->tokens[i];
	return NULL;
}

bool token_is_good(const struct token *t)
{
	return t->t.judgment == OPX_JUDGED_GOOD && !t->is_ended;
}
