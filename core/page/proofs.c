/* SPDX-License-Identifier: MPL-2.0 */
/* proofs.c: /dossiers/:d/preuves, the state of the logs, and the bundles that a person may take away. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "html/date_fr.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/made.h"
#include "page/words.h"
#include "sql_page_exchange.h"
#include "sql_page_proof.h"
#include "tpl_proofs.h"

static const struct page_notice notices[] = {
	{ "droit", TONE_ERROR, N_("Ce dossier de preuve ne peut pas être préparé pour vous"),
	  N_("La raison est écrite sous « Préparer un dossier de preuve ».") },
};

static struct view_log fill_log(const struct opx_page *page, const struct sql_page_log_state_row *row,
				const char *name)
{
	struct opx_arena *arena = page->arena;
	struct view_log v = { .name = opx_str_z(name), .origin = row->origin };
	if (row->size_is_null) {
		v.head = OPX_STR("Aucune ligne scellée pour l’instant");
		return v;
	}
	v.head = opx_strf(arena, row->size > 1 ? "%s lignes, scellées le %s" : "%s ligne, scellée le %s",
			  opx_fr_number(arena, row->size).p, opx_page_short(page, row->at).text.p);
	v.has_root = row->root.n == 32;
	if (v.has_root)
		opx_word_groups(arena, opx_hex_str(arena, row->root), v.root_groups);
	return v;
}

static void fill_token(const struct opx_page *page, const struct sql_page_log_state_row *acts,
		       struct view_proofs *v)
{
	if (acts->size_is_null) {
		v->summary = OPX_STR("Le journal de ce dossier n’a encore aucune ligne scellée.");
		v->tone = TONE_INFO;
		v->last_token = OPX_STR("Aucun");
		return;
	}
	bool is_all = !acts->stamped_is_null && acts->stamped == acts->size;
	v->tone = is_all ? TONE_OK : TONE_INFO;
	v->last_token = acts->gen_time_is_null ? OPX_STR("Jeton en attente")
					       : opx_strf(page->arena, "Le %s, sur %s lignes",
							  opx_page_short(page, acts->gen_time).text.p,
							  opx_fr_number(page->arena, acts->stamped).p);
	v->summary =
		is_all ? OPX_STR("Tous les actes de ce dossier sont scellés et horodatés.")
		       : OPX_STR("Tous les actes de ce dossier sont scellés. L’horodatage des plus récents arrive dans quelques minutes.");
}

static enum opx_status fill_logs(struct opx_page *page, const struct page_dossier *d, struct view_proofs *v,
				 struct opx_error *err)
{
	const struct sql_page_log_state_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_page_log_state(page->db, d->view.id, &rows, &n, err));
	struct view_log *logs = OPX_NEW_N(page->arena, struct view_log, n);
	bool sees_readings = d->sees_readings;
	for (size_t i = 0; i < n; i++) {
		if (opx_str_is(rows[i].kind, "c")) {
			logs[v->n_logs++] = fill_log(page, &rows[i], N_("Journal des actes"));
			fill_token(page, &rows[i], v);
		} else if (opx_str_is(rows[i].kind, "r") && sees_readings) {
			logs[v->n_logs++] = fill_log(page, &rows[i], N_("Journal des lectures"));
		} else if (opx_str_is(rows[i].kind, "g")) {
			logs[v->n_logs++] = fill_log(page, &rows[i], N_("Journal général du service"));
		}
	}
	v->logs = logs;
	return OPX_OK;
}

static enum opx_status fill_bundles(struct opx_page *page, int64_t dossier, struct view_proofs *v,
				    struct opx_error *err)
{
	const struct sql_page_artefacts_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_page_artefacts(page->db, dossier, page->person, &rows, &n, err));
	struct view_bundle *list = OPX_NEW_N(page->arena, struct view_bundle, n);
	for (size_t i = 0; i < n; i++) {
		bool is_ready = opx_str_is(rows[i].state, "ready");
		list[i] = (struct view_bundle){
			.label = opx_str_is(rows[i].kind, "bundle-case") ? OPX_STR("Dossier complet")
				 : opx_str_is(rows[i].kind, "bundle-receipt")
					 ? opx_strf(page->arena, "Accusé vérifiable de D%03" PRId32,
						    rows[i].document_n)
					 : OPX_STR("Mon dossier de preuve"),
			.state = is_ready                              ? OPX_STR("Prêt")
				 : opx_str_is(rows[i].state, "failed") ? OPX_STR("Non préparé")
								       : OPX_STR("En préparation"),
			.when = opx_strf(page->arena, "Demandé le %s",
					 opx_page_short(page, rows[i].created_at).text.p),
			.size = rows[i].size_is_null ? OPX_STR("") : opx_fr_size(page->arena, rows[i].size),
			.until = is_ready ? opx_strf(page->arena, "gardé jusqu’au %s",
						     opx_page_short(page, rows[i].expires_at).text.p)
					  : OPX_STR(""),
			.sentence = rows[i].sentence,
			.href = opx_href_make(page->arena, "/dossiers/%d/preuves/paquets/%d", dossier,
					      rows[i].id),
			.is_ready = is_ready,
			.is_waiting = opx_str_is(rows[i].state, "waiting"),
		};
	}
	v->bundles = list;
	v->n_bundles = n;
	return OPX_OK;
}

/* The first reason there is, with what the person can name to ask for it. */
static struct opx_str what_lacks(struct opx_arena *arena, const struct sql_page_case_lacks_row *lacks,
				 int64_t first_act)
{
	if (lacks->documents > 0)
		return opx_strf(
			arena,
			lacks->documents > 1
				? "Le dossier complet n’est remis qu’à une personne qui peut tout lire : "
				  "%s documents ne vous sont pas ouverts."
				: "Le dossier complet n’est remis qu’à une personne qui peut tout lire : "
				  "%s document ne vous est pas ouvert.",
			opx_fr_number(arena, lacks->documents).p);
	if (lacks->acts > 0)
		return opx_strf(
			arena,
			lacks->acts > 1
				? "Le dossier complet n’est remis qu’à une personne qui peut tout lire : "
				  "%s actes du journal ont été adressés à d’autres que vous, ou avant "
				  "votre entrée dans le dossier (le premier est la ligne %s)."
				: "Le dossier complet n’est remis qu’à une personne qui peut tout lire : "
				  "%s acte du journal a été adressé à d’autres que vous, ou avant "
				  "votre entrée dans le dossier (ligne %s).",
			opx_fr_number(arena, lacks->acts).p, opx_fr_number(arena, first_act).p);
	return OPX_STR(
		"Le dossier complet n’est remis qu’à une personne qui peut tout lire : le journal des lectures ne vous est pas ouvert.");
}

