/* SPDX-License-Identifier: MPL-2.0 */
/* overview.c: /dossiers/:d, where the dossier stands and what is next; its steps. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "domain/act.h"
#include "domain/dossier.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "opx/procedure.h"
#include "page/people.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "sql_dossier.h"
#include "sql_page_dossier.h"
#include "tpl_dossiers.h"

#define MAX_TODOS 5
#define MAX_MOVES 5
#define MAX_CHECKLIST 4

/* What the overview reads, all at once. */
struct facts {
	const struct sql_page_dossier_mission_row *mission;
	const struct sql_page_dossier_people_row *people;
	const struct sql_page_dossier_phases_row *phases;
	const struct sql_page_dossier_sealed_kinds_row *sealed;
	const struct sql_page_dossier_moves_row *moves;
	const struct sql_page_dossier_drafts_row *drafts;
	size_t n_mission, n_people, n_phases, n_sealed, n_moves, n_drafts;
	const struct opx_procedure *procedure;
	bool can_invite;
};

static enum opx_status load(struct opx_page *page, const struct page_dossier *d, struct facts *f,
			    struct opx_error *err)
{
	struct opx_db *db = page->db;
	int64_t id = d->view.id;
	OPX_TRY(opx_db_pipeline_begin(db, err));
	OPX_TRY(sql_page_dossier_mission_send(db, id, err));
	OPX_TRY(sql_page_dossier_people_send(db, id, err));
	OPX_TRY(sql_page_dossier_phases_send(db, id, err));
	OPX_TRY(sql_page_dossier_sealed_kinds_send(db, id, err));
	OPX_TRY(sql_page_dossier_moves_send(db, id, page->person, MAX_MOVES, err));
	OPX_TRY(sql_page_dossier_drafts_send(db, id, page->person, err));
	OPX_TRY(opx_db_pipeline_end(db, err));
	OPX_TRY(sql_page_dossier_mission_recv(db, &f->mission, &f->n_mission, err));
	OPX_TRY(sql_page_dossier_people_recv(db, &f->people, &f->n_people, err));
	OPX_TRY(sql_page_dossier_phases_recv(db, &f->phases, &f->n_phases, err));
	OPX_TRY(sql_page_dossier_sealed_kinds_recv(db, &f->sealed, &f->n_sealed, err));
	OPX_TRY(sql_page_dossier_moves_recv(db, &f->moves, &f->n_moves, err));
	OPX_TRY(sql_page_dossier_drafts_recv(db, &f->drafts, &f->n_drafts, err));
	return opx_page_may(page, "participant", "invite", id, &f->can_invite, err);
}

static int64_t sealed_of(const struct facts *f, const char *kind)
{
	for (size_t i = 0; i < f->n_sealed; i++)
		if (opx_str_is(f->sealed[i].kind, kind))
			return f->sealed[i].document_id;
	return 0;
}

static int step_of(const struct facts *f, struct opx_str state)
{
	for (size_t i = 0; f->procedure != NULL && i < f->procedure->n_states; i++)
		if (opx_str_is(state, f->procedure->states[i].code))
			return f->procedure->states[i].step;
	return 1;
}

/* A step is dated by the last change that left it. */
static void fill_steps(const struct opx_page *page, const struct page_dossier *d, const struct facts *f,
		       struct view_overview *v)
{
	struct view_step *steps = OPX_NEW_N(page->arena, struct view_step, 7);
	for (int n = 1; n <= 7; n++) {
		struct view_step *s = &steps[n - 1];
		*s = (struct view_step){ .number = opx_strf(page->arena, "%d", n),
					 .label = opx_word_step(n),
					 .when = OPX_STR("") };
		s->state = n < d->step ? STEP_DONE : n == d->step ? STEP_CURRENT : STEP_COMING;
		for (size_t i = 0; i < f->n_phases; i++)
			if (step_of(f, f->phases[i].from_phase) == n && step_of(f, f->phases[i].to_phase) > n)
				s->when = opx_page_day(page, f->phases[i].at).text;
		if (s->state != STEP_DONE && n == 5 && d->has_report_due)
			s->when = opx_strf(page->arena, "avant le %s",
					   opx_page_short_date(page, d->report_due_on).p);
		else if (s->state == STEP_CURRENT)
			s->when =
				opx_strf(page->arena, "depuis le %s", opx_page_day(page, d->phase_at).text.p);
	}
	v->steps = steps;
	v->n_steps = 7;
	int step = 1;
	struct opx_str state = opx_page_state(page, d->procedure, d->phase, &step);
	v->step_line = opx_strf(page->arena, "Étape %d sur 7 : %s", step, opx_word_step(step).p);
	v->step_next =
		step < 7 ? opx_strf(page->arena, "%s. Ensuite : %s.", state.p, opx_word_step(step + 1).p)
			 : state;
}

