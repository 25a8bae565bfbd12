/* SPDX-License-Identifier: MPL-2.0 */
/* proof.c: see proof.h. */
#include "evidence/proof.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"

#define MAX_PROOF_BYTES ((size_t)256 * 1024)

void opx_subtrees_build(struct opx_arena *arena, const struct opx_sha256 *leaves, uint64_t n,
			struct opx_subtrees *ret)
{
	*ret = (struct opx_subtrees){ .n = n, .n_levels = 1, .levels = { leaves } };
	for (uint64_t count = n / 2; count > 0; count /= 2) {
		const struct opx_sha256 *below = ret->levels[ret->n_levels - 1];
		struct opx_sha256 *level = OPX_NEW_N(arena, struct opx_sha256, count);
		for (uint64_t i = 0; i < count; i++)
			level[i] = opx_tree_node(&below[2 * i], &below[2 * i + 1]);
		ret->levels[ret->n_levels++] = level;
	}
}

/* Root of the leaves from (inclusive) to (exclusive): from is a multiple of the largest power of two in the range. */
static struct opx_sha256 range_root(const struct opx_subtrees *t, uint64_t from, uint64_t to)
{
	/* The perfect subtrees of the range, largest first, folded from the right. */
	struct opx_sha256 parts[64];
	size_t n = 0;
	while (from < to) {
		unsigned level = 63U - (unsigned)__builtin_clzll(to - from);
		parts[n++] = t->levels[level][from >> level];
		from += (uint64_t)1 << level;
	}
	OPX_ASSERT(n > 0);
	struct opx_sha256 root = parts[n - 1];
	for (size_t i = n - 1; i > 0; i--)
		root = opx_tree_node(&parts[i - 1], &root);
	return root;
}

struct opx_sha256 opx_subtrees_root(const struct opx_subtrees *t, uint64_t size)
{
	OPX_ASSERT(size <= t->n);
	return size == 0 ? opx_sha256((struct opx_bytes){ .p = (const uint8_t *)"", .n = 0 })
			 : range_root(t, 0, size);
}

size_t opx_subtrees_prove(const struct opx_subtrees *t, uint64_t size, uint64_t index,
			  struct opx_sha256 ret_path[OPX_TREE_MAX_PROOF])
{
	OPX_ASSERT(index < size && size <= t->n);
	struct opx_sha256 down[OPX_TREE_MAX_PROOF];
	uint64_t from = 0, n = size;
	size_t depth = 0;
	while (n > 1) {
		const uint64_t half = (uint64_t)1 << (63U - (unsigned)__builtin_clzll(n - 1));
		if (index - from < half) {
			down[depth++] = range_root(t, from + half, from + n);
			n = half;
		} else {
			down[depth++] = range_root(t, from, from + half);
			from += half;
			n -= half;
		}
	}
	for (size_t i = 0; i < depth; i++)
		ret_path[i] = down[depth - 1 - i];
	return depth;
}

enum opx_status opx_proof_format(struct opx_arena *arena, const struct opx_proof *proof,
				 struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_buf buf;
	opx_buf_init(&buf, arena, MAX_PROOF_BYTES);
	opx_buf_printf(&buf, "c2sp.org/tlog-proof@v1\nextra %s\nindex %" PRIu64 "\n",
		       opx_base64(arena, proof->extra).p, proof->index);
	for (size_t i = 0; i < proof->n_path; i++)
		opx_buf_printf(&buf, "%s\n",
			       opx_base64(arena, (struct opx_bytes){ .p = proof->path[i].b, .n = 32 }).p);
	opx_buf_putc(&buf, '\n');
	opx_buf_put(&buf, proof->note.p, proof->note.n);
	OPX_TRY(opx_buf_ok(&buf, err));
	*ret = opx_buf_bytes(&buf);
	return OPX_OK;
}
