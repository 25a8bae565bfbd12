/* SPDX-License-Identifier: MPL-2.0 */
/* work_folder.c: see work_folder.h. The list of parts stands in the folder itself, in a file whose name no part may have. */
#include "lane/work_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/vfs.h"

#define LIST ".parts"
#define MAX_LIST_BYTES ((size_t)32 * 1024 * 1024)
#define MAX_DEPTH_FDS 16
#define DISK N_("Le disque est plein ou ne répond pas. Réessayez plus tard.")

void opx_work_close(struct opx_work *work)
{
	if (work->fd >= 0)
		(void)close(work->fd);
	work->fd = -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void opx_work_remove(struct opx_str parent, struct opx_str name)
{
	char path[1024];
	int n = snprintf(path, sizeof(path), "%s/%s", parent.p, name.p);
	OPX_ASSERT(n > 0 && (size_t)n < sizeof(path) && name.n > 0);
	(void)nftw(path, remove_one, MAX_DEPTH_FDS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static enum opx_status open_it(struct opx_arena *arena, const struct opx_vfs *vfs, struct opx_str parent,
			       struct opx_str name, struct opx_work *ret, struct opx_error *err)
{
	*ret = (struct opx_work){
		.arena = arena, .vfs = vfs, .fd = -1, .path = opx_strf(arena, "%s/%s", parent.p, name.p)
	};
	ret->fd = vfs->open(vfs, AT_FDCWD, ret->path.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return ret->fd >= 0 ? OPX_OK
			    : OPX_FAIL(err, OPX_NOT_FOUND, DISK, "%s: %s", ret->path.p, strerror(errno));
}

enum opx_status opx_work_new(struct opx_arena *arena, const struct opx_vfs *vfs, struct opx_str parent,
			     struct opx_str name, struct opx_work *ret, struct opx_error *err)
{
	ret->fd = -1;
	opx_work_remove(parent, name);
	if (vfs->mkdir(vfs, AT_FDCWD, opx_strf(arena, "%s/%s", parent.p, name.p).p, 0700) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s/%s: mkdir: %s", parent.p, name.p,
				strerror(errno));
	return open_it(arena, vfs, parent, name, ret, err);
}

static void append(struct opx_work *work, struct opx_str name, const struct opx_sha256 *sha256,
		   struct opx_str store_name)
{
	if (work->n == work->cap) {
		size_t cap = work->cap == 0 ? 256 : work->cap * 2;
		struct opx_listed *files = OPX_NEW_N(work->arena, struct opx_listed, cap);
		struct opx_str *stores = OPX_NEW_N(work->arena, struct opx_str, cap);
		if (work->n > 0) {
			memcpy(files, work->files, work->n * sizeof(*files));
			memcpy(stores, work->stores, work->n * sizeof(*stores));
		}
		work->files = files;
		work->stores = stores;
		work->cap = cap;
	}
	work->files[work->n] =
		(struct opx_listed){ .name = opx_str_copy(work->arena, name.p, name.n), .sha256 = *sha256 };
	work->stores[work->n++] = store_name;
}

bool opx_work_has(const struct opx_work *work, struct opx_str name)
{
	for (size_t i = 0; i < work->n; i++)
		if (opx_str_eq(work->files[i].name, name))
			return true;
	return false;
}

static enum opx_status make_folders(const struct opx_work *work, struct opx_str name, struct opx_error *err)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != '/')
			continue;
		struct opx_str folder = opx_str_copy(work->arena, name.p, i);
		if (work->vfs->mkdir(work->vfs, work->fd, folder.p, 0700) != 0 && errno != EEXIST)
			return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s/%s: mkdir: %s", work->path.p,
					folder.p, strerror(errno));
	}
	return OPX_OK;
}

static enum opx_status write_file(const struct opx_work *work, struct opx_str name, struct opx_bytes content,
				  struct opx_error *err)
{
	const struct opx_vfs *vfs = work->vfs;
	OPX_AUTO_FD fd = vfs->open(vfs, work->fd, name.p, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd < 0 || opx_vfs_write_all(vfs, fd, content.p, content.n) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s/%s: %s", work->path.p, name.p,
				strerror(errno));
	return OPX_OK;
}

enum opx_status opx_work_put(struct opx_work *work, struct opx_str name, struct opx_bytes content,
			     struct opx_error *err)
{
	if (opx_work_has(work, name))
		return OPX_OK;
	const struct opx_sha256 sha256 = opx_sha256(content);
	OPX_TRY(make_folders(work, name, err));
	OPX_TRY(write_file(work, name, content, err));
	append(work, name, &sha256, (struct opx_str){ .p = NULL });
	return OPX_OK;
}

