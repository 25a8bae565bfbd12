/* SPDX-License-Identifier: MPL-2.0 */
/* files.h: what the files lane decides of a file by its name and its checks, and the sweep of what nobody needs. */
#ifndef OPX_LANE_FILES_H
#define OPX_LANE_FILES_H

#include "base/error.h"
#include "base/str.h"
#include "opx/filecheck.h"

struct opx_arena;
struct opx_job;

/* The extension of a shown name: lower case, without its dot; "" when there is none of at most 8 letters and digits. */
struct opx_str opx_file_ext(struct opx_arena *arena, struct opx_str name);
/* The last word on a file (security 5.6): kinds by allow-list; name, announced type and content must agree. n_checks: how many
 * checks knew it as theirs; verdict is what they said, and becomes a refusal with its cure when they do not agree. */
void opx_file_agree(struct opx_arena *arena, struct opx_str ext, struct opx_str declared, size_t n_checks,
		    struct opx_verdict *verdict);

/* store.sweep: uploads and stored files that no row needs, once they are old enough; each is logged. */
OPX_MUST_USE enum opx_status opx_store_sweep(void *self, struct opx_job *job, struct opx_error *err);

#endif
