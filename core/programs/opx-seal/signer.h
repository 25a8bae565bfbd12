/* SPDX-License-Identifier: MPL-2.0 */
/* signer.h: the two keys of opx-seal: the log's (Ed25519, heads) and the seal's (P-256 or RSA-3072, made files). */
#ifndef OPX_SEAL_SIGNER_H
#define OPX_SEAL_SIGNER_H

#include <openssl/x509.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"
#include "evidence/note.h"

struct opx_arena;

/* Zeroed: nothing loaded. */
struct opx_signer {
	EVP_PKEY *log_key, *seal_key;
	uint8_t log_public[32];
	X509 *certificate;
	STACK_OF(X509) * chain; /* what stands behind it in its file */
};

/* Reads the three PEM files. OPX_UNAVAILABLE: a file cannot be read; OPX_INVALID: not such a key, a certificate that is not
 * the key's or may not sign. */
OPX_MUST_USE enum opx_status opx_signer_load(struct opx_signer *signer, const char *log_key,
					     const char *seal_key, const char *certificate,
					     struct opx_error *err);
void opx_signer_done(struct opx_signer *signer);
/* The note of a head, byte for byte the same each time. */
OPX_MUST_USE enum opx_status opx_signer_note(const struct opx_signer *signer, struct opx_arena *arena,
					     const struct opx_head *head, struct opx_bytes *ret,
					     struct opx_error *err);
/* Is this the note of that head, signed by the log's key? *ret gets its root. OPX_INVALID, OPX_FORBIDDEN. */
OPX_MUST_USE enum opx_status opx_signer_check_note(const struct opx_signer *signer, struct opx_arena *arena,
						   struct opx_str origin, int64_t size, struct opx_bytes note,
						   struct opx_head *ret, struct opx_error *err);
/* A detached CMS signature, CAdES-B, over a file of which only the SHA-256 is known; DER. */
OPX_MUST_USE enum opx_status opx_signer_seal(const struct opx_signer *signer, struct opx_arena *arena,
					     const struct opx_sha256 *digest, struct opx_bytes *ret,
					     struct opx_error *err);

#endif
