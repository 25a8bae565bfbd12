/* SPDX-License-Identifier: MPL-2.0 */
/* container.c: see container.h. Method 0 for all: documents are compressed already, and a stored entry has one form only. */
#include "evidence/container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/arena.h"
#include "base/vfs.h"

#define DISK N_("Le disque est plein ou ne répond pas. Réessayez plus tard.")
#define BIG N_("Ce dossier de preuve est trop volumineux pour un seul fichier.")
#define PIECE_BYTES ((size_t)256 * 1024)
#define DATE_1980_01_01 0x0021

struct entry {
	struct opx_str name;
	uint32_t crc, size, at;
};

struct opx_container {
	struct opx_arena *arena;
	const struct opx_vfs *vfs;
	int fd;
	uint64_t at; /* bytes written */
	struct entry *entries;
	size_t n, cap;
	uint8_t *piece;
};

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool opx_entry_name_is_valid(struct opx_str name)
{
	bool at_start = true;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (c == '/' && !at_start) {
			at_start = true;
			continue;
		}
		if (!is_plain(c) && (at_start || (c != '.' && c != '_' && c != '-')))
			return false;
		at_start = false;
	}
	return name.n > 0 && name.n <= OPX_ENTRY_NAME_MAX && !at_start && name.p[name.n - 1] != '.';
}

struct opx_container *opx_container_new(struct opx_arena *arena, const struct opx_vfs *vfs, int fd)
{
	struct opx_container *c = OPX_NEW(arena, struct opx_container);
	c->arena = arena;
	c->vfs = vfs;
	c->fd = fd;
	c->piece = opx_arena_alloc(arena, 1, PIECE_BYTES);
	return c;
}

/* A fixed-size record being filled, least significant byte first. */
struct record {
	uint8_t b[64];
	size_t n;
};

static void put16(struct record *r, unsigned value)
{
	r->b[r->n++] = (uint8_t)(value & 0xffU);
	r->b[r->n++] = (uint8_t)(value >> 8U & 0xffU);
}

static void put32(struct record *r, uint32_t value)
{
	put16(r, value & 0xffffU);
	put16(r, value >> 16U);
}

static enum opx_status put(struct opx_container *c, const void *data, size_t n, struct opx_error *err)
{
	if (n > OPX_CONTAINER_MAX_BYTES - c->at)
		return OPX_FAIL(err, OPX_TOO_LARGE, BIG, "container over 4 GiB");
	if (opx_vfs_write_all(c->vfs, c->fd, data, n) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "container: write: %s", strerror(errno));
	c->at += n;
	return OPX_OK;
}

/* What the local header and the directory have in common. */
static void put_common(struct record *r, const struct entry *e)
{
	put16(r, 10); /* version needed */
	put16(r, 0);  /* flags */
	put16(r, 0);  /* stored */
	put16(r, 0);  /* time */
	put16(r, DATE_1980_01_01);
	put32(r, e->crc);
	put32(r, e->size);
	put32(r, e->size);
	put16(r, (unsigned)e->name.n);
	put16(r, 0); /* extra */
}

static enum opx_status open_entry(struct opx_container *c, struct opx_str name, uint32_t crc, uint64_t size,
				  struct opx_error *err)
{
	struct record r = { .n = 0 };
	if (!opx_entry_name_is_valid(name))
		return OPX_FAIL(err, OPX_INVALID, N_("Le service a rencontré un problème."),
				"entry name of %zu bytes", name.n);
	if (c->n == OPX_CONTAINER_MAX_ENTRIES || size > OPX_CONTAINER_MAX_BYTES)
		return OPX_FAIL(err, OPX_TOO_LARGE, BIG, "entry %zu, %llu bytes", c->n,
				(unsigned long long)size);
	if (c->n == c->cap) {
		size_t cap = c->cap == 0 ? 256 : c->cap * 2;
		struct entry *more = OPX_NEW_N(c->arena, struct entry, cap);
		if (c->n > 0)
			memcpy(more, c->entries, c->n * sizeof(*more));
		c->entries = more;
		c->cap = cap;
	}
	struct entry *e = &c->entries[c->n++];
	*e = (struct entry){ .name = opx_str_copy(c->arena, name.p, name.n),
			     .crc = crc,
			     .size = (uint32_t)size,
			     .at = (uint32_t)c->at };
	put32(&r, 0x04034b50);
	put_common(&r, e);
	OPX_TRY(put(c, r.b, r.n, err));
	return put(c, e->name.p, e->name.n, err);
}

enum opx_status opx_container_add(struct opx_container *c, struct opx_str name, struct opx_bytes content,
				  struct opx_error *err)
{
	uint32_t crc = (uint32_t)crc32_z(0, content.p, content.n);
	OPX_TRY(open_entry(c, name, content.n > 0 ? crc : 0, content.n, err));
	return content.n > 0 ? put(c, content.p, content.n, err) : OPX_OK;
}

