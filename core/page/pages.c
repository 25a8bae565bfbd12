/* SPDX-License-Identifier: MPL-2.0 */
/* pages.c: see pages.h. */
#include "page/pages.h"

#include <stdlib.h>

#include "base/arena.h"
#include "html/zone.h"
#include "page/page.h"
#include "page/patience.h"
#include "page/screens.h"
#include "plugin/context.h"
#include "plugin/registry.h"
#include "plugin/site.h"

static struct opx_html *open_for_plugin(const struct opx_page_maker *maker, struct opx_context *c,
					int http_status, struct opx_str title)
{
	struct opx_page *page = OPX_NEW(c->arena, struct opx_page);
	opx_page_init(page, maker->pages, c->rq, title);
	c->open_page = page;
	return opx_page_open(page, http_status);
}

static enum opx_status finish_for_plugin(struct opx_context *c, struct opx_error *err)
{
	return opx_page_finish(c->open_page, err);
}

struct opx_page_maker opx_page_maker_of(const struct opx_pages *pages)
{
	return (struct opx_page_maker){ .open = open_for_plugin,
					.finish = finish_for_plugin,
					.pages = pages };
}

static enum opx_status add_routes(struct opx_registry *registry, const struct opx_route *routes, size_t n,
				  void *self, struct opx_error *err)
{
	for (size_t i = 0; i < n; i++)
		OPX_TRY(opx_registry_add_route(registry, &routes[i], self, OPX_OWNER_CORE, err));
	return OPX_OK;
}

/* The screens, one line each: the routes of one file. */
static const struct {
	const struct opx_route *routes;
	const size_t *n;
} screens[] = {
	{ opx_routes_public, &opx_n_routes_public },
	{ opx_routes_sign_in, &opx_n_routes_sign_in },
	{ opx_routes_refused, &opx_n_routes_refused },
	{ opx_routes_dossiers, &opx_n_routes_dossiers },
	{ opx_routes_opening, &opx_n_routes_opening },
	{ opx_routes_overview, &opx_n_routes_overview },
	{ opx_routes_participants, &opx_n_routes_participants },
	{ opx_routes_letter, &opx_n_routes_letter },
	{ opx_routes_invitation, &opx_n_routes_invitation },
	{ opx_routes_profile, &opx_n_routes_profile },
	{ opx_routes_claims, &opx_n_routes_claims },
	{ opx_routes_exchanges, &opx_n_routes_exchanges },
	{ opx_routes_uploads, &opx_n_routes_uploads },
	{ opx_routes_deposit_form, &opx_n_routes_deposit_form },
	{ opx_routes_draft, &opx_n_routes_draft },
	{ opx_routes_check, &opx_n_routes_check },
	{ opx_routes_receipt, &opx_n_routes_receipt },
	{ opx_routes_document, &opx_n_routes_document },
	{ opx_routes_board, &opx_n_routes_board },
	{ opx_routes_proofs, &opx_n_routes_proofs },
};

enum opx_status opx_pages_register(struct opx_registry *registry, const struct opx_site *site,
				   struct opx_pages **ret, struct opx_error *err)
{
	struct opx_pages *pages = calloc(1, sizeof(*pages));
	struct opx_zone *zone = NULL;
	OPX_ASSERT(pages != NULL);
	enum opx_status status = opx_zone_load("Europe/Paris", &zone, err);
	pages->registry = registry;
	pages->site = site;
	pages->zone = zone;
	pages->patience = opx_patience_new(site->page_workers / 2);
	for (size_t i = 0; status == OPX_OK && i < OPX_COUNT(screens); i++)
		status = add_routes(registry, screens[i].routes, *screens[i].n, pages, err);
	if (status != OPX_OK) {
		opx_pages_free(pages);
		return status;
	}
	*ret = pages;
	return OPX_OK;
}

void opx_pages_free(struct opx_pages *pages)
{
	if (pages == NULL)
		return;
	opx_zone_free(pages->zone);
	opx_patience_free(pages->patience);
	free(pages);
}
