/* SPDX-License-Identifier: MPL-2.0 */
/* trust.c: certificates, their chains and their revocation. */
#include "evidence/trust.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "evidence/trust_internal.h"

#define BAD_CERT N_("Un certificat n’est pas lisible.")
#define BAD_CRL N_("Une liste de révocation n’est pas lisible.")

struct opx_trust *opx_trust_new(void)
{
	struct opx_trust *trust = OPENSSL_zalloc(sizeof(*trust));
	OPX_ASSERT(trust != NULL);
	trust->certs = sk_X509_new_null();
	trust->crls = sk_X509_CRL_new_null();
	OPX_ASSERT(trust->certs != NULL && trust->crls != NULL);
	return trust;
}

void opx_trust_free(struct opx_trust *trust)
{
	if (trust == NULL)
		return;
	sk_X509_pop_free(trust->certs, X509_free);
	sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
	OPENSSL_free(trust);
}

enum opx_status opx_trust_add_cert(struct opx_trust *trust, struct opx_bytes der, struct opx_error *err)
{
	const uint8_t *p = der.p;
	X509 *cert = der.n < 65536 && sk_X509_num(trust->certs) < OPX_TRUST_MAX
			     ? d2i_X509(NULL, &p, (long)der.n)
			     : NULL;
	if (cert == NULL || p != der.p + der.n) {
		X509_free(cert);
		ERR_clear_error();
		return OPX_FAIL(err, OPX_INVALID, BAD_CERT, "certificate of %zu bytes", der.n);
	}
	OPX_ASSERT(sk_X509_push(trust->certs, cert) > 0);
	return OPX_OK;
}

enum opx_status opx_trust_add_crl(struct opx_trust *trust, struct opx_bytes der, struct opx_error *err)
{
	const uint8_t *p = der.p;
	X509_CRL *crl = der.n < ((size_t)1 << 26) && sk_X509_CRL_num(trust->crls) < OPX_TRUST_MAX
				? d2i_X509_CRL(NULL, &p, (long)der.n)
				: NULL;
	if (crl == NULL || p != der.p + der.n) {
		X509_CRL_free(crl);
		ERR_clear_error();
		return OPX_FAIL(err, OPX_INVALID, BAD_CRL, "revocation list of %zu bytes", der.n);
	}
	OPX_ASSERT(sk_X509_CRL_push(trust->crls, crl) > 0);
	return OPX_OK;
}

enum opx_status opx_roots_load(struct opx_bytes pem, struct opx_roots **ret, struct opx_error *err)
{
	BIO *bio = BIO_new_mem_buf(pem.p, pem.n < INT32_MAX ? (int)pem.n : 0);
	struct opx_roots *roots = OPENSSL_zalloc(sizeof(*roots));
	OPX_ASSERT(bio != NULL && roots != NULL);
	roots->certs = sk_X509_new_null();
	OPX_ASSERT(roots->certs != NULL);
	X509 *cert = NULL;
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		OPX_ASSERT(sk_X509_push(roots->certs, cert) > 0);
	BIO_free(bio);
	ERR_clear_error();
	if (sk_X509_num(roots->certs) == 0) {
		opx_roots_free(roots);
		return OPX_FAIL(err, OPX_INVALID, N_("Le fichier des racines ne contient aucun certificat."),
				"no certificate in PEM");
	}
	*ret = roots;
	return OPX_OK;
}

void opx_roots_free(struct opx_roots *roots)
{
	if (roots == NULL)
		return;
	sk_X509_pop_free(roots->certs, X509_free);
	OPENSSL_free(roots);
}

X509_STORE *opx_trust_store(const struct opx_roots *roots, X509_CRL *crl, time_t at, int purpose)
{
	X509_STORE *store = X509_STORE_new();
	OPX_ASSERT(store != NULL);
	for (int i = 0; i < sk_X509_num(roots->certs); i++)
		OPX_ASSERT(X509_STORE_add_cert(store, sk_X509_value(roots->certs, i)) == 1);
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, at);
	OPX_ASSERT(X509_VERIFY_PARAM_set_purpose(param, purpose) == 1);
	if (crl != NULL) {
		OPX_ASSERT(X509_STORE_add_crl(store, crl) == 1);
		OPX_ASSERT(X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1);
	}
	return store;
}

bool opx_trust_time(const ASN1_TIME *t, time_t *ret)
{
	struct tm tm;
	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = timegm(&tm);
	return true;
}

