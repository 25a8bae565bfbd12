/* SPDX-License-Identifier: MPL-2.0 */
/* verify.c: see client.h, tsp_verify. One rule a function, in the order in which an answer is taken apart. */
#include "client.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "sql_queries.h"
#include "tsp_text.h"

#define WRONG(err, ...) OPX_FAIL((err), OPX_INTERNAL, TSP_WRONG, __VA_ARGS__)
#define SECOND_US ((int64_t)1000000)

static void resp_freep(TS_RESP **resp)
{
	TS_RESP_free(*resp);
}

static void store_ctx_freep(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}

static void crl_freep(X509_CRL **crl)
{
	X509_CRL_free(*crl);
}

/* One TimeStampResp in DER and nothing after it: its parts outside the signature must have one form only. */
static enum opx_status read_answer(struct opx_bytes answer, TS_RESP **ret, struct opx_error *err)
{
	const unsigned char *p = answer.p;
	unsigned char *again = NULL;
	*ret = answer.n > 0 ? d2i_TS_RESP(NULL, &p, (long)answer.n) : NULL;
	if (*ret == NULL || p != answer.p + answer.n)
		return WRONG(err, "not a TimeStampResp of %zu bytes", answer.n);
	int n = i2d_TS_RESP(*ret, &again);
	bool is_same = n > 0 && (size_t)n == answer.n && memcmp(again, answer.p, answer.n) == 0;
	OPENSSL_free(again);
	return is_same ? OPX_OK : WRONG(err, "not in DER");
}

/* A refusal that may pass another time, or one that will not. */
static enum opx_status check_status(TS_RESP *resp, struct opx_error *err)
{
	TS_STATUS_INFO *info = TS_RESP_get_status_info(resp);
	const ASN1_BIT_STRING *bits = TS_STATUS_INFO_get0_failure_info(info);
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
	if (status == TS_STATUS_GRANTED)
		return OPX_OK;
	if (bits != NULL && (ASN1_BIT_STRING_get_bit(bits, TS_INFO_TIME_NOT_AVAILABLE) == 1 ||
			     ASN1_BIT_STRING_get_bit(bits, TS_INFO_SYSTEM_FAILURE) == 1))
		return OPX_FAIL(err, OPX_UNAVAILABLE, TSP_LATER,
				"the authority says that it cannot now (status %ld)", status);
	return WRONG(err, "status %ld: request refused", status);
}

static bool is_accepted(const struct tsp *tsp, const ASN1_OBJECT *policy)
{
	char oid[128];
	int n = OBJ_obj2txt(oid, sizeof(oid), policy, 1);
	if (n <= 0 || (size_t)n >= sizeof(oid))
		return false;
	bool is_found = tsp->n_policies == 0;
	for (size_t i = 0; i < tsp->n_policies; i++)
		is_found = is_found || opx_str_is(tsp->policies[i], oid);
	return is_found;
}

/* Is this the answer to that question? */
static enum opx_status check_info(const struct tsp *tsp, TS_TST_INFO *info, const struct tsp_asked *asked,
				  struct opx_error *err)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
	BIGNUM *nonce = TS_TST_INFO_get_nonce(info) != NULL
				? ASN1_INTEGER_to_BN(TS_TST_INFO_get_nonce(info), NULL)
				: NULL;
	uint8_t bytes[sizeof(asked->nonce)] = { 0 };
	bool is_nonce = nonce != NULL && !BN_is_negative(nonce) &&
			BN_bn2binpad(nonce, bytes, sizeof(bytes)) == (int)sizeof(bytes) &&
			memcmp(bytes, asked->nonce, sizeof(bytes)) == 0;
	BN_free(nonce);
	if (TS_TST_INFO_get_version(info) != 1)
		return WRONG(err, "TSTInfo of version %ld", TS_TST_INFO_get_version(info));
	if (OBJ_obj2nid(TS_MSG_IMPRINT_get_algo(imprint)->algorithm) != NID_sha256)
		return WRONG(err, "imprint of another algorithm than SHA-256");
	if (ASN1_STRING_length(digest) != (int)sizeof(asked->imprint.b) ||
	    memcmp(ASN1_STRING_get0_data(digest), asked->imprint.b, sizeof(asked->imprint.b)) != 0)
		return WRONG(err, "another imprint than the one that was sent");
	if (!is_nonce)
		return WRONG(err, "another nonce than the one that was sent");
	if (!is_accepted(tsp, TS_TST_INFO_get_policy_id(info)))
		return WRONG(err, "a policy that is not accepted");
	return OPX_OK;
}

