/* SPDX-License-Identifier: MPL-2.0 */
/* dossiers.c: /dossiers, the list of a person's dossiers and what waits for an answer. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "opx/procedure.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "sql_page_dossier.h"
#include "tpl_dossiers.h"

#define PER_PAGE 25
#define SOON_DAYS 14

static const struct page_notice notices[] = {
	{ "supprime", TONE_OK, N_("Le brouillon est gardé"),
	  N_("Vous le retrouverez dans le dossier pendant 7 jours.") },
	{ "inactif", TONE_OK, N_("Vous avez quitté le mode actif"),
	  N_("Vous ne lisez plus ce dossier et ne recevez plus ses avis.") },
	{ "refuse", TONE_OK, N_("Votre réponse est enregistrée"),
	  N_("Vous recevrez les documents de ce dossier sur papier.") },
	{ "bienvenue", TONE_OK, N_("Vous êtes connecté"), "" },
};

static void fill_row(const struct opx_page *page, const struct sql_page_dossier_list_row *row,
		     struct view_dossier_row *ret)
{
	struct opx_arena *arena = page->arena;
	int step = 1;
	struct opx_str state = opx_page_state(page, row->procedure, row->phase, &step);
	*ret = (struct view_dossier_row){
		.href = opx_href_make(arena, "/dossiers/%d", row->id),
		.title = row->title,
		.reference = opx_strf(arena, "RG %s, %s", row->rg_number.p, row->court.p),
		.step = state,
		.step_number = opx_strf(arena, "%d sur 7", step),
		.is_unread = row->unread > 0,
		.unread = opx_strf(arena, row->unread > 1 ? "%" PRId64 " non lus" : "%" PRId64 " non lu",
				   row->unread),
		.has_access = row->is_member,
		.can_enter = !row->is_member,
		.presence = opx_href_make(arena, "/dossiers/%d/presence", row->id),
		.last = OPX_STR("Aucun dépôt"),
		.last_when = OPX_STR(""),
	};
	if (row->last_title.p != NULL && !row->last_at_is_null) {
		ret->last = row->last_title.n > 0 ? row->last_title : opx_page_kind(page, row->last_kind);
		ret->last_when = opx_page_short(page, row->last_at).text;
	}
	if (!row->report_due_on_is_null && step <= 5) {
		ret->due.text = opx_page_date(page, row->report_due_on);
		int64_t days = opx_page_days_until(page, row->report_due_on);
		ret->is_late = days < 0;
		ret->is_soon = days >= 0 && days <= SOON_DAYS;
		ret->due_note = opx_strf(arena, "Rapport attendu, %s", opx_word_days(arena, days).p);
	}
}

static void fill_invited(const struct opx_page *page, const struct sql_page_dossier_invitations_row *rows,
			 size_t n, struct view_dossiers *v)
{
	struct view_invited_row *list = OPX_NEW_N(page->arena, struct view_invited_row, n);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct view_invited_row){
			.href = opx_href_make(page->arena, "/invitation/%s", rows[i].number),
			.title = rows[i].title,
			.reference = opx_strf(page->arena, "RG %s, %s", rows[i].rg_number.p, rows[i].court.p),
			.quality = opx_word_quality(page->arena, rows[i].role,
						    opx_word_title(page->c->session->name),
						    rows[i].side.p != NULL ? rows[i].side : OPX_STR("")),
			.until = opx_strf(page->arena, "jusqu’au %s",
					  opx_page_day(page, rows[i].expires_at).text.p),
		};
	v->invited = list;
	v->n_invited = n;
}

/* The ready-made views: by what is new, late, going on, over. A view that would be empty is not drawn. */
enum view { VIEW_ALL, VIEW_UNREAD, VIEW_LATE, VIEW_RUNNING, VIEW_CLOSED, VIEW_COUNT };
static const struct {
	const char *code, *label;
} view_words[VIEW_COUNT] = {
	[VIEW_ALL] = { "", N_("Tous") },
	[VIEW_UNREAD] = { "nouveau", N_("À traiter") },
	[VIEW_LATE] = { "retard", N_("En retard") },
	[VIEW_RUNNING] = { "cours", N_("En cours") },
	[VIEW_CLOSED] = { "clos", N_("Clos") },
};

