/* SPDX-License-Identifier: MPL-2.0 */
/* dossiers.c: /dossiers, the list of a person's dossiers and what waits for an answer. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/words.h"
#include "sql_page_dossier.h"
#include "tpl_dossiers.h"

#define PER_PAGE 25

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
	if (!row->report_due_on_is_null) {
		ret->due.text = opx_page_date(page, row->report_due_on);
		ret->due_note = OPX_STR("Rapport attendu");
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
			.quality = opx_word_quality(page->arena, rows[i].role, OPX_STR(""),
						    rows[i].side.p != NULL ? rows[i].side : OPX_STR("")),
			.until = opx_strf(page->arena, "jusqu’au %s",
					  opx_page_day(page, rows[i].expires_at).text.p),
		};
	v->invited = list;
	v->n_invited = n;
}

static void fill_texts(const struct opx_page *page, int64_t total, struct view_dossiers *v)
{
	int64_t unread = 0;
	for (size_t i = 0; i < v->n_rows; i++)
		unread += v->rows[i].is_unread ? 1 : 0;
	v->greeting = unread == 0   ? OPX_STR("Rien de nouveau depuis votre dernière visite.")
		      : unread == 1 ? OPX_STR("Un dossier a du nouveau.")
				    : opx_strf(page->arena, "%" PRId64 " dossiers ont du nouveau.", unread);
	v->caption = opx_strf(page->arena,
			      total > 1 ? "%" PRId64 " dossiers, du mouvement le plus récent au plus ancien."
					: "%" PRId64 " dossier.",
			      total);
	v->empty_title = v->is_filtered ? OPX_STR("Aucun dossier ne correspond")
					: OPX_STR("Aucun dossier pour l’instant");
	v->empty_text = v->is_filtered ? OPX_STR("Essayez un autre mot, ou le numéro RG.")
			: v->can_open  ? OPX_STR("Ouvrez un dossier avec la décision qui vous désigne.")
				       : OPX_STR("L’expert ne vous a pas encore ouvert de dossier.");
}

static enum opx_status list(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct view_dossiers v = { .query = opx_request_query(rq, "q") };
	opx_page_init(&page, self, rq, OPX_STR("Mes dossiers"));
	int64_t number = opx_page_number(&page);
	const struct sql_page_dossier_list_row *rows = NULL;
	const struct sql_page_dossier_invitations_row *invited = NULL;
	size_t n = 0, n_invited = 0;
	OPX_TRY(opx_db_pipeline_begin(page.db, err));
	OPX_TRY(sql_page_dossier_list_send(page.db, page.person, v.query, (struct opx_strs){ .n = 0 },
					   PER_PAGE, (number - 1) * PER_PAGE, err));
	OPX_TRY(sql_page_dossier_invitations_send(page.db, page.person, err));
	OPX_TRY(opx_db_pipeline_end(page.db, err));
	OPX_TRY(sql_page_dossier_list_recv(page.db, &rows, &n, err));
	OPX_TRY(sql_page_dossier_invitations_recv(page.db, &invited, &n_invited, err));
	OPX_TRY(opx_page_may(&page, "case", "create", 0, &v.can_open, err));
	struct view_dossier_row *list_rows = OPX_NEW_N(page.arena, struct view_dossier_row, n);
	for (size_t i = 0; i < n; i++)
		fill_row(&page, &rows[i], &list_rows[i]);
	v.rows = list_rows;
	v.n_rows = n;
	v.is_filtered = v.query.n > 0;
	fill_invited(&page, invited, n_invited, &v);
	int64_t total = n > 0 ? rows[0].total : 0;
	fill_texts(&page, total, &v);
	opx_page_pager(&page, OPX_STR("/dossiers"), v.query, number, PER_PAGE, total, &v.pages, &v.n_pages);
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
