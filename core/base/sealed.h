/* SPDX-License-Identifier: MPL-2.0 */
/* sealed.h: a short secret encrypted for another of our processes: AES-256-GCM under a key that both read from a file.
 *
 * Layout: 12 random bytes (nonce), the ciphertext, 16 bytes (tag). context is authenticated and not stored: it says what the
 * secret is for, so that one cannot be put in the place of another.
 */
#ifndef OPX_BASE_SEALED_H
#define OPX_BASE_SEALED_H

#include "base/error.h"
#include "base/random.h"
#include "base/str.h"

struct opx_arena;

#define OPX_SEALED_KEY_BYTES 32
#define OPX_SEALED_EXTRA_BYTES 28 /* a sealed secret is longer by so much */

/* The result lives in the arena. */
struct opx_bytes opx_sealed_close(struct opx_arena *arena, const struct opx_random *random,
				  const uint8_t key[OPX_SEALED_KEY_BYTES], struct opx_str context,
				  struct opx_bytes plain);
/* The plain text goes to the caller's buffer of max bytes, which he wipes. OPX_INVALID: another key or context, or changed;
 * OPX_TOO_LARGE: the buffer is too small. */
OPX_MUST_USE enum opx_status opx_sealed_open(const uint8_t key[OPX_SEALED_KEY_BYTES], struct opx_str context,
					     struct opx_bytes sealed, uint8_t *ret, size_t max, size_t *ret_n,
					     struct opx_error *err);

#endif
