/* SPDX-License-Identifier: MPL-2.0 */
/* ground.h: what opx-web and the lanes of opx-jobs have in common: the site, the services behind the host table, the plugins. */
#ifndef OPX_APP_GROUND_H
#define OPX_APP_GROUND_H

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/services.h"
#include "plugin/site.h"

struct opx_arena;
struct opx_config;
struct opx_plugins;
struct opx_registry;

struct opx_ground {
	const struct opx_config *config;
	const struct opx_logger *logger;
	struct opx_site site;
	struct opx_services services; /* the caller fills pepper and parser before opx_ground_load */
	struct opx_host host;
	struct opx_plugins *plugins;
	struct opx_registry *registry;
	char *names; /* of the cookies */
};

/* Loads the plugins of the configuration and fills the site. Before the fork; config and logger are set, and outlive it.
 * required: plugins without which nothing works, NULL-ended; may be NULL. */
OPX_MUST_USE enum opx_status opx_ground_load(struct opx_ground *ground, const char *const *required,
					     struct opx_error *err);
/* What --check looks at beyond that: every plugin that is listed and enabled is on, and the database answers that role. */
OPX_MUST_USE enum opx_status opx_ground_check(const struct opx_ground *ground, const char *role,
					      struct opx_error *err);
/* Stops the plugins and frees what the ground holds. */
void opx_ground_done(struct opx_ground *ground);
/* Workers of the page pool: the setting, or four a processor. */
int64_t opx_ground_page_workers(const struct opx_config *config);
/* libpq's words to reach the database as that role; in the arena. */
const char *opx_ground_conninfo(const struct opx_config *config, struct opx_arena *arena, const char *role,
				const char *application);

#endif
