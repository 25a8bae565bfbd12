/* SPDX-License-Identifier: MPL-2.0 */
/* digest.c: see digest.h. A failure of libcrypto here is not input's fault: it aborts, but for scrypt's memory. */
#include "base/digest.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/codec.h"

struct opx_hasher {
	EVP_MD_CTX *d256, *d512;
};

static void digest_parts(const EVP_MD *md, const struct opx_bytes *parts, size_t n_parts, uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	OPX_ASSERT(ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1);
	for (size_t i = 0; i < n_parts; i++)
		OPX_ASSERT(EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1);
	OPX_ASSERT(EVP_DigestFinal_ex(ctx, ret, NULL) == 1);
	EVP_MD_CTX_free(ctx);
}

struct opx_sha256 opx_sha256(struct opx_bytes data)
{
	struct opx_sha256 d;
	digest_parts(EVP_sha256(), &data, 1, d.b);
	return d;
}

struct opx_sha512 opx_sha512(struct opx_bytes data)
{
	struct opx_sha512 d;
	digest_parts(EVP_sha512(), &data, 1, d.b);
	return d;
}

struct opx_sha256 opx_sha256_parts(struct opx_bytes a, struct opx_bytes b, struct opx_bytes c)
{
	const struct opx_bytes parts[] = { a, b, c };
	struct opx_sha256 d;
	digest_parts(EVP_sha256(), parts, OPX_COUNT(parts), d.b);
	return d;
}

void opx_sha256_hex(const struct opx_sha256 *d, char ret[65])
{
	opx_hex(d->b, sizeof(d->b), ret);
}

void opx_sha512_hex(const struct opx_sha512 *d, char ret[129])
{
	opx_hex(d->b, sizeof(d->b), ret);
}

enum opx_status opx_sha256_unhex(struct opx_str text, struct opx_sha256 *ret, struct opx_error *err)
{
	return opx_unhex(text, ret->b, sizeof(ret->b), err);
}

struct opx_hasher *opx_hasher_new(void)
{
	struct opx_hasher *h = calloc(1, sizeof(*h));
	OPX_ASSERT(h != NULL);
	h->d256 = EVP_MD_CTX_new();
	h->d512 = EVP_MD_CTX_new();
	OPX_ASSERT(h->d256 != NULL && h->d512 != NULL);
	OPX_ASSERT(EVP_DigestInit_ex(h->d256, EVP_sha256(), NULL) == 1);
	OPX_ASSERT(EVP_DigestInit_ex(h->d512, EVP_sha512(), NULL) == 1);
	return h;
}

void opx_hasher_free(struct opx_hasher *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->d256);
	EVP_MD_CTX_free(h->d512);
	free(h);
}

void opx_hasher_add(struct opx_hasher *h, const void *data, size_t n)
{
	OPX_ASSERT(EVP_DigestUpdate(h->d256, data, n) == 1);
	OPX_ASSERT(EVP_DigestUpdate(h->d512, data, n) == 1);
}

void opx_hasher_end(struct opx_hasher *h, struct opx_sha256 *ret_256, struct opx_sha512 *ret_512)
{
	OPX_ASSERT(EVP_DigestFinal_ex(h->d256, ret_256->b, NULL) == 1);
	OPX_ASSERT(EVP_DigestFinal_ex(h->d512, ret_512->b, NULL) == 1);
}

struct opx_sha256 opx_hmac_sha256(struct opx_bytes key, struct opx_bytes data)
{
	struct opx_sha256 d;
	unsigned n = 0;
	static const uint8_t none[1];
	OPX_ASSERT(key.n <= INT32_MAX);
	OPX_ASSERT(HMAC(EVP_sha256(), key.n > 0 ? key.p : none, (int)key.n, data.n > 0 ? data.p : none,
			data.n, d.b, &n) != NULL);
	return d;
}

enum opx_status opx_scrypt(struct opx_bytes secret, struct opx_bytes salt, unsigned n_log2, uint8_t ret[32],
			   struct opx_error *err)
{
	OPX_ASSERT(n_log2 >= 10 && n_log2 <= 20);
	const uint64_t n = (uint64_t)1 << n_log2;
	const uint64_t max_memory = 128 * n * 8 + (1U << 20U);
	if (EVP_PBE_scrypt((const char *)secret.p, secret.n, salt.p, salt.n, n, 8, 1, max_memory, ret, 32) !=
	    1)
		return OPX_FAIL(err, OPX_INTERNAL, N_("Le service a rencontré un problème."),
				"scrypt failed, n 2^%u", n_log2);
	return OPX_OK;
}

bool opx_secret_eq(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
