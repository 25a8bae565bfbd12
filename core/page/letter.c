/* SPDX-License-Identifier: MPL-2.0 */
/* letter.c: the letter that carries the code of an invitation: prepared on demand, shown for 15 minutes to the session that asked,
 * then gone; a lost one is a new invitation (security 6.2). */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "domain/act.h"
#include "domain/letter.h"
#include "domain/participant.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/code.h"
#include "plugin/site.h"
#include "sql_page_people.h"
#include "tpl_proofs.h"

#define REFRESH_S 2

/* The participant named by the path belongs to the dossier named by the path, or there is no such page. */
static enum opx_status read_path(struct opx_page *page, int64_t *ret_dossier, int64_t *ret_participant,
				 struct opx_error *err)
{
	OPX_TRY(opx_path_i64(page->c->rq, "dossier", ret_dossier, err));
	OPX_TRY(opx_path_i64(page->c->rq, "participant", ret_participant, err));
	if (page->c->right->dossier != *ret_dossier)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Cette page n’existe pas ou ne vous est pas ouverte"),
				"participant %" PRId64 " is of another dossier", *ret_participant);
	return OPX_OK;
}

static void fill(const struct opx_page *page, int64_t dossier, int64_t participant,
		 const struct sql_page_letter_row *row, bool is_found, struct view_letter *v)
{
	v->back = opx_href_make(page->arena, "/dossiers/%d/participants", dossier);
	v->again = opx_href_make(page->arena, "/dossiers/%d/participants/%d/lettre", dossier, participant);
	if (!is_found)
		return;
	v->name = row->name;
	v->until = opx_page_day(page, row->invited_until).text;
	v->number = opx_strf(page->arena, "%s/invitation/%s", page->c->site->main_origin.p, row->number.p);
	v->available = opx_page_hour(page, row->expires_at).text;
	v->pdf = opx_href_make(page->arena, "/dossiers/%d/participants/%d/lettre.pdf", dossier, participant);
	v->is_ready = opx_str_is(row->state, "ready");
	v->is_waiting = opx_str_is(row->state, "waiting");
}

static enum opx_status show_with(struct opx_page *page, int64_t dossier, int64_t participant, int status,
				 struct view_message message, struct opx_error *err)
{
	struct page_dossier d;
	struct view_letter v = { .message = message };
	struct sql_page_letter_row row;
	bool is_found = false;
	OPX_TRY(opx_page_dossier(page, dossier, TAB_PARTICIPANTS, OPX_STR("Lettre"), &d, err));
	OPX_TRY(sql_page_letter(page->db, dossier, participant, page->c->session->id, &is_found, &row, err));
	fill(page, dossier, participant, &row, is_found, &v);
	if (v.is_waiting)
		page->layout.refresh_s = REFRESH_S;
	tpl_letter(opx_page_open(page, status), &d.view, &v);
	return opx_page_finish(page, err);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	int64_t dossier = 0, participant = 0;
	opx_page_init(&page, self, rq, OPX_STR("Lettre"));
	OPX_TRY(read_path(&page, &dossier, &participant, err));
	return show_with(&page, dossier, participant, 200, (struct view_message){ .tone = TONE_PLAIN }, err);
}

/* The first code is kept nowhere: another letter is another number and another code. */
static enum opx_status order(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_act act;
	struct opx_invited invited;
	struct opx_error why;
	int64_t dossier = 0, participant = 0, artefact = 0;
	opx_page_init(&page, self, rq, OPX_STR("Lettre"));
	OPX_TRY(read_path(&page, &dossier, &participant, err));
	if (page.c->site->letter_key == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE,
				N_("Les lettres ne peuvent pas être préparées en ce moment."),
				"no letter key");
	const struct opx_invite secret = { .hash = opx_page_letter_hash, .hash_self = &page };
	opx_page_act(&page, &act);
	enum opx_status status = opx_participant_reissue(&act, dossier, participant, &secret, &invited, &why);
	if (status == OPX_CONFLICT) {
		OPX_TRY(opx_page_undo(&page, err));
		return show_with(&page, dossier, participant, 409,
				 opx_page_fault(&page, &why, N_("Aucune lettre n’est préparée")), err);
	}
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	opx_context_wakes(page.c, OPX_WAKES_SEAL | OPX_WAKES_POST | OPX_WAKES_MAKE);
	if (invited.code.n == 0) { /* the person has an account: there is no code to print */
		opx_respond_see_other(rq, opx_strf(page.arena,
						   "/dossiers/%" PRId64 "/participants?fait=invite#message",
						   dossier));
		return OPX_OK;
	}
	OPX_TRY(opx_letter_order(&act, &invited, page.c->site->letter_key, &artefact, err));
	opx_respond_see_other(rq,
			      opx_strf(page.arena, "/dossiers/%" PRId64 "/participants/%" PRId64 "/lettre",
				       dossier, participant));
	return OPX_OK;
}

static enum opx_status download(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct sql_page_letter_row row;
	int64_t dossier = 0, participant = 0;
	bool is_found = false;
	opx_page_init(&page, self, rq, OPX_STR("Lettre"));
	OPX_TRY(read_path(&page, &dossier, &participant, err));
	OPX_TRY(sql_page_letter(page.db, dossier, participant, page.c->session->id, &is_found, &row, err));
	if (!is_found || !opx_str_is(row.state, "ready") || row.path.p == NULL) {
		opx_respond_see_other(rq, opx_strf(page.arena,
						   "/dossiers/%" PRId64 "/participants/%" PRId64 "/lettre",
						   dossier, participant));
		return OPX_OK;
	}
	opx_respond_file(rq, opx_strf(page.arena, "/_made/%s", row.path.p), "application/pdf",
			 OPX_BYTES("lettre-invitation.pdf"), OPX_STR("lettre-invitation.pdf"));
	return OPX_OK;
}

#define ROUTE(m, p, h)                                                                              \
	{                                                                                           \
		.size = sizeof(struct opx_route), .method = (m), .path = (p),                       \
		.right = OPX_RIGHT("case_credential", "issue"), .subject = OPX_SUBJECT_PARTICIPANT, \
		.handle = (h)                                                                       \
	}

const struct opx_route opx_routes_letter[] = {
	ROUTE(OPX_GET, "/dossiers/:dossier/participants/:participant/lettre", show),
	ROUTE(OPX_POST, "/dossiers/:dossier/participants/:participant/lettre", order),
	ROUTE(OPX_GET, "/dossiers/:dossier/participants/:participant/lettre.pdf", download),
};
const size_t opx_n_routes_letter = OPX_COUNT(opx_routes_letter);
