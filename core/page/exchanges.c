/* SPDX-License-Identifier: MPL-2.0 */
/* exchanges.c: /dossiers/:d/echanges, the documents of a dossier that a search (exchange_search.h) finds, and who has read them. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/exchange_search.h"
#include "page/words.h"
#include "sql_page_exchange.h"
#include "sql_page_proof.h"
#include "tpl_exchanges.h"

#define PER_PAGE 25

static void fill_readings(const struct opx_page *page, const struct sql_page_exchange_list_row *row,
			  struct view_exchange *v)
{
	size_t n = row->readers.n < row->opened_us.n ? row->readers.n : row->opened_us.n, read = 0;
	struct view_reading *list = OPX_NEW_N(page->arena, struct view_reading, n);
	for (size_t i = 0; i < n; i++) {
		const struct opx_instant at = { .us = row->opened_us.p[i] };
		list[i] = (struct view_reading){ .name = row->readers.p[i], .has_read = at.us != 0 };
		if (!list[i].has_read)
			continue;
		list[i].when = opx_strf(page->arena, "le %s", opx_page_short(page, at).text.p);
		read++;
	}
	v->readings = list;
	v->n_readings = n;
	v->readers = opx_strf(page->arena, "%zu sur %zu", read, n);
	v->is_read_by_all = n > 0 && read == n;
}

static void fill_row(const struct opx_page *page, const struct page_dossier *d,
		     const struct sql_page_exchange_list_row *row, struct view_exchange *ret)
{
	struct opx_arena *arena = page->arena;
	bool is_own = row->author_id == page->person;
	*ret = (struct view_exchange){
		.href = opx_href_make(arena, "/documents/%d", row->id),
		.filing = opx_href_make(arena, "/dossiers/%d/depots/%d", d->view.id,
					(int64_t)row->filing_number),
		.kind = opx_page_kind(page, row->kind),
		.is_readable = row->title.p != NULL,
		.ground = row->ground,
		.line = opx_strf(arena, "Dépôt n° %" PRId32 ", D%03" PRId32, row->filing_number, row->n),
		.author = is_own ? OPX_STR("Vous") : row->author,
		.author_note = row->side.p != NULL
				       ? row->side
				       : opx_word_role(row->author_role, opx_word_title(row->author)),
		.date = opx_page_day(page, row->filed_at),
		.hour = opx_page_hour(page, row->filed_at),
		.is_unread = row->is_unread,
		.knows_readers = is_own || d->sees_readings,
	};
	/* The files of one deposit share its title: their names tell them apart. */
	ret->title = ret->is_readable && row->title.n > 0 && row->has_siblings
			     ? opx_strf(arena, "%s : %s", row->title.p, row->name_shown.p)
		     : !ret->is_readable ? opx_page_numbered(page, row->kind, row->series_number)
		     : row->title.n > 0  ? row->title
					 : row->name_shown;
	if (!ret->is_readable && ret->ground.n == 0)
		ret->ground = OPX_STR("Vous n’êtes pas dans la liste des lecteurs.");
	ret->own_reading = !ret->is_readable ? OPX_STR("Réservé à ses lecteurs")
			   : row->is_unread  ? OPX_STR("Pas encore par vous")
					     : OPX_STR("Par vous");
}

static const struct page_notice notices[] = {
	{ "garde", TONE_OK, N_("Votre brouillon est gardé"),
	  N_("Vous le retrouvez ici pendant 7 jours. Personne d’autre ne le voit.") },
	{ "jete", TONE_OK, N_("Le brouillon est supprimé"), N_("Rien n’a été déposé.") },
	{ "disparu", TONE_ATTENTION, N_("Ce brouillon a été supprimé"),
	  N_("Par vous, ou parce que personne n’y a touché pendant 7 jours. Rien n’en a été déposé.") },
};

