/* SPDX-License-Identifier: MPL-2.0 */
/* signer.c: keys from PEM; notes; CMS from a ready digest, for which OpenSSL 3.0 has no call of its own. */
#include "signer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/secret.h"

#define STOPPED N_("Le scellement ne démarre pas : ses clés ne sont pas utilisables.")
#define NOT_SEALED N_("Le cachet n’a pas pu être apposé.")

static enum opx_status open_file(const char *path, FILE **ret, struct opx_error *err)
{
	*ret = fopen(path, "re");
	if (*ret == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "%s: %s", path, strerror(errno));
	return OPX_OK;
}

static enum opx_status load_key(const char *path, EVP_PKEY **ret, struct opx_error *err)
{
	OPX_AUTO_FD fd = -1;
	OPX_TRY(opx_secret_open(path, &fd, err));
	OPX_AUTO_FILE file = fdopen(fd, "r");
	OPX_ASSERT(file != NULL);
	(void)opx_take_fd(&fd);
	(void)setvbuf(file, NULL, _IONBF, 0); /* no copy of a key in a buffer of ours */
	*ret = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	ERR_clear_error();
	return *ret != NULL ? OPX_OK
			    : OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not a private key in PEM", path);
}

static enum opx_status load_certificates(struct opx_signer *s, const char *path, struct opx_error *err)
{
	OPX_AUTO_FILE file = NULL;
	OPX_TRY(open_file(path, &file, err));
	s->certificate = PEM_read_X509(file, NULL, NULL, NULL);
	if (s->certificate == NULL)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not a certificate in PEM", path);
	s->chain = sk_X509_new_null();
	OPX_ASSERT(s->chain != NULL);
	for (X509 *next = PEM_read_X509(file, NULL, NULL, NULL); next != NULL;
	     next = PEM_read_X509(file, NULL, NULL, NULL))
		OPX_ASSERT(sk_X509_push(s->chain, next) > 0);
	ERR_clear_error();
	return OPX_OK;
}

static enum opx_status check_seal(const struct opx_signer *s, const char *key, const char *certificate,
				  struct opx_error *err)
{
	bool is_p256 = EVP_PKEY_is_a(s->seal_key, "EC") && EVP_PKEY_get_bits(s->seal_key) == 256;
	bool is_rsa = EVP_PKEY_is_a(s->seal_key, "RSA") && EVP_PKEY_get_bits(s->seal_key) >= 3072;
	if (!is_p256 && !is_rsa)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: P-256 or RSA of 3072 bits at least", key);
	if (X509_check_private_key(s->certificate, s->seal_key) != 1) {
		ERR_clear_error();
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not the certificate of %s", certificate, key);
	}
	if ((X509_get_key_usage(s->certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: its key usage does not allow signatures",
				certificate);
	return OPX_OK;
}

enum opx_status opx_signer_load(struct opx_signer *signer, const char *log_key, const char *seal_key,
				const char *certificate, struct opx_error *err)
{
	OPX_TRY(load_key(log_key, &signer->log_key, err));
	if (!EVP_PKEY_is_a(signer->log_key, "ED25519"))
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not an Ed25519 key", log_key);
	OPX_TRY(opx_ed25519_public(signer->log_key, signer->log_public, err));
	OPX_TRY(load_key(seal_key, &signer->seal_key, err));
	OPX_TRY(load_certificates(signer, certificate, err));
	return check_seal(signer, seal_key, certificate, err);
}

void opx_signer_done(struct opx_signer *signer)
{
	EVP_PKEY_free(signer->log_key);
	EVP_PKEY_free(signer->seal_key);
	X509_free(signer->certificate);
	sk_X509_pop_free(signer->chain, X509_free);
	*signer = (struct opx_signer){ .log_key = NULL };
}

enum opx_status opx_signer_note(const struct opx_signer *signer, struct opx_arena *arena,
				const struct opx_head *head, struct opx_bytes *ret, struct opx_error *err)
{
	return opx_note_sign(arena, head, &signer->log_key, 1, ret, err);
}

enum opx_status opx_signer_check_note(const struct opx_signer *signer, struct opx_arena *arena,
				      struct opx_str origin, int64_t size, struct opx_bytes note,
				      struct opx_head *ret, struct opx_error *err)
{
	struct opx_vkey key = { .name = origin };
	memcpy(key.key, signer->log_public, 32);
	OPX_TRY(opx_note_open(arena, note, &key, 1, ret, err));
	if (!opx_str_eq(ret->origin, origin) || size < 0 || ret->size != (uint64_t)size)
		return OPX_FAIL(err, OPX_INVALID, N_("Un état signé du journal n’a pas la bonne forme."),
				"the note of %s at %" PRId64 " is that of another head", origin.p, size);
	return OPX_OK;
}

/* ---- the seal ---- */

static void cms_freep(CMS_ContentInfo **cms)
{
	CMS_ContentInfo_free(*cms);
}

static bool sign_digest(const struct opx_signer *s, CMS_ContentInfo *cms, const struct opx_sha256 *digest)
{
	const unsigned flags = CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP;
	CMS_SignerInfo *si =
		CMS_add1_signer(cms, s->certificate, s->seal_key, EVP_sha256(), flags | CMS_CADES);
	bool is_good = si != NULL;
	for (int i = 0; is_good && i < sk_X509_num(s->chain); i++)
		is_good = CMS_add1_cert(cms, sk_X509_value(s->chain, i)) == 1;
	/* CMS_final would hash a content that is not here: the two attributes are set by hand, and it is never called. */
	return is_good &&
	       CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
					   OBJ_nid2obj(NID_pkcs7_data), -1) == 1 &&
	       CMS_signed_add1_attr_by_NID(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest->b, 32) ==
		       1 &&
	       CMS_SignerInfo_sign(si) == 1;
}

enum opx_status opx_signer_seal(const struct opx_signer *signer, struct opx_arena *arena,
				const struct opx_sha256 *digest, struct opx_bytes *ret, struct opx_error *err)
{
	__attribute__((cleanup(cms_freep))) CMS_ContentInfo *cms =
		CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP);
	int n = -1;
	if (cms != NULL && sign_digest(signer, cms, digest))
		n = i2d_CMS_ContentInfo(cms, NULL);
	if (n <= 0) {
		char text[160];
		ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
		ERR_clear_error();
		return OPX_FAIL(err, OPX_INTERNAL, NOT_SEALED, "CMS: %s", text);
	}
	uint8_t *der = opx_arena_alloc(arena, (size_t)n, 1), *p = der;
	OPX_ASSERT(i2d_CMS_ContentInfo(cms, &p) == n);
	*ret = (struct opx_bytes){ .p = der, .n = (size_t)n };
	return OPX_OK;
}
