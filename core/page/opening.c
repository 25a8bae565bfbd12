/* SPDX-License-Identifier: MPL-2.0 */
/* opening.c: /dossiers/nouveau: opening a dossier. Its opener alone sees it until the first step. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/act.h"
#include "domain/dossier.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "opx/procedure.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_dossier.h"
#include "sql_draft.h"
#include "sql_page_dossier.h"
#include "tpl_dossiers.h"

#define N_SIDES 4

struct courts {
	const struct sql_page_dossier_courts_row *rows;
	size_t n;
};

static enum opx_status load_courts(struct opx_page *page, struct courts *ret, struct opx_error *err)
{
	return sql_page_dossier_courts(page->db, page->person, &ret->rows, &ret->n, err);
}

static const struct sql_page_dossier_courts_row *find_court(const struct courts *courts, struct opx_str value)
{
	int64_t id = 0;
	if (opx_parse_i64(value, 1, INT64_MAX, &id, NULL) != OPX_OK)
		return NULL;
	for (size_t i = 0; i < courts->n; i++)
		if (courts->rows[i].id == id)
			return &courts->rows[i];
	return NULL;
}

static enum opx_status show_with(struct opx_page *page, int status, struct view_dossier_new *v,
				 const struct courts *courts, struct opx_error *err)
{
	const struct sql_page_dossier_courts_row *chosen = find_court(courts, v->court.value);
	struct view_option *options = OPX_NEW_N(page->arena, struct view_option, courts->n + 1);
	size_t n = 0;
	if (courts->n != 1)
		options[n++] = (struct view_option){ .value = OPX_STR(""),
						     .label = OPX_STR("Choisissez la juridiction") };
	for (size_t i = 0; i < courts->n; i++)
		options[n++] =
			(struct view_option){ .value = opx_strf(page->arena, "%" PRId64, courts->rows[i].id),
					      .label = courts->rows[i].name,
					      .is_selected = chosen == &courts->rows[i] };
	v->courts = options;
	v->n_courts = n;
	/* Participants are invited once the mission is accepted, and nobody accepts it before an expert is in. */
	bool is_court = page->c->right != NULL && (opx_str_is(page->c->right->role, "judge") ||
						   opx_str_is(page->c->right->role, "clerk"));
	v->court_title = is_court ? OPX_STR("La juridiction ne peut pas encore inscrire l’expert")
				  : OPX_STR("Personne au greffe ne lit encore ce dossier");
	v->court_warning =
		is_court
			? OPX_STR("Un dossier ouvert par la juridiction reste sans expert. Laissez l’expert désigné l’ouvrir lui-même : "
				  "vous y entrerez en mode actif.")
			: OPX_STR("Le greffe voit ce dossier dès que la désignation est enregistrée, et le lit quand l’un de ses membres "
				  "passe en mode actif. D’ici là, transmettez-lui vos courriers sur papier.");
	tpl_dossier_new(opx_page_open(page, status), v);
	return opx_page_finish(page, err);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct view_dossier_new v = { .asks_same_rg = false };
	struct courts courts;
	opx_page_init(&page, self, rq, OPX_STR("Ouvrir un dossier"));
	OPX_TRY(load_courts(&page, &courts, err));
	return show_with(&page, 200, &v, &courts, err);
}

/* An empty date is none; anything else must be one. */
static bool read_date(struct opx_page *page, const char *name, struct view_field *ret,
		      struct opx_date *ret_date, bool *is_good)
{
	*ret = opx_page_field(page, name, OPX_TEXT_LINE, 10, is_good);
	if (ret->value.n == 0)
		return false;
	if (opx_date_parse(ret->value, ret_date, NULL) == OPX_OK && ret_date->year >= 1990 &&
	    ret_date->year <= 2100)
		return true;
	opx_page_wrong(ret, N_("Écrivez la date ainsi : 2026-05-12."), is_good);
	return false;
}

static struct opx_str trimmed(struct opx_arena *arena, const char *p, size_t n)
{
	while (n > 0 && (p[0] == ' ' || p[0] == '\t')) {
		p++;
		n--;
	}
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return opx_str_copy(arena, p, n);
}

