/* SPDX-License-Identifier: MPL-2.0 */
/* manifest.c: see manifest.h. */
#include "evidence/manifest.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "evidence/container.h"

#define MAX_LIST_BYTES ((size_t)32 * 1024 * 1024)

bool opx_manifest_has(struct opx_str name)
{
	return !opx_str_is(name, "mimetype") && !opx_str_starts(name, "META-INF/");
}

bool opx_sums_has(struct opx_str name)
{
	return opx_manifest_has(name) && !opx_str_is(name, "SHA256SUMS") &&
	       !opx_str_is(name, "SHA256SUMS.tsr") && !opx_str_is(name, "SHA256SUMS.p7s");
}

static int compare(const void *a, const void *b)
{
	const struct opx_listed *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = memcmp(x->name.p, y->name.p, n);
	if (order != 0)
		return order;
	return x->name.n < y->name.n ? -1 : x->name.n > y->name.n;
}

void opx_listed_sort(struct opx_listed *files, size_t n)
{
	if (n > 1)
		qsort(files, n, sizeof(*files), compare);
}

static enum opx_status check_order(const struct opx_listed *files, size_t n, struct opx_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!opx_entry_name_is_valid(files[i].name) ||
		    (i > 0 && compare(&files[i - 1], &files[i]) >= 0))
			return OPX_FAIL(err, OPX_INVALID, N_("Le service a rencontré un problème."),
					"list: file %zu is twice, out of order or misnamed", i);
	return OPX_OK;
}

enum opx_status opx_sums_format(struct opx_arena *arena, const struct opx_listed *files, size_t n,
				struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_buf buf;
	char hex[65];
	OPX_TRY(check_order(files, n, err));
	opx_buf_init(&buf, arena, MAX_LIST_BYTES);
	for (size_t i = 0; i < n; i++)
		if (opx_sums_has(files[i].name)) {
			opx_sha256_hex(&files[i].sha256, hex);
			opx_buf_printf(&buf, "%s  %s\n", hex, files[i].name.p);
		}
	OPX_TRY(opx_buf_ok(&buf, err));
	*ret = opx_buf_bytes(&buf);
	return OPX_OK;
}

enum opx_status opx_manifest_format(struct opx_arena *arena, const struct opx_listed *files, size_t n,
				    struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_buf buf;
	OPX_TRY(check_order(files, n, err));
	opx_buf_init(&buf, arena, MAX_LIST_BYTES);
	opx_buf_puts(&buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			   "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\""
			   " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n"
			   "<asic:SigReference URI=\"META-INF/timestamp.tst\""
			   " MimeType=\"application/vnd.etsi.timestamp-token\"/>\n");
	for (size_t i = 0; i < n; i++)
		if (opx_manifest_has(files[i].name))
			opx_buf_printf(
				&buf,
				"<asic:DataObjectReference URI=\"%s\">\n"
				"<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\n"
				"<ds:DigestValue>%s</ds:DigestValue>\n"
				"</asic:DataObjectReference>\n",
				files[i].name.p,
				opx_base64(arena, (struct opx_bytes){ .p = files[i].sha256.b, .n = 32 }).p);
	opx_buf_puts(&buf, "</asic:ASiCManifest>\n");
	OPX_TRY(opx_buf_ok(&buf, err));
	*ret = opx_buf_bytes(&buf);
	return OPX_OK;
}
