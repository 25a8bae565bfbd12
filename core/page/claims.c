/* SPDX-License-Identifier: MPL-2.0 */
/* claims.c: /connexion/demande, where the holder of an unknown certificate asks for an account, and /admin/demandes, where the
 * administrator of his court or compagnie answers. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/claim.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "page/mail.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "sql_claim.h"
#include "sql_page_dossier.h"
#include "sql_work.h"
#include "tpl_account.h"

#include <opx/auth.h>
#include <opx/host.h>

#define MAX_WAITING 100
#define MAX_DECIDED 10
#define MAX_REASON 300

/* ---- the form of the holder */

struct places {
	const struct sql_page_court_options_row *courts;
	const struct sql_page_compagnie_options_row *compagnies;
	size_t n_courts, n_compagnies;
};

static enum opx_status load_places(struct opx_page *page, struct places *ret, struct opx_error *err)
{
	OPX_TRY(sql_page_court_options(page->db, OPX_STR(""), &ret->courts, &ret->n_courts, err));
	return sql_page_compagnie_options(page->db, OPX_STR(""), &ret->compagnies, &ret->n_compagnies, err);
}

static void fill_places(const struct opx_page *page, const struct places *p, struct view_claim_form *v)
{
	struct view_option *courts = OPX_NEW_N(page->arena, struct view_option, p->n_courts + 1);
	struct view_option *compagnies = OPX_NEW_N(page->arena, struct view_option, p->n_compagnies + 1);
	courts[0] =
		(struct view_option){ .value = OPX_STR(""), .label = OPX_STR("Choisissez la juridiction") };
	compagnies[0] = (struct view_option){ .value = OPX_STR(""), .label = OPX_STR("Aucune") };
	for (size_t i = 0; i < p->n_courts; i++) {
		courts[i + 1] =
			(struct view_option){ .value = opx_strf(page->arena, "%" PRId64, p->courts[i].id),
					      .label = p->courts[i].name };
		courts[i + 1].is_selected = opx_str_eq(courts[i + 1].value, v->court.value);
	}
	for (size_t i = 0; i < p->n_compagnies; i++) {
		compagnies[i + 1] =
			(struct view_option){ .value = opx_strf(page->arena, "%" PRId64, p->compagnies[i].id),
					      .label = p->compagnies[i].name };
		compagnies[i + 1].is_selected = opx_str_eq(compagnies[i + 1].value, v->compagnie.value);
	}
	v->courts = courts;
	v->n_courts = p->n_courts + 1;
	v->compagnies = compagnies;
	v->n_compagnies = p->n_compagnies + 1;
}

/* What may be asked: the form shows these, and takes no other; the first is not an answer yet. */
static const char *const roles[] = { "", "expert", "judge", "clerk" };
static const char *const titles[] = { "", "M.", "Mme" };

static bool is_one_of(struct opx_str value, const char *const *list, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (opx_str_is(value, list[i]))
			return true;
	return false;
}

static void fill_choices(const struct opx_page *page, struct view_claim_form *v)
{
	static const char choose[] = N_("Choisissez");
	struct view_option *list = OPX_NEW_N(page->arena, struct view_option, OPX_COUNT(roles));
	struct view_option *options = OPX_NEW_N(page->arena, struct view_option, OPX_COUNT(titles));
	for (size_t i = 0; i < OPX_COUNT(roles); i++)
		list[i] = (struct view_option){
			.value = opx_str_z(roles[i]),
			.label = i == 0 ? opx_str_z(choose) : opx_word_role(opx_str_z(roles[i]), OPX_STR("")),
			.is_selected = opx_str_is(v->role.value, roles[i])
		};
	for (size_t i = 0; i < OPX_COUNT(titles); i++)
		options[i] =
			(struct view_option){ .value = opx_str_z(titles[i]),
					      .label = opx_str_z(i == 0 ? choose : titles[i]),
					      .is_selected = opx_str_is(v->person_title.value, titles[i]) };
	v->roles = list;
	v->n_roles = OPX_COUNT(roles);
	v->titles = options;
	v->n_titles = OPX_COUNT(titles);
}

