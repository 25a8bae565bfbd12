/* SPDX-License-Identifier: MPL-2.0 */
/* plugin.h: the one header that a plugin includes.
 *
 * A plugin is a shared object that exports exactly one symbol, opx_plugin. It links libopx-base (and opx-html when it has
 * templates) and its own libraries; everything else it asks of the host. Life: dlopen, size and ABI and name and SHA-256
 * checked, settings, migrations, plug() which only registers, fork, start() in each process, requests and jobs, stop().
 * It has no writable global, no thread, no fork, no signal, no exit, no socket to a client, no cookie, no other table
 * than those of its own schema opx_<name>. docs/abi.md has a line for each change of this folder.
 */
#ifndef OPX_PLUGIN_H
#define OPX_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/str.h"
#include "opx/auth.h"
#include "opx/document_kind.h"
#include "opx/event.h"
#include "opx/filecheck.h"
#include "opx/host.h"
#include "opx/job.h"
#include "opx/notice.h"
#include "opx/procedure.h"
#include "opx/rights.h"
#include "opx/route.h"
#include "opx/sql.h"
#include "opx/storage.h"
#include "opx/timestamp.h"

#define OPX_ABI_MAJOR 1
#define OPX_ABI_MINOR 5

/* Was the struct behind p compiled with this member? Test it before reading a member that a later MINOR appended. */
#define OPX_HAS(p, member) ((p)->size >= offsetof(__typeof__(*(p)), member) + sizeof((p)->member))

enum opx_setting_type { OPX_SETTING_STR, OPX_SETTING_I64, OPX_SETTING_BOOL, OPX_SETTING_FILE };

/* Core reads, checks and documents settings; a table ends with a NULL name. Secrets are FILE paths, never values. */
struct opx_setting {
	const char *name;
	enum opx_setting_type type;
	const char *fallback; /* text of the default; NULL: must be given */
	int64_t min, max;     /* I64: bounds; STR: length */
	const char *help;     /* one line, English */
};

/* Run once, forward only, in the plugin's own schema (search_path is set to it); a table ends with a NULL name. */
struct opx_migration {
	const char *name; /* "0001_transactions" */
	const char *sql;
};

struct opx_plugin {
	uint32_t size; /* first, for ever: what the plugin was compiled with */
	uint16_t abi_major, abi_minor;
	const char *name, *version;
	const struct opx_setting *settings;     /* may be NULL */
	const struct opx_migration *migrations; /* may be NULL */
	/* Registers, does no I/O. *ret_self is handed to every callback. */
	enum opx_status (*plug)(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
				struct opx_error *err);
	enum opx_status (*start)(void *self,
				 struct opx_error *err); /* optional, in each process after the fork */
	void (*stop)(void *self);                        /* optional */
};

extern const struct opx_plugin opx_plugin __attribute__((visibility("default")));

#endif