/* The steps that this person may take from here; the right of each is asked, its document looked for. */
static enum opx_status fill_transitions(struct opx_page *page, const struct page_dossier *d,
					const struct facts *f, struct view_overview *v, struct opx_error *err)
{
	size_t n = 0;
	if (f->procedure == NULL)
		return OPX_OK;
	struct view_transition *list =
		OPX_NEW_N(page->arena, struct view_transition, f->procedure->n_transitions);
	for (size_t i = 0; i < f->procedure->n_transitions; i++) {
		const struct opx_transition *t = &f->procedure->transitions[i];
		bool may = false;
		if (!opx_str_is(d->phase, t->from))
			continue;
		OPX_TRY(opx_page_may(page, t->object, t->action, d->view.id, &may, err));
		if (!may && t->fallback_object != NULL)
			OPX_TRY(opx_page_may(page, t->fallback_object, t->fallback_action, d->view.id, &may,
					     err));
		if (!may)
			continue;
		list[n++] = (struct view_transition){
			.action = opx_href_make(page->arena, "/dossiers/%d/etapes/%s", d->view.id,
						opx_str_z(t->code)),
			.code = opx_str_z(t->code),
			.label = opx_str_z(t->label),
			.explanation = opx_str_z(t->explanation),
			.checkbox = opx_str_z(t->checkbox != NULL ? t->checkbox : ""),
			.missing = opx_str_z(t->missing != NULL ? t->missing : ""),
			.is_open = t->needs_document == NULL || sealed_of(f, t->needs_document) != 0,
		};
	}
	v->transitions = list;
	v->n_transitions = n;
	return OPX_OK;
}

static bool is_passed(const struct facts *f, const struct opx_transition *t)
{
	for (size_t i = 0; i < f->n_phases; i++)
		if (opx_str_is(f->phases[i].transition, t->code))
			return true;
	return false;
}

/* One line of the checklist: done, ready, or what is missing, with the button that begins its deposit. */
static void check_line(struct opx_page *page, const struct page_dossier *d, const struct facts *f,
		       const struct opx_transition *t, struct view_todo *ret)
{
	bool is_current = opx_str_is(d->phase, t->from);
	*ret = (struct view_todo){ .title = opx_str_z(t->label),
				   .note = opx_str_z(t->explanation),
				   .way = TODO_PLAIN };
	if (is_passed(f, t)) {
		ret->tone = TONE_OK;
		ret->tag = OPX_STR("Fait");
		return;
	}
	ret->tone = TONE_PLAIN;
	ret->tag = OPX_STR("À venir");
	if (!is_current)
		return;
	if (t->needs_document == NULL || sealed_of(f, t->needs_document) != 0) {
		ret->tone = TONE_INFO;
		ret->tag = OPX_STR("Prêt");
		ret->way = TODO_LINK;
		ret->href = opx_href_lit("#pas");
		return;
	}
	ret->note = opx_str_z(t->missing);
	ret->tone = TONE_ATTENTION;
	ret->tag = OPX_STR("Attendu");
	if (!opx_strs_have(d->deposits, t->needs_document))
		return;
	ret->way = TODO_FORM;
	ret->href = d->view.deposit;
	ret->kind = opx_str_z(t->needs_document);
	ret->tag = OPX_STR("Déposer la pièce");
	for (size_t i = 0; i < f->n_drafts; i++)
		if (opx_str_is(f->drafts[i].kind, t->needs_document)) {
			ret->way = TODO_LINK;
			ret->href = opx_href_make(page->arena, "/dossiers/%d/brouillons/%d", d->view.id,
						  f->drafts[i].id);
			ret->tag = OPX_STR("Brouillon");
		}
}

static struct view_todo invite_line(const struct opx_page *page, const struct page_dossier *d,
				    const struct facts *f)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n_people; i++)
		n += !f->people[i].side_id_is_null && f->people[i].left_at_is_null ? 1 : 0;
	struct view_todo line = { .title = OPX_STR("Inviter les parties et leurs avocats"),
				  .note = OPX_STR("Chacun reçoit un e-mail et une lettre avec son code."),
				  .tag = OPX_STR("À venir"),
				  .way = TODO_PLAIN };
	if (n > 0) {
		line.tone = TONE_OK;
		line.tag = OPX_STR("Fait");
		line.note = opx_strf(page->arena,
				     n > 1 ? "%zu personnes sont invitées ou présentes."
					   : "%zu personne est invitée ou présente.",
				     n);
	} else if (f->can_invite) {
		line.tone = TONE_ATTENTION;
		line.tag = OPX_STR("À faire");
		line.way = TODO_LINK;
		line.href = opx_href_make(page->arena, "/dossiers/%d/participants", d->view.id);
	}
	return line;
}

