/* SPDX-License-Identifier: MPL-2.0 */
/* dispatch.c: see dispatch.h. */
#include "http/dispatch.h"

#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/digest.h"

#define FOREIGN \
	N_("Cette page a été ouverte ailleurs, ou votre connexion a changé. Rechargez-la et recommencez.")
#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")

struct opx_str opx_csrf_token(struct opx_arena *arena, const uint8_t secret[32])
{
	struct opx_sha256 mac =
		opx_hmac_sha256((struct opx_bytes){ .p = secret, .n = 32 }, OPX_BYTES("opx form v1"));
	return opx_hex_str(arena, (struct opx_bytes){ .p = mac.b, .n = sizeof(mac.b) });
}

struct opx_str opx_csrf_of(struct opx_request *rq)
{
	if (rq->csrf.n == 0 && rq->csrf_secret != NULL)
		rq->csrf = opx_csrf_token(rq->arena, rq->csrf_secret);
	return rq->csrf;
}

enum opx_status opx_csrf_check(const struct opx_request *rq, struct opx_bytes token, struct opx_error *err)
{
	if (rq->csrf.n != 64 || token.n != rq->csrf.n || !opx_secret_eq(token.p, rq->csrf.p, token.n))
		return OPX_FAIL(err, OPX_FORBIDDEN, FOREIGN, "csrf token missing or wrong");
	return OPX_OK;
}

/* Origin, when there is one, is ours; Sec-Fetch-Site is same-origin, or absent with an Origin (security 5.5). */
static enum opx_status check_origin(const struct opx_dispatcher *d, const struct opx_request *rq,
				    struct opx_error *err)
{
	struct opx_bytes origin = rq->headers[OPX_HDR_ORIGIN];
	struct opx_str ours = rq->vhost == OPX_VHOST_OPEN ? d->main_origin : d->card_origin;
	if (origin.n > 0 && !opx_bytes_eq(origin, opx_bytes_of(ours)))
		return OPX_FAIL(err, OPX_FORBIDDEN, FOREIGN, "foreign Origin");
	struct opx_bytes site = rq->headers[OPX_HDR_SEC_FETCH_SITE];
	if (site.n > 0 && !opx_request_header_is(rq, OPX_HDR_SEC_FETCH_SITE, "same-origin"))
		return OPX_FAIL(err, OPX_FORBIDDEN, FOREIGN, "Sec-Fetch-Site is not same-origin");
	if (site.n == 0 && origin.n == 0)
		return OPX_FAIL(err, OPX_FORBIDDEN, FOREIGN, "neither Origin nor Sec-Fetch-Site");
	return OPX_OK;
}

static enum opx_status check_csrf(struct opx_request *rq, const struct opx_route *route,
				  struct opx_error *err)
{
	struct opx_bytes header = rq->headers[OPX_HDR_CSRF];
	(void)opx_csrf_of(rq);
	if (header.n > 0 || rq->method != OPX_POST) /* pieces of uploads have no form */
		return opx_csrf_check(rq, header, err);
	if ((route->flags & OPX_ROUTE_UPLOAD) != 0 && rq->method == OPX_POST && rq->content_length > 0)
		return OPX_OK; /* the handler checks the first field of its stream */
	OPX_TRY(opx_form_read(rq, err));
	struct opx_bytes token = { .n = 0 };
	for (size_t i = 0; i < rq->form.n; i++)
		if (opx_bytes_eq(rq->form.p[i].name, OPX_BYTES("_csrf")))
			token = rq->form.p[i].value;
	return opx_csrf_check(rq, token, err);
}

static bool changes(enum opx_method method)
{
	return method == OPX_POST || method == OPX_PATCH || method == OPX_DELETE;
}

static enum opx_status check_host(const struct opx_request *rq, const struct opx_route *route,
				  struct opx_error *err)
{
	bool is_wrong = ((route->flags & OPX_ROUTE_CARD) != 0 && rq->vhost != OPX_VHOST_MTLS) ||
			((route->flags & OPX_ROUTE_OPEN) != 0 && rq->vhost != OPX_VHOST_OPEN) ||
			(rq->vhost == OPX_VHOST_REFUSED) != ((route->flags & OPX_ROUTE_REFUSED) != 0) ||
			(rq->vhost == OPX_VHOST_LOCAL) != ((route->flags & OPX_ROUTE_LOCAL) != 0);
	return is_wrong ? OPX_FAIL(err, OPX_NOT_FOUND, GONE, "not on this host") : OPX_OK;
}

static enum opx_status handle(const struct opx_dispatcher *d, struct opx_request *rq,
			      const struct opx_routed *routed, struct opx_error *err)
{
	const struct opx_route *route = routed->route;
	OPX_TRY(check_host(rq, route, err));
	bool is_change = changes(rq->method) && (route->flags & OPX_ROUTE_NO_CSRF) == 0;
	if (is_change)
		OPX_TRY(check_origin(d, rq, err));
	enum opx_status status = d->hooks->enter(d->app, rq, routed, err);
	if (status == OPX_OK && is_change)
		status = check_csrf(rq, route, err);
	if (status == OPX_OK)
		status = route->handle(rq, routed->self, err);
	return d->hooks->leave(d->app, rq, status, err);
}

static void log_end(const struct opx_request *rq, const char *route, enum opx_status status,
		    const struct opx_error *err)
{
	int64_t us = opx_now(rq->clock).us - rq->at.us;
	if (status != OPX_OK) {
		enum opx_log_level level = status == OPX_INTERNAL || status == OPX_UNAVAILABLE ? OPX_ERROR
											       : OPX_INFO;
		opx_log_error(&rq->logger, level, "http.failed", err);
	}
	OPX_LOG(&rq->logger, OPX_INFO, "http.request", KV_I64("status", rq->response.status),
		KV_I64("us", us), KV_Z("route", route));
}

/* With a refused certificate every address of the card host is the page that says why; rq->path stays what was asked. */
static void be_refused(struct opx_request *rq)
{
	if (rq->method != OPX_HEAD)
		rq->method = OPX_GET;
	rq->segments[0] = OPX_STR("_cert");
	rq->n_segments = 1;
}

void opx_dispatch(const struct opx_dispatcher *d, struct opx_request *rq)
{
	struct opx_error err = { .status = OPX_OK };
	struct opx_str allow;
	if (rq->vhost == OPX_VHOST_REFUSED)
		be_refused(rq);
	const struct opx_routed *routed = opx_router_match(d->router, rq, &allow);
	enum opx_status status = OPX_OK;
	if (routed == NULL && allow.n > 0) {
		status = OPX_FAIL(&err, OPX_INVALID, N_("Cette adresse ne reçoit pas cette demande."),
				  "method not allowed");
		d->hooks->fault(d->app, rq, 405, &err);
		opx_respond_header(rq, "Allow", allow);
	} else if (routed == NULL) {
		status = OPX_FAIL(&err, OPX_NOT_FOUND, GONE, "no route");
		d->hooks->fault(d->app, rq, 404, &err);
	} else {
		status = handle(d, rq, routed, &err);
		if (status != OPX_OK)
			d->hooks->fault(d->app, rq, opx_http_code(status), &err);
	}
	OPX_ASSERT(rq->response.status != 0);
	log_end(rq, routed != NULL ? routed->route->path : "-", status, &err);
}
