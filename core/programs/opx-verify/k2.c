/* SPDX-License-Identifier: MPL-2.0 */
/* k2.c: each deposit was made by that person, by those means, between two outside tokens. */
#include <inttypes.h>

#include "base/codec.h"
#include "evidence/json.h"
#include "verify.h"

static void judge_deposit(struct verifier *v, const struct line *l)
{
	const char *id = line_document(l);
	const struct token *t =
		token_by_name(v, "documents/%s.%s.tsr", id, json_text(l->body->json, "object", "ext"));
	if (document_line(v, "doc.deposit", id) != l)
		report_failed(v->report, K2, "%s est déposé deux fois", id);
	if (t != NULL && token_is_good(t) && t->t.gen.us + t->t.accuracy_us + CLOCK_US < l->body->at.us)
		report_failed(v->report, K2,
			      "le dépôt de %s est postdaté : le jeton du document est plus ancien", id);
	person_judge(v, &v->acts, l, K2);
	bracket_judge(v, &v->acts, l, K2);
	report_held(v->report, K2);
}

static bool same_text(const json_t *j, const char *name, const char *wanted)
{
	const char *text = json_text(j, NULL, name);
	return text != NULL && wanted != NULL && text_cmp(text, wanted) == 0;
}

/* The name that people read on a receipt is that of the member who deposited; without the list nothing can be said of it. */
static bool names_depositor(struct verifier *v, const json_t *j, const struct body *b)
{
	const json_t *members = rights_members(v, b, K2);
	return same_text(j, "depositor", b->actor) &&
	       (members == NULL || same_text(j, "name", member_name(members, b->actor)));
}

/* receipt.json says what the line, its body, its head and its token say. */
static bool receipt_agrees(struct verifier *v, const json_t *j, const struct line *l)
{
	int64_t seq = -1;
	char hex[65] = "pending";
	const struct token *t = token_by_name(v, "documents/%s.%s.tsr", line_document(l),
					      json_text(l->body->json, "object", "ext"));
	if (t != NULL)
		opx_sha256_hex(&t->hash, hex);
	struct opx_str head =
		opx_strf(v->arena, "%" PRIu64 " %s", l->head->size,
			 opx_base64(v->arena, (struct opx_bytes){ .p = l->head->root.b, .n = 32 }).p);
	struct opx_str line = opx_str_copy(v->arena, (const char *)l->raw.p, l->raw.n);
	return json_number(j, NULL, "seq", &seq) && (uint64_t)seq == l->leaf.seq &&
	       same_text(j, "log", v->acts.origin.p) && same_text(j, "line", line.p) &&
	       same_text(j, "head", head.p) && same_text(j, "token", hex) && names_depositor(v, j, l->body) &&
	       same_text(j, "level", json_text(l->body->json, "auth", "level")) &&
	       json_equal(json_object_get(j, "document"), json_object_get(l->body->json, "object")) == 1;
}

static void judge_receipt(struct verifier *v)
{
	const struct opx_zip_entry *e = file_of(v, "receipt.json");
	OPX_AUTO_JSON j = NULL;
	int64_t seq = -1;
	const struct line *l = v->acts.n == 1 ? &v->acts.lines[0] : NULL;
	if (l == NULL || l->body == NULL || e == NULL || opx_json_read(e->data, &j, NULL) != OPX_OK ||
	    !json_number(v->bundle, NULL, "seq", &seq) || (uint64_t)seq != l->leaf.seq) {
		report_failed(v->report, K2,
			      "receipt.json, la ligne ou l’événement de l’accusé de réception manque");
		return;
	}
	if (!line_is(l, "doc.deposit"))
		report_unsure(v->report, K2, "cet accusé de réception n’est pas celui d’un dépôt");
	else if (!receipt_agrees(v, j, l))
		report_failed(v->report, K2, "receipt.json ne dit pas ce que dit l’événement");
}

void k2_judge(struct verifier *v)
{
	for (size_t i = 0; i < v->acts.n; i++)
		if (line_is(&v->acts.lines[i], "doc.deposit"))
			judge_deposit(v, &v->acts.lines[i]);
	if (v->kind == KIND_RECEIPT)
		judge_receipt(v);
}
