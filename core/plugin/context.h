/* SPDX-License-Identifier: MPL-2.0 */
/* context.h: what core attached to the request before the handler runs: database, session, registry, site, right.
 *
 * Handlers of core/page and the functions of the host table read it. It is made by core/app for each request and dies
 * with the request's arena.
 */
#ifndef OPX_PLUGIN_CONTEXT_H
#define OPX_PLUGIN_CONTEXT_H

#include <stdbool.h>

#include "base/date.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "opx/auth.h"
#include "opx/rights.h"

struct opx_arena;
struct opx_db;
struct opx_host;
struct opx_registry;
struct opx_plugins;
struct opx_request;
struct opx_route;
struct opx_site;
struct opx_tx;
struct opx_html;
struct opx_context;

/* Opens a page of the site for a handler that is not core's own (a plugin's), and ends it after the handler. */
struct opx_page_maker {
	struct opx_html *(*open)(const struct opx_page_maker *maker, struct opx_context *c, int http_status,
				 struct opx_str title);
	enum opx_status (*finish)(struct opx_context *c, struct opx_error *err);
	const void *pages;
};

/* Who has work once the request's transaction is committed (core/base/wake.h): bits, for opx_context_wakes(). */
enum opx_wakes {
	OPX_WAKES_NOBODY = 0,
	OPX_WAKES_SEAL = 1,
	OPX_WAKES_FILES = 2,
	OPX_WAKES_SIGN_IN = 4,
	OPX_WAKES_POST = 8,
	OPX_WAKES_MAKE = 16,
};

struct opx_context {
	struct opx_request *rq;
	struct opx_arena *arena; /* the request's */
	struct opx_db *
		db; /* in a transaction with the person's context: read only for GET unless the route writes */
	struct opx_tx *
		tx; /* the transaction itself: only for a handler that undoes what it tried (opx_page_undo) */
	const struct opx_logger *logger;
	const struct opx_clock *clock;
	const struct opx_random *random;
	const struct opx_site *site;
	const struct opx_host *host; /* for what core, too, keeps behind it: the pepper */
	const struct opx_registry *registry;
	const struct opx_plugins *plugins;
	const struct opx_session *session;    /* NULL: nobody signed in */
	const struct opx_right_answer *right; /* of this route; NULL for PUBLIC and SIGNED_IN */
	const struct opx_right_question *question;
	const struct opx_page_maker *maker;
	void *open_page;    /* of maker; NULL: none was opened */
	void *ahead;        /* what the route's ahead received; NULL: nothing */
	bool wrote_nothing; /* a route that may write has only read: its transaction ends as a reading one */
	bool says_whom;     /* the handler has called opx_context_wakes() */
	unsigned wakes;     /* whom it has named, enum opx_wakes; woken after the commit */
};

/* Says whom a change gives work to: all that a request says are woken after its commit. After a change that says nothing,
 * everybody is. */
static inline void opx_context_wakes(struct opx_context *c, unsigned whom)
{
	c->says_whom = true;
	c->wakes |= whom;
}

/* Never NULL inside a handler. */
struct opx_context *opx_context_of(struct opx_request *rq);

/* Opens a session for an identity that a door proved, and sets its cookie; the oldest beyond the limit end. */
OPX_MUST_USE enum opx_status opx_session_begin(struct opx_request *rq, const struct opx_identity *id,
					       struct opx_error *err);

#endif
