/* SPDX-License-Identifier: MPL-2.0 */
/* fault_vfs.c: see fault_vfs.h. Each function counts, fails when its turn has come, else calls the real one. */
#include "support/fault_vfs.h"

#include <errno.h>

static struct fault_vfs *of(const struct opx_vfs *vfs)
{
	/* The table is the first member of a struct that is not const. */
	union {
		const struct opx_vfs *in;
		struct fault_vfs *out;
	} u = { .in = vfs };
	return u.out;
}

/* Does this call fail? */
static bool fails(const struct opx_vfs *vfs, const char *name)
{
	struct fault_vfs *f = of(vfs);
	f->n_calls++;
	if (f->fail_at == 0 || (f->is_cut ? f->n_calls < f->fail_at : f->n_calls != f->fail_at))
		return false;
	if (f->failed == NULL)
		f->failed = name;
	errno = f->error;
	return true;
}

static int f_open(const struct opx_vfs *vfs, int dir_fd, const char *path, int flags, mode_t mode)
{
	return fails(vfs, "open") ? -1 : opx_vfs_real.open(&opx_vfs_real, dir_fd, path, flags, mode);
}

static ssize_t f_read(const struct opx_vfs *vfs, int fd, void *buf, size_t n)
{
	return fails(vfs, "read") ? -1 : opx_vfs_real.read(&opx_vfs_real, fd, buf, n);
}

static ssize_t f_pread(const struct opx_vfs *vfs, int fd, void *buf, size_t n, off_t at)
{
	return fails(vfs, "pread") ? -1 : opx_vfs_real.pread(&opx_vfs_real, fd, buf, n, at);
}

static ssize_t f_write(const struct opx_vfs *vfs, int fd, const void *buf, size_t n)
{
	struct fault_vfs *f = of(vfs);
	if (!fails(vfs, "write"))
		return opx_vfs_real.write(&opx_vfs_real, fd, buf, n);
	if (f->is_short && n > 1) {
		f->is_short = false;
		f->fail_at++;
		return opx_vfs_real.write(&opx_vfs_real, fd, buf, 1);
	}
	return -1;
}

static int f_fsync(const struct opx_vfs *vfs, int fd)
{
	return fails(vfs, "fsync") ? -1 : opx_vfs_real.fsync(&opx_vfs_real, fd);
}

static int f_fdatasync(const struct opx_vfs *vfs, int fd)
{
	return fails(vfs, "fdatasync") ? -1 : opx_vfs_real.fdatasync(&opx_vfs_real, fd);
}

static int f_fchmod(const struct opx_vfs *vfs, int fd, mode_t mode)
{
	return fails(vfs, "fchmod") ? -1 : opx_vfs_real.fchmod(&opx_vfs_real, fd, mode);
}

static int f_ftruncate(const struct opx_vfs *vfs, int fd, off_t size)
{
	return fails(vfs, "ftruncate") ? -1 : opx_vfs_real.ftruncate(&opx_vfs_real, fd, size);
}

static int f_link_fd(const struct opx_vfs *vfs, int fd, int dir_fd, const char *name)
{
	return fails(vfs, "link_fd") ? -1 : opx_vfs_real.link_fd(&opx_vfs_real, fd, dir_fd, name);
}

static int f_rename(const struct opx_vfs *vfs, int dir_fd, const char *from, const char *to)
{
	return fails(vfs, "rename") ? -1 : opx_vfs_real.rename(&opx_vfs_real, dir_fd, from, to);
}

static int f_unlink(const struct opx_vfs *vfs, int dir_fd, const char *name)
{
	return fails(vfs, "unlink") ? -1 : opx_vfs_real.unlink(&opx_vfs_real, dir_fd, name);
}

static int f_mkdir(const struct opx_vfs *vfs, int dir_fd, const char *name, mode_t mode)
{
	return fails(vfs, "mkdir") ? -1 : opx_vfs_real.mkdir(&opx_vfs_real, dir_fd, name, mode);
}

static int f_fstat(const struct opx_vfs *vfs, int fd, struct stat *ret)
{
	return fails(vfs, "fstat") ? -1 : opx_vfs_real.fstat(&opx_vfs_real, fd, ret);
}

/* Like the kernel, which closes even when it reports an error. */
static int f_close(const struct opx_vfs *vfs, int fd)
{
	bool is_failing = fails(vfs, "close");
	int error = errno, rc = opx_vfs_real.close(&opx_vfs_real, fd);
	if (!is_failing)
		return rc;
	errno = error;
	return -1;
}

void fault_vfs_init(struct fault_vfs *fault)
{
	*fault = (struct fault_vfs){
		.vfs = { .open = f_open,
			 .read = f_read,
			 .pread = f_pread,
			 .write = f_write,
			 .fsync = f_fsync,
			 .fdatasync = f_fdatasync,
			 .fchmod = f_fchmod,
			 .ftruncate = f_ftruncate,
			 .link_fd = f_link_fd,
			 .rename = f_rename,
			 .unlink = f_unlink,
			 .mkdir = f_mkdir,
			 .fstat = f_fstat,
			 .close = f_close },
		.error = EIO,
	};
}

void fault_vfs_arm(struct fault_vfs *fault, unsigned fail_at, int error)
{
	fault->n_calls = 0;
	fault->fail_at = fail_at;
	fault->error = error;
	fault->is_cut = false;
	fault->is_short = false;
	fault->failed = NULL;
}
