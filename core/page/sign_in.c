/* SPDX-License-Identifier: MPL-2.0 */
/* sign_in.c: /connexion and what follows: the two doors, the code, the card, and the way out. Doors decide; this file shows. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/response.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_session.h"
#include "tpl_public.h"
#include "tpl_sign_in.h"

#include <opx/auth.h>
#include <opx/host.h>

static const struct opx_reg_door *code_door(const struct opx_page *page)
{
	return opx_registry_door(page->pages->registry, "code+mail");
}

static const struct opx_reg_door *card_door(const struct opx_page *page)
{
	return opx_registry_door(page->pages->registry, "x509");
}

static enum opx_status show_doors(struct opx_page *page, int status, struct opx_str mail,
				  struct view_message message, struct opx_error *err)
{
	const struct view_sign_in v = {
		.card_origin =
			opx_href_at(page->arena, page->c->site->card_origin, opx_href_lit("/connexion")),
		.invitation = opx_href_lit("/invitation"),
		.has_card = card_door(page) != NULL,
		.has_code = code_door(page) != NULL,
		.mail = mail,
		.message = message,
	};
	tpl_sign_in(opx_page_open(page, status), &v);
	return opx_page_finish(page, err);
}

static const struct {
	enum opx_certificate_standing standing;
	const char *title, *text;
} refusals[] = {
	{ OPX_CERT_NONE, N_("Aucun certificat n’a été présenté"),
	  N_("Insérez votre carte ou votre clé, puis rouvrez le navigateur.") },
	{ OPX_CERT_REVOKED, N_("Ce certificat n’est plus valable"),
	  N_("Il a été révoqué. Utilisez votre clé de secours.") },
	{ OPX_CERT_EXPIRED, N_("Votre carte a expiré"),
	  N_("Renouvelez-la, ou utilisez votre clé de secours.") },
	{ OPX_CERT_REFUSED, N_("Ce certificat n’est pas reconnu"),
	  N_("Il n’a pas été délivré pour ce service.") },
	{ OPX_CERT_SUSPENDED, N_("Votre accès est suspendu"),
	  N_("Adressez-vous à l’administrateur de votre juridiction.") },
	{ OPX_CERT_UNSURE, N_("Nous ne pouvons pas vérifier votre certificat en ce moment"),
	  N_("Sa liste de révocation est indisponible. Réessayez dans quelques minutes, ou utilisez un code par e-mail.") },
	{ OPX_CERT_UNKNOWN, N_("Aucun compte ne correspond à ce certificat"),
	  N_("L’administrateur de votre juridiction ou de votre compagnie peut vous ouvrir un accès.") },
};

static enum opx_status refuse_card(struct opx_page *page, const struct opx_certificate_proof *proof,
				   struct opx_error *err)
{
	struct view_message m = { .tone = TONE_ERROR };
	for (size_t i = 0; i < OPX_COUNT(refusals); i++)
		if (refusals[i].standing == proof->standing) {
			m.title = opx_str_z(refusals[i].title);
			m.text = opx_str_z(refusals[i].text);
		}
	if (proof->standing == OPX_CERT_UNKNOWN) {
		struct view_link *links = OPX_NEW(page->arena, struct view_link);
		*links = opx_page_link(OPX_STR("Demander l’accès avec ce certificat"),
				       opx_href_lit("/connexion/demande"), false);
		m.links = links;
		m.n_links = 1;
	}
	return show_doors(page, 403, OPX_STR(""), m, err);
}

static const struct page_notice door_notices[] = {
	{ "fini", TONE_ATTENTION, N_("Vous avez été déconnecté"),
	  N_("Reconnectez-vous. Votre brouillon est gardé.") },
	{ "recente", TONE_ATTENTION, N_("Un dépôt demande une connexion récente"),
	  N_("Connectez-vous à nouveau. Votre brouillon est gardé : vous le retrouverez dans les échanges du dossier.") },
};

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_certificate_proof proof;
	opx_page_init(&page, self, rq, OPX_STR("Se connecter"));
	const struct opx_reg_door *card = card_door(&page);
	const struct view_message notice = opx_page_notice(&page, door_notices, OPX_COUNT(door_notices));
	if (rq->vhost != OPX_VHOST_MTLS || card == NULL)
		return show_doors(&page, 200, OPX_STR(""), notice, err);
	OPX_TRY(card->it->identify(card->self, rq, &proof, err));
	if (proof.standing != OPX_CERT_KNOWN)
		return refuse_card(&page, &proof, err);
	const struct view_card v = { .name = proof.subject, .issuer = proof.issuer, .message = notice };
	tpl_card_page(opx_page_open(&page, 200), &v);
	return opx_page_finish(&page, err);
}

static enum opx_status enter_by_card(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_certificate_proof proof;
	opx_page_init(&page, self, rq, OPX_STR("Se connecter"));
	const struct opx_reg_door *card = card_door(&page);
	if (card == NULL)
		return show_doors(&page, 503, OPX_STR(""), (struct view_message){ .tone = TONE_PLAIN }, err);
	OPX_TRY(card->it->identify(card->self, rq, &proof, err));
	if (proof.standing != OPX_CERT_KNOWN)
		return refuse_card(&page, &proof, err);
	OPX_TRY(opx_session_begin(rq, &proof.identity, err));
	opx_respond_see_other(rq, OPX_STR("/dossiers"));
	return OPX_OK;
}

static enum opx_status ask_code(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_str mail, access;
	struct opx_error why;
	opx_page_init(&page, self, rq, OPX_STR("Se connecter"));
	const struct opx_reg_door *door = code_door(&page);
	if (door == NULL)
		return show_doors(&page, 503, OPX_STR(""), (struct view_message){ .tone = TONE_PLAIN }, err);
	enum opx_status status = opx_form_str(rq, "mel", OPX_TEXT_LINE, 254, &mail, &why);
	if (status == OPX_OK)
		status = opx_form_str(rq, "acces", OPX_TEXT_LINE, 64, &access, &why);
	if (status != OPX_OK)
		return show_doors(&page, 422, OPX_STR(""),
				  opx_page_fault(&page, &why, N_("Il manque une réponse")), err);
	OPX_TRY(door->it->begin(door->self, rq, mail, access, err));
	page.c->wakes |= OPX_WAKES_SIGN_IN;
	opx_respond_see_other(rq, OPX_STR("/connexion/code"));
	return OPX_OK;
}

static enum opx_status show_code_with(struct opx_page *page, int status, struct view_message message,
				      struct opx_error *err)
{
	struct opx_code_progress progress = { .is_open = false };
	const struct opx_reg_door *door = code_door(page);
	if (door != NULL)
		OPX_TRY(door->it->progress(door->self, page->c->rq, &progress, err));
	if (!progress.is_open && message.tone == TONE_ERROR) {
		message.title = OPX_STR("Ce code ne sert plus");
		message.text = OPX_STR(
			"Il a déjà servi, ou trop de temps a passé. Recommencez la connexion : un nouveau code partira.");
		return show_doors(page, status, OPX_STR(""), message, err);
	}
	if (!progress.is_open) {
		opx_respond_see_other(page->c->rq, OPX_STR("/connexion"));
		return OPX_OK;
	}
	const struct view_code v = {
		.message = message,
		.mail = progress.mail,
		.sent = opx_strf(page->arena, "à %s", opx_page_hour(page, progress.sent_at).text.p),
		.until = opx_page_hour(page, progress.expires_at).text,
		.word = progress.control_word,
		.is_slow = progress.is_slow,
	};
	tpl_code_page(opx_page_open(page, status), &v);
	return opx_page_finish(page, err);
}

static enum opx_status show_code(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "envoye", TONE_OK, N_("Un nouveau code est en route"),
		  N_("L’ancien reste valable jusqu’à son heure.") },
	};
	struct opx_page page;
	opx_page_init(&page, self, rq, OPX_STR("Code"));
	return show_code_with(&page, 200, opx_page_notice(&page, notices, OPX_COUNT(notices)), err);
}

static struct view_message wrong_code(struct opx_page *page, const struct opx_code_answer *answer)
{
	struct view_message m = { .tone = TONE_ERROR, .takes_focus = true };
	switch (answer->outcome) {
	case OPX_CODE_INCOMPLETE:
		m.title = OPX_STR("Le code est incomplet");
		m.text = OPX_STR(
			"Il compte 8 chiffres : vérifiez le dernier e-mail reçu. Cet essai n’est pas compté.");
		break;
	case OPX_CODE_WRONG:
		m.title = OPX_STR("Ce n’est pas le bon code");
		m.text = opx_word_tries(page->arena, answer->tries_left);
		break;
	case OPX_CODE_EXPIRED:
		m.title = OPX_STR("Ce code n’est plus valable");
		m.text = OPX_STR("Demandez-en un nouveau : un code vit dix minutes.");
		break;
	case OPX_CODE_DEAD:
	case OPX_CODE_RIGHT:
		m.title = OPX_STR("Trop d’essais");
		m.text = OPX_STR("Recommencez la connexion depuis le début.");
		break;
	}
	return m;
}

static enum opx_status give_code(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_str typed;
	struct opx_code_answer answer;
	struct opx_error why;
	opx_page_init(&page, self, rq, OPX_STR("Code"));
	const struct opx_reg_door *door = code_door(&page);
	enum opx_status status = opx_form_opt_str(rq, "code", OPX_TEXT_LINE, 64, &typed, &why);
	if (door == NULL || status != OPX_OK)
		return show_code_with(&page, 422,
				      opx_page_fault(&page, &why, N_("Ce code n’est pas lisible")), err);
	status = door->it->answer(door->self, rq, typed, &answer, &why);
	if (status == OPX_INVALID)
		return show_code_with(&page, 422,
				      opx_page_fault(&page, &why, N_("Ce code n’est pas lisible")), err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	if (answer.outcome != OPX_CODE_RIGHT)
		return show_code_with(&page, 422, wrong_code(&page, &answer), err);
	OPX_TRY(opx_session_begin(rq, &answer.identity, err));
	opx_respond_see_other(rq, OPX_STR("/dossiers"));
	return OPX_OK;
}

static enum opx_status another_code(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_error why;
	opx_page_init(&page, self, rq, OPX_STR("Code"));
	const struct opx_reg_door *door = code_door(&page);
	enum opx_status status = door != NULL ? door->it->again(door->self, rq, &why) : OPX_UNAUTHENTICATED;
	if (status == OPX_CONFLICT)
		return show_code_with(&page, 409, opx_page_fault(&page, &why, N_("Un instant")), err);
	page.c->wakes |= OPX_WAKES_SIGN_IN;
	opx_respond_see_other(rq, status == OPX_OK ? OPX_STR("/connexion/code?fait=envoye")
						   : OPX_STR("/connexion"));
	return OPX_OK;
}

static enum opx_status leave(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	opx_page_init(&page, self, rq, OPX_STR(""));
	OPX_TRY(sql_session_end(page.db, page.c->session->id, OPX_STR("signed out"), NULL, err));
	opx_respond_see_other(rq, OPX_STR("/"));
	opx_respond_cookie(rq, page.c->site->cookie, OPX_STR(""), 0);
	opx_respond_header(rq, "Clear-Site-Data", OPX_STR("\"cache\",\"storage\""));
	return OPX_OK;
}

#define ROUTE(m, p, r, f, h)                                                                            \
	{                                                                                               \
		.size = sizeof(struct opx_route), .method = (m), .path = (p), .right = r, .flags = (f), \
		.handle = (h)                                                                           \
	}

const struct opx_route opx_routes_sign_in[] = {
	ROUTE(OPX_GET, "/connexion", OPX_RIGHT_PUBLIC, 0, show),
	ROUTE(OPX_POST, "/connexion", OPX_RIGHT_PUBLIC, OPX_ROUTE_OPEN, ask_code),
	ROUTE(OPX_POST, "/connexion/carte", OPX_RIGHT_PUBLIC, OPX_ROUTE_CARD, enter_by_card),
	ROUTE(OPX_GET, "/connexion/code", OPX_RIGHT_PUBLIC, OPX_ROUTE_OPEN, show_code),
	ROUTE(OPX_POST, "/connexion/code", OPX_RIGHT_PUBLIC, OPX_ROUTE_OPEN, give_code),
	ROUTE(OPX_POST, "/connexion/nouveau-code", OPX_RIGHT_PUBLIC, OPX_ROUTE_OPEN, another_code),
	ROUTE(OPX_POST, "/deconnexion", OPX_RIGHT_SIGNED_IN, 0, leave),
};
const size_t opx_n_routes_sign_in = OPX_COUNT(opx_routes_sign_in);
