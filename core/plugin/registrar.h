/* SPDX-License-Identifier: MPL-2.0 */
/* registrar.h: the registration in progress of one plugin; lives as long as its plug(). */
#ifndef OPX_PLUGIN_REGISTRAR_H
#define OPX_PLUGIN_REGISTRAR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "plugin/loader.h"

struct opx_arena;
struct opx_plugin;
struct opx_registry;

struct opx_registrar {
	struct opx_arena *arena; /* lives as long as the process */
	struct opx_registry *registry;
	const struct opx_plugin *plugin;
	const struct opx_plugin_order *order;
	uint16_t owner;
	bool is_open;
};

static inline const struct opx_plugin_value *opx_plugin_value_find(const struct opx_plugin_order *order,
								   const char *name)
{
	for (size_t i = 0; i < order->n_values; i++)
		if (strcmp(order->values[i].name, name) == 0)
			return &order->values[i];
	return NULL;
}

#endif
