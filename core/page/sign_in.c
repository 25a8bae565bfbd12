/* SPDX-License-Identifier: MPL-2.0 */
/* sign_in.c: /connexion and what follows: the two doors, the code, the card, and the way out. Doors decide; this file shows. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/wake.h"
#include "db/db.h"
#include "html/html.h"
#include "http/response.h"
#include "page/back.h"
#include "page/code.h"
#include "page/patience.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_page_dossier.h"
#include "sql_session.h"
#include "sql_work.h"
#include "tpl_public.h"
#include "tpl_sign_in.h"

#include <opx/auth.h>
#include <opx/host.h>
#include <opx/job.h>

#define ANSWER_MS 300
#define LIST_LOOK_MS 200
#define LIST_LOOKS 15 /* 3 s in all */
#define REFRESH_S 5

static const struct opx_reg_door *code_door(const struct opx_page *page)
{
	return opx_registry_door(page->pages->registry, "code+mail");
}

static const struct opx_reg_door *card_door(const struct opx_page *page)
{
	return opx_registry_door(page->pages->registry, "x509");
}

/* Codes leave by mail: when mails do not, the page says so, unless it has something more urgent to say (security 4.5). */
static enum opx_status say_mail_down(struct opx_page *page, struct view_message *message,
				     struct opx_error *err)
{
	struct sql_work_trouble_since_row row;
	bool is_down = false;
	if (message->title.n > 0 || code_door(page) == NULL)
		return OPX_OK;
	OPX_TRY(sql_work_trouble_since(page->db, OPX_STR("mail"), &is_down, &row, err));
	if (is_down)
		*message = (struct view_message){
			.tone = TONE_ATTENTION,
			.title = opx_strf(page->arena, "Les e-mails ne partent plus depuis %s",
					  opx_page_hour(page, row.since).text.p),
			.text = OPX_STR(
				"Un code demandé maintenant arrivera au retour du courrier. Les cartes et les clés fonctionnent.")
		};
	return OPX_OK;
}

static enum opx_status show_doors(struct opx_page *page, int status, struct opx_str mail,
				  struct view_message message, struct opx_error *err)
{
	OPX_TRY(say_mail_down(page, &message, err));
	struct opx_str back = opx_back_find(page->c->rq, page->c->site);
	const struct view_sign_in v = {
		/* The other host has cookies of its own: asked for that page, it keeps it too. */
		.card_origin = opx_href_at(page->arena, page->c->site->card_origin,
					   back.n > 0 ? (struct opx_href){ .url = back }
						      : opx_href_lit("/connexion")),
		.invitation = opx_href_lit("/invitation"),
		.has_card = card_door(page) != NULL,
		.has_code = code_door(page) != NULL,
		.mail = mail,
		.message = message,
	};
	tpl_sign_in(opx_page_open(page, status), &v);
	return opx_page_finish(page, err);
}

#define SPARE N_("En attendant, connectez-vous avec votre clé de secours.")
#define BY_PHONE \
	N_("Un délai se termine ? Prévenez le greffe par téléphone : un dépôt tardif reste possible, il sera signalé.")

/* What the door says of a certificate that nginx has let through; refused.c has those that it has not. */
static const struct {
	enum opx_certificate_standing standing;
	const char *why; /* for the log */
	const char *title, *text;
	const char *steps[3];
} refusals[] = {
	{ OPX_CERT_NONE,
	  "none",
	  N_("Aucun certificat n’a été présenté"),
	  N_("Votre navigateur n’en a proposé aucun."),
	  { N_("Insérez votre carte ou votre clé, puis fermez et rouvrez le navigateur."), NULL, NULL } },
	{ OPX_CERT_REVOKED,
	  "revoked",
	  N_("Ce certificat n’est plus valable"),
	  N_("Il a été révoqué avant sa date de fin. Vos dossiers n’ont pas changé."),
	  { N_("Demandez une nouvelle carte à l’organisme qui l’a délivrée."), SPARE, BY_PHONE } },
	{ OPX_CERT_EXPIRED,
	  "expired",
	  N_("Votre carte a expiré"),
	  N_("La date de fin de votre certificat est passée. Vos dossiers n’ont pas changé."),
	  { N_("Demandez le renouvellement de votre carte à l’organisme qui l’a délivrée."), SPARE,
	    BY_PHONE } },
	{ OPX_CERT_REFUSED,
	  "refused",
	  N_("Ce certificat n’est pas reconnu"),
	  N_("Il n’a pas été délivré pour ce service."),
	  { N_("Fermez toutes les fenêtres du navigateur, puis rouvrez-le : il oublie alors le certificat choisi."),
	    N_("Choisissez le certificat de votre carte d’expert, de votre carte agent ou de votre clé de secours."),
	    NULL } },
	{ OPX_CERT_SUSPENDED,
	  "suspended",
	  N_("Votre accès est suspendu"),
	  N_("Votre certificat est valable, mais votre compte est arrêté."),
	  { N_("Adressez-vous à l’administrateur de votre juridiction ou de votre compagnie."), BY_PHONE,
	    NULL } },
	{ OPX_CERT_UNSURE,
	  "revocation unknown",
	  N_("Nous ne pouvons pas vérifier votre certificat en ce moment"),
	  N_("Sa liste de révocation est indisponible. Votre carte n’est pas en cause : cette page se met à jour toute seule."),
	  { N_("Attendez quelques minutes, ou utilisez un code par e-mail si vous en avez un."), BY_PHONE,
	    NULL } },
	{ OPX_CERT_UNKNOWN,
	  "unknown",
	  N_("Aucun compte ne correspond à ce certificat"),
	  N_("Il est valable. L’administrateur de votre juridiction ou de votre compagnie peut vous ouvrir un accès."),
	  { NULL, NULL, NULL } },
};

