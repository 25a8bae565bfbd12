/* SPDX-License-Identifier: MPL-2.0 */
/* zip.h: reads the container of a bundle, in its only form (evidence-format 5.1, 5.2): every field fixed, entries back to back.
 *
 * Input is a stranger's: nothing is believed, sizes are bounded before memory is asked for.
 */
#ifndef OPX_EVIDENCE_ZIP_H
#define OPX_EVIDENCE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;

#define OPX_ZIP_MAX_ENTRIES 60000
#define OPX_ZIP_MAX_NAME 200
/* What deflated entries may become together; stored ones stay in the file's own bytes. */
#define OPX_ZIP_MAX_INFLATED ((size_t)256 * 1024 * 1024)

struct opx_zip_entry {
	struct opx_str name; /* checked: the characters and length of 5.2 */
	struct opx_bytes data;
};
struct opx_zip {
	const struct opx_zip_entry *p;       /* in the order of the file */
	const struct opx_zip_entry **sorted; /* by name, bytes */
	size_t n;
};

/* Entries point into file (stored) or arena (deflated). OPX_INVALID: the detail says which rule; OPX_TOO_LARGE: a limit. */
OPX_MUST_USE enum opx_status opx_zip_read(struct opx_arena *arena, struct opx_bytes file, struct opx_zip *ret,
					  struct opx_error *err);
/* NULL when there is none. */
const struct opx_zip_entry *opx_zip_find(const struct opx_zip *zip, struct opx_str name);

#endif
