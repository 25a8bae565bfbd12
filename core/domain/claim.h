/* SPDX-License-Identifier: MPL-2.0 */
/* claim.h: the holder of a valid but unknown certificate asks for an account; an administrator of his court or compagnie decides. */
#ifndef OPX_DOMAIN_CLAIM_H
#define OPX_DOMAIN_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_db;

struct opx_claim {
	uint8_t cert_sha256[32];
	struct opx_bytes issuer_key, serial;
	struct opx_str subject, title, given_name, family_name, mail, role; /* role: expert, judge or clerk */
	struct opx_instant not_after;
	int64_t court, compagnie; /* 0: none */
};

/* What one certificate may send in a day: a request that was taken back leaves room for another, not for a thousand. */
#define OPX_CLAIMS_A_DAY 5

/* Writes the request; a second one of a certificate that waits is the first. OPX_INVALID: no court nor compagnie. OPX_CONFLICT:
 * OPX_CLAIMS_A_DAY are sent. */
OPX_MUST_USE enum opx_status opx_claim_make(struct opx_db *db, const struct opx_claim *claim,
					    struct opx_error *err);

/* Opens the account (or adds the certificate to the one of the same address and family name: a spare key), with its capacity. The
 * right was asked on the claim. OPX_CONFLICT: decided already, or the address or the certificate is somebody else's: the caller rolls
 * back. *ret_name: of the person. */
OPX_MUST_USE enum opx_status opx_claim_approve(struct opx_db *db, int64_t claim, int64_t by,
					       struct opx_str *ret_name, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_claim_refuse(struct opx_db *db, int64_t claim, int64_t by,
					      struct opx_str reason, struct opx_str *ret_name,
					      struct opx_error *err);

#endif
