/* SPDX-License-Identifier: MPL-2.0 */
/* timestamp_local.c: registers our own time-stamping authority, opx-tsa, which nginx serves on the instance's plain port. */
#include <opx/plugin.h>

#include "client.h"

static const struct opx_timestamp_authority authority = { .size = sizeof(authority),
							  .name = "local",
							  .stamp = tsp_stamp };

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct tsp *tsp = host->plugin_alloc(reg, sizeof(*tsp));
	*ret_self = tsp;
	OPX_TRY(tsp_configure(tsp, host, reg, err));
	if (!opx_str_starts(tsp->url, "http://127.0.0.1:") && !opx_str_starts(tsp->url, "http://[::1]:"))
		return OPX_FAIL(err, OPX_INVALID, N_("La configuration du service n’est pas valable."),
				"url: our own authority is asked on this machine only");
	return host->add_timestamp_authority(reg, &authority, tsp, err);
}

static const struct opx_setting settings[] = {
	{ .name = "url",
	  .type = OPX_SETTING_STR,
	  .min = 8,
	  .max = 500,
	  .help = "address of opx-tsa behind nginx, on loopback" },
	{ .name = "roots", .type = OPX_SETTING_FILE, .help = "root of its certificate, PEM" },
	{ .name = "policies",
	  .type = OPX_SETTING_STR,
	  .min = 3,
	  .max = 400,
	  .help = "its policy (setting tsa.policy): a dotted OID" },
	{ .name = "timeout_s",
	  .type = OPX_SETTING_I64,
	  .fallback = "5",
	  .min = 1,
	  .max = 50,
	  .help = "longest exchange" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "timestamp-local",
	.version = "1.0",
	.settings = settings,
	.plug = plug,
	.start = tsp_start,
	.stop = tsp_stop,
};
