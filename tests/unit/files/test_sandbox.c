/* SPDX-License-Identifier: MPL-2.0 */
/* test_sandbox.c: what a process that reads hostile bytes can no longer do, each tried in a child that is shut in, and in one that a keeper
 * made. */
#include "support/check_opx.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/parse_wire.h"
#include "sandbox.h"
#include "serve.h"

#define CPU_OF_KEEPER (CLOCKS_PER_SEC / 5)

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
static int try_limits(void)
{
	static const struct {
		__rlimit_resource_t what;
		rlim_t most;
	} limits[] = { { RLIMIT_CPU, 10 },      { RLIMIT_FSIZE, 64 << 20 }, { RLIMIT_CORE, 0 },
		       { RLIMIT_NOFILE, 32 },   { RLIMIT_MEMLOCK, 0 },
#ifndef OPX_ARENA_MALLOC /* the shadow of a sanitizer is larger */
		       { RLIMIT_AS, 512 << 20 }
#endif
	};
	struct rlimit r;
	for (size_t i = 0; i < OPX_COUNT(limits); i++)
		if (getrlimit(limits[i].what, &r) != 0 || r.rlim_cur != limits[i].most ||
		    r.rlim_max > r.rlim_cur + 1)
			return ERANGE;
	return 0;
}
static int try_environment(void)
{
	return getenv("PATH") == NULL ? 0 : EPERM;
}

#define KILLED 1000
struct act {
	int (*act)(void);
	int want;         /* 0: could; errno; KILLED: ended by the kernel */
	bool is_landlock; /* Landlock's work: without it the system's own rights decide */
};
static const struct act acts[] = {
	{ try_nothing, 0, false },           { try_file_again, 0, false },
	{ try_system_folder, 0, false },     { try_environment, 0, false },
	{ try_file_to_write, EACCES, true }, { try_passwords, EACCES, true },
	{ try_other_file, EACCES, true },    { try_new_file, EACCES, true },
	{ try_socket, KILLED, false },       { try_network, KILLED, false },
	{ try_ptrace, KILLED, false },       { try_kill, KILLED, false },
	{ try_chmod, ENOSYS, false },        { try_limits, 0, false },
};

/* What a keeper has, or has used up, and its child must not. */
static int try_descriptors(void)
{
	struct stat st;
	for (int fd = 3; fd < 32; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return EMFILE;
	return fstat(0, &st) == 0 && S_ISREG(st.st_mode) && fstat(1, &st) == 0 && S_ISFIFO(st.st_mode)
		       ? 0
		       : EBADF;
}
static int try_keeper_socket(void)
{
	char name[40];
	(void)snprintf(name, sizeof(name), "/proc/%d/fd/0", (int)getppid());
	return opens(name, O_RDWR);
}
static int try_keeper_memory(void)
{
	char name[40];
	(void)snprintf(name, sizeof(name), "/proc/%d/mem", (int)getppid());
	return opens(name, O_RDWR);
}
static int try_processor(void)
{
	return clock() < CPU_OF_KEEPER / 2 ? 0 : ETIME;
}
static int try_leave_group(void)
{
	return setpgid(0, 0) == 0 ? 0 : errno;
}
static const struct act served_acts[] = {
	{ try_descriptors, 0, false },       { try_keeper_socket, EACCES, true },
	{ try_keeper_memory, EACCES, true }, { try_processor, 0, false },
	{ try_leave_group, ENOSYS, false },
};

struct trial {
	enum sandbox_kind kind;
	bool runs_no_programs;
	int (*act)(void);
};

_Noreturn static void enter_and(const struct trial *trial, int fd)
{
	struct opx_error err;
	struct sandbox sandbox;
	file_fd = fd;
	if (sandbox_make(trial->kind, &sandbox, &err) != OPX_OK ||
	    sandbox_enter(&sandbox, fd, !trial->runs_no_programs, &err) != OPX_OK) {
		(void)fprintf(stderr, "%s\n", err.detail);
		_exit(255);
	}
	_exit(trial->act());
}

static int meaning(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 2000 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static int attempt(const struct trial *trial)
{
	pid_t pid = fork();
	if (pid == 0)
		enter_and(trial, file_fd);
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return meaning(status);
}

static void work(void *self, const char *kind)
{
	(void)kind;
	enter_and(self, 0);
}

/* As opx-parse --serve does it, after some work of the keeper's own. */
_Noreturn static void keep(struct trial *trial, int socket)
{
	const struct serve order = { .socket = 0, .work = work, .self = trial };
	struct opx_error err;
	while (trial->act == try_processor && clock() < CPU_OF_KEEPER)
		;
	if (dup2(socket, 0) == 0 && close_range(3, ~0U, 0) == 0 && sandbox_prepare(&err) == OPX_OK)
		serve(&order);
	_exit(1);
}

static int attempt_served(enum sandbox_kind kind, int (*act)(void))
{
	struct trial trial = { .kind = kind, .act = act };
	struct opx_parse_answer answer = { .status = -1 };
	int ends[2], report[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(pipe2(report, O_CLOEXEC), 0);
	pid_t keeper = fork();
	if (keeper == 0)
		keep(&trial, ends[1]);
	(void)close(ends[1]);
	ck_assert_int_eq(opx_wire_ask(ends[0], "image", file_fd, report[1]), OPX_WIRE_DONE);
	ck_assert_int_eq(opx_wire_answered(ends[0], &answer), OPX_WIRE_DONE);
	ck_assert_uint_eq(answer.is_left, 0);
	(void)close(ends[0]);
	(void)close(report[0]);
	(void)close(report[1]);
	ck_assert_int_eq(waitpid(keeper, NULL, 0), keeper); /* it ends with the lane's end of the socket */
	return meaning(answer.status);
}

START_TEST(inside_the_sandbox)
{
	const struct trial trial = { .kind = SANDBOX_LANDLOCK, .act = acts[_i].act };
	ck_assert_int_eq(attempt(&trial), acts[_i].want);
}
END_TEST

START_TEST(without_landlock_calls_are_still_refused)
{
	const struct trial trial = { .kind = SANDBOX_SECCOMP_ONLY, .act = acts[_i].act };
	if (!acts[_i].is_landlock)
		ck_assert_int_eq(attempt(&trial), acts[_i].want);
}
END_TEST

#ifndef OPX_ARENA_MALLOC /* a sanitizer opens files of its own */
START_TEST(who_runs_no_program_opens_no_file)
{
	const struct trial trial = { .act = try_system_folder, .runs_no_programs = true };
	ck_assert_int_eq(attempt(&trial), ENOSYS);
}
END_TEST
#endif

START_TEST(a_served_process_can_no_more)
{
	const struct act *act = (size_t)_i < OPX_COUNT(acts) ? &acts[_i]
							     : &served_acts[(size_t)_i - OPX_COUNT(acts)];
	ck_assert_int_eq(attempt_served(SANDBOX_LANDLOCK, act->act), act->want);
	if (!act->is_landlock)
		ck_assert_int_eq(attempt_served(SANDBOX_SECCOMP_ONLY, act->act), act->want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tc = tcase_create("sandbox");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, inside_the_sandbox, 0, OPX_COUNT(acts));
	tcase_add_loop_test(tc, without_landlock_calls_are_still_refused, 0, OPX_COUNT(acts));
#ifndef OPX_ARENA_MALLOC
	tcase_add_test(tc, who_runs_no_program_opens_no_file);
#endif
	tcase_add_loop_test(tc, a_served_process_can_no_more, 0, OPX_COUNT(acts) + OPX_COUNT(served_acts));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