/* A certificate is named by its hash, never by the person. */
static struct opx_str cert_hex(const struct opx_page *page, const struct opx_certificate_proof *proof)
{
	return opx_hex_str(page->arena, (struct opx_bytes){ .p = proof->sha256, .n = sizeof(proof->sha256) });
}

static enum opx_status refuse_card(struct opx_page *page, const struct opx_certificate_proof *proof,
				   struct opx_error *err)
{
	const struct opx_href sign_in = opx_href_lit("/connexion");
	struct opx_str *steps = OPX_NEW_N(page->arena, struct opx_str, OPX_COUNT(refusals[0].steps));
	struct view_refused v = {
		.steps = steps,
		.can_claim = proof->standing == OPX_CERT_UNKNOWN,
		.again = opx_href_at(page->arena, page->c->site->card_origin, sign_in),
		.by_code = opx_href_at(page->arena, page->c->site->main_origin, sign_in),
	};
	size_t i = 0;
	while (i + 1 < OPX_COUNT(refusals) && refusals[i].standing != proof->standing)
		i++;
	OPX_LOG(&page->c->rq->logger, OPX_INFO, "sign-in.refused", KV_Z("means", "card"),
		KV_Z("why", proof->why != NULL ? proof->why : refusals[i].why),
		KV_STR("cert", cert_hex(page, proof)));
	if (proof->standing == OPX_CERT_UNSURE)
		page->layout.refresh_s = REFRESH_S;
	v.title = opx_str_z(refusals[i].title);
	v.text = opx_str_z(refusals[i].text);
	for (size_t k = 0; k < OPX_COUNT(refusals[i].steps); k++)
		if (refusals[i].steps[k] != NULL)
			steps[v.n_steps++] = opx_str_z(refusals[i].steps[k]);
	if (proof->standing == OPX_CERT_EXPIRED)
		v.title = opx_strf(page->arena, "%s le %s", v.title.p,
				   opx_page_full_day(page, proof->not_after).p);
	page->layout.title = v.title;
	tpl_card_refused(opx_page_open(page, 403), &v);
	return opx_page_finish(page, err);
}

/* What the certificate proves. When no list of its issuer was ever seen, one is asked for at once and awaited a little: the
 * page that follows asks for itself again (security 5.4). */
static enum opx_status identify(struct opx_page *page, const struct opx_reg_door *card,
				struct opx_certificate_proof *ret, struct opx_error *err)
{
	const struct opx_job_order order = {
		.lane = "sign-in", .kind = "crl.fetch", .key = OPX_STR("now:crl-sign-in"), .max_attempts = 5
	};
	*ret = (struct opx_certificate_proof){ .standing = OPX_CERT_NONE };
	OPX_TRY(OPX_REG_CALL(page->pages->registry, card, identify, page->c->rq, ret, err));
	if (!ret->is_unseen)
		return OPX_OK;
	OPX_TRY(page->c->host->job_add(page->db, &order, err));
	OPX_TRY(opx_tx_commit(page->c->tx, err));
	opx_wake(page->c->site->run_folder.p, OPX_WAKE_SIGN_IN);
	OPX_TRY(opx_tx_begin(page->db, page->c->tx, page->person, err));
	for (int i = 0; i < LIST_LOOKS && ret->is_unseen && opx_patience_pause(LIST_LOOK_MS); i++)
		OPX_TRY(OPX_REG_CALL(page->pages->registry, card, identify, page->c->rq, ret, err));
	return OPX_OK;
}

