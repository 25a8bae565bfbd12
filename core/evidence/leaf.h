/* SPDX-License-Identifier: MPL-2.0 */
/* leaf.h: the line of an event in its log (evidence-format 2.1), and the names of logs. */
#ifndef OPX_EVIDENCE_LEAF_H
#define OPX_EVIDENCE_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

#define OPX_LEAF_MAX_BYTES 1024

struct opx_leaf {
	struct opx_str origin;
	uint64_t seq;
	struct opx_instant time;
	struct opx_sha256 after; /* zeros when no token is known */
	struct opx_sha256 body;
};

/* [a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9._-]*)+ */
bool opx_origin_is_valid(struct opx_str origin);
/* "<host>/c/<26>" to its letter: 'c', 'r', 'g'; 0 for another form. */
char opx_origin_kind(struct opx_str origin);
/* Acts and readings of one dossier have the same 26 characters. */
bool opx_origin_is_pair(struct opx_str acts, struct opx_str readings);

/* Without the LF. The origin is valid and the line fits (asserted). */
struct opx_str opx_leaf_format(struct opx_arena *arena, const struct opx_leaf *leaf);
/* One line without its LF, in the only form; ret->origin lives in arena. */
OPX_MUST_USE enum opx_status opx_leaf_parse(struct opx_arena *arena, struct opx_bytes line,
					    struct opx_leaf *ret, struct opx_error *err);

#endif
