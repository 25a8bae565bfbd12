/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_bundle.c: a stranger's bundle, whole: the container, and every claim on what is in it. With roots that signed nothing of
 * it, K0 is never PASSED and nothing after it either. */
#include "fuzz.h"

#include "evidence/zip.h"
#include "verify.h"

static struct opx_roots *nobody(void)
{
	struct opx_roots *roots = NULL;
	static char pem[65536];
	FILE *f = fopen(FUZZ_DATA "/issuers.pem", "re");
	FUZZ_CHECK(f != NULL);
	size_t n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	FUZZ_CHECK(opx_roots_load((struct opx_bytes){ .p = (const uint8_t *)pem, .n = n }, &roots, NULL) ==
		   OPX_OK);
	return roots;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct opx_roots *roots;
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)512 << 20);
	const struct opx_bytes in = { .p = data, .n = n };
	struct opx_zip zip;
	if (roots == NULL)
		roots = nobody();
	if (opx_zip_read(arena, in, &zip, NULL) == OPX_OK)
		for (size_t i = 0; i < zip.n; i++)
			FUZZ_CHECK(opx_zip_find(&zip, zip.p[i].name) == &zip.p[i]);
	const struct options options = { .tsa_roots = roots, .user_roots = roots };
	struct report report = { .arena = arena };
	struct verifier v = { .arena = arena, .report = &report, .options = &options };
	verify_run(&v, in);
	for (enum claim k = K0; k <= K8; k++)
		FUZZ_CHECK(report_verdict(&report, k) != PASSED);
	opx_trust_free(v.trust);
	json_decref(v.bundle);
	return 0;
}