/* The certificate of this connection, when it may ask; else is_done: the sign-in page says why not. */
static enum opx_status identify(struct opx_page *page, struct opx_certificate_proof *ret, bool *ret_is_done,
				struct opx_error *err)
{
	const struct opx_reg_door *door = opx_registry_door(page->pages->registry, "x509");
	*ret = (struct opx_certificate_proof){ .standing = OPX_CERT_NONE };
	if (door != NULL)
		OPX_TRY(OPX_REG_CALL(page->pages->registry, door, identify, page->c->rq, ret, err));
	*ret_is_done = ret->standing != OPX_CERT_UNKNOWN;
	if (*ret_is_done)
		opx_respond_see_other(page->c->rq, OPX_STR("/connexion"));
	return OPX_OK;
}

static enum opx_status show_form(struct opx_page *page, int status, const struct opx_certificate_proof *proof,
				 struct view_claim_form *v, struct opx_error *err)
{
	struct places places;
	OPX_TRY(load_places(page, &places, err));
	v->certificate = proof->subject;
	v->issuer = proof->issuer;
	v->until = opx_page_day(page, proof->not_after).text;
	fill_places(page, &places, v);
	fill_choices(page, v);
	tpl_claim_form(opx_page_open(page, status), v);
	return opx_page_finish(page, err);
}

static enum opx_status show_claim(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_certificate_proof proof;
	struct sql_claim_of_certificate_row row;
	bool is_done = false, is_found = false;
	opx_page_init(&page, self, rq, OPX_STR("Demander l’accès"));
	OPX_TRY(identify(&page, &proof, &is_done, err));
	if (is_done)
		return OPX_OK;
	struct view_claim_form v = { .given_name.value = proof.given_name,
				     .family_name.value = proof.family_name,
				     .mail.value = proof.mail };
	OPX_TRY(sql_claim_of_certificate(page.db, (struct opx_bytes){ .p = proof.sha256, .n = 32 }, &is_found,
					 &row, err));
	v.is_waiting = is_found && opx_str_is(row.state, "waiting");
	if (v.is_waiting) {
		page.layout.title = OPX_STR("Votre demande est enregistrée");
		v.state = opx_strf(
			page.arena,
			"Envoyée le %s à l’administrateur : %s. La réponse partira à %s. Revenez sur cette page avec votre carte : elle s’ouvrira quand l’accès sera accordé.",
			opx_page_short(&page, row.created_at).text.p, row.place.p != NULL ? row.place.p : "",
			row.mail.p);
	}
	if (is_found && opx_str_is(row.state, "withdrawn"))
		v.message = (struct view_message){
			.tone = TONE_OK,
			.title = OPX_STR("Votre demande est retirée"),
			.text = OPX_STR("Personne n’y répondra. Vous pouvez en envoyer une autre.")
		};
	if (is_found && opx_str_is(row.state, "refused"))
		v.message = (struct view_message){
			.tone = TONE_ATTENTION,
			.title = OPX_STR("Votre demande précédente n’a pas été acceptée"),
			.text = opx_strf(
				page.arena,
				"%s%s%sParlez-en à l’administrateur de votre juridiction ou de votre compagnie avant d’en envoyer une autre.",
				row.reason.n > 0 ? "Motif : « " : "", row.reason.p,
				row.reason.n > 0 ? " ». " : "")
		};
	return show_form(&page, 200, &proof, &v, err);
}

static int64_t find_place(struct opx_str value, int64_t (*id_of)(const struct places *, size_t),
			  const struct places *p, size_t n)
{
	int64_t id = 0;
	if (opx_parse_i64(value, 1, INT64_MAX, &id, NULL) != OPX_OK)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (id_of(p, i) == id)
			return id;
	return 0;
}

static int64_t court_id(const struct places *p, size_t i)
{
	return p->courts[i].id;
}

static int64_t compagnie_id(const struct places *p, size_t i)
{
	return p->compagnies[i].id;
}

