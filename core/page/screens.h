/* SPDX-License-Identifier: MPL-2.0 */
/* screens.h: the routes of each screen; page.c registers them all. */
#ifndef OPX_PAGE_SCREENS_H
#define OPX_PAGE_SCREENS_H

#include <stddef.h>

#include "db/db.h"
#include "page/page.h"

#include <opx/route.h>

extern const struct opx_route opx_routes_public[];
extern const size_t opx_n_routes_public;
extern const struct opx_route opx_routes_sign_in[];
extern const size_t opx_n_routes_sign_in;
extern const struct opx_route opx_routes_dossiers[];
extern const size_t opx_n_routes_dossiers;
extern const struct opx_route opx_routes_opening[];
extern const size_t opx_n_routes_opening;
extern const struct opx_route opx_routes_overview[];
extern const size_t opx_n_routes_overview;
extern const struct opx_route opx_routes_participants[];
extern const size_t opx_n_routes_participants;
extern const struct opx_route opx_routes_letter[];
extern const size_t opx_n_routes_letter;
extern const struct opx_route opx_routes_invitation[];
extern const size_t opx_n_routes_invitation;
extern const struct opx_route opx_routes_profile[];
extern const size_t opx_n_routes_profile;
extern const struct opx_route opx_routes_claims[];
extern const size_t opx_n_routes_claims;
extern const struct opx_route opx_routes_refused[];
extern const size_t opx_n_routes_refused;
extern const struct opx_route opx_routes_exchanges[];
extern const size_t opx_n_routes_exchanges;
extern const struct opx_route opx_routes_uploads[];
extern const size_t opx_n_routes_uploads;
extern const struct opx_route opx_routes_deposit_form[];
extern const size_t opx_n_routes_deposit_form;

/* Who may know the reading states of all: the expert, the judge, the active clerk (design section 7). */
bool opx_page_knows_readings(const struct page_dossier *d);

#endif
