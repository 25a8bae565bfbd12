/* SPDX-License-Identifier: MPL-2.0 */
/* errors.c: see errors.h. */
#include "page/errors.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "html/html.h"
#include "http/request.h"
#include "opx/rights.h"
#include "page/back.h"
#include "page/page.h"
#include "page/words.h"
#include "plugin/site.h"
#include "sql_draft.h"
#include "sql_filing.h"
#include "tpl_public.h"

static const struct {
	int code;
	const char *title;
	const char *steps[2];
} known[] = {
	{ 400,
	  N_("Cette demande n’est pas lisible"),
	  { N_("Revenez à la page précédente et recommencez."), NULL } },
	{ 403,
	  N_("Vous ne pouvez pas ouvrir cette page"),
	  { N_("Demandez l’accès à l’expert chargé du dossier."), NULL } },
	{ 404,
	  N_("Cette page n’existe pas ou ne vous est pas ouverte"),
	  { N_("Vérifiez l’adresse."), N_("Ou repartez de la liste de vos dossiers.") } },
	{ 405,
	  N_("Cette adresse ne reçoit pas cette demande"),
	  { N_("Repartez de la liste de vos dossiers."), NULL } },
	{ 409,
	  N_("Ce dossier a changé entre-temps"),
	  { N_("Revenez à la page précédente, rechargez-la, puis recommencez."), NULL } },
	{ 413,
	  N_("Cet envoi est trop grand"),
	  { N_("Raccourcissez ce qui est écrit, ou découpez vos fichiers, puis recommencez."), NULL } },
	{ 422,
	  N_("Il manque quelque chose"),
	  { N_("Revenez à la page précédente et complétez le formulaire."), NULL } },
	{ 500, N_("Le service a rencontré un problème"), { N_("Réessayez dans quelques minutes."), NULL } },
	{ 503,
	  N_("Le service est momentanément indisponible"),
	  { N_("Réessayez dans quelques minutes."), NULL } },
};

static size_t find(int code)
{
	for (size_t i = 0; i < OPX_COUNT(known); i++)
		if (known[i].code == code)
			return i;
	return OPX_COUNT(known) - 2; /* 500 */
}

/* What is missing, by the value of the rule that refused. */
static const struct {
	const char *value, *sentence;
} missing[] = {
	{ "granted", N_("Un accès donné par l’expert ou le juge de ce dossier") },
	{ "addressed", N_("Être nommé parmi ses lecteurs, ou recevoir un accès de l’expert ou du juge") },
	{ "side", N_("Être du côté que cela concerne") },
	{ "own", N_("Ce n’est ouvert qu’à la personne dont cela vient") },
};

/* The object of the rule: that of the route, or the kind that the subject has ("object/action/phase"). */
static struct opx_str object_of(const struct opx_page *page)
{
	struct opx_str rule = page->c->right->rule;
	const char *slash = rule.n > 0 ? memchr(rule.p, '/', rule.n) : NULL;
	struct opx_str object = opx_str_z(page->c->question->object);
	if (opx_str_is(object, "@") && slash != NULL)
		object = opx_str_copy(page->arena, rule.p, (size_t)(slash - rule.p));
	if (opx_str_is(object, "@"))
		return OPX_STR("ce document");
	struct opx_str kind = opx_page_kind(page, object);
	return opx_str_eq(kind, object) ? opx_word_object(object) : kind;
}

static void fill_rule(const struct opx_page *page, struct view_error *v)
{
	const struct opx_right_answer *right = page->c->right;
	if (right == NULL || page->c->session == NULL)
		return;
	struct opx_str action = opx_word_action(opx_str_z(page->c->question->action)),
		       object = object_of(page);
	struct opx_str role =
		opx_word_inside(page->arena,
				opx_word_role(right->role, opx_word_title(page->c->session->name)));
	object = opx_word_inside(page->arena, object);
	v->rule = opx_strf(page->arena, "%s, %s, %s : « %s »", action.p, object.p, role.p,
			   opx_word_value(right->value).p);
	v->you = opx_strf(page->arena, "%s, %s", page->c->session->name.p, role.p);
	v->wanted = opx_strf(page->arena, "%s : %s", action.p, object.p);
	v->missing = OPX_STR("Cette règle ne l’ouvre pas à votre qualité, à cette étape du dossier");
	for (size_t i = 0; i < OPX_COUNT(missing); i++)
		if (opx_str_is(right->value, missing[i].value))
			v->missing = opx_str_z(missing[i].sentence);
}

/* A judge or clerk of the court who is not in: the rule says yes, once the participants see that he reads. */
static void fill_presence(const struct opx_page *page, struct view_error *v)
{
	const struct opx_right_answer *right = page->c->right;
	if (right == NULL || page->c->session == NULL || right->dossier == 0 ||
	    page->c->question->subject == OPX_SUBJECT_DOCUMENT || !opx_str_is(right->value, "allow") ||
	    !(opx_str_is(right->role, "judge") || opx_str_is(right->role, "clerk")))
		return;
	v->title = OPX_STR("Ce dossier s’ouvre en mode actif");
	v->text = OPX_STR(
		"Il est de votre juridiction. En mode actif vous le lisez et recevez ses avis, et les participants le voient.");
	v->missing = OPX_STR("Passer en mode actif");
	v->has_presence = true;
	v->presence = opx_href_make(page->arena, "/dossiers/%d/presence", right->dossier);
}

