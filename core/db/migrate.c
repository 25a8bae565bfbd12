/* SPDX-License-Identifier: MPL-2.0 */
/* migrate.c: see migrate.h. The only place that runs SQL scripts. */
#include "db/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/digest.h"
#include "db/db.h"

#define MAX_MIGRATIONS 500
#define MAX_SQL ((size_t)1024 * 1024)
#define CHANGED N_("Une migration déjà appliquée a changé : le programme ne démarre pas.")

struct applied_row {
	struct opx_str name, sha256;
};

static const enum opx_sql_type applied_params[] = { OPX_SQL_TEXT };
static const struct opx_sql_column applied_columns[] = {
	{ .name = "name", .type = OPX_SQL_TEXT, .offset = offsetof(struct applied_row, name) },
	{ .name = "sha256", .type = OPX_SQL_TEXT, .offset = offsetof(struct applied_row, sha256) },
};
static const struct opx_statement applied = {
	.name = "migration_applied",
	.text = "SELECT name, sha256 FROM opx.migration WHERE schema = $1 ORDER BY n",
	.params = applied_params,
	.n_params = 1,
	.columns = applied_columns,
	.n_columns = 2,
	.row_size = sizeof(struct applied_row),
	.result = OPX_SQL_MANY,
};

static const char prepare[] =
	"CREATE TABLE IF NOT EXISTS opx.migration (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, schema text NOT NULL, "
	"name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (schema, name));"
	"GRANT SELECT ON opx.migration TO PUBLIC;";

enum opx_status opx_migrate_check(struct opx_db *db, struct opx_arena *arena, const char *schema,
				  const struct opx_migration_text *list, size_t n, size_t *ret_applied,
				  struct opx_error *err)
{
	struct opx_arena *former = opx_db_use_arena(db, arena);
	const struct opx_sql_value value = { .type = OPX_SQL_TEXT, .v.str = opx_str_z(schema) };
	void *rows = NULL;
	size_t n_rows = 0;
	enum opx_status status = opx_db_run(db, &applied, &value, &rows, &n_rows, err);
	(void)opx_db_use_arena(db, former);
	if (status != OPX_OK)
		return status;
	const struct applied_row *done = rows;
	for (size_t i = 0; i < n_rows; i++) {
		char hex[65];
		if (i >= n)
			return OPX_FAIL(
				err, OPX_CONFLICT,
				N_("La base de données vient d’une version plus récente du programme."),
				"schema %s knows migration %s, this program does not", schema,
				done[i].name.p);
		struct opx_sha256 d = opx_sha256(opx_bytes_of(list[i].sql));
		opx_sha256_hex(&d, hex);
		if (!opx_str_eq(done[i].name, list[i].name))
			return OPX_FAIL(err, OPX_CONFLICT, CHANGED,
					"schema %s: migration %s was applied where this program has %s",
					schema, done[i].name.p, list[i].name.p);
		if (!opx_str_is(done[i].sha256, hex))
			return OPX_FAIL(
				err, OPX_CONFLICT, CHANGED,
				"schema %s: migration %s has another text than when it was applied; once applied, none may be edited",
				schema, done[i].name.p);
	}
	*ret_applied = n_rows;
	return OPX_OK;
}

static bool is_plain(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return n > 0 && n < 60 && name[n] == '\0';
}

static enum opx_status apply(struct opx_db *db, struct opx_arena *arena, const char *schema,
			     const struct opx_migration_text *m, struct opx_error *err)
{
	char hex[65];
	struct opx_buf buf;
	struct opx_sha256 d = opx_sha256(opx_bytes_of(m->sql));
	opx_sha256_hex(&d, hex);
	OPX_ASSERT(is_plain(schema) && is_plain(m->name.p));
	opx_buf_init(&buf, arena, MAX_SQL * 2);
	opx_buf_printf(&buf, "BEGIN; SET LOCAL ROLE opx_owner; SET LOCAL search_path = %s, pg_temp; ",
		       schema);
	opx_buf_put_str(&buf, m->sql);
	opx_buf_printf(
		&buf,
		"\n; INSERT INTO opx.migration (schema, name, sha256) VALUES ('%s', '%s', '%s'); COMMIT;",
		schema, m->name.p, hex);
	OPX_TRY(opx_buf_ok(&buf, err));
	struct opx_error why;
	if (opx_db_script(db, opx_buf_str(&buf).p, &why) != OPX_OK) {
		OPX_IGNORE(opx_db_script(db, "ROLLBACK", NULL));
		return OPX_FAIL(err, OPX_INTERNAL,
				N_("Une migration de la base de données a échoué ; rien n’a été changé."),
				"migration %s of %s: %s", m->name.p, schema, why.detail);
	}
	return OPX_OK;
}