static void read_place(struct opx_page *page, const struct places *places, struct view_claim_form *v,
		       struct opx_claim *ret, bool *is_good)
{
	v->court = opx_page_field(page, "juridiction", OPX_TEXT_LINE, 24, is_good);
	v->compagnie = opx_page_field(page, "compagnie", OPX_TEXT_LINE, 24, is_good);
	ret->court = find_place(v->court.value, court_id, places, places->n_courts);
	ret->compagnie = find_place(v->compagnie.value, compagnie_id, places, places->n_compagnies);
	if (ret->court == 0 && v->court.value.n > 0)
		opx_page_wrong(&v->court, N_("Choisissez une juridiction de la liste."), is_good);
	if (ret->compagnie == 0 && v->compagnie.value.n > 0)
		opx_page_wrong(&v->compagnie, N_("Choisissez une compagnie de la liste."), is_good);
	bool is_expert = opx_str_is(v->role.value, "expert");
	if (ret->court == 0 && (!is_expert || ret->compagnie == 0))
		opx_page_wrong(&v->court, N_("Choisissez la juridiction dont l’administrateur vous connaît."),
			       is_good);
	if (!is_expert)
		ret->compagnie = 0;
}

static bool read_claim(struct opx_page *page, const struct places *places, struct view_claim_form *v,
		       struct opx_claim *ret)
{
	bool is_good = true;
	v->person_title = opx_page_field(page, "civilite", OPX_TEXT_LINE, 8, &is_good);
	if (!is_one_of(v->person_title.value, titles, OPX_COUNT(titles)))
		opx_page_wrong(&v->person_title, N_("Choisissez une civilité."), &is_good);
	v->given_name = opx_page_field_needed(page, "prenom", OPX_TEXT_LINE, 80, N_("Indiquez votre prénom."),
					      &is_good);
	v->family_name =
		opx_page_field_needed(page, "nom", OPX_TEXT_LINE, 120, N_("Indiquez votre nom."), &is_good);
	v->mail = opx_page_field_needed(page, "mel", OPX_TEXT_LINE, 254, N_("Indiquez votre adresse e-mail."),
					&is_good);
	if (v->mail.value.n > 0 && !opx_mail_is_plain(v->mail.value))
		opx_page_wrong(&v->mail, N_("Cette adresse n’a pas la forme nom@domaine.fr. Vérifiez-la."),
			       &is_good);
	v->role = opx_page_field(page, "role", OPX_TEXT_LINE, 16, &is_good);
	if (!is_one_of(v->role.value, roles, OPX_COUNT(roles)))
		opx_page_wrong(&v->role, N_("Choisissez votre qualité."), &is_good);
	read_place(page, places, v, ret, &is_good);
	ret->title = v->person_title.value;
	ret->given_name = v->given_name.value;
	ret->family_name = v->family_name.value;
	ret->mail = v->mail.value;
	ret->role = v->role.value;
	return is_good;
}

static enum opx_status make_claim(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_certificate_proof proof;
	struct places places;
	struct view_claim_form v = { .is_waiting = false };
	struct opx_claim claim = { .court = 0 };
	bool is_done = false;
	opx_page_init(&page, self, rq, OPX_STR("Demander l’accès"));
	OPX_TRY(identify(&page, &proof, &is_done, err));
	if (is_done)
		return OPX_OK;
	OPX_TRY(load_places(&page, &places, err));
	if (!read_claim(&page, &places, &v, &claim)) {
		v.message = (struct view_message){
			.tone = TONE_ERROR,
			.title = OPX_STR("La demande n’est pas partie"),
			.text = OPX_STR("Corrigez les champs signalés : ce que vous avez écrit est gardé."),
			.takes_focus = true
		};
		return show_form(&page, 422, &proof, &v, err);
	}
	memcpy(claim.cert_sha256, proof.sha256, sizeof(claim.cert_sha256));
	claim.issuer_key = proof.issuer_key;
	claim.serial = proof.serial;
	claim.subject = proof.subject;
	claim.not_after = proof.not_after;
	struct opx_error why;
	enum opx_status status = opx_claim_make(page.db, &claim, &why);
	if (status == OPX_CONFLICT) {
		v.message = opx_page_fault(&page, &why, N_("La demande n’est pas partie"));
		return show_form(&page, 409, &proof, &v, err);
	}
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	OPX_TRY(page.c->host->security_event(rq, "claim.made", 0, proof.subject, err));
	opx_respond_see_other(rq, OPX_STR("/connexion/demande"));
	return OPX_OK;
}

