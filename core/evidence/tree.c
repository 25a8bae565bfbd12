/* SPDX-License-Identifier: MPL-2.0 */
/* tree.c: see tree.h. */
#include "evidence/tree.h"

#include <string.h>

struct opx_sha256 opx_tree_leaf(struct opx_bytes line)
{
	return opx_sha256_parts((struct opx_bytes){ .p = (const uint8_t *)"", .n = 1 }, line,
				(struct opx_bytes){ .n = 0 });
}

static struct opx_bytes bytes_of(const struct opx_sha256 *h)
{
	return (struct opx_bytes){ .p = h->b, .n = sizeof(h->b) };
}

struct opx_sha256 opx_tree_node(const struct opx_sha256 *left, const struct opx_sha256 *right)
{
	static const uint8_t one = 1;
	return opx_sha256_parts((struct opx_bytes){ .p = &one, .n = 1 }, bytes_of(left), bytes_of(right));
}

/* The largest power of two smaller than n; n > 1. */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << (63U - (unsigned)__builtin_clzll(n - 1));
}

struct opx_sha256 opx_tree_root(const struct opx_sha256 *leaves, uint64_t n)
{
	struct opx_frontier f = { .size = 0 };
	for (uint64_t i = 0; i < n; i++)
		opx_frontier_append(&f, &leaves[i]);
	return opx_frontier_root(&f);
}

unsigned opx_frontier_count(const struct opx_frontier *f)
{
	return (unsigned)__builtin_popcountll(f->size);
}

void opx_frontier_append(struct opx_frontier *f, const struct opx_sha256 *leaf)
{
	OPX_ASSERT(f->size < (uint64_t)1 << 63U);
	unsigned n = opx_frontier_count(f);
	struct opx_sha256 h = *leaf;
	/* Each trailing bit of the size is a subtree that the new one completes. */
	for (uint64_t rest = f->size; (rest & 1U) != 0; rest >>= 1U)
		h = opx_tree_node(&f->nodes[--n], &h);
	f->nodes[n] = h;
	f->size++;
}

struct opx_sha256 opx_frontier_root(const struct opx_frontier *f)
{
	unsigned n = opx_frontier_count(f);
	if (n == 0)
		return opx_sha256((struct opx_bytes){ .p = (const uint8_t *)"", .n = 0 });
	struct opx_sha256 h = f->nodes[n - 1];
	for (unsigned i = n - 1; i > 0; i--)
		h = opx_tree_node(&f->nodes[i - 1], &h);
	return h;
}

size_t opx_tree_prove(const struct opx_sha256 *leaves, uint64_t n, uint64_t index,
		      struct opx_sha256 ret_path[OPX_TREE_MAX_PROOF])
{
	OPX_ASSERT(index < n);
	struct opx_sha256 down[OPX_TREE_MAX_PROOF];
	size_t depth = 0;
	while (n > 1) {
		uint64_t k = split(n);
		if (index < k) {
			down[depth++] = opx_tree_root(leaves + k, n - k);
			n = k;
		} else {
			down[depth++] = opx_tree_root(leaves, k);
			leaves += k;
			index -= k;
			n -= k;
		}
	}
	for (size_t i = 0; i < depth; i++)
		ret_path[i] = down[depth - 1 - i];
	return depth;
}

bool opx_tree_check(const struct opx_sha256 *leaf, uint64_t index, uint64_t n, const struct opx_sha256 *path,
		    size_t n_path, const struct opx_sha256 *root)
{
	if (index >= n)
		return false;
	uint64_t fn = index, sn = n - 1;
	struct opx_sha256 r = *leaf;
	for (size_t i = 0; i < n_path; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1U) != 0 || fn == sn) {
			r = opx_tree_node(&path[i], &r);
			while ((fn & 1U) == 0) { /* ends: fn is odd, or it is sn, which is not 0 */
				fn >>= 1U;
				sn >>= 1U;
			}
		} else {
			r = opx_tree_node(&r, &path[i]);
		}
		fn >>= 1U;
		sn >>= 1U;
	}
	return sn == 0 && memcmp(r.b, root->b, sizeof(r.b)) == 0;
}
