/* SPDX-License-Identifier: MPL-2.0 */
/* refused.c: the card host when nginx refused the certificate, or got none: every path comes here, and the page says why.
 *
 * Nobody is signed in by this page. Its style sheets come here too, and are given by nginx from an internal address.
 */
#include "page/screens.h"

#include <string.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/response.h"
#include "opx_assets.h"
#include "plugin/site.h"
#include "sql_work.h"
#include "tpl_sign_in.h"

/* No certificate came: what to try, in three steps (ui 7.1). */
static const char *const try_card[] = {
	N_("Insérez votre carte ou votre clé, et attendez cinq secondes."),
	N_("Fermez toutes les fenêtres du navigateur, puis rouvrez-le."),
	N_("Revenez ici, choisissez votre certificat, puis tapez votre code PIN."),
};

/* What nginx says ("NONE", "FAILED:" and OpenSSL's reason), from the most exact to the least. */
static const struct {
	const char *verify, *kind, *title, *text;
} refusals[] = {
	{ "NONE", "none", N_("Aucun certificat n’a été présenté"),
	  N_("Votre navigateur n’en a proposé aucun, ou le choix a été annulé.") },
	{ "FAILED:certificate has expired", "expired", N_("Votre carte a expiré"),
	  N_("La date de fin de votre certificat est passée. Renouvelez votre carte, ou utilisez votre clé de secours.") },
	{ "FAILED:certificate is not yet valid", "not-yet", N_("Votre carte n’est pas encore valable"),
	  N_("La date de début de votre certificat n’est pas atteinte. Vérifiez la date de votre ordinateur.") },
	{ "FAILED:certificate revoked", "revoked", N_("Ce certificat n’est plus valable"),
	  N_("Il a été révoqué. Utilisez votre clé de secours.") },
	{ "FAILED:unsu", "use", N_("Ce certificat ne sert pas à se connecter"),
	  N_("Votre carte en porte peut-être un autre : fermez puis rouvrez le navigateur, et choisissez le certificat d’authentification.") },
	{ "", "issuer", N_("Ce certificat n’est pas reconnu"),
	  N_("Il n’a pas été délivré par une autorité acceptée ici. Choisissez celui de votre carte d’expert, de votre carte agent ou de "
	     "votre clé de secours.") },
};

static size_t find(struct opx_bytes verify)
{
	size_t i = 0;
	while (verify.n < strlen(refusals[i].verify) ||
	       memcmp(refusals[i].verify, verify.p, strlen(refusals[i].verify)) != 0)
		i++; /* the last one fits all */
	return i;
}

/* "/statique/<hash>/css/socle.css" is sent from "/_static/<hash>/css/socle.css". */
static bool give_asset(struct opx_request *rq)
{
	static const char shown[] = "/statique/";
	if (!opx_str_starts(rq->path, OPX_ASSET_BASE "/") || strstr(rq->path.p, "..") != NULL ||
	    strchr(rq->path.p, '%') != NULL)
		return false;
	opx_respond(rq, 200, NULL, (struct opx_bytes){ .n = 0 });
	opx_respond_header(rq, "X-Accel-Redirect",
			   opx_strf(rq->arena, "/_static/%s", rq->path.p + sizeof(shown) - 1));
	return true;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	if (give_asset(rq))
		return OPX_OK;
	size_t i = find(opx_request_header(rq, OPX_HDR_SSL_VERIFY));
	opx_page_init(&page, self, rq, opx_str_z(refusals[i].title));
	const struct opx_href sign_in = opx_href_lit("/connexion");
	struct opx_str steps[OPX_COUNT(try_card)];
	const struct view_refused v = {
		.title = opx_str_z(refusals[i].title),
		.text = opx_str_z(refusals[i].text),
		.steps = steps,
		.n_steps = i == 0 ? OPX_COUNT(steps) : 0,
		.again = opx_href_at(page.arena, page.c->site->card_origin, sign_in),
		.by_code = opx_href_at(page.arena, page.c->site->main_origin, sign_in),
	};
	for (size_t k = 0; i == 0 && k < OPX_COUNT(try_card); k++)
		steps[k] = opx_str_z(try_card[k]);
	OPX_LOG(&rq->logger, OPX_INFO, "sign-in.refused", KV_Z("means", "card"),
		KV_Z("why", refusals[i].kind));
	OPX_TRY(sql_work_trail(page.db, OPX_STR("card.refused"), NULL, NULL, OPX_STR(""), rq->request_id,
			       rq->address, rq->agent, (struct opx_bytes){ .n = 0 },
			       opx_str_z(refusals[i].kind), NULL, err));
	tpl_card_refused(opx_page_open(&page, 403), &v);
	return opx_page_finish(&page, err);
}

const struct opx_route opx_routes_refused[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/_cert",
	  .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_REFUSED | OPX_ROUTE_WRITES,
	  .handle = show },
};
const size_t opx_n_routes_refused = OPX_COUNT(opx_routes_refused);
