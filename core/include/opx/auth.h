/* SPDX-License-Identifier: MPL-2.0 */
/* auth.h: a door on the sign-in page, and the identity that it proved. */
#ifndef OPX_AUTH_H
#define OPX_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_request;
struct opx_html;
struct opx_db;

/* What a person is proved by (security 3.4): L0 code and mail, L1 two factors, L2 hardware key, L3 signature. */
enum opx_auth_level { OPX_L0, OPX_L1, OPX_L2, OPX_L3 };

/* What core knows of the person who asks. Read only. */
struct opx_session {
	int64_t id, account, person, credential; /* credential 0: none */
	struct opx_str name;                     /* "Mme Jeanne Ferrand" */
	struct opx_str auth_kind;                /* "x509", "code+mail", … */
	enum opx_auth_level level;
	struct opx_instant auth_at;
	uint8_t token_sha256[32]; /* auth.session of bodies */
	uint8_t csrf_secret[32];
	bool is_card_host;
	bool has_certificate;
	uint8_t cert_sha256[32];
	struct opx_str capacities; /* role codes joined by ',' : "expert", "judge,court_admin" */
	/* May only read: the revocation list is stale but inside its nextUpdate (security 4.5). */
	bool is_read_only;
	struct opx_str banner; /* sentence for the person, or empty */
};

/* What a door hands to session_open. */
struct opx_identity {
	int64_t account, person, credential;
	const char *auth_kind; /* evidence-format 2.6 */
	enum opx_auth_level level;
	bool has_certificate;
	uint8_t cert_sha256[32];
	struct opx_bytes chain[4]; /* SHA-256 (32 bytes) of each certificate, leaf to root */
	size_t n_chain;
};

enum opx_standing { OPX_STANDING_GOOD, OPX_STANDING_READ_ONLY, OPX_STANDING_REFUSED };

struct opx_auth_door {
	uint32_t size;
	const char *name;      /* "auth-card" */
	const char *auth_kind; /* the sessions it answers for: "x509" */
	bool on_card_host;
	/* At each request of a session that this door opened, inside core's first round trip's answer: is the means still
	 * good (revoked? same certificate?). For REFUSED, *ret_sentence says why. May be NULL: always good. */
	enum opx_status (*standing)(void *self, struct opx_request *rq, const struct opx_session *session,
				    enum opx_standing *ret, struct opx_str *ret_sentence, struct opx_error *err);
};

#endif
