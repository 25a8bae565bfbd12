/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_certs.c: the certificates and revocation lists that a bundle carries, so that its tokens, its seal and its people can be
 * judged years later (evidence-format 4.5, 5.4). */
#include "lane/bundle.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "lane/token_certs.h"

static void resp_freep(TS_RESP **resp)
{
	TS_RESP_free(*resp);
}
static void cms_freep(CMS_ContentInfo **cms)
{
	CMS_ContentInfo_free(*cms);
}
static void crl_freep(X509_CRL **crl)
{
	X509_CRL_free(*crl);
}
static void akid_freep(AUTHORITY_KEYID **akid)
{
	AUTHORITY_KEYID_free(*akid);
}
#define AUTO(fn) __attribute__((cleanup(fn)))

/* What judging a token asks for. */
struct judged {
	struct opx_sha256 cert;
	struct opx_bytes issuer_key; /* in the arena */
	struct opx_instant at;
	bool has_signer;
};

static bool read_time(const ASN1_TIME *time, struct opx_instant *ret)
{
	struct tm tm;
	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	const struct opx_date day = { .year = (int16_t)(tm.tm_year + 1900),
				      .month = (uint8_t)(tm.tm_mon + 1),
				      .day = (uint8_t)tm.tm_mday };
	*ret = opx_instant_make(day, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return true;
}

static struct opx_bytes key_of(struct opx_arena *arena, const ASN1_OCTET_STRING *key)
{
	const size_t n = key != NULL ? (size_t)ASN1_STRING_length(key) : 0;
	return (struct opx_bytes){ .p = n > 0 ? opx_arena_memdup(arena, ASN1_STRING_get0_data(key), n) : NULL,
				   .n = n };
}

static void take_signer(struct opx_arena *arena, X509 *x, struct judged *ret)
{
	unsigned char *der = NULL;
	const int n = x != NULL ? i2d_X509(x, &der) : 0;
	ret->has_signer = n > 0;
	if (n <= 0)
		return;
	ret->cert = opx_sha256((struct opx_bytes){ .p = der, .n = (size_t)n });
	ret->issuer_key = key_of(arena, X509_get0_authority_key_id(x));
	OPENSSL_free(der);
}

/* Who signed a token, and when. */
static enum opx_status read_token(struct opx_arena *arena, struct opx_bytes tsr, struct judged *ret,
				  struct opx_error *err)
{
	const unsigned char *p = tsr.p;
	AUTO(resp_freep) TS_RESP *resp = d2i_TS_RESP(NULL, &p, (long)tsr.n);
	PKCS7 *token = resp != NULL ? TS_RESP_get_token(resp) : NULL;
	*ret = (struct judged){ .has_signer = false };
	if (token == NULL || !PKCS7_type_is_signed(token) || TS_RESP_get_tst_info(resp) == NULL ||
	    !read_time(TS_TST_INFO_get_time(TS_RESP_get_tst_info(resp)), &ret->at)) {
		ERR_clear_error();
		return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN, "a token is not readable");
	}
	STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(token);
	if (sk_PKCS7_SIGNER_INFO_num(infos) == 1) {
		const PKCS7_ISSUER_AND_SERIAL *id = sk_PKCS7_SIGNER_INFO_value(infos, 0)->issuer_and_serial;
		take_signer(arena,
			    X509_find_by_issuer_and_serial(token->d.sign->cert, id->issuer, id->serial), ret);
	}
	return OPX_OK;
}

static enum opx_status put_der(struct bundle *b, const char *folder, const char *ext, struct opx_bytes der,
			       struct opx_error *err)
{
	char hex[65];
	const struct opx_sha256 hash = opx_sha256(der);
	opx_sha256_hex(&hash, hex);
	return bundle_put(b, der, err, "%s/%s.%s", folder, hex, ext);
}