/* A document whose line is known: the link is good, the rule says no (ui.md 7.5). */
static void fill_document(struct opx_page *page, struct view_error *v, struct view_link *links)
{
	const struct opx_right_question *q = page->c->question;
	if (q == NULL || page->c->right == NULL || q->subject != OPX_SUBJECT_DOCUMENT)
		return;
	v->title = OPX_STR("Vous ne pouvez pas ouvrir ce document");
	v->text = OPX_STR(
		"Le lien est bon et votre connexion aussi. Une règle du dossier demande un accès de plus.");
	page->layout.title = v->title;
	links[0].is_current = false;
	links[1] = links[0];
	links[0] = opx_page_link(OPX_STR("Revenir aux échanges du dossier"),
				 opx_href_make(page->arena, "/dossiers/%d/echanges", page->c->right->dossier),
				 true);
	v->n_links = 2;
}

/* A draft whose kind its author may not deposit (any more): its own page says so, and lets another be chosen. */
static bool go_to_draft(struct opx_request *rq, int code)
{
	const struct opx_context *c = opx_context_of(rq);
	int64_t dossier = 0;
	if (code != 403 || c == NULL || c->question == NULL || c->right == NULL ||
	    c->right->decision == OPX_ALLOW || c->question->subject != OPX_SUBJECT_DRAFT ||
	    strcmp(c->question->action, "deposit") != 0 ||
	    opx_path_i64(rq, "dossier", &dossier, NULL) != OPX_OK)
		return false;
	opx_respond_see_other(rq, opx_strf(rq->arena,
					   "/dossiers/%" PRId64 "/brouillons/%" PRId64 "?fait=droit#message",
					   dossier, c->question->id));
	return true;
}

/* A draft that its author deposited or threw away, here or in another tab: to what became of it, which says so. Nobody else's is found
 * (row security), and who has left the dossier is refused there as everywhere. */
static bool go_where_draft_went(struct opx_request *rq, int code)
{
	const struct opx_context *c = opx_context_of(rq);
	OPX_AUTO_TX tx = { .db = NULL };
	struct sql_draft_find_row draft;
	struct sql_filing_of_draft_row filed;
	bool is_found = false;
	if (code != 404 || c == NULL || c->session == NULL || c->question == NULL ||
	    c->question->subject != OPX_SUBJECT_DRAFT)
		return false;
	if (opx_tx_begin_kind(c->db, OPX_TX_READ, c->session->person, &tx, NULL) != OPX_OK ||
	    sql_draft_find(c->db, c->question->id, &is_found, &draft, NULL) != OPX_OK || !is_found)
		return false;
	if (opx_str_is(draft.state, "discarded")) {
		opx_respond_see_other(rq, opx_strf(rq->arena,
						   "/dossiers/%" PRId64 "/echanges?fait=disparu#message",
						   draft.dossier_id));
		return true;
	}
	if (sql_filing_of_draft(c->db, c->question->id, &is_found, &filed, NULL) != OPX_OK || !is_found)
		return false;
	opx_respond_see_other(rq, opx_strf(rq->arena,
					   "/dossiers/%" PRId64 "/depots/%" PRId32 "?fait=deja#message",
					   filed.dossier_id, filed.number));
	return true;
}

/* Who had a session is told that it is over, and what became of what he was doing; who never had one simply comes in. Both find their
 * page again afterwards. */
static void go_to_sign_in(const struct opx_pages *pages, struct opx_request *rq)
{
	bool had_session = opx_request_cookie(rq, pages->site->cookie).n > 0;
	if (rq->method == OPX_POST && opx_str_is(rq->path, "/deconnexion")) {
		/* Who leaves after his session has ended has what he wanted: he is not asked to come back. */
		opx_respond_see_other(rq, OPX_STR("/?fait=deconnecte#message"));
		return;
	}
	const char *code = rq->method != OPX_POST                                       ? "fini"
			   : rq->n_segments > 0 && opx_str_is(rq->segments[0], "depot") ? "brouillon"
											: "envoi";
	opx_respond_see_other(rq, had_session ? opx_strf(rq->arena, "/connexion?fait=%s#message", code)
					      : OPX_STR("/connexion"));
	opx_back_keep(rq, pages->site);
}