/* A new dossier shows its first steps to the expert, or to the one who opened it, until somebody is invited. */
static void fill_checklist(struct opx_page *page, const struct page_dossier *d, const struct facts *f,
			   struct view_overview *v)
{
	bool is_opener = opx_str_is(d->role, "expert") || d->pseudonym == 1;
	struct view_todo invite = invite_line(page, d, f);
	if (f->procedure == NULL || !is_opener || (d->step > 2 && invite.tone == TONE_OK))
		return;
	struct view_todo *list = OPX_NEW_N(page->arena, struct view_todo, MAX_CHECKLIST);
	struct opx_str state = opx_str_z(f->procedure->initial);
	size_t n = 0;
	for (size_t i = 0; i < f->procedure->n_transitions && n < MAX_CHECKLIST - 1; i++) {
		const struct opx_transition *t = &f->procedure->transitions[i];
		if (!opx_str_is(state, t->from))
			continue;
		check_line(page, d, f, t, &list[n++]);
		state = opx_str_z(t->to);
	}
	list[n++] = invite;
	v->checklist = list;
	v->n_checklist = n;
	v->is_new = true;
}

/* The document that the next step waits for, when this person may deposit it and has not begun: the clerk's payment notice. */
static size_t fill_awaited(const struct opx_page *page, const struct page_dossier *d, const struct facts *f,
			   size_t n_before, struct view_todo *ret)
{
	for (size_t i = 0; f->procedure != NULL && n_before < MAX_TODOS && i < f->procedure->n_transitions;
	     i++) {
		const struct opx_transition *t = &f->procedure->transitions[i];
		bool is_begun = false;
		if (!opx_str_is(d->phase, t->from) || t->needs_document == NULL ||
		    sealed_of(f, t->needs_document) != 0 || !opx_strs_have(d->deposits, t->needs_document))
			continue;
		for (size_t k = 0; k < f->n_drafts; k++)
			is_begun = is_begun || opx_str_is(f->drafts[k].kind, t->needs_document);
		if (is_begun)
			continue;
		*ret = (struct view_todo){
			.title = opx_page_kind(page, opx_str_z(t->needs_document)),
			.note = opx_strf(page->arena, "Attendu pour la suite : %s.",
					 opx_word_inside(page->arena, opx_str_z(t->label)).p),
			.way = TODO_FORM,
			.href = d->view.deposit,
			.kind = opx_str_z(t->needs_document),
			.tag = OPX_STR("Déposer la pièce"),
			.tone = TONE_ATTENTION
		};
		return 1;
	}
	return 0;
}

static void fill_todos(const struct opx_page *page, const struct page_dossier *d, const struct facts *f,
		       struct view_overview *v)
{
	struct view_todo *list = OPX_NEW_N(page->arena, struct view_todo, MAX_TODOS);
	size_t n = 0;
	int64_t unread = d->view.tabs[TAB_EXCHANGES].count;
	if (unread > 0)
		list[n++] = (struct view_todo){
			.href = v->exchanges,
			.title = opx_strf(page->arena,
					  unread > 1 ? "Lire %" PRId64 " nouveaux dépôts"
						     : "Lire %" PRId64 " nouveau dépôt",
					  unread),
			.note = OPX_STR("Votre première lecture de chaque document est enregistrée."),
			.tag = OPX_STR("Non lu"),
			.tone = TONE_INFO,
		};
	for (size_t i = 0; i < v->n_transitions && !v->is_new && n < MAX_TODOS; i++)
		if (v->transitions[i].is_open)
			list[n++] = (struct view_todo){ .href = opx_href_lit("#pas"),
							.title = v->transitions[i].label,
							.note = v->transitions[i].explanation,
							.tag = OPX_STR("Prêt"),
							.tone = TONE_INFO };
	n += fill_awaited(page, d, f, v->is_new ? MAX_TODOS : n, &list[n]);
	for (size_t i = 0; i < f->n_drafts && n < MAX_TODOS; i++) {
		const struct sql_page_dossier_drafts_row *b = &f->drafts[i];
		struct opx_str what = b->title.n > 0  ? b->title
				      : b->kind.n > 0 ? opx_page_kind(page, b->kind)
						      : OPX_STR("sans titre");
		list[n++] = (struct view_todo){
			.href = opx_href_make(page->arena, "/dossiers/%d/brouillons/%d", d->view.id, b->id),
			.title = opx_strf(page->arena, "Terminer le brouillon : %s", what.p),
			.note = b->files == 0
					? OPX_STR("Aucun fichier pour l’instant")
					: opx_strf(page->arena,
						   b->files > 1 ? "%" PRId64 " fichiers, modifié le %s"
								: "%" PRId64 " fichier, modifié le %s",
						   b->files, opx_page_short(page, b->updated_at).text.p),
			.tag = OPX_STR("Brouillon"),
			.tone = TONE_PLAIN,
		};
	}
	v->todos = list;
	v->n_todos = n;
}

