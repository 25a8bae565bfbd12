/* SPDX-License-Identifier: MPL-2.0 */
/* draft_form.c: see draft_form.h. */
#include "page/draft_form.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/num.h"
#include "http/request.h"
#include "http/response.h"
#include "plugin/registry.h"
#include "sql_draft.h"

#define MAX_CODE 60
#define MAX_TITLE_BYTES 200
#define MAX_GROUND_BYTES 500

struct taken {
	struct opx_context *c;
	int64_t draft;
	const char *fault; /* code of the first field that could not be taken; NULL: none */
};

static bool is_kind(const struct opx_context *c, struct opx_str code)
{
	return opx_registry_kind(c->registry, code.p) != NULL;
}

/* A field that may be absent (*ret.p NULL) or cannot be taken (the same, with the fault noted). */
static struct opx_str field(struct taken *t, const char *name, size_t max_bytes, const char *fault)
{
	struct opx_str value = { .p = NULL };
	if (!opx_form_has(t->c->rq, name))
		return value;
	if (opx_form_opt_str(t->c->rq, name, OPX_TEXT_LINE, max_bytes, &value, NULL) != OPX_OK) {
		value = (struct opx_str){ .p = NULL };
		t->fault = t->fault != NULL ? t->fault : fault;
	}
	return value;
}

/* "c3" and "p7" of the boxes that are ticked. Others are not ours: they are passed over, as the database would do. */
static enum opx_status save_readers(struct taken *t, const struct sql_draft_files_row *file,
				    struct opx_error *err)
{
	struct opx_arena *arena = t->c->arena;
	struct opx_strs list;
	struct opx_str name = opx_strf(arena, DRAFT_FIELD_READERS "%" PRId64, file->id);
	OPX_TRY(opx_form_list(t->c->rq, name.p, MAX_CODE, &list, err));
	int64_t *sides = OPX_NEW_N(arena, int64_t, list.n), *persons = OPX_NEW_N(arena, int64_t, list.n);
	size_t n_sides = 0, n_persons = 0;
	for (size_t i = 0; i < list.n; i++) {
		int64_t id = 0;
		if (list.p[i].n < 2 || opx_parse_i64(opx_str_copy(arena, list.p[i].p + 1, list.p[i].n - 1), 1,
						     INT64_MAX, &id, NULL) != OPX_OK)
			continue;
		if (list.p[i].p[0] == 'c')
			sides[n_sides++] = id;
		else if (list.p[i].p[0] == 'p')
			persons[n_persons++] = id;
	}
	OPX_TRY(sql_draft_readers_clear(t->c->db, file->id, NULL, err));
	return sql_draft_readers_add(t->c->db, file->id, (struct opx_i64s){ .p = sides, .n = n_sides },
				     (struct opx_i64s){ .p = persons, .n = n_persons }, NULL, err);
}

static enum opx_status save_file(struct taken *t, const struct sql_draft_files_row *file,
				 struct opx_error *err)
{
	struct opx_arena *arena = t->c->arena;
	struct opx_str kind =
		field(t, opx_strf(arena, DRAFT_FIELD_KIND "%" PRId64, file->id).p, MAX_CODE, "nature");
	struct opx_str ground = field(t, opx_strf(arena, DRAFT_FIELD_GROUND "%" PRId64, file->id).p,
				      MAX_GROUND_BYTES, "motif");
	if (kind.p != NULL && kind.n > 0 && !is_kind(t->c, kind))
		kind = (struct opx_str){ .p = NULL };
	if (kind.p != NULL || ground.p != NULL)
		OPX_TRY(sql_draft_file_kind(t->c->db, file->id, t->draft, kind.p != NULL ? kind : file->kind,
					    ground.p != NULL ? ground : file->ground, NULL, err));
	if (opx_form_has(t->c->rq, opx_strf(arena, DRAFT_FIELD_CHOICE "%" PRId64, file->id).p))
		return save_readers(t, file, err);
	return OPX_OK;
}