/* The holder takes back what he mistyped; decided meanwhile, the page that follows says so. */
static enum opx_status withdraw(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_certificate_proof proof;
	bool is_done = false;
	int64_t n = 0;
	opx_page_init(&page, self, rq, OPX_STR("Demander l’accès"));
	OPX_TRY(identify(&page, &proof, &is_done, err));
	if (is_done)
		return OPX_OK;
	OPX_TRY(sql_claim_withdraw(page.db, (struct opx_bytes){ .p = proof.sha256, .n = 32 }, &n, err));
	if (n > 0)
		OPX_TRY(page.c->host->security_event(rq, "claim.withdrawn", 0, proof.subject, err));
	opx_respond_see_other(rq, OPX_STR("/connexion/demande#message"));
	return OPX_OK;
}

/* ---- the administrator's list */

static struct opx_str claim_moment(const struct opx_page *page, const struct sql_claim_list_row *row)
{
	if (row->decided_at_is_null)
		return opx_strf(page->arena, "Demandé le %s", opx_page_short(page, row->created_at).text.p);
	const char *what = opx_str_is(row->state, "approved")  ? "Accès ouvert"
			   : opx_str_is(row->state, "refused") ? "Refusé"
							       : "Retirée par la personne";
	return opx_strf(page->arena, "%s le %s%s%s", what, opx_page_short(page, row->decided_at).text.p,
			row->decided_by.p != NULL ? ", par " : "",
			row->decided_by.p != NULL ? row->decided_by.p : "");
}

static struct opx_str claim_existing(const struct opx_page *page, const struct sql_claim_list_row *row)
{
	if (row->is_taken)
		return OPX_STR(
			"Ce certificat ouvre déjà un compte à une autre adresse, ou n’en ouvre plus. Voyez avec la personne ; l’accès ne peut pas être ouvert ainsi.");
	if (row->existing.p == NULL)
		return OPX_STR("");
	if (row->is_bound)
		return opx_strf(
			page->arena,
			"Ce certificat ouvre déjà le compte de %s à cette adresse : seule la qualité s’y ajoutera.",
			row->existing.p);
	return opx_strf(
		page->arena,
		row->is_other
			? "Un compte existe à cette adresse, sous un autre nom : %s. Vérifiez l’adresse avec la personne ; l’accès ne peut pas être ouvert ainsi."
			: "Un compte existe à cette adresse, au nom de %s : ce certificat s’y ajoutera.",
		row->existing.p);
}

static void fill_claims(const struct opx_page *page, const struct sql_claim_list_row *rows, size_t n,
			const struct view_claim **ret, size_t *ret_n)
{
	struct view_claim *list = OPX_NEW_N(page->arena, struct view_claim, n);
	for (size_t i = 0; i < n; i++) {
		const struct sql_claim_list_row *row = &rows[i];
		list[i] = (struct view_claim){
			.id = row->id,
			.name = row->name,
			.role = opx_word_role(row->role, opx_word_title(row->name)),
			.place = row->place.p != NULL ? row->place : OPX_STR(""),
			.mail = row->mail,
			.certificate = opx_strf(page->arena, "%s, valable jusqu’au %s", row->subject.p,
						opx_page_day(page, row->not_after).text.p),
			.at = claim_moment(page, row),
			.reason = row->reason,
			.existing = claim_existing(page, row),
			.action = opx_href_make(page->arena, "/admin/demandes/%d", row->id),
		};
	}
	*ret = list;
	*ret_n = n;
}

/* With twenty requests on the page, the answer names the person. */
static void name_decided(const struct opx_page *page, const struct view_claims *v, struct view_message *m)
{
	int64_t id = 0;
	if (m->title.n == 0 ||
	    opx_parse_i64(opx_request_query(page->c->rq, "demande"), 1, INT64_MAX, &id, NULL) != OPX_OK)
		return;
	for (size_t i = 0; i < v->n_decided; i++)
		if (v->decided[i].id == id)
			m->title = opx_strf(page->arena, "%s : %s", m->title.p, v->decided[i].name.p);
}

static enum opx_status show_list_with(struct opx_page *page, int status, struct view_message message,
				      struct opx_error *err)
{
	struct view_claims v = { .message = message };
	const struct sql_claim_list_row *waiting = NULL, *decided = NULL;
	size_t n_waiting = 0, n_decided = 0;
	OPX_TRY(sql_claim_list(page->db, page->person, true, MAX_WAITING, &waiting, &n_waiting, err));
	OPX_TRY(sql_claim_list(page->db, page->person, false, MAX_DECIDED, &decided, &n_decided, err));
	fill_claims(page, waiting, n_waiting, &v.rows, &v.n_rows);
	fill_claims(page, decided, n_decided, &v.decided, &v.n_decided);
	name_decided(page, &v, &v.message);
	tpl_claims(opx_page_open(page, status), &v);
	return opx_page_finish(page, err);
}

