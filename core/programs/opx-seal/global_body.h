/* SPDX-License-Identifier: MPL-2.0 */
/* global_body.h: bodies of the global log (evidence-format 2.9): made and salted by opx-seal alone, so read by it alone. */
#ifndef OPX_SEAL_GLOBAL_BODY_H
#define OPX_SEAL_GLOBAL_BODY_H

#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/random.h"
#include "base/str.h"
#include "evidence/note.h"

struct opx_arena;

/* release{build,sha256}: what runs from here on; sha256 of the program's file. */
OPX_MUST_USE enum opx_status opx_global_release(struct opx_arena *arena, const struct opx_random *random,
						struct opx_str origin, struct opx_instant at,
						const char *build, const struct opx_sha256 *program,
						struct opx_bytes *ret, struct opx_error *err);
/* case.head: head{log,size,root} of a stamped head. */
OPX_MUST_USE enum opx_status opx_global_head(struct opx_arena *arena, const struct opx_random *random,
					     struct opx_str origin, struct opx_instant at,
					     const struct opx_head *head, struct opx_bytes *ret,
					     struct opx_error *err);
/* Which head a body holds; size 0 when it is another type. OPX_INVALID: not a body of ours. */
OPX_MUST_USE enum opx_status opx_global_head_of(struct opx_arena *arena, struct opx_bytes body,
						struct opx_str *ret_origin, int64_t *ret_size,
						struct opx_error *err);

#endif