/* What may this person take away, and why not more? */
static enum opx_status fill_rights(struct opx_page *page, int64_t dossier, struct view_proofs *v,
				   struct opx_error *err)
{
	struct sql_page_case_lacks_row lacks;
	struct sql_page_first_act_lacked_row first = { .seq = 0 };
	OPX_TRY(opx_page_may(page, "case_archive", "export", dossier, &v->can_case, err));
	OPX_TRY(opx_page_may(page, "proof_package", "export", dossier, &v->can_party, err));
	if (!v->can_case) {
		v->why_not_case =
			v->can_party
				? OPX_STR("Le dossier complet n’est remis qu’à l’expert, au magistrat et au greffier, s’ils peuvent tout lire.")
				: OPX_STR("Votre rôle dans ce dossier ne donne pas de dossier de preuve.");
		return OPX_OK;
	}
	OPX_TRY(sql_page_case_lacks(page->db, dossier, page->person, &lacks, err));
	v->can_case = lacks.documents == 0 && lacks.acts == 0 && !lacks.readings;
	if (v->can_case)
		return OPX_OK;
	if (lacks.acts > 0)
		OPX_TRY(sql_page_first_act_lacked(page->db, dossier, page->person, &first, err));
	v->why_not_case = what_lacks(page->arena, &lacks, first.seq);
	return OPX_OK;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct page_dossier d;
	struct view_proofs v = { .tone = TONE_PLAIN };
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Preuves"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	page.offers_no_deposit = true; /* one primary action a page */
	OPX_TRY(opx_page_dossier(&page, id, TAB_PROOFS, OPX_STR(""), &d, err));
	OPX_TRY(fill_logs(&page, &d, &v, err));
	OPX_TRY(fill_bundles(&page, id, &v, err));
	OPX_TRY(fill_rights(&page, id, &v, err));
	v.action = opx_href_make(page.arena, "/dossiers/%d/preuves/paquets", id);
	v.message = opx_page_notice(&page, notices, OPX_COUNT(notices));
	tpl_proofs(opx_page_open(&page, 200), &d.view, &v);
	return opx_page_finish(&page, err);
}

