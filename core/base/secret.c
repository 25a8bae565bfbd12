/* SPDX-License-Identifier: MPL-2.0 */
/* secret.c: see secret.h. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

#define STOPPED N_("Le service ne démarre pas.")

enum opx_status opx_secret_heap(size_t bytes, struct opx_error *err)
{
#ifndef OPX_ARENA_MALLOC
	if (CRYPTO_secure_malloc_init(bytes, 32) == 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "no secure heap of %zu bytes", bytes);
#else
	(void)bytes;
	(void)err;
#endif
	return OPX_OK;
}

enum opx_status opx_secret_open(const char *path, int *ret_fd, struct opx_error *err)
{
	struct stat st;
	OPX_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: not a file", path);
	if ((st.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP)) != 0)
		return OPX_FAIL(err, OPX_FORBIDDEN, STOPPED,
				"%s: mode %04o, others may reach this secret: 0400 expected, or 0440", path,
				(unsigned)st.st_mode & 07777U);
	*ret_fd = opx_take_fd(&fd);
	return OPX_OK;
}

enum opx_status opx_secret_read(const char *path, size_t min, size_t max, uint8_t *ret, size_t *ret_n,
				struct opx_error *err)
{
	OPX_AUTO_FD fd = -1;
	OPX_TRY(opx_secret_open(path, &fd, err));
	ssize_t n = read(fd, ret, max);
	if (n < (ssize_t)min)
		return OPX_FAIL(err, OPX_INVALID, STOPPED, "%s: %zu bytes at least", path, min);
	*ret_n = (size_t)n;
	return OPX_OK;
}
