/* SPDX-License-Identifier: MPL-2.0 */
/* cover.c: a token of which a certificate has ended is worth what a later good token, made before that end, says of it
 * (evidence-format 4.5; security 3.11).
 *
 * Y covers X when Y is over SHA256SUMS or the manifest, which list X; over an anchor that names X; or over a head of the acts
 * above a line whose `after` or `token.seen` names X.
 */
#include "base/codec.h"
#include "base/num.h"
#include "evidence/json.h"
#include "verify.h"

static bool has_text(struct opx_bytes in, const char *text)
{
	return in.n > 0 && memmem(in.p, in.n, text, strlen(text)) != NULL;
}

/* Does the body of a token.seen, at that seq of the acts, name that token? Bodies are not read yet when tokens are judged. */
static bool body_names(struct verifier *v, uint64_t seq, const char *hex)
{
	const struct opx_zip_entry *e = file_of(v, "bodies/%llu.json", (unsigned long long)seq);
	OPX_AUTO_JSON j = NULL;
	if (e == NULL || !has_text(e->data, hex) || opx_json_read(e->data, &j, NULL) != OPX_OK)
		return false;
	const char *type = json_text(j, NULL, "type"), *hash = json_text(j, "token", "sha256");
	return type != NULL && hash != NULL && text_cmp(type, "token.seen") == 0 && text_cmp(hash, hex) == 0;
}

/* Is X named by one of the first `size` lines of the acts? */
static bool lines_name(struct verifier *v, uint64_t size, const char *hex)
{
	const struct opx_zip_entry *e = file_of(v, "log/leaves.txt");
	if (e == NULL)
		return false;
	struct opx_bytes rest = e->data;
	for (uint64_t seq = 0; seq < size && rest.n > 0; seq++) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : rest.n;
		const uint8_t *after = memmem(rest.p, n, " after=sha256:", 14);
		if (after != NULL && n - (size_t)(after - rest.p) >= 78 && memcmp(after + 14, hex, 64) == 0)
			return true;
		if (body_names(v, seq, hex))
			return true;
		n += lf != NULL ? 1 : 0;
		rest = (struct opx_bytes){ .p = rest.p + n, .n = rest.n - n };
	}
	return false;
}

static bool covers(struct verifier *v, const struct token *y, const struct token *x)
{
	char hex[65], anchor[80];
	int64_t size = 0;
	opx_sha256_hex(&x->hash, hex);
	if (opx_str_is(y->name, "META-INF/timestamp.tst"))
		return true;
	if (opx_str_is(y->name, "SHA256SUMS.tsr"))
		return !opx_str_starts(x->name, "META-INF/");
	if (opx_str_starts(y->name, "anchors/")) {
		const struct opx_zip_entry *e = file_of(v, "anchors/%.10s.txt", y->name.p + 8);
		(void)snprintf(anchor, sizeof(anchor), "-token sha256:%s", hex);
		return e != NULL && has_text(e->data, anchor);
	}
	if (!opx_str_starts(y->name, "log/checkpoints/"))
		return false;
	struct opx_str number = { .p = y->name.p + 16, .n = y->name.n - 20 };
	return opx_parse_i64(number, 0, MAX_LINES, &size, NULL) == OPX_OK &&
	       lines_name(v, (uint64_t)size, hex);
}

/* Tokens that have ended are marked first; then the mark goes from each that a token without mark covers, until none does. */
void tokens_cover(struct verifier *v)
{
	for (size_t i = 0; i < v->n_tokens; i++)
		v->tokens[i].is_ended = v->tokens[i].t.judgment == OPX_JUDGED_GOOD &&
					v->tokens[i].t.ends.us < v->options->now.us;
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < v->n_tokens; i++) {
			struct token *x = &v->tokens[i];
			for (size_t k = 0; x->is_ended && k < v->n_tokens; k++) {
				const struct token *y = &v->tokens[k];
				if (k == i || !token_is_good(y) || y->t.gen.us < x->t.gen.us ||
				    y->t.gen.us >= x->t.ends.us || !covers(v, y, x))
					continue;
				x->is_ended = false;
				again = true;
			}
		}
	}
}
