/* SPDX-License-Identifier: MPL-2.0 */
/* route.h: a page or an act at an address, and the right that is asked before it. A route without a right cannot be
 * registered. */
#ifndef OPX_ROUTE_H
#define OPX_ROUTE_H

#include <stdint.h>

#include "base/error.h"
#include "opx/rights.h"

struct opx_db;
struct opx_request;

enum opx_method { OPX_GET, OPX_HEAD, OPX_POST, OPX_PATCH, OPX_DELETE, OPX_OPTIONS };

enum opx_right_kind {
	OPX_RIGHT_UNSET = 0,    /* refused at registration */
	OPX_RIGHT_IS_PUBLIC,    /* anybody, signed in or not */
	OPX_RIGHT_IS_SIGNED_IN, /* the person's own by construction: sessions, sign-out */
	OPX_RIGHT_IS_NAMED, /* an (object, action) of the matrix; object "@" is resolved from the subject */
	OPX_RIGHT_IS_TRANSITION /* resolved from the row of procedure.h that the path names */
};

struct opx_right_name {
	enum opx_right_kind kind;
	const char *object, *action;
};

#define OPX_RIGHT(o, a)                      \
	{                                    \
		OPX_RIGHT_IS_NAMED, (o), (a) \
	}
#define OPX_RIGHT_PUBLIC                        \
	{                                       \
		OPX_RIGHT_IS_PUBLIC, NULL, NULL \
	}
#define OPX_RIGHT_SIGNED_IN                        \
	{                                          \
		OPX_RIGHT_IS_SIGNED_IN, NULL, NULL \
	}
#define OPX_RIGHT_TRANSITION                        \
	{                                           \
		OPX_RIGHT_IS_TRANSITION, NULL, NULL \
	}
/* Reading, depositing: the kind comes from the document or the draft. */
#define OPX_RIGHT_KIND_READ                     \
	{                                       \
		OPX_RIGHT_IS_NAMED, "@", "read" \
	}
#define OPX_RIGHT_KIND_DEPOSIT                     \
	{                                          \
		OPX_RIGHT_IS_NAMED, "@", "deposit" \
	}

enum opx_route_flags {
	OPX_ROUTE_WRITES = 1,   /* a GET whose transaction is not read only (an opening) */
	OPX_ROUTE_UPLOAD = 2,   /* its body is read by the handler, as a stream */
	OPX_ROUTE_CARD = 4,     /* on the card host only */
	OPX_ROUTE_OPEN = 8,     /* on the main host only */
	OPX_ROUTE_NO_CSRF = 16, /* CSP reports: no session, nothing changed */
	OPX_ROUTE_REFUSED = 32, /* the page of a certificate that nginx refused, and nothing else */
	OPX_ROUTE_LOCAL = 64,   /* on the plain loopback port, and nothing else there */
};

/* What a handler asks first, asked in the round trip that finds the session and asks the right. These statements only read, and say by
 * the person of the context whom they are asked for: they run before the right is known. They and what stands before them are one
 * transaction, which ends with them: a handler that then writes begins another. */
struct opx_ahead {
	uint32_t size;
	enum opx_status (*send)(struct opx_request *rq, void *self, struct opx_db *db, struct opx_error *err);
	/* *ret is kept until the right is given. A failure is nobody's: the handler asks again. */
	enum opx_status (*recv)(struct opx_request *rq, void *self, struct opx_db *db, void **ret,
				struct opx_error *err);
};

struct opx_route {
	uint32_t size;
	enum opx_method method;
	const char *path; /* "/dossiers/:dossier": a segment that begins with ':' is a parameter */
	struct opx_right_name right;
	enum opx_subject subject;
	const char *
		subject_param; /* name of the parameter that holds it: NULL takes :dossier, :document, … by subject */
	unsigned flags;
	/* Returns OPX_OK when the answer is complete: then core commits and sends it. */
	enum opx_status (*handle)(struct opx_request *rq, void *self, struct opx_error *err);
	/* Since 1.5; NULL: nothing. Its result is the handler's through rq_ahead (host.h). */
	const struct opx_ahead *ahead;
};

#endif