static enum opx_status read_piece(struct opx_container *c, int fd, uint64_t at, size_t *ret_n,
				  struct opx_error *err)
{
	ssize_t n = c->vfs->pread(c->vfs, fd, c->piece, PIECE_BYTES, (off_t)at);
	if (n < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "container: read: %s", strerror(errno));
	*ret_n = (size_t)n;
	return OPX_OK;
}

/* First pass: size, CRC and SHA-256. */
static enum opx_status measure(struct opx_container *c, int fd, uint32_t *ret_crc, uint64_t *ret_size,
			       struct opx_sha256 *ret_sha256, struct opx_error *err)
{
	struct opx_sha512 unused;
	struct opx_hasher *hasher = opx_hasher_new();
	enum opx_status status = OPX_OK;
	uLong crc = 0;
	uint64_t size = 0;
	size_t n = 0;
	while ((status = read_piece(c, fd, size, &n, err)) == OPX_OK && n > 0) {
		crc = crc32_z(crc, c->piece, n);
		opx_hasher_add(hasher, c->piece, n);
		size += n;
	}
	opx_hasher_end(hasher, ret_sha256, &unused);
	opx_hasher_free(hasher);
	*ret_crc = (uint32_t)crc;
	*ret_size = size;
	return status;
}

enum opx_status opx_container_add_fd(struct opx_container *c, struct opx_str name, int fd,
				     const struct opx_sha256 *sha256, struct opx_error *err)
{
	struct opx_sha256 found;
	uint32_t crc = 0;
	uint64_t size = 0, done = 0;
	OPX_TRY(measure(c, fd, &crc, &size, &found, err));
	if (memcmp(found.b, sha256->b, sizeof(found.b)) != 0)
		return OPX_FAIL(err, OPX_CONFLICT, N_("Le service a rencontré un problème."),
				"%s has not the bytes that were listed", name.p);
	OPX_TRY(open_entry(c, name, crc, size, err));
	while (done < size) {
		size_t n = 0;
		OPX_TRY(read_piece(c, fd, done, &n, err));
		if (n == 0 || n > size - done)
			return OPX_FAIL(err, OPX_CONFLICT, N_("Le service a rencontré un problème."),
					"%s changed while it was read", name.p);
		OPX_TRY(put(c, c->piece, n, err));
		done += n;
	}
	return OPX_OK;
}

static int compare_folded(const void *a, const void *b)
{
	const struct opx_str *x = a, *y = b;
	for (size_t i = 0; i < x->n && i < y->n; i++) {
		int p = (unsigned char)x->p[i], q = (unsigned char)y->p[i];
		p = p >= 'A' && p <= 'Z' ? p + 32 : p;
		q = q >= 'A' && q <= 'Z' ? q + 32 : q;
		if (p != q)
			return p - q;
	}
	return x->n < y->n ? -1 : x->n > y->n;
}

/* Unique also without regard to case, and no name is a folder of another. */
static enum opx_status check_names(struct opx_container *c, struct opx_error *err)
{
	struct opx_str *names = OPX_NEW_N(c->arena, struct opx_str, c->n);
	for (size_t i = 0; i < c->n; i++)
		names[i] = c->entries[i].name;
	qsort(names, c->n, sizeof(*names), compare_folded);
	for (size_t i = 1; i < c->n; i++)
		if (compare_folded(&names[i - 1], &names[i]) == 0)
			return OPX_FAIL(err, OPX_INVALID, N_("Le service a rencontré un problème."),
					"entry %s twice", names[i].p);
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < names[i].n; k++) {
			const struct opx_str folder = { .p = names[i].p, .n = k };
			if (names[i].p[k] == '/' &&
			    bsearch(&folder, names, c->n, sizeof(*names), compare_folded) != NULL)
				return OPX_FAIL(err, OPX_INVALID, N_("Le service a rencontré un problème."),
						"%s lies in a file", names[i].p);
		}
	return OPX_OK;
}

enum opx_status opx_container_end(struct opx_container *c, struct opx_error *err)
{
	const uint64_t directory = c->at;
	OPX_TRY(check_names(c, err));
	for (size_t i = 0; i < c->n; i++) {
		struct record r = { .n = 0 };
		put32(&r, 0x02014b50);
		put16(&r, 0x0314); /* made by: Unix, 2.0 */
		put_common(&r, &c->entries[i]);
		put16(&r, 0);          /* comment */
		put16(&r, 0);          /* disk */
		put16(&r, 0);          /* internal attributes */
		put32(&r, 0x81A40000); /* a regular file, 0644 */
		put32(&r, c->entries[i].at);
		OPX_TRY(put(c, r.b, r.n, err));
		OPX_TRY(put(c, c->entries[i].name.p, c->entries[i].name.n, err));
	}
	struct record end = { .n = 0 };
	put32(&end, 0x06054b50);
	put16(&end, 0);
	put16(&end, 0);
	put16(&end, (unsigned)c->n);
	put16(&end, (unsigned)c->n);
	put32(&end, (uint32_t)(c->at - directory));
	put32(&end, (uint32_t)directory);
	put16(&end, 0);
	return put(c, end.b, end.n, err);
}