static const struct page_notice door_notices[] = {
	{ "fini", TONE_ATTENTION, N_("Vous avez été déconnecté"),
	  N_("Reconnectez-vous : vous reviendrez à la même page. Vos brouillons sont gardés.") },
	{ "brouillon", TONE_ATTENTION, N_("Vous avez été déconnecté"),
	  N_("Reconnectez-vous : vous reviendrez à votre brouillon. Le dernier envoi n’a pas été reçu : relisez ce que vous veniez d’écrire.") },
	{ "envoi", TONE_ATTENTION, N_("Vous avez été déconnecté"),
	  N_("Votre dernière demande n’a pas été enregistrée. Reconnectez-vous : vous reviendrez à la même page, pour la refaire.") },
	{ "recente", TONE_ATTENTION, N_("Un dépôt demande une connexion récente"),
	  N_("Connectez-vous à nouveau. Votre brouillon est gardé : vous le retrouverez dans les échanges du dossier.") },
};

/* Whoever has just come in: to the page that he was sent from, a party with one dossier to it, the others to their list. */
static enum opx_status go_in(struct opx_page *page, const struct opx_identity *who, struct opx_error *err)
{
	struct opx_request *rq = page->c->rq;
	struct opx_str back = opx_back_find(rq, page->c->site);
	struct sql_page_dossier_only_row only;
	bool is_found = false;
	OPX_TRY(opx_session_begin(rq, who, err));
	if (back.n == 0 || opx_str_is(back, "/dossiers")) {
		OPX_TRY(opx_tx_person(page->c->tx, who->person, err));
		OPX_TRY(sql_page_dossier_only(page->db, who->person, &is_found, &only, err));
		back = is_found ? opx_strf(page->arena, "/dossiers/%" PRId64, only.dossier_id)
				: OPX_STR("/dossiers");
	}
	opx_respond_see_other(rq, back);
	opx_back_forget(rq, page->c->site);
	return OPX_OK;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_certificate_proof proof;
	opx_page_init(&page, self, rq, OPX_STR("Se connecter"));
	const struct opx_reg_door *card = card_door(&page);
	const struct view_message notice = opx_page_notice(&page, door_notices, OPX_COUNT(door_notices));
	if (rq->vhost != OPX_VHOST_MTLS || card == NULL)
		return show_doors(&page, 200, OPX_STR(""), notice, err);
	OPX_TRY(identify(&page, card, &proof, err));
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
	OPX_TRY(identify(&page, card, &proof, err));
	if (proof.standing != OPX_CERT_KNOWN)
		return refuse_card(&page, &proof, err);
	return go_in(&page, &proof.identity, err);
}

/* The answer leaves no sooner than 300 ms plus 0 to 50 after the request came, right or wrong (ASVS V6.3.8), and after the
 * commit: nobody else waits for a row meanwhile. */
static enum opx_status level_time(struct opx_page *page, struct opx_error *err)
{
	struct opx_context *c = page->c;
	OPX_TRY(opx_tx_commit(c->tx, err));
	OPX_TRY(opx_tx_begin(page->db, c->tx, page->person, err));
	int64_t until_us = c->rq->at.us + ANSWER_MS * 1000 + opx_random_below(c->random, 50000);
	int64_t left_us = until_us - opx_now(c->clock).us;
	if (left_us > 0)
		(void)opx_patience_pause(left_us / 1000 + 1);
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
	OPX_TRY(OPX_REG_CALL(page.pages->registry, door, begin, rq, mail, access, err));
	OPX_TRY(level_time(&page, err));
	opx_context_wakes(page.c, OPX_WAKES_SIGN_IN);
	opx_respond_see_other(rq, OPX_STR("/connexion/code"));
	return OPX_OK;
}

/* No code left, and none may be asked before the hour that is said (ui 7.1). */
static struct view_message too_many(struct opx_page *page, struct opx_str opens)
{
	return (struct view_message){
		.tone = TONE_ERROR,
		.title = OPX_STR("Trop d’essais"),
		.text = opx_strf(
			page->arena,
			"Pour protéger votre accès, aucun code ne part pour le moment. Vous pourrez recommencer %s.",
			opens.p),
		.takes_focus = true
	};
}

