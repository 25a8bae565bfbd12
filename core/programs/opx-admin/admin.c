/* SPDX-License-Identifier: MPL-2.0 */
/* admin.c: see admin.h: what several commands share. */
#include "admin.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "app/config.h"
#include "base/arena.h"
#include "base/auto.h"
#include "db/db.h"
#include "plugin/loader.h"
#include "plugin/registry.h"

enum opx_status admin_usage(struct opx_error *err)
{
	if (err != NULL)
		*err = (struct opx_error){ .status = OPX_INVALID };
	return OPX_INVALID;
}

enum opx_status admin_connect(struct admin *a, struct opx_error *err)
{
	struct opx_str conninfo = opx_strf(a->arena,
					   "host=%s port=%" PRId64
					   " dbname=%s user=%s application_name=opx-admin connect_timeout=5",
					   opx_config_z(a->config, "database", "socket_folder"),
					   opx_config_i64(a->config, "database", "port"),
					   opx_config_z(a->config, "database", "name"), a->user);
	OPX_TRY(opx_db_open(conninfo.p, &a->logger, &a->db, err));
	(void)opx_db_use_arena(a->db, a->arena);
	return OPX_OK;
}

enum opx_status admin_as_owner(struct admin *a, struct opx_error *err)
{
	return opx_db_script(a->db, "SET default_transaction_read_only = on; SET ROLE opx_owner", err);
}

enum opx_status admin_plugins(struct admin *a, struct opx_error *err)
{
	struct opx_plugins_order order = { .host = &a->host };
	order.n_plugins = opx_config_plugins(a->config, &order.plugins);
	a->services = (struct opx_services){ .clock = &opx_clock_real,
					     .random = &opx_random_real,
					     .site = &a->site };
	opx_host_fill(&a->host, &a->services);
	OPX_TRY(opx_plugins_load(&order, &a->plugins, err));
	a->services.registry = opx_plugins_registry(a->plugins);
	return OPX_OK;
}

enum opx_status admin_read_file(struct admin *a, const char *path, size_t max, struct opx_bytes *ret,
				struct opx_error *err)
{
	OPX_AUTO_FILE f = fopen(path, "re");
	if (f == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Un fichier est introuvable."), "%s: %s", path,
				strerror(errno));
	uint8_t *bytes = opx_arena_alloc(a->arena, 1, max + 1);
	size_t n = fread(bytes, 1, max + 1, f);
	if (ferror(f) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Un fichier ne peut pas être lu."),
				"%s: cannot be read", path);
	if (n > max)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Un fichier est trop grand."),
				"%s: more than %zu bytes", path, max);
	*ret = (struct opx_bytes){ .p = bytes, .n = n };
	return OPX_OK;
}
