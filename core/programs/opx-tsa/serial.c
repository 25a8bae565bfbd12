/* SPDX-License-Identifier: MPL-2.0 */
/* serial.c: the file of reserved serial numbers. */
#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"

#define STOPPED N_("L’autorité d’horodatage est arrêtée.")
#define MAGIC "opx-tsa/1\n"

static enum opx_status io_failed(struct opx_error *err, const char *what)
{
	return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "serial file: %s: %s", what, strerror(errno));
}

static enum opx_status write_fd(const struct opx_vfs *vfs, int fd, const char *text, size_t n,
				struct opx_error *err)
{
	if (opx_vfs_write_all(vfs, fd, text, n) != 0)
		return io_failed(err, "write");
	if (vfs->fsync(vfs, fd) != 0)
		return io_failed(err, "fsync");
	return OPX_OK;
}

static enum opx_status save(const struct opx_serials *s, int64_t end, struct opx_instant at,
			    struct opx_error *err)
{
	char text[128];
	int n = snprintf(text, sizeof(text), MAGIC "next %" PRId64 "\ntime_us %" PRId64 "\n", end, at.us);
	int fd = s->vfs->open(s->vfs, s->dir_fd, "serial.new",
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return io_failed(err, "open");
	enum opx_status status = write_fd(s->vfs, fd, text, (size_t)n, err);
	(void)s->vfs->close(s->vfs, fd);
	OPX_TRY(status);
	if (s->vfs->rename(s->vfs, s->dir_fd, "serial.new", "serial") != 0)
		return io_failed(err, "rename");
	if (s->vfs->fsync(s->vfs, s->dir_fd) != 0)
		return io_failed(err, "fsync folder");
	return OPX_OK;
}

/* "key digits LF" at *at of text. */
static enum opx_status number(const char *text, size_t *at, const char *key, int64_t *ret,
			      struct opx_error *err)
{
	char digits[24] = "";
	size_t n = 0, start = *at + strlen(key);
	if (strncmp(text + *at, key, strlen(key)) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "serial file: no %s", key);
	while (text[start + n] != '\n' && text[start + n] != '\0' && n < sizeof(digits) - 1) {
		digits[n] = text[start + n];
		n++;
	}
	if (text[start + n] != '\n')
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "serial file: bad %s", key);
	*at = start + n + 1;
	return opx_parse_i64(opx_str_z(digits), 0, INT64_MAX - OPX_SERIAL_BLOCK, ret, err);
}

static enum opx_status parse(struct opx_serials *s, const char *text, struct opx_error *err)
{
	size_t at = strlen(MAGIC);
	if (strncmp(text, MAGIC, at) != 0)
		return OPX_FAIL(err, OPX_INTERNAL, STOPPED, "serial file: not one");
	OPX_TRY(number(text, &at, "next ", &s->next, err));
	return number(text, &at, "time_us ", &s->kept.us, err);
}

enum opx_status opx_serials_init(struct opx_serials *serials, const struct opx_vfs *vfs, int dir_fd,
				 struct opx_instant now, struct opx_error *err)
{
	char text[256] = "";
	size_t n = 0;
	ssize_t got;
	*serials = (struct opx_serials){ .vfs = vfs, .dir_fd = dir_fd };
	int fd = vfs->open(vfs, dir_fd, "serial", O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0 && errno != ENOENT)
		return io_failed(err, "open");
	if (fd < 0) {
		serials->next = now.us / 1000000 * (INT64_C(1) << 20);
	} else {
		while ((got = vfs->read(vfs, fd, text + n, sizeof(text) - 1 - n)) > 0)
			n += (size_t)got;
		enum opx_status status = got < 0 ? io_failed(err, "read") : OPX_OK;
		(void)vfs->close(vfs, fd);
		OPX_TRY(status);
		OPX_TRY(parse(serials, text, err));
	}
	serials->end = serials->next;
	serials->last = serials->kept;
	return OPX_OK;
}

enum opx_status opx_serials_take(struct opx_serials *serials, struct opx_instant at, int64_t *ret_serial,
				 struct opx_error *err)
{
	if (at.us < serials->last.us)
		return OPX_FAIL(err, OPX_CONFLICT, STOPPED, "clock is %" PRId64 " us behind the last token",
				serials->last.us - at.us);
	if (serials->next == serials->end || at.us - serials->kept.us > OPX_SERIAL_KEEP_US) {
		int64_t end = serials->next == serials->end ? serials->next + OPX_SERIAL_BLOCK : serials->end;
		OPX_TRY(save(serials, end, at, err));
		serials->end = end;
		serials->kept = at;
	}
	serials->last = at;
	*ret_serial = serials->next++;
	return OPX_OK;
}
