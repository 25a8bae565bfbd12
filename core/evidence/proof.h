/* SPDX-License-Identifier: MPL-2.0 */
/* proof.h: C2SP tlog-proofs: a line, its path to a head, and the head (evidence-format 4.8, 4.9); and the whole tree of a log, from
 * which many paths are taken without hashing everything again each time.
 */
#ifndef OPX_EVIDENCE_PROOF_H
#define OPX_EVIDENCE_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"
#include "evidence/tree.h"

struct opx_arena;

/* The roots of all perfect subtrees of n leaves; in arena, about 64 bytes a leaf. leaves is borrowed. */
struct opx_subtrees {
	uint64_t n;
	unsigned n_levels;
	const struct opx_sha256 *levels[64]; /* [k][i]: root of the leaves from i * 2^k on, 2^k of them */
};
void opx_subtrees_build(struct opx_arena *arena, const struct opx_sha256 *leaves, uint64_t n,
			struct opx_subtrees *ret);
/* Root of the first size leaves, and the path of leaf index among them; index < size <= n (asserted). */
struct opx_sha256 opx_subtrees_root(const struct opx_subtrees *t, uint64_t size);
size_t opx_subtrees_prove(const struct opx_subtrees *t, uint64_t size, uint64_t index,
			  struct opx_sha256 ret_path[OPX_TREE_MAX_PROOF]);

/* The text of a proof. extra: the leaf line, and of the global log LF and its body. note: the head, byte for byte. */
struct opx_proof {
	struct opx_bytes extra;
	uint64_t index;
	const struct opx_sha256 *path;
	size_t n_path;
	struct opx_bytes note;
};
OPX_MUST_USE enum opx_status opx_proof_format(struct opx_arena *arena, const struct opx_proof *proof,
					      struct opx_bytes *ret, struct opx_error *err);

#endif
