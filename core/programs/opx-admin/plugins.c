/* SPDX-License-Identifier: MPL-2.0 */
/* plugins.c: what became of each plugin of the configuration; and the sample of that file. */
#include <stdio.h>

#include "admin.h"
#include "app/config.h"
#include "plugin/loader.h"

enum opx_status admin_list_plugins(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	static const char *const states[] = {
		[OPX_PLUGIN_ON] = "on",
		[OPX_PLUGIN_OFF] = "off",
		[OPX_PLUGIN_REFUSED] = "refused",
		[OPX_PLUGIN_CRASHED] = "crashed",
	};
	const struct opx_plugin_info *infos = NULL;
	(void)argv;
	if (argc != 1)
		return admin_usage(err);
	OPX_TRY(admin_plugins(a, err));
	size_t n = opx_plugins_list(a->plugins, &infos);
	for (size_t i = 0; i < n; i++)
		(void)printf("%-22s %-8s %-8s %s\n", infos[i].name, infos[i].version, states[infos[i].state],
			     infos[i].detail);
	return OPX_OK;
}

enum opx_status admin_sample_config(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	(void)a;
	(void)argv;
	if (argc != 1)
		return admin_usage(err);
	opx_config_print_sample(stdout);
	return OPX_OK;
}
