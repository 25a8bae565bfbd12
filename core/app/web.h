/* SPDX-License-Identifier: MPL-2.0 */
/* web.h: the glue of opx-web: what stands between a request and its handler: database, session, right, CSRF, commit, error page. */
#ifndef OPX_APP_WEB_H
#define OPX_APP_WEB_H

#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

struct opx_config;
struct opx_crashes;
struct opx_dispatcher;
struct opx_web;

/* In locked memory of the caller, as long as the process. */
struct opx_web_secrets {
	struct opx_bytes pepper;   /* of the codes; may be empty */
	const uint8_t *letter_key; /* 32 bytes; NULL: no letter can be asked for */
};

/* Loads the plugins, registers the pages, builds the router. Before the fork. *ret is the caller's. */
OPX_MUST_USE enum opx_status opx_web_new(const struct opx_config *config, const struct opx_logger *logger,
					 const struct opx_web_secrets *secrets, struct opx_web **ret,
					 struct opx_error *err);
/* opx_ground_check, as the pages' role. */
OPX_MUST_USE enum opx_status opx_web_check(const struct opx_web *web, struct opx_error *err);
void opx_web_free(struct opx_web *web);
/* After the fork: connects and starts the plugins. A database that is away is tried again at each request. */
OPX_MUST_USE enum opx_status opx_web_start(struct opx_web *web, struct opx_error *err);
/* Of its plugins; for the master, and for each worker to be watched. */
struct opx_crashes *opx_web_crashes(const struct opx_web *web);
const struct opx_dispatcher *opx_web_dispatcher(const struct opx_web *web);

#endif
