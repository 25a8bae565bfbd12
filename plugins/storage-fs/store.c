/* SPDX-License-Identifier: MPL-2.0 */
/* store.c: see store.h. The order of the calls is the guarantee. */
#include "store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/codec.h"
#include "base/digest.h"

#define FOLDER_MODE 02750 /* new folders and files keep the group that nginx reads by */
#define FILE_MODE 0440
#define PIECE 262144
#define NO_ROOM \
	N_("Le dépôt n’est pas possible : l’espace de stockage est presque plein. Rien n’est perdu, réessayez plus tard.")
#define BROKEN N_("Le fichier n’a pas pu être enregistré. Rien n’est perdu, réessayez plus tard.")

int store_room_real(int fd, int64_t *ret_free, int64_t *ret_total)
{
	struct statvfs st;
	if (fstatvfs(fd, &st) != 0)
		return -1;
	*ret_free = (int64_t)(st.f_bavail * st.f_frsize);
	*ret_total = (int64_t)(st.f_blocks * st.f_frsize);
	return 0;
}

/* Every failure of a call on the disk: what the person reads depends on its cause only. */
OPX_MUST_USE static enum opx_status disk_error(const char *call, struct opx_error *err)
{
	int why = errno;
	if (why == ENOSPC || why == EDQUOT)
		return OPX_FAIL(err, OPX_UNAVAILABLE, NO_ROOM, "%s: %s", call, strerror(why));
	return OPX_FAIL(err, OPX_UNAVAILABLE, BROKEN, "%s: %s", call, strerror(why));
}

OPX_MUST_USE static enum opx_status sync_error(struct store *store, const char *call, struct opx_error *err)
{
	store->is_broken = true;
	return OPX_FAIL(err, OPX_INTERNAL, BROKEN, "%s: %s; the process must end", call, strerror(errno));
}

static void close_quietly(const struct store *store, int *fd)
{
	if (*fd >= 0)
		(void)store->vfs->close(store->vfs, *fd);
	*fd = -1;
}

/* Mode by fchmod (the umask would take the group away), and the name durable in its parent. */
OPX_MUST_USE static enum opx_status settle_folder(struct store *store, int dir_fd, int fd,
						  struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	if (vfs->fchmod(vfs, fd, FOLDER_MODE) != 0)
		return disk_error("fchmod folder", err);
	if (vfs->fsync(vfs, dir_fd) != 0)
		return sync_error(store, "fsync parent", err);
	return OPX_OK;
}

/* Opens a folder below dir_fd, making it when it is not there. *is_settled says that this process has settled it before:
 * one that is found there may have been made by a process that died before it was durable. */
