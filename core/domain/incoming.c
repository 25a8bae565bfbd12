/* SPDX-License-Identifier: MPL-2.0 */
/* incoming.c: see incoming.h. */
#include "domain/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define FILE_MODE 0660 /* the folder gives its group: the files lane's */
#define NO_ROOM \
	N_("L’espace de stockage est presque plein : ce fichier ne peut pas être reçu. Rien n’est perdu, réessayez plus tard.")
#define BROKEN N_("Le fichier n’a pas pu être enregistré. Rien n’est perdu, réessayez dans quelques minutes.")
#define GONE N_("Cet envoi n’existe plus. Ajoutez le fichier de nouveau.")

static enum opx_status disk_error(const char *call, struct opx_error *err)
{
	int why = errno;
	bool is_full = why == ENOSPC || why == EDQUOT || why == EFBIG;
	return OPX_FAIL(err, OPX_UNAVAILABLE, is_full ? NO_ROOM : BROKEN, "incoming: %s: %s", call,
			strerror(why));
}

bool opx_incoming_is_name(struct opx_str upload)
{
	return upload.n == OPX_UPLOAD_CHARS && strspn(upload.p, "0123456789abcdef") == OPX_UPLOAD_CHARS;
}

enum opx_status opx_incoming_folder(const struct opx_vfs *vfs, const char *root, int *ret_fd,
				    struct opx_error *err)
{
	char path[1024];
	int n = snprintf(path, sizeof(path), "%s/incoming", root);
	if (n < 0 || (size_t)n >= sizeof(path))
		return OPX_FAIL(err, OPX_UNAVAILABLE, BROKEN, "store root of %zu bytes", strlen(root));
	int fd = vfs->open(vfs, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return disk_error("open folder", err);
	*ret_fd = fd;
	return OPX_OK;
}

bool opx_incoming_has_room(int folder_fd, int64_t more, int64_t reserve_percent)
{
	struct statvfs st;
	if (fstatvfs(folder_fd, &st) != 0)
		return false;
	int64_t n_free = (int64_t)(st.f_bavail * st.f_frsize), total = (int64_t)(st.f_blocks * st.f_frsize);
	return n_free - more >= total / 100 * reserve_percent;
}

/* The umask would take the group away. */
static enum opx_status settle(const struct opx_vfs *vfs, int fd, struct opx_error *err)
{
	return vfs->fchmod(vfs, fd, FILE_MODE) == 0 ? OPX_OK : disk_error("fchmod", err);
}

enum opx_status opx_incoming_create(const struct opx_vfs *vfs, int folder_fd, struct opx_str upload,
				    struct opx_error *err)
{
	OPX_ASSERT(opx_incoming_is_name(upload));
	int fd = vfs->open(vfs, folder_fd, upload.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			   FILE_MODE);
	if (fd < 0)
		return disk_error("create", err);
	enum opx_status status = settle(vfs, fd, err);
	if (status == OPX_OK && (vfs->fsync(vfs, fd) != 0 || vfs->fsync(vfs, folder_fd) != 0))
		status = disk_error("fsync", err);
	(void)vfs->close(vfs, fd);
	if (status != OPX_OK)
		(void)vfs->unlink(vfs, folder_fd, upload.p);
	return status;
}

enum opx_status opx_incoming_begin(const struct opx_vfs *vfs, int folder_fd, struct opx_str upload,
				   int64_t from, struct opx_incoming *ret, struct opx_error *err)
{
	struct stat st;
	OPX_ASSERT(opx_incoming_is_name(upload));
	*ret = (struct opx_incoming){ .vfs = vfs, .folder_fd = folder_fd, .from = from };
	ret->fd = vfs->open(vfs, folder_fd, upload.p, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0);
	if (ret->fd < 0 && errno == ENOENT)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "upload without its file");
	if (ret->fd < 0)
		return disk_error("open", err);
	if (vfs->fstat(vfs, ret->fd, &st) != 0)
		return disk_error("fstat", err);
	if (!S_ISREG(st.st_mode) || st.st_size < from)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "upload file of %lld bytes, %lld acknowledged",
				(long long)st.st_size, (long long)from);
	if (st.st_size > from && vfs->ftruncate(vfs, ret->fd, from) != 0)
		return disk_error("ftruncate", err);
	return OPX_OK;
}

enum opx_status opx_incoming_begin_unnamed(const struct opx_vfs *vfs, int folder_fd, struct opx_incoming *ret,
					   struct opx_error *err)
{
	*ret = (struct opx_incoming){ .vfs = vfs, .folder_fd = folder_fd };
	ret->fd = vfs->open(vfs, folder_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_MODE);
	if (ret->fd < 0)
		return disk_error("open O_TMPFILE", err);
	return settle(vfs, ret->fd, err);
}

enum opx_status opx_incoming_write(struct opx_incoming *in, const void *data, size_t n, struct opx_error *err)
{
	if (opx_vfs_write_all(in->vfs, in->fd, data, n) != 0) {
		in->is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
		return disk_error("write", err);
	}
	in->written += (int64_t)n;
	return OPX_OK;
}

/* After an fsync that failed nobody knows which pages are on the disk: the piece is cut off, and comes again as new writes. What
 * was acknowledged before it had its own fsync. */
enum opx_status opx_incoming_sync(struct opx_incoming *in, struct opx_error *err)
{
	if (in->vfs->fsync(in->vfs, in->fd) == 0)
		return OPX_OK;
	in->is_full = errno == ENOSPC || errno == EDQUOT;
	enum opx_status status = disk_error("fsync", err);
	opx_incoming_drop(in);
	return status;
}

enum opx_status opx_incoming_name(struct opx_incoming *in, struct opx_str upload, struct opx_error *err)
{
	const struct opx_vfs *vfs = in->vfs;
	OPX_ASSERT(opx_incoming_is_name(upload));
	OPX_TRY(opx_incoming_sync(in, err));
	if (vfs->link_fd(vfs, in->fd, in->folder_fd, upload.p) != 0)
		return disk_error("linkat", err);
	if (vfs->fsync(vfs, in->folder_fd) != 0) {
		enum opx_status status = disk_error("fsync folder", err);
		(void)vfs->unlink(vfs, in->folder_fd, upload.p);
		return status;
	}
	return OPX_OK;
}

void opx_incoming_drop(struct opx_incoming *in)
{
	/* A failure leaves bytes that the next piece cuts off. */
	(void)in->vfs->ftruncate(in->vfs, in->fd, in->from);
	in->written = 0;
}

void opx_incoming_close(struct opx_incoming *in)
{
	if (in->vfs != NULL && in->fd >= 0)
		(void)in->vfs->close(in->vfs, in->fd);
	in->fd = -1;
}

enum opx_status opx_incoming_remove(const struct opx_vfs *vfs, int folder_fd, struct opx_str upload,
				    struct opx_error *err)
{
	OPX_ASSERT(opx_incoming_is_name(upload));
	if (vfs->unlink(vfs, folder_fd, upload.p) != 0 && errno != ENOENT)
		return disk_error("unlink", err);
	return OPX_OK;
}
