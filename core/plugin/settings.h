/* SPDX-License-Identifier: MPL-2.0 */
/* settings.h: one setting's text checked against its row of the table and turned into a value. */
#ifndef OPX_PLUGIN_SETTINGS_H
#define OPX_PLUGIN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "opx/plugin.h"

struct opx_setting_value {
	struct opx_str str; /* the text itself; of every type */
	int64_t i64;
	bool is_true;
};

/* text NULL: the default. OPX_INVALID with the reason in the detail (no file, no line: the caller knows them).
 * ret->str borrows text or the table. */
OPX_MUST_USE enum opx_status opx_setting_parse(const struct opx_setting *setting, const char *text,
					       struct opx_setting_value *ret, struct opx_error *err);
/* The row of that name, or NULL; table may be NULL. */
const struct opx_setting *opx_setting_find(const struct opx_setting *table, const char *name);
/* `	name = default   # help (type, bounds)`: one line of a sample. */
void opx_setting_print(const struct opx_setting *setting, FILE *out);

#endif
