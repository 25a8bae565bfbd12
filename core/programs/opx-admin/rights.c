/* SPDX-License-Identifier: MPL-2.0 */
/* rights.c: who may do what, from the compiled matrix; or what the one evaluator answers to one person, and by which rule. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "base/arena.h"
#include "base/num.h"
#include "db/db.h"
#include "sql_admin.h"

#define UNKNOWN N_("Cette question n’a pas de réponse.")

struct question {
	const char *object, *action, *person, *dossier, *document;
};

static bool read_words(int argc, char **argv, struct question *q)
{
	static const struct option options[] = {
		{ "person", required_argument, NULL, 'p' },
		{ "dossier", required_argument, NULL, 'd' },
		{ "document", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	optind = 0;
	for (int o = 0; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		const char **at = o == 'p'   ? &q->person
				  : o == 'd' ? &q->dossier
				  : o == 'x' ? &q->document
					     : NULL;
		if (at == NULL)
			return false;
		*at = optarg;
	}
	q->object = optind < argc ? argv[optind] : NULL;
	q->action = optind + 1 < argc ? argv[optind + 1] : NULL;
	bool is_about = q->dossier != NULL || q->document != NULL;
	return argc - optind <= 2 && (q->person == NULL || q->action != NULL) &&
	       (!is_about || q->person != NULL) && (q->dossier == NULL || q->document == NULL);
}

static enum opx_status show_objects(struct admin *a, const char *object, struct opx_error *err)
{
	const struct sql_admin_right_objects_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_admin_right_objects(a->db, opx_str_z(object != NULL ? object : ""), &rows, &n, err));
	for (size_t i = 0; i < n; i++)
		(void)printf("%s: %s\n", rows[i].object.p, rows[i].actions.p);
	if (n == 0)
		return OPX_FAIL(err, OPX_NOT_FOUND, UNKNOWN,
				"the matrix has no object \"%s\"; without words, rights lists them",
				object != NULL ? object : "");
	return OPX_OK;
}

static enum opx_status show_rows(struct admin *a, const struct question *q, struct opx_error *err)
{
	const struct sql_admin_right_rows_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_admin_right_rows(a->db, opx_str_z(q->object), opx_str_z(q->action), &rows, &n, err));
	if (n == 0)
		return OPX_FAIL(err, OPX_NOT_FOUND, UNKNOWN, "the matrix has no row for %s,%s: nobody may",
				q->object, q->action);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !opx_str_eq(rows[i].rule, rows[i - 1].rule) ||
		    !opx_str_eq(rows[i].states, rows[i - 1].states))
			(void)printf("%s in the states %s\n", rows[i].rule.p, rows[i].states.p);
		(void)printf("    %-10s %s\n", rows[i].value.p, rows[i].roles.p);
	}
	return OPX_OK;
}

static enum opx_status ask(struct admin *a, const struct question *q, struct opx_error *err)
{
	struct sql_admin_person_of_row person;
	struct sql_admin_right_ask_row answer;
	bool is_found = false;
	int64_t id = 0;
	const char *subject = q->dossier != NULL ? "dossier" : q->document != NULL ? "document" : "none";
	const char *number = q->dossier != NULL ? q->dossier : q->document;
	if (number != NULL && opx_parse_i64(opx_str_z(number), 1, INT64_MAX, &id, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_NOT_FOUND, UNKNOWN, "\"%s\" is not a number", number);
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin_snapshot(a->db, &tx, 0, err));
	OPX_TRY(sql_admin_person_of(a->db, opx_str_z(q->person), &is_found, &person, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND, UNKNOWN, "no account is called \"%s\"", q->person);
	OPX_TRY(opx_tx_person(&tx, person.person_id, err));
	OPX_TRY(sql_admin_right_ask(a->db, opx_str_z(q->object), opx_str_z(q->action), opx_str_z(subject), id,
				    &answer, err));
	(void)printf("%s: %s,%s %s\n", q->person, q->object, q->action,
		     opx_str_is(answer.decision, "allow") ? "is allowed"
		     : answer.knows                       ? "is refused (403)"
							  : "is not there for him (404)");
	(void)printf("    value %s by the rule %s, as %s, in the state %s\n", answer.value.p,
		     answer.rule.n > 0 ? answer.rule.p : "(none)",
		     answer.role.n > 0 ? answer.role.p : "nobody",
		     answer.phase.n > 0 ? answer.phase.p : "(none)");
	return OPX_OK;
}

enum opx_status admin_rights(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	struct question q = { .object = NULL };
	if (!read_words(argc, argv, &q))
		return admin_usage(err);
	OPX_TRY(admin_as_owner(a, err));
	if (q.action == NULL)
		return show_objects(a, q.object, err);
	return q.person == NULL ? show_rows(a, &q, err) : ask(a, &q, err);
}
