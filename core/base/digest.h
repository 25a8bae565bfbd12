/* SPDX-License-Identifier: MPL-2.0 */
/* digest.h: SHA-256 and SHA-512, at once or in pieces (libcrypto underneath), HMAC-SHA-256, scrypt, constant-time compare. */
#ifndef OPX_BASE_DIGEST_H
#define OPX_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_sha256 {
	uint8_t b[32];
};
struct opx_sha512 {
	uint8_t b[64];
};

struct opx_sha256 opx_sha256(struct opx_bytes data);
struct opx_sha512 opx_sha512(struct opx_bytes data);
/* SHA-256 of a || b || c; unused parts are empty. */
struct opx_sha256 opx_sha256_parts(struct opx_bytes a, struct opx_bytes b, struct opx_bytes c);
void opx_sha256_hex(const struct opx_sha256 *d, char ret[65]);
void opx_sha512_hex(const struct opx_sha512 *d, char ret[129]);
OPX_MUST_USE enum opx_status opx_sha256_unhex(struct opx_str text, struct opx_sha256 *ret,
					      struct opx_error *err);

/* Both digests in one pass over pieces. The caller owns and frees. */
struct opx_hasher;
struct opx_hasher *opx_hasher_new(void);
void opx_hasher_free(struct opx_hasher *h);
void opx_hasher_add(struct opx_hasher *h, const void *data, size_t n);
void opx_hasher_end(struct opx_hasher *h, struct opx_sha256 *ret_256, struct opx_sha512 *ret_512);

struct opx_sha256 opx_hmac_sha256(struct opx_bytes key, struct opx_bytes data);
/* scrypt, r = 8, p = 1, 32 bytes out; n_log2 14 for mail codes, 15 for access codes (security 6.4). */
OPX_MUST_USE enum opx_status opx_scrypt(struct opx_bytes secret, struct opx_bytes salt, unsigned n_log2,
					uint8_t ret[32], struct opx_error *err);
/* CRYPTO_memcmp. */
bool opx_secret_eq(const void *a, const void *b, size_t n);

#endif
