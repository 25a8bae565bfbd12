/* SPDX-License-Identifier: MPL-2.0 */
/* refused.c: the card host when nginx refused the certificate, or got none: every path comes here, and the page says why.
 *
 * Nobody is signed in by this page. Its style sheets come here too, and are given by nginx from an internal address.
 */
#include "page/screens.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "html/html.h"
#include "http/response.h"
#include "opx_assets.h"
#include "plugin/site.h"
#include "sql_work.h"
#include "tpl_sign_in.h"

#define REOPEN \
	N_("Fermez toutes les fenêtres du navigateur, puis rouvrez-le : il oublie alors le certificat choisi.")
#define SPARE N_("En attendant, connectez-vous avec votre clé de secours.")
#define BY_PHONE \
	N_("Un délai se termine ? Prévenez le greffe par téléphone : un dépôt tardif reste possible, il sera signalé.")

/* What nginx says ("NONE", "FAILED:" and OpenSSL's reason), from the most exact to the least. */
static const struct {
	const char *verify, *kind, *title, *text;
	const char *steps[3];
} refusals[] = {
	{ "NONE",
	  "none",
	  N_("Aucun certificat n’a été présenté"),
	  N_("Votre navigateur n’en a proposé aucun, ou vous avez fermé sa fenêtre sans en choisir."),
	  { N_("Insérez votre carte ou votre clé USB de secours, et attendez cinq secondes."), REOPEN,
	    N_("Revenez sur cette page, choisissez votre certificat et tapez votre code PIN.") } },
	{ "FAILED:certificate has expired",
	  "expired",
	  N_("Votre carte a expiré"),
	  N_("La date de fin de votre certificat est passée. Vos dossiers n’ont pas changé."),
	  { N_("Demandez le renouvellement de votre carte à l’organisme qui l’a délivrée."), SPARE,
	    BY_PHONE } },
	{ "FAILED:certificate is not yet valid",
	  "not-yet",
	  N_("Votre carte n’est pas encore valable"),
	  N_("La date de début de votre certificat n’est pas atteinte."),
	  { N_("Vérifiez la date et l’heure de votre ordinateur."), SPARE, NULL } },
	{ "FAILED:certificate revoked",
	  "revoked",
	  N_("Ce certificat n’est plus valable"),
	  N_("Il a été révoqué avant sa date de fin. Vos dossiers n’ont pas changé."),
	  { N_("Demandez une nouvelle carte à l’organisme qui l’a délivrée."), SPARE, BY_PHONE } },
	{ "FAILED:unsu",
	  "use",
	  N_("Ce certificat ne sert pas à se connecter"),
	  N_("Votre carte en porte plusieurs : celui-ci sert à autre chose, par exemple à signer."),
	  { REOPEN, N_("Choisissez le certificat d’authentification."), NULL } },
	{ "",
	  "issuer",
	  N_("Ce certificat n’est pas reconnu"),
	  N_("Il n’a pas été délivré par une autorité acceptée ici."),
	  { REOPEN,
	    N_("Choisissez le certificat de votre carte d’expert, de votre carte agent ou de votre clé de secours."),
	    NULL } },
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

/* The numbers of "Mar  3 10:00:00 2026 GMT" after its month. False: not such a date. */
static bool read_numbers(struct opx_bytes text, int ret[5])
{
	static const char form[] = "Aaa dd dd:dd:dd dddd GMT"; /* d: a digit, or a space before the day */
	size_t field = 0;
	memset(ret, 0, 5 * sizeof(*ret));
	if (text.n != sizeof(form) - 1)
		return false;
	for (size_t i = 3; i < text.n; i++) {
		bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';
		bool is_pad = i == 4 && text.p[i] == ' ';
		if (form[i] == 'd' ? !is_digit && !is_pad : text.p[i] != (uint8_t)form[i])
			return false;
		if (is_digit)
			ret[field] = 10 * ret[field] + (text.p[i] - '0');
		field += form[i] == 'd' && form[i + 1] != 'd' ? 1 : 0;
	}
	return true;
}

/* The end of a certificate, as nginx has it from OpenSSL. */
static bool read_end(struct opx_bytes text, struct opx_instant *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int n[5], month = 0; /* day, hour, minute, second, year */
	if (!read_numbers(text, n))
		return false;
	while (month < 12 && memcmp(months + 3 * (ptrdiff_t)month, text.p, 3) != 0)
		month++;
	if (month == 12 || !opx_date_is_real(n[4], month + 1, n[0]) || n[1] > 23 || n[2] > 59 || n[3] > 59)
		return false;
	const struct opx_date day = { .year = (int16_t)n[4],
				      .month = (uint8_t)(month + 1),
				      .day = (uint8_t)n[0] };
	*ret = opx_instant_make(day, n[1], n[2], n[3]);
	return true;
}

/* The title, with the day on which the certificate ended when that is why. */
static struct opx_str title_of(const struct opx_page *page, size_t i)
{
	struct opx_instant end;
	bool has_ended = strcmp(refusals[i].kind, "expired") == 0;
	if (!has_ended || !read_end(opx_request_header(page->c->rq, OPX_HDR_SSL_V_END), &end))
		return opx_str_z(refusals[i].title);
	return opx_strf(page->arena, "%s le %s", refusals[i].title, opx_page_full_day(page, end).p);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	if (give_asset(rq))
		return OPX_OK;
	size_t i = find(opx_request_header(rq, OPX_HDR_SSL_VERIFY));
	opx_page_init(&page, self, rq, opx_str_z(refusals[i].title));
	const struct opx_href sign_in = opx_href_lit("/connexion");
	struct opx_str *steps = OPX_NEW_N(page.arena, struct opx_str, OPX_COUNT(refusals[i].steps));
	page.layout.title = title_of(&page, i);
	struct view_refused v = {
		.title = page.layout.title,
		.text = opx_str_z(refusals[i].text),
		.again = opx_href_at(page.arena, page.c->site->card_origin, sign_in),
		.by_code = opx_href_at(page.arena, page.c->site->main_origin, sign_in),
	};
	v.steps = steps;
	for (size_t k = 0; k < OPX_COUNT(refusals[i].steps); k++)
		if (refusals[i].steps[k] != NULL)
			steps[v.n_steps++] = opx_str_z(refusals[i].steps[k]);
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
