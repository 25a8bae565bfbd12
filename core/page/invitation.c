/* SPDX-License-Identifier: MPL-2.0 */
/* invitation.c: /invitation: from the letter and the mail to a place in the dossier (security 6.2). Public by construction: what a
 * page shows depends on the codes that this browser has given, or on who is signed in; nothing is said before.
 */
#include "page/invitation.h"

#include <inttypes.h>

#include "base/arena.h"
#include "http/request.h"
#include "http/response.h"
#include "page/back.h"
#include "page/screens.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "tpl_invitation.h"

/* ---- the number alone */

static enum opx_status show_number_with(struct opx_page *page, int status, const struct view_invitation *v,
					struct opx_error *err)
{
	tpl_invitation_number(opx_page_open(page, status), v);
	return opx_page_finish(page, err);
}

static enum opx_status show_number(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	const struct view_invitation v = { .is_first = true };
	opx_page_init(&page, self, rq, OPX_STR("Invitation"));
	return show_number_with(&page, 200, &v, err);
}

static enum opx_status give_number(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct view_invitation v = { .is_first = true };
	bool is_good = true;
	char number[OPX_INVITATION_NUMBER_CHARS + 1];
	opx_page_init(&page, self, rq, OPX_STR("Invitation"));
	v.number = opx_page_field_needed(&page, "numero", OPX_TEXT_LINE, 300,
					 N_("Indiquez le numéro de l’invitation."), &is_good);
	if (is_good && opx_invited_number(v.number.value, number)) {
		opx_respond_see_other(rq, opx_strf(page.arena, "/invitation/%s", number));
		return OPX_OK;
	}
	if (v.number.fault.n == 0)
		opx_page_wrong(&v.number,
			       N_("Ce numéro n’est pas complet : il compte 26 lettres et chiffres."),
			       &is_good);
	v.message = (struct view_message){
		.tone = TONE_ERROR,
		.title = OPX_STR("Ce numéro n’est pas lisible"),
		.text = OPX_STR("Recopiez-le depuis la lettre, ou collez l’adresse entière."),
		.takes_focus = true
	};
	return show_number_with(&page, 422, &v, err);
}

/* ---- one invitation */

const struct opx_reg_door *opx_invitation_door(const struct opx_page *page)
{
	return opx_registry_door(page->pages->registry, "code+mail");
}

enum opx_status opx_invitation_no_door(struct opx_error *err)
{
	return OPX_FAIL(
		err, OPX_UNAVAILABLE,
		N_("La connexion par code est arrêtée en ce moment (module auth-otp). Réessayez plus tard."),
		"no door by codes");
}

struct opx_href opx_invitation_href(const struct invitation_visit *v)
{
	return opx_href_make(v->page.arena, "/invitation/%s", v->page.c->rq->params[0].value);
}

struct view_message opx_invitation_refused(struct opx_str title, struct opx_str text)
{
	return (struct view_message){ .tone = TONE_ERROR, .title = title, .text = text, .takes_focus = true };
}

/* Which step this browser has reached. */
static enum opx_status find_step(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	const struct opx_reg_door *door = opx_invitation_door(page);
	v->step = STEP_OBSTACLE;
	v->obstacle = opx_invitation_obstacle(&v->row, false);
	if (v->obstacle != NULL)
		return OPX_OK;
	bool is_own = page->person == v->row.person_id;
	if (is_own && !v->row.renews_code) {
		v->step = STEP_ANSWER;
		return OPX_OK;
	}
	v->obstacle = page->person != 0 && !is_own ? &opx_invitation_somebody_else
						   : &opx_invitation_must_sign_in;
	if ((page->person != 0 && !is_own) || opx_str_is(v->row.channel, "account"))
		return OPX_OK; /* an access code is renewed by its letter and a mail, whoever is signed in */
	if (opx_invited_proof_find(page, v->row.id, &v->proof)) {
		v->step = STEP_ANSWER;
		return OPX_OK;
	}
	if (door == NULL)
		return opx_invitation_no_door(err);
	OPX_TRY(OPX_REG_CALL(page->pages->registry, door, progress, page->c->rq, &v->progress, err));
	v->obstacle = opx_invitation_obstacle(&v->row, true);
	if (v->progress.is_open && v->progress.invitation == v->row.id)
		v->step = STEP_MAIL;
	else if (v->obstacle == NULL)
		v->step = STEP_LETTER;
	return OPX_OK;
}