/* One item a line. */
static struct opx_strs read_mission(struct opx_page *page, struct view_dossier_new *v, bool *is_good)
{
	v->mission = opx_page_field(page, "mission", OPX_TEXT_BLOCK, 40000, is_good);
	struct opx_str text = v->mission.value;
	struct opx_str *items = OPX_NEW_N(page->arena, struct opx_str, OPX_DOSSIER_MAX_MISSION);
	size_t n = 0;
	for (size_t at = 0; at < text.n;) {
		const char *lf = memchr(text.p + at, '\n', text.n - at);
		size_t end = lf != NULL ? (size_t)(lf - text.p) : text.n;
		struct opx_str item = trimmed(page->arena, text.p + at, end - at);
		at = end + 1;
		if (item.n == 0)
			continue;
		if (item.n > 2000 || n == OPX_DOSSIER_MAX_MISSION) {
			opx_page_wrong(&v->mission,
				       N_("Soixante chefs de mission au plus, de 2 000 signes chacun."),
				       is_good);
			break;
		}
		items[n++] = item;
	}
	return (struct opx_strs){ .p = items, .n = n };
}

static struct opx_strs read_sides(struct opx_page *page, struct view_dossier_new *v, bool *is_good)
{
	static const char *const names[N_SIDES] = { "partie1", "partie2", "partie3", "partie4" };
	struct opx_str *sides = OPX_NEW_N(page->arena, struct opx_str, N_SIDES);
	size_t n = 0;
	for (size_t i = 0; i < N_SIDES; i++) {
		v->sides[i] = opx_page_field(page, names[i], OPX_TEXT_LINE, 160, is_good);
		for (size_t k = 0; k < n; k++)
			if (v->sides[i].value.n > 0 && opx_str_eq(v->sides[i].value, sides[k]))
				opx_page_wrong(&v->sides[i], N_("Cette partie est déjà dans la liste."),
					       is_good);
		if (v->sides[i].value.n > 0)
			sides[n++] = v->sides[i].value;
	}
	if (n == 0)
		opx_page_wrong(&v->sides[0], N_("Indiquez au moins une partie."), is_good);
	return (struct opx_strs){ .p = sides, .n = n };
}

static bool read_form(struct opx_page *page, const struct courts *courts, struct view_dossier_new *v,
		      struct opx_dossier_new *ret)
{
	bool is_good = true;
	v->court = opx_page_field(page, "juridiction", OPX_TEXT_LINE, 24, &is_good);
	v->title = opx_page_field_needed(page, "intitule", OPX_TEXT_LINE, 200,
					 N_("Donnez un intitulé au dossier."), &is_good);
	v->rg = opx_page_field_needed(page, "rg", OPX_TEXT_LINE, 40,
				      N_("Indiquez le numéro RG de l’ordonnance."), &is_good);
	v->minute = opx_page_field(page, "minute", OPX_TEXT_LINE, 40, &is_good);
	v->decision_ref = opx_page_field_needed(page, "decision", OPX_TEXT_LINE, 300,
						N_("Indiquez la décision qui désigne l’expert."), &is_good);
	v->judge = opx_page_field(page, "juge", OPX_TEXT_LINE, 120, &is_good);
	v->clerk = opx_page_field(page, "greffier", OPX_TEXT_LINE, 120, &is_good);
	ret->has_decision_on = read_date(page, "decision_date", &v->decision_on, &ret->decision_on, &is_good);
	ret->has_report_due = read_date(page, "rapport", &v->report_due_on, &ret->report_due_on, &is_good);
	ret->sides = read_sides(page, v, &is_good);
	ret->mission = read_mission(page, v, &is_good);
	const struct sql_page_dossier_courts_row *court = find_court(courts, v->court.value);
	if (court == NULL) {
		opx_page_wrong(&v->court, N_("Choisissez une juridiction de la liste."), &is_good);
		return false;
	}
	ret->court = court->id;
	ret->role = court->role;
	ret->title = v->title.value;
	ret->rg = v->rg.value;
	ret->minute = v->minute.value;
	ret->decision_ref = v->decision_ref.value;
	ret->judge = v->judge.value;
	ret->clerk = v->clerk.value;
	return is_good;
}

