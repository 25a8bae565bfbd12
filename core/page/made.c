/* SPDX-License-Identifier: MPL-2.0 */
/* made.c: see made.h. */
#include "page/made.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "domain/act.h"
#include "domain/reading.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "sql_page_proof.h"
#include "tpl_proofs.h"

#define WAIT_S 3
#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")

bool opx_page_refuses_prefetch(struct opx_request *rq)
{
	struct opx_bytes purpose = rq->headers[OPX_HDR_SEC_PURPOSE];
	if (purpose.n < 8 || memmem(purpose.p, purpose.n, "prefetch", 8) == NULL)
		return false;
	opx_respond_text(rq, 503, "Ce document s’ouvre quand vous le demandez, pas avant.\n");
	return true;
}

struct opx_str opx_made_name(const struct opx_page *page, const char *name, struct opx_str rg,
			     const char *rest)
{
	char *clean = opx_arena_alloc(page->arena, rg.n + 1, 1);
	for (size_t i = 0; i < rg.n; i++) {
		char c = rg.p[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		clean[i] = is_plain ? c : '-';
	}
	return opx_strf(page->arena, "%s-%s-%s", name, clean, rest);
}

enum opx_status opx_made_ask(struct opx_page *page, const struct made_order *order, int64_t *ret_id,
			     struct opx_error *err)
{
	struct sql_artefact_live_row live;
	struct sql_artefact_add_row row;
	bool is_live = false;
	struct opx_str kind = opx_str_z(order->kind);
	const int64_t *document = order->document != 0 ? &order->document : NULL;
	const int64_t *filing = order->filing != 0 ? &order->filing : NULL;
	struct sql_artefact_turn_row turn;
	OPX_TRY(sql_artefact_turn(page->db, order->dossier, kind, page->person, &turn, err));
	OPX_TRY(sql_artefact_live(page->db, order->dossier, kind, page->person, document, filing, &is_live,
				  &live, err));
	if (is_live) {
		*ret_id = live.id;
		return OPX_OK;
	}
	OPX_TRY(sql_artefact_add(page->db, order->dossier, kind, page->person, page->c->session->id, document,
				 filing, order->name, &row, err));
	bool is_pdf = strcmp(order->kind, "receipt-pdf") == 0;
	struct opx_act act;
	opx_page_act(page, &act);
	*ret_id = row.id;
	opx_context_wakes(page->c, OPX_WAKES_MAKE);
	return opx_act_job(&act, "make", is_pdf ? "receipt.pdf" : "bundle.step",
			   opx_strf(page->arena, is_pdf ? "pdf:%" PRId64 : "bundle:%" PRId64, row.id), row.id,
			   0, err);
}

enum opx_status opx_made_find(struct opx_page *page, const struct made_order *order, int64_t *ret_id,
			      struct opx_error *err)
{
	struct sql_artefact_newest_row row;
	bool is_found = false;
	OPX_TRY(sql_artefact_newest(page->db, order->dossier, opx_str_z(order->kind), page->person,
				    order->document != 0 ? &order->document : NULL,
				    order->filing != 0 ? &order->filing : NULL, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "no artefact %s of this person", order->kind);
	*ret_id = row.id;
	return OPX_OK;
}

/* Every document of a bundle is given with it: committed before the first byte, once a session (design section 3, step 9). */
static enum opx_status hand_over(struct opx_page *page, int64_t artefact, struct opx_bytes sha256,
				 struct opx_error *err)
{
	const struct sql_artefact_documents_row *rows = NULL;
	size_t n = 0;
	struct opx_act act;
	opx_page_act(page, &act);
	OPX_TRY(sql_artefact_documents(page->db, artefact, page->person, &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		struct opx_reading reading;
		const struct opx_reading_form form = { .representation = "bundle", .sha256 = sha256 };
		OPX_TRY(opx_reading_open(&act, rows[i].document_id, form, &reading, err));
	}
	opx_context_wakes(page->c, OPX_WAKES_SEAL | OPX_WAKES_POST);
	return OPX_OK;
}

static enum opx_status send(struct opx_page *page, const struct sql_artefact_given_row *row, int64_t artefact,
			    struct opx_error *err)
{
	struct opx_request *rq = page->c->rq;
	bool is_pdf = opx_str_is(row->kind, "receipt-pdf");
	bool holds_documents = opx_str_is(row->kind, "bundle-case") || opx_str_is(row->kind, "bundle-party");
	if (row->path.p == NULL || row->sha256.n != 32)
		return OPX_FAIL(err, OPX_INTERNAL, N_("Ce fichier est introuvable. Demandez-le à nouveau."),
				"artefact %" PRId64 " is ready without a file", artefact);
	if (opx_page_refuses_prefetch(rq))
		return OPX_OK;
	if (holds_documents && rq->method != OPX_HEAD)
		OPX_TRY(hand_over(page, artefact, row->sha256, err));
	opx_respond_file(rq, opx_strf(page->arena, "/_made/%s", row->path.p),
			 is_pdf ? "application/pdf" : "application/vnd.etsi.asic-e+zip",
			 opx_bytes_of(row->name), row->name);
	return OPX_OK;
}

/* The steps of the make lane, in words. */
static struct opx_str step_words(const struct sql_artefact_given_row *row)
{
	if (opx_str_is(row->kind, "receipt-pdf"))
		return OPX_STR("La page est mise en forme.");
	if (opx_str_is(row->step, "sealing"))
		return OPX_STR("Étape 2 sur 3 : le sceau et le premier jeton d’horodatage sont demandés.");
	if (opx_str_is(row->step, "stamping"))
		return OPX_STR("Étape 3 sur 3 : l’ensemble est horodaté, puis vérifié.");
	return OPX_STR("Étape 1 sur 3 : les actes, les documents et les preuves sont rassemblés.");
}

enum opx_status opx_made_give(struct opx_page *page, const struct page_dossier *d, int64_t artefact,
			      struct opx_href back, struct opx_error *err)
{
	struct sql_artefact_given_row row;
	bool is_found = false;
	OPX_TRY(sql_artefact_given(page->db, artefact, page->person, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE,
				"artefact %" PRId64 " is not this person's, or over", artefact);
	if (opx_str_is(row.state, "ready"))
		return send(page, &row, artefact, err);
	bool is_failed = opx_str_is(row.state, "failed");
	bool is_pdf = opx_str_is(row.kind, "receipt-pdf");
	struct view_wait v = { .back = back, .is_failed = is_failed, .step = step_words(&row) };
	if (is_failed) {
		v.title = OPX_STR("Ce fichier n’a pas pu être préparé");
		v.text = OPX_STR("Le dossier n’a pas changé. Vous pouvez le demander à nouveau.");
		v.step = row.sentence.n > 0 ? row.sentence : OPX_STR("L’équipe du service est prévenue.");
	} else {
		v.title = is_pdf ? OPX_STR("Votre accusé se prépare")
				 : OPX_STR("Votre dossier de preuve se prépare");
		v.text =
			is_pdf ? OPX_STR("Quelques secondes suffisent.")
			       : OPX_STR("Il faut le temps de l’horodater, de le sceller, puis de le vérifier : moins d’une minute en général.");
		page->layout.refresh_s = WAIT_S;
	}
	tpl_made_wait(opx_page_open(page, 200), &d->view, &v);
	return opx_page_finish(page, err);
}
