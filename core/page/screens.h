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
extern const struct opx_route opx_routes_draft[];
extern const size_t opx_n_routes_draft;
extern const struct opx_route opx_routes_check[];
extern const size_t opx_n_routes_check;
extern const struct opx_route opx_routes_receipt[];
extern const size_t opx_n_routes_receipt;
extern const struct opx_route opx_routes_document[];
extern const size_t opx_n_routes_document;
extern const struct opx_route opx_routes_board[];
extern const size_t opx_n_routes_board;
extern const struct opx_route opx_routes_proofs[];
extern const size_t opx_n_routes_proofs;

struct opx_filing_plan;
struct sql_draft_find_row;
/* A draft of the person in that dossier; one that was filed answers with a redirection to its receipt. OPX_NOT_FOUND. */
OPX_MUST_USE enum opx_status opx_page_draft(struct opx_page *page, int64_t dossier, int64_t id,
					    struct sql_draft_find_row *ret, bool *ret_is_filed,
					    struct opx_error *err);
/* A letter to the court that nobody there would read: the sentence, or nothing. */
struct opx_str opx_page_court_warning(const struct opx_page *page, const struct page_dossier *d,
				      const struct opx_filing_plan *plan);

#endif
