/* SPDX-License-Identifier: MPL-2.0 */
/* sealed.c: see sealed.h. */
#include "base/sealed.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/arena.h"

#define NONCE 12
#define TAG 16

struct opx_bytes opx_sealed_close(struct opx_arena *arena, const struct opx_random *random,
				  const uint8_t key[OPX_SEALED_KEY_BYTES], struct opx_str context,
				  struct opx_bytes plain)
{
	OPX_ASSERT(plain.n <= 65536 && context.n <= 65536);
	uint8_t *out = opx_arena_alloc(arena, 1, NONCE + plain.n + TAG);
	opx_random_fill(random, out, NONCE);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	bool is_done = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
		       EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)context.p, (int)context.n) == 1 &&
		       EVP_EncryptUpdate(ctx, out + NONCE, &n, plain.p, (int)plain.n) == 1 &&
		       EVP_EncryptFinal_ex(ctx, out + NONCE + n, &last) == 1 &&
		       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + plain.n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	OPX_ASSERT(is_done && (size_t)n == plain.n);
	return (struct opx_bytes){ .p = out, .n = NONCE + plain.n + TAG };
}

enum opx_status opx_sealed_open(const uint8_t key[OPX_SEALED_KEY_BYTES], struct opx_str context,
				struct opx_bytes sealed, uint8_t *ret, size_t max, size_t *ret_n,
				struct opx_error *err)
{
	uint8_t tag[TAG];
	if (sealed.n < OPX_SEALED_EXTRA_BYTES || sealed.n > 65536)
		return OPX_FAIL(err, OPX_INVALID, N_("Ce secret n’est plus lisible."),
				"sealed secret of %zu bytes", sealed.n);
	size_t n = sealed.n - OPX_SEALED_EXTRA_BYTES;
	if (n > max)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce secret n’est plus lisible."),
				"sealed secret of %zu bytes", sealed.n);
	memcpy(tag, sealed.p + NONCE + n, TAG);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int got = 0, last = 0;
	bool is_good = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed.p) == 1 &&
		       EVP_DecryptUpdate(ctx, NULL, &got, (const uint8_t *)context.p, (int)context.n) == 1 &&
		       EVP_DecryptUpdate(ctx, ret, &got, sealed.p + NONCE, (int)n) == 1 &&
		       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
		       EVP_DecryptFinal_ex(ctx, ret + n, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!is_good) {
		OPENSSL_cleanse(ret, n);
		return OPX_FAIL(err, OPX_INVALID, N_("Ce secret n’est plus lisible."),
				"sealed secret: wrong key, context or bytes");
	}
	*ret_n = n;
	return OPX_OK;
}