/* GeneralizedTime with an optional fraction (RFC 3161: no trailing zero, always Z). */
static enum opx_status read_time(TS_TST_INFO *info, struct opx_token_info *ret, time_t *ret_second,
				 struct opx_error *err)
{
	const ASN1_GENERALIZEDTIME *time = TS_TST_INFO_get_time(info);
	const char *text = (const char *)ASN1_STRING_get0_data(time);
	int n = ASN1_STRING_length(time);
	int64_t fraction = 0, unit = SECOND_US;
	struct tm tm;
	if (n < 15 || n > 22 || text[n - 1] != 'Z' || ASN1_TIME_to_tm(time, &tm) != 1)
		return WRONG(err, "a genTime that cannot be read");
	for (int i = 15; n > 15 && i < n - 1; i++) {
		unit /= 10;
		fraction += (text[i] - '0') * unit;
	}
	const struct opx_date d = { .year = (int16_t)(tm.tm_year + 1900),
				    .month = (uint8_t)(tm.tm_mon + 1),
				    .day = (uint8_t)tm.tm_mday };
	struct opx_instant second = opx_instant_make(d, tm.tm_hour, tm.tm_min, tm.tm_sec);
	*ret_second = (time_t)(second.us / SECOND_US);
	ret->gen_time.us = second.us + fraction;
	return OPX_OK;
}

static int64_t part(const ASN1_INTEGER *n)
{
	return n != NULL ? ASN1_INTEGER_get(n) : 0;
}

/* One second when it says nothing (evidence-format 1.4). */
static enum opx_status read_accuracy(TS_TST_INFO *info, struct opx_token_info *ret, struct opx_error *err)
{
	TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy(info);
	ret->accuracy_us = SECOND_US;
	if (accuracy == NULL)
		return OPX_OK;
	int64_t s = part(TS_ACCURACY_get_seconds(accuracy)), ms = part(TS_ACCURACY_get_millis(accuracy));
	int64_t us = part(TS_ACCURACY_get_micros(accuracy));
	if (s < 0 || s > 60 || ms < 0 || ms > 999 || us < 0 || us > 999)
		return WRONG(err, "an accuracy that says nothing");
	ret->accuracy_us = s * SECOND_US + ms * 1000 + us;
	return OPX_OK;
}

/* Between the moment we asked and the moment it came, with two seconds on either side: else one of the clocks is wrong. */
static enum opx_status check_clock(const struct opx_token_info *token, const struct tsp_asked *asked,
				   struct opx_error *err)
{
	if (token->gen_time.us < asked->sent_at.us - TSP_CLOCK_US ||
	    token->gen_time.us > asked->got_at.us + TSP_CLOCK_US)
		return WRONG(err, "genTime is %" PRId64 " ms away from our clock",
			     (token->gen_time.us - asked->got_at.us) / 1000);
	return OPX_OK;
}

static bool is_digest_of(const X509_ALGOR *signature, int digest)
{
	int md = NID_undef, nid = OBJ_obj2nid(signature->algorithm);
	if (nid == NID_rsaEncryption) /* PKCS #7 way: the digest stands apart */
		return true;
	return OBJ_find_sigid_algs(nid, &md, NULL) == 1 && md == digest;
}

/* SignedData: version 3, one signer, its digest alone, no attribute that nothing signs, the signer's certificate named by
 * ESSCertIDv2 (RFC 5816). */
