/* SPDX-License-Identifier: MPL-2.0 */
/* dossier.h: a dossier: its opening and its steps. */
#ifndef OPX_DOMAIN_DOSSIER_H
#define OPX_DOMAIN_DOSSIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_act;
struct opx_transition;

#define OPX_DOSSIER_MAX_SIDES 12
#define OPX_DOSSIER_MAX_MISSION 60

struct opx_dossier_new {
	int64_t court;
	struct opx_str rg, minute, title, procedure, phase; /* phase: the procedure's initial state */
	struct opx_str decision_ref, judge, clerk, role;    /* role: of the creator, by his capacity */
	struct opx_str log_host;                            /* first part of the origins */
	struct opx_date decision_on, report_due_on;
	bool has_decision_on, has_report_due;
	struct opx_strs sides, mission;
};

/* Makes the dossier, its sides and mission, its two logs, its creator as P1, and the events case.open and readings.open.
 * Nobody but the creator sees it until the first transition. *ret_id; the act is open on it afterwards. */
OPX_MUST_USE enum opx_status opx_dossier_create(struct opx_act *act, const struct opx_dossier_new *fresh,
						int64_t *ret_id, struct opx_error *err);

/* Takes a step: the right was asked; the dossier is locked, its state compared, the sealed document and the box demanded.
 * OPX_INVALID: something is missing (its sentence); OPX_CONFLICT: the dossier is in another state by now. */
OPX_MUST_USE enum opx_status opx_dossier_transition(struct opx_act *act, int64_t dossier,
						    const struct opx_transition *step, bool box_is_ticked,
						    struct opx_error *err);

#endif
