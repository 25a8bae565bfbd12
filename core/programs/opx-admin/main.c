/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-admin: the operator's hand on an instance: its schema, its reference data, its first administrator, its state. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "app/config.h"
#include "base/arena.h"
#include "db/db.h"
#include "plugin/loader.h"

static const struct command {
	const char *name, *words, *help;
	enum opx_status (*run)(struct admin *a, int argc, char **argv, struct opx_error *err);
	bool needs_database;
	const char *user;
} commands[] = {
	{ "migrate", "", "bring the schema of core and of each plugin up to date, publish the rights matrix",
	  admin_migrate, true, "opx_migrate" },
	{ "import", "FOLDER", "courts and compagnies from FOLDER/jurisdictions.csv and FOLDER/compagnies.csv",
	  admin_import, true, "opx_migrate" },
	{ "create-admin", "--court CODE [--title Mme|M.|Me] --name NAME --mail ADDRESS --cert FILE.pem",
	  "give a person an account that a certificate opens, as administrator of that court",
	  admin_create_admin, true, "opx_migrate" },
	{ "jobs", "[--dead | retry ID | drop ID]",
	  "what waits in the lanes; the dead jobs, which begin again or are given up", admin_jobs, true,
	  "opx_migrate" },
	{ "rights", "[OBJECT [ACTION [--person ADDRESS [--dossier ID | --document ID]]]]",
	  "who may do what, from the compiled matrix; or what one person is answered, and by which rule",
	  admin_rights, true, "opx_migrate" },
	{ "check", "",
	  "recompute what must hold: schema, events, leaves, heads, files; WRONG marks what does not",
	  admin_check, true, "opx_migrate" },
	{ "rebuild", "",
	  "make the proof tables again from the journal; as the account of opx-seal, while it is stopped",
	  admin_rebuild, true, "opx_seal" },
	{ "plugins", "", "the plugins of the configuration and the state of each", admin_list_plugins, true,
	  "opx_migrate" },
	{ "sample-config", "", "print a commented sample of the configuration file", admin_sample_config,
	  false, "opx_migrate" },
};

static void usage(FILE *out)
{
	(void)fputs("usage: opx-admin --config FILE COMMAND\n\n", out);
	for (size_t i = 0; i < OPX_COUNT(commands); i++)
		(void)fprintf(out, "  %s %s\n        %s\n", commands[i].name, commands[i].words,
			      commands[i].help);
	(void)fputs(
		"\nExit status: 0 done; 1 not done, and one line on standard error says why; 2 the words were wrong.\n",
		out);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; name != NULL && i < OPX_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static enum opx_status run(const struct command *command, struct admin *a, int argc, char **argv,
			   struct opx_error *err)
{
	a->user = command->user;
	if (command->needs_database)
		OPX_TRY(admin_connect(a, err));
	return command->run(a, argc, argv, err);
}

/* A report that nobody could read was not given. */
static enum opx_status flush_output(struct opx_error *err)
{
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, "", "done, but its output could not be written");
	return OPX_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	/* '+': the words after the command are the command's own. */
	for (int o = 0; (o = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		if (o == 'h') {
			usage(stdout);
			return 0;
		}
		if (o != 'c')
			return 2;
		path = optarg;
	}
	const struct command *command = find(argv[optind]);
	bool is_plain = command != NULL && command->run == admin_sample_config;
	if (command == NULL || (path == NULL && !is_plain)) {
		usage(stderr);
		return 2;
	}
	struct opx_error err = { .status = OPX_OK };
	OPX_AUTO_CONFIG config = NULL;
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)256 << 20);
	struct admin a = { .logger = { .fd = 2, .level = OPX_ERROR, .process = "opx-admin" },
			   .arena = arena };
	enum opx_status status = is_plain ? OPX_OK : opx_config_load(path, &config, &err);
	a.config = config;
	if (status == OPX_OK)
		status = run(command, &a, argc - optind, argv + optind, &err);
	opx_db_close(a.db);
	opx_plugins_free(a.plugins);
	if (status == OPX_OK)
		status = flush_output(&err);
	if (status == OPX_INVALID && err.detail[0] == '\0') {
		(void)fprintf(stderr, "usage: opx-admin --config FILE %s %s\n", command->name,
			      command->words);
		return 2;
	}
	if (status != OPX_OK)
		(void)fprintf(stderr, "opx-admin: %s\n", err.detail);
	return status == OPX_OK ? 0 : 1;
}
