/* SPDX-License-Identifier: MPL-2.0 */
/* rights.c: members files and the rights matrix, as the bodies name them. */
#include "base/arena.h"
#include "evidence/json.h"
#include "verify.h"

struct members {
	struct members *next;
	struct opx_str hex;
	const json_t *list; /* NULL: the file is not a members file of this dossier */
};

static void drop_json(void *json)
{
	json_decref(json);
}

static bool entry_is_good(const char *p, const json_t *facts)
{
	if (p[0] != 'P' || p[1] < '1' || p[1] > '9' || strspn(p + 1, "0123456789") != strlen(p + 1) ||
	    json_array_size(facts) != 3)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (!json_is_string(json_array_get(facts, i)))
			return false;
	return true;
}

static const json_t *read_members(struct verifier *v, struct opx_bytes data)
{
	json_t *j = NULL;
	int64_t version = 0;
	if (opx_json_read(data, &j, NULL) != OPX_OK)
		return NULL;
	opx_arena_defer(v->arena, drop_json, j);
	const char *log = json_text(j, NULL, "log");
	json_t *list = json_object_get(j, "members"), *facts = NULL;
	if (!json_number(j, NULL, "v", &version) || version != 1 || log == NULL ||
	    !opx_str_is(v->acts.origin, log) || json_text(j, NULL, "salt") == NULL || !json_is_object(list))
		return NULL;
	const char *p = NULL;
	json_object_foreach(list, p, facts) if (!entry_is_good(p, facts)) return NULL;
	return list;
}

const json_t *rights_members(struct verifier *v, const struct body *b, enum claim k)
{
	const char *hex = json_text(b->json, "visibility", "members");
	struct members *m = v->members;
	while (m != NULL && !opx_str_is(m->hex, hex))
		m = m->next;
	if (m == NULL) {
		const struct opx_zip_entry *e = strlen(hex) == 64 ? file_of(v, "members/%s.json", hex) : NULL;
		if (e == NULL) {
			report_unsure(v->report, k, "la liste de membres %.12s… n’est pas jointe", hex);
			return NULL;
		}
		m = OPX_NEW(v->arena, struct members);
		*m = (struct members){ .next = v->members,
				       .hex = opx_str_z(hex),
				       .list = read_members(v, e->data) };
		v->members = m;
	}
	if (m->list == NULL)
		report_failed(v->report, k, "la liste de membres %.12s… n’est pas celle de ce dossier", hex);
	return m->list;
}

bool rights_view(struct verifier *v, const struct body *b, enum claim k, struct reader_view *ret)
{
	const char *hex = json_text(b->json, "visibility", "rights");
	const struct opx_zip_entry *e = strlen(hex) == 64 ? file_of(v, "rights/%s.csv", hex) : NULL;
	ret->members = rights_members(v, b, k);
	if (e == NULL)
		report_unsure(v->report, k, "la matrice des droits %.12s… n’est pas jointe", hex);
	else
		ret->matrix = e->data;
	return e != NULL && ret->members != NULL;
}

static const char *fact(const json_t *members, const char *p, size_t i)
{
	return json_string_value(json_array_get(json_object_get(members, p), i));
}
const char *member_role(const json_t *members, const char *p)
{
	return fact(members, p, 0);
}
const char *member_side(const json_t *members, const char *p)
{
	return fact(members, p, 1);
}
const char *member_name(const json_t *members, const char *p)
{
	return fact(members, p, 2);
}

static struct opx_str field(struct opx_str line, size_t wanted)
{
	const char *p = line.p, *end = line.p + line.n;
	for (size_t i = 0;; i++) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		if (i == wanted)
			return (struct opx_str){ .p = p, .n = (size_t)((comma != NULL ? comma : end) - p) };
		if (comma == NULL)
			return OPX_STR("");
		p = comma + 1;
	}
}

static struct opx_str next_row(struct opx_bytes *rest)
{
	const uint8_t *lf = memchr(rest->p, '\n', rest->n);
	struct opx_str row = { .p = (const char *)rest->p,
			       .n = lf != NULL ? (size_t)(lf - rest->p) : rest->n };
	size_t n = row.n + (lf != NULL ? 1 : 0);
	*rest = (struct opx_bytes){ .p = rest->p + n, .n = rest->n - n };
	return row;
}

/* Object, action, phase and values have no quotes; only the note, last, may. */
struct opx_str matrix_cell(struct verifier *v, struct opx_bytes matrix, const char *rule, const char *role)
{
	struct opx_str prefix = opx_strf(v->arena, "%s,", rule);
	size_t column = 0;
	for (size_t i = 0; i < prefix.n; i++)
		if (prefix.p[i] == '/')
			((char *)(uintptr_t)prefix.p)[i] = ',';
	if (matrix.n == 0)
		return OPX_STR("");
	struct opx_str header = next_row(&matrix);
	for (size_t i = 3; column == 0 && i < 40; i++)
		if (opx_str_is(field(header, i), role))
			column = i;
	while (column != 0 && matrix.n > 0) {
		struct opx_str row = next_row(&matrix);
		if (row.n > prefix.n && memcmp(row.p, prefix.p, prefix.n) == 0)
			return field(row, column);
	}
	return OPX_STR("");
}

bool rights_are_watchers(const json_t *members, const json_t *to, const char *p, const char *q)
{
	if (!list_has(to, p) || !list_has(to, q))
		return false;
	for (size_t i = 0; i < json_array_size(to); i++) {
		const char *one = json_string_value(json_array_get(to, i));
		const char *role = one != NULL ? member_role(members, one) : NULL;
		bool sees_all = role != NULL &&
				(text_cmp(role, "expert") == 0 || text_cmp(role, "judge") == 0 ||
				 text_cmp(role, "clerk") == 0);
		if (one == NULL || (!sees_all && text_cmp(one, p) != 0 && text_cmp(one, q) != 0))
			return false;
	}
	return true;
}
