/* SPDX-License-Identifier: MPL-2.0 */
/* filing_plan.h: between filing_plan.c and filing.c: the draft's row, locked, and the plan with the rows it was made of. */
#ifndef OPX_DOMAIN_FILING_PLAN_H
#define OPX_DOMAIN_FILING_PLAN_H

#include "domain/filing.h"

#define OPX_FILING_GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")

struct sql_filing_draft_row;
struct sql_filing_files_row;

/* The draft's row first, locked: a second click waits for the first one, then finds its filing. OPX_NOT_FOUND. */
OPX_MUST_USE enum opx_status opx_filing_lock_draft(struct opx_act *act, int64_t draft,
						   struct sql_filing_draft_row *ret, struct opx_error *err);
/* The draft is locked. One row a file of the plan, in the act's arena. OPX_NOT_FOUND: it is not open any more. */
OPX_MUST_USE enum opx_status opx_filing_plan_rows(struct opx_act *act, int64_t draft,
						  const struct sql_filing_draft_row *row, bool lock,
						  struct opx_filing_plan *ret,
						  const struct sql_filing_files_row **ret_rows,
						  struct opx_error *err);

#endif
