/* SPDX-License-Identifier: MPL-2.0 */
/* page_dossier.c: the head of a dossier of page.h: its facts, its tabs, the names of its kinds and states. */
#include <inttypes.h>

#include "base/arena.h"
#include "db/db.h"
#include "html/html.h"
#include "opx/document_kind.h"
#include "opx/procedure.h"
#include "page/page.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "sql_page_dossier.h"

struct opx_str opx_page_kind(const struct opx_page *page, struct opx_str code)
{
	const struct opx_reg_kind *kind = opx_registry_kind(page->pages->registry, code.p);
	return kind != NULL ? opx_str_z(kind->it->label) : code;
}

struct opx_str opx_page_numbered(const struct opx_page *page, struct opx_str code, int32_t number)
{
	return opx_strf(page->arena, "%s n° %" PRId32, opx_page_kind(page, code).p, number);
}

struct opx_str opx_page_state(const struct opx_page *page, struct opx_str procedure, struct opx_str state,
			      int *ret_step)
{
	const struct opx_reg_procedure *p = opx_registry_procedure(page->pages->registry, procedure.p);
	for (size_t i = 0; p != NULL && i < p->it->n_states; i++)
		if (opx_str_is(state, p->it->states[i].code)) {
			*ret_step = p->it->states[i].step;
			return opx_str_z(p->it->states[i].label);
		}
	*ret_step = 1;
	return state;
}

static const char *const tab_labels[TAB_COUNT] = {
	[TAB_OVERVIEW] = N_("Vue d’ensemble"), [TAB_EXCHANGES] = N_("Échanges"),
	[TAB_BOARD] = N_("Contradictoire"),    [TAB_PARTICIPANTS] = N_("Participants"),
	[TAB_PROOFS] = N_("Preuves"),
};
static const char *const tab_paths[TAB_COUNT] = {
	[TAB_OVERVIEW] = "/dossiers/%d",
	[TAB_EXCHANGES] = "/dossiers/%d/echanges",
	[TAB_BOARD] = "/dossiers/%d/contradictoire",
	[TAB_PARTICIPANTS] = "/dossiers/%d/participants",
	[TAB_PROOFS] = "/dossiers/%d/preuves",
};

static void fill_head(struct opx_page *page, const struct sql_page_dossier_head_row *row, enum page_tab tab,
		      struct opx_str crumb, struct page_dossier *ret)
{
	struct opx_arena *arena = page->arena;
	struct view_dossier *v = &ret->view;
	struct opx_str label = opx_page_state(page, row->procedure, row->phase, &ret->step);
	v->id = row->id;
	v->title = row->title;
	v->rg = row->rg_number;
	v->court = row->court;
	v->expert = row->expert;
	v->expert_word = opx_word_role(OPX_STR("expert"),
				       row->expert.p != NULL ? opx_word_title(row->expert) : OPX_STR(""));
	v->step = opx_strf(arena, "%d sur 7, %s", ret->step, opx_word_inside(arena, label).p);
	v->is_overview = tab == TAB_OVERVIEW && crumb.n == 0;
	v->current_tab = opx_str_z(tab_labels[tab]);
	struct view_link *tabs = OPX_NEW_N(arena, struct view_link, TAB_COUNT);
	for (size_t i = 0; i < TAB_COUNT; i++) {
		if (i == TAB_BOARD && !row->sees_board)
			continue; /* the matrix does not open it: a draft's author is alone, others need a grant */
		tabs[v->n_tabs] = opx_page_link(opx_str_z(tab_labels[i]),
						opx_href_make(arena, tab_paths[i], row->id),
						i == (size_t)tab);
		if (i == TAB_EXCHANGES)
			tabs[v->n_tabs].count = row->unread;
		v->n_tabs++;
	}
	v->tabs = tabs;
	v->href = opx_href_make(arena, tab_paths[TAB_OVERVIEW], row->id);
	struct view_link *crumbs = OPX_NEW_N(arena, struct view_link, 4);
	size_t n = 0;
	struct opx_str rg = opx_strf(arena, "RG %s", row->rg_number.p);
	crumbs[n++] = opx_page_link(OPX_STR("Mes dossiers"), opx_href_lit("/dossiers"), false);
	crumbs[n++] = opx_page_link(rg, v->href, v->is_overview);
	if (!v->is_overview && tab != TAB_OVERVIEW)
		crumbs[n++] = opx_page_link(opx_str_z(tab_labels[tab]),
					    opx_href_make(arena, tab_paths[tab], row->id), crumb.n == 0);
	if (crumb.n > 0)
		crumbs[n++] = opx_page_link(crumb, v->href, true);
	v->crumbs = crumbs;
	v->n_crumbs = n;
	page->layout.title = opx_strf(arena, "%s, RG %s",
				      crumb.n > 0      ? crumb.p
				      : v->is_overview ? row->title.p
						       : tab_labels[tab],
				      row->rg_number.p);
}

