/* SPDX-License-Identifier: MPL-2.0 */
/* router.h: addresses to routes. */
#ifndef OPX_HTTP_ROUTER_H
#define OPX_HTTP_ROUTER_H

#include "base/error.h"
#include "http/request.h"

#include <opx/route.h>

struct opx_router;

struct opx_routed {
	const struct opx_route *route;
	void *self;
	unsigned owner;
};

struct opx_router *opx_router_new(void);
void opx_router_free(struct opx_router *router);
/* A segment of a path may be ":numero.pdf": a parameter before a literal ending; it goes before ":numero".
 * OPX_INTERNAL: no right, no handler, a bad path, or the same address twice. route must outlive the router. */
OPX_MUST_USE enum opx_status opx_router_add(struct opx_router *router, const struct opx_route *route,
					    void *self, unsigned owner, struct opx_error *err);
/* Finds the route and sets rq's path parameters. NULL: none; *ret_allow then holds the methods that the address has, for a
 * 405 ("GET, POST"), or is empty for a 404. HEAD is answered by GET. */
const struct opx_routed *opx_router_match(const struct opx_router *router, struct opx_request *rq,
					  struct opx_str *ret_allow);

#endif
