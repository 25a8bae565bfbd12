/* SPDX-License-Identifier: MPL-2.0 */
/* codec.h: bytes as text in the forms the formats name: hex, base64 (RFC 4648 section 4), base32, Crockford base32, percent.
 *
 * Decoders accept only the canonical form (lower-case hex, padded base64 with unused bits zero).
 */
#ifndef OPX_BASE_CODEC_H
#define OPX_BASE_CODEC_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

/* ret has room for 2 * n + 1. */
void opx_hex(const uint8_t *data, size_t n, char *ret);
struct opx_str opx_hex_str(struct opx_arena *arena, struct opx_bytes data);
/* Exactly n bytes from 2 * n lower-case digits. */
OPX_MUST_USE enum opx_status opx_unhex(struct opx_str text, uint8_t *ret, size_t n, struct opx_error *err);
struct opx_str opx_base64(struct opx_arena *arena, struct opx_bytes data);
OPX_MUST_USE enum opx_status opx_unbase64(struct opx_arena *arena, struct opx_str text, struct opx_bytes *ret,
					  struct opx_error *err);
/* Lower case without padding, RFC 4648 alphabet: 16 bytes give 26 characters (log origins). */
struct opx_str opx_base32(struct opx_arena *arena, struct opx_bytes data);
/* Crockford alphabet, upper case, n_chars characters from the leading bits of data (5 a character). */
struct opx_str opx_crockford(struct opx_arena *arena, struct opx_bytes data, size_t n_chars);
/* What a person typed: spaces and hyphens dropped, O to 0, I and L to 1, upper case. OPX_INVALID for anything else. */
OPX_MUST_USE enum opx_status opx_crockford_normalise(struct opx_arena *arena, struct opx_str typed,
						     size_t n_chars, struct opx_str *ret,
						     struct opx_error *err);
/* Percent-decodes into the arena; '+' becomes a space when plus_is_space. A bad escape is OPX_INVALID; NUL may result. */
OPX_MUST_USE enum opx_status opx_percent_decode(struct opx_arena *arena, struct opx_bytes in,
						bool plus_is_space, struct opx_bytes *ret,
						struct opx_error *err);
/* Everything but RFC 3986 unreserved is escaped. */
struct opx_str opx_percent_encode(struct opx_arena *arena, struct opx_bytes in);

#endif
