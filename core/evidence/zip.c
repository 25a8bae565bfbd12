/* SPDX-License-Identifier: MPL-2.0 */
/* zip.c: see zip.h. */
#include "evidence/zip.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/arena.h"
#include "evidence/container.h"

#define BAD N_("Ce fichier n’est pas un dossier de preuve : son enveloppe n’a pas la forme prévue.")
#define LOCAL_BYTES 30U
#define CENTRAL_BYTES 46U
#define END_BYTES 22U
#define LOCAL_MAGIC 0x04034b50U
#define CENTRAL_MAGIC 0x02014b50U
#define END_MAGIC 0x06054b50U
#define DATE 0x0021U
#define MADE_BY 0x0314U
#define MODE 0x81A40000U

struct header {
	uint32_t needed, flags, method, time, date, crc, packed, size, n_name, n_extra;
};

static uint32_t u16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static uint32_t u32(const uint8_t *p)
{
	return u16(p) | u16(p + 2) << 16;
}

/* The ten fields that local and central headers share, in the same order. */
static struct header read_header(const uint8_t *p)
{
	return (struct header){ .needed = u16(p),
				.flags = u16(p + 2),
				.method = u16(p + 4),
				.time = u16(p + 6),
				.date = u16(p + 8),
				.crc = u32(p + 10),
				.packed = u32(p + 14),
				.size = u32(p + 18),
				.n_name = u16(p + 22),
				.n_extra = u16(p + 24) };
}

static bool header_is_fixed(const struct header *h)
{
	bool is_stored = h->method == 0 && h->needed == 10 && h->packed == h->size;
	bool is_deflated = h->method == 8 && h->needed == 20;
	return (is_stored || is_deflated) && h->flags == 0 && h->time == 0 && h->date == DATE &&
	       h->n_extra == 0 && h->packed != UINT32_MAX && h->size != UINT32_MAX && h->n_name > 0 &&
	       h->n_name <= OPX_ZIP_MAX_NAME;
}

static enum opx_status inflate_entry(struct opx_arena *arena, struct opx_bytes in, size_t size,
				     struct opx_bytes *ret, struct opx_error *err)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n };
	uint8_t *out = opx_arena_alloc(arena, 1, size + 1);
	z.next_out = out;
	z.avail_out = (uInt)(size + 1); /* one more, so that too long a stream shows */
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return OPX_FAIL(err, OPX_INTERNAL, BAD, "inflateInit2");
	int end = inflate(&z, Z_FINISH);
	bool is_good = end == Z_STREAM_END && z.total_out == size && z.avail_in == 0;
	(void)inflateEnd(&z);
	if (!is_good)
		return OPX_FAIL(err, OPX_INVALID, BAD, "a deflated entry does not give what it announces");
	*ret = (struct opx_bytes){ .p = out, .n = size };
	return OPX_OK;
}

/* The directory's record of an entry that begins at `at`. */
static bool record_is_fixed(const uint8_t *central, const struct header *c, size_t at)
{
	bool is_bare = u16(central + 32) == 0 && u16(central + 34) == 0 &&
		       u16(central + 36) == 0; /* comment, disk, internal */
	return u32(central) == CENTRAL_MAGIC && u16(central + 4) == MADE_BY && header_is_fixed(c) &&
	       is_bare && u32(central + 38) == MODE && u32(central + 42) == at;
}

/* One local header and its content, compared with the directory's record of it. */
static enum opx_status read_entry(struct opx_arena *arena, struct opx_bytes file, size_t *at,
				  const uint8_t *central, size_t *budget, struct opx_zip_entry *ret,
				  struct opx_error *err)
{
	const struct header c = read_header(central + 6);
	if (!record_is_fixed(central, &c, *at))
		return OPX_FAIL(err, OPX_INVALID, BAD, "directory record of the entry at %zu", *at);
	if (file.n - *at < LOCAL_BYTES || file.n - *at - LOCAL_BYTES < (size_t)c.n_name + c.packed)
		return OPX_FAIL(err, OPX_INVALID, BAD, "entry at %zu leaves the file", *at);
	const uint8_t *local = file.p + *at;
	const uint8_t *name = local + LOCAL_BYTES;
	/* the shared fields are the same 26 bytes in both headers */
	if (u32(local) != LOCAL_MAGIC || memcmp(local + 4, central + 6, 26) != 0 ||
	    memcmp(name, central + CENTRAL_BYTES, c.n_name) != 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "header of the entry at %zu", *at);
	ret->name = opx_str_copy(arena, (const char *)name, c.n_name);
	if (!opx_entry_name_is_valid(ret->name))
		return OPX_FAIL(err, OPX_INVALID, BAD, "name of the entry at %zu", *at);
	ret->data = (struct opx_bytes){ .p = name + c.n_name, .n = c.packed };
	if (c.method == 8) {
		if (c.size > *budget)
			return OPX_FAIL(err, OPX_TOO_LARGE, BAD, "deflated entries of more than %zu bytes",
					OPX_ZIP_MAX_INFLATED);
		*budget -= c.size;
		OPX_TRY(inflate_entry(arena, ret->data, c.size, &ret->data, err));
	}
	if (crc32_z(0, ret->data.p, ret->data.n) != c.crc)
		return OPX_FAIL(err, OPX_INVALID, BAD, "check sum of the entry at %zu", *at);
	*at += LOCAL_BYTES + c.n_name + c.packed;
	return OPX_OK;
}

