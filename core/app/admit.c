/* SPDX-License-Identifier: MPL-2.0 */
/* admit.c: see admit.h. */
#include "app/admit.h"

#include "app/ground.h"
#include "app/visit.h"
#include "http/request.h"
#include "http/router.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "sql_dossier.h"

#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")

static const char *const subject_params[] = {
	[OPX_SUBJECT_DOSSIER] = "dossier",         [OPX_SUBJECT_DOCUMENT] = "document",
	[OPX_SUBJECT_DRAFT] = "brouillon",         [OPX_SUBJECT_FILING] = "dossier",
	[OPX_SUBJECT_PARTICIPANT] = "participant", [OPX_SUBJECT_CLAIM] = "demande",
	[OPX_SUBJECT_INVITATION] = "jeton",        [OPX_SUBJECT_UPLOAD] = "televersement",
};

enum opx_status opx_admit_question(struct opx_visit *v, struct opx_error *err)
{
	const struct opx_route *route = v->routed->route;
	struct opx_right_question *q = &v->question;
	*q = (struct opx_right_question){ .object = route->right.object,
					  .action = route->right.action,
					  .subject = route->subject,
					  .key = OPX_STR("") };
	if (route->subject == OPX_SUBJECT_NONE)
		return OPX_OK;
	const char *param = route->subject_param != NULL ? route->subject_param
							 : subject_params[route->subject];
	if (route->subject == OPX_SUBJECT_INVITATION || route->subject == OPX_SUBJECT_UPLOAD)
		return opx_path_str(v->context.rq, param, &q->key, err);
	OPX_TRY(opx_path_i64(v->context.rq, param, &q->id, err));
	if (route->subject == OPX_SUBJECT_FILING)
		return opx_path_i64(v->context.rq, "numero", &q->number, err);
	return OPX_OK;
}

/* The page of a plugin that is off says so by its name. */
enum opx_status opx_admit_owner(const struct opx_visit *v, struct opx_error *err)
{
	const unsigned owner = v->routed->owner;
	const struct opx_plugin_info *infos = NULL;
	if (owner == OPX_OWNER_CORE)
		return OPX_OK;
	OPX_ASSERT(owner <= opx_plugins_list(v->ground->plugins, &infos));
	const struct opx_plugin_info *info = &infos[owner - 1];
	if (info->state != OPX_PLUGIN_ON)
		return OPX_FAIL_ARG(err, OPX_UNAVAILABLE,
				    N_("Cette fonction est arrêtée en ce moment (module %s)."), info->name,
				    "plugin %s is off: %s", info->name, info->detail);
	return OPX_OK;
}

static enum opx_status ask(struct opx_visit *v, struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(v->ground->registry);
	if (rights == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE,
				N_("Le module des droits est arrêté : rien ne peut être ouvert."),
				"no rights");
	OPX_TRY(OPX_REG_CALL(v->ground->registry, rights, ask, v->context.db, &v->question, &v->answer, err));
	v->context.question = &v->question;
	v->context.right = &v->answer;
	return OPX_OK;
}

/* A step's right stands in its procedure's table; a second one may open it too. The names are those of the path. */
static enum opx_status ask_transition(struct opx_visit *v, struct opx_error *err)
{
	struct opx_request *rq = v->context.rq;
	struct opx_right_question *q = &v->question;
	struct sql_dossier_procedure_row row;
	struct opx_str code;
	bool is_found = false;
	*q = (struct opx_right_question){ .subject = OPX_SUBJECT_DOSSIER, .key = OPX_STR("") };
	OPX_TRY(opx_path_i64(rq, "dossier", &q->id, err));
	OPX_TRY(opx_path_str(rq, "transition", &code, err));
	OPX_TRY(sql_dossier_procedure(v->context.db, q->id, &is_found, &row, err));
	const struct opx_transition *step =
		is_found ? opx_registry_transition(v->ground->registry, row.procedure.p, code.p) : NULL;
	if (step == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "no step %s", code.p);
	q->object = step->object;
	q->action = step->action;
	OPX_TRY(ask(v, err));
	if (v->answer.decision != OPX_ALLOW && step->fallback_object != NULL) {
		struct opx_right_answer first = v->answer;
		q->object = step->fallback_object;
		q->action = step->fallback_action;
		OPX_TRY(ask(v, err));
		if (v->answer.decision != OPX_ALLOW)
			v->answer = first;
	}
	/* A second click, or somebody was faster: that is no question of rights. */
	if (v->answer.decision != OPX_ALLOW && v->answer.knows && !opx_str_is(row.phase, step->from))
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce dossier a changé d’étape entre-temps. Rechargez la page."),
				"%s asked in state %s", step->code, row.phase.p);
	return OPX_OK;
}

/* A certificate whose revocation list is late may look, and change nothing (security 4.5). */
static enum opx_status check_read_only(const struct opx_visit *v, struct opx_error *err)
{
	const struct opx_request *rq = v->context.rq;
	bool is_change = rq->method == OPX_POST || rq->method == OPX_PATCH || rq->method == OPX_DELETE;
	if (is_change && v->session.is_read_only)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("La vérification de votre certificat a pris du retard. Réessayez dans quelques minutes."),
			"read-only session: revocation list late");
	return OPX_OK;
}

enum opx_status opx_admit_right(struct opx_visit *v, struct opx_error *err)
{
	const struct opx_route *route = v->routed->route;
	if (route->right.kind == OPX_RIGHT_IS_PUBLIC)
		return OPX_OK;
	if (v->context.session == NULL)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED,
				N_("Vous avez été déconnecté. Votre brouillon est gardé."), "no session");
	if (route->right.kind == OPX_RIGHT_IS_SIGNED_IN)
		return OPX_OK;
	if (route->right.kind == OPX_RIGHT_IS_TRANSITION) {
		OPX_TRY(ask_transition(v, err));
	} else if (!v->is_asked) {
		OPX_TRY(opx_admit_question(v, err));
		OPX_TRY(ask(v, err));
	}
	v->context.question = &v->question;
	v->context.right = &v->answer;
	if (v->answer.decision == OPX_ALLOW)
		return check_read_only(v, err);
	if (!v->answer.knows)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "%s,%s: no such thing for this person",
				v->question.object, v->question.action);
	return OPX_FAIL(err, OPX_FORBIDDEN, N_("Une règle du dossier demande un accès de plus."),
			"%s,%s refused by %s (%s)", v->question.object, v->question.action, v->answer.rule.p,
			v->answer.value.p);
}
