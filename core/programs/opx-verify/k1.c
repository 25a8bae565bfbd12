/* SPDX-License-Identifier: MPL-2.0 */
/* k1.c: the bytes of each document existed before the time of its token. */
#include "verify.h"

/* documents/<id>.<ext> and its token, against the deposit. */
static void judge_document(struct verifier *v, const struct line *deposit)
{
	const json_t *j = deposit->body->json;
	const char *id = json_text(j, "object", "id"), *ext = json_text(j, "object", "ext");
	const struct opx_zip_entry *file = file_of(v, "documents/%s.%s", id, ext);
	const struct token *t = token_by_name(v, "documents/%s.%s.tsr", id, ext);
	struct opx_sha256 hash;
	int64_t size = -1;
	struct report *r = v->report;
	if (!json_hash(j, "object", "sha256", &hash)) {
		report_failed(r, K1, "%s : son dépôt ne dit pas son empreinte", id);
		return;
	}
	if (file != NULL) {
		char hex512[129];
		struct opx_sha256 is256 = opx_sha256(file->data);
		struct opx_sha512 is512 = opx_sha512(file->data);
		opx_sha512_hex(&is512, hex512);
		if (!json_number(j, "object", "size", &size) || (uint64_t)size != file->data.n ||
		    memcmp(is256.b, hash.b, sizeof(hash.b)) != 0 ||
		    text_cmp(hex512, json_text(j, "object", "sha512")) != 0)
			report_failed(r, K1, "%s n’est pas le document déposé", file->name.p);
	}
	if (t == NULL) {
		if (file != NULL || v->kind == KIND_RECEIPT)
			report_unsure(r, K1, "%s n’a pas encore de jeton", id);
		return;
	}
	if (t->t.judgment == OPX_JUDGED_BAD)
		report_failed(r, K1, "%s : %s", t->name.p, t->t.reason);
	else if (memcmp(t->t.imprint.b, hash.b, sizeof(hash.b)) != 0)
		report_failed(r, K1, "%s n’est pas le jeton du document déposé", t->name.p);
	else if (!token_is_good(t))
		report_unsure(
			r, K1, "%s : %s", t->name.p,
			t->is_ended
				? N_("un certificat a pris fin, aucun jeton plus récent ne couvre celui-ci")
				: t->t.reason);
	else
		report_held(r, K1);
}

/* A document or a token that no deposit shown names. */
static void judge_strays(struct verifier *v)
{
	for (size_t i = 0; i < v->zip.n; i++) {
		const struct opx_str name = v->zip.p[i].name;
		bool is_named = !opx_str_starts(name, "documents/");
		for (size_t k = 0; k < v->acts.n && !is_named; k++) {
			const struct line *l = &v->acts.lines[k];
			if (!line_is(l, "doc.deposit"))
				continue;
			struct opx_str wanted = opx_strf(v->arena, "documents/%s.%s", line_document(l),
							 json_text(l->body->json, "object", "ext"));
			is_named = opx_str_eq(name, wanted) || (opx_str_starts(name, wanted.p) &&
								text_cmp(name.p + wanted.n, ".tsr") == 0);
		}
		if (!is_named)
			report_failed(v->report, K1, "%s : aucun dépôt montré ne le nomme", name.p);
	}
}

void k1_judge(struct verifier *v)
{
	for (size_t i = 0; i < v->acts.n; i++)
		if (line_is(&v->acts.lines[i], "doc.deposit"))
			judge_document(v, &v->acts.lines[i]);
	judge_strays(v);
}
