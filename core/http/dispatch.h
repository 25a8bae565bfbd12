/* SPDX-License-Identifier: MPL-2.0 */
/* dispatch.h: from a request to its answer: route, session and right, CSRF, handler, commit; or the error's page.
 *
 * The session, the right and the pages are hooks: this layer knows neither database nor HTML. Only this module logs a failure.
 */
#ifndef OPX_HTTP_DISPATCH_H
#define OPX_HTTP_DISPATCH_H

#include "base/error.h"
#include "base/str.h"
#include "http/request.h"
#include "http/router.h"

struct opx_http_hooks {
	/* First round trip: who asks, and may he? Sets rq->app, rq->csrf or its secret, rq->logger.person. Any status but OPX_OK ends. */
	enum opx_status (*enter)(void *app, struct opx_request *rq, const struct opx_routed *routed,
				 struct opx_error *err);
	/* After the handler: commits when status is OPX_OK, else rolls back. Its own failure takes the answer's place. */
	enum opx_status (*leave)(void *app, struct opx_request *rq, enum opx_status status,
				 struct opx_error *err);
	/* Makes the answer of a failure; code is the HTTP code, err has the person's sentence. Must not fail. */
	void (*fault)(void *app, struct opx_request *rq, int code, const struct opx_error *err);
};

struct opx_dispatcher {
	const struct opx_router *router;
	const struct opx_http_hooks *hooks;
	void *app;
	struct opx_str main_origin, card_origin;
	int64_t hsts_s;
};

/* Always ends with an answer in rq->response. */
void opx_dispatch(const struct opx_dispatcher *dispatcher, struct opx_request *rq);
/* For handlers that read their body as a stream: is this the token of rq's session? */
OPX_MUST_USE enum opx_status opx_csrf_check(const struct opx_request *rq, struct opx_bytes token,
					    struct opx_error *err);
/* The token of rq's forms, made at the first call: a download has none. */
struct opx_str opx_csrf_of(struct opx_request *rq);
/* HMAC-SHA-256 of the session's secret, as 64 hex characters. */
struct opx_str opx_csrf_token(struct opx_arena *arena, const uint8_t secret[32]);

#endif