static enum opx_status put_list_at(struct bundle *b, struct opx_bytes issuer_key, struct opx_instant at,
				   struct opx_error *err)
{
	struct sql_bundle_list_at_row row;
	bool is_found = false;
	if (issuer_key.n == 0)
		return OPX_OK;
	OPX_TRY(sql_bundle_list_at(b->job->db, issuer_key, at, &is_found, &row, err));
	return is_found ? put_der(b, "crl", "crl", row.der, err) : OPX_OK;
}

/* What judges one token; now: what will judge the next one of the same unit. */
static enum opx_status put_for_token(struct bundle *b, struct opx_bytes tsr, bool is_now,
				     struct opx_error *err)
{
	const struct opx_bytes *certs = NULL;
	size_t n = 0;
	struct judged judged;
	OPX_TRY(read_token(b->arena, tsr, &judged, err));
	OPX_TRY(opx_token_certs(b->arena, tsr, b->lane->tsa_roots, &certs, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(put_der(b, "certs", "cer", certs[i], err));
	return put_list_at(b, judged.issuer_key, is_now ? b->scene.now : judged.at, err);
}

/* Of people: what their events name. */
static enum opx_status put_named(struct bundle *b, struct opx_error *err)
{
	const struct sql_bundle_certificates_row *certs = NULL;
	const struct sql_bundle_lists_row *lists = NULL;
	size_t n = 0;
	OPX_TRY(sql_bundle_certificates(b->job->db, bundle_hash_list(b, &b->certs), &certs, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(put_der(b, "certs", "cer", certs[i].der, err));
	OPX_TRY(sql_bundle_lists(b->job->db, bundle_hash_list(b, &b->lists), &lists, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(put_der(b, "crl", "crl", lists[i].der, err));
	return OPX_OK;
}

/* The lists that will judge the last two tokens and the seal, which do not exist yet. */
static enum opx_status put_newest_lists(struct bundle *b, struct opx_error *err)
{
	const struct sql_bundle_lists_now_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_bundle_lists_now(b->job->db, OPX_STR(""), &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		if (rows[i].der.p != NULL)
			OPX_TRY(put_der(b, "crl", "crl", rows[i].der, err));
		else if (b->asked.is_early)
			return OPX_FAIL(err, OPX_CONFLICT, BUNDLE_NOT_YET,
					"no list of the %s issuer that lasts an hour", rows[i].purpose.p);
		else
			OPX_TRY(put_list_at(b, rows[i].issuer_key, b->scene.now, err));
	}
	return OPX_OK;
}

enum opx_status bundle_put_certificates(struct bundle *b, struct opx_error *err)
{
	struct sql_bundle_token_newest_row newest;
	const struct sql_bundle_stamps_row *stamps = NULL;
	size_t n = 0;
	bool is_found = false;
	OPX_TRY(put_named(b, err));
	for (size_t i = 0; i < b->tokens.n; i++)
		OPX_TRY(put_for_token(b, b->tokens.p[i], false, err));
	OPX_TRY(sql_bundle_token_newest(b->job->db, OPX_STR(""), &is_found, &newest, err));
	if (is_found)
		OPX_TRY(put_for_token(b, newest.tsr, true, err));
	/* Tokens of a former round of this very bundle that something lacked. */
	OPX_TRY(sql_bundle_stamps(b->job->db, b->artefact, &stamps, &n, err));
	for (size_t i = 0; i < n; i++)
		OPX_TRY(put_for_token(b, stamps[i].tsr, true, err));
	return put_newest_lists(b, err);
}

/* Does one of the folder's lists speak for that issuer at that moment? */
static enum opx_status has_list(const struct opx_work *work, struct opx_bytes issuer_key,
				struct opx_instant at, bool *ret, struct opx_error *err)
{
	*ret = false;
	for (size_t i = 0; i < work->n && !*ret; i++) {
		struct opx_bytes der;
		struct opx_instant from, to;
		if (!opx_str_starts(work->files[i].name, "crl/"))
			continue;
		OPX_TRY(opx_work_read(work, work->files[i].name, &der, err));
		const unsigned char *p = der.p;
		AUTO(crl_freep) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);
		if (crl == NULL)
			continue;
		AUTO(akid_freep)
		AUTHORITY_KEYID *akid = X509_CRL_get_ext_d2i(crl, NID_authority_key_identifier, NULL, NULL);
		const struct opx_bytes key = key_of(work->arena, akid != NULL ? akid->keyid : NULL);
		*ret = opx_bytes_eq(key, issuer_key) && read_time(X509_CRL_get0_lastUpdate(crl), &from) &&
		       read_time(X509_CRL_get0_nextUpdate(crl), &to) && from.us <= at.us && at.us <= to.us;
	}
	ERR_clear_error();
	return OPX_OK;
}

enum opx_status bundle_covers_token(const struct opx_work *work, struct opx_bytes tsr, bool *ret,
				    struct opx_error *err)
{
	struct judged judged;
	char hex[65];
	OPX_TRY(read_token(work->arena, tsr, &judged, err));
	opx_sha256_hex(&judged.cert, hex);
	*ret = false;
	if (!judged.has_signer || !opx_work_has(work, opx_strf(work->arena, "certs/%s.cer", hex)))
		return OPX_OK;
	return has_list(work, judged.issuer_key, judged.at, ret, err);
}

static bool read_seal(struct opx_arena *arena, struct opx_bytes p7s, struct judged *ret)
{
	const unsigned char *p = p7s.p;
	AUTO(cms_freep) CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)p7s.n);
	STACK_OF(CMS_SignerInfo) *infos = cms != NULL ? CMS_get0_SignerInfos(cms) : NULL;
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;
	*ret = (struct judged){ .has_signer = false };
	if (sk_CMS_SignerInfo_num(infos) != 1 ||
	    CMS_SignerInfo_get0_signer_id(sk_CMS_SignerInfo_value(infos, 0), NULL, &issuer, &serial) != 1 ||
	    issuer == NULL)
		return false;
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	take_signer(arena, X509_find_by_issuer_and_serial(certs, issuer, serial), ret);
	sk_X509_pop_free(certs, X509_free);
	return ret->has_signer;
}

enum opx_status bundle_covers_seal(struct bundle *b, struct opx_bytes p7s, bool *ret, struct opx_error *err)
{
	struct judged judged;
	struct sql_bundle_list_at_row row;
	bool is_known = false;
	const struct opx_instant now = opx_now(b->lane->clock);
	if (!read_seal(b->arena, p7s, &judged))
		return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN, "the seal is not readable");
	OPX_TRY(has_list(&b->work, judged.issuer_key, now, ret, err));
	if (*ret || judged.issuer_key.n == 0)
		return OPX_OK;
	OPX_TRY(sql_bundle_list_at(b->job->db, judged.issuer_key, now, &is_known, &row, err));
	*ret = !is_known; /* nobody has one: the verifier says what it cannot know */
	return OPX_OK;
}

enum opx_status bundle_bare_token(struct opx_bytes tsr, struct opx_bytes *ret, struct opx_error *err)
{
	const unsigned char *p = tsr.p;
	long n = 0;
	int tag = 0, class = 0;
	/* TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken ContentInfo } */
	if ((ASN1_get_object(&p, &n, &tag, &class, (long)tsr.n) & 0x80) == 0 && tag == V_ASN1_SEQUENCE &&
	    (size_t)(p - tsr.p) + (size_t)n == tsr.n) {
		const unsigned char *end = tsr.p + tsr.n;
		if ((ASN1_get_object(&p, &n, &tag, &class, end - p) & 0x80) == 0 && tag == V_ASN1_SEQUENCE &&
		    n < end - p) {
			*ret = (struct opx_bytes){ .p = p + n, .n = (size_t)(end - p) - (size_t)n };
			return OPX_OK;
		}
	}
	ERR_clear_error();
	return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN, "a token of %zu bytes is not a response", tsr.n);
}
