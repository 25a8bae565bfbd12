/* SPDX-License-Identifier: MPL-2.0 */
/* k4.c: each handover of a document was to one who had it by right, between two outside tokens (evidence-format 2.3, 3.4). */
#include <inttypes.h>

#include "base/codec.h"
#include "verify.h"

/* Is there an act that this reading should have known: under a head above size, stamped before it? */
static bool ignores_acts(const struct verifier *v, const struct line *l, uint64_t size)
{
	for (size_t i = 0; i < v->acts.n_heads; i++) {
		const struct head *h = &v->acts.heads[i];
		if (h->size > size && h->token != NULL && token_is_good(h->token) &&
		    h->token->t.gen.us + h->token->t.accuracy_us + CLOCK_US < l->body->at.us)
			return true;
	}
	return false;
}

/* acts{size,root}: the newest head of the acts when the right was decided. */
static void judge_acts(struct verifier *v, const struct line *l, int64_t *ret_size)
{
	struct opx_bytes root = { .n = 0 };
	int64_t size = -1;
	bool is_good = json_number(l->body->json, "acts", "size", &size) && size >= 0 &&
		       opx_unbase64(v->arena, opx_str_z(json_text(l->body->json, "acts", "root")), &root,
				    NULL) == OPX_OK &&
		       root.n == 32;
	*ret_size = size;
	if (!v->acts.is_whole && is_good)
		return;
	if (!is_good || (uint64_t)size > v->acts.n || memcmp(root.p, v->acts.roots[size].b, 32) != 0) {
		report_failed(v->report, K4,
			      "la lecture %" PRIu64 " nomme un état des actes qui n’est pas celui-ci",
			      l->leaf.seq);
		report_failed(v->report, K5, "la lecture %" PRIu64 " contredit le journal des actes",
			      l->leaf.seq);
		return;
	}
	if (size > 0 && v->acts.lines[size - 1].leaf.time.us > l->leaf.time.us + CLOCK_US)
		report_failed(v->report, K4, "la lecture %" PRIu64 " nomme des actes plus récents qu’elle",
			      l->leaf.seq);
	if (ignores_acts(v, l, (uint64_t)size))
		report_failed(v->report, K4, "la lecture %" PRIu64 " ignore des actes plus anciens qu’elle",
			      l->leaf.seq);
}

/* The matrix and members of a reading: those of the last act below acts.size, or of a later one whose `at` is not after (2.8). */
static void judge_visibility(struct verifier *v, const struct line *l, uint64_t size)
{
	const char *members = json_text(l->body->json, "visibility", "members"),
		   *rights = json_text(l->body->json, "visibility", "rights");
	const struct line *last = NULL;
	for (size_t i = 0; i < v->acts.n; i++) {
		const struct line *a = &v->acts.lines[i];
		if (a->body == NULL)
			continue;
		bool is_below = a->leaf.seq < size;
		if (!is_below && a->body->at.us > l->body->at.us + CLOCK_US)
			continue;
		if (is_below)
			last = a;
		else if (text_cmp(json_text(a->body->json, "visibility", "members"), members) == 0 &&
			 text_cmp(json_text(a->body->json, "visibility", "rights"), rights) == 0)
			return;
	}
	if (last != NULL && (text_cmp(json_text(last->body->json, "visibility", "members"), members) != 0 ||
			     text_cmp(json_text(last->body->json, "visibility", "rights"), rights) != 0))
		report_failed(v->report, K4,
			      "la lecture %" PRIu64 " ne nomme pas les droits et les membres du moment",
			      l->leaf.seq);
}

static bool is_below(const struct line *l, int64_t size)
{
	return l != NULL && (int64_t)l->leaf.seq < size;
}

/* Is an act below size withheld from this reader? A grant to somebody else may be in it. */
static bool has_hidden(const struct verifier *v, int64_t size)
{
	for (size_t i = 0; i < v->acts.n && (int64_t)v->acts.lines[i].leaf.seq < size; i++)
		if (v->acts.lines[i].body == NULL)
			return true;
	return false;
}

