/* SPDX-License-Identifier: MPL-2.0 */
/* receipt.c: /dossiers/:d/depots/:n, the receipt of a deposit; its PDF and the receipt bundle of each of its documents. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "html/date_fr.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/made.h"
#include "page/patience.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_filing.h"
#include "sql_page_exchange.h"
#include "sql_page_proof.h"
#include "tpl_proofs.h"

#define REFRESH_S 3
#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")

struct receipt {
	struct opx_page page;
	struct page_dossier d;
	struct sql_page_filing_row filing;
	int64_t dossier;
	bool is_own, may_take; /* receipt,read */
};

static enum opx_status ask_receipt(struct receipt *r, struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(r->page.pages->registry);
	const struct opx_right_question q = { .object = "receipt",
					      .action = "read",
					      .subject = OPX_SUBJECT_FILING,
					      .id = r->dossier,
					      .number = r->filing.number,
					      .key = OPX_STR("") };
	struct opx_right_answer answer;
	if (rights == NULL)
		return OPX_OK;
	OPX_TRY(OPX_REG_CALL(r->page.pages->registry, rights, ask, r->page.db, &q, &answer, err));
	r->may_take = answer.decision == OPX_ALLOW;
	return OPX_OK;
}

static enum opx_status load(struct receipt *r, void *self, struct opx_request *rq, struct opx_error *err)
{
	int64_t number = 0;
	bool is_found = false;
	*r = (struct receipt){ .dossier = 0 };
	opx_page_init(&r->page, self, rq, OPX_STR("Accusé de dépôt"));
	OPX_TRY(opx_path_i64(rq, "dossier", &r->dossier, err));
	OPX_TRY(opx_path_i64(rq, "numero", &number, err));
	if (number > INT32_MAX)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "filing number out of range");
	OPX_TRY(sql_page_filing(r->page.db, r->dossier, (int32_t)number, r->page.person, &is_found,
				&r->filing, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "no filing %" PRId64 " for this person", number);
	r->is_own = r->filing.author_id == r->page.person;
	r->page.offers_no_deposit = true; /* one primary action a page */
	return opx_page_dossier(&r->page, r->dossier, TAB_EXCHANGES,
				opx_strf(r->page.arena, "Dépôt n° %" PRId32, r->filing.number), &r->d, err);
}

/* Until it is sealed a deposit exists for its author alone: he waits here, not longer than the site says. */
static enum opx_status wait_for_seal(struct receipt *r, struct opx_error *err)
{
	struct opx_patience *patience = r->page.pages->patience;
	struct sql_filing_sealed_row row;
	bool is_sealed = false;
	if (!r->filing.sealed_at_is_null || !opx_patience_begin(patience))
		return OPX_OK;
	enum opx_status status = OPX_OK;
	for (int64_t ms = 0, pause = 0; ms < r->page.c->site->seal_wait_ms && status == OPX_OK && !is_sealed;
	     ms += pause) {
		pause = opx_patience_longer(pause);
		if (!opx_patience_pause(pause))
			break;
		status = sql_filing_sealed(r->page.db, r->dossier, r->filing.number, &is_sealed, &row, err);
	}
	opx_patience_end(patience, !is_sealed);
	if (status == OPX_OK && is_sealed) {
		r->filing.sealed_at = row.sealed_at;
		r->filing.sealed_at_is_null = false;
	}
	return status;
}

static void fill_file(const struct receipt *r, const struct sql_page_filing_documents_row *row,
		      struct view_filed *v)
{
	const struct opx_page *page = &r->page;
	struct opx_arena *arena = page->arena;
	bool is_readable = row->title.p != NULL;
	*v = (struct view_filed){
		.document = opx_href_make(arena, "/documents/%d", row->id),
		.file = opx_href_make(arena, "/documents/%d/fichier", row->id),
		.proof = opx_href_make(arena, "/dossiers/%d/depots/%d/%d.asice", r->dossier,
				       (int64_t)r->filing.number, row->id),
		.number = opx_strf(arena, "D%03" PRId32, row->n),
		.name = is_readable ? row->name_shown
				    : opx_page_numbered(page, row->kind, row->series_number),
		.kind = opx_page_numbered(page, row->kind, row->series_number),
		.ground = row->ground,
		.is_readable = is_readable && !r->filing.sealed_at_is_null,
		.has_proof = r->may_take && is_readable && !r->filing.sealed_at_is_null,
		.token = row->gen_time_is_null ? OPX_STR("Jeton en attente")
					       : opx_strf(arena, "Horodaté le %s",
							  opx_page_short(page, row->gen_time).text.p),
		.token_tone = row->gen_time_is_null ? TONE_INFO : TONE_OK,
	};
	if (!row->seq_is_null)
		v->log_line = opx_strf(arena, "Ligne %" PRId64 " du journal", row->seq);
	if (!is_readable)
		return;
	struct opx_str size = opx_fr_size(arena, row->size);
	v->size = row->pages_is_null
			  ? size
			  : opx_strf(arena, row->pages > 1 ? "%s, %" PRId32 " pages" : "%s, %" PRId32 " page",
				     size.p, row->pages);
	v->is_picture = opx_str_starts(row->mime, "image/");
	opx_word_groups(arena, opx_hex_str(arena, row->sha256), v->sha256_groups);
}

