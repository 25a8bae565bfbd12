/* SPDX-License-Identifier: MPL-2.0 */
/* crash.c: a plugin with one page, whose code ends its worker each time; also as one that is made for another ABI. */
#include <opx/plugin.h>

#include <stdlib.h>

#ifndef CRASH_NAME
#define CRASH_NAME "crash"
#define CRASH_MAJOR OPX_ABI_MAJOR
#endif

static enum opx_status crash(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)rq;
	(void)self;
	(void)err;
	abort();
}

static const struct opx_route route = { .size = sizeof(struct opx_route),
					.method = OPX_GET,
					.path = "/essai/panne",
					.right = OPX_RIGHT_PUBLIC,
					.handle = crash };

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	*ret_self = NULL;
	return host->add_route(reg, &route, NULL, err);
}

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = CRASH_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = CRASH_NAME,
	.version = "1.0",
	.plug = plug,
};