/* What the person has begun and not filed. */
static void fill_drafts(const struct opx_page *page, int64_t dossier, const struct sql_page_drafts_row *rows,
			size_t n, struct view_exchanges *v)
{
	struct view_kept *list = OPX_NEW_N(page->arena, struct view_kept, n);
	for (size_t i = 0; i < n; i++) {
		list[i].href = opx_href_make(page->arena, "/dossiers/%d/brouillons/%d", dossier, rows[i].id);
		list[i].title = rows[i].title.n > 0  ? rows[i].title
				: rows[i].kind.n > 0 ? opx_page_kind(page, rows[i].kind)
						     : OPX_STR("Sans titre");
		list[i].note = opx_strf(page->arena,
					rows[i].files > 1 ? "%" PRId64 " fichiers, gardé jusqu’au %s"
							  : "%" PRId64 " fichier, gardé jusqu’au %s",
					rows[i].files, opx_page_day(page, rows[i].expires_at).text.p);
	}
	v->drafts = list;
	v->n_drafts = n;
}

/* What the page is made of, asked in one round trip. */
struct answers {
	struct page_dossier d;
	const struct sql_page_exchange_list_row *rows;
	const struct sql_page_exchange_authors_row *authors;
	const struct sql_page_drafts_row *drafts;
	size_t n_rows, n_authors, n_drafts;
};

static enum opx_status load(struct opx_page *page, int64_t id, const struct exchange_search *s,
			    int64_t number, struct answers *ret, struct opx_error *err)
{
	const int64_t skip = (number - 1) * PER_PAGE;
	OPX_TRY(opx_db_pipeline_begin(page->db, err));
	OPX_TRY(opx_page_dossier_send(page, id, err));
	OPX_TRY(sql_page_exchange_list_send(page->db, id, page->person, s->query, s->filing, s->document,
					    s->series, s->kind, s->author, s->is_unread, s->order, PER_PAGE,
					    skip, err));
	OPX_TRY(sql_page_exchange_authors_send(page->db, id, err));
	OPX_TRY(sql_page_drafts_send(page->db, id, page->person, err));
	OPX_TRY(opx_db_pipeline_last(page->db, err));
	OPX_TRY(opx_page_dossier_recv(page, TAB_EXCHANGES, OPX_STR(""), &ret->d, err));
	OPX_TRY(sql_page_exchange_list_recv(page->db, &ret->rows, &ret->n_rows, err));
	OPX_TRY(sql_page_exchange_authors_recv(page->db, &ret->authors, &ret->n_authors, err));
	return sql_page_drafts_recv(page->db, &ret->drafts, &ret->n_drafts, err);
}

static void fill_rows(const struct opx_page *page, const struct answers *a, struct view_exchanges *v)
{
	struct view_exchange *views = OPX_NEW_N(page->arena, struct view_exchange, a->n_rows);
	for (size_t i = 0; i < a->n_rows; i++) {
		fill_row(page, &a->d, &a->rows[i], &views[i]);
		if (views[i].knows_readers)
			fill_readings(page, &a->rows[i], &views[i]);
	}
	v->rows = views;
	v->n_rows = a->n_rows;
}

static enum opx_status list(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct answers a;
	struct view_exchanges v = { .n_rows = 0 };
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Échanges"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	const struct exchange_search s = opx_exchange_search_read(&page, rq);
	int64_t number = opx_page_number(&page);
	OPX_TRY(load(&page, id, &s, number, &a, err));
	int64_t total = a.n_rows > 0 ? a.rows[0].total : 0;
	fill_rows(&page, &a, &v);
	v.caption = opx_strf(page.arena,
			     a.n_rows > 1 ? "%zu documents affichés sur %" PRId64
					    ", %s. Aucun dépôt ne peut être modifié ni supprimé."
					  : "%zu document affiché sur %" PRId64
					    ", %s. Aucun dépôt ne peut être modifié ni supprimé.",
			     a.n_rows, total, opx_exchange_search_caption(&s));
	opx_exchange_search_fill(&page, id, &s, a.authors, a.n_authors, &v);
	fill_drafts(&page, id, a.drafts, a.n_drafts, &v);
	v.message = opx_page_notice(&page, notices, OPX_COUNT(notices));
	opx_page_pager(&page, opx_exchange_search_href(&page, id, &s), number, PER_PAGE, total, &v.pages,
		       &v.n_pages);
	tpl_exchanges(opx_page_open(&page, 200), &a.d.view, &v);
	return opx_page_finish(&page, err);
}

const struct opx_route opx_routes_exchanges[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers/:dossier/echanges",
	  .right = OPX_RIGHT("case", "read"),
	  .subject = OPX_SUBJECT_DOSSIER,
	  .handle = list },
};
const size_t opx_n_routes_exchanges = OPX_COUNT(opx_routes_exchanges);
