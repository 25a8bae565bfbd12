/* SPDX-License-Identifier: MPL-2.0 */
/* config.h: the instance's one configuration file, read, checked against tables of settings, and kept for the process.
 *
 * Sections are `section { name = value … }` and `plugin "name" { sha256 = … }`. A name that no table has, a value out of
 * bounds and a missing value without default are refused with the file and the line. Secrets are paths, never values. The
 * same tables print the sample, so that it cannot go stale.
 */
#ifndef OPX_APP_CONFIG_H
#define OPX_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "opx/plugin.h"

struct opx_config;
struct opx_plugin_order;

/* One section of the file: its name and its settings (a table that ends with a NULL name). */
struct opx_config_section {
	const char *name;
	const char *help;
	const struct opx_setting *settings;
};

/* Reads and checks the file. *ret is the caller's. OPX_INVALID: the detail says "file:line: what is wrong";
 * OPX_NOT_FOUND: no such file; OPX_FORBIDDEN: it may not be read. */
OPX_MUST_USE enum opx_status opx_config_load(const char *path, struct opx_config **ret,
					     struct opx_error *err);
void opx_config_free(struct opx_config *config);
static inline void opx_config_freep(struct opx_config **config)
{
	opx_config_free(*config);
}
#define OPX_AUTO_CONFIG __attribute__((cleanup(opx_config_freep))) struct opx_config *

/* Values live as long as the config. A section or name that no table has aborts: it is our own mistake. */
struct opx_str opx_config_str(const struct opx_config *config, const char *section, const char *name);
int64_t opx_config_i64(const struct opx_config *config, const char *section, const char *name);
bool opx_config_bool(const struct opx_config *config, const char *section, const char *name);
/* The same with the final NUL, for system calls. */
static inline const char *opx_config_z(const struct opx_config *config, const char *section, const char *name)
{
	return opx_config_str(config, section, name).p;
}

/* instance.log_level; the file was refused if it is none. */
enum opx_log_level opx_config_log_level(const struct opx_config *config);

/* SHA-256 of the file's bytes: sw.config of the events. */
const struct opx_sha256 *opx_config_sha256(const struct opx_config *config);
const char *opx_config_path(const struct opx_config *config);
/* The plugins listed, in the order of the file; the array is the config's. */
size_t opx_config_plugins(const struct opx_config *config, const struct opx_plugin_order **ret_orders);

/* The tables of all core modules; ends with a NULL name. */
const struct opx_config_section *opx_config_sections(void);
/* A commented sample of the whole file, made from the tables. */
void opx_config_print_sample(FILE *out);

#endif