static void fill_moves(const struct opx_page *page, const struct page_dossier *d, const struct facts *f,
		       struct view_overview *v)
{
	struct view_move *list = OPX_NEW_N(page->arena, struct view_move, f->n_moves);
	for (size_t i = 0; i < f->n_moves; i++) {
		const struct sql_page_dossier_moves_row *row = &f->moves[i];
		struct view_move *m = &list[i];
		m->at = opx_page_short(page, row->at);
		bool is_own = !row->author_id_is_null && row->author_id == page->person;
		struct opx_str who = is_own                  ? OPX_STR("Vous")
				     : row->author.p != NULL ? row->author
							     : OPX_STR("Le service");
		if (row->filing_is_null) {
			int step = 1;
			m->title = opx_strf(page->arena, "Étape : %s",
					    opx_page_state(page, d->procedure, row->kind, &step).p);
			m->note = who;
			continue;
		}
		m->has_href = true;
		m->href = opx_href_make(page->arena, "/dossiers/%d/depots/%d", d->view.id,
					(int64_t)row->filing);
		struct opx_str kind = opx_page_kind(page, row->kind);
		m->title = row->title.p != NULL && row->title.n > 0 ? row->title : kind;
		struct opx_str whose = row->side.p != NULL && !is_own
					       ? opx_strf(page->arena, "%s, pour %s", who.p, row->side.p)
					       : who;
		m->note = opx_strf(page->arena,
				   row->documents > 1 ? "%s. %s, %" PRId64 " documents"
						      : "%s. %s, %" PRId64 " document",
				   whose.p, kind.p, row->documents);
	}
	v->moves = list;
	v->n_moves = f->n_moves;
}

static void fill_mission(const struct opx_page *page, const struct page_dossier *d, const struct facts *f,
			 struct view_overview *v)
{
	struct opx_str *mission = OPX_NEW_N(page->arena, struct opx_str, f->n_mission);
	for (size_t i = 0; i < f->n_mission; i++)
		mission[i] = f->mission[i].text;
	v->mission = mission;
	v->n_mission = f->n_mission;
	v->decision = d->decision_ref;
	v->court_people =
		d->judge_name.n > 0 && d->clerk_name.n > 0
			? opx_strf(page->arena, "Juge : %s. Greffe : %s.", d->judge_name.p, d->clerk_name.p)
		: d->judge_name.n > 0 ? opx_strf(page->arena, "Juge : %s.", d->judge_name.p)
		: d->clerk_name.n > 0 ? opx_strf(page->arena, "Greffe : %s.", d->clerk_name.p)
				      : OPX_STR("");
	if (d->has_report_due)
		v->report_due = opx_strf(page->arena, "Rapport attendu avant le %s.",
					 opx_page_date(page, d->report_due_on).p);
	int64_t decision = sealed_of(f, "court_decision");
	v->has_decision_document = decision != 0;
	v->decision_document = opx_href_make(page->arena, "/documents/%d", decision);
}

/* The next deadline of a dossier that is going on: its report, as the decision asks for it. */
static void fill_deadline(const struct opx_page *page, const struct page_dossier *d, struct view_overview *v)
{
	if (!d->has_report_due || d->step > 5)
		return;
	struct opx_arena *arena = page->arena;
	int64_t days = opx_page_days_until(page, d->report_due_on);
	struct opx_str left = opx_word_days(arena, days);
	opx_page_calendar(page, d->report_due_on, &v->deadline.weekday, &v->deadline.month);
	v->deadline.day = opx_strf(arena, "%u", d->report_due_on.day);
	v->deadline.title = OPX_STR("Rapport attendu");
	v->deadline.note =
		days < 0 ? opx_strf(arena, "Avec un %s. Le rapport reste possible : il sera signalé.", left.p)
			 : opx_strf(arena, "%s, selon la décision.", opx_word_begin(arena, left).p);
}