static enum opx_status migrate_locked(struct opx_db *db, struct opx_arena *arena, const char *schema,
				      const struct opx_migration_text *list, size_t n, size_t *ret_applied,
				      struct opx_error *err)
{
	char sql[512];
	size_t done = 0;
	(void)snprintf(sql, sizeof(sql), "SET ROLE opx_owner; CREATE SCHEMA IF NOT EXISTS %s; RESET ROLE;",
		       schema);
	OPX_TRY(opx_db_script(db, "SET ROLE opx_owner", err));
	OPX_TRY(opx_db_script(db, prepare, err));
	OPX_TRY(opx_db_script(db, "RESET ROLE", err));
	OPX_TRY(opx_db_script(db, sql, err));
	OPX_TRY(opx_migrate_check(db, arena, schema, list, n, &done, err));
	*ret_applied = 0;
	for (size_t i = done; i < n; i++, (*ret_applied)++)
		OPX_TRY(apply(db, arena, schema, &list[i], err));
	/* A backup holds every schema, also of a plugin that does not think of it: a dump fails on the first thing it may not read. */
	(void)snprintf(sql, sizeof(sql),
		       "SET ROLE opx_owner; GRANT USAGE ON SCHEMA %s TO opx_backup; "
		       "GRANT SELECT ON ALL TABLES IN SCHEMA %s TO opx_backup; "
		       "GRANT SELECT ON ALL SEQUENCES IN SCHEMA %s TO opx_backup; RESET ROLE;",
		       schema, schema, schema);
	return opx_db_script(db, sql, err);
}

enum opx_status opx_migrate_lock(struct opx_db *db, struct opx_error *err)
{
	return opx_db_script(db, "SELECT pg_catalog.pg_advisory_lock(7081, 1)", err);
}

enum opx_status opx_migrate(struct opx_db *db, struct opx_arena *arena, const char *schema,
			    const struct opx_migration_text *list, size_t n, size_t *ret_applied,
			    struct opx_error *err)
{
	OPX_ASSERT(is_plain(schema));
	OPX_TRY(opx_migrate_lock(db, err));
	enum opx_status status = migrate_locked(db, arena, schema, list, n, ret_applied, err);
	OPX_IGNORE(opx_db_script(db, "SELECT pg_catalog.pg_advisory_unlock(7081, 1)", NULL));
	return status;
}

static int by_name(const void *a, const void *b)
{
	const struct opx_migration_text *x = a, *y = b;
	return strcmp(x->name.p, y->name.p);
}

static enum opx_status read_one(struct opx_arena *arena, const char *folder, const char *file,
				struct opx_migration_text *ret, struct opx_error *err)
{
	struct opx_str path = opx_strf(arena, "%s/%s", folder, file);
	OPX_AUTO_FILE f = fopen(path.p, "re");
	char *text = opx_arena_alloc(arena, 1, MAX_SQL);
	size_t n = f != NULL ? fread(text, 1, MAX_SQL, f) : 0;
	if (n == 0 || n == MAX_SQL)
		return OPX_FAIL(err, OPX_INVALID, N_("Un fichier de migration ne peut pas être lu."),
				"%s: %s", path.p, n == 0 ? "empty or unreadable" : "too large");
	ret->name = opx_str_copy(arena, file, strlen(file) - 4);
	ret->sql = opx_str_copy(arena, text, n);
	return OPX_OK;
}

enum opx_status opx_migrate_read_folder(struct opx_arena *arena, const char *folder,
					struct opx_migration_text **ret_list, size_t *ret_n,
					struct opx_error *err)
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Le dossier des migrations est introuvable."),
				"%s: %s", folder, strerror(errno));
	struct opx_migration_text *list = OPX_NEW_N(arena, struct opx_migration_text, MAX_MIGRATIONS);
	size_t n = 0;
	enum opx_status status = OPX_OK;
	for (struct dirent *e = readdir(dir); e != NULL && status == OPX_OK; e = readdir(dir)) {
		size_t len = strlen(e->d_name);
		if (len < 5 || strcmp(e->d_name + len - 4, ".sql") != 0)
			continue;
		OPX_ASSERT(n < MAX_MIGRATIONS);
		status = read_one(arena, folder, e->d_name, &list[n++], err);
	}
	(void)closedir(dir);
	if (status != OPX_OK)
		return status;
	qsort(list, n, sizeof(list[0]), by_name);
	*ret_list = list;
	*ret_n = n;
	return OPX_OK;
}
