/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_proof.c: the pieces of a bundle that are parsed alone: inclusion proofs, tokens, signatures, bodies. */
#include "fuzz.h"

#include "evidence/proof.h"
#include "evidence/proof_read.h"
#include "verify.h"

static void read_proof(struct opx_arena *arena, struct opx_bytes in)
{
	struct opx_read_proof proof;
	struct opx_bytes again;
	if (opx_proof_parse(arena, in, &proof, NULL) != OPX_OK)
		return;
	const struct opx_proof same = { .extra = proof.extra,
					.index = proof.index,
					.path = proof.path,
					.n_path = proof.n_path,
					.note = proof.note };
	FUZZ_CHECK(opx_proof_format(arena, &same, &again, NULL) == OPX_OK && opx_bytes_eq(again, in));
}

static void read_body(struct opx_arena *arena, struct opx_bytes in)
{
	struct verifier v = { .arena = arena };
	const struct body *b = body_read(&v, in);
	if (!b->is_well_formed)
		return;
	FUZZ_CHECK(body_is_of(b, 'c') || body_is_of(b, 'r'));
	FUZZ_CHECK(body_claim(b, 'r') == K4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)256 << 20);
	const struct opx_bytes in = { .p = data, .n = n };
	struct opx_trust *trust = opx_trust_new();
	struct opx_roots *roots = NULL;
	struct opx_token token;
	struct opx_judged judged;
	read_proof(arena, in);
	read_body(arena, in);
	OPX_IGNORE(opx_trust_add_cert(trust, in, NULL)); /* taken or not, it must only not break */
	OPX_IGNORE(opx_trust_add_crl(trust, in, NULL));
	FILE *f = fopen(FUZZ_DATA "/issuers.pem", "re");
	static uint8_t pem[65536];
	FUZZ_CHECK(f != NULL);
	size_t n_pem = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	FUZZ_CHECK(opx_roots_load((struct opx_bytes){ .p = pem, .n = n_pem }, &roots, NULL) == OPX_OK);
	for (int is_bare = 0; is_bare < 2; is_bare++) {
		opx_token_judge(trust, roots, in, is_bare != 0, NULL, &token);
		FUZZ_CHECK(token.judgment == OPX_JUDGED_BAD);
	}
	opx_signature_judge(trust, roots, in, in, token.gen, true, &judged);
	FUZZ_CHECK(judged.judgment == OPX_JUDGED_BAD);
	opx_roots_free(roots);
	opx_trust_free(trust);
	return 0;
}
