/* SPDX-License-Identifier: MPL-2.0 */
/* services.h: what stands behind the host table in one process, and how the table is filled.
 *
 * The functions of opx/host.h find their request through opx_context_of() and their process through this struct. One that
 * makes no sense in a process (a request function in a lane, the pepper in the post lane) answers OPX_UNAVAILABLE.
 */
#ifndef OPX_PLUGIN_SERVICES_H
#define OPX_PLUGIN_SERVICES_H

#include "base/date.h"
#include "base/random.h"
#include "base/str.h"
#include "opx/plugin.h"

struct opx_parser;
struct opx_registry;
struct opx_site;

struct opx_services {
	const struct opx_clock *clock;
	const struct opx_random *random;
	struct opx_bytes pepper;             /* in locked memory; empty: this process has none */
	struct opx_parser *parser;           /* of opx-parse; NULL: this process may not run it */
	const struct opx_registry *registry; /* for mail_send; set after the plugins are loaded */
	const struct opx_site *site;
};

/* Fills every member of the table; services must outlive it. */
void opx_host_fill(struct opx_host *ret_host, const struct opx_services *services);

/* The parts of the table, by file: plugin/host_plug.c, host_request.c, host_work.c. */
void opx_host_fill_plug(struct opx_host *host);
void opx_host_fill_request(struct opx_host *host);
void opx_host_fill_work(struct opx_host *host);

/* The services behind a table. */
static inline const struct opx_services *opx_services_of(const struct opx_host *host)
{
	return host->core;
}

#endif
