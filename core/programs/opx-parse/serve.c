/* SPDX-License-Identifier: MPL-2.0 */
/* serve.c: see serve.h. */
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/parse_wire.h"

#define NOT_EXAMINED 3 /* exit status: nothing is known of the file */

/* Without a keeper there is nobody to wait for it: it ends then. */
_Noreturn static void become(const struct serve *s, pid_t keeper, const char *kind, int file, int report)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != keeper || file <= STDERR_FILENO ||
	    report <= STDERR_FILENO || dup2(file, STDIN_FILENO) < 0 || dup2(report, STDOUT_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
		_exit(NOT_EXAMINED);
	s->work(s->self, kind);
	_exit(NOT_EXAMINED);
}

/* false: the lane is gone before the process is. */
static bool wait_for(int socket, pid_t pid, int *ret_status)
{
	OPX_AUTO_FD end = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[] = { { .fd = socket }, { .fd = end, .events = POLLIN } };
	if (end < 0)
		return false;
	while (p[1].revents == 0) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return false;
		if (p[0].revents != 0)
			return false;
	}
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

/* What a process leaves behind is ours (PR_SET_CHILD_SUBREAPER), and the next file must not meet it. */
static bool is_left(void)
{
	pid_t pid;
	do
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	while (pid > 0);
	return pid == 0;
}

static bool serve_one(const struct serve *s)
{
	struct opx_parse_ask ask;
	struct opx_parse_answer answer = { .status = W_EXITCODE(NOT_EXAMINED, 0) };
	int file = -1, report = -1, status = 0;
	if (opx_wire_asked(s->socket, &ask, &file, &report) != OPX_WIRE_DONE)
		return false;
	pid_t keeper = getpid(), pid = fork();
	if (pid == 0)
		become(s, keeper, ask.kind, file, report);
	(void)close(file);
	(void)close(report);
	if (pid > 0) {
		if (!wait_for(s->socket, pid, &status))
			return false;
		answer = (struct opx_parse_answer){ .status = status, .is_left = is_left() };
	}
	return opx_wire_answer(s->socket, &answer) == OPX_WIRE_DONE;
}

void serve(const struct serve *s)
{
	(void)setpgid(0, 0);
	if (getpgrp() != getpid() || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return;
	while (serve_one(s))
		;
	(void)kill(0, SIGKILL); /* the whole group: what still runs, and this process */
}