static enum opx_status check_signed(PKCS7 *token, PKCS7_SIGNER_INFO **ret, struct opx_error *err)
{
	if (token == NULL || !PKCS7_type_is_signed(token))
		return WRONG(err, "no token in the answer");
	PKCS7_SIGNED *data = token->d.sign;
	PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value(data->signer_info, 0);
	if (ASN1_INTEGER_get(data->version) != 3)
		return WRONG(err, "SignedData of version %ld", ASN1_INTEGER_get(data->version));
	if (sk_PKCS7_SIGNER_INFO_num(data->signer_info) != 1)
		return WRONG(err, "%d signers", sk_PKCS7_SIGNER_INFO_num(data->signer_info));
	int digest = OBJ_obj2nid(signer->digest_alg->algorithm);
	if (sk_X509_ALGOR_num(data->md_algs) != 1 ||
	    OBJ_obj2nid(sk_X509_ALGOR_value(data->md_algs, 0)->algorithm) != digest)
		return WRONG(err, "digestAlgorithms are not those of the signer");
	if ((digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512) ||
	    !is_digest_of(signer->digest_enc_alg, digest))
		return WRONG(err, "a signature algorithm that is not accepted");
	if (sk_X509_ATTRIBUTE_num(signer->unauth_attr) > 0)
		return WRONG(err, "attributes that are not signed");
	if (PKCS7_get_signed_attribute(signer, NID_id_smime_aa_signingCertificateV2) == NULL)
		return WRONG(err, "no ESSCertIDv2");
	*ret = signer;
	return OPX_OK;
}

/* Its only usage, and critical. */
static bool is_for_stamps(X509 *x)
{
	int critical = -1;
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);
	bool is_good = eku != NULL && critical == 1 && sk_ASN1_OBJECT_num(eku) == 1 &&
		       OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, 0)) == NID_time_stamp;
	EXTENDED_KEY_USAGE_free(eku);
	return is_good;
}

static enum opx_status find_signer(PKCS7 *token, const PKCS7_SIGNER_INFO *info, X509 **ret,
				   struct opx_error *err)
{
	STACK_OF(X509) *certs = token->d.sign->cert;
	PKCS7_ISSUER_AND_SERIAL *name = info->issuer_and_serial;
	X509 *signer = certs != NULL ? X509_find_by_issuer_and_serial(certs, name->issuer, name->serial)
				     : NULL;
	if (signer == NULL)
		return WRONG(err, "the signer's certificate is not in the token");
	if (!is_for_stamps(signer))
		return WRONG(err, "the signer's certificate is not for time-stamping alone");
	*ret = signer;
	return OPX_OK;
}

/* To one of our roots, as of genTime. *ret_issuer lives as long as the context. */
static enum opx_status check_chain(const struct tsp *tsp, PKCS7 *token, X509 *signer, time_t at,
				   X509_STORE_CTX *ctx, X509 **ret_issuer, struct opx_error *err)
{
	OPX_ASSERT(X509_STORE_CTX_init(ctx, tsp->roots, signer, token->d.sign->cert) == 1);
	OPX_ASSERT(X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_TIMESTAMP_SIGN) == 1);
	X509_STORE_CTX_set_time(ctx, 0, at);
	if (X509_verify_cert(ctx) != 1)
		return WRONG(err, "the signer's certificate: %s",
			     X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	if (sk_X509_num(chain) < 2)
		return WRONG(err, "the signer's certificate is a root");
	*ret_issuer = sk_X509_value(chain, 1);
	return OPX_OK;
}

/* The signature over the TSTInfo and its attributes; the chain was judged before, so any time will do here. */
static enum opx_status check_signature(const struct tsp *tsp, PKCS7 *token, time_t at, struct opx_error *err)
{
	char why[160];
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(tsp->roots);
	X509_VERIFY_PARAM_set_time(param, at);
	int ok = TS_RESP_verify_signature(token, NULL, tsp->roots, NULL);
	(void)X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
	if (ok == 1)
		return OPX_OK;
	ERR_error_string_n(ERR_peek_last_error(), why, sizeof(why));
	return WRONG(err, "signature: %s", why);
}

