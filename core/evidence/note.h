/* SPDX-License-Identifier: MPL-2.0 */
/* note.h: signed heads of logs: C2SP checkpoints in signed notes, Ed25519 (evidence-format 4.1 to 4.3). */
#ifndef OPX_EVIDENCE_NOTE_H
#define OPX_EVIDENCE_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

#define OPX_NOTE_MAX_BYTES 4096
#define OPX_NOTE_MAX_SIGNATURES 8

struct opx_head {
	struct opx_str origin;
	uint64_t size;
	struct opx_sha256 root;
};

/* A verifier key: its name is the origin it signs for. */
struct opx_vkey {
	struct opx_str name;
	uint8_t key[32];
};

/* SHA-256(name || LF || 0x01 || key), first 4 bytes. */
void opx_key_id(struct opx_str name, const uint8_t key[32], uint8_t ret[4]);
/* "name+keyid+base64(0x01 || key)" */
struct opx_str opx_vkey_format(struct opx_arena *arena, const struct opx_vkey *key);
OPX_MUST_USE enum opx_status opx_vkey_parse(struct opx_arena *arena, struct opx_str line,
					    struct opx_vkey *ret, struct opx_error *err);

/* The public half of an Ed25519 key. OPX_INVALID for another kind. */
OPX_MUST_USE enum opx_status opx_ed25519_public(EVP_PKEY *key, uint8_t ret[32], struct opx_error *err);
OPX_MUST_USE enum opx_status opx_ed25519_sign(EVP_PKEY *key, struct opx_bytes text, uint8_t ret[64],
					      struct opx_error *err);
bool opx_ed25519_check(const uint8_t key[32], struct opx_bytes text, const uint8_t signature[64]);

/* The note of a head, signed by one or two keys (while they overlap), lines sorted by key id. */
OPX_MUST_USE enum opx_status opx_note_sign(struct opx_arena *arena, const struct opx_head *head,
					   EVP_PKEY *const *keys, size_t n_keys, struct opx_bytes *ret,
					   struct opx_error *err);
/* Reads a note in its only form and checks it: every line whose name and id match one of keys verifies, and there is one
 * at least; lines of unknown keys are passed over. OPX_INVALID: malformed; OPX_FORBIDDEN: not signed by keys. */
OPX_MUST_USE enum opx_status opx_note_open(struct opx_arena *arena, struct opx_bytes note,
					   const struct opx_vkey *keys, size_t n_keys, struct opx_head *ret,
					   struct opx_error *err);

#endif
