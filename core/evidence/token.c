/* SPDX-License-Identifier: MPL-2.0 */
/* token.c: RFC 3161 tokens (evidence-format 4.4, 4.5). What the signature does not cover has one value only, so that no byte
 * of a token can change unseen. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "evidence/trust.h"
#include "evidence/trust_internal.h"

#define MAX_TOKEN 65536

/* The content of an AlgorithmIdentifier, in its two usual forms: no parameters, or NULL. */
static bool algorithm_is(const X509_ALGOR *a, int nid)
{
	const ASN1_OBJECT *oid = NULL;
	int type = 0;
	X509_ALGOR_get0(&oid, &type, NULL, a);
	return OBJ_obj2nid(oid) == nid && (type == V_ASN1_UNDEF || type == V_ASN1_NULL);
}

static bool digest_is_known(int nid)
{
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* The signature's algorithm is that of the digest, or plain RSA, whose digest is the digestAlgorithm. */
static bool signature_matches(const X509_ALGOR *signature, int digest)
{
	const ASN1_OBJECT *oid = NULL;
	int type = 0, of = 0, key = 0;
	X509_ALGOR_get0(&oid, &type, NULL, signature);
	int nid = OBJ_obj2nid(oid);
	if (type != V_ASN1_UNDEF && type != V_ASN1_NULL)
		return false;
	return nid == NID_rsaEncryption || (OBJ_find_sigid_algs(nid, &of, &key) == 1 && of == digest);
}

static bool cert_is_in(const struct opx_trust *trust, X509 *cert)
{
	for (int i = 0; i < sk_X509_num(trust->certs); i++)
		if (X509_cmp(sk_X509_value(trust->certs, i), cert) == 0)
			return true;
	return false;
}

/* Version 3, one signer of version 1, one digest, that of the signer; bare: nothing unsigned, certificates of trust only. */
static bool shape_is_good(const struct opx_trust *trust, const PKCS7 *p7, bool is_bare)
{
	if (!PKCS7_type_is_signed(p7) || p7->d.sign == NULL || ASN1_INTEGER_get(p7->d.sign->version) != 3)
		return false;
	const PKCS7_SIGNED *sign = p7->d.sign;
	if (sk_PKCS7_SIGNER_INFO_num(sign->signer_info) != 1 || sk_X509_ALGOR_num(sign->md_algs) != 1 ||
	    sign->crl != NULL)
		return false;
	const PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(sign->signer_info, 0);
	const ASN1_OBJECT *oid = NULL;
	X509_ALGOR_get0(&oid, NULL, NULL, si->digest_alg);
	int digest = OBJ_obj2nid(oid);
	if (ASN1_INTEGER_get(si->version) != 1 || !digest_is_known(digest) ||
	    !algorithm_is(si->digest_alg, digest) ||
	    X509_ALGOR_cmp(sk_X509_ALGOR_value(sign->md_algs, 0), si->digest_alg) != 0 ||
	    !signature_matches(si->digest_enc_alg, digest))
		return false;
	if (!is_bare)
		return true;
	for (int i = 0; i < sk_X509_num(sign->cert); i++)
		if (!cert_is_in(trust, sk_X509_value(sign->cert, i)))
			return false;
	return si->unauth_attr == NULL;
}

static int64_t accuracy_of(TS_TST_INFO *info)
{
	const TS_ACCURACY *a = TS_TST_INFO_get_accuracy(info);
	if (a == NULL)
		return 1000000;
	const ASN1_INTEGER *s = TS_ACCURACY_get_seconds(a), *ms = TS_ACCURACY_get_millis(a),
			   *us = TS_ACCURACY_get_micros(a);
	int64_t out = 0;
	if (s != NULL)
		out += (int64_t)ASN1_INTEGER_get(s) * 1000000;
	if (ms != NULL)
		out += (int64_t)ASN1_INTEGER_get(ms) * 1000;
	if (us != NULL)
		out += ASN1_INTEGER_get(us);
	return out;
}

/* YYYYMMDDhhmmss[.f…]Z; thousandths are kept, finer parts cut. */
static bool gen_time(const ASN1_GENERALIZEDTIME *t, struct opx_instant *ret)
{
	const uint8_t *p = ASN1_STRING_get0_data(t);
	int n = ASN1_STRING_length(t), v[14];
	if (n < 15 || p[n - 1] != 'Z')
		return false;
	for (int i = 0; i < 14; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v[i] = p[i] - '0';
	}
	int year = v[0] * 1000 + v[1] * 100 + v[2] * 10 + v[3], month = v[4] * 10 + v[5],
	    day = v[6] * 10 + v[7];
	int hour = v[8] * 10 + v[9], minute = v[10] * 10 + v[11], second = v[12] * 10 + v[13];
	if (!opx_date_is_real(year, month, day) || hour > 23 || minute > 59 || second > 59)
		return false;
	struct opx_date d = { .year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day };
	*ret = opx_instant_make(d, hour, minute, second);
	int64_t unit = 100000;
	for (int i = 15; i < n - 1; i++, unit /= 10) {
		if (p[14] != '.' || p[i] < '0' || p[i] > '9')
			return false;
		if (unit >= 1000)
			ret->us += (p[i] - '0') * unit;
	}
	return true;
}

static bool read_info(TS_TST_INFO *info, struct opx_token *ret)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OCTET_STRING *hash = imprint != NULL ? TS_MSG_IMPRINT_get_msg(imprint) : NULL;
	if (TS_TST_INFO_get_version(info) != 1 || hash == NULL || ASN1_STRING_length(hash) != 32 ||
	    !algorithm_is(TS_MSG_IMPRINT_get_algo(imprint), NID_sha256) ||
	    TS_TST_INFO_get_nonce(info) == NULL || !gen_time(TS_TST_INFO_get_time(info), &ret->gen))
		return false;
	memcpy(ret->imprint.b, ASN1_STRING_get0_data(hash), 32);
	ret->accuracy_us = accuracy_of(info);
	if (ret->accuracy_us < 0 || ret->accuracy_us > INT64_C(86400) * 1000000)
		return false;
	ret->is_read = true;
	return true;
}