/* Had Q the document, by the acts below size (3.4)? */
static void judge_right(struct verifier *v, const struct line *l, const struct line *deposit, int64_t size)
{
	const char *id = line_document(l), *q = l->body->actor;
	const struct line *publish = document_line(v, "doc.publish", id),
			  *withdraw = document_line(v, "doc.withdraw", id);
	if (text_cmp(q, deposit->body->actor) == 0)
		return; /* his own, once deposited */
	if (publish == NULL && !is_full(v)) {
		report_unsure(v->report, K4, "la publication de %s n’est pas montrée", id);
		return;
	}
	bool has_it = is_below(publish, size) &&
		      (list_has(json_list(publish->body->json, NULL, "recipients"), q) ||
		       document_is_granted(v, id, q, (uint64_t)size));
	bool is_withdrawn = is_below(withdraw, size) &&
			    !list_has(json_list(withdraw->body->json, NULL, "recipients"), q);
	if (!has_it && !is_withdrawn && has_hidden(v, size))
		report_unsure(v->report, K4, "l’acte qui donne %s à %s n’est peut-être pas montré", id, q);
	else if (!has_it || is_withdrawn)
		report_failed(v->report, K4, "lecture %" PRIu64 " : %s n’avait pas droit à %s à ce moment",
			      l->leaf.seq, q, id);
}

static void judge_to(struct verifier *v, const struct line *l, const struct line *deposit)
{
	const json_t *members = rights_members(v, l->body, K4);
	const char *q = l->body->actor;
	if (members != NULL && !rights_are_watchers(members, json_list(l->body->json, "visibility", "to"), q,
						    deposit->body->actor))
		report_failed(v->report, K4,
			      "la lecture %" PRIu64 " n’est pas montrée à ceux qui doivent la voir",
			      l->leaf.seq);
}

static void judge_document(struct verifier *v, const struct line *l, int64_t size)
{
	const char *id = line_document(l);
	const struct line *deposit = document_line(v, "doc.deposit", id);
	if (deposit == NULL) {
		if (is_full(v))
			report_failed(v->report, K4,
				      "la lecture %" PRIu64 " est celle d’un document jamais déposé (%s)",
				      l->leaf.seq, id);
		else
			report_unsure(v->report, K4, "le dépôt de %s n’est pas montré", id);
		return;
	}
	if (!is_below(deposit, size) || text_cmp(json_text(deposit->body->json, "object", "sha256"),
						 json_text(l->body->json, "object", "sha256")) != 0)
		report_failed(v->report, K4, "la lecture %" PRIu64 " n’est pas celle du document déposé %s",
			      l->leaf.seq, id);
	if (!line_is(l, "doc.handover"))
		return;
	judge_right(v, l, deposit, size);
	judge_to(v, l, deposit);
}

/* An end names an earlier handover of the same document. */
static void judge_end(struct verifier *v, const struct line *l)
{
	const char *req = json_text(l->body->json, "end", "req");
	for (size_t i = 0; i < v->readings.n; i++) {
		const struct line *h = &v->readings.lines[i];
		if (h->leaf.seq < l->leaf.seq && line_is(h, "doc.handover") &&
		    text_cmp(json_text(h->body->json, NULL, "req"), req) == 0 &&
		    text_cmp(line_document(h), line_document(l)) == 0)
			return;
	}
	if (v->readings.is_whole)
		report_failed(v->report, K4, "la fin de remise %" PRIu64 " n’a pas de remise", l->leaf.seq);
	else
		report_unsure(v->report, K4, "la remise que termine la ligne %" PRIu64 " n’est pas montrée",
			      l->leaf.seq);
}

static void judge_reading(struct verifier *v, const struct line *l)
{
	int64_t size = 0;
	judge_acts(v, l, &size);
	judge_visibility(v, l, size < 0 ? 0 : (uint64_t)size);
	if (line_document(l) != NULL)
		judge_document(v, l, size);
	if (line_is(l, "doc.handover.end"))
		judge_end(v, l);
	if (!line_is(l, "doc.handover") && !line_is(l, "doc.acknowledge"))
		return;
	person_judge(v, &v->readings, l, K4);
	bracket_judge(v, &v->readings, l, K4);
	report_held(v->report, K4);
}

void k4_judge(struct verifier *v)
{
	for (size_t i = 0; i < v->readings.n; i++)
		if (v->readings.lines[i].body != NULL && body_is_of(v->readings.lines[i].body, 'r'))
			judge_reading(v, &v->readings.lines[i]);
}
