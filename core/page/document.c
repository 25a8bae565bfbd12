/* SPDX-License-Identifier: MPL-2.0 */
/* document.c: /documents/:document, what one may know of a document, and its bytes, given by nginx after the opening is committed. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "db/db.h"
#include "domain/act.h"
#include "domain/reading.h"
#include "html/date_fr.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "opx/storage.h"
#include "page/made.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "sql_page_exchange.h"
#include "tpl_proofs.h"

static void fill(const struct opx_page *page, const struct sql_page_document_row *row,
		 struct view_document *v)
{
	struct opx_arena *arena = page->arena;
	struct opx_str side = row->side.p != NULL ? row->side : OPX_STR("");
	bool is_own = row->author_id == page->person;
	*v = (struct view_document){
		.kind = opx_page_numbered(page, row->kind, row->series_number),
		.number = opx_strf(arena, "D%03" PRId32, row->n),
		.title = row->title.n > 0 ? row->title : row->name_shown,
		.name = row->name_shown,
		.size = opx_fr_size(arena, row->size),
		.mime = row->mime,
		.author = is_own ? opx_strf(arena, "%s (vous)", row->author.p) : row->author,
		.author_note = opx_word_quality(arena, row->role, row->author_title, side),
		.ground = row->ground,
		.at = opx_page_exact(page, row->filed_at),
		.file = opx_href_make(arena, "/documents/%d/fichier", row->id),
		.filing = opx_href_make(arena, "/dossiers/%d/depots/%d", row->dossier_id,
					(int64_t)row->filing_number),
		.filing_label = opx_strf(arena, "Dépôt n° %" PRId32, row->filing_number),
		.token = row->gen_time_is_null ? OPX_STR("Jeton en attente")
					       : opx_strf(arena, "Horodaté le %s",
							  opx_page_short(page, row->gen_time).text.p),
		.token_tone = row->gen_time_is_null ? TONE_INFO : TONE_OK,
		.is_first = row->first_opened_is_null && !is_own,
	};
	if (!row->pages_is_null)
		v->size = opx_strf(arena, row->pages > 1 ? "%s, %" PRId32 " pages" : "%s, %" PRId32 " page",
				   v->size.p, row->pages);
	v->first =
		is_own ? OPX_STR("C’est votre dépôt : vos ouvertures n’apparaissent pas sur le tableau du contradictoire.")
		: row->first_opened_is_null
			? OPX_STR("Votre première lecture sera enregistrée au téléchargement. L’expert, la juridiction et le déposant pourront la voir.")
			: opx_strf(arena, "Votre première lecture est enregistrée : le %s.",
				   opx_page_short(page, row->first_opened).text.p);
	opx_word_groups(arena, opx_hex_str(arena, row->sha256), v->sha256_groups);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct page_dossier d;
	struct sql_page_document_row row;
	struct view_document v;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Document"));
	OPX_TRY(opx_path_i64(rq, "document", &id, err));
	OPX_TRY(sql_page_document(page.db, id, page.person, &row, err));
	fill(&page, &row, &v);
	page.offers_no_deposit = true; /* one primary action a page */
	OPX_TRY(opx_page_dossier(&page, row.dossier_id, TAB_EXCHANGES, v.number, &d, err));
	/* Of many open tabs, a number alone tells nobody which document is which. */
	page.layout.title = opx_strf(page.arena, "%s, %s, RG %s", v.number.p, v.title.p, d.view.rg.p);
	tpl_document(opx_page_open(&page, 200), &d.view, &v);
	return opx_page_finish(&page, err);
}

static enum opx_status ask_ahead(struct opx_request *rq, void *self, struct opx_db *db, struct opx_error *err)
{
	int64_t id = 0;
	(void)self;
	OPX_TRY(opx_path_i64(rq, "document", &id, err));
	return opx_reading_ahead_send(db, id, err);
}

static enum opx_status take_ahead(struct opx_request *rq, void *self, struct opx_db *db, void **ret,
				  struct opx_error *err)
{
	struct opx_reading_ahead *ahead = NULL;
	(void)self;
	OPX_TRY(opx_reading_ahead_recv(db, rq->arena, &ahead, err));
	*ret = ahead;
	return OPX_OK;
}

static const struct opx_ahead file_ahead = { .size = sizeof(file_ahead),
					     .send = ask_ahead,
					     .recv = take_ahead };

/* What was asked ahead is enough when this session has had the document before, and for a HEAD, which gives no byte and so opens
 * nothing. Else the opening is written. */
static enum opx_status open_it(struct opx_page *page, int64_t document, struct opx_reading *ret,
			       struct opx_error *err)
{
	struct opx_act act;
	const struct opx_reading_form form = { .representation = "original" };
	struct opx_reading_ahead *ahead = page->c->ahead;
	if (ahead == NULL) {
		OPX_TRY(opx_page_write(page, err));
		OPX_TRY(opx_db_pipeline_begin(page->db, err));
		OPX_TRY(opx_reading_ahead_send(page->db, document, err));
		OPX_TRY(opx_db_pipeline_end(page->db, err));
		OPX_TRY(opx_reading_ahead_recv(page->db, page->arena, &ahead, err));
	}
	opx_reading_would_be(ahead, page->arena, ret);
	if (!ret->is_first || page->c->rq->method == OPX_HEAD)
		return OPX_OK;
	OPX_TRY(opx_page_write(page, err));
	opx_page_act(page, &act);
	OPX_TRY(opx_reading_open(&act, document, form, ret, err));
	opx_context_wakes(page->c, ret->is_first ? OPX_WAKES_SEAL : OPX_WAKES_NOBODY);
	return OPX_OK;
}

/* Types that a browser may be told; anything else is bytes. */
static const char *type_of(struct opx_str mime)
{
	static const char *const known[] = {
		"application/pdf", "image/jpeg", "image/png",       "image/tiff",
		"image/gif",       "text/plain", "application/zip", "video/mp4"
	};
	for (size_t i = 0; i < OPX_COUNT(known); i++)
		if (opx_str_is(mime, known[i]))
			return known[i];
	return "application/octet-stream";
}

static enum opx_status give(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_reading reading;
	struct opx_str address;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Document"));
	OPX_TRY(opx_path_i64(rq, "document", &id, err));
	if (opx_page_refuses_prefetch(rq))
		return OPX_OK;
	const struct opx_reg_storage *store = opx_registry_storage(page.pages->registry);
	if (store == NULL)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("Les documents ne peuvent pas être ouverts en ce moment (module storage-fs)."),
			"no storage plugin");
	OPX_TRY(open_it(&page, id, &reading, err));
	uint16_t former = opx_registry_enter(page.pages->registry, store->owner);
	enum opx_status status =
		store->it->address(store->self, page.arena, reading.store_name, &address, err);
	opx_registry_leave(page.pages->registry, former);
	OPX_TRY(status);
	opx_respond_file(rq, address, type_of(reading.mime), reading.name, reading.ascii_name);
	return OPX_OK;
}

const struct opx_route opx_routes_document[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/documents/:document",
	  .right = OPX_RIGHT_KIND_READ,
	  .subject = OPX_SUBJECT_DOCUMENT,
	  .handle = show },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/documents/:document/fichier",
	  .right = OPX_RIGHT_KIND_READ,
	  .subject = OPX_SUBJECT_DOCUMENT,
	  .flags = OPX_ROUTE_WRITES,
	  .handle = give,
	  .ahead = &file_ahead },
};
const size_t opx_n_routes_document = OPX_COUNT(opx_routes_document);