static enum opx_status fill_files(struct receipt *r, struct view_receipt *v, bool *ret_reads,
				  struct opx_error *err)
{
	struct opx_arena *arena = r->page.arena;
	const struct sql_page_filing_documents_row *rows = NULL;
	size_t n = 0, stamped = 0;
	OPX_TRY(sql_page_filing_documents(r->page.db, r->filing.id, r->page.person, &rows, &n, err));
	struct view_filed *files = OPX_NEW_N(arena, struct view_filed, n);
	*ret_reads = r->is_own;
	for (size_t i = 0; i < n; i++) {
		fill_file(r, &rows[i], &files[i]);
		*ret_reads = *ret_reads || files[i].is_readable;
		stamped += rows[i].gen_time_is_null ? 0 : 1;
	}
	v->files = files;
	v->n_files = n;
	v->files_title = opx_strf(arena, n > 1 ? "%zu fichiers déposés" : "%zu fichier déposé", n);
	v->token_tone = stamped == n ? TONE_OK : TONE_INFO;
	v->token_text = stamped == n ? OPX_STR("Horodaté") : OPX_STR("Jeton en attente");
	v->token_note = stamped == n
				? OPX_STR("Jeton RFC 3161 vérifié pour chaque fichier.")
				: OPX_STR("Le dépôt est valable. Le jeton arrive dans quelques minutes.");
	return OPX_OK;
}

/* When he first opened one of its files, and how many of them. */
static void say_reading(const struct receipt *r, const struct sql_page_filing_readers_row *row,
			struct view_person *v)
{
	struct opx_arena *arena = r->page.arena;
	v->access = !row->opened_at_is_null ? ACCESS_YES : row->accepted ? ACCESS_NOT_YET : ACCESS_WAIT;
	v->access_text = v->access == ACCESS_NOT_YET ? OPX_STR("Pas encore")
			 : row->prefers_paper        ? OPX_STR("Préfère le papier")
			 : v->access == ACCESS_WAIT
				 ? OPX_STR("N’a pas encore accepté son invitation")
				 : opx_strf(arena, "Le %s", opx_page_short(&r->page, row->opened_at).text.p);
	if (v->access == ACCESS_YES && row->given > 1 && row->opened < row->given)
		v->access_text = opx_strf(arena, "%s, %" PRId64 " fichier%s sur %" PRId64, v->access_text.p,
					  row->opened, row->opened > 1 ? "s" : "", row->given);
}

static void fill_reading(const struct receipt *r, const struct sql_page_filing_readers_row *row,
			 size_t n_files, struct view_person *v)
{
	struct opx_arena *arena = r->page.arena;
	struct opx_str side = row->side.p != NULL ? row->side : OPX_STR("");
	*v = (struct view_person){ .id = row->person_id,
				   .initials = opx_word_initials(arena, row->given_name, row->family_name),
				   .name = row->name,
				   .quality = opx_word_quality(arena, row->role, row->title, side) };
	if (row->given > 0 && (size_t)row->given < n_files)
		v->quality = opx_strf(arena, "%s. %" PRId64 " fichier%s sur %zu", v->quality.p, row->given,
				      row->given > 1 ? "s" : "", n_files);
	if (r->is_own || r->d.sees_readings || row->person_id == r->page.person)
		say_reading(r, row, v);
}

