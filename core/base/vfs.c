/* SPDX-License-Identifier: MPL-2.0 */
/* vfs.c: the system's own calls, EINTR retried. */
#include "base/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

#define RETRY(call)                                    \
	__extension__({                                \
		__typeof__(call) result_;              \
		do                                     \
			result_ = (call);              \
		while (result_ < 0 && errno == EINTR); \
		result_;                               \
	})

static int real_open(const struct opx_vfs *vfs, int dir_fd, const char *path, int flags, mode_t mode)
{
	(void)vfs;
	return RETRY(openat(dir_fd, path, flags | O_CLOEXEC, mode));
}

static ssize_t real_read(const struct opx_vfs *vfs, int fd, void *buf, size_t n)
{
	(void)vfs;
	return RETRY(read(fd, buf, n));
}

static ssize_t real_pread(const struct opx_vfs *vfs, int fd, void *buf, size_t n, off_t at)
{
	(void)vfs;
	return RETRY(pread(fd, buf, n, at));
}

static ssize_t real_write(const struct opx_vfs *vfs, int fd, const void *buf, size_t n)
{
	(void)vfs;
	return RETRY(write(fd, buf, n));
}

static int real_fsync(const struct opx_vfs *vfs, int fd)
{
	(void)vfs;
	return RETRY(fsync(fd));
}

static int real_fdatasync(const struct opx_vfs *vfs, int fd)
{
	(void)vfs;
	return RETRY(fdatasync(fd));
}

static int real_fchmod(const struct opx_vfs *vfs, int fd, mode_t mode)
{
	(void)vfs;
	return RETRY(fchmod(fd, mode));
}

static int real_ftruncate(const struct opx_vfs *vfs, int fd, off_t size)
{
	(void)vfs;
	return RETRY(ftruncate(fd, size));
}

static int real_link_fd(const struct opx_vfs *vfs, int fd, int dir_fd, const char *name)
{
	(void)vfs;
	char path[40];
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return RETRY(linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW));
}

static int real_rename(const struct opx_vfs *vfs, int dir_fd, const char *from, const char *to)
{
	(void)vfs;
	return RETRY(renameat(dir_fd, from, dir_fd, to));
}

static int real_unlink(const struct opx_vfs *vfs, int dir_fd, const char *name)
{
	(void)vfs;
	return RETRY(unlinkat(dir_fd, name, 0));
}

static int real_mkdir(const struct opx_vfs *vfs, int dir_fd, const char *name, mode_t mode)
{
	(void)vfs;
	return RETRY(mkdirat(dir_fd, name, mode));
}

static int real_fstat(const struct opx_vfs *vfs, int fd, struct stat *ret)
{
	(void)vfs;
	return RETRY(fstat(fd, ret));
}

static int real_close(const struct opx_vfs *vfs, int fd)
{
	(void)vfs;
	int result = close(fd);
	return result < 0 && errno == EINTR ? 0
					    : result; /* never retried: the descriptor is gone either way */
}

const struct opx_vfs opx_vfs_real = {
	.open = real_open,
	.read = real_read,
	.pread = real_pread,
	.write = real_write,
	.fsync = real_fsync,
	.fdatasync = real_fdatasync,
	.fchmod = real_fchmod,
	.ftruncate = real_ftruncate,
	.link_fd = real_link_fd,
	.rename = real_rename,
	.unlink = real_unlink,
	.mkdir = real_mkdir,
	.fstat = real_fstat,
	.close = real_close,
};

int opx_vfs_write_all(const struct opx_vfs *vfs, int fd, const void *data, size_t n)
{
	const unsigned char *p = data;
	while (n > 0) {
		ssize_t done = vfs->write(vfs, fd, p, n);
		if (done < 0)
			return -1;
		if (done == 0) {
			errno = ENOSPC;
			return -1;
		}
		p += done;
		n -= (size_t)done;
	}
	return 0;
}
