/* SPDX-License-Identifier: MPL-2.0 */
/* wake.c: see wake.h. */
#include "base/wake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"

static int address_of(const char *run_folder, const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s", run_folder, name);
	return n > 0 && (size_t)n < sizeof(ret->sun_path) ? 0 : -1;
}

void opx_wake(const char *run_folder, const char *name)
{
	struct sockaddr_un to;
	if (address_of(run_folder, name, &to) != 0)
		return;
	OPX_AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		(void)sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to,
			     sizeof(to));
}

enum opx_status opx_wake_listen(const char *run_folder, const char *name, int *ret_fd, struct opx_error *err)
{
	struct sockaddr_un at;
	if (address_of(run_folder, name, &at) != 0)
		return OPX_FAIL(err, OPX_INVALID, N_("Le service ne démarre pas."),
				"%s/%s: longer than a socket's path may be", run_folder, name);
	OPX_AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Le service ne démarre pas."), "socket: %s",
				strerror(errno));
	(void)unlink(at.sun_path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 || chmod(at.sun_path, 0660) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Le service ne démarre pas."), "%s: %s", at.sun_path,
				strerror(errno));
	*ret_fd = opx_take_fd(&fd);
	return OPX_OK;
}

void opx_wake_drain(int fd)
{
	char byte;
	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}
