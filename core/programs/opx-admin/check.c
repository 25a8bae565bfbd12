/* SPDX-License-Identifier: MPL-2.0 */
/* check.c: what must hold of an instance, recomputed from what is there. It only reads; see check.h for its parts. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "db/migrate.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "sql_admin.h"
#include "sql_check.h"

/* An event that waits longer for its leaf, or a document for its token, is late. */
#define LATE_S 120
/* Faults that one rule reports, as in check_faults. */
#define MAX_FAULTS 1000
#define WRONG N_("L’instance n’est pas en bon état.")

void check_bad(struct check_rule *rule, const char *fmt, ...)
{
	va_list args;
	if (rule->n_bad++ >= CHECK_NAMED)
		return;
	(void)printf("        ");
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	(void)printf("\n");
}

void check_end(struct check *c, const struct check_rule *rule)
{
	if (rule->n_bad == 0)
		(void)printf("  ok    %s", rule->sentence);
	else
		(void)printf("  %s not so: %s", rule->is_note ? "note " : "WRONG", rule->sentence);
	if (rule->n_seen > 0)
		(void)printf(" (%zu looked at)", rule->n_seen);
	if (rule->n_bad > 0)
		(void)printf(" (%zu)", rule->n_bad);
	(void)printf("\n");
	c->n_wrong += rule->n_bad > 0 && !rule->is_note ? 1 : 0;
}

static const struct {
	const char *code, *sentence;
	bool is_note;
} rules[] = {
	{ "sealed", "every sealed filing has its leaf under a head", false },
	{ "outbox", "every event has its leaf, or waits for it", false },
	{ "late", "no event waits for its leaf longer than two minutes", true },
	{ "log", "every leaf is in the log of its event", false },
	{ "body", "every body has the hash that its event has", false },
	{ "members", "every list of members has its hash", false },
	{ "rights", "every published matrix has its hash", false },
	{ "token", "every token has its hash", false },
	{ "content", "every document has its content", false },
	{ "readers", "every document names its author among its readers", false },
	{ "deposited", "every document has its sealed deposit, and every deposit its document", false },
	{ "opened", "every opening has its sealed reading, and every sealed reading its opening", false },
	{ "shown",
	  "every head that was stamped, or stands in the general log, is still the head of that size",
	  false },
	{ "over", "every token of a document is over its content", false },
	{ "said",
	  "every document has the title, the name, the number and the moment that its sealed deposit says",
	  false },
	{ "given", "every document has the readers that its sealed publication names", false },
	{ "stamped", "every document is time-stamped two minutes after its seal", true },
	{ "jobs", "no job is dead", true },
};

static enum opx_status check_rows(struct check *c, struct opx_error *err)
{
	const struct sql_check_faults_row *rows = NULL;
	const struct sql_check_shown_row *shown = NULL;
	size_t n = 0, n_shown = 0;
	OPX_TRY(sql_check_faults(c->admin->db, LATE_S, &rows, &n, err));
	OPX_TRY(sql_check_shown(c->admin->db, MAX_FAULTS, &shown, &n_shown, err));
	for (size_t i = 0; i < OPX_COUNT(rules); i++) {
		struct check_rule rule = { .sentence = rules[i].sentence, .is_note = rules[i].is_note };
		for (size_t k = 0; k < n; k++)
			if (opx_str_is(rows[k].rule, rules[i].code))
				check_bad(&rule, "%s", rows[k].what.p);
		for (size_t k = 0; k < n_shown; k++)
			if (opx_str_is(shown[k].rule, rules[i].code))
				check_bad(&rule, "%s", shown[k].what.p);
		check_end(c, &rule);
	}
	return OPX_OK;
}

static enum opx_status check_schema(struct check *c, struct opx_error *err)
{
	struct admin *a = c->admin;
	struct check_rule rule = { .sentence = "the schema is the one of this program and its plugins" };
	const struct opx_plugin_info *infos = NULL;
	size_t n = opx_plugins_list(a->plugins, &infos);
	for (size_t i = 0; i <= n; i++) {
		const struct opx_migration *migrations = i < n ? infos[i].migrations : core_migrations;
		const char *schema = i < n ? admin_schema_of(a->arena, infos[i].name).p : "opx";
		struct opx_error why = { .detail = "" };
		const struct opx_migration_text *list = NULL;
		size_t n_list = 0, applied = 0;
		if (migrations == NULL)
			continue;
		n_list = admin_migrations(a->arena, migrations, &list);
		enum opx_status status =
			opx_migrate_check(a->db, a->arena, schema, list, n_list, &applied, &why);
		if (status != OPX_OK && status != OPX_CONFLICT)
			return OPX_FAIL(err, status, WRONG, "%s", why.detail);
		rule.n_seen += n_list;
		if (status == OPX_CONFLICT)
			check_bad(&rule, "%s", why.detail);
		else if (applied < n_list)
			check_bad(&rule, "%s lacks %s", schema, list[applied].name.p);
	}
	check_end(c, &rule);
	return OPX_OK;
}

static void check_plugins(struct check *c)
{
	struct check_rule rule = { .sentence = "every plugin of the configuration is on" };
	const struct opx_plugin_info *infos = NULL;
	rule.n_seen = opx_plugins_list(c->admin->plugins, &infos);
	for (size_t i = 0; i < rule.n_seen; i++)
		if (infos[i].state == OPX_PLUGIN_REFUSED)
			check_bad(&rule, "%s", infos[i].detail);
	check_end(c, &rule);
}

enum opx_status admin_check(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	(void)argv;
	if (argc != 1)
		return admin_usage(err);
	OPX_TRY(admin_plugins(a, err));
	OPX_TRY(opx_plugins_start(a->plugins, NULL, &a->logger, err));
	OPX_TRY(admin_as_owner(a, err));
	OPX_AUTO_ARENA page = opx_arena_new((size_t)256 << 20);
	struct check c = { .admin = a, .page = page };
	check_plugins(&c);
	enum opx_status status = check_schema(&c, err);
	if (status == OPX_OK)
		status = check_rows(&c, err);
	if (status == OPX_OK)
		status = check_logs(&c, err);
	if (status == OPX_OK)
		status = check_files(&c, err);
	opx_plugins_stop(a->plugins);
	if (status == OPX_OK && c.n_wrong > 0)
		return OPX_FAIL(err, OPX_CONFLICT, WRONG, "%zu rules do not hold, marked WRONG above",
				c.n_wrong);
	return status;
}
