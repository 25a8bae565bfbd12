/* SPDX-License-Identifier: MPL-2.0 */
/* draft.h: what is prepared before a deposit: its files arrive by pieces and wait for their checks. */
#ifndef OPX_DOMAIN_DRAFT_H
#define OPX_DOMAIN_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_db;
struct opx_random;

struct opx_draft_limits {
	int64_t max_files, max_file_bytes, quota_bytes;
};

/* A file announced for a draft. name: as received; refused when it has control or direction characters, path parts or bytes
 * that are no UTF-8 (security T14). *ret_upload: 32 hex characters, the name in incoming/ and in the tus address.
 * OPX_TOO_LARGE: the file, the number of files or the draft's quota. */
struct opx_draft_file {
	struct opx_bytes name;
	struct opx_str declared_type;
	int64_t size;
};
OPX_MUST_USE enum opx_status opx_draft_add_file(struct opx_db *db, struct opx_arena *arena,
						const struct opx_random *random,
						const struct opx_draft_limits *limits, int64_t draft,
						const struct opx_draft_file *file, int64_t *ret_id,
						struct opx_str *ret_upload, struct opx_error *err);

/* OPX_TOO_LARGE with the limit as people name it ("2 Go"); the file's size, when it is known, is for the log. */
OPX_MUST_USE enum opx_status opx_draft_too_large(int64_t size, int64_t max_bytes, struct opx_error *err);

/* Is this a name that may come in? *ret_shown: NFC. */
OPX_MUST_USE enum opx_status opx_draft_name(struct opx_arena *arena, struct opx_bytes name,
					    struct opx_str *ret_shown, struct opx_error *err);

#endif