static enum opx_status show_code_with(struct opx_page *page, int status, struct view_message message,
				      struct view_field code, struct opx_error *err)
{
	struct opx_code_progress progress = { .is_open = false };
	const struct opx_reg_door *door = code_door(page);
	if (door != NULL)
		OPX_TRY(OPX_REG_CALL(page->pages->registry, door, progress, page->c->rq, &progress, err));
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
	if (!progress.is_shut)
		OPX_TRY(say_mail_down(page, &message, err));
	const struct view_code v = {
		.message = progress.is_shut ? too_many(page, progress.opens) : message,
		.is_shut = progress.is_shut,
		.mail = progress.mail,
		.sent = opx_strf(page->arena, "à %s", opx_page_hour(page, progress.sent_at).text.p),
		.until = opx_page_hour(page, progress.expires_at).text,
		.word = progress.control_word,
		.code = code,
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
	return show_code_with(&page, 200, opx_page_notice(&page, notices, OPX_COUNT(notices)),
			      (struct view_field){ .fault = OPX_STR("") }, err);
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
		if (answer->opens.n > 0)
			return too_many(page, answer->opens);
		m.title = OPX_STR("Trop d’essais");
		m.text = OPX_STR(
			"Recommencez la connexion depuis le début, dès maintenant : un nouveau code partira.");
		break;
	}
	return m;
}

/* Only a code that was not counted comes back to be completed; a wrong one is typed anew. */
static struct view_field code_again(const struct opx_page *page, const struct opx_code_answer *answer,
				    struct opx_str typed)
{
	if (answer->outcome == OPX_CODE_INCOMPLETE)
		return opx_code_field(page->arena, typed, 8, "chiffre",
				      "Ce code ne compte que des chiffres.");
	return (struct view_field){ .fault = OPX_STR("Tapez le code du dernier e-mail reçu.") };
}

static enum opx_status give_code(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_str typed;
	struct opx_code_answer answer = { .outcome = OPX_CODE_DEAD, .opens = OPX_STR("") };
	struct opx_error why;
	const struct view_field unreadable = { .fault = OPX_STR("Tapez les 8 chiffres de l’e-mail.") };
	opx_page_init(&page, self, rq, OPX_STR("Code"));
	const struct opx_reg_door *door = code_door(&page);
	if (door == NULL)
		return show_doors(&page, 503, OPX_STR(""), (struct view_message){ .tone = TONE_PLAIN }, err);
	enum opx_status status = opx_form_opt_str(rq, "code", OPX_TEXT_LINE, 64, &typed, &why);
	if (status != OPX_OK)
		return show_code_with(&page, 422,
				      opx_page_fault(&page, &why, N_("Ce code n’est pas lisible")),
				      unreadable, err);
	status = OPX_REG_CALL(page.pages->registry, door, answer, rq, typed, &answer, &why);
	if (status == OPX_INVALID)
		return show_code_with(&page, 422,
				      opx_page_fault(&page, &why, N_("Ce code n’est pas lisible")),
				      unreadable, err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	if (answer.outcome != OPX_CODE_RIGHT)
		return show_code_with(&page, 422, wrong_code(&page, &answer),
				      code_again(&page, &answer, typed), err);
	return go_in(&page, &answer.identity, err);
}

static enum opx_status another_code(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_error why;
	opx_page_init(&page, self, rq, OPX_STR("Code"));
	const struct opx_reg_door *door = code_door(&page);
	enum opx_status status = door != NULL ? OPX_REG_CALL(page.pages->registry, door, again, rq, &why)
					      : OPX_UNAUTHENTICATED;
	if (status != OPX_OK && status != OPX_CONFLICT && status != OPX_UNAUTHENTICATED) {
		*err = why;
		return status;
	}
	if (status == OPX_CONFLICT)
		return show_code_with(&page, 409, opx_page_fault(&page, &why, N_("Un instant")),
				      (struct view_field){ .fault = OPX_STR("") }, err);
	opx_context_wakes(page.c, OPX_WAKES_SIGN_IN);
	opx_respond_see_other(rq, status == OPX_OK ? OPX_STR("/connexion/code?fait=envoye")
						   : OPX_STR("/connexion"));
	return OPX_OK;
}

static enum opx_status leave(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	opx_page_init(&page, self, rq, OPX_STR(""));
	OPX_TRY(sql_session_end(page.db, page.c->session->id, OPX_STR("signed out"), NULL, err));
	opx_respond_see_other(rq, OPX_STR("/?fait=deconnecte#message"));
	opx_respond_cookie(rq, page.c->site->cookie, OPX_STR(""), 0);
	opx_back_forget(rq, page.c->site);
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