static enum opx_status save(struct taken *t, struct sql_draft_find_row *draft, struct opx_error *err)
{
	const struct sql_draft_files_row *files = NULL;
	size_t n = 0;
	int64_t out = 0;
	struct opx_str kind = field(t, "nature", MAX_CODE, "nature");
	struct opx_str title = field(t, "titre", MAX_TITLE_BYTES, "titre");
	if (kind.p == NULL || !is_kind(t->c, kind))
		kind = draft->kind;
	draft->kind = kind;
	OPX_TRY(sql_draft_save(t->c->db, t->draft, kind, title.p != NULL ? title : draft->title, NULL, err));
	OPX_TRY(sql_draft_files(t->c->db, t->draft, &files, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(save_file(t, &files[i], err));
	if (opx_form_has(t->c->rq, "retirer") &&
	    opx_form_i64(t->c->rq, "retirer", 1, INT64_MAX, &out, NULL) == OPX_OK)
		OPX_TRY(sql_draft_file_remove(t->c->db, out, t->draft, NULL, err));
	return OPX_OK;
}

/* The form carries what the draft said when its page was made. Another tab has saved something else since, and this form has replaced
 * it: that is said, for what is typed last wins. What a script sends without being asked replaces nothing: its answer may never be
 * seen, and the button that is pressed then would find nothing to say. */
static enum opx_status save_over(struct taken *t, struct sql_draft_find_row *draft, bool *ret_is_crossed,
				 struct opx_error *err)
{
	struct sql_draft_said_row before, after;
	struct opx_str seen = field(t, DRAFT_FIELD_SEEN, MAX_CODE, NULL);
	OPX_TRY(sql_draft_said(t->c->db, t->draft, &before, err));
	bool is_stale = seen.p != NULL && !opx_str_eq(seen, before.word);
	*ret_is_crossed = is_stale && opx_form_has(t->c->rq, DRAFT_FIELD_UNASKED);
	if (*ret_is_crossed)
		return OPX_OK;
	OPX_TRY(save(t, draft, err));
	OPX_TRY(sql_draft_said(t->c->db, t->draft, &after, err));
	*ret_is_crossed = is_stale && !opx_str_eq(before.word, after.word);
	return OPX_OK;
}

enum opx_status opx_draft_form_take(struct opx_context *c, int64_t draft, struct opx_error *err)
{
	struct taken t = { .c = c, .draft = draft };
	struct sql_draft_find_row row;
	bool is_found = false, is_crossed = false;
	OPX_TRY(sql_draft_find(c->db, draft, &is_found, &row, err));
	if (!is_found || !opx_str_is(row.state, "open"))
		return OPX_FAIL(err, OPX_NOT_FOUND,
				N_("Ce brouillon n’existe plus, ou il a déjà été déposé."),
				"draft %" PRId64 " is gone", draft);
	opx_context_wakes(c, OPX_WAKES_NOBODY);
	struct opx_str action = field(&t, "action", MAX_CODE, NULL);
	struct opx_str dossier = opx_strf(c->arena, "/dossiers/%" PRId64, row.dossier_id);
	if (opx_str_is(action, "jeter")) {
		OPX_TRY(sql_draft_discard(c->db, draft, NULL, err));
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s/echanges?fait=jete#message", dossier.p));
		return OPX_OK;
	}
	OPX_TRY(save_over(&t, &row, &is_crossed, err));
	struct opx_str self = opx_strf(c->arena, "%s/brouillons/%" PRId64, dossier.p, draft);
	if (t.fault != NULL)
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s?fait=%s#message", self.p, t.fault));
	else if (is_crossed)
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s?fait=onglet#message", self.p));
	else if (opx_str_is(action, "verifier") && row.kind.n == 0)
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s?fait=nature#message", self.p));
	else if (opx_str_is(action, "verifier"))
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s/verification", self.p));
	else if (opx_str_is(action, "garder"))
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s/echanges?fait=garde#message", dossier.p));
	else /* back to where the button stood: who has no pointer does not cross the page again */
		opx_respond_see_other(c->rq, opx_strf(c->arena, "%s#%s", self.p,
						      opx_str_is(action, "apercu") ? "lecteurs" : "fi"));
	return OPX_OK;
}
