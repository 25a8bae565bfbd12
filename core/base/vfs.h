/* SPDX-License-Identifier: MPL-2.0 */
/* vfs.h: the one I/O layer of the store and of the sealer, so that tests can fail or cut it at any call (security 4.4).
 *
 * Every call returns what the system call returns (or -1 with errno); EINTR is retried inside. An fsync error is fatal to
 * the caller by contract (PostgreSQL's rule): it reports and ends.
 */
#ifndef OPX_BASE_VFS_H
#define OPX_BASE_VFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct opx_vfs {
	int (*open)(const struct opx_vfs *vfs, int dir_fd, const char *path, int flags, mode_t mode);
	ssize_t (*read)(const struct opx_vfs *vfs, int fd, void *buf, size_t n);
	ssize_t (*pread)(const struct opx_vfs *vfs, int fd, void *buf, size_t n, off_t at);
	ssize_t (*write)(const struct opx_vfs *vfs, int fd, const void *buf, size_t n);
	int (*fsync)(const struct opx_vfs *vfs, int fd);
	int (*fdatasync)(const struct opx_vfs *vfs, int fd);
	int (*fchmod)(const struct opx_vfs *vfs, int fd, mode_t mode);
	int (*ftruncate)(const struct opx_vfs *vfs, int fd, off_t size);
	/* linkat of the file behind fd (O_TMPFILE) to dir_fd/name; never overwrites (EEXIST). */
	int (*link_fd)(const struct opx_vfs *vfs, int fd, int dir_fd, const char *name);
	int (*rename)(const struct opx_vfs *vfs, int dir_fd, const char *from, const char *to);
	int (*unlink)(const struct opx_vfs *vfs, int dir_fd, const char *name);
	int (*mkdir)(const struct opx_vfs *vfs, int dir_fd, const char *name, mode_t mode);
	int (*fstat)(const struct opx_vfs *vfs, int fd, struct stat *ret);
	int (*close)(const struct opx_vfs *vfs, int fd);
};

extern const struct opx_vfs opx_vfs_real;

/* write until all is written; -1 with errno otherwise (a short write that makes no progress is ENOSPC). */
int opx_vfs_write_all(const struct opx_vfs *vfs, int fd, const void *data, size_t n);

#endif
