/* SPDX-License-Identifier: MPL-2.0 */
/* visit.h: one request's visitor: the session its cookie names, what its certificate still allows, the token of its forms. */
#ifndef OPX_APP_VISIT_H
#define OPX_APP_VISIT_H

#include <stdbool.h>

#include "base/error.h"
#include "db/db.h"
#include "opx/auth.h"
#include "opx/rights.h"
#include "plugin/context.h"

struct opx_ground;
struct opx_request;
struct opx_routed;

/* What one request holds beside its public context. In the request's arena. */
struct opx_visit {
	struct opx_context context; /* first: opx_context_of finds it */
	const struct opx_ground *ground;
	const struct opx_routed *routed; /* NULL: to no route */
	struct opx_session session;      /* context.session points here, or nowhere */
	struct opx_right_question question;
	struct opx_right_answer answer;
	struct opx_tx tx;
	void *ahead;   /* what the route's ahead received; the handler's when the right is given */
	bool is_asked; /* the right was asked with the session */
};

/* A visit of nobody yet, in rq->app: enough for the page of an error. db may be NULL, or away; routed may be NULL. */
struct opx_visit *opx_visit_new(const struct opx_ground *ground, const struct opx_page_maker *maker,
				struct opx_db *db, struct opx_request *rq, const struct opx_routed *routed);
/* Opens the transaction, on a database that is there, and finds the session; the route's right and what its handler asks first go with it where they can.
 * context.session stays NULL for a visitor without one. OPX_UNAUTHENTICATED: the session is one that no longer holds. */
OPX_MUST_USE enum opx_status opx_visit_begin(struct opx_visit *visit, struct opx_error *err);

#endif
