/* SPDX-License-Identifier: MPL-2.0 */
/* invitation_obstacle.c: what stands in the way of an invitation, and the one thing that may be done about it: to ask for another. */
#include "page/invitation.h"

#include <inttypes.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/back.h"
#include "plugin/site.h"
#include "sql_work.h"
#include "tpl_invitation.h"

#include <opx/host.h>

enum opx_status opx_invitation_show_obstacle(struct invitation_visit *visit, int status,
					     const struct invitation_obstacle *o, struct opx_error *err)
{
	struct opx_page *page = &visit->page;
	struct view_invitation v = {
		.advice = opx_str_z(o->advice),
		.can_leave = o->can_leave,
		.can_ask = o->can_ask,
		.action = opx_invitation_href(visit),
	};
	struct view_link *links = OPX_NEW_N(page->arena, struct view_link, 2);
	size_t n = 0;
	bool is_main = !o->can_ask; /* one filled button a page */
	if (o->can_sign_in && page->person == 0)
		links[n++] = opx_page_link(OPX_STR("Me connecter"), opx_href_lit("/connexion"), is_main);
	else if (page->person != 0)
		links[n++] = opx_page_link(OPX_STR("Mes dossiers"), opx_href_lit("/dossiers"), is_main);
	else
		links[n++] = opx_page_link(OPX_STR("Accueil"), opx_href_lit("/"), is_main);
	v.message = (struct view_message){
		.title = opx_str_z(o->title), .text = opx_str_z(o->text), .links = links, .n_links = n
	};
	if (o->comes_back)
		opx_back_keep(page->c->rq, page->c->site);
	page->layout.title = v.message.title;
	tpl_invitation_state(opx_page_open(page, status), &v);
	return opx_page_finish(page, err);
}

const struct invitation_obstacle opx_invitation_used = {
	N_("Cette invitation a déjà servi"),
	N_("Une invitation ne s’utilise qu’une fois."),
	N_("Vous l’aviez acceptée ? Connectez-vous avec votre adresse e-mail et votre code d’accès. Vous aviez préféré le papier et changez d’avis ? "
	   "Demandez à l’expert de vous inviter à nouveau. Si ce n’était pas vous, prévenez-le."),
	.can_sign_in = true,
	.why = "used",
};
static const struct invitation_obstacle withdrawn = {
	N_("Cette invitation a été remplacée"),
	N_("Une invitation plus récente vous a été adressée."),
	N_("Utilisez la lettre et l’e-mail les plus récents. Vous ne les trouvez pas ? Demandez à l’expert une nouvelle lettre."),
	.can_sign_in = false,
	.why = "withdrawn",
};
static const struct invitation_obstacle over = {
	N_("Cette invitation n’est plus valable"),
	N_("Une invitation vit quinze jours."),
	N_("Demandez-en une nouvelle : la personne qui vous a invité en est prévenue. Rien d’autre n’est perdu."),
	.can_ask = true,
	.why = "expired",
};
const struct invitation_obstacle opx_invitation_worn = {
	N_("Trop d’essais avec cette lettre"),
	N_("Après cinq essais, le code d’une lettre ne sert plus."),
	N_("Demandez une nouvelle invitation : la personne qui vous a invité en est prévenue. Rien d’autre n’est perdu."),
	.can_ask = true,
	.why = "spent",
};
static const struct invitation_obstacle asked = {
	N_("Votre demande est partie"),
	N_("La personne qui vous a invité est prévenue par e-mail."),
	N_("Attendez la nouvelle lettre, et l’e-mail qui l’annonce. Un délai se termine ? Écrivez à l’expert : son adresse figure sur sa "
	   "convocation."),
	.can_sign_in = false,
};
const struct invitation_obstacle opx_invitation_must_sign_in = {
	N_("Vous avez déjà un compte"),
	N_("Cette invitation s’adresse à une personne qui a déjà un accès : aucune lettre n’est nécessaire."),
	N_("Connectez-vous comme d’habitude : vous reviendrez à cette invitation."),
	.can_sign_in = true,
	.comes_back = true,
};
const struct invitation_obstacle opx_invitation_somebody_else = {
	N_("Cette invitation ne vous est pas adressée"),
	N_("Vous êtes connecté avec le compte d’une autre personne."),
	N_("Déconnectez-vous, puis rouvrez cette page avec l’adresse qui figure sur la lettre ou dans l’e-mail."),
	.can_leave = true,
};
const struct invitation_obstacle opx_invitation_taken = {
	N_("Un compte existe déjà à cette adresse"),
	N_("Il a été ouvert après l’envoi de cette lettre."),
	N_("Demandez à l’expert de vous inviter à nouveau : l’invitation vous attendra dans vos dossiers, sans lettre."),
	.can_sign_in = true,
};

void opx_invitation_log(const struct invitation_visit *v, const char *why)
{
	OPX_LOG(&v->page.c->rq->logger, OPX_INFO, "sign-in.refused", KV_Z("means", "letter"),
		KV_Z("why", why), KV_I64("invitation", v->row.id));
}

const struct invitation_obstacle *opx_invitation_obstacle(const struct sql_participant_find_row *row,
							  bool is_letter_step)
{
	if (opx_str_is(row->state, "accepted") || opx_str_is(row->state, "refused"))
		return &opx_invitation_used;
	if (opx_str_is(row->state, "withdrawn"))
		return &withdrawn;
	bool is_worn = is_letter_step && row->tries_left == 0;
	if (!row->is_over && !is_worn)
		return NULL;
	return row->asked_again ? &asked : row->is_over ? &over : &opx_invitation_worn;
}

enum opx_status opx_invitation_ask_again(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	struct sql_participant_ask_again_row row;
	bool is_first = false;
	OPX_TRY(sql_participant_ask_again(page->db, v->row.id, &is_first, &row, err));
	if (is_first) {
		OPX_TRY(sql_work_job(page->db, OPX_STR("post"), OPX_STR("mail.asked-again"),
				     (struct opx_str){ .p = NULL }, &row.id, NULL,
				     (struct opx_bytes){ .p = NULL }, 0, 20, NULL, err));
		OPX_TRY(page->c->host->security_event(page->c->rq, "invitation.asked-again", 0,
						      opx_strf(page->arena, "invitation %" PRId64, v->row.id),
						      err));
		opx_context_wakes(page->c, OPX_WAKES_POST);
	}
	opx_respond_see_other(page->c->rq, opx_invitation_href(v).url);
	return OPX_OK;
}
