/* SPDX-License-Identifier: MPL-2.0 */
/* proof_read.h: reads c2sp.org/tlog-proof@v1 files (evidence-format 4.8, 4.9): one leaf, its path, the signed head it leads to. */
#ifndef OPX_EVIDENCE_PROOF_READ_H
#define OPX_EVIDENCE_PROOF_READ_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"
#include "evidence/tree.h"

struct opx_arena;

#define OPX_PROOF_MAX_BYTES 196608

struct opx_read_proof {
	struct opx_bytes extra; /* leaf line; of a global proof also LF and the body */
	uint64_t index;
	struct opx_sha256 path[OPX_TREE_MAX_PROOF];
	size_t n_path;
	struct opx_bytes note; /* the checkpoint, unread */
};

OPX_MUST_USE enum opx_status opx_proof_parse(struct opx_arena *arena, struct opx_bytes file,
					     struct opx_read_proof *ret, struct opx_error *err);

#endif
