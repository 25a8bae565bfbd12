/* SPDX-License-Identifier: MPL-2.0 */
/* crl.h: authorities and their lists of revoked certificates as the lanes need them: read, checked, taken apart. No I/O but
 * the file of authorities. */
#ifndef OPX_LANE_CRL_H
#define OPX_LANE_CRL_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

#define OPX_CRL_MAX_AUTHORITIES 32
#define OPX_CRL_MAX_BYTES ((size_t)10 << 20)
#define OPX_CRL_MAX_ENTRIES 200000

/* An authority whose list is followed; the certificate lives as long as the arena. */
struct opx_authority {
	X509 *x;
	struct opx_bytes der, key; /* key: its subject key identifier */
	struct opx_bytes parent_key, serial;
	struct opx_sha256 sha256;
	struct opx_str url; /* of its list */
};

/* The certificates of a PEM file, each with the URL at the same place in urls (separated by spaces). OPX_INVALID: they do
 * not agree in number, or one is not an authority. file "": none. */
OPX_MUST_USE enum opx_status opx_authorities_load(struct opx_arena *arena, const char *file, const char *urls,
						  struct opx_authority **ret, size_t *ret_n,
						  struct opx_error *err);

/* A list, checked. */
struct opx_crl {
	struct opx_instant this_update, next_update;
	struct opx_sha256 sha256;
	const struct opx_bytes *serials; /* big endian, no leading zero */
	const int64_t *revoked_at_us;
	size_t n;
};

/* Is der a list of that authority, in force at now? OPX_INVALID with the reason in the detail: not a list, another
 * authority's, wrong signature, not yet or no longer in force, an extension that it does not know. */
OPX_MUST_USE enum opx_status opx_crl_read(struct opx_arena *arena, struct opx_bytes der,
					  const struct opx_authority *authority, struct opx_instant now,
					  struct opx_crl *ret, struct opx_error *err);

#endif
