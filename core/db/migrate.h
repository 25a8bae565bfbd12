/* SPDX-License-Identifier: MPL-2.0 */
/* migrate.h: forward-only changes of the schema: each file once, in one transaction, under an advisory lock, checksummed. */
#ifndef OPX_DB_MIGRATE_H
#define OPX_DB_MIGRATE_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_db;

struct opx_migration_text {
	struct opx_str name; /* "0001_people" */
	struct opx_str sql;
};

/* Applies what is missing of list, in order, in schema (made when missing, owned by opx_owner). Already applied ones must
 * be the same bytes and stand first: OPX_CONFLICT with a sentence otherwise, also when the database knows more than the
 * list (a newer release was here). *ret_applied counts. */
OPX_MUST_USE enum opx_status opx_migrate(struct opx_db *db, struct opx_arena *arena, const char *schema,
					 const struct opx_migration_text *list, size_t n, size_t *ret_applied,
					 struct opx_error *err);
/* Waits for whoever migrates this database, and keeps all others out until db closes: for several schemas and what follows. */
OPX_MUST_USE enum opx_status opx_migrate_lock(struct opx_db *db, struct opx_error *err);
/* Reads *.sql of a folder, sorted by name. */
OPX_MUST_USE enum opx_status opx_migrate_read_folder(struct opx_arena *arena, const char *folder,
						     struct opx_migration_text **ret_list, size_t *ret_n,
						     struct opx_error *err);
/* How many of list are applied; OPX_CONFLICT when the database differs or knows more. For processes that start. */
OPX_MUST_USE enum opx_status opx_migrate_check(struct opx_db *db, struct opx_arena *arena, const char *schema,
					       const struct opx_migration_text *list, size_t n,
					       size_t *ret_applied, struct opx_error *err);

#endif
