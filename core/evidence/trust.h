/* SPDX-License-Identifier: MPL-2.0 */
/* trust.h: judges RFC 3161 tokens, seals and certificates at a given moment, by roots from outside and the certificates and
 * revocation lists that travel with the proof (evidence-format 4.4, 4.5, 5.5). No network.
 */
#ifndef OPX_EVIDENCE_TRUST_H
#define OPX_EVIDENCE_TRUST_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"
#include "base/x509_id.h"

struct opx_arena;

#define OPX_TRUST_MAX 4000

/* GOOD: every rule holds. UNKNOWN: the signature holds, its certificate's revocation status is not to be known. */
enum opx_judgment { OPX_JUDGED_GOOD, OPX_JUDGED_UNKNOWN, OPX_JUDGED_BAD };

struct opx_trust;
/* The caller frees. */
struct opx_trust *opx_trust_new(void);
void opx_trust_free(struct opx_trust *trust);
/* Certificates and CRLs that travel with the proof (DER, nothing after). */
OPX_MUST_USE enum opx_status opx_trust_add_cert(struct opx_trust *trust, struct opx_bytes der,
						struct opx_error *err);
OPX_MUST_USE enum opx_status opx_trust_add_crl(struct opx_trust *trust, struct opx_bytes der,
					       struct opx_error *err);

/* Roots, from outside: certificates in PEM. The caller frees. */
struct opx_roots;
OPX_MUST_USE enum opx_status opx_roots_load(struct opx_bytes pem, struct opx_roots **ret,
					    struct opx_error *err);
void opx_roots_free(struct opx_roots *roots);

struct opx_token {
	enum opx_judgment judgment;
	const char *reason; /* French; "" when good */
	struct opx_instant gen;
	int64_t accuracy_us;
	struct opx_instant ends; /* when the first certificate of its chain ends */
	struct opx_sha256 imprint;
	bool is_read; /* gen, accuracy and imprint are known */
};
/* A token over the bytes whose hash is *over (NULL: whatever it is over). is_bare: a ContentInfo, as in ASiC, with nothing
 * that the signature leaves open: each of its certificates is one of trust's. */
void opx_token_judge(const struct opx_trust *trust, const struct opx_roots *roots, struct opx_bytes der,
		     bool is_bare, const struct opx_sha256 *over, struct opx_token *ret);

struct opx_judged {
	enum opx_judgment judgment;
	const char *reason;     /* French; "" when good */
	struct opx_sha256 cert; /* of the signer */
};
/* Detached CAdES-B by one signer over content; with needs_eseal, its certificate says QcType eseal. */
void opx_signature_judge(const struct opx_trust *trust, const struct opx_roots *roots, struct opx_bytes der,
			 struct opx_bytes content, struct opx_instant at, bool needs_eseal,
			 struct opx_judged *ret);
/* The certificate with that hash, at a moment, by that revocation list and no other (NULL: none is known). */
void opx_certificate_judge(const struct opx_trust *trust, const struct opx_roots *roots,
			   const struct opx_sha256 *cert, const struct opx_sha256 *crl, struct opx_instant at,
			   struct opx_judged *ret);
/* Who the certificate with that hash says it is; false: it is not there. */
bool opx_certificate_identify(const struct opx_trust *trust, struct opx_arena *arena,
			      const struct opx_sha256 *cert, struct opx_x509_id *ret);

#endif
