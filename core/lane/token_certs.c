/* SPDX-License-Identifier: MPL-2.0 */
/* token_certs.c: see token_certs.h. */
#include "lane/token_certs.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>

#include "base/arena.h"
#include "base/auto.h"

#define MAX_CERTS 48

static void resp_freep(TS_RESP **resp)
{
	TS_RESP_free(*resp);
}

static void add(struct opx_arena *arena, X509 *x, struct opx_bytes *list, size_t *n)
{
	unsigned char *der = NULL;
	int len = *n < MAX_CERTS ? i2d_X509(x, &der) : 0;
	if (len > 0)
		list[(*n)++] = (struct opx_bytes){ .p = opx_arena_memdup(arena, der, (size_t)len),
						   .n = (size_t)len };
	OPENSSL_free(der);
}

static enum opx_status add_file(struct opx_arena *arena, const char *path, struct opx_bytes *list, size_t *n,
				struct opx_error *err)
{
	X509 *x = NULL;
	OPX_AUTO_FILE f = fopen(path, "re");
	if (f == NULL)
		return OPX_FAIL(err, OPX_INVALID, N_("Le service a rencontré un problème."),
				"%s: cannot be read", path);
	while ((x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
		add(arena, x, list, n);
		X509_free(x);
	}
	ERR_clear_error();
	return OPX_OK;
}

enum opx_status opx_token_certs(struct opx_arena *arena, struct opx_bytes tsr, const char *roots,
				const struct opx_bytes **ret, size_t *ret_n, struct opx_error *err)
{
	struct opx_bytes *list = OPX_NEW_N(arena, struct opx_bytes, MAX_CERTS);
	size_t n = 0;
	const unsigned char *p = tsr.p;
	__attribute__((cleanup(resp_freep))) TS_RESP *resp = d2i_TS_RESP(NULL, &p, (long)tsr.n);
	PKCS7 *token = resp != NULL ? TS_RESP_get_token(resp) : NULL;
	if (token == NULL || !PKCS7_type_is_signed(token))
		return OPX_FAIL(err, OPX_INVALID, N_("Le service a rencontré un problème."), "not a token");
	for (int i = 0; i < sk_X509_num(token->d.sign->cert); i++)
		add(arena, sk_X509_value(token->d.sign->cert, i), list, &n);
	if (roots != NULL && roots[0] != '\0')
		OPX_TRY(add_file(arena, roots, list, &n, err));
	*ret = list;
	*ret_n = n;
	return OPX_OK;
}
