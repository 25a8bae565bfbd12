/* SPDX-License-Identifier: MPL-2.0 */
/* invitation.c: /invitation: from the letter and the mail to a place in the dossier (security 6.2). Public by construction: what a
 * page shows depends on the codes that this browser has given, or on who is signed in; nothing is said before.
 */
#include "page/screens.h"

#include <inttypes.h>
#include <stdio.h>

#include <openssl/crypto.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/digest.h"
#include "domain/act.h"
#include "domain/participant.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/code.h"
#include "page/invited.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_participant.h"
#include "sql_session.h"
#include "sql_work.h"
#include "tpl_invitation.h"

#include <opx/auth.h>
#include <opx/host.h>

static const struct opx_reg_door *code_door(const struct opx_page *page)
{
	return opx_registry_door(page->pages->registry, "code+mail");
}

/* ---- what stands in the way */

struct obstacle {
	const char *title, *text, *advice;
	bool can_sign_in, can_leave, can_ask; /* can_ask: for another invitation */
	const char *why; /* for the log, of one who tries all the same; NULL: that is no refusal */
};

static enum opx_status show_obstacle(struct opx_page *page, int status, const struct obstacle *o,
				     struct opx_error *err)
{
	struct view_invitation v = {
		.advice = opx_str_z(o->advice),
		.can_leave = o->can_leave,
		.can_ask = o->can_ask,
		.action = opx_href_make(page->arena, "/invitation/%s", page->c->rq->params[0].value),
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
	tpl_invitation_state(opx_page_open(page, status), &v);
	return opx_page_finish(page, err);
}

static const struct obstacle used = {
	N_("Cette invitation a déjà servi"),
	N_("Une invitation ne s’utilise qu’une fois."),
	N_("Si c’était vous, connectez-vous avec votre adresse e-mail et votre code d’accès. Sinon, prévenez l’expert."),
	.can_sign_in = true,
	.why = "used",
};
static const struct obstacle withdrawn = {
	N_("Cette invitation a été remplacée"),
	N_("Une invitation plus récente vous a été adressée."),
	N_("Utilisez la lettre et l’e-mail les plus récents. Vous ne les trouvez pas ? Demandez à l’expert une nouvelle lettre."),
	.can_sign_in = false,
	.why = "withdrawn",
};
static const struct obstacle over = {
	N_("Cette invitation n’est plus valable"),
	N_("Une invitation vit quinze jours."),
	N_("Demandez-en une nouvelle : la personne qui vous a invité en est prévenue. Rien d’autre n’est perdu."),
	.can_ask = true,
	.why = "expired",
};
static const struct obstacle worn = {
	N_("Trop d’essais avec cette lettre"),
	N_("Après cinq essais, le code d’une lettre ne sert plus."),
	N_("Demandez une nouvelle invitation : la personne qui vous a invité en est prévenue. Rien d’autre n’est perdu."),
	.can_ask = true,
	.why = "spent",
};
static const struct obstacle asked = {
	N_("Votre demande est partie"),
	N_("La personne qui vous a invité est prévenue par e-mail."),
	N_("Attendez la nouvelle lettre, et l’e-mail qui l’annonce. Un délai se termine ? Écrivez à l’expert : son adresse figure sur sa "
	   "convocation."),
	.can_sign_in = false,
};
static const struct obstacle must_sign_in = {
	N_("Vous avez déjà un compte"),
	N_("Cette invitation s’adresse à une personne qui a déjà un accès : aucune lettre n’est nécessaire."),
	N_("Connectez-vous comme d’habitude, puis rouvrez cette page ou la liste de vos dossiers."),
	.can_sign_in = true,
};
static const struct obstacle somebody_else = {
	N_("Cette invitation ne vous est pas adressée"),
	N_("Vous êtes connecté avec le compte d’une autre personne."),
	N_("Déconnectez-vous, puis rouvrez cette page avec l’adresse qui figure sur la lettre ou dans l’e-mail."),
	.can_leave = true,
};
static const struct obstacle taken = {
	N_("Un compte existe déjà à cette adresse"),
	N_("Il a été ouvert après l’envoi de cette lettre."),
	N_("Demandez à l’expert de vous inviter à nouveau : l’invitation vous attendra dans vos dossiers, sans lettre."),
	.can_sign_in = true,
};

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

struct visit {
	struct opx_page page;
	struct sql_participant_find_row row;
	struct opx_code_progress progress;
	struct opx_invited_proof proof;
	enum step { STEP_LETTER, STEP_MAIL, STEP_CONSENT, STEP_OBSTACLE } step;
	const struct obstacle *obstacle;
};

static const struct obstacle *obstacle_of(const struct sql_participant_find_row *row, bool is_letter_step)
{
	if (opx_str_is(row->state, "accepted") || opx_str_is(row->state, "refused"))
		return &used;
	if (opx_str_is(row->state, "withdrawn"))
		return &withdrawn;
	bool is_worn = is_letter_step && row->tries_left == 0;
	if (!row->is_over && !is_worn)
		return NULL;
	return row->asked_again ? &asked : row->is_over ? &over : &worn;
}

/* Which step this browser has reached. */
static enum opx_status find_step(struct visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	const struct opx_reg_door *door = code_door(page);
	v->step = STEP_OBSTACLE;
	v->obstacle = obstacle_of(&v->row, false);
	if (v->obstacle != NULL)
		return OPX_OK;
	bool is_own = page->person == v->row.person_id;
	if (is_own && !v->row.renews_code) {
		v->step = STEP_CONSENT;
		return OPX_OK;
	}
	v->obstacle = page->person != 0 && !is_own ? &somebody_else : &must_sign_in;
	if ((page->person != 0 && !is_own) || opx_str_is(v->row.channel, "account"))
		return OPX_OK; /* an access code is renewed by its letter and a mail, whoever is signed in */
	if (opx_invited_proof_find(page, v->row.id, &v->proof)) {
		v->step = STEP_CONSENT;
		return OPX_OK;
	}
	if (door == NULL)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("La connexion par code est arrêtée en ce moment (module auth-otp). Réessayez plus tard."),
			"no door by codes");
	OPX_TRY(OPX_REG_CALL(page->pages->registry, door, progress, page->c->rq, &v->progress, err));
	v->obstacle = obstacle_of(&v->row, true);
	if (v->progress.is_open && v->progress.invitation == v->row.id)
		v->step = STEP_MAIL;
	else if (v->obstacle == NULL)
		v->step = STEP_LETTER;
	return OPX_OK;
}

