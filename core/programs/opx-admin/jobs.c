/* SPDX-License-Identifier: MPL-2.0 */
/* jobs.c: what waits in the lanes, what is dead there and why; a dead job begins again or is given up. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "base/arena.h"
#include "base/num.h"
#include "db/db.h"
#include "sql_admin.h"
#include "sql_work.h"

#define NO_JOB N_("Cette tâche n’existe pas.")
#define SHOWN 100

static enum opx_status show_counts(struct admin *a, struct opx_error *err)
{
	const struct sql_admin_job_counts_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_admin_job_counts(a->db, OPX_STR(""), &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		char at[OPX_TIME_CHARS + 1] = "";
		if (!rows[i].next_at_is_null)
			opx_instant_format(rows[i].next_at, at);
		(void)printf("%-8s %-18s %-6s %8" PRId64 "%s%s\n", rows[i].lane.p, rows[i].kind.p,
			     rows[i].state.p, rows[i].n, at[0] != '\0' ? "  next at " : "", at);
	}
	if (n == 0)
		(void)puts("no job");
	return OPX_OK;
}

static enum opx_status show_dead(struct admin *a, struct opx_error *err)
{
	const struct sql_admin_job_dead_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_admin_job_dead(a->db, SHOWN, &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		char at[OPX_TIME_CHARS + 1];
		opx_instant_format(rows[i].at, at);
		(void)printf("%" PRId64 " %s %s, about %" PRId64 ", %" PRId32 " attempts, last at %s: %s\n",
			     rows[i].id, rows[i].lane.p, rows[i].kind.p,
			     rows[i].ref_is_null ? 0 : rows[i].ref, rows[i].attempts, at, rows[i].error.p);
	}
	if (n == 0)
		(void)puts("no dead job");
	if (n == SHOWN)
		(void)printf("only the newest %d are shown\n", SHOWN);
	return OPX_OK;
}

static enum opx_status change(struct admin *a, const char *verb, const char *text, struct opx_error *err)
{
	int64_t id = 0, n = 0;
	bool is_retry = strcmp(verb, "retry") == 0;
	if (opx_parse_i64(opx_str_z(text), 1, INT64_MAX, &id, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_NOT_FOUND, NO_JOB, "\"%s\" is not the number of a job", text);
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(a->db, &tx, 0, err));
	enum opx_status status = is_retry ? sql_admin_job_retry(a->db, id, &n, err)
					  : sql_admin_job_drop(a->db, id, &n, err);
	if (status == OPX_CONFLICT)
		return OPX_FAIL(err, OPX_CONFLICT, NO_JOB,
				"job %" PRId64 " has a live successor for the same thing: drop it instead",
				id);
	if (status != OPX_OK)
		return status;
	if (n == 0)
		return OPX_FAIL(err, OPX_NOT_FOUND, NO_JOB, "no dead job has the number %" PRId64, id);
	OPX_TRY(sql_work_trail(a->db, is_retry ? OPX_STR("job.retried") : OPX_STR("job.dropped"), NULL, NULL,
			       opx_strf(a->arena, "job %" PRId64, id), OPX_STR(""), OPX_STR(""),
			       OPX_STR("opx-admin"), (struct opx_bytes){ .n = 0 }, OPX_STR("by the operator"),
			       NULL, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	(void)printf("job %" PRId64 " %s\n", id, is_retry ? "begins again" : "is given up");
	return OPX_OK;
}

enum opx_status admin_jobs(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	if (argc == 1)
		return show_counts(a, err);
	if (argc == 2 && strcmp(argv[1], "--dead") == 0)
		return show_dead(a, err);
	if (argc == 3 && (strcmp(argv[1], "retry") == 0 || strcmp(argv[1], "drop") == 0))
		return change(a, argv[1], argv[2], err);
	return admin_usage(err);
}
