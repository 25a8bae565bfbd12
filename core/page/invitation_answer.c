/* SPDX-License-Identifier: MPL-2.0 */
/* invitation_answer.c: what somebody answers who is known by both codes or by his session: he joins, keeps to paper, or takes a new
 * access code. */
#include "page/invitation.h"

#include <inttypes.h>

#include "base/arena.h"
#include "db/db.h"
#include "domain/act.h"
#include "domain/participant.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_session.h"
#include "tpl_invitation.h"

#include <opx/host.h>

/* What the pages say, read as the person who is known from here on. */
static enum opx_status load_page(struct invitation_visit *v, struct sql_participant_page_row *ret,
				 struct opx_error *err)
{
	bool is_found = false;
	if (v->page.person == 0)
		OPX_TRY(opx_tx_person(v->page.c->tx, v->row.person_id, err));
	OPX_TRY(sql_participant_page(v->page.db, v->row.id, &is_found, ret, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_INTERNAL, N_("Le service a rencontré un problème."),
				"invitation %" PRId64 " cannot be read", v->row.id);
	return OPX_OK;
}

static enum opx_status show_renewal(struct invitation_visit *v, int status, struct view_message message,
				    struct opx_error *err)
{
	struct sql_participant_page_row row;
	OPX_TRY(load_page(v, &row, err));
	const struct view_invitation view = {
		.message = message, .action = opx_invitation_href(v), .name = row.name, .mail = row.mail
	};
	v->page.layout.title = OPX_STR("Nouveau code d’accès, invitation");
	tpl_invitation_renewal(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

static enum opx_status show_consent(struct invitation_visit *v, int status, struct view_message message,
				    struct opx_error *err)
{
	struct opx_arena *arena = v->page.arena;
	struct sql_participant_page_row row;
	OPX_TRY(load_page(v, &row, err));
	struct opx_str by_role =
		row.by_role.p != NULL
			? opx_word_inside(arena, opx_word_role(row.by_role, opx_word_title(row.by)))
			: OPX_STR("");
	struct view_invitation view = {
		.message = message,
		.action = opx_invitation_href(v),
		.title = row.title,
		.reference = opx_strf(arena, "RG %s, %s", row.rg_number.p, row.court.p),
		.by = by_role.n > 0 ? opx_strf(arena, "Par %s, %s.", row.by.p, by_role.p)
				    : opx_strf(arena, "Par %s.", row.by.p),
		.name = row.name,
		.quality = opx_word_quality(arena, row.role, row.person_title,
					    row.side.p != NULL ? row.side : OPX_STR("")),
		.mail = row.mail,
		.is_first = v->page.person == 0,
	};
	view.consent = opx_invited_consent_lines(arena, &view.n_consent);
	v->page.layout.title = OPX_STR("Votre réponse, invitation");
	tpl_invitation_consent(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

/* ---- identity, consent, and the means to come back */

/* The one who answers acts as himself: by his session, or by the two codes that he has just given. */
static struct opx_session *actor_of(const struct invitation_visit *v,
				    const struct sql_participant_page_row *row)
{
	struct opx_session *s = OPX_NEW(v->page.arena, struct opx_session);
	*s = (struct opx_session){
		.person = v->row.person_id,
		.name = row->name,
		.auth_kind = OPX_STR("code+mail"),
		.level = OPX_L0,
		.auth_at = opx_now(v->page.c->clock),
		.capacities = OPX_STR(""),
		.banner = OPX_STR(""),
	};
	memcpy(s->token_sha256, v->proof.transaction_sha256, sizeof(s->token_sha256));
	return s;
}

static enum opx_status open_account(struct invitation_visit *v, const struct sql_participant_page_row *row,
				    struct opx_identity *ret, struct opx_str *ret_code, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	const struct opx_reg_door *door = opx_invitation_door(page);
	struct sql_participant_account_new_row account;
	*ret_code = OPX_STR("");
	if (door == NULL || door->it->issue_access_code == NULL)
		return opx_invitation_no_door(err);
	*ret = (struct opx_identity){ .account = row->account_id,
				      .person = v->row.person_id,
				      .auth_kind = "code+mail",
				      .level = OPX_L0 };
	if (!row->account_id_is_null)
		return OPX_OK;
	OPX_TRY(sql_participant_account_new(page->db, v->row.person_id, row->mail, &account, err));
	ret->account = account.id;
	return OPX_REG_CALL(page->pages->registry, door, issue_access_code, page->c->rq, account.id, ret_code,
			    err);
}

static enum opx_status welcome(struct invitation_visit *v, const struct sql_participant_page_row *row,
			       const struct opx_identity *identity, struct opx_str code,
			       struct opx_error *err)
{
	struct opx_page *page = &v->page;
	OPX_TRY(opx_session_begin(page->c->rq, identity, err));
	opx_invited_proof_end(page);
	const struct view_access_code view = { .code = code,
					       .is_renewed = v->row.renews_code,
					       .mail = row->mail,
					       .title = row->title,
					       .dossier = opx_href_make(page->arena, "/dossiers/%d",
									v->row.dossier_id) };
	page->layout.title = v->row.renews_code ? OPX_STR("Votre code d’accès est remplacé")
						: OPX_STR("Votre accès est ouvert");
	tpl_invitation_done(opx_page_open(page, 200), &view);
	return opx_page_finish(page, err);
}

static enum opx_status accept_by_codes(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	struct sql_participant_page_row row;
	struct sql_participant_account_row account;
	struct opx_identity identity;
	struct opx_str code;
	struct opx_act act;
	bool is_taken = false;
	OPX_TRY(load_page(v, &row, err));
	if (row.account_id_is_null)
		OPX_TRY(sql_participant_account(page->db, row.mail, &is_taken, &account, err));
	if (is_taken)
		return opx_invitation_show_obstacle(v, 409, &opx_invitation_taken, err);
	OPX_TRY(open_account(v, &row, &identity, &code, err));
	opx_page_act(page, &act);
	act.session = actor_of(v, &row);
	OPX_TRY(opx_participant_accept(&act, v->row.id, opx_invited_consent(), err));
	opx_context_wakes(page->c, OPX_WAKES_SEAL);
	return welcome(v, &row, &identity, code, err);
}

static enum opx_status refuse(struct invitation_visit *v, struct opx_error *err)
{
	static const struct invitation_obstacle told = {
		N_("Votre réponse est enregistrée"),
		N_("Vous recevrez les documents de cette expertise sur papier."),
		N_("Vous pouvez changer d’avis : demandez alors à l’expert une nouvelle invitation."),
		.can_sign_in = false,
	};
	struct opx_page *page = &v->page;
	struct sql_participant_page_row row;
	struct opx_act act;
	OPX_TRY(load_page(v, &row, err));
	opx_page_act(page, &act);
	if (page->person == 0)
		act.session = actor_of(v, &row);
	OPX_TRY(opx_participant_refuse(&act, v->row.id, opx_invited_consent(), err));
	opx_context_wakes(page->c, OPX_WAKES_SEAL);
	opx_invited_proof_end(page);
	if (page->person == 0)
		return opx_invitation_show_obstacle(v, 200, &told, err);
	opx_respond_see_other(page->c->rq, OPX_STR("/dossiers?fait=refuse#message"));
	return OPX_OK;
}

static enum opx_status take_part(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	struct opx_str answer;
	struct opx_act act;
	if (opx_form_opt_str(page->c->rq, "reponse", OPX_TEXT_LINE, 16, &answer, NULL) != OPX_OK)
		answer = OPX_STR("");
	if (opx_str_is(answer, "papier"))
		return refuse(v, err);
	if (!opx_str_is(answer, "accepter"))
		return show_consent(v, 422,
				    opx_invitation_refused(OPX_STR("Il manque votre réponse"),
							   OPX_STR("Choisissez l’un des deux boutons.")),
				    err);
	if (page->person == 0)
		return accept_by_codes(v, err);
	opx_page_act(page, &act);
	OPX_TRY(opx_participant_accept(&act, v->row.id, opx_invited_consent(), err));
	opx_context_wakes(page->c, OPX_WAKES_SEAL);
	opx_respond_see_other(page->c->rq, opx_strf(page->arena, "/dossiers/%" PRId64 "?fait=accepte#message",
						    v->row.dossier_id));
	return OPX_OK;
}

/* ---- another access code, for one who takes part already */

static enum opx_status take_new_code(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	const struct opx_reg_door *door = opx_invitation_door(page);
	struct sql_participant_page_row row;
	struct sql_participant_answer_row answered;
	struct opx_str code;
	bool is_found = false;
	if (!opx_form_has(page->c->rq, "renouveler"))
		return show_renewal(v, 422,
				    opx_invitation_refused(
					    OPX_STR("Il manque votre réponse"),
					    OPX_STR("Appuyez sur le bouton pour recevoir le nouveau code.")),
				    err);
	OPX_TRY(load_page(v, &row, err));
	OPX_TRY(sql_participant_answer(page->db, v->row.id, OPX_STR("accepted"), &is_found, &answered, err));
	if (!is_found || row.account_id_is_null || door->it->issue_access_code == NULL)
		return opx_invitation_show_obstacle(v, 409, &opx_invitation_used, err);
	OPX_TRY(OPX_REG_CALL(page->pages->registry, door, issue_access_code, page->c->rq, row.account_id,
			     &code, err));
	OPX_TRY(sql_session_end_others(page->db, row.account_id, 0, NULL, err));
	OPX_TRY(page->c->host->security_event(page->c->rq, "access-code.renewed", v->row.person_id,
					      opx_strf(page->arena, "invitation %" PRId64, v->row.id), err));
	const struct opx_identity identity = { .account = row.account_id,
					       .person = v->row.person_id,
					       .auth_kind = "code+mail",
					       .level = OPX_L0 };
	return welcome(v, &row, &identity, code, err);
}

enum opx_status opx_invitation_show_question(struct invitation_visit *v, int status,
					     struct view_message message, struct opx_error *err)
{
	return v->row.renews_code ? show_renewal(v, status, message, err)
				  : show_consent(v, status, message, err);
}

enum opx_status opx_invitation_take_answer(struct invitation_visit *v, struct opx_error *err)
{
	return v->row.renews_code ? take_new_code(v, err) : take_part(v, err);
}
