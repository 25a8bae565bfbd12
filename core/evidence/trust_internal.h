/* SPDX-License-Identifier: MPL-2.0 */
/* trust_internal.h: what trust.c, token.c and signature.c share. */
#ifndef OPX_EVIDENCE_TRUST_INTERNAL_H
#define OPX_EVIDENCE_TRUST_INTERNAL_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "evidence/trust.h"

struct opx_trust {
	STACK_OF(X509) * certs;
	STACK_OF(X509_CRL) * crls;
};
struct opx_roots {
	STACK_OF(X509) * certs;
};

/* Seconds since 1970, floor: OpenSSL judges whole seconds. */
static inline time_t opx_trust_seconds(struct opx_instant t)
{
	int64_t s = t.us / 1000000;
	return (time_t)(t.us < 0 && t.us % 1000000 != 0 ? s - 1 : s);
}
/* A store of the roots, judging at a moment; crl: the one list to look into (NULL: revocation is not asked). */
X509_STORE *opx_trust_store(const struct opx_roots *roots, X509_CRL *crl, time_t at, int purpose);
/* The list of the certificate's issuer with the latest thisUpdate <= at and nextUpdate >= at; NULL. */
X509_CRL *opx_trust_crl(const struct opx_trust *trust, X509 *cert, time_t at);
/* A time of a certificate; false when it is not one. */
bool opx_trust_time(const ASN1_TIME *t, time_t *ret);
/* Chain at a moment, then revocation by crl. ret_ends may be NULL. */
enum opx_judgment opx_trust_chain(const struct opx_trust *trust, const struct opx_roots *roots, X509 *cert,
				  X509_CRL *crl, time_t at, int purpose, time_t *ret_ends,
				  const char **ret_reason);

#endif