static struct opx_strs kind_codes(const struct opx_page *page)
{
	size_t n = 0;
	const struct opx_reg_kind *kinds = opx_registry_kinds(page->pages->registry, &n);
	struct opx_str *codes = OPX_NEW_N(page->arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++)
		codes[i] = opx_str_z(kinds[i].it->code);
	return (struct opx_strs){ .p = codes, .n = n };
}

enum opx_status opx_page_dossier_send(struct opx_page *page, int64_t dossier, struct opx_error *err)
{
	OPX_TRY(sql_page_dossier_head_send(page->db, dossier, page->person, err));
	if (page->offers_no_deposit)
		return OPX_OK;
	return sql_page_dossier_deposits_send(page->db, dossier, kind_codes(page), err);
}

enum opx_status opx_page_dossier(struct opx_page *page, int64_t dossier, enum page_tab tab,
				 struct opx_str crumb, struct page_dossier *ret, struct opx_error *err)
{
	OPX_TRY(opx_db_pipeline_begin(page->db, err));
	OPX_TRY(opx_page_dossier_send(page, dossier, err));
	OPX_TRY(opx_db_pipeline_end(page->db, err));
	return opx_page_dossier_recv(page, tab, crumb, ret, err);
}

enum opx_status opx_page_dossier_recv(struct opx_page *page, enum page_tab tab, struct opx_str crumb,
				      struct page_dossier *ret, struct opx_error *err)
{
	struct sql_page_dossier_head_row row;
	struct sql_page_dossier_deposits_row deposits = { .kinds = { .n = 0 } };
	OPX_TRY(sql_page_dossier_head_recv(page->db, &row, err));
	if (!page->offers_no_deposit)
		OPX_TRY(sql_page_dossier_deposits_recv(page->db, &deposits, err));
	*ret = (struct page_dossier){
		.phase = row.phase,
		.procedure = row.procedure,
		.role = row.role.p != NULL ? row.role : OPX_STR(""),
		.side = row.side.p != NULL ? row.side : OPX_STR(""),
		.side_id = row.side_id_is_null ? 0 : row.side_id,
		.pseudonym = row.pseudonym_is_null ? 0 : row.pseudonym,
		.phase_at = row.phase_at,
		.sees_readings = row.sees_readings,
		.deposits = deposits.kinds,
		.active_clerks = row.active_clerks,
		.is_member = row.role.p != NULL,
		.is_presence = row.is_presence,
		.decision_ref = row.decision_ref,
		.judge_name = row.judge_name,
		.clerk_name = row.clerk_name,
		.mission = row.mission,
		.report_due_on = row.report_due_on,
		.has_report_due = !row.report_due_on_is_null,
	};
	fill_head(page, &row, tab, crumb, ret);
	ret->view.can_deposit = ret->is_member && deposits.kinds.n > 0;
	ret->view.deposit = opx_href_make(page->arena, "/dossiers/%d/brouillons", ret->view.id);
	if (ret->is_member)
		page->layout.person_role = opx_word_quality(page->arena, ret->role,
							    opx_word_title(page->layout.person_name),
							    ret->side);
	return OPX_OK;
}