static enum opx_status fill_readers(struct receipt *r, struct view_receipt *v, struct opx_error *err)
{
	const struct sql_page_filing_readers_row *rows = NULL;
	size_t n = 0, count = 0;
	OPX_TRY(sql_page_filing_readers(r->page.db, r->filing.id, &rows, &n, err));
	struct view_person *list = OPX_NEW_N(r->page.arena, struct view_person, n);
	for (size_t i = 0; i < n; i++)
		if (!rows[i].is_author)
			fill_reading(r, &rows[i], v->n_files, &list[count++]);
	v->readers = list;
	v->n_readers = count;
	v->knows_readers = r->is_own || r->d.sees_readings;
	if (r->is_own && count > 0)
		v->told = opx_strf(r->page.arena,
				   count > 1 ? "Ses %zu destinataires en sont prévenus."
					     : "Son destinataire en est prévenu.",
				   count);
	return OPX_OK;
}

static struct opx_str capital(struct opx_arena *arena, struct opx_str s)
{
	char *copy = opx_arena_memdup(arena, s.p, s.n + 1);
	if (copy[0] >= 'a' && copy[0] <= 'z')
		copy[0] = (char)(copy[0] - 'a' + 'A');
	return (struct opx_str){ .p = copy, .n = s.n };
}

static enum opx_status fill_proof(struct receipt *r, struct view_receipt *v, struct opx_error *err)
{
	const struct sql_page_filing_row *f = &r->filing;
	struct opx_arena *arena = r->page.arena;
	struct sql_page_acts_log_row log;
	OPX_TRY(sql_page_acts_log(r->page.db, r->dossier, &log, err));
	v->depositor = f->author;
	v->depositor_note = opx_word_role(f->role, f->author_title);
	v->on_behalf = f->side.p != NULL ? f->side : OPX_STR("");
	v->level = opx_word_level(f->level);
	v->means = opx_word_means(f->auth_kind);
	if (!log.size_is_null)
		v->log = opx_strf(arena,
				  log.size > 1 ? "%" PRId64 " lignes scellées" : "%" PRId64 " ligne scellée",
				  log.size);
	v->origin = log.origin;
	return OPX_OK;
}

static const struct page_notice notices[] = {
	{ "deja", TONE_ATTENTION, N_("Ce brouillon est déjà déposé"),
	  N_("Voici son accusé. Ce que vous veniez de changer n’y est pas : déposez un document rectificatif s’il le faut.") },
};

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct receipt r;
	struct view_receipt v = { .is_sealed = false };
	bool reads = false;
	OPX_TRY(load(&r, self, rq, err));
	OPX_TRY(wait_for_seal(&r, err));
	OPX_TRY(ask_receipt(&r, err));
	struct opx_arena *arena = r.page.arena;
	v.message = opx_page_notice(&r.page, notices, OPX_COUNT(notices));
	v.is_sealed = !r.filing.sealed_at_is_null;
	v.number = opx_strf(arena, "Dépôt n° %" PRId32, r.filing.number);
	v.rg = opx_strf(arena, "dossier RG %s", r.d.view.rg.p);
	v.at = opx_page_exact(&r.page, r.filing.filed_at);
	v.at.text = capital(arena, v.at.text);
	v.title = r.is_own ? OPX_STR("Votre dépôt est enregistré") : v.number;
	v.pdf = opx_href_make(arena, "/dossiers/%d/depots/%d.pdf", r.dossier, (int64_t)r.filing.number);
	v.bundle = opx_href_make(arena, "/dossiers/%d/preuves", r.dossier);
	v.has_pdf = v.is_sealed && r.may_take;
	v.waiting_line = OPX_STR(
		"Votre dépôt est en sécurité. Il sera visible des destinataires dès qu’il sera scellé, dans quelques instants.");
	OPX_TRY(fill_files(&r, &v, &reads, err));
	v.subject = !reads                 ? OPX_STR("")
		    : r.filing.title.n > 0 ? r.filing.title
					   : opx_page_kind(&r.page, r.filing.kind);
	if (reads || r.d.sees_readings)
		OPX_TRY(fill_readers(&r, &v, err));
	OPX_TRY(fill_proof(&r, &v, err));
	if (!v.is_sealed)
		r.page.layout.refresh_s = REFRESH_S;
	tpl_receipt(opx_page_open(&r.page, 200), &r.d.view, &v);
	return opx_page_finish(&r.page, err);
}

static struct made_order pdf_order(const struct receipt *r)
{
	struct opx_str rest = opx_strf(r->page.arena, "depot-%" PRId32 ".pdf", r->filing.number);
	return (struct made_order){ .kind = "receipt-pdf",
				    .dossier = r->dossier,
				    .filing = r->filing.id,
				    .name = opx_made_name(&r->page, "accuse", r->d.view.rg, rest.p) };
}

