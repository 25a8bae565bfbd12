/* SPDX-License-Identifier: MPL-2.0 */
/* signature.c: CAdES-B signatures: the platform's seal, and persons (evidence-format 2.10, 5.5). */
#include <string.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "evidence/trust.h"
#include "evidence/trust_internal.h"

#define MAX_SIGNATURE 65536

static const uint8_t QC_STATEMENTS[] = {
	0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x03
};                                                                                   /* 1.3.6.1.5.5.7.1.3 */
static const uint8_t QC_TYPE[] = { 0x06, 0x06, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06 }; /* 0.4.0.1862.1.6 */
static const uint8_t QC_ESEAL[] = { 0x06, 0x07, 0x04, 0x00, 0x8e, 0x46, 0x01, 0x06, 0x02 };

/* One DER element with a short or two-byte length: its content, and what follows. */
static bool element(struct opx_bytes *rest, uint8_t tag, struct opx_bytes *ret)
{
	if (rest->n < 2 || rest->p[0] != tag)
		return false;
	size_t head = 2, n = rest->p[1];
	if (n == 0x81 && rest->n >= 3) {
		head = 3;
		n = rest->p[2];
	} else if (n == 0x82 && rest->n >= 4) {
		head = 4;
		n = (size_t)rest->p[2] << 8 | rest->p[3];
	} else if (n >= 0x80) {
		return false;
	}
	if (rest->n - head < n)
		return false;
	*ret = (struct opx_bytes){ .p = rest->p + head, .n = n };
	*rest = (struct opx_bytes){ .p = rest->p + head + n, .n = rest->n - head - n };
	return true;
}

static bool starts(struct opx_bytes in, const uint8_t *what, size_t n)
{
	return in.n >= n && memcmp(in.p, what, n) == 0;
}

/* QCStatements: SEQUENCE OF SEQUENCE { OID, info }; of QcType the info is a SEQUENCE OF OID. */
static bool statements_say_eseal(struct opx_bytes der)
{
	struct opx_bytes list, statement, types;
	if (!element(&der, 0x30, &list))
		return false;
	while (element(&list, 0x30, &statement)) {
		if (!starts(statement, QC_TYPE, sizeof(QC_TYPE)))
			continue;
		struct opx_bytes info = { .p = statement.p + sizeof(QC_TYPE),
					  .n = statement.n - sizeof(QC_TYPE) };
		if (element(&info, 0x30, &types) && types.n == sizeof(QC_ESEAL) &&
		    starts(types, QC_ESEAL, sizeof(QC_ESEAL)))
			return true;
	}
	return false;
}

static bool says_eseal(X509 *cert)
{
	for (int i = 0; i < X509_get_ext_count(cert); i++) {
		X509_EXTENSION *ext = X509_get_ext(cert, i);
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(ext);
		const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(ext);
		if (OBJ_length(oid) == sizeof(QC_STATEMENTS) &&
		    memcmp(OBJ_get0_data(oid), QC_STATEMENTS, sizeof(QC_STATEMENTS)) == 0)
			return statements_say_eseal((struct opx_bytes){
				.p = ASN1_STRING_get0_data(data), .n = (size_t)ASN1_STRING_length(data) });
	}
	return false;
}

/* CAdES-B: OpenSSL checks that the signing-certificate attribute names the signer. */
static X509 *verify(const struct opx_trust *trust, CMS_ContentInfo *cms, struct opx_bytes content,
		    X509_STORE *store)
{
	BIO *in = BIO_new_mem_buf(content.p, content.n < INT32_MAX ? (int)content.n : 0);
	OPX_ASSERT(in != NULL);
	STACK_OF(X509) *signers = NULL;
	X509 *signer = NULL;
	if (CMS_verify(cms, trust->certs, store, in, NULL, CMS_BINARY | CMS_CADES) == 1) {
		signers = CMS_get0_signers(cms);
		if (sk_X509_num(signers) == 1) {
			signer = sk_X509_value(signers, 0);
			OPX_ASSERT(X509_up_ref(signer) == 1);
		}
		sk_X509_free(signers);
	}
	BIO_free(in);
	return signer;
}

static CMS_ContentInfo *read_cms(struct opx_bytes der)
{
	const uint8_t *p = der.p;
	unsigned char *again = NULL;
	CMS_ContentInfo *cms = der.n <= MAX_SIGNATURE ? d2i_CMS_ContentInfo(NULL, &p, (long)der.n) : NULL;
	int n = cms != NULL ? i2d_CMS_ContentInfo(cms, &again) : -1;
	bool is_good = n >= 0 && (size_t)n == der.n && memcmp(again, der.p, der.n) == 0 &&
		       OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed && CMS_is_detached(cms) == 1 &&
		       sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) == 1;
	OPENSSL_free(again);
	if (is_good)
		return cms;
	CMS_ContentInfo_free(cms);
	return NULL;
}

void opx_signature_judge(const struct opx_trust *trust, const struct opx_roots *roots, struct opx_bytes der,
			 struct opx_bytes content, struct opx_instant at, bool needs_eseal,
			 struct opx_judged *ret)
{
	const time_t seconds = opx_trust_seconds(at);
	*ret = (struct opx_judged){ .judgment = OPX_JUDGED_BAD,
				    .reason = N_("la signature n’a pas la forme prévue") };
	CMS_ContentInfo *cms = read_cms(der);
	if (cms != NULL) {
		X509_STORE *store = opx_trust_store(roots, NULL, seconds, X509_PURPOSE_ANY);
		X509 *signer = verify(trust, cms, content, store);
		X509_STORE_free(store);
		ret->reason = N_("la signature ne se vérifie pas avec les racines données");
		if (signer != NULL && needs_eseal && !says_eseal(signer)) {
			ret->reason = N_("le certificat n’est pas un certificat de cachet (QcType eseal)");
		} else if (signer != NULL) {
			unsigned char *cert = NULL;
			int n = i2d_X509(signer, &cert);
			OPX_ASSERT(n > 0);
			ret->cert = opx_sha256((struct opx_bytes){ .p = cert, .n = (size_t)n });
			OPENSSL_free(cert);
			ret->judgment = opx_trust_chain(trust, roots, signer,
							opx_trust_crl(trust, signer, seconds), seconds,
							X509_PURPOSE_ANY, NULL, &ret->reason);
		}
		X509_free(signer);
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
}
