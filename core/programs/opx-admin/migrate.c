/* SPDX-License-Identifier: MPL-2.0 */
/* migrate.c: core's schema, then each plugin's in a schema of its own, then the rights as shipped. Running it again changes nothing. */
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "base/arena.h"
#include "db/db.h"
#include "db/migrate.h"
#include "plugin/loader.h"
#include "plugin/registry.h"

size_t admin_migrations(struct opx_arena *arena, const struct opx_migration *migrations,
			const struct opx_migration_text **ret)
{
	size_t n = 0;
	while (migrations[n].name != NULL)
		n++;
	struct opx_migration_text *list = OPX_NEW_N(arena, struct opx_migration_text, n);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct opx_migration_text){ .name = opx_str_z(migrations[i].name),
						       .sql = opx_str_z(migrations[i].sql) };
	*ret = list;
	return n;
}

static enum opx_status apply(struct admin *a, const char *schema, const struct opx_migration *migrations,
			     struct opx_error *err)
{
	const struct opx_migration_text *list = NULL;
	size_t n = admin_migrations(a->arena, migrations, &list), applied = 0;
	enum opx_status status = opx_migrate(a->db, a->arena, schema, list, n, &applied, err);
	for (size_t i = n - applied; status == OPX_OK && i < n; i++)
		(void)printf("%s: %s applied\n", schema, list[i].name.p);
	if (status == OPX_OK && applied == 0)
		(void)printf("%s: up to date, %zu migrations\n", schema, n);
	return status;
}

struct opx_str admin_schema_of(struct opx_arena *arena, const char *plugin)
{
	struct opx_str schema = opx_strf(arena, "opx_%s", plugin);
	for (char *c = (char *)(uintptr_t)schema.p; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
	return schema;
}

static enum opx_status apply_plugins(struct admin *a, struct opx_error *err)
{
	const struct opx_plugin_info *infos = NULL;
	size_t n = opx_plugins_list(a->plugins, &infos);
	for (size_t i = 0; i < n; i++) {
		if (infos[i].state != OPX_PLUGIN_ON)
			(void)fprintf(stderr, "opx-admin: left out: %s\n", infos[i].detail);
		else if (infos[i].migrations != NULL)
			OPX_TRY(apply(a, admin_schema_of(a->arena, infos[i].name).p, infos[i].migrations,
				      err));
	}
	return OPX_OK;
}

static enum opx_status publish(struct admin *a, struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(opx_plugins_registry(a->plugins));
	if (rights == NULL)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE, N_("Aucun module des droits."),
			"no plugin of the configuration says who may do what: without it nothing can be opened");
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(a->db, &tx, 0, err));
	OPX_TRY(rights->it->publish(rights->self, a->db, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	char hex[65];
	struct opx_sha256 hash = opx_sha256(rights->it->matrix(rights->self));
	opx_sha256_hex(&hash, hex);
	(void)printf("rights: the matrix of %s is the current one, SHA-256 %s\n", rights->it->name, hex);
	return OPX_OK;
}

enum opx_status admin_migrate(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	(void)argv;
	if (argc != 1)
		return admin_usage(err);
	OPX_TRY(admin_plugins(a, err));
	/* Until this connection closes: a second one would publish the same rows at the same moment. */
	OPX_TRY(opx_migrate_lock(a->db, err));
	OPX_TRY(apply(a, "opx", core_migrations, err));
	OPX_TRY(apply_plugins(a, err));
	return publish(a, err);
}