static enum opx_status show_with(struct opx_page *page, int64_t id, int status, struct view_message message,
				 struct opx_error *err)
{
	struct page_dossier d;
	struct view_overview v = { .message = message };
	struct facts f = { .n_mission = 0 };
	OPX_TRY(opx_page_dossier(page, id, TAB_OVERVIEW, OPX_STR(""), &d, err));
	const struct opx_reg_procedure *procedure =
		opx_registry_procedure(page->pages->registry, d.procedure.p);
	f.procedure = procedure != NULL ? procedure->it : NULL;
	OPX_TRY(load(page, &d, &f, err));
	v.exchanges = opx_href_make(page->arena, "/dossiers/%d/echanges", id);
	v.participants = opx_href_make(page->arena, "/dossiers/%d/participants", id);
	v.presence = opx_href_make(page->arena, "/dossiers/%d/presence", id);
	v.can_invite = f.can_invite;
	v.can_leave_presence = d.is_presence && f.procedure != NULL &&
			       !opx_str_is(d.phase, f.procedure->initial);
	fill_steps(page, &d, &f, &v);
	OPX_TRY(fill_transitions(page, &d, &f, &v, err));
	fill_checklist(page, &d, &f, &v);
	fill_todos(page, &d, &f, &v);
	fill_moves(page, &d, &f, &v);
	fill_mission(page, &d, &f, &v);
	fill_deadline(page, &d, &v);
	opx_page_people(page, &d, f.people, f.n_people, &v.people, &v.n_people);
	tpl_overview(opx_page_open(page, status), &d.view, &v);
	return opx_page_finish(page, err);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "ouvert", TONE_OK, N_("Le dossier est créé"),
		  N_("Déposez maintenant l’ordonnance de désignation : d’ici là, personne d’autre ne voit ce dossier.") },
		{ "etape", TONE_OK, N_("L’étape est enregistrée"),
		  N_("Elle figure au journal du dossier, avec sa date et votre nom.") },
		{ "actif", TONE_OK, N_("Vous êtes en mode actif"),
		  N_("Vous lisez ce dossier et recevez ses avis. Les autres le voient.") },
		{ "accepte", TONE_OK, N_("Vous participez à ce dossier"),
		  N_("Votre accord est enregistré. Ce qui a été publié avant votre arrivée vous est ouvert dans un instant.") },
		{ "supprime", TONE_OK, N_("Le brouillon est gardé"),
		  N_("Vous le retrouverez ici pendant 7 jours.") },
	};
	struct opx_page page;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Dossier"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	return show_with(&page, id, 200, opx_page_notice(&page, notices, OPX_COUNT(notices)), err);
}

/* Its right was asked by the row of the step itself. */
static enum opx_status take_step(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_act act;
	struct opx_error why;
	struct opx_str code;
	struct sql_dossier_procedure_row row;
	int64_t id = 0;
	bool is_found = false;
	opx_page_init(&page, self, rq, OPX_STR("Étape"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	OPX_TRY(opx_path_str(rq, "transition", &code, err));
	OPX_TRY(sql_dossier_procedure(page.db, id, &is_found, &row, err));
	const struct opx_transition *step =
		opx_registry_transition(page.pages->registry, row.procedure.p, code.p);
	OPX_ASSERT(is_found && step != NULL); /* the right was asked of it */
	opx_page_act(&page, &act);
	enum opx_status status = opx_dossier_transition(&act, id, step, opx_form_has(rq, "case"), &why);
	if (status == OPX_INVALID || status == OPX_CONFLICT) {
		OPX_TRY(opx_page_undo(&page, err));
		return show_with(&page, id, status == OPX_INVALID ? 422 : 409,
				 opx_page_fault(&page, &why,
						status == OPX_INVALID
							? N_("Il manque quelque chose")
							: N_("Ce dossier a changé entre-temps")),
				 err);
	}
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	opx_context_wakes(page.c, OPX_WAKES_SEAL);
	opx_respond_see_other(rq, opx_strf(page.arena, "/dossiers/%" PRId64 "?fait=etape#message", id));
	return OPX_OK;
}

#define ROUTE(m, p, r, h)                                                                 \
	{                                                                                 \
		.size = sizeof(struct opx_route), .method = (m), .path = (p), .right = r, \
		.subject = OPX_SUBJECT_DOSSIER, .handle = (h)                             \
	}

const struct opx_route opx_routes_overview[] = {
	ROUTE(OPX_GET, "/dossiers/:dossier", OPX_RIGHT("case", "read"), show),
	ROUTE(OPX_POST, "/dossiers/:dossier/etapes/:transition", OPX_RIGHT_TRANSITION, take_step),
};
const size_t opx_n_routes_overview = OPX_COUNT(opx_routes_overview);