static enum opx_status judge_list(struct opx_bytes der, X509 *signer, X509 *issuer, struct opx_error *err)
{
	const unsigned char *p = der.p;
	X509_REVOKED *entry = NULL;
	__attribute__((cleanup(crl_freep))) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (crl == NULL || X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
		return WRONG(err, "the revocation list that is kept is not the issuer's");
	if (X509_CRL_get0_by_cert(crl, &entry, signer) != 0)
		return WRONG(err, "the signer's certificate is revoked");
	return OPX_OK;
}

/* By the list of its issuer, where that one is followed: it must be there and be in force. */
static enum opx_status check_revocation(const struct tsp *tsp, struct opx_db *db, X509 *signer, X509 *issuer,
					struct opx_instant at, struct opx_error *err)
{
	struct sql_tsp_list_row row;
	bool is_followed = false;
	const ASN1_OCTET_STRING *key = X509_get0_subject_key_id(issuer);
	if (key == NULL)
		return WRONG(err, "an issuer without key identifier");
	const struct opx_bytes id = { .p = ASN1_STRING_get0_data(key), .n = (size_t)ASN1_STRING_length(key) };
	OPX_TRY(sql_tsp_list(tsp->host, db, id, &is_followed, &row, err));
	if (!is_followed)
		return OPX_OK;
	if (row.der.p == NULL || row.next_update_is_null || row.next_update.us < at.us)
		return OPX_FAIL(err, OPX_UNAVAILABLE, TSP_LATER,
				"the revocation list of the authority's issuer is not there, or over");
	return judge_list(row.der, signer, issuer, err);
}

static enum opx_status verify(const struct tsp *tsp, struct opx_db *db, TS_RESP *resp,
			      const struct tsp_asked *asked, struct opx_token_info *ret,
			      struct opx_error *err)
{
	time_t second = 0;
	X509 *signer = NULL, *issuer = NULL;
	PKCS7_SIGNER_INFO *info = NULL;
	PKCS7 *token = TS_RESP_get_token(resp);
	TS_TST_INFO *tst = TS_RESP_get_tst_info(resp);
	__attribute__((cleanup(store_ctx_freep))) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	OPX_ASSERT(ctx != NULL);
	OPX_TRY(check_status(resp, err));
	OPX_TRY(check_signed(token, &info, err));
	if (tst == NULL)
		return WRONG(err, "no TSTInfo in the token");
	OPX_TRY(check_info(tsp, tst, asked, err));
	OPX_TRY(read_time(tst, ret, &second, err));
	OPX_TRY(read_accuracy(tst, ret, err));
	OPX_TRY(check_clock(ret, asked, err));
	OPX_TRY(find_signer(token, info, &signer, err));
	OPX_TRY(check_chain(tsp, token, signer, second, ctx, &issuer, err));
	OPX_TRY(check_signature(tsp, token, second, err));
	return check_revocation(tsp, db, signer, issuer, ret->gen_time, err);
}

enum opx_status tsp_verify(const struct tsp *tsp, struct opx_arena *arena, struct opx_db *db,
			   struct opx_bytes answer, const struct tsp_asked *asked, struct opx_token_info *ret,
			   struct opx_error *err)
{
	struct opx_token_info token = { .accuracy_us = 0 };
	__attribute__((cleanup(resp_freep))) TS_RESP *resp = NULL;
	enum opx_status status = read_answer(answer, &resp, err);
	if (status == OPX_OK)
		status = verify(tsp, db, resp, asked, &token, err);
	ERR_clear_error();
	OPX_TRY(status);
	token.tsr = (struct opx_bytes){ .p = opx_arena_memdup(arena, answer.p, answer.n), .n = answer.n };
	*ret = token;
	return OPX_OK;
}
