/* SPDX-License-Identifier: MPL-2.0 */
/* k3.c: each publication was visible to exactly the persons that the matrix and the members give (evidence-format 3.1 to 3.3). */
#include <inttypes.h>

#include "verify.h"

/* Does the row's value give the document to that member? Grants are the caller's. */
static bool value_gives(struct opx_str value, const char *p, const char *side, const struct body *deposit,
			const json_t *addressed)
{
	if (opx_str_is(value, "allow"))
		return true;
	if (opx_str_is(value, "own"))
		return text_cmp(p, deposit->actor) == 0;
	if (opx_str_is(value, "side"))
		return text_cmp(side, "-") != 0 && text_cmp(side, deposit->side) == 0;
	if (opx_str_is(value, "addressed"))
		return list_has(addressed, p) || (text_cmp(side, "-") != 0 && list_has(addressed, side));
	return false;
}

static bool is_recipient(struct verifier *v, const struct reader_view *view, const struct line *publish,
			 const struct body *deposit, const char *p)
{
	const json_t *j = publish->body->json;
	const char *id = line_document(publish);
	struct opx_str value =
		matrix_cell(v, view->matrix, json_text(j, NULL, "rule"), member_role(view->members, p));
	if (opx_str_is(value, "granted"))
		return list_has(json_list(j, NULL, "granted"), p) &&
		       document_is_granted(v, id, p, publish->leaf.seq);
	return value_gives(value, p, member_side(view->members, p), deposit,
			   json_list(deposit->json, NULL, "addressed"));
}

/* recipients: exactly those; visibility.to: them and the depositor. */
static void judge_recipients(struct verifier *v, const struct line *l, const struct body *deposit)
{
	struct reader_view view;
	const json_t *recipients = json_list(l->body->json, NULL, "recipients"),
		     *to = json_list(l->body->json, "visibility", "to");
	const char *id = line_document(l), *p = NULL;
	json_t *facts = NULL;
	size_t n = 0, n_to = 0;
	if (!rights_view(v, l->body, K3, &view))
		return;
	json_object_foreach((json_t *)(uintptr_t)view.members, p, facts)
	{
		bool should = is_recipient(v, &view, l, deposit, p);
		bool sees = should || text_cmp(p, deposit->actor) == 0;
		if (should != list_has(recipients, p))
			report_failed(v->report, K3, "%s : %s %s", id, p,
				      should ? "devait le lire et n’est pas destinataire"
					     : "est destinataire sans que la matrice le lui donne");
		if (sees != list_has(to, p))
			report_failed(v->report, K3,
				      "%s : la publication n’est pas montrée à ceux qu’elle concerne (%s)",
				      id, p);
		n += should ? 1 : 0;
		n_to += sees ? 1 : 0;
	}
	if (json_array_size(recipients) != n || json_array_size(to) != n_to)
		report_failed(v->report, K3,
			      "%s : la liste des destinataires nomme quelqu’un qui n’est pas membre", id);
}

static void judge_publish(struct verifier *v, const struct line *l)
{
	const char *id = line_document(l), *rule = json_text(l->body->json, NULL, "rule");
	const struct line *deposit = document_line(v, "doc.deposit", id);
	if (document_line(v, "doc.publish", id) != l)
		report_failed(v->report, K3, "%s est publié deux fois", id);
	if (deposit == NULL) {
		report_unsure(v->report, K3, "le dépôt de %s n’est pas montré", id);
		return;
	}
	struct opx_str prefix =
		opx_strf(v->arena, "%s/read/", json_text(deposit->body->json, "object", "kind"));
	if (!text_starts(rule, prefix.p) && text_cmp(rule, "-") != 0)
		report_failed(v->report, K3, "%s : la règle citée n’est pas celle de ce genre de document",
			      id);
	if (json_equal(json_list(l->body->json, NULL, "addressed"),
		       json_list(deposit->body->json, NULL, "addressed")) != 1)
		report_failed(v->report, K3, "%s n’est pas publié à ceux à qui il est adressé", id);
	judge_recipients(v, l, deposit->body);
	person_judge(v, &v->acts, l, K3);
	bracket_judge(v, &v->acts, l, K3);
	report_held(v->report, K3);
}

/* Every later body about a document names the same bytes, after its deposit (3.1). */
static void judge_object(struct verifier *v, const struct line *l)
{
	const char *id = line_document(l);
	const struct line *deposit = id != NULL ? document_line(v, "doc.deposit", id) : NULL;
	if (id == NULL || deposit == NULL)
		return;
	if (deposit->leaf.seq > l->leaf.seq || text_cmp(json_text(deposit->body->json, "object", "sha256"),
							json_text(l->body->json, "object", "sha256")) != 0)
		report_failed(v->report, K3,
			      "la ligne %" PRIu64 " ne parle pas du document %s tel qu’il a été déposé",
			      l->leaf.seq, id);
}

static bool all_members_see(const char *type)
{
	static const char *const prefixes[] = { "case.",       "member.", "rights.version", "time.",
						"cert.status", "anchor.", "erase.",         "hold." };
	for (size_t i = 0; i < OPX_COUNT(prefixes); i++)
		if (text_starts(type, prefixes[i]))
			return true;
	return false;
}

