/* SPDX-License-Identifier: MPL-2.0 */
/* x509_id.h: who a certificate says it is: issuer key identifier, serial and SHA-256, which identify; names, which only inform.
 *
 * Nothing here trusts or verifies: nginx and plugins/auth-card do.
 */
#ifndef OPX_BASE_X509_ID_H
#define OPX_BASE_X509_ID_H

#include <stdint.h>

#include <openssl/types.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

struct opx_x509_id {
	uint8_t sha256[32];
	struct opx_bytes issuer_key; /* authority key identifier; empty: none */
	struct opx_bytes serial;     /* big endian, no leading zero; empty: zero or unreadable */
	struct opx_instant not_before, not_after;
	struct opx_str subject, issuer, mail, given_name,
		family_name; /* one line of checked text each; may be empty */
};

/* Fills *ret from a certificate; texts and bytes are the arena's. */
void opx_x509_id_of(struct opx_arena *arena, X509 *x, struct opx_x509_id *ret);
/* The only certificate of a PEM file, and its DER. OPX_NOT_FOUND: no such file; OPX_INVALID: not one certificate. */
OPX_MUST_USE enum opx_status opx_x509_id_load(struct opx_arena *arena, const char *path,
					      struct opx_x509_id *ret, struct opx_bytes *ret_der,
					      struct opx_error *err);

#endif
