/* SPDX-License-Identifier: MPL-2.0 */
/* tree.h: the Merkle tree of RFC 6962: leaf and node hashes, the root of n leaves, inclusion proofs, and a frontier that
 * grows one leaf at a time. Pure: no memory but the caller's. */
#ifndef OPX_EVIDENCE_TREE_H
#define OPX_EVIDENCE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

#define OPX_TREE_MAX_PROOF 64

/* SHA-256(0x00 || line); the line without its LF. */
struct opx_sha256 opx_tree_leaf(struct opx_bytes line);
/* SHA-256(0x01 || left || right). */
struct opx_sha256 opx_tree_node(const struct opx_sha256 *left, const struct opx_sha256 *right);
/* Root of n leaf hashes; of none: SHA-256 of nothing. */
struct opx_sha256 opx_tree_root(const struct opx_sha256 *leaves, uint64_t n);

/* The perfect subtrees of a tree of `size` leaves, largest first: enough to append and to give the root. */
struct opx_frontier {
	uint64_t size;
	struct opx_sha256 nodes[64];
};
/* Number of subtrees: bits set in size. */
unsigned opx_frontier_count(const struct opx_frontier *f);
/* Size stays under 2^63 (asserted). */
void opx_frontier_append(struct opx_frontier *f, const struct opx_sha256 *leaf);
struct opx_sha256 opx_frontier_root(const struct opx_frontier *f);

/* Audit path of leaf `index` among n (RFC 6962 2.1.1), nearest first. index < n (asserted). Number of hashes. */
size_t opx_tree_prove(const struct opx_sha256 *leaves, uint64_t n, uint64_t index,
		      struct opx_sha256 ret_path[OPX_TREE_MAX_PROOF]);
/* Does the path lead from that leaf to that root (RFC 9162 2.1.3.2)? */
bool opx_tree_check(const struct opx_sha256 *leaf, uint64_t index, uint64_t n, const struct opx_sha256 *path,
		    size_t n_path, const struct opx_sha256 *root);

#endif
