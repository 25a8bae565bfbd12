/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_crl.c: a list of revoked certificates. The input is the signed part (TBSCertList); it is read as it is, then signed by an
 * authority that is made here, so that the reader gets beyond the signature. */
#include "fuzz.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lane/crl.h"

#define INPUT_BYTES ((size_t)1 << 20)

/* Made once: a fuzzer's process has one thread. */
static EVP_PKEY *key;
static X509 *authority;

static void make_authority(void)
{
	key = EVP_EC_gen("P-256");
	authority = X509_new();
	FUZZ_CHECK(key != NULL && authority != NULL);
	X509_NAME *name = X509_get_subject_name(authority);
	FUZZ_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"Fuzz", -1,
					      -1, 0) == 1);
	FUZZ_CHECK(X509_set_pubkey(authority, key) == 1);
}

static size_t put_head(uint8_t *p, uint8_t tag, size_t n)
{
	const uint8_t head[5] = { tag, 0x83, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
	memcpy(p, head, sizeof(head));
	return sizeof(head);
}

/* SEQUENCE { tbs, ecdsa-with-SHA256, BIT STRING }; the reader takes lengths that are longer than DER's. */
static struct opx_bytes sign(struct opx_arena *arena, struct opx_bytes tbs)
{
	static const uint8_t algorithm[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
					     0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
	uint8_t signature[128];
	size_t n = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	FUZZ_CHECK(md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
		   EVP_DigestSign(md, signature, &n, tbs.p, tbs.n) == 1);
	EVP_MD_CTX_free(md);
	uint8_t *out = opx_arena_alloc(arena, tbs.n + sizeof(algorithm) + n + 16, 1);
	size_t at = put_head(out, 0x30, tbs.n + sizeof(algorithm) + 5 + 1 + n);
	memcpy(out + at, tbs.p, tbs.n);
	at += tbs.n;
	memcpy(out + at, algorithm, sizeof(algorithm));
	at += sizeof(algorithm);
	at += put_head(out + at, 0x03, n + 1);
	out[at++] = 0;
	memcpy(out + at, signature, n);
	return (struct opx_bytes){ .p = out, .n = at + n };
}

static void read_list(struct opx_arena *arena, struct opx_bytes der)
{
	const struct opx_authority who = { .x = authority };
	const struct opx_instant now = { .us = (int64_t)1800000000 * 1000000 };
	struct opx_crl crl;
	if (opx_crl_read(arena, der, &who, now, &crl, NULL) != OPX_OK)
		return;
	FUZZ_CHECK(crl.n <= OPX_CRL_MAX_ENTRIES && crl.next_update.us >= now.us);
	for (size_t i = 0; i < crl.n; i++)
		FUZZ_CHECK(crl.serials[i].n == 0 || crl.serials[i].p[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	if (key == NULL)
		make_authority();
	if (n > INPUT_BYTES)
		return 0;
	read_list(arena, (struct opx_bytes){ .p = data, .n = n });
	read_list(arena, sign(arena, (struct opx_bytes){ .p = data, .n = n }));
	return 0;
}

/* The fuzzer looks for leaks at its end. */
__attribute__((destructor)) static void end_of_process(void)
{
	X509_free(authority);
	EVP_PKEY_free(key);
}