/* Who may see the event itself (2.7). */
static void judge_to(struct verifier *v, const struct line *l)
{
	const json_t *to = json_list(l->body->json, "visibility", "to"),
		     *members = rights_members(v, l->body, K3);
	bool is_good = members != NULL;
	if (members == NULL || line_is(l, "doc.publish"))
		return;
	if (all_members_see(l->body->type)) {
		is_good = json_array_size(to) == json_object_size(members);
		for (size_t i = 0; is_good && i < json_array_size(to); i++) {
			const char *p = json_string_value(json_array_get(to, i));
			is_good = p != NULL && json_object_get(members, p) != NULL;
		}
	} else if (line_is(l, "rights.exception") || line_is(l, "export.bundle")) {
		const char *q = line_is(l, "rights.exception") ? json_text(l->body->json, "grant", "to")
							       : json_text(l->body->json, "export", "to");
		const char *p = text_cmp(l->body->actor, "service") == 0 ? q : l->body->actor;
		is_good = text_cmp(q, "-") == 0 || rights_are_watchers(members, to, p, q);
	} else if (line_is(l, "doc.deposit")) {
		const struct line *publish = document_line(v, "doc.publish", line_document(l));
		is_good = publish == NULL ||
			  json_equal(to, json_list(publish->body->json, "visibility", "to")) == 1;
	}
	if (!is_good)
		report_failed(v->report, K3,
			      "l’événement %" PRIu64 " n’est pas montré à ceux qui doivent le voir",
			      l->leaf.seq);
}

/* The matrix and the members change at a rights.version or member.* event only (2.8). */
static void judge_changes(struct verifier *v)
{
	const struct line *before = NULL;
	for (size_t i = 0; i < v->acts.n; i++) {
		const struct line *l = &v->acts.lines[i];
		if (l->body == NULL)
			continue;
		bool may_members = text_starts(l->body->type, "member."),
		     may_rights = line_is(l, "rights.version");
		bool has_gap = before == NULL ||
			       (l->leaf.seq != before->leaf.seq + 1 && v->kind == KIND_RECEIPT);
		if (!has_gap &&
		    ((!may_members && text_cmp(json_text(before->body->json, "visibility", "members"),
					       json_text(l->body->json, "visibility", "members")) != 0) ||
		     (!may_rights && text_cmp(json_text(before->body->json, "visibility", "rights"),
					      json_text(l->body->json, "visibility", "rights")) != 0)))
			report_failed(v->report, K3,
				      "les droits ou les membres changent à la ligne %" PRIu64
				      " sans événement qui le dise",
				      l->leaf.seq);
		if (may_rights && text_cmp(json_text(l->body->json, "rights", "sha256"),
					   json_text(l->body->json, "visibility", "rights")) != 0)
			report_failed(v->report, K3,
				      "la ligne %" PRIu64 " n’annonce pas la matrice qu’elle met en vigueur",
				      l->leaf.seq);
		before = l;
	}
}

/* A newcomer gets every document published before that his row now gives him, and no other (3.3). */
static void judge_history(struct verifier *v, const struct line *grant)
{
	struct reader_view view;
	const json_t *docs = json_list(grant->body->json, "grant", "docs");
	const char *q = json_text(grant->body->json, "grant", "to"),
		   *ground = json_text(grant->body->json, "grant", "ground");
	if (!is_full(v) || (text_cmp(ground, "CPC 169") != 0 && text_cmp(ground, "court-scope") != 0) ||
	    !rights_view(v, grant->body, K3, &view) || member_role(view.members, q) == NULL)
		return;
	for (size_t i = 0; i < v->acts.n && v->acts.lines[i].leaf.seq < grant->leaf.seq; i++) {
		const struct line *l = &v->acts.lines[i];
		const char *id = line_document(l);
		const struct line *deposit = line_is(l, "doc.publish") ? document_line(v, "doc.deposit", id)
								       : NULL;
		if (deposit == NULL || document_line(v, "doc.withdraw", id) != NULL)
			continue;
		struct opx_str value = matrix_cell(v, view.matrix, json_text(l->body->json, NULL, "rule"),
						   member_role(view.members, q));
		bool should = value_gives(value, q, member_side(view.members, q), deposit->body,
					  json_list(deposit->body->json, NULL, "addressed"));
		if (should != list_has(docs, id) && !opx_str_is(value, "own"))
			report_failed(
				v->report, K3,
				"ligne %" PRIu64
				" : l’accès de %s à ce qui précède son arrivée n’est pas celui de la matrice (%s)",
				grant->leaf.seq, q, id);
	}
}

static void judge_grant(struct verifier *v, const struct line *l)
{
	const json_t *docs = json_list(l->body->json, "grant", "docs"),
		     *members = rights_members(v, l->body, K3);
	const char *effect = json_text(l->body->json, "grant", "effect"),
		   *to = json_text(l->body->json, "grant", "to");
	if ((text_cmp(effect, "give") != 0 && text_cmp(effect, "take") != 0) ||
	    (members != NULL && member_role(members, to) == NULL))
		report_failed(v->report, K3, "l’accès donné à la ligne %" PRIu64 " n’a pas la forme prévue",
			      l->leaf.seq);
	for (size_t i = 0; i < json_array_size(docs); i++) {
		const char *id = json_string_value(json_array_get(docs, i));
		const struct line *publish = id != NULL ? document_line(v, "doc.publish", id) : NULL;
		if (id == NULL || (publish != NULL && publish->leaf.seq > l->leaf.seq) ||
		    (publish == NULL && is_full(v)))
			report_failed(v->report, K3,
				      "l’accès donné à la ligne %" PRIu64 " porte sur un document non publié",
				      l->leaf.seq);
	}
	judge_history(v, l);
}

void k3_judge(struct verifier *v)
{
	judge_changes(v);
	for (size_t i = 0; i < v->acts.n; i++) {
		const struct line *l = &v->acts.lines[i];
		if (l->body == NULL)
			continue;
		judge_object(v, l);
		judge_to(v, l);
		if (line_is(l, "doc.publish"))
			judge_publish(v, l);
		if (line_is(l, "rights.exception"))
			judge_grant(v, l);
	}
}