X509_CRL *opx_trust_crl(const struct opx_trust *trust, X509 *cert, time_t at)
{
	X509_CRL *best = NULL;
	time_t best_from = 0;
	for (int i = 0; i < sk_X509_CRL_num(trust->crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(trust->crls, i);
		time_t from = 0, to = 0;
		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) != 0 ||
		    !opx_trust_time(X509_CRL_get0_lastUpdate(crl), &from) ||
		    !opx_trust_time(X509_CRL_get0_nextUpdate(crl), &to))
			continue;
		if (from <= at && to >= at && (best == NULL || from > best_from)) {
			best = crl;
			best_from = from;
		}
	}
	return best;
}

static bool chain_holds(const struct opx_trust *trust, const struct opx_roots *roots, X509 *cert,
			X509_CRL *crl, time_t at, int purpose, time_t *ret_ends)
{
	X509_STORE *store = opx_trust_store(roots, crl, at, purpose);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	OPX_ASSERT(ctx != NULL && X509_STORE_CTX_init(ctx, store, cert, trust->certs) == 1);
	bool holds = X509_verify_cert(ctx) == 1;
	STACK_OF(X509) *chain = holds ? X509_STORE_CTX_get0_chain(ctx) : NULL;
	for (int i = 0; chain != NULL && ret_ends != NULL && i < sk_X509_num(chain); i++) {
		time_t end = 0;
		if (opx_trust_time(X509_get0_notAfter(sk_X509_value(chain, i)), &end) &&
		    (i == 0 || end < *ret_ends))
			*ret_ends = end;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return holds;
}

enum opx_judgment opx_trust_chain(const struct opx_trust *trust, const struct opx_roots *roots, X509 *cert,
				  X509_CRL *crl, time_t at, int purpose, time_t *ret_ends,
				  const char **ret_reason)
{
	if (!chain_holds(trust, roots, cert, NULL, at, purpose, ret_ends)) {
		*ret_reason =
			N_("le certificat du signataire ne remonte pas, à cette date, à une racine donnée");
		return OPX_JUDGED_BAD;
	}
	if (crl == NULL) {
		*ret_reason = N_(
			"aucune liste de révocation de cette date n’est jointe pour le certificat du signataire");
		return OPX_JUDGED_UNKNOWN;
	}
	if (!chain_holds(trust, roots, cert, crl, at, purpose, NULL)) {
		*ret_reason = N_(
			"le certificat du signataire est révoqué, ou sa liste de révocation n’est pas bonne");
		return OPX_JUDGED_BAD;
	}
	*ret_reason = "";
	return OPX_JUDGED_GOOD;
}

static bool has_hash(const uint8_t *der, int n, const struct opx_sha256 *wanted)
{
	if (n <= 0)
		return false;
	struct opx_sha256 h = opx_sha256((struct opx_bytes){ .p = der, .n = (size_t)n });
	return memcmp(h.b, wanted->b, sizeof(h.b)) == 0;
}

static X509 *find_certificate(const struct opx_trust *trust, const struct opx_sha256 *cert)
{
	X509 *found = NULL;
	for (int i = 0; i < sk_X509_num(trust->certs) && found == NULL; i++) {
		unsigned char *der = NULL;
		int n = i2d_X509(sk_X509_value(trust->certs, i), &der);
		if (has_hash(der, n, cert))
			found = sk_X509_value(trust->certs, i);
		OPENSSL_free(der);
	}
	return found;
}

bool opx_certificate_identify(const struct opx_trust *trust, struct opx_arena *arena,
			      const struct opx_sha256 *cert, struct opx_x509_id *ret)
{
	X509 *found = find_certificate(trust, cert);
	if (found != NULL)
		opx_x509_id_of(arena, found, ret);
	return found != NULL;
}

void opx_certificate_judge(const struct opx_trust *trust, const struct opx_roots *roots,
			   const struct opx_sha256 *cert, const struct opx_sha256 *crl, struct opx_instant at,
			   struct opx_judged *ret)
{
	X509 *found = find_certificate(trust, cert);
	X509_CRL *list = NULL;
	for (int i = 0; crl != NULL && i < sk_X509_CRL_num(trust->crls) && list == NULL; i++) {
		unsigned char *der = NULL;
		int n = i2d_X509_CRL(sk_X509_CRL_value(trust->crls, i), &der);
		if (has_hash(der, n, crl))
			list = sk_X509_CRL_value(trust->crls, i);
		OPENSSL_free(der);
	}
	*ret = (struct opx_judged){ .judgment = OPX_JUDGED_UNKNOWN, .cert = *cert };
	if (found == NULL) {
		ret->reason = N_("le certificat de la personne n’est pas joint");
		return;
	}
	ret->judgment = opx_trust_chain(trust, roots, found, list, opx_trust_seconds(at), X509_PURPOSE_ANY,
					NULL, &ret->reason);
}