static enum opx_status ask_pdf(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct receipt r;
	int64_t artefact = 0;
	OPX_TRY(load(&r, self, rq, err));
	if (r.filing.sealed_at_is_null)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Ce dépôt n’est pas encore scellé : son accusé vient dans quelques instants."),
			"not sealed");
	const struct made_order order = pdf_order(&r);
	OPX_TRY(opx_made_ask(&r.page, &order, &artefact, err));
	opx_respond_see_other(rq, opx_strf(r.page.arena, "/dossiers/%" PRId64 "/depots/%" PRId32 ".pdf",
					   r.dossier, r.filing.number));
	return OPX_OK;
}

static enum opx_status give(struct receipt *r, const struct made_order *order, struct opx_error *err)
{
	int64_t artefact = 0;
	OPX_TRY(opx_made_find(&r->page, order, &artefact, err));
	return opx_made_give(&r->page, &r->d, artefact,
			     opx_href_make(r->page.arena, "/dossiers/%d/depots/%d", r->dossier,
					   (int64_t)r->filing.number),
			     err);
}

static enum opx_status give_pdf(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct receipt r;
	OPX_TRY(load(&r, self, rq, err));
	const struct made_order order = pdf_order(&r);
	return give(&r, &order, err);
}

/* The document is one of that deposit, sealed. */
static enum opx_status proof_order(struct receipt *r, struct made_order *ret, struct opx_error *err)
{
	struct sql_page_document_of_filing_row row;
	bool is_found = false;
	int64_t document = 0;
	OPX_TRY(opx_path_i64(r->page.c->rq, "document", &document, err));
	OPX_TRY(sql_page_document_of_filing(r->page.db, r->dossier, r->filing.number, document,
					    r->page.person, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "document %" PRId64 " is not of that filing",
				document);
	struct opx_str rest =
		opx_strf(r->page.arena, "depot-%" PRId32 "-%" PRId64 ".asice", r->filing.number, document);
	*ret = (struct made_order){ .kind = "bundle-receipt",
				    .dossier = r->dossier,
				    .document = document,
				    .filing = row.filing_id,
				    .name = opx_made_name(&r->page, "accuse", r->d.view.rg, rest.p) };
	return OPX_OK;
}

static enum opx_status ask_proof(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct receipt r;
	struct made_order order;
	int64_t artefact = 0;
	OPX_TRY(load(&r, self, rq, err));
	OPX_TRY(proof_order(&r, &order, err));
	OPX_TRY(opx_made_ask(&r.page, &order, &artefact, err));
	opx_respond_see_other(rq, opx_strf(r.page.arena,
					   "/dossiers/%" PRId64 "/depots/%" PRId32 "/%" PRId64 ".asice",
					   r.dossier, r.filing.number, order.document));
	return OPX_OK;
}

static enum opx_status give_proof(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct receipt r;
	struct made_order order;
	OPX_TRY(load(&r, self, rq, err));
	OPX_TRY(proof_order(&r, &order, err));
	return give(&r, &order, err);
}

#define ROUTE(m, p, o, s, h)                                                   \
	{                                                                      \
		.size = sizeof(struct opx_route), .method = (m), .path = (p),  \
		.right = OPX_RIGHT((o), "read"), .subject = (s), .handle = (h) \
	}
const struct opx_route opx_routes_receipt[] = {
	ROUTE(OPX_GET, "/dossiers/:dossier/depots/:numero", "case", OPX_SUBJECT_DOSSIER, show),
	ROUTE(OPX_POST, "/dossiers/:dossier/depots/:numero.pdf", "receipt", OPX_SUBJECT_FILING, ask_pdf),
	ROUTE(OPX_GET, "/dossiers/:dossier/depots/:numero.pdf", "receipt", OPX_SUBJECT_FILING, give_pdf),
	ROUTE(OPX_POST, "/dossiers/:dossier/depots/:numero/:document.asice", "receipt", OPX_SUBJECT_FILING,
	      ask_proof),
	ROUTE(OPX_GET, "/dossiers/:dossier/depots/:numero/:document.asice", "receipt", OPX_SUBJECT_FILING,
	      give_proof),
};
const size_t opx_n_routes_receipt = OPX_COUNT(opx_routes_receipt);
