/* SPDX-License-Identifier: MPL-2.0 */
/* child.c: see child.h. */
#include "lane/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"

#define BUSY N_("Le service est occupé. Réessayez dans quelques instants.")
#define MAX_SAID_BYTES ((uint64_t)1 << 20)

static void limit(int what, uint64_t most)
{
	const struct rlimit r = { .rlim_cur = most, .rlim_max = most };
	if (most > 0 && setrlimit((__rlimit_resource_t)what, &r) != 0)
		_exit(127);
}

/* Between fork and exec: system calls only. */
static _Noreturn void become(const struct opx_child *child, int out, char *const env[])
{
	union {
		const char *const *in;
		char *const *out;
	} argv = { .in = child->argv };
	sigset_t none;
	(void)sigemptyset(&none);
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
	    setpgid(0, 0) != 0 || null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    chdir(child->folder) != 0 || close_range(3, ~0U, 0) != 0)
		_exit(127);
#ifndef OPX_ARENA_MALLOC /* a sanitizer reserves terabytes of addresses for its own use */
	limit(RLIMIT_AS, child->max_memory);
#endif
	limit(RLIMIT_FSIZE, child->max_file > MAX_SAID_BYTES ? child->max_file : MAX_SAID_BYTES);
	limit(RLIMIT_CPU, (uint64_t)(child->timeout_ms / 1000 + 1));
	limit(RLIMIT_NOFILE, 128);
	(void)execve(argv.out[0], argv.out, env);
	_exit(127);
}

static void read_said(int out, char said[OPX_CHILD_SAID])
{
	ssize_t n = pread(out, said, OPX_CHILD_SAID - 1, 0);
	said[n > 0 ? n : 0] = '\0';
}

/* Waits for the end, kills what lasts too long. */
static enum opx_status wait_for(pid_t pid, int64_t timeout_ms, int *ret_exit, struct opx_error *err)
{
	OPX_AUTO_FD fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status = 0, n = -1;
	do
		n = poll(&p, 1, (int)timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return OPX_FAIL(err, OPX_UNAVAILABLE, BUSY, "waitpid: %s", strerror(errno));
	*ret_exit = WIFEXITED(status) ? WEXITSTATUS(status)
				      : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return n > 0 ? OPX_OK
		     : OPX_FAIL(err, OPX_UNAVAILABLE, BUSY, "child killed after %lld ms",
				(long long)timeout_ms);
}

enum opx_status opx_child_run(const struct opx_child *child, int *ret_exit, char ret_said[OPX_CHILD_SAID],
			      struct opx_error *err)
{
	char home[1100], cache[1100], path[] = "PATH=/usr/bin:/bin", lang[] = "LC_ALL=C.UTF-8";
	(void)snprintf(home, sizeof(home), "HOME=%s", child->folder);
	(void)snprintf(cache, sizeof(cache), "XDG_CACHE_HOME=%s", child->folder);
	char *const env[] = { path, lang, home, cache, NULL };
	OPX_AUTO_FD out = memfd_create("child", MFD_CLOEXEC);
	if (out < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, BUSY, "memfd: %s", strerror(errno));
	const pid_t pid = fork();
	if (pid < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, BUSY, "fork: %s", strerror(errno));
	if (pid == 0)
		become(child, out, env);
	enum opx_status status = wait_for(pid, child->timeout_ms, ret_exit, err);
	if (ret_said != NULL)
		read_said(out, ret_said);
	return status;
}
