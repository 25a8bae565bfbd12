/* SPDX-License-Identifier: MPL-2.0 */
/* pages.h: all screens of the site: what their handlers have in common, and their routes in the registry. */
#ifndef OPX_PAGE_PAGES_H
#define OPX_PAGE_PAGES_H

#include "base/error.h"

struct opx_page_maker;
struct opx_patience;
struct opx_registry;
struct opx_site;
struct opx_zone;

/* Made once before the fork; the self of every handler. */
struct opx_pages {
	struct opx_zone *zone; /* Europe/Paris */
	const struct opx_registry *registry;
	const struct opx_site *site;
	struct opx_patience *patience; /* who waits for the seal, over all workers */
};

/* Registers the routes of all screens, whose handlers use *ret as long as they are called. */
OPX_MUST_USE enum opx_status opx_pages_register(struct opx_registry *registry, const struct opx_site *site,
						struct opx_pages **ret, struct opx_error *err);
void opx_pages_free(struct opx_pages *pages);

/* What opens a page for a plugin's handler (context.h). */
struct opx_page_maker opx_page_maker_of(const struct opx_pages *pages);

#endif
