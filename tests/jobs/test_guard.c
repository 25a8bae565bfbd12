/* SPDX-License-Identifier: MPL-2.0 */
/* test_guard.c: what a lane's process can no longer do once it has closed itself in. */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"

enum { CAN_CONNECT = 1, CAN_EXEC = 2, CAN_WRITE = 4, CAN_READ = 8, CAN_UNIX = 16, BROKEN = 32 };

static int try_all(const char *path)
{
	static char *const words[] = { (char *)(uintptr_t) "true", NULL };
	int can = 0;
	int inet = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_DGRAM, 0);
	int file = open(path, O_WRONLY | O_CREAT, 0600), read_only = open("/etc/passwd", O_RDONLY);
	can |= (inet >= 0 ? CAN_CONNECT : 0) | (local >= 0 ? CAN_UNIX : 0) | (file >= 0 ? CAN_WRITE : 0) |
	       (read_only >= 0 ? CAN_READ : 0);
	pid_t pid = vfork();
	if (pid == 0) {
		(void)execv("/bin/true", words);
		_exit(1);
	}
	int status = 0;
	(void)waitpid(pid, &status, 0);
	return can | (WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CAN_EXEC : 0);
}

static int what_is_left(unsigned allowed)
{
	static const struct opx_logger logger = { .fd = 2, .level = OPX_ERROR + 1, .process = "test-jobs" };
	char path[] = "/tmp/opx-guard-XXXXXX";
	int made = mkstemp(path), status = 0;
	ck_assert_int_ge(made, 0);
	(void)close(made);
	pid_t pid = fork();
	if (pid == 0) {
		struct opx_error err;
		_exit(opx_guard_close_but(allowed, &logger, &err) == OPX_OK ? try_all(path) : BROKEN);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	(void)unlink(path);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_lane_can_do_what_it_needs_and_no_more)
{
	ck_assert_int_eq(what_is_left(0), CAN_READ | CAN_UNIX);
	ck_assert_int_eq(what_is_left(OPX_GUARD_NETWORK), CAN_READ | CAN_UNIX | CAN_CONNECT);
	ck_assert_int_eq(what_is_left(OPX_GUARD_EXEC | OPX_GUARD_WRITE),
			 CAN_READ | CAN_UNIX | CAN_EXEC | CAN_WRITE);
}
END_TEST

static bool is_told(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) == 1;
}

START_TEST(a_hangup_ends_nobody_and_a_termination_is_told)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		struct opx_error err;
		int fd = -1;
		if (opx_guard_signals(&fd, &err) != OPX_OK)
			_exit(BROKEN);
		(void)raise(SIGHUP);
		bool is_hangup_told = is_told(fd);
		(void)raise(SIGTERM);
		_exit((is_hangup_told ? 1 : 0) | (is_told(fd) ? 2 : 0));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 2);
}
END_TEST

void scene_add_guard(Suite *suite)
{
	TCase *tc = tcase_create("guard");
	tcase_add_test(tc, a_lane_can_do_what_it_needs_and_no_more);
	tcase_add_test(tc, a_hangup_ends_nobody_and_a_termination_is_told);
	suite_add_tcase(suite, tc);
}