/* Signature and identity of the signer (ESSCertID), chain at genTime. */
static X509 *signer_of(const struct opx_trust *trust, const struct opx_roots *roots, PKCS7 *p7, time_t at)
{
	X509_STORE *store = opx_trust_store(roots, NULL, at, X509_PURPOSE_TIMESTAMP_SIGN);
	X509 *signer = NULL;
	int is_good = TS_RESP_verify_signature(p7, trust->certs, store, &signer);
	X509_STORE_free(store);
	ERR_clear_error();
	if (is_good == 1)
		return signer;
	X509_free(signer);
	return NULL;
}

static void judge(const struct opx_trust *trust, const struct opx_roots *roots, PKCS7 *p7, TS_TST_INFO *info,
		  bool is_bare, const struct opx_sha256 *over, struct opx_token *ret)
{
	ret->reason = N_("le jeton n’a pas la forme prévue");
	if (p7 == NULL || info == NULL || !shape_is_good(trust, p7, is_bare) || !read_info(info, ret))
		return;
	ret->reason = N_("le jeton ne porte pas sur ce fichier");
	if (over != NULL && memcmp(over->b, ret->imprint.b, sizeof(over->b)) != 0)
		return;
	const time_t at = opx_trust_seconds(ret->gen);
	X509 *signer = signer_of(trust, roots, p7, at);
	ret->reason = N_("la signature du jeton ne se vérifie pas avec les racines données");
	if (signer == NULL)
		return;
	time_t ends = 0;
	ret->judgment = opx_trust_chain(trust, roots, signer, opx_trust_crl(trust, signer, at), at,
					X509_PURPOSE_TIMESTAMP_SIGN, &ends, &ret->reason);
	ret->ends.us = (int64_t)ends * 1000000;
	X509_free(signer);
}

/* Was it DER, with nothing after: is it what we would write? */
static bool is_same(struct opx_bytes der, unsigned char *again, int n)
{
	bool same = n >= 0 && (size_t)n == der.n && memcmp(again, der.p, der.n) == 0;
	OPENSSL_free(again);
	return same;
}

static void judge_response(const struct opx_trust *trust, const struct opx_roots *roots, struct opx_bytes der,
			   const struct opx_sha256 *over, struct opx_token *ret)
{
	const uint8_t *p = der.p;
	unsigned char *again = NULL;
	TS_RESP *resp = d2i_TS_RESP(NULL, &p, (long)der.n);
	if (resp != NULL) {
		int n = i2d_TS_RESP(resp, &again);
		TS_STATUS_INFO *status = TS_RESP_get_status_info(resp);
		if (is_same(der, again, n) && ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)) == 0)
			judge(trust, roots, TS_RESP_get_token(resp), TS_RESP_get_tst_info(resp), false, over,
			      ret);
	}
	TS_RESP_free(resp);
}

void opx_token_judge(const struct opx_trust *trust, const struct opx_roots *roots, struct opx_bytes der,
		     bool is_bare, const struct opx_sha256 *over, struct opx_token *ret)
{
	*ret = (struct opx_token){ .judgment = OPX_JUDGED_BAD,
				   .reason = N_("le jeton n’a pas la forme prévue") };
	if (der.n == 0 || der.n > MAX_TOKEN)
		return;
	if (!is_bare) {
		judge_response(trust, roots, der, over, ret);
	} else {
		const uint8_t *p = der.p;
		unsigned char *again = NULL;
		PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.n);
		int n = p7 != NULL ? i2d_PKCS7(p7, &again) : -1;
		if (is_same(der, again, n) && PKCS7_type_is_signed(p7)) {
			TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(p7);
			judge(trust, roots, p7, info, true, over, ret);
			TS_TST_INFO_free(info);
		}
		PKCS7_free(p7);
	}
	ERR_clear_error();
}