void opx_work_put_stored(struct opx_work *work, struct opx_str name, const struct opx_sha256 *sha256,
			 struct opx_str store_name)
{
	append(work, name, sha256, opx_str_copy(work->arena, store_name.p, store_name.n));
}

/* "<sha256> <store name, or -> <name>" LF, for each part. */
enum opx_status opx_work_save(const struct opx_work *work, struct opx_error *err)
{
	struct opx_buf buf;
	char hex[65];
	opx_buf_init(&buf, work->arena, MAX_LIST_BYTES);
	for (size_t i = 0; i < work->n; i++) {
		opx_sha256_hex(&work->files[i].sha256, hex);
		opx_buf_printf(&buf, "%s %s %s\n", hex, work->stores[i].p != NULL ? work->stores[i].p : "-",
			       work->files[i].name.p);
	}
	OPX_TRY(opx_buf_ok(&buf, err));
	/* Put in place whole, so that a half-written list is no list. */
	OPX_TRY(write_file(work, OPX_STR(LIST ".new"), opx_buf_bytes(&buf), err));
	if (work->vfs->rename(work->vfs, work->fd, LIST ".new", LIST) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s: rename: %s", work->path.p, strerror(errno));
	return OPX_OK;
}

static enum opx_status take_line(struct opx_work *work, struct opx_str line, struct opx_error *err)
{
	struct opx_sha256 sha256;
	const char *space = line.n > 66 ? memchr(line.p + 65, ' ', line.n - 65) : NULL;
	if (space == NULL ||
	    opx_sha256_unhex((struct opx_str){ .p = line.p, .n = 64 }, &sha256, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_NOT_FOUND, DISK, "%s: the list of parts is not readable",
				work->path.p);
	struct opx_str store = opx_str_copy(work->arena, line.p + 65, (size_t)(space - line.p) - 65);
	append(work, (struct opx_str){ .p = space + 1, .n = (size_t)(line.p + line.n - space) - 1 }, &sha256,
	       opx_str_is(store, "-") ? (struct opx_str){ .p = NULL } : store);
	return OPX_OK;
}

enum opx_status opx_work_load(struct opx_arena *arena, const struct opx_vfs *vfs, struct opx_str parent,
			      struct opx_str name, struct opx_work *ret, struct opx_error *err)
{
	struct opx_bytes list;
	ret->fd = -1;
	OPX_TRY(open_it(arena, vfs, parent, name, ret, err));
	OPX_TRY(opx_work_read(ret, OPX_STR(LIST), &list, err));
	while (list.n > 0) {
		const uint8_t *lf = memchr(list.p, '\n', list.n);
		const size_t n = lf != NULL ? (size_t)(lf - list.p) : list.n;
		OPX_TRY(take_line(ret, (struct opx_str){ .p = (const char *)list.p, .n = n }, err));
		list.p += lf != NULL ? n + 1 : n;
		list.n -= lf != NULL ? n + 1 : n;
	}
	return OPX_OK;
}

enum opx_status opx_work_open(const struct opx_work *work, struct opx_str name, int *ret_fd,
			      struct opx_error *err)
{
	int fd = work->vfs->open(work->vfs, work->fd, name.p, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return OPX_FAIL(err, OPX_NOT_FOUND, DISK, "%s/%s: %s", work->path.p, name.p, strerror(errno));
	*ret_fd = fd;
	return OPX_OK;
}

enum opx_status opx_work_read(const struct opx_work *work, struct opx_str name, struct opx_bytes *ret,
			      struct opx_error *err)
{
	OPX_AUTO_FD fd = -1;
	struct stat st;
	OPX_TRY(opx_work_open(work, name, &fd, err));
	if (work->vfs->fstat(work->vfs, fd, &st) != 0 || st.st_size < 0 ||
	    (uint64_t)st.st_size > MAX_LIST_BYTES)
		return OPX_FAIL(err, OPX_TOO_LARGE, DISK, "%s/%s: too large", work->path.p, name.p);
	size_t done = 0, size = (size_t)st.st_size;
	uint8_t *data = opx_arena_alloc(work->arena, 1, size + 1);
	while (done < size) {
		ssize_t n = work->vfs->read(work->vfs, fd, data + done, size - done);
		if (n <= 0)
			return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s/%s: read: %s", work->path.p, name.p,
					strerror(errno));
		done += (size_t)n;
	}
	*ret = (struct opx_bytes){ .p = data, .n = size };
	return OPX_OK;
}
