/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_cert.c: a client certificate to an identity. The issuing authority is tests/fuzz/data/issuers.pem. */
#include "fuzz.h"

#include "cert.h"

#ifndef FUZZ_DATA
#error "the folder of issuers.pem"
#endif

/* Loaded once: a fuzzer's process has one thread. */
static struct cert_issuers *issuers;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct opx_str policies[] = { { .p = "1.2.3.4.5", .n = 9 } };
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)16 << 20);
	const struct opx_instant now = { .us = (int64_t)1800000000 * 1000000 };
	struct cert cert;
	if (issuers == NULL)
		FUZZ_CHECK(cert_issuers_load(FUZZ_DATA "/issuers.pem", &issuers, NULL) == OPX_OK);
	cert_read(arena, (struct opx_bytes){ .p = data, .n = n }, issuers, policies, 1, now, &cert);
	if (cert.fault == CERT_GOOD)
		FUZZ_CHECK(cert.n_chain >= 2 && cert.n_chain <= CERT_MAX_CHAIN);
	return 0;
}

/* The fuzzer looks for leaks at its end. */
__attribute__((destructor)) static void end_of_process(void)
{
	cert_issuers_free(issuers);
}