/* Its number in the path is its only address: one that is not known is a page that does not exist. */
static enum opx_status begin(struct visit *v, struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_str number;
	struct sql_participant_by_number_row context;
	char clean[OPX_INVITATION_NUMBER_CHARS + 1];
	bool is_found = false;
	*v = (struct visit){ .step = STEP_OBSTACLE };
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

static struct opx_href action_of(const struct visit *v)
{
	return opx_href_make(v->page.arena, "/invitation/%s", v->page.c->rq->params[0].value);
}

static const struct view_field no_fault = { .fault = { .p = "", .n = 0 } };

static enum opx_status show_letter(struct visit *v, int status, struct view_message message,
				   struct view_field code, struct opx_error *err)
{
	struct view_invitation view = {
		.message = message, .action = action_of(v), .is_first = true, .code = code
	};
	tpl_invitation_letter(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

/* Too many codes were asked for this invitation: none leaves before the hour that is said. */
static enum opx_status show_shut(struct visit *v, int status, struct opx_error *err)
{
	const struct obstacle shut = {
		N_("Trop de codes demandés"),
		opx_strf(v->page.arena, "Aucun code ne part pour le moment. Vous pourrez recommencer %s.",
			 v->progress.opens.p)
			.p,
		N_("Gardez la lettre : rouvrez cette page à cette heure. Rien n’est perdu."),
		.can_sign_in = false,
	};
	return show_obstacle(&v->page, status, &shut, err);
}

static enum opx_status show_mail(struct visit *v, int status, struct view_message message,
				 struct view_field code, struct opx_error *err)
{
	const struct opx_code_progress *p = &v->progress;
	if (p->is_shut)
		return show_shut(v, status, err);
	const struct view_invitation view = {
		.message = message,
		.action = action_of(v),
		.mail = p->mail,
		.sent = opx_strf(v->page.arena, "à %s", opx_page_hour(&v->page, p->sent_at).text.p),
		.until = opx_page_hour(&v->page, p->expires_at).text,
		.word = p->control_word,
		.code = code,
		.is_slow = p->is_slow,
		.is_first = true,
	};
	tpl_invitation_mail(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

/* From here on the person is known: by both codes, or by the session. */
static enum opx_status load_page(struct visit *v, struct sql_participant_page_row *ret, struct opx_error *err)
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

static enum opx_status show_renewal(struct visit *v, int status, struct view_message message,
				    struct opx_error *err)
{
	struct sql_participant_page_row row;
	OPX_TRY(load_page(v, &row, err));
	const struct view_invitation view = {
		.message = message, .action = action_of(v), .name = row.name, .mail = row.mail
	};
	tpl_invitation_renewal(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

static enum opx_status show_consent(struct visit *v, int status, struct view_message message,
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
		.action = action_of(v),
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
	tpl_invitation_consent(opx_page_open(&v->page, status), &view);
	return opx_page_finish(&v->page, err);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "envoye", TONE_OK, N_("Un nouveau code est en route"),
		  N_("L’ancien reste valable jusqu’à son heure.") },
	};
	struct visit v;
	OPX_TRY(begin(&v, rq, self, err));
	if (v.page.person == v.row.person_id && opx_str_is(v.row.state, "accepted")) {
		opx_respond_see_other(rq, opx_strf(v.page.arena, "/dossiers/%" PRId64, v.row.dossier_id));
		return OPX_OK;
	}
	switch (v.step) {
	case STEP_LETTER:
		return show_letter(&v, 200, (struct view_message){ .tone = TONE_PLAIN }, no_fault, err);
	case STEP_MAIL:
		return show_mail(&v, 200, opx_page_notice(&v.page, notices, OPX_COUNT(notices)), no_fault,
				 err);
	case STEP_CONSENT:
		return v.row.renews_code
			       ? show_renewal(&v, 200, (struct view_message){ .tone = TONE_PLAIN }, err)
			       : show_consent(&v, 200, (struct view_message){ .tone = TONE_PLAIN }, err);
	case STEP_OBSTACLE:
		break;
	}
	return show_obstacle(&v.page, 200, v.obstacle, err);
}

static struct view_message refused(struct opx_str title, struct opx_str text)
{
	return (struct view_message){ .tone = TONE_ERROR, .title = title, .text = text, .takes_focus = true };
}

/* ---- step 1: the code of the letter; a try is counted before anything is compared */

static void log_letter(const struct visit *v, const char *why)
{
	OPX_LOG(&v->page.c->rq->logger, OPX_INFO, "sign-in.refused", KV_Z("means", "letter"),
		KV_Z("why", why), KV_I64("invitation", v->row.id));
}

static enum opx_status give_letter_code(struct visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	struct opx_request *rq = page->c->rq;
	const struct opx_reg_door *door = code_door(page);
	struct opx_str typed = OPX_STR(""), code;
	struct sql_participant_try_row tries;
	struct sql_participant_mail_row mail;
	uint8_t hash[32];
	bool is_counted = false;
	if (opx_form_opt_str(rq, "code", OPX_TEXT_LINE, 64, &typed, NULL) != OPX_OK ||
	    opx_crockford_normalise(page->arena, typed, OPX_INVITATION_CODE_CHARS, &code, NULL) != OPX_OK)
		return show_letter(
			v, 422,
			refused(OPX_STR("Ce code n’est pas complet"),
				OPX_STR("Il compte trois groupes de quatre signes. Cet essai n’est pas compté.")),
			opx_code_field(
				page->arena, typed, OPX_INVITATION_CODE_CHARS, "signe",
				"Vérifiez chaque signe : un code n’a que des lettres et des chiffres."),
			err);
	OPX_TRY(sql_participant_try(page->db, v->row.id, &is_counted, &tries, err));
	if (!is_counted) {
		log_letter(v, "spent");
		return show_obstacle(page, 422, &worn, err);
	}
	OPX_TRY(opx_page_letter_hash(page, code, v->row.salt, hash, err));
	bool is_right = v->row.hash.n == sizeof(hash) && opx_secret_eq(hash, v->row.hash.p, sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
	OPX_TRY(page->c->host->security_event(rq,
					      is_right ? "invitation.code-right" : "invitation.code-wrong", 0,
					      opx_strf(page->arena, "invitation %" PRId64, v->row.id), err));
	if (!is_right)
		log_letter(v, "wrong");
	if (!is_right && tries.tries_left == 0)
		return show_obstacle(page, 422, &worn, err);
	if (!is_right)
		return show_letter(v, 422,
				   refused(OPX_STR("Ce n’est pas le bon code"),
					   opx_word_tries(page->arena, tries.tries_left)),
				   (struct view_field){ .fault = OPX_STR("Recopiez celui de la lettre.") },
				   err);
	OPX_TRY(sql_participant_opened(page->db, v->row.id, NULL, err));
	OPX_TRY(sql_participant_mail(page->db, v->row.person_id, &mail, err));
	OPX_TRY(OPX_REG_CALL(page->pages->registry, door, begin_invitation, rq, v->row.id, mail.mail, err));
	opx_context_wakes(page->c, OPX_WAKES_SIGN_IN);
	opx_respond_see_other(rq, action_of(v).url);
	return OPX_OK;
}

/* ---- step 2: the code of the mail */

static enum opx_status another_code(struct visit *v, struct opx_error *err)
{
	struct opx_error why;
	const struct opx_reg_door *door = code_door(&v->page);
	enum opx_status status = OPX_REG_CALL(v->page.pages->registry, door, again, v->page.c->rq, &why);
	if (status == OPX_CONFLICT)
		return show_mail(v, 409, opx_page_fault(&v->page, &why, N_("Un instant")), no_fault, err);
	if (status != OPX_OK && status != OPX_UNAUTHENTICATED) {
		*err = why;
		return status;
	}
	opx_context_wakes(v->page.c, OPX_WAKES_SIGN_IN);
	opx_respond_see_other(v->page.c->rq, opx_strf(v->page.arena, "%s%s", action_of(v).url.p,
						      status == OPX_OK ? "?fait=envoye" : ""));
	return OPX_OK;
}

static enum opx_status give_mail_code(struct visit *v, struct opx_error *err)
{
	const struct view_field mail_fault = { .fault = OPX_STR("Tapez le code du dernier e-mail reçu.") };
	struct opx_page *page = &v->page;
	struct opx_request *rq = page->c->rq;
	const struct opx_reg_door *door = code_door(page);
	struct opx_code_answer answer = { .outcome = OPX_CODE_DEAD, .opens = OPX_STR("") };
	struct opx_str typed;
	struct opx_error why;
	if (opx_form_has(rq, "nouveau"))
		return another_code(v, err);
	enum opx_status status = opx_form_opt_str(rq, "code", OPX_TEXT_LINE, 64, &typed, &why);
	if (status == OPX_OK)
		status = OPX_REG_CALL(page->pages->registry, door, answer, rq, typed, &answer, &why);
	if (status == OPX_INVALID || status == OPX_TOO_LARGE)
		return show_mail(v, 422, opx_page_fault(page, &why, N_("Ce code n’est pas lisible")),
				 mail_fault, err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	switch (answer.outcome) {
	case OPX_CODE_RIGHT:
		break;
	case OPX_CODE_INCOMPLETE:
		return show_mail(
			v, 422,
			refused(OPX_STR("Le code est incomplet"),
				OPX_STR("Il compte 8 chiffres : vérifiez le dernier e-mail reçu. Cet essai n’est pas compté.")),
			opx_code_field(page->arena, typed, 8, "chiffre",
				       "Ce code ne compte que des chiffres."),
			err);
	case OPX_CODE_WRONG:
		return show_mail(v, 422,
				 refused(OPX_STR("Ce n’est pas le bon code"),
					 opx_word_tries(page->arena, answer.tries_left)),
				 mail_fault, err);
	case OPX_CODE_EXPIRED:
		return show_mail(v, 422,
				 refused(OPX_STR("Ce code n’est plus valable"),
					 OPX_STR("Demandez-en un nouveau : un code vit dix minutes.")),
				 mail_fault, err);
	case OPX_CODE_DEAD:
		opx_respond_cookie(rq, page->c->site->txn_cookie, OPX_STR(""), 0);
		return show_letter(
			v, 422,
			refused(OPX_STR("Trop d’essais"),
				OPX_STR("Recommencez avec le code de la lettre : un nouvel e-mail partira.")),
			no_fault, err);
	}
	if (answer.invitation != v->row.id)
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce code servait à autre chose. Recommencez avec le code de la lettre."),
				"the transaction is of invitation %" PRId64, answer.invitation);
	OPX_TRY(opx_invited_proof_set(page, v->row.id, answer.transaction_sha256, err));
	opx_respond_see_other(rq, action_of(v).url);
	return OPX_OK;
}

/* ---- step 3: identity, consent, and the means to come back */

/* The one who answers acts as himself: by his session, or by the two codes that he has just given. */
static struct opx_session *actor_of(const struct visit *v, const struct sql_participant_page_row *row)
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

static enum opx_status open_account(struct visit *v, const struct sql_participant_page_row *row,
				    struct opx_identity *ret, struct opx_str *ret_code, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	const struct opx_reg_door *door = code_door(page);
	struct sql_participant_account_new_row account;
	*ret_code = OPX_STR("");
	if (door == NULL || door->it->issue_access_code == NULL)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("La connexion par code est arrêtée en ce moment (module auth-otp). Réessayez plus tard."),
			"no door by codes");
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

static enum opx_status welcome(struct visit *v, const struct sql_participant_page_row *row,
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
	tpl_invitation_done(opx_page_open(page, 200), &view);
	return opx_page_finish(page, err);
}

static enum opx_status accept_by_codes(struct visit *v, struct opx_error *err)
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
		return show_obstacle(page, 409, &taken, err);
	OPX_TRY(open_account(v, &row, &identity, &code, err));
	opx_page_act(page, &act);
	act.session = actor_of(v, &row);
	OPX_TRY(opx_participant_accept(&act, v->row.id, opx_invited_consent(), err));
	opx_context_wakes(page->c, OPX_WAKES_SEAL);
	return welcome(v, &row, &identity, code, err);
}

static enum opx_status refuse(struct visit *v, struct opx_error *err)
{
	static const struct obstacle told = {
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
		return show_obstacle(page, 200, &told, err);
	opx_respond_see_other(page->c->rq, OPX_STR("/dossiers?fait=refuse#message"));
	return OPX_OK;
}

static enum opx_status give_answer(struct visit *v, struct opx_error *err)
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
				    refused(OPX_STR("Il manque votre réponse"),
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

/* ---- instead of step 3: another access code, for one who takes part already */

static enum opx_status give_new_code(struct visit *v, struct opx_error *err)
{
	struct opx_page *page = &v->page;
	const struct opx_reg_door *door = code_door(page);
	struct sql_participant_page_row row;
	struct sql_participant_answer_row answered;
	struct opx_str code;
	bool is_found = false;
	if (!opx_form_has(page->c->rq, "renouveler"))
		return show_renewal(v, 422,
				    refused(OPX_STR("Il manque votre réponse"),
					    OPX_STR("Appuyez sur le bouton pour recevoir le nouveau code.")),
				    err);
	OPX_TRY(load_page(v, &row, err));
	OPX_TRY(sql_participant_answer(page->db, v->row.id, OPX_STR("accepted"), &is_found, &answered, err));
	if (!is_found || row.account_id_is_null || door->it->issue_access_code == NULL)
		return show_obstacle(page, 409, &used, err);
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

/* ---- too late: another invitation is asked for, once, and whoever can send it hears of it */

static enum opx_status ask_again(struct visit *v, struct opx_error *err)
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
	opx_respond_see_other(page->c->rq, action_of(v).url);
	return OPX_OK;
}

static enum opx_status answer(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct visit v;
	OPX_TRY(begin(&v, rq, self, err));
	switch (v.step) {
	case STEP_LETTER:
		return give_letter_code(&v, err);
	case STEP_MAIL:
		return give_mail_code(&v, err);
	case STEP_CONSENT:
		return v.row.renews_code ? give_new_code(&v, err) : give_answer(&v, err);
	case STEP_OBSTACLE:
		break;
	}
	if (v.obstacle->can_ask && opx_form_has(rq, "demande"))
		return ask_again(&v, err);
	if (v.obstacle->why != NULL)
		log_letter(&v, v.obstacle->why);
	return show_obstacle(&v.page, 409, v.obstacle, err);
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
