/* SPDX-License-Identifier: MPL-2.0 */
/* web.h: the glue of opx-web: what stands between a request and its handler: database, session, right, CSRF, commit, error page. */
#ifndef OPX_APP_WEB_H
#define OPX_APP_WEB_H

#include "base/error.h"
#include "base/log.h"

struct opx_config;
struct opx_dispatcher;
struct opx_web;

/* Loads the plugins, registers the pages, builds the router. Before the fork. *ret is the caller's.
 * pepper: of the codes, in locked memory; may be empty. */
OPX_MUST_USE enum opx_status opx_web_new(const struct opx_config *config, const struct opx_logger *logger, struct opx_bytes pepper,
					 struct opx_web **ret, struct opx_error *err);
void opx_web_free(struct opx_web *web);
/* After the fork: connects and starts the plugins. A database that is away is tried again at each request. */
OPX_MUST_USE enum opx_status opx_web_start(struct opx_web *web, struct opx_error *err);
const struct opx_dispatcher *opx_web_dispatcher(const struct opx_web *web);

#endif
