/* SPDX-License-Identifier: MPL-2.0 */
/* cert.c: see cert.h. */
#include "cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/auto.h"

struct cert_issuers {
	X509 *certs[CERT_MAX_ISSUERS];
	struct opx_bytes der[CERT_MAX_ISSUERS];
	size_t n;
};

static void x509_freep(X509 **x)
{
	X509_free(*x);
}
#define AUTO_X509 __attribute__((cleanup(x509_freep))) X509 *

void cert_issuers_free(struct cert_issuers *issuers)
{
	if (issuers == NULL)
		return;
	for (size_t i = 0; i < issuers->n; i++) {
		X509_free(issuers->certs[i]);
		OPENSSL_free((void *)(uintptr_t)issuers->der[i].p);
	}
	free(issuers);
}

enum opx_status cert_issuers_load(const char *path, struct cert_issuers **ret, struct opx_error *err)
{
	OPX_AUTO_FILE f = fopen(path, "re");
	if (f == NULL)
		return OPX_FAIL(err, OPX_INVALID,
				N_("La liste des autorités acceptées ne peut pas être lue."),
				"cannot open %s", path);
	struct cert_issuers *issuers = calloc(1, sizeof(*issuers));
	OPX_ASSERT(issuers != NULL);
	X509 *x = NULL;
	while (issuers->n < CERT_MAX_ISSUERS && (x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
		unsigned char *der = NULL;
		int n = i2d_X509(x, &der);
		OPX_ASSERT(n > 0);
		issuers->certs[issuers->n] = x;
		issuers->der[issuers->n++] = (struct opx_bytes){ .p = der, .n = (size_t)n };
	}
	ERR_clear_error();
	if (issuers->n == 0) {
		cert_issuers_free(issuers);
		return OPX_FAIL(err, OPX_INVALID, N_("La liste des autorités acceptées est vide."),
				"no certificate in %s", path);
	}
	*ret = issuers;
	return OPX_OK;
}

size_t cert_issuers_count(const struct cert_issuers *issuers)
{
	return issuers->n;
}

struct opx_bytes cert_issuers_der(const struct cert_issuers *issuers, size_t i)
{
	return issuers->der[i];
}

static bool has_policy(X509 *x, const struct opx_str *policies, size_t n)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
	bool is_found = false;
	for (int i = 0; i < sk_POLICYINFO_num(list) && !is_found; i++) {
		char oid[128];
		int len = OBJ_obj2txt(oid, sizeof(oid), sk_POLICYINFO_value(list, i)->policyid, 1);
		for (size_t k = 0; k < n && len > 0 && (size_t)len < sizeof(oid); k++)
			is_found = is_found || opx_str_is(policies[k], oid);
	}
	CERTIFICATEPOLICIES_free(list);
	return is_found;
}

static bool is_strong(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	if (key == NULL)
		return false;
	int kind = EVP_PKEY_get_base_id(key);
	int bits = EVP_PKEY_get_bits(key);
	int digest = NID_undef;
	if (X509_get_signature_info(x, &digest, NULL, NULL, NULL) != 1)
		return false;
	bool is_key_good = (kind == EVP_PKEY_RSA && bits >= 2048) || (kind == EVP_PKEY_EC && bits >= 256) ||
			   kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_RSA_PSS;
	return is_key_good && digest != NID_sha1 && digest != NID_md5;
}

/* The one of ours whose key identifier is x's authority key and whose key verifies x; NULL: none. */
static X509 *issuer_of(const struct cert_issuers *issuers, X509 *x)
{
	const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(x);
	for (size_t i = 0; wanted != NULL && i < issuers->n; i++) {
		const ASN1_OCTET_STRING *key = X509_get0_subject_key_id(issuers->certs[i]);
		if (key != NULL && ASN1_OCTET_STRING_cmp(key, wanted) == 0 &&
		    X509_verify(x, X509_get0_pubkey(issuers->certs[i])) == 1)
			return issuers->certs[i];
	}
	ERR_clear_error();
	return NULL;
}

static void add_chain(struct opx_arena *arena, struct cert *cert, X509 *x)
{
	uint8_t digest[32];
	unsigned n = 0;
	if (cert->n_chain < CERT_MAX_CHAIN && X509_digest(x, EVP_sha256(), digest, &n) == 1)
		cert->chain[cert->n_chain++] =
			(struct opx_bytes){ .p = opx_arena_memdup(arena, digest, sizeof(digest)),
					    .n = sizeof(digest) };
}

static enum cert_fault chain_of(struct opx_arena *arena, const struct cert_issuers *issuers, X509 *x,
				struct cert *cert)
{
	add_chain(arena, cert, x);
	X509 *at = x;
	for (int depth = 0; depth < CERT_MAX_CHAIN; depth++) {
		if (X509_check_issued(at, at) == X509_V_OK) /* a root: the chain is whole */
			return depth > 0 ? CERT_GOOD : CERT_FOREIGN_ISSUER;
		X509 *issuer = issuer_of(issuers, at);
		if (issuer == NULL)
			return depth > 0 ? CERT_GOOD : CERT_FOREIGN_ISSUER;
		add_chain(arena, cert, issuer);
		at = issuer;
	}
	return CERT_GOOD;
}

/* What is wrong with a certificate that chains to an accepted issuer; the first fault found. */
static enum cert_fault fault_of(X509 *x, const struct cert *cert, const struct opx_str *policies,
				size_t n_policies, struct opx_instant now)
{
	uint32_t flags = X509_get_extension_flags(x);
	if (cert->id.serial.n == 0 || cert->id.issuer_key.n == 0)
		return CERT_FOREIGN_ISSUER;
	if ((flags & EXFLAG_CA) != 0 || (flags & EXFLAG_XKUSAGE) == 0 ||
	    (X509_get_extended_key_usage(x) & XKU_SSL_CLIENT) == 0)
		return CERT_WRONG_USE;
	if (!has_policy(x, policies, n_policies))
		return CERT_WRONG_POLICY;
	if (!is_strong(x))
		return CERT_WEAK_KEY;
	if (now.us < cert->id.not_before.us)
		return CERT_NOT_YET;
	return now.us > cert->id.not_after.us ? CERT_ENDED : CERT_GOOD;
}

void cert_read(struct opx_arena *arena, struct opx_bytes der, const struct cert_issuers *issuers,
	       const struct opx_str *policies, size_t n_policies, struct opx_instant now, struct cert *ret)
{
	*ret = (struct cert){ .fault = CERT_UNREADABLE };
	const unsigned char *p = der.p;
	if (der.n == 0 || der.n > 16384)
		return;
	AUTO_X509 x = d2i_X509(NULL, &p, (long)der.n);
	if (x == NULL || p != der.p + der.n) {
		ERR_clear_error();
		return;
	}
	opx_x509_id_of(arena, x, &ret->id);
	ret->fault = chain_of(arena, issuers, x, ret);
	if (ret->fault == CERT_GOOD)
		ret->fault = fault_of(x, ret, policies, n_policies, now);
	ERR_clear_error();
}
