/* SPDX-License-Identifier: MPL-2.0 */
/* documents.c: the life of a document in the acts, by the bodies that the bundle shows. */
#include "verify.h"

bool line_is(const struct line *l, const char *type)
{
	return l->body != NULL && text_cmp(l->body->type, type) == 0;
}

const char *line_document(const struct line *l)
{
	return l->body != NULL ? json_text(l->body->json, "object", "id") : NULL;
}

const struct line *document_line(const struct verifier *v, const char *type, const char *id)
{
	for (size_t i = 0; i < v->acts.n; i++) {
		const struct line *l = &v->acts.lines[i];
		if (line_is(l, type) && text_cmp(line_document(l), id) == 0)
			return l;
	}
	return NULL;
}

bool document_is_granted(const struct verifier *v, const char *id, const char *p, uint64_t size)
{
	bool has = false;
	for (size_t i = 0; i < v->acts.n && v->acts.lines[i].leaf.seq < size; i++) {
		const struct line *l = &v->acts.lines[i];
		if (line_is(l, "rights.exception") &&
		    text_cmp(json_text(l->body->json, "grant", "to"), p) == 0 &&
		    list_has(json_list(l->body->json, "grant", "docs"), id))
			has = text_cmp(json_text(l->body->json, "grant", "effect"), "give") == 0;
	}
	return has;
}
