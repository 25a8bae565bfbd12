/* SPDX-License-Identifier: MPL-2.0 */
/* tool.c: see tool.h. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "sandbox.h"

#define NOT_RUN 127

_Noreturn static void become(const struct tool *tool, int out)
{
	static char locale[] = "LC_ALL=C";
	char *const environment[] = { locale, NULL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	sandbox_limit_memory();
	if (null >= 0 && dup2(tool->wants_errors ? null : out, 1) >= 0 &&
	    dup2(tool->wants_errors ? out : null, 2) >= 0)
		(void)execve(tool->argv[0], (char *const *)(uintptr_t)tool->argv, environment);
	_exit(NOT_RUN);
}

static void hear_all(const struct tool *tool, int fd)
{
	uint8_t data[16384];
	for (;;) {
		ssize_t n = read(fd, data, sizeof(data));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		tool->hear(tool->self, data, (size_t)n);
	}
}

enum tool_end tool_run(const struct tool *tool, int *ret_code)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return TOOL_ABSENT;
	OPX_AUTO_FD in = ends[0];
	pid_t pid = fork();
	if (pid == 0)
		become(tool, ends[1]);
	(void)close(ends[1]);
	if (pid < 0)
		return TOOL_ABSENT;
	hear_all(tool, in);
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return TOOL_ABSENT;
	if (!WIFEXITED(status))
		return TOOL_STOPPED;
	*ret_code = WEXITSTATUS(status);
	return *ret_code == NOT_RUN ? TOOL_ABSENT : TOOL_EXITED;
}