/* The states of all procedures whose step lies between two. */
static struct opx_strs states_between(const struct opx_page *page, int from, int to)
{
	size_t n = 0, count = 0, total = 0;
	const struct opx_reg_procedure *list = opx_registry_procedures(page->pages->registry, &n);
	for (size_t i = 0; i < n; i++)
		total += list[i].it->n_states;
	struct opx_str *codes = OPX_NEW_N(page->arena, struct opx_str, total);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].it->n_states; k++)
			if (list[i].it->states[k].step >= from && list[i].it->states[k].step <= to)
				codes[count++] = opx_str_z(list[i].it->states[k].code);
	return (struct opx_strs){ .p = codes, .n = count };
}

#define REPORT_STEP 5
#define LAST_STEP 7

struct search {
	struct opx_str query;
	enum view view;
	int64_t page;
	struct opx_date today;
	struct opx_strs open, running, closed;
};

static void read_search(const struct opx_page *page, struct search *ret)
{
	struct opx_str view = opx_request_query(page->c->rq, "vue");
	*ret = (struct search){ .query = opx_request_query(page->c->rq, "q"),
				.page = opx_page_number(page),
				.today = opx_page_today(page),
				.open = states_between(page, 1, REPORT_STEP),
				.running = states_between(page, 3, LAST_STEP - 1),
				.closed = states_between(page, LAST_STEP, LAST_STEP) };
	for (size_t i = 0; i < VIEW_COUNT; i++)
		if (view.n > 0 && opx_str_is(view, view_words[i].code))
			ret->view = (enum view)i;
}

static enum opx_status send_list(const struct opx_page *page, const struct search *s, struct opx_error *err)
{
	struct opx_strs phases = { .n = 0 };
	if (s->view == VIEW_LATE)
		phases = s->open;
	else if (s->view == VIEW_RUNNING)
		phases = s->running;
	else if (s->view == VIEW_CLOSED)
		phases = s->closed;
	return sql_page_dossier_list_send(page->db, page->person, s->query, phases, s->view == VIEW_UNREAD,
					  s->view == VIEW_LATE ? &s->today : NULL, PER_PAGE,
					  (s->page - 1) * PER_PAGE, err);
}

static void fill_views(const struct opx_page *page, const struct search *s,
		       const struct sql_page_dossier_views_row *counts, struct view_dossiers *v)
{
	const int64_t n_of[VIEW_COUNT] = { counts->total, counts->unread, counts->late, counts->running,
					   counts->closed };
	struct view_link *links = OPX_NEW_N(page->arena, struct view_link, VIEW_COUNT);
	if (counts->total < 2 && s->view == VIEW_ALL)
		return;
	for (size_t i = 0; i < VIEW_COUNT; i++) {
		if (n_of[i] == 0 && i != (size_t)s->view && i != VIEW_ALL)
			continue;
		struct view_link *l = &links[v->n_views++];
		*l = opx_page_link(opx_str_z(view_words[i].label),
				   i == VIEW_ALL ? opx_href_lit("/dossiers")
						 : opx_href_make(page->arena, "/dossiers?vue=%s",
								 opx_str_z(view_words[i].code)),
				   i == (size_t)s->view);
		l->count = n_of[i];
	}
	v->views = links;
	v->view = opx_str_z(view_words[s->view].code);
}

/* "Bonjour Madame. Deux dossiers ont du nouveau." */
static struct opx_str greet(const struct opx_page *page, int64_t unread, size_t n_invited)
{
	struct opx_str name = page->c->session->name;
	const char *hello = opx_str_starts(name, "Mme ")  ? "Bonjour Madame."
			    : opx_str_starts(name, "M. ") ? "Bonjour Monsieur."
			    : opx_str_starts(name, "Me ") ? "Bonjour Maître."
							  : "Bonjour.";
	if (unread == 0 && n_invited > 0)
		return opx_strf(page->arena,
				n_invited == 1 ? "%s Une invitation attend votre réponse."
					       : "%s %s invitations attendent votre réponse.",
				hello, opx_word_count(page->arena, (int64_t)n_invited).p);
	if (unread == 0)
		return opx_strf(page->arena, "%s Rien de nouveau depuis votre dernière visite.", hello);
	return opx_strf(page->arena,
			unread == 1 ? "%s %s dossier a du nouveau." : "%s %s dossiers ont du nouveau.", hello,
			opx_word_count(page->arena, unread).p);
}

