/* SPDX-License-Identifier: MPL-2.0 */
/* public.c: / for everybody, /sante for those who watch over the service (on the loopback port alone), /csp for the browsers' reports. */
#include "page/screens.h"

#include "html/html.h"
#include "http/response.h"
#include "sql_work.h"
#include "tpl_public.h"

static enum opx_status home(struct opx_request *rq, void *self, struct opx_error *err)
{
	static const struct page_notice notices[] = {
		{ "deconnecte", TONE_OK, N_("Vous êtes déconnecté"),
		  N_("Sur un ordinateur partagé, fermez aussi le navigateur, et retirez votre carte si vous en avez une.") },
	};
	struct opx_page page;
	opx_page_init(&page, self, rq, OPX_STR("Accueil"));
	const struct view_message none = { .tone = TONE_PLAIN };
	const struct view_home v = { .message = page.person != 0
							? none
							: opx_page_notice(&page, notices, OPX_COUNT(notices)),
				     .is_signed_in = page.person != 0,
				     .sign_in = opx_href_lit("/connexion"),
				     .invitation = opx_href_lit("/invitation"),
				     .dossiers = opx_href_lit("/dossiers") };
	tpl_home(opx_page_open(&page, 200), &v);
	return opx_page_finish(&page, err);
}

/* In service: this worker answers, and the database answers it. Anything else is a 503 by itself. */
static enum opx_status health(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct sql_work_alive_row row;
	(void)self;
	OPX_TRY(sql_work_alive(opx_context_of(rq)->db, OPX_STR(""), &row, err));
	opx_respond_text(rq, 200, "en service\n");
	return OPX_OK;
}

/* Browsers report what the content security policy refused; nothing of it is kept but the fact (ASVS V3.4.7). */
static enum opx_status csp(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	(void)err;
	OPX_LOG(&rq->logger, OPX_WARN, "csp.report", KV_I64("bytes", rq->content_length));
	opx_respond(rq, 204, NULL, (struct opx_bytes){ .n = 0 });
	return OPX_OK;
}

const struct opx_route opx_routes_public[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/",
	  .right = OPX_RIGHT_PUBLIC,
	  .handle = home },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/sante",
	  .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_LOCAL,
	  .handle = health },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/csp",
	  .right = OPX_RIGHT_PUBLIC,
	  .flags = OPX_ROUTE_NO_CSRF,
	  .handle = csp },
};
const size_t opx_n_routes_public = OPX_COUNT(opx_routes_public);
