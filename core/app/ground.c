/* SPDX-License-Identifier: MPL-2.0 */
/* ground.c: see ground.h. */
#include "app/ground.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/config.h"
#include "base/arena.h"
#include "db/db.h"
#include "plugin/loader.h"

int64_t opx_ground_page_workers(const struct opx_config *config)
{
	int64_t n = opx_config_i64(config, "web", "page_workers");
	return n > 0 ? n : 4 * sysconf(_SC_NPROCESSORS_ONLN);
}

static void fill_site(struct opx_ground *ground)
{
	const struct opx_config *c = ground->config;
	struct opx_site *s = &ground->site;
	*s = (struct opx_site){
		.instance = opx_config_str(c, "instance", "name"),
		.name = opx_config_str(c, "site", "name"),
		.court_line = opx_config_str(c, "site", "court_line"),
		.main_origin = opx_config_str(c, "site", "main_origin"),
		.card_origin = opx_config_str(c, "site", "card_origin"),
		.contact = opx_config_str(c, "site", "contact"),
		.log_host = opx_config_str(c, "site", "log_host"),
		.run_folder = opx_config_str(c, "instance", "run"),
		.store_root = opx_config_str(c, "store", "root"),
		.hsts_s = opx_config_i64(c, "site", "hsts_s"),
		.session_idle_s = opx_config_i64(c, "web", "session_idle_s"),
		.session_idle_court_s = opx_config_i64(c, "web", "session_idle_court_s"),
		.session_absolute_s = opx_config_i64(c, "web", "session_absolute_s"),
		.session_warn_s = opx_config_i64(c, "web", "session_warn_s"),
		.sessions_at_once = opx_config_i64(c, "web", "sessions_at_once"),
		.fresh_s = opx_config_i64(c, "web", "fresh_s"),
		.max_file_bytes = opx_config_i64(c, "store", "max_file_bytes"),
		.max_files = opx_config_i64(c, "store", "max_files"),
		.draft_quota_bytes = opx_config_i64(c, "store", "draft_quota_bytes"),
		.reserve_percent = opx_config_i64(c, "store", "reserve_percent"),
		.seal_wait_ms = opx_config_i64(c, "web", "seal_wait_ms"),
		.page_workers = opx_ground_page_workers(c),
		.sw_build = OPX_BUILD,
		.sw_config = *opx_config_sha256(c),
		.sw_plugins = opx_plugins_sha256(ground->plugins),
		.letter_key = s->letter_key,
	};
	bool is_default = opx_str_is(s->instance, "default");
	ground->names = calloc(2, 128);
	OPX_ASSERT(ground->names != NULL);
	(void)snprintf(ground->names, 128, is_default ? "__Host-opx" : "__Host-opx-%s", s->instance.p);
	(void)snprintf(ground->names + 128, 128, is_default ? "__Host-otp" : "__Host-otp-%s", s->instance.p);
	s->cookie = opx_str_z(ground->names);
	s->txn_cookie = opx_str_z(ground->names + 128);
}

enum opx_status opx_ground_load(struct opx_ground *ground, const char *const *required, struct opx_error *err)
{
	struct opx_plugins_order order = { .required = required,
					   .host = &ground->host,
					   .logger = ground->logger };
	order.n_plugins = opx_config_plugins(ground->config, &order.plugins);
	ground->services.clock = &opx_clock_real;
	ground->services.random = &opx_random_real;
	ground->services.site = &ground->site;
	opx_host_fill(&ground->host, &ground->services);
	OPX_TRY(opx_plugins_load(&order, &ground->plugins, err));
	ground->registry = opx_plugins_registry(ground->plugins);
	ground->services.registry = ground->registry;
	fill_site(ground);
	return OPX_OK;
}

enum opx_status opx_ground_check(const struct opx_ground *ground, const char *role, struct opx_error *err)
{
	const struct opx_plugin_info *infos = NULL;
	struct opx_db *db = NULL;
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	size_t n = opx_plugins_list(ground->plugins, &infos);
	for (size_t i = 0; i < n; i++)
		if (infos[i].state == OPX_PLUGIN_REFUSED)
			return OPX_FAIL(err, OPX_INVALID,
					N_("La configuration du service n’est pas valable."), "%s",
					infos[i].detail);
	OPX_TRY(opx_db_open(opx_ground_conninfo(ground->config, arena, role, "opx-check"), ground->logger,
			    &db, err));
	opx_db_close(db);
	return OPX_OK;
}

void opx_ground_done(struct opx_ground *ground)
{
	if (ground->plugins != NULL)
		opx_plugins_stop(ground->plugins);
	opx_plugins_free(ground->plugins);
	free(ground->names);
	ground->plugins = NULL;
	ground->names = NULL;
}

const char *opx_ground_conninfo(const struct opx_config *config, struct opx_arena *arena, const char *role,
				const char *application)
{
	return opx_strf(arena,
			"host=%s port=%" PRId64 " dbname=%s user=%s application_name=%s connect_timeout=3",
			opx_config_z(config, "database", "socket_folder"),
			opx_config_i64(config, "database", "port"), opx_config_z(config, "database", "name"),
			role, application)
		.p;
}