/* A number that this person knows already: he says whether it is another dossier (only a member or the court's staff is told). */
static enum opx_status ask_same_rg(struct opx_page *page, struct view_dossier_new *v,
				   const struct opx_dossier_new *fresh, struct opx_error *err)
{
	const struct sql_dossier_same_rg_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_dossier_same_rg(page->db, fresh->court, fresh->rg, &rows, &n, err));
	if (n == 0 || opx_form_has(page->c->rq, "meme"))
		return OPX_OK;
	v->asks_same_rg = true;
	v->known = opx_href_make(page->arena, "/dossiers/%d", rows[0].id);
	v->message = (struct view_message){
		.tone = TONE_ATTENTION,
		.title = OPX_STR("Un dossier porte déjà ce numéro RG"),
		.text = opx_strf(
			page->arena,
			"Il s’intitule « %s ». Si c’est un autre dossier, cochez la case ci-dessous.",
			rows[0].title.p),
		.takes_focus = true,
	};
	return OPX_OK;
}

static const struct opx_procedure *procedure_of(const struct opx_page *page)
{
	size_t n = 0;
	const struct opx_reg_procedure *list = opx_registry_procedures(page->pages->registry, &n);
	return n > 0 ? list[0].it : NULL;
}

/* Where the opener goes on: the deposit that the first step waits for, when there is one (ui.md 7.2). */
static enum opx_status begin_decision(struct opx_page *page, const struct opx_procedure *procedure,
				      int64_t dossier, struct opx_error *err)
{
	struct sql_draft_insert_row draft;
	for (size_t i = 0; i < procedure->n_transitions; i++) {
		const struct opx_transition *t = &procedure->transitions[i];
		if (strcmp(t->from, procedure->initial) != 0 || t->needs_document == NULL)
			continue;
		OPX_TRY(sql_draft_insert(page->db, dossier, page->person, opx_str_z(t->needs_document),
					 &draft, err));
		opx_respond_see_other(page->c->rq,
				      opx_strf(page->arena,
					       "/dossiers/%" PRId64 "/brouillons/%" PRId64 "?fait=ouvert",
					       dossier, draft.id));
		return OPX_OK;
	}
	opx_respond_see_other(page->c->rq,
			      opx_strf(page->arena, "/dossiers/%" PRId64 "?fait=ouvert#message", dossier));
	return OPX_OK;
}

static enum opx_status create(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct view_dossier_new v = { .asks_same_rg = false };
	struct opx_dossier_new fresh = { .court = 0 };
	struct courts courts;
	struct opx_act act;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Ouvrir un dossier"));
	OPX_TRY(load_courts(&page, &courts, err));
	if (!read_form(&page, &courts, &v, &fresh)) {
		v.message = (struct view_message){
			.tone = TONE_ERROR,
			.title = OPX_STR("Il manque quelque chose"),
			.text = OPX_STR("Corrigez les champs signalés : ce que vous avez écrit est gardé."),
			.takes_focus = true
		};
		return show_with(&page, 422, &v, &courts, err);
	}
	OPX_TRY(ask_same_rg(&page, &v, &fresh, err));
	if (v.asks_same_rg)
		return show_with(&page, 422, &v, &courts, err);
	const struct opx_procedure *procedure = procedure_of(&page);
	if (procedure == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE,
				N_("Aucune procédure n’est en service : un dossier ne peut pas être ouvert."),
				"no procedure is registered");
	fresh.procedure = opx_str_z(procedure->name);
	fresh.phase = opx_str_z(procedure->initial);
	fresh.log_host = page.c->site->log_host;
	opx_page_act(&page, &act);
	OPX_TRY(opx_dossier_create(&act, &fresh, &id, err));
	opx_context_wakes(page.c, OPX_WAKES_SEAL);
	return begin_decision(&page, procedure, id, err);
}

const struct opx_route opx_routes_opening[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers/nouveau",
	  .right = OPX_RIGHT("case", "create"),
	  .subject = OPX_SUBJECT_NONE,
	  .handle = show },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/dossiers/nouveau",
	  .right = OPX_RIGHT("case", "create"),
	  .subject = OPX_SUBJECT_NONE,
	  .handle = create },
};
const size_t opx_n_routes_opening = OPX_COUNT(opx_routes_opening);
