/* SPDX-License-Identifier: MPL-2.0 */
/* list.c: SHA256SUMS and META-INF/ASiCManifest.xml, written again from the files of the bundle (evidence-format 5.4, 5.6): no
 * XML is read. */
#include "base/arena.h"
#include "evidence/manifest.h"
#include "verify.h"

static const struct opx_listed *files_of(struct opx_arena *arena, const struct opx_zip *zip,
					 bool (*is_in)(struct opx_str), size_t *ret_n)
{
	struct opx_listed *files = OPX_NEW_N(arena, struct opx_listed, zip->n);
	size_t n = 0;
	for (size_t i = 0; i < zip->n; i++)
		if (is_in(zip->sorted[i]->name))
			files[n++] = (struct opx_listed){ .name = zip->sorted[i]->name,
							  .sha256 = opx_sha256(zip->sorted[i]->data) };
	*ret_n = n;
	return files;
}

struct opx_bytes list_sums(struct opx_arena *arena, const struct opx_zip *zip)
{
	struct opx_bytes list = { .p = (const uint8_t *)"", .n = 0 };
	size_t n = 0;
	const struct opx_listed *files = files_of(arena, zip, opx_sums_has, &n);
	OPX_IGNORE(opx_sums_format(arena, files, n, &list, NULL)); /* an empty list is that of no bundle */
	return list;
}

struct opx_bytes list_manifest(struct opx_arena *arena, const struct opx_zip *zip)
{
	struct opx_bytes list = { .p = (const uint8_t *)"", .n = 0 };
	size_t n = 0;
	const struct opx_listed *files = files_of(arena, zip, opx_manifest_has, &n);
	OPX_IGNORE(opx_manifest_format(arena, files, n, &list, NULL)); /* the same */
	return list;
}