static enum opx_status ask(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct page_dossier d;
	struct view_proofs rights = { .tone = TONE_PLAIN };
	struct opx_str sort;
	int64_t id = 0, artefact = 0;
	opx_page_init(&page, self, rq, OPX_STR("Preuves"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	OPX_TRY(opx_form_str(rq, "sorte", OPX_TEXT_LINE, 20, &sort, err));
	bool is_case = opx_str_is(sort, "case");
	if (!is_case && !opx_str_is(sort, "party"))
		return OPX_FAIL(err, OPX_INVALID, N_("Choisissez le dossier de preuve à préparer."),
				"unknown sort of bundle");
	OPX_TRY(fill_rights(&page, id, &rights, err));
	if (is_case ? !rights.can_case : !rights.can_party) {
		opx_respond_see_other(rq, opx_strf(page.arena,
						   "/dossiers/%" PRId64 "/preuves?fait=droit#message", id));
		return OPX_OK;
	}
	OPX_TRY(opx_page_dossier(&page, id, TAB_PROOFS, OPX_STR(""), &d, err));
	const struct made_order order = { .kind = is_case ? "bundle-case" : "bundle-party",
					  .dossier = id,
					  .name = opx_made_name(&page, "preuve", d.view.rg,
								is_case ? "complet.asice" : "partie.asice") };
	OPX_TRY(opx_made_ask(&page, &order, &artefact, err));
	opx_respond_see_other(rq, opx_strf(page.arena, "/dossiers/%" PRId64 "/preuves/paquets/%" PRId64, id,
					   artefact));
	return OPX_OK;
}

/* Rights are asked again at the download: what was taken away since is no longer given. */
static enum opx_status give(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct page_dossier d;
	struct sql_page_artefact_row row;
	bool is_found = false, may = true;
	int64_t id = 0, artefact = 0;
	opx_page_init(&page, self, rq, OPX_STR("Preuves"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	OPX_TRY(opx_path_i64(rq, "paquet", &artefact, err));
	OPX_TRY(sql_page_artefact(page.db, artefact, page.person, page.c->session->id, &is_found, &row, err));
	if (is_found && row.dossier_id == id && opx_str_is(row.kind, "bundle-case"))
		OPX_TRY(opx_page_may(&page, "case_archive", "export", id, &may, err));
	if (!is_found || row.dossier_id != id || !may || !opx_str_starts(row.kind, "bundle-"))
		return OPX_FAIL(err, OPX_NOT_FOUND,
				N_("Ce dossier de preuve n’existe plus. Demandez-le à nouveau."),
				"artefact %" PRId64 " is not this person's, or over", artefact);
	OPX_TRY(opx_page_dossier(&page, id, TAB_PROOFS, OPX_STR("Dossier de preuve"), &d, err));
	return opx_made_give(&page, &d, artefact, opx_href_make(page.arena, "/dossiers/%d/preuves", id), err);
}

const struct opx_route opx_routes_proofs[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers/:dossier/preuves",
	  .right = OPX_RIGHT("proof_chain", "read"),
	  .subject = OPX_SUBJECT_DOSSIER,
	  .handle = show },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/dossiers/:dossier/preuves/paquets",
	  .right = OPX_RIGHT("proof_package", "export"),
	  .subject = OPX_SUBJECT_DOSSIER,
	  .handle = ask },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers/:dossier/preuves/paquets/:paquet",
	  .right = OPX_RIGHT("proof_package", "export"),
	  .subject = OPX_SUBJECT_DOSSIER,
	  .flags = OPX_ROUTE_WRITES,
	  .handle = give },
};
const size_t opx_n_routes_proofs = OPX_COUNT(opx_routes_proofs);
