/* SPDX-License-Identifier: MPL-2.0 */
/* test_sandbox.c: what a process that reads hostile bytes can no longer do, each tried in a child that is shut in. */
#include "support/check_opx.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static char path[] = "/tmp/opx-sandbox-XXXXXX";
static int file_fd;

static void setup(void)
{
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	file_fd = mkstemp(path);
	ck_assert_int_ge(file_fd, 0);
	ck_assert_int_eq(write(file_fd, "hello", 5), 5);
}

static void teardown(void)
{
	(void)close(file_fd);
	(void)unlink(path);
}

static int opens(const char *what, int flags)
{
	int fd = open(what, flags | O_CLOEXEC, 0600);
	return fd >= 0 ? 0 : errno;
}

/* Each gives 0 when it could, else why not. */
static int try_nothing(void)
{
	return 0;
}
static int try_file_again(void)
{
	char name[40];
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", file_fd);
	return opens(name, O_RDONLY);
}
static int try_file_to_write(void)
{
	char name[40];
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", file_fd);
	return opens(name, O_WRONLY);
}
static int try_system_folder(void)
{
	return opens("/usr/bin/env", O_RDONLY);
}
static int try_passwords(void)
{
	return opens("/etc/passwd", O_RDONLY);
}
static int try_other_file(void)
{
	return opens("/tmp", O_RDONLY | O_DIRECTORY);
}
static int try_new_file(void)
{
	return opens("/tmp/opx-sandbox-new", O_WRONLY | O_CREAT);
}
static int try_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}
static int try_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}
static int try_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 ? 0 : errno;
}
static int try_kill(void)
{
	return kill(getppid(), 0) == 0 ? 0 : errno;
}
static int try_chmod(void)
{
	return fchmod(file_fd, 0777) == 0 ? 0 : errno;
}
static int try_environment(void)
{
	return getenv("PATH") == NULL ? 0 : EPERM;
}

#define KILLED 1000
static const struct {
	int (*act)(void);
	int want;         /* 0: could; errno; KILLED: ended by the kernel */
	bool is_landlock; /* Landlock's work: without it the system's own rights decide */
} acts[] = {
	{ try_nothing, 0, false },           { try_file_again, 0, false },
	{ try_system_folder, 0, false },     { try_environment, 0, false },
	{ try_file_to_write, EACCES, true }, { try_passwords, EACCES, true },
	{ try_other_file, EACCES, true },    { try_new_file, EACCES, true },
	{ try_socket, KILLED, false },       { try_network, KILLED, false },
	{ try_ptrace, KILLED, false },       { try_kill, KILLED, false },
	{ try_chmod, ENOSYS, false },
};

static int attempt(enum sandbox_kind kind, int (*act)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		struct opx_error err;
		if (sandbox_enter(kind, file_fd, &err) != OPX_OK) {
			(void)fprintf(stderr, "%s\n", err.detail);
			_exit(255);
		}
		_exit(act());
	}
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 2000 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

START_TEST(inside_the_sandbox)
{
	ck_assert_int_eq(attempt(SANDBOX_LANDLOCK, acts[_i].act), acts[_i].want);
}
END_TEST

START_TEST(without_landlock_calls_are_still_refused)
{
	if (!acts[_i].is_landlock)
		ck_assert_int_eq(attempt(SANDBOX_SECCOMP_ONLY, acts[_i].act), acts[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tc = tcase_create("sandbox");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, inside_the_sandbox, 0, OPX_COUNT(acts));
	tcase_add_loop_test(tc, without_landlock_calls_are_still_refused, 0, OPX_COUNT(acts));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
