/* SPDX-License-Identifier: MPL-2.0 */
/* dossier.c: see dossier.h. */
#include "domain/dossier.h"

#include "base/arena.h"
#include "base/codec.h"
#include "domain/act.h"
#include "sql_act.h"
#include "sql_dossier.h"

#include <opx/procedure.h>

/* "<host>/c/<26>" and "<host>/r/<26>" with the same 26 characters (evidence-format 2.1). */
static enum opx_status open_logs(struct opx_act *act, struct opx_str host, int64_t dossier,
				 struct opx_error *err)
{
	uint8_t random[16];
	struct sql_act_log_row row;
	opx_random_fill(act->random, random, sizeof(random));
	struct opx_str tail = opx_base32(act->arena, (struct opx_bytes){ .p = random, .n = sizeof(random) });
	OPX_TRY(sql_act_log(act->db, opx_strf(act->arena, "%s/c/%s", host.p, tail.p), OPX_STR("c"), dossier,
			    &row, err));
	return sql_act_log(act->db, opx_strf(act->arena, "%s/r/%s", host.p, tail.p), OPX_STR("r"), dossier,
			   &row, err);
}

static enum opx_status insert(struct opx_act *act, const struct opx_dossier_new *d, int64_t *ret_id,
			      struct opx_error *err)
{
	struct sql_dossier_insert_row row;
	struct sql_dossier_side_row side;
	struct sql_dossier_participant_row participant;
	struct sql_dossier_member_row member;
	const int64_t person = opx_act_person(act);
	OPX_TRY(sql_dossier_insert(act->db, d->court, d->rg, d->minute, d->title, d->procedure, d->phase,
				   d->decision_ref, d->has_decision_on ? &d->decision_on : NULL, d->judge,
				   d->clerk, OPX_STR(""), d->has_report_due ? &d->report_due_on : NULL,
				   person, &row, err));
	OPX_TRY(sql_dossier_participant(act->db, row.id, person, d->role, NULL, OPX_STR("accepted"), NULL,
					OPX_STR("creator"), &participant, err));
	OPX_TRY(sql_dossier_member(act->db, row.id, person, d->role, NULL, true, &member, err));
	for (size_t i = 0; i < d->sides.n; i++)
		OPX_TRY(sql_dossier_side(act->db, row.id, d->sides.p[i], &side, err));
	for (size_t i = 0; i < d->mission.n; i++)
		OPX_TRY(sql_dossier_mission(act->db, row.id, (int32_t)i + 1, d->mission.p[i], NULL, err));
	*ret_id = row.id;
	return OPX_OK;
}

static enum opx_status write_open(struct opx_act *act, const struct opx_dossier_new *d, struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	const int32_t *everybody = opx_act_everybody(act, &n);
	struct opx_sha256 decision = opx_sha256(opx_bytes_of(d->decision_ref));
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, "case.open", everybody, n, err));
	opx_writer_open(&e.w, "case");
	opx_writer_str(&e.w, "ref", d->rg);
	opx_writer_int(&e.w, "court", d->court);
	opx_writer_hex(&e.w, "decision", (struct opx_bytes){ .p = decision.b, .n = sizeof(decision.b) });
	opx_writer_close(&e.w);
	OPX_TRY(opx_event_end(act, &e, (struct opx_event_links){ .document = 0 }, &id, err));
	const int32_t *watchers = opx_act_watchers(act, 0, 0, &n);
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_READINGS, "readings.open", watchers, n, err));
	return opx_event_end(act, &e, (struct opx_event_links){ .document = 0 }, &id, err);
}

enum opx_status opx_dossier_create(struct opx_act *act, const struct opx_dossier_new *fresh, int64_t *ret_id,
				   struct opx_error *err)
{
	int64_t id = 0;
	if (fresh->sides.n == 0 || fresh->sides.n > OPX_DOSSIER_MAX_SIDES ||
	    fresh->mission.n > OPX_DOSSIER_MAX_MISSION)
		return OPX_FAIL(
			err, OPX_INVALID,
			N_("Indiquez au moins une partie, douze au plus, et soixante chefs de mission au plus."),
			"%zu sides, %zu mission items", fresh->sides.n, fresh->mission.n);
	OPX_TRY(insert(act, fresh, &id, err));
	OPX_TRY(open_logs(act, fresh->log_host, id, err));
	OPX_TRY(opx_act_open(act, id, true, err));
	OPX_TRY(opx_act_members_changed(act, err));
	OPX_TRY(write_open(act, fresh, err));
	*ret_id = id;
	return OPX_OK;
}

static enum opx_status check_step(struct opx_act *act, const struct opx_transition *step, bool box_is_ticked,
				  int64_t *ret_document, struct opx_error *err)
{
	if (!opx_str_is(act->phase, step->from))
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce dossier a changé d’étape entre-temps. Rechargez la page."),
				"%s asked in state %s", step->code, act->phase.p);
	if (step->checkbox != NULL && !box_is_ticked)
		return OPX_FAIL(err, OPX_INVALID, N_("Cochez la case avant de continuer."),
				"%s without its box", step->code);
	*ret_document = 0;
	if (step->needs_document == NULL)
		return OPX_OK;
	struct sql_dossier_sealed_document_row row;
	bool is_found = false;
	OPX_TRY(sql_dossier_sealed_document(act->db, act->dossier, opx_str_z(step->needs_document), &is_found,
					    &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_INVALID, step->missing, "%s without a sealed %s", step->code,
				step->needs_document);
	*ret_document = row.id;
	return OPX_OK;
}

enum opx_status opx_dossier_transition(struct opx_act *act, int64_t dossier,
				       const struct opx_transition *step, bool box_is_ticked,
				       struct opx_error *err)
{
	struct opx_event e;
	int64_t document = 0, id = 0, changed = 0;
	size_t n = 0;
	OPX_TRY(opx_act_open(act, dossier, true, err));
	OPX_TRY(check_step(act, step, box_is_ticked, &document, err));
	OPX_TRY(sql_dossier_phase(act->db, dossier, opx_str_z(step->from), opx_str_z(step->to), &changed,
				  err));
	if (changed != 1)
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce dossier a changé d’étape entre-temps. Rechargez la page."),
				"%s changed %lld rows", step->code, (long long)changed);
	OPX_TRY(sql_dossier_phase_change(act->db, dossier, opx_str_z(step->code), opx_str_z(step->from),
					 opx_str_z(step->to), opx_act_person(act),
					 document != 0 ? &document : NULL, NULL, err));
	const int32_t *everybody = opx_act_everybody(act, &n);
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, "case.phase", everybody, n, err));
	opx_writer_open(&e.w, "phase");
	opx_writer_str(&e.w, "from", opx_str_z(step->from));
	opx_writer_str(&e.w, "to", opx_str_z(step->to));
	opx_writer_close(&e.w);
	return opx_event_end(act, &e, (struct opx_event_links){ .document = 0 }, &id, err);
}
