/* SPDX-License-Identifier: MPL-2.0 */
/* invitation_codes.c: the two codes of an invitation, that of its letter and that of a mail (security 6.2): their pages, and what is
 * typed into them. */
#include "page/invitation.h"

#include <openssl/crypto.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/digest.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/code.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "tpl_invitation.h"

#include <opx/host.h>

static const struct view_field no_fault = { .fault = { .p = "", .n = 0 } };

enum opx_status opx_invitation_show_letter(struct invitation_visit *v, int status,
					   struct view_message message, struct view_field code,
					   struct opx_error *err)
{
	struct view_invitation view = {
		.message = message, .action = opx_invitation_href(v), .is_first = true, .code = code
	};
	v->page.layout.title = OPX_STR("Code de la lettre, invitation");
	tpl_invitation_letter(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

/* Too many codes were asked for this invitation: none leaves before the hour that is said. */
static enum opx_status show_shut(struct invitation_visit *v, int status, struct opx_error *err)
{
	const struct invitation_obstacle shut = {
		N_("Trop de codes demandés"),
		opx_strf(v->page.arena, "Aucun code ne part pour le moment. Vous pourrez recommencer %s.",
			 v->progress.opens.p)
			.p,
		N_("Gardez la lettre : rouvrez cette page à cette heure. Rien n’est perdu."),
		.can_sign_in = false,
	};
	return opx_invitation_show_obstacle(v, status, &shut, err);
}

enum opx_status opx_invitation_show_mail(struct invitation_visit *v, int status, struct view_message message,
					 struct view_field code, struct opx_error *err)
{
	const struct opx_code_progress *p = &v->progress;
	if (p->is_shut)
		return show_shut(v, status, err);
	const struct view_invitation view = {
		.message = message,
		.action = opx_invitation_href(v),
		.mail = p->mail,
		.sent = opx_strf(v->page.arena, "à %s", opx_page_hour(&v->page, p->sent_at).text.p),
		.until = opx_page_hour(&v->page, p->expires_at).text,
		.word = p->control_word,
		.code = code,
		.is_slow = p->is_slow,
		.is_first = true,
	};
	v->page.layout.title = OPX_STR("Code reçu par e-mail, invitation");
	tpl_invitation_mail(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

/* ---- the code of the letter; a try is counted before anything is compared */

enum opx_status opx_invitation_take_letter(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	struct opx_request *rq = page->c->rq;
	const struct opx_reg_door *door = opx_invitation_door(page);
	struct opx_str typed = OPX_STR(""), code;
	struct sql_participant_try_row tries;
	struct sql_participant_mail_row mail;
	uint8_t hash[32];
	bool is_counted = false;
	if (opx_form_opt_str(rq, "code", OPX_TEXT_LINE, 64, &typed, NULL) != OPX_OK ||
	    opx_crockford_normalise(page->arena, typed, OPX_INVITATION_CODE_CHARS, &code, NULL) != OPX_OK)
		return opx_invitation_show_letter(
			v, 422,
			opx_invitation_refused(
				OPX_STR("Ce code n’est pas complet"),
				OPX_STR("Il compte trois groupes de quatre signes. Cet essai n’est pas compté.")),
			opx_code_field(
				page->arena, typed, OPX_INVITATION_CODE_CHARS, "signe",
				"Vérifiez chaque signe : un code n’a que des lettres et des chiffres."),
			err);
	OPX_TRY(sql_participant_try(page->db, v->row.id, &is_counted, &tries, err));
	if (!is_counted) {
		opx_invitation_log(v, "spent");
		return opx_invitation_show_obstacle(v, 422, &opx_invitation_worn, err);
	}
	OPX_TRY(opx_page_letter_hash(page, code, v->row.salt, hash, err));
	bool is_right = v->row.hash.n == sizeof(hash) && opx_secret_eq(hash, v->row.hash.p, sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
	OPX_TRY(page->c->host->security_event(rq,
					      is_right ? "invitation.code-right" : "invitation.code-wrong", 0,
					      opx_strf(page->arena, "invitation %" PRId64, v->row.id), err));
	if (!is_right)
		opx_invitation_log(v, "wrong");
	if (!is_right && tries.tries_left == 0)
		return opx_invitation_show_obstacle(v, 422, &opx_invitation_worn, err);
	if (!is_right)
		return opx_invitation_show_letter(
			v, 422,
			opx_invitation_refused(OPX_STR("Ce n’est pas le bon code"),
					       opx_word_tries(page->arena, tries.tries_left)),
			(struct view_field){ .fault = OPX_STR("Recopiez celui de la lettre.") }, err);
	OPX_TRY(sql_participant_opened(page->db, v->row.id, NULL, err));
	OPX_TRY(sql_participant_mail(page->db, v->row.person_id, &mail, err));
	OPX_TRY(OPX_REG_CALL(page->pages->registry, door, begin_invitation, rq, v->row.id, mail.mail, err));
	opx_context_wakes(page->c, OPX_WAKES_SIGN_IN);
	opx_respond_see_other(rq, opx_invitation_href(v).url);
	return OPX_OK;
}

/* ---- the code of the mail */

static enum opx_status another_code(struct invitation_visit *v, struct opx_error *err)
{
	struct opx_error why;
	const struct opx_reg_door *door = opx_invitation_door(&v->page);
	enum opx_status status = OPX_REG_CALL(v->page.pages->registry, door, again, v->page.c->rq, &why);
	if (status == OPX_CONFLICT)
		return opx_invitation_show_mail(v, 409, opx_page_fault(&v->page, &why, N_("Un instant")),
						no_fault, err);
	if (status != OPX_OK && status != OPX_UNAUTHENTICATED) {
		*err = why;
		return status;
	}
	opx_context_wakes(v->page.c, OPX_WAKES_SIGN_IN);
	opx_respond_see_other(v->page.c->rq, opx_strf(v->page.arena, "%s%s", opx_invitation_href(v).url.p,
						      status == OPX_OK ? "?fait=envoye" : ""));
	return OPX_OK;
}

enum opx_status opx_invitation_take_mail(struct invitation_visit *v, struct opx_error *err)
{
	const struct view_field mail_fault = { .fault = OPX_STR("Tapez le code du dernier e-mail reçu.") };
	struct opx_page *page = &v->page;
	struct opx_request *rq = page->c->rq;
	const struct opx_reg_door *door = opx_invitation_door(page);
	struct opx_code_answer answer = { .outcome = OPX_CODE_DEAD, .opens = OPX_STR("") };
	struct opx_str typed;
	struct opx_error why;
	if (opx_form_has(rq, "nouveau"))
		return another_code(v, err);
	enum opx_status status = opx_form_opt_str(rq, "code", OPX_TEXT_LINE, 64, &typed, &why);
	if (status == OPX_OK)
		status = OPX_REG_CALL(page->pages->registry, door, answer, rq, typed, &answer, &why);
	if (status == OPX_INVALID || status == OPX_TOO_LARGE)
		return opx_invitation_show_mail(v, 422,
						opx_page_fault(page, &why, N_("Ce code n’est pas lisible")),
						mail_fault, err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	switch (answer.outcome) {
	case OPX_CODE_RIGHT:
		break;
	case OPX_CODE_INCOMPLETE:
		return opx_invitation_show_mail(
			v, 422,
			opx_invitation_refused(
				OPX_STR("Le code est incomplet"),
				OPX_STR("Il compte 8 chiffres : vérifiez le dernier e-mail reçu. Cet essai n’est pas compté.")),
			opx_code_field(page->arena, typed, 8, "chiffre",
				       "Ce code ne compte que des chiffres."),
			err);
	case OPX_CODE_WRONG:
		return opx_invitation_show_mail(v, 422,
						opx_invitation_refused(OPX_STR("Ce n’est pas le bon code"),
								       opx_word_tries(page->arena,
										      answer.tries_left)),
						mail_fault, err);
	case OPX_CODE_EXPIRED:
		return opx_invitation_show_mail(
			v, 422,
			opx_invitation_refused(OPX_STR("Ce code n’est plus valable"),
					       OPX_STR("Demandez-en un nouveau : un code vit dix minutes.")),
			mail_fault, err);
	case OPX_CODE_DEAD:
		opx_respond_cookie(rq, page->c->site->txn_cookie, OPX_STR(""), 0);
		return opx_invitation_show_letter(
			v, 422,
			opx_invitation_refused(
				OPX_STR("Trop d’essais"),
				OPX_STR("Recommencez avec le code de la lettre : un nouvel e-mail partira.")),
			no_fault, err);
	}
	if (answer.invitation != v->row.id)
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce code servait à autre chose. Recommencez avec le code de la lettre."),
				"the transaction is of invitation %" PRId64, answer.invitation);
	OPX_TRY(opx_invited_proof_set(page, v->row.id, answer.transaction_sha256, err));
	opx_respond_see_other(rq, opx_invitation_href(v).url);
	return OPX_OK;
}
