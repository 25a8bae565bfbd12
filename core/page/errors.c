/* SPDX-License-Identifier: MPL-2.0 */
/* errors.c: see errors.h. */
#include "page/errors.h"

#include <string.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/request.h"
#include "opx/rights.h"
#include "page/page.h"
#include "page/words.h"
#include "tpl_public.h"

static const struct {
	int code;
	const char *title;
	const char *steps[2];
} known[] = {
	{ 400, N_("Cette demande n’est pas lisible"), { N_("Revenez à la page précédente et recommencez."), NULL } },
	{ 403, N_("Vous ne pouvez pas ouvrir cette page"), { N_("Demandez l’accès à l’expert chargé du dossier."), NULL } },
	{ 404,
	  N_("Cette page n’existe pas ou ne vous est pas ouverte"),
	  { N_("Vérifiez l’adresse."), N_("Ou repartez de la liste de vos dossiers.") } },
	{ 405, N_("Cette adresse ne reçoit pas cette demande"), { N_("Repartez de la liste de vos dossiers."), NULL } },
	{ 409, N_("Ce dossier a changé entre-temps"), { N_("Revenez à la page précédente, rechargez-la, puis recommencez."), NULL } },
	{ 413, N_("Cet envoi est trop grand"), { N_("Découpez ou compressez vos fichiers, puis recommencez."), NULL } },
	{ 422, N_("Il manque quelque chose"), { N_("Revenez à la page précédente et complétez le formulaire."), NULL } },
	{ 500, N_("Le service a rencontré un problème"), { N_("Rien n’a été déposé. Réessayez dans quelques minutes."), NULL } },
	{ 503,
	  N_("Le service est momentanément indisponible"),
	  { N_("Rien n’a été déposé. Réessayez dans quelques minutes."), NULL } },
};

static size_t find(int code)
{
	for (size_t i = 0; i < OPX_COUNT(known); i++)
		if (known[i].code == code)
			return i;
	return OPX_COUNT(known) - 2; /* 500 */
}

static void fill_rule(const struct opx_page *page, struct view_error *v)
{
	const struct opx_right_answer *right = page->c->right;
	if (right == NULL || page->c->session == NULL)
		return;
	v->rule = opx_strf(page->arena, "%s, %s : « %s »", opx_word_action(opx_str_z(page->c->question->action)).p,
			   opx_page_kind(page, opx_str_z(page->c->question->object)).p, opx_word_value(right->value).p);
	v->you = opx_strf(page->arena, "%s, %s", page->c->session->name.p, opx_word_role(right->role, OPX_STR("")).p);
	v->wanted = opx_word_action(opx_str_z(page->c->question->action));
	v->missing = OPX_STR("Un accès donné par l’expert ou le juge de ce dossier");
}

void opx_page_error(const struct opx_pages *pages, struct opx_request *rq, int code, const struct opx_error *err)
{
	struct opx_page page;
	if (rq->n_segments > 0 && opx_str_is(rq->segments[0], "televersement")) {
		/* A program asks, not a person: one sentence, which the deposit page shows beside the file. */
		opx_respond_text(rq, code == 303 ? 403 : code, err->user[0] != '\0' ? err->user : known[find(code)].title);
		return;
	}
	if (err->status == OPX_UNAUTHENTICATED && (rq->method == OPX_GET || rq->method == OPX_HEAD || rq->method == OPX_POST)) {
		opx_respond_see_other(rq, OPX_STR("/connexion"));
		return;
	}
	size_t i = find(code);
	opx_page_init(&page, pages, rq, opx_str_z(known[i].title));
	struct view_link *links = OPX_NEW_N(page.arena, struct view_link, 2);
	links[0] = page.person != 0 ? opx_page_link(OPX_STR("Mes dossiers"), opx_href_lit("/dossiers"), true) :
				      opx_page_link(OPX_STR("Accueil"), opx_href_lit("/"), true);
	struct opx_str *steps = OPX_NEW_N(page.arena, struct opx_str, 2);
	struct view_error v = { .title = opx_str_z(known[i].title),
				.text = code == 404 ? OPX_STR("") : opx_str_copy(page.arena, err->user, strlen(err->user)),
				.reference = rq->request_id,
				.hour = opx_page_short(&page, opx_now(rq->clock)).text,
				.links = links,
				.n_links = 1,
				.steps = steps };
	for (size_t k = 0; k < 2; k++)
		if (known[i].steps[k] != NULL)
			steps[v.n_steps++] = opx_str_z(known[i].steps[k]);
	if (code == 403)
		fill_rule(&page, &v);
	tpl_error_page(opx_page_open(&page, code), &v);
	opx_page_close(&page);
}
