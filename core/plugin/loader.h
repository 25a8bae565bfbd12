/* SPDX-License-Identifier: MPL-2.0 */
/* loader.h: opens the plugins that the operator listed, checks them, and lets them register.
 *
 * Only a plugin whose file has the listed SHA-256 is opened. One that is missing, disabled, changed, of another ABI or
 * whose settings are wrong is left out with a sentence and its functions are unavailable by name; the others go on, unless
 * the process said that it cannot do without it.
 */
#ifndef OPX_PLUGIN_LOADER_H
#define OPX_PLUGIN_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

struct opx_host;
struct opx_migration;
struct opx_plugin;
struct opx_plugins;
struct opx_registry;
struct opx_setting;

/* One setting as written in the file. */
struct opx_plugin_value {
	const char *name, *value;
	int line;
};

/* What the operator wrote about one plugin. */
struct opx_plugin_order {
	const char *name; /* "storage-fs" */
	const char *file; /* absolute path of the .so */
	const char *config_path;
	int line; /* of its section */
	bool is_enabled;
	struct opx_sha256 sha256;
	const struct opx_plugin_value *values;
	size_t n_values;
};

enum opx_plugin_state { OPX_PLUGIN_ON, OPX_PLUGIN_OFF, OPX_PLUGIN_REFUSED, OPX_PLUGIN_CRASHED };

/* What became of one plugin, for the pages, opx-admin and the log. */
struct opx_plugin_info {
	const char *name;
	const char *version; /* "" when it was not opened */
	enum opx_plugin_state state;
	struct opx_sha256 sha256;
	char sentence[256]; /* French, why it is not on; "" when it is */
	char detail[640];   /* English, for the operator */
	const struct opx_setting *settings;
	const struct opx_migration *migrations;
};

struct opx_plugins_order {
	const struct opx_plugin_order *plugins;
	size_t n_plugins;
	const char *const *required; /* names; ends with NULL; may be NULL */
	const char *const *crashed; /* switched off by the crash budget: names; ends with NULL; may be NULL */
	const struct opx_host *host;
	const struct opx_logger *logger;
};

/* Opens, checks, and calls plug() of each, in order. Before the fork. *ret is the caller's; there is no dlclose.
 * A required plugin that is not on: OPX_UNAVAILABLE with its reason. */
OPX_MUST_USE enum opx_status opx_plugins_load(const struct opx_plugins_order *order, struct opx_plugins **ret,
					      struct opx_error *err);
/* A plugin that is linked into the program (tests, core's own): the same checks but for the file. */
OPX_MUST_USE enum opx_status opx_plugins_add(struct opx_plugins *plugins, const struct opx_plugin *plugin,
					     const struct opx_plugin_order *order,
					     const struct opx_host *host, struct opx_error *err);
/* Once all are there: the rows of the matrix that kinds of documents bring go to the rights plugin (without one nobody may do
 * anything). A plugin whose rows are wrong is left out, and the rest asked again without it. opx_plugins_load does it. */
void opx_plugins_settle(struct opx_plugins *plugins, const struct opx_logger *logger);
struct opx_plugins *opx_plugins_new(void);
void opx_plugins_free(struct opx_plugins *plugins);

/* start() of each, in order, in this process. One that fails is logged and its functions become unavailable here;
 * OPX_UNAVAILABLE when it is in required (NULL-ended, may be NULL). */
OPX_MUST_USE enum opx_status opx_plugins_start(struct opx_plugins *plugins, const char *const *required,
					       const struct opx_logger *logger, struct opx_error *err);
/* stop() of those started, newest first. */
void opx_plugins_stop(struct opx_plugins *plugins);

/* The crash budget is spent: the plugin's functions are unavailable in the processes forked from now on. */
void opx_plugins_switch_off(struct opx_plugins *plugins, uint16_t owner);

struct opx_registry *opx_plugins_registry(struct opx_plugins *plugins);
size_t opx_plugins_list(const struct opx_plugins *plugins, const struct opx_plugin_info **ret_infos);
/* SHA-256 over "name sha256hex LF" of those that are on, sorted by name: sw.plugins of the events. */
struct opx_sha256 opx_plugins_sha256(const struct opx_plugins *plugins);

/* Checks values against a plugin's table; the message names file and line. */
OPX_MUST_USE enum opx_status opx_settings_check(const struct opx_setting *settings,
						const struct opx_plugin_order *order, struct opx_error *err);

#endif
