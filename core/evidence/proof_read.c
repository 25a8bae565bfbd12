/* SPDX-License-Identifier: MPL-2.0 */
/* proof_read.c: see proof_read.h. */
#include "evidence/proof_read.h"

#include <string.h>

#include "base/codec.h"
#include "base/num.h"

#define BAD N_("Une preuve d’inclusion n’a pas la bonne forme.")

static bool next_line(struct opx_bytes *rest, struct opx_str *ret)
{
	const uint8_t *lf = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	if (lf == NULL)
		return false;
	*ret = (struct opx_str){ .p = (const char *)rest->p, .n = (size_t)(lf - rest->p) };
	rest->n -= ret->n + 1;
	rest->p = lf + 1;
	return true;
}

static bool value_of(struct opx_str line, const char *prefix, struct opx_str *ret)
{
	size_t n = strlen(prefix);
	if (line.n < n || memcmp(line.p, prefix, n) != 0)
		return false;
	*ret = (struct opx_str){ .p = line.p + n, .n = line.n - n };
	return true;
}

static bool parse_head(struct opx_arena *arena, struct opx_bytes *rest, struct opx_read_proof *proof)
{
	struct opx_str line, value;
	int64_t index = 0;
	if (!next_line(rest, &line) || !opx_str_is(line, "c2sp.org/tlog-proof@v1"))
		return false;
	if (!next_line(rest, &line) || !value_of(line, "extra ", &value) ||
	    opx_unbase64(arena, value, &proof->extra, NULL) != OPX_OK)
		return false;
	if (!next_line(rest, &line) || !value_of(line, "index ", &value) ||
	    opx_parse_i64(value, 0, INT64_MAX, &index, NULL) != OPX_OK)
		return false;
	proof->index = (uint64_t)index;
	return true;
}

enum opx_status opx_proof_parse(struct opx_arena *arena, struct opx_bytes file, struct opx_read_proof *ret,
				struct opx_error *err)
{
	struct opx_read_proof proof = { .n_path = 0 };
	struct opx_bytes rest = file, hash;
	struct opx_str line;
	bool has_end = false; /* of the path: an empty line, even when the path is empty */
	if (file.n > OPX_PROOF_MAX_BYTES || !parse_head(arena, &rest, &proof))
		return OPX_FAIL(err, OPX_INVALID, BAD, "proof of %zu bytes", file.n);
	while (next_line(&rest, &line)) {
		has_end = line.n == 0;
		if (has_end)
			break;
		if (proof.n_path == OPX_TREE_MAX_PROOF || opx_unbase64(arena, line, &hash, NULL) != OPX_OK ||
		    hash.n != 32)
			return OPX_FAIL(err, OPX_INVALID, BAD, "hash %zu of a proof", proof.n_path);
		memcpy(proof.path[proof.n_path++].b, hash.p, 32);
	}
	if (!has_end || rest.n == 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "proof without a checkpoint");
	proof.note = rest;
	*ret = proof;
	return OPX_OK;
}