static enum opx_status find_directory(struct opx_bytes file, size_t *ret_at, size_t *ret_n,
				      struct opx_error *err)
{
	if (file.n < END_BYTES)
		return OPX_FAIL(err, OPX_INVALID, BAD, "%zu bytes", file.n);
	const uint8_t *end = file.p + file.n - END_BYTES;
	size_t n = u16(end + 10), size = u32(end + 12), at = u32(end + 16);
	if (u32(end) != END_MAGIC || u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != n ||
	    u16(end + 20) != 0 || n == 0 || n > OPX_ZIP_MAX_ENTRIES || at > file.n - END_BYTES ||
	    size != file.n - END_BYTES - at)
		return OPX_FAIL(err, OPX_INVALID, BAD, "end record");
	*ret_at = at;
	*ret_n = n;
	return OPX_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct opx_zip_entry *const *)a)->name.p,
		      (*(const struct opx_zip_entry *const *)b)->name.p);
}
static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names are unique without regard to case, and none is a folder of another. '/' sorts before letters and digits but after
 * '-' and '.': a folder's entries are looked for by a search, not as neighbours. */
static bool names_are_apart(struct opx_arena *arena, const struct opx_zip *zip)
{
	char **low = OPX_NEW_N(arena, char *, zip->n);
	for (size_t i = 0; i < zip->n; i++) {
		const struct opx_str name = zip->p[i].name;
		low[i] = opx_arena_alloc(arena, 1, name.n + 1);
		for (size_t k = 0; k < name.n; k++)
			low[i][k] = (char)(name.p[k] >= 'A' && name.p[k] <= 'Z' ? name.p[k] + 32 : name.p[k]);
	}
	qsort(low, zip->n, sizeof(*low), by_text);
	for (size_t i = 0; i < zip->n; i++) {
		if (i > 0 && strcmp(low[i - 1], low[i]) == 0)
			return false;
		char part[OPX_ZIP_MAX_NAME + 1];
		char *key = part;
		for (size_t k = 0; low[i][k] != '\0'; k++) {
			part[k] = '\0';
			if (low[i][k] == '/' && bsearch(&key, low, zip->n, sizeof(*low), by_text) != NULL)
				return false;
			part[k] = low[i][k];
		}
	}
	return true;
}

enum opx_status opx_zip_read(struct opx_arena *arena, struct opx_bytes file, struct opx_zip *ret,
			     struct opx_error *err)
{
	size_t directory = 0, n = 0, at = 0, budget = OPX_ZIP_MAX_INFLATED;
	OPX_TRY(find_directory(file, &directory, &n, err));
	struct opx_zip_entry *entries = OPX_NEW_N(arena, struct opx_zip_entry, n);
	const struct opx_zip_entry **sorted = OPX_NEW_N(arena, const struct opx_zip_entry *, n);
	size_t central = directory;
	const size_t end = file.n - END_BYTES;
	for (size_t i = 0; i < n; i++) {
		if (end - central < CENTRAL_BYTES ||
		    end - central - CENTRAL_BYTES < u16(file.p + central + 28))
			return OPX_FAIL(err, OPX_INVALID, BAD, "directory record %zu leaves the directory",
					i);
		const struct opx_bytes before = { .p = file.p, .n = directory };
		OPX_TRY(read_entry(arena, before, &at, file.p + central, &budget, &entries[i], err));
		central += CENTRAL_BYTES + entries[i].name.n;
		sorted[i] = &entries[i];
	}
	if (central != end || at != directory)
		return OPX_FAIL(err, OPX_INVALID, BAD, "bytes that belong to no entry");
	qsort(sorted, n, sizeof(struct opx_zip_entry *), by_name);
	struct opx_zip zip = { .p = entries, .sorted = sorted, .n = n };
	if (!names_are_apart(arena, &zip))
		return OPX_FAIL(err, OPX_INVALID, BAD,
				"two names that differ by case only, or a name that is a folder of another");
	*ret = zip;
	return OPX_OK;
}

const struct opx_zip_entry *opx_zip_find(const struct opx_zip *zip, struct opx_str name)
{
	const struct opx_zip_entry wanted = { .name = name };
	const struct opx_zip_entry *key = &wanted;
	const struct opx_zip_entry **found =
		(const struct opx_zip_entry **)bsearch(&key, zip->sorted, zip->n,
						       sizeof(struct opx_zip_entry *), by_name);
	return found != NULL ? *found : NULL;
}
