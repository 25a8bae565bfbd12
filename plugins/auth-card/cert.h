/* SPDX-License-Identifier: MPL-2.0 */
/* cert.h: from the DER of a client certificate to an identity: issuer key identifier, serial, SHA-256, never a name.
 *
 * nginx verified the chain at the handshake; this module decides whether the certificate was meant for this door.
 */
#ifndef AUTH_CARD_CERT_H
#define AUTH_CARD_CERT_H

#include <opx/plugin.h>

#include "base/x509_id.h"

#define CERT_MAX_ISSUERS 16
#define CERT_MAX_POLICIES 8
#define CERT_MAX_CHAIN 4

struct cert_issuers;

/* PEM of the accepted issuing authorities and their roots. *ret is the caller's. OPX_INVALID: unreadable or empty. */
OPX_MUST_USE enum opx_status cert_issuers_load(const char *path, struct cert_issuers **ret,
					       struct opx_error *err);
void cert_issuers_free(struct cert_issuers *issuers);
size_t cert_issuers_count(const struct cert_issuers *issuers);
/* DER of one of them, borrowed. */
struct opx_bytes cert_issuers_der(const struct cert_issuers *issuers, size_t i);

enum cert_fault {
	CERT_GOOD,
	CERT_UNREADABLE,
	CERT_FOREIGN_ISSUER, /* its authority is not one of ours, or did not sign it */
	CERT_WRONG_USE,      /* no clientAuth, or a CA */
	CERT_WRONG_POLICY,
	CERT_WEAK_KEY, /* under RSA 2048 or P-256, or a SHA-1 signature */
	CERT_NOT_YET,
	CERT_ENDED,
};

struct cert {
	enum cert_fault fault;
	struct opx_x509_id id;
	struct opx_bytes chain[CERT_MAX_CHAIN]; /* SHA-256 of each, leaf to root */
	size_t n_chain;
};

/* Never fails on bytes: the fault says it. policies: dotted OIDs, n of them; at least one must be in the certificate. */
void cert_read(struct opx_arena *arena, struct opx_bytes der, const struct cert_issuers *issuers,
	       const struct opx_str *policies, size_t n_policies, struct opx_instant now, struct cert *ret);

#endif