static void fill_texts(const struct opx_page *page, const struct search *s, int64_t total,
		       const struct sql_page_dossier_views_row *counts, struct view_dossiers *v)
{
	v->greeting = greet(page, counts->unread, v->n_invited);
	v->caption = opx_strf(page->arena,
			      total > 1 ? "%" PRId64 " dossiers, du mouvement le plus récent au plus ancien."
					: "%" PRId64 " dossier.",
			      total);
	v->is_filtered = s->query.n > 0 || s->view != VIEW_ALL;
	v->empty_title = v->is_filtered ? OPX_STR("Aucun dossier ne correspond")
					: OPX_STR("Aucun dossier pour l’instant");
	if (s->query.n > 0 && s->view != VIEW_ALL)
		v->empty_text = opx_strf(page->arena, "Vous cherchez « %s » dans la vue « %s ».", s->query.p,
					 view_words[s->view].label);
	else if (s->query.n > 0)
		v->empty_text = opx_strf(page->arena,
					 "Vous cherchez « %s ». Essayez un autre mot, ou le numéro RG.",
					 s->query.p);
	else if (s->view != VIEW_ALL)
		v->empty_text = opx_strf(page->arena, "La vue « %s » est vide.", view_words[s->view].label);
	else
		v->empty_text =
			v->can_open ? OPX_STR("Ouvrez un dossier avec la décision qui désigne l’expert.")
			: v->can_admit
				? OPX_STR("Un administrateur ouvre les accès : il ne voit aucun dossier.")
				: OPX_STR("L’expert ne vous a pas encore ouvert de dossier.");
}

static enum opx_status list(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct search search;
	struct sql_page_dossier_views_row counts;
	const struct sql_page_dossier_list_row *rows = NULL;
	const struct sql_page_dossier_invitations_row *invited = NULL;
	size_t n = 0, n_invited = 0;
	opx_page_init(&page, self, rq, OPX_STR("Mes dossiers"));
	read_search(&page, &search);
	struct view_dossiers v = { .query = search.query };
	OPX_TRY(opx_db_pipeline_begin(page.db, err));
	OPX_TRY(send_list(&page, &search, err));
	OPX_TRY(sql_page_dossier_views_send(page.db, page.person, search.today, search.open, search.running,
					    search.closed, err));
	OPX_TRY(sql_page_dossier_invitations_send(page.db, page.person, err));
	OPX_TRY(opx_db_pipeline_end(page.db, err));
	OPX_TRY(sql_page_dossier_list_recv(page.db, &rows, &n, err));
	OPX_TRY(sql_page_dossier_views_recv(page.db, &counts, err));
	OPX_TRY(sql_page_dossier_invitations_recv(page.db, &invited, &n_invited, err));
	OPX_TRY(opx_page_may(&page, "case", "create", 0, &v.can_open, err));
	if (n == 0)
		OPX_TRY(opx_page_may(&page, "account_expert", "manage", 0, &v.can_admit, err));
	struct view_dossier_row *list_rows = OPX_NEW_N(page.arena, struct view_dossier_row, n);
	for (size_t i = 0; i < n; i++)
		fill_row(&page, &rows[i], &list_rows[i]);
	v.rows = list_rows;
	v.n_rows = n;
	fill_invited(&page, invited, n_invited, &v);
	int64_t total = n > 0 ? rows[0].total : 0;
	fill_views(&page, &search, &counts, &v);
	fill_texts(&page, &search, total, &counts, &v);
	const struct opx_href_field filters[] = { { "vue", v.view }, { "q", v.query } };
	opx_page_pager(&page,
		       opx_href_query(page.arena, opx_href_lit("/dossiers"), filters, OPX_COUNT(filters)),
		       search.page, PER_PAGE, total, &v.pages, &v.n_pages);
	v.message = opx_page_notice(&page, notices, OPX_COUNT(notices));
	tpl_dossiers(opx_page_open(&page, 200), &v);
	return opx_page_finish(&page, err);
}

const struct opx_route opx_routes_dossiers[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers",
	  .right = OPX_RIGHT("case_metadata", "list"),
	  .subject = OPX_SUBJECT_NONE,
	  .handle = list },
};
const size_t opx_n_routes_dossiers = OPX_COUNT(opx_routes_dossiers);