/* Its number in the path is its only address: one that is not known is a page that does not exist. */
static enum opx_status begin(struct invitation_visit *v, struct opx_request *rq, void *self,
			     struct opx_error *err)
{
	struct opx_str number;
	struct sql_participant_by_number_row context;
	char clean[OPX_INVITATION_NUMBER_CHARS + 1];
	bool is_found = false;
	*v = (struct invitation_visit){ .step = STEP_OBSTACLE };
	opx_page_init(&v->page, self, rq, OPX_STR("Invitation"));
	OPX_TRY(opx_path_str(rq, "jeton", &number, err));
	if (number.n == OPX_INVITATION_NUMBER_CHARS && opx_invited_number(number, clean) &&
	    opx_str_is(number, clean)) {
		OPX_TRY(sql_participant_by_number(v->page.db, number, &context, err));
		OPX_TRY(sql_participant_find(v->page.db, number, &is_found, &v->row, err));
	}
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Cette page n’existe pas ou ne vous est pas ouverte"),
				"no such invitation");
	return find_step(v, err);
}

/* An address that was typed from the letter in capitals, or with hyphens, leads to the one it means. */
static bool is_led_on(struct opx_request *rq)
{
	struct opx_str typed;
	char number[OPX_INVITATION_NUMBER_CHARS + 1];
	if (opx_path_str(rq, "jeton", &typed, NULL) != OPX_OK || !opx_invited_number(typed, number) ||
	    opx_str_is(typed, number))
		return false;
	opx_respond_see_other(rq, opx_strf(rq->arena, "/invitation/%s", number));
	return true;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "envoye", TONE_OK, N_("Un nouveau code est en route"),
		  N_("L’ancien reste valable jusqu’à son heure.") },
	};
	struct invitation_visit v;
	if (is_led_on(rq))
		return OPX_OK;
	OPX_TRY(begin(&v, rq, self, err));
	if (v.page.person == v.row.person_id && opx_str_is(v.row.state, "accepted")) {
		opx_respond_see_other(rq, opx_strf(v.page.arena, "/dossiers/%" PRId64, v.row.dossier_id));
		return OPX_OK;
	}
	switch (v.step) {
	case STEP_LETTER:
		return opx_invitation_show_letter(&v, 200, (struct view_message){ .tone = TONE_PLAIN },
						  (struct view_field){ .fault = OPX_STR("") }, err);
	case STEP_MAIL:
		return opx_invitation_show_mail(&v, 200,
						opx_page_notice(&v.page, notices, OPX_COUNT(notices)),
						(struct view_field){ .fault = OPX_STR("") }, err);
	case STEP_ANSWER:
		return opx_invitation_show_question(&v, 200, (struct view_message){ .tone = TONE_PLAIN },
						    err);
	case STEP_OBSTACLE:
		break;
	}
	/* Only the page of the doors leads to the card host: who comes from there has chosen his card already. */
	if (v.obstacle->comes_back && rq->vhost == OPX_VHOST_MTLS) {
		opx_respond_see_other(rq, OPX_STR("/connexion"));
		opx_back_keep(rq, v.page.c->site);
		return OPX_OK;
	}
	return opx_invitation_show_obstacle(&v, 200, v.obstacle, err);
}

static enum opx_status answer(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct invitation_visit v;
	OPX_TRY(begin(&v, rq, self, err));
	switch (v.step) {
	case STEP_LETTER:
		return opx_invitation_take_letter(&v, err);
	case STEP_MAIL:
		return opx_invitation_take_mail(&v, err);
	case STEP_ANSWER:
		return opx_invitation_take_answer(&v, err);
	case STEP_OBSTACLE:
		break;
	}
	if (v.obstacle->can_ask && opx_form_has(rq, "demande"))
		return opx_invitation_ask_again(&v, err);
	if (v.obstacle->why != NULL)
		opx_invitation_log(&v, v.obstacle->why);
	return opx_invitation_show_obstacle(&v, 409, v.obstacle, err);
}

#define ROUTE(m, p, h)                                                                                   \
	{                                                                                                \
		.size = sizeof(struct opx_route), .method = (m), .path = (p), .right = OPX_RIGHT_PUBLIC, \
		.handle = (h)                                                                            \
	}

const struct opx_route opx_routes_invitation[] = {
	ROUTE(OPX_GET, "/invitation", show_number),
	ROUTE(OPX_POST, "/invitation", give_number),
	ROUTE(OPX_GET, "/invitation/:jeton", show),
	ROUTE(OPX_POST, "/invitation/:jeton", answer),
};
const size_t opx_n_routes_invitation = OPX_COUNT(opx_routes_invitation);
