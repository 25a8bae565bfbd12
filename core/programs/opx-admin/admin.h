/* SPDX-License-Identifier: MPL-2.0 */
/* admin.h: what every command of opx-admin has in hand, and the commands themselves, one file each.
 *
 * A command reads its own words, prints for the operator on standard output, and returns a status; main.c prints the
 * detail of a failure and ends with 1. OPX_INVALID with no detail: the words were wrong and the usage is shown.
 */
#ifndef OPX_ADMIN_ADMIN_H
#define OPX_ADMIN_ADMIN_H

#include <stddef.h>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "plugin/services.h"
#include "plugin/site.h"

struct opx_arena;
struct opx_config;
struct opx_db;
struct opx_migration_text;
struct opx_plugins;

struct admin {
	const struct opx_config *config;
	const char *user; /* database role: opx_migrate, or opx_seal for rebuild */
	struct opx_logger logger;
	struct opx_arena *arena;
	struct opx_db *db;           /* after admin_connect */
	struct opx_plugins *plugins; /* after admin_plugins */
	struct opx_services services;
	struct opx_site site;
	struct opx_host host;
};

/* Connects as admin->user. */
OPX_MUST_USE enum opx_status admin_connect(struct admin *a, struct opx_error *err);
/* Opens and plugs the plugins of the configuration; those refused are in the list with their reason. */
OPX_MUST_USE enum opx_status admin_plugins(struct admin *a, struct opx_error *err);
/* From here on this connection only reads, and sees every row: what opx_migrate itself may not. */
OPX_MUST_USE enum opx_status admin_as_owner(struct admin *a, struct opx_error *err);
/* The words did not fit: the usage is shown. */
OPX_MUST_USE enum opx_status admin_usage(struct opx_error *err);
/* The whole of a file, at most max bytes. */
OPX_MUST_USE enum opx_status admin_read_file(struct admin *a, const char *path, size_t max,
					     struct opx_bytes *ret, struct opx_error *err);

/* Core's schema, compiled in. */
extern const struct opx_migration core_migrations[];
/* A plugin's or core's table as a list; how many. */
size_t admin_migrations(struct opx_arena *arena, const struct opx_migration *migrations,
			const struct opx_migration_text **ret);
/* "auth-otp" has the schema opx_auth_otp. */
struct opx_str admin_schema_of(struct opx_arena *arena, const char *plugin);

/* argv[0] is the command's own name. */
OPX_MUST_USE enum opx_status admin_migrate(struct admin *a, int argc, char **argv, struct opx_error *err);
OPX_MUST_USE enum opx_status admin_import(struct admin *a, int argc, char **argv, struct opx_error *err);
OPX_MUST_USE enum opx_status admin_create_admin(struct admin *a, int argc, char **argv,
						struct opx_error *err);
OPX_MUST_USE enum opx_status admin_jobs(struct admin *a, int argc, char **argv, struct opx_error *err);
OPX_MUST_USE enum opx_status admin_rights(struct admin *a, int argc, char **argv, struct opx_error *err);
OPX_MUST_USE enum opx_status admin_check(struct admin *a, int argc, char **argv, struct opx_error *err);
OPX_MUST_USE enum opx_status admin_rebuild(struct admin *a, int argc, char **argv, struct opx_error *err);
OPX_MUST_USE enum opx_status admin_list_plugins(struct admin *a, int argc, char **argv,
						struct opx_error *err);
OPX_MUST_USE enum opx_status admin_sample_config(struct admin *a, int argc, char **argv,
						 struct opx_error *err);

#endif
