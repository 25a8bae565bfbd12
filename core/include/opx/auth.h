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

/* "L0" to "L3", as bodies and rows say it. */
static inline struct opx_str opx_level_name(enum opx_auth_level level)
{
	static const char *const names[] = { "L0", "L1", "L2", "L3" };
	return opx_str_z(names[level]);
}

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
	/* Since 1.4. When the list was last had, for is_read_only; what of the service is in trouble, or empty: "clock", "seal",
	 * "timestamp". */
	struct opx_instant stale_since;
	struct opx_str trouble;
	struct opx_instant trouble_since;
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

enum opx_certificate_standing {
	OPX_CERT_NONE,    /* the connection has none */
	OPX_CERT_KNOWN,   /* identity is filled */
	OPX_CERT_UNKNOWN, /* valid, of an accepted issuer, but no account: a claim may be made */
	OPX_CERT_REVOKED,
	OPX_CERT_EXPIRED,
	OPX_CERT_REFUSED,   /* not meant for this use: policy, key usage, issuer */
	OPX_CERT_SUSPENDED, /* the account is suspended */
	OPX_CERT_UNSURE,    /* its revocation list cannot be had, past its nextUpdate */
};

/* What a certificate says, and whether it opens the door. */
struct opx_certificate_proof {
	enum opx_certificate_standing standing;
	struct opx_identity identity;   /* KNOWN */
	struct opx_str subject, issuer; /* common names, for the person */
	struct opx_instant not_after;
	uint8_t sha256[32];
	struct opx_bytes issuer_key, serial; /* authority key identifier; serial without leading zeros */
	struct opx_str mail, given_name, family_name; /* as the certificate has them; may be empty */
	bool is_stale; /* revocation list over 5 minutes old, inside its nextUpdate: reading only */
	/* Since 1.4. One or two English words for the log when it opens nothing (NULL: the standing says all), and for UNSURE: no
	 * list of its issuer was ever seen, one may come in a moment. */
	const char *why;
	bool is_unseen;
};

struct opx_code_progress {
	bool is_open;        /* a transaction of this browser waits for a code */
	struct opx_str mail; /* masked: "r•••••t@exemple.fr" */
	struct opx_instant sent_at, expires_at;
	struct opx_str control_word;
	int64_t invitation; /* 0: a plain sign-in */
	bool is_slow;       /* the relay defers: the code may take a while */
	/* Since 1.4. No code left: too many tries or codes; the hour when it opens again, as a person reads it ("à 10 h 12"). */
	bool is_shut;
	struct opx_str opens;
};

enum opx_code_outcome {
	OPX_CODE_RIGHT,
	OPX_CODE_WRONG,
	OPX_CODE_INCOMPLETE,
	OPX_CODE_EXPIRED,
	OPX_CODE_DEAD
};

struct opx_code_answer {
	enum opx_code_outcome outcome;
	int32_t tries_left;
	struct opx_identity identity; /* RIGHT and invitation 0 */
	int64_t invitation;
	uint8_t transaction_sha256[32]; /* auth.session of member.accept */
	struct opx_str opens; /* since 1.4, DEAD: the hour when a new code may be asked; empty: at once */
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
				    enum opx_standing *ret, struct opx_str *ret_sentence,
				    struct opx_error *err);

	/* Doors by certificate: what this connection's certificate proves. NULL for the others. */
	enum opx_status (*identify)(void *self, struct opx_request *rq, struct opx_certificate_proof *ret,
				    struct opx_error *err);

	/* Doors by code; NULL for the others. Each runs in the request's transaction.
	 * begin: identifier and access code as typed. It always succeeds in the same way, right or not (core makes the time
	 * of the answer equal); when both are right a code leaves by mail. The transaction cookie is set in every case. */
	enum opx_status (*begin)(void *self, struct opx_request *rq, struct opx_str identifier,
				 struct opx_str access_code, struct opx_error *err);
	/* The same without an access code, for an invitation whose letter code was right: a code leaves for mail. */
	enum opx_status (*begin_invitation)(void *self, struct opx_request *rq, int64_t invitation,
					    struct opx_str mail, struct opx_error *err);
	/* What the transaction of this browser waits for. */
	enum opx_status (*progress)(void *self, struct opx_request *rq, struct opx_code_progress *ret,
				    struct opx_error *err);
	/* Another code for the same transaction. OPX_CONFLICT: too soon or too many, with the hour in the sentence. */
	enum opx_status (*again)(void *self, struct opx_request *rq, struct opx_error *err);
	/* The code as typed; counts a try before it compares. */
	enum opx_status (*answer)(void *self, struct opx_request *rq, struct opx_str typed,
				  struct opx_code_answer *ret, struct opx_error *err);
	/* Draws the access code of an account, replaces the former, and gives it back to be shown once: "ABCD-EFGH-JKMN-PQRS". */
	enum opx_status (*issue_access_code)(void *self, struct opx_request *rq, int64_t account,
					     struct opx_str *ret, struct opx_error *err);
};

#endif