/* The answer to a COMMIT was lost: nobody here knows whether the change was made, so the page says where it can be seen. */
static void fill_doubt(struct opx_page *page, struct view_error *v, struct opx_str *steps,
		       struct view_link *links)
{
	const struct opx_right_question *q = page->c->question;
	int64_t dossier = page->c->right != NULL ? page->c->right->dossier : 0;
	v->title = OPX_STR("Nous ne savons pas si c’est enregistré");
	page->layout.title = v->title;
	v->n_steps = 0;
	if (q != NULL && q->subject == OPX_SUBJECT_DRAFT && dossier != 0) {
		steps[v->n_steps++] =
			OPX_STR("Rouvrez ce brouillon : s’il a été déposé, vous y trouverez son accusé.");
		steps[v->n_steps++] =
			OPX_STR("Sinon, confirmez à nouveau : un brouillon ne peut être déposé deux fois.");
		links[1] = opx_page_link(OPX_STR("Échanges du dossier"),
					 opx_href_make(page->arena, "/dossiers/%d/echanges", dossier), false);
		links[0] = opx_page_link(
			OPX_STR("Rouvrir ce brouillon"),
			opx_href_make(page->arena, "/dossiers/%d/brouillons/%d", dossier, q->id), true);
		v->n_links = 2;
		return;
	}
	steps[v->n_steps++] = OPX_STR(
		"Avant de recommencer, rechargez la page d’où vous venez et regardez si c’est déjà fait.");
}

/* What a service that is away has done to the person's work: never more than is known. */
static void fill_failure(struct opx_page *page, struct view_error *v, struct opx_str *steps,
			 struct view_link *links)
{
	bool is_change = page->c->rq->method != OPX_GET && page->c->rq->method != OPX_HEAD;
	if (page->c->tx != NULL && page->c->tx->is_in_doubt) {
		fill_doubt(page, v, steps, links);
	} else {
		steps[1] = steps[0];
		steps[0] = is_change ? OPX_STR("Rien n’a été déposé par cette demande.")
				     : OPX_STR("Ce qui est déposé est gardé.");
		v->n_steps = 2;
	}
}

/* An address typed from a letter has one letter too few, or another: its number can be typed again. */
static void fill_invitation(struct view_error *v, struct opx_str *steps, struct view_link *links)
{
	links[1] = links[0];
	links[1].is_current = false;
	links[0] =
		opx_page_link(OPX_STR("Saisir le numéro de l’invitation"), opx_href_lit("/invitation"), true);
	v->n_links = 2;
	steps[0] = OPX_STR("Vérifiez l’adresse : elle finit par 26 lettres et chiffres.");
	steps[1] = OPX_STR("Ou recopiez le numéro qui figure sur la lettre.");
	v->n_steps = 2;
}

/* What is no error page: a sentence for a script, the way to the doors, or to the draft that says why. */
static bool is_answered_otherwise(const struct opx_pages *pages, struct opx_request *rq, int code,
				  const struct opx_error *err)
{
	if (rq->n_segments > 0 && opx_str_is(rq->segments[0], "televersement")) {
		/* A program asks, not a person: one sentence, which the deposit page shows beside the file. */
		opx_respond_text(rq, code == 303 ? 403 : code,
				 err->user[0] != '\0' ? err->user : known[find(code)].title);
		return true;
	}
	if (err->status == OPX_UNAUTHENTICATED &&
	    (rq->method == OPX_GET || rq->method == OPX_HEAD || rq->method == OPX_POST)) {
		go_to_sign_in(pages, rq);
		return true;
	}
	return go_to_draft(rq, code) || go_where_draft_went(rq, code);
}

void opx_page_error(const struct opx_pages *pages, struct opx_request *rq, int code,
		    const struct opx_error *err)
{
	struct opx_page page;
	if (is_answered_otherwise(pages, rq, code, err))
		return;
	size_t i = find(code);
	opx_page_init(&page, pages, rq, opx_str_z(known[i].title));
	struct view_link *links = OPX_NEW_N(page.arena, struct view_link, 2);
	links[0] = page.person != 0 ? opx_page_link(OPX_STR("Mes dossiers"), opx_href_lit("/dossiers"), true)
				    : opx_page_link(OPX_STR("Accueil"), opx_href_lit("/"), true);
	struct opx_str *steps = OPX_NEW_N(page.arena, struct opx_str, 2);
	struct view_error v = { .title = opx_str_z(known[i].title),
				.text = code == 404 ? OPX_STR("")
						    : opx_str_copy(page.arena, err->user, strlen(err->user)),
				.reference = rq->request_id,
				.hour = opx_page_short(&page, opx_now(rq->clock)).text,
				.links = links,
				.n_links = 1,
				.steps = steps };
	for (size_t k = 0; k < 2; k++)
		if (known[i].steps[k] != NULL)
			steps[v.n_steps++] = opx_str_z(known[i].steps[k]);
	if (code >= 500)
		fill_failure(&page, &v, steps, links);
	if (code == 404 && rq->n_segments > 0 && opx_str_is(rq->segments[0], "invitation"))
		fill_invitation(&v, steps, links);
	if (code == 403) {
		fill_rule(&page, &v);
		fill_presence(&page, &v);
		page.layout.title = v.title;
		links[0].is_current = !v.has_presence;
		fill_document(&page, &v, links);
	}
	tpl_error_page(opx_page_open(&page, code), &v);
	opx_page_close(&page);
}