OPX_MUST_USE static enum opx_status open_folder(struct store *store, int dir_fd, const char *name,
						bool *is_settled, int *ret_fd, struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	enum opx_status status;
	int fd = vfs->open(vfs, dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ENOENT) {
		if (vfs->mkdir(vfs, dir_fd, name, FOLDER_MODE) != 0)
			return disk_error("mkdir", err);
		*is_settled = false;
		fd = vfs->open(vfs, dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
	}
	if (fd < 0)
		return disk_error("open folder", err);
	status = *is_settled ? OPX_OK : settle_folder(store, dir_fd, fd, err);
	if (status != OPX_OK) {
		close_quietly(store, &fd);
		return status;
	}
	*is_settled = true;
	*ret_fd = fd;
	return OPX_OK;
}

enum opx_status store_open(struct store *store, const char *root, struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	enum opx_status status;
	bool is_settled = false;
	int parent = vfs->open(vfs, AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	store->root_fd = -1;
	if (parent < 0)
		return disk_error("open store", err);
	status = open_folder(store, parent, "_blob", &is_settled, &store->root_fd, err);
	close_quietly(store, &parent);
	return status;
}

void store_close(struct store *store)
{
	close_quietly(store, &store->root_fd);
}

bool store_is_name(struct opx_str name)
{
	return name.n == STORE_NAME_CHARS && strspn(name.p, "0123456789abcdef") == STORE_NAME_CHARS;
}

OPX_MUST_USE static enum opx_status check_room(struct store *store, int64_t more, struct opx_error *err)
{
	int64_t n_free, total;
	if (store->room(store->root_fd, &n_free, &total) != 0)
		return disk_error("statvfs", err);
	if (n_free - more < total / 100 * store->reserve_percent)
		return OPX_FAIL(err, OPX_UNAVAILABLE, NO_ROOM, "disk reserve of %d %% reached",
				store->reserve_percent);
	return OPX_OK;
}

/* All bytes of src to dst, hashed on the way. */
OPX_MUST_USE static enum opx_status copy(struct store *store, int src, int dst, struct opx_stored *stored,
					 struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	static_assert(PIECE % 4096 == 0, "whole pages");
	uint8_t *piece = malloc(PIECE);
	struct opx_hasher *hasher = opx_hasher_new();
	enum opx_status status = OPX_OK;
	ssize_t got = 0;
	OPX_ASSERT(piece != NULL);
	stored->size = 0;
	while (status == OPX_OK && (got = vfs->read(vfs, src, piece, PIECE)) > 0) {
		opx_hasher_add(hasher, piece, (size_t)got);
		stored->size += got;
		if (opx_vfs_write_all(vfs, dst, piece, (size_t)got) != 0)
			status = disk_error("write", err);
	}
	if (status == OPX_OK && got < 0)
		status = disk_error("read", err);
	opx_hasher_end(hasher, &stored->sha256, &stored->sha512);
	opx_hasher_free(hasher);
	free(piece);
	return status;
}

/* Everything between the unnamed file and its durable name. */
OPX_MUST_USE static enum opx_status fill_and_link(struct store *store, int src, int folder, int fd,
						  struct opx_stored *stored, struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	if (vfs->fchmod(vfs, fd, FILE_MODE) != 0)
		return disk_error("fchmod", err);
	OPX_TRY(copy(store, src, fd, stored, err));
	if (vfs->fsync(vfs, fd) != 0)
		return sync_error(store, "fsync", err);
	if (vfs->link_fd(vfs, fd, folder, stored->name) != 0)
		return disk_error("linkat", err);
	if (vfs->fsync(vfs, folder) != 0)
		return sync_error(store, "fsync folder", err);
	return OPX_OK;
}

enum opx_status store_put(struct store *store, int src_fd, struct opx_stored *ret, struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	struct opx_stored stored = { .size = 0 };
	uint8_t name[STORE_NAME_CHARS / 2];
	char folder_name[3];
	struct stat st;
	enum opx_status status;
	int folder = -1, fd;
	if (store->is_broken)
		return OPX_FAIL(err, OPX_INTERNAL, BROKEN, "the store is broken since an fsync failed");
	if (vfs->fstat(vfs, src_fd, &st) != 0)
		return disk_error("fstat", err);
	OPX_TRY(check_room(store, st.st_size, err));
	opx_random_fill(store->random, name, sizeof(name));
	opx_hex(name, sizeof(name), stored.name);
	memcpy(folder_name, stored.name, 2);
	folder_name[2] = '\0';
	OPX_TRY(open_folder(store, store->root_fd, folder_name, &store->is_settled[name[0]], &folder, err));
	fd = vfs->open(vfs, folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_MODE);
	status = fd < 0 ? disk_error("open O_TMPFILE", err)
			: fill_and_link(store, src_fd, folder, fd, &stored, err);
	close_quietly(store, &fd);
	close_quietly(store, &folder);
	if (status == OPX_OK)
		*ret = stored;
	return status;
}

/* "ab/abcdef…" of a name. */
static void path_of(struct opx_str name, char ret[STORE_NAME_CHARS + 4])
{
	memcpy(ret, name.p, 2);
	ret[2] = '/';
	memcpy(ret + 3, name.p, STORE_NAME_CHARS + 1);
}

enum opx_status store_get(struct store *store, struct opx_str name, int *ret_fd, struct opx_error *err)
{
	char path[STORE_NAME_CHARS + 4];
	int fd;
	if (!store_is_name(name))
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce fichier est introuvable."),
				"not a name of the store");
	path_of(name, path);
	fd = store->vfs->open(store->vfs, store->root_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ENOENT)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce fichier est introuvable."),
				"no such file in the store");
	if (fd < 0)
		return disk_error("open", err);
	*ret_fd = fd;
	return OPX_OK;
}

enum opx_status store_erase(struct store *store, struct opx_str name, struct opx_error *err)
{
	const struct opx_vfs *vfs = store->vfs;
	char path[STORE_NAME_CHARS + 4], folder_name[3];
	enum opx_status status = OPX_OK;
	int folder;
	if (!store_is_name(name))
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce fichier est introuvable."),
				"not a name of the store");
	path_of(name, path);
	memcpy(folder_name, name.p, 2);
	folder_name[2] = '\0';
	folder = vfs->open(vfs, store->root_fd, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
			   0);
	if (folder < 0 && errno == ENOENT)
		return OPX_OK;
	if (folder < 0)
		return disk_error("open folder", err);
	/* Twice is once: what is gone is gone. */
	if (vfs->unlink(vfs, folder, name.p) != 0 && errno != ENOENT)
		status = disk_error("unlink", err);
	else if (vfs->fsync(vfs, folder) != 0)
		status = sync_error(store, "fsync folder", err);
	close_quietly(store, &folder);
	return status;
}