static enum opx_status show_list(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "accepte", TONE_OK, N_("L’accès est ouvert"),
		  N_("La personne peut se connecter avec sa carte dès maintenant. Un e-mail le lui dit.") },
		{ "refuse", TONE_OK, N_("La demande est refusée"),
		  N_("Un e-mail le dit à la personne, et l’invite à vous en parler. Elle lira votre motif avec sa carte.") },
	};
	struct opx_page page;
	opx_page_init(&page, self, rq, OPX_STR("Demandes d’accès"));
	return show_list_with(&page, 200, opx_page_notice(&page, notices, OPX_COUNT(notices)), err);
}

static enum opx_status decide(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct opx_error why;
	struct opx_str decision, name = OPX_STR("");
	bool is_good = true;
	int64_t id = 0;
	opx_page_init(&page, self, rq, OPX_STR("Demandes d’accès"));
	OPX_TRY(opx_path_i64(rq, "demande", &id, err));
	if (opx_form_opt_str(rq, "decision", OPX_TEXT_LINE, 16, &decision, NULL) != OPX_OK)
		decision = OPX_STR("");
	struct view_field why_field = opx_page_field(&page, "motif", OPX_TEXT_LINE, MAX_REASON, &is_good);
	if (!is_good)
		return show_list_with(&page, 422,
				      (struct view_message){
					      .tone = TONE_ERROR,
					      .title = OPX_STR(
						      "Rien n’est décidé : le motif ne peut pas être gardé"),
					      .text = why_field.fault,
					      .takes_focus = true },
				      err);
	bool is_yes = opx_str_is(decision, "accepter");
	if (!is_yes && !opx_str_is(decision, "refuser"))
		return show_list_with(&page, 422,
				      (struct view_message){
					      .tone = TONE_ERROR,
					      .title = OPX_STR("Il manque votre décision"),
					      .text = OPX_STR(
						      "Choisissez l’un des deux boutons de la demande."),
					      .takes_focus = true },
				      err);
	enum opx_status status =
		is_yes ? opx_claim_approve(page.db, id, page.person, &name, &why)
		       : opx_claim_refuse(page.db, id, page.person, why_field.value, &name, &why);
	if (status == OPX_CONFLICT) {
		OPX_TRY(opx_page_undo(&page, err));
		return show_list_with(&page, 409, opx_page_fault(&page, &why, N_("Rien n’a changé")), err);
	}
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	OPX_TRY(sql_work_job(page.db, OPX_STR("post"), OPX_STR("mail.claim"), (struct opx_str){ .p = NULL },
			     &id, NULL, (struct opx_bytes){ .p = NULL }, 0, 20, NULL, err));
	opx_context_wakes(page.c, OPX_WAKES_POST);
	OPX_TRY(page.c->host->security_event(rq, is_yes ? "claim.approved" : "claim.refused", page.person,
					     opx_strf(page.arena, "claim %" PRId64, id), err));
	opx_respond_see_other(rq, opx_strf(page.arena, "/admin/demandes?fait=%s&demande=%" PRId64 "#message",
					   is_yes ? "accepte" : "refuse", id));
	return OPX_OK;
}

#define SIZE .size = sizeof(struct opx_route)

const struct opx_route opx_routes_claims[] = {
	{ SIZE, .method = OPX_GET, .path = "/connexion/demande", .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_CARD, .handle = show_claim },
	{ SIZE, .method = OPX_POST, .path = "/connexion/demande", .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_CARD, .handle = make_claim },
	{ SIZE, .method = OPX_POST, .path = "/connexion/demande/retrait", .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_CARD, .handle = withdraw },
	{ SIZE, .method = OPX_GET, .path = "/admin/demandes", .right = OPX_RIGHT("account_expert", "manage"),
	  .handle = show_list },
	{ SIZE, .method = OPX_POST, .path = "/admin/demandes/:demande", .right = OPX_RIGHT("@", "manage"),
	  .subject = OPX_SUBJECT_CLAIM, .handle = decide },
};
const size_t opx_n_routes_claims = OPX_COUNT(opx_routes_claims);
