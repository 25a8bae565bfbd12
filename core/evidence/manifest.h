/* SPDX-License-Identifier: MPL-2.0 */
/* manifest.h: the two lists of the files of a bundle: SHA256SUMS and META-INF/ASiCManifest.xml (evidence-format 5.4, 5.6). */
#ifndef OPX_EVIDENCE_MANIFEST_H
#define OPX_EVIDENCE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

struct opx_listed {
	struct opx_str name;
	struct opx_sha256 sha256;
};

/* Is this file of the container named in SHA256SUMS? All but mimetype, the list itself with its token and seal, META-INF. */
bool opx_sums_has(struct opx_str name);
/* Is it named in ASiCManifest.xml? All but mimetype and META-INF. */
bool opx_manifest_has(struct opx_str name);

/* Sorts files by bytes of their names, in place. */
void opx_listed_sort(struct opx_listed *files, size_t n);
/* `<64 hex>  <name>` LF for each of the sorted files that belongs there. OPX_INVALID: a name twice or out of order. */
OPX_MUST_USE enum opx_status opx_sums_format(struct opx_arena *arena, const struct opx_listed *files,
					     size_t n, struct opx_bytes *ret, struct opx_error *err);
/* The manifest's only bytes for these sorted files. */
OPX_MUST_USE enum opx_status opx_manifest_format(struct opx_arena *arena, const struct opx_listed *files,
						 size_t n, struct opx_bytes *ret, struct opx_error *err);

#endif
