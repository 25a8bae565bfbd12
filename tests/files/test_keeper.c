/* SPDX-License-Identifier: MPL-2.0 */
/* test_keeper.c: the keeper of the real opx-parse with files of the corpus: one for many files, a new one after whatever went wrong, none
 * once its lane is gone; the process of a file, shut in. What a keeper does with hostile processes is tests/unit/files/test_parser.c.
 */
#include "support/check_opx.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/log.h"
#include "base/num.h"
#include "base/parse_wire.h"
#include "plugin/parser.h"

#define SOON_MS 20000
#define GOOD_PDF "000"

static struct opx_arena *arena;
static struct opx_parser *parser;

static void setup(void)
{
	arena = opx_arena_new((size_t)4 * 1024 * 1024);
	parser = opx_parser_new(opx_strf(arena, "%s/bin/opx-parse", getenv("OPX_BUILD")).p, NULL);
}

static void teardown(void)
{
	opx_parser_free(parser);
	opx_arena_free(arena);
}

static struct opx_str examine(const char *kind, int timeout_ms)
{
	const struct opx_logger quiet = { .fd = -1, .level = OPX_ERROR };
	struct opx_str json = OPX_STR("");
	struct opx_error err;
	OPX_AUTO_FD fd = open(opx_strf(arena, "%s/corpus/" GOOD_PDF, getenv("OPX_TEST_FOLDER")).p,
			      O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	const struct opx_parse_order order = {
		.kind = kind, .fd = fd, .timeout_ms = timeout_ms, .arena = arena, .logger = &quiet
	};
	ck_assert_ok(opx_parser_run(parser, &order, &json, &err), err);
	return json;
}

static void ck_assert_examines(void)
{
	ck_assert_ptr_nonnull(strstr(examine("pdf", SOON_MS).p, "\"pages\":1,"));
	ck_assert_ptr_nonnull(strstr(examine("image", SOON_MS).p, "\"verdict\":\"bad\""));
}

START_TEST(one_keeper_serves_all_files)
{
	ck_assert_examines();
	const pid_t keeper = opx_parser_keeper(parser);
	ck_assert_int_ne(keeper, 0);
	ck_assert_examines();
	ck_assert_int_eq(opx_parser_keeper(parser), keeper);
}
END_TEST

START_TEST(a_keeper_that_was_killed_has_a_successor)
{
	ck_assert_examines();
	const pid_t keeper = opx_parser_keeper(parser);
	siginfo_t info;
	ck_assert_int_eq(kill(keeper, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)keeper, &info, WEXITED | WNOWAIT), 0);
	ck_assert_examines();
	ck_assert_int_ne(opx_parser_keeper(parser), keeper);
}
END_TEST

START_TEST(a_file_past_its_time_is_unknown_and_the_next_one_is_examined)
{
	ck_assert_examines();
	ck_assert_str(examine("pdf", 1), OPX_PARSE_ENDED); /* qpdf alone takes longer to begin */
	ck_assert_int_eq(opx_parser_keeper(parser), 0);
	ck_assert_examines();
}
END_TEST

START_TEST(a_lane_that_is_killed_leaves_no_keeper)
{
	int ends[2];
	pid_t keeper = 0;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	const pid_t lane = fork();
	if (lane == 0) {
		ck_assert_examines();
		keeper = opx_parser_keeper(parser);
		ck_assert_int_eq(write(ends[1], &keeper, sizeof(keeper)), sizeof(keeper));
		(void)pause();
	}
	(void)close(ends[1]);
	ck_assert_int_eq(read(ends[0], &keeper, sizeof(keeper)), sizeof(keeper));
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, keeper, 0), .events = POLLIN };
	ck_assert_int_ge(p.fd, 0);
	ck_assert_int_eq(kill(lane, SIGKILL), 0);
	ck_assert_int_eq(waitpid(lane, NULL, 0), lane);
	ck_assert_int_eq(poll(&p, 1, SOON_MS), 1);
	(void)close(p.fd);
	(void)close(ends[0]);
}
END_TEST

/* ---- the process of one file, while it runs ---- */

/* A keeper as the lane starts it, at the other end of *ret_socket. */
static pid_t start_keeper(int *ret_socket)
{
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	const char *program = opx_strf(arena, "%s/bin/opx-parse", getenv("OPX_BUILD")).p;
	const pid_t keeper = fork();
	if (keeper == 0) {
		if (dup2(ends[1], STDIN_FILENO) == STDIN_FILENO)
			(void)execl(program, program, "--sandbox", "landlock", "--serve", NULL);
		_exit(127);
	}
	ck_assert_int_gt(keeper, 0);
	(void)close(ends[1]);
	*ret_socket = ends[0];
	return keeper;
}

/* Where a report does not fit: who writes it waits for ever. */
static void full_pipe(int ends[2])
{
	static const char text[4096];
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(ends[1], text, sizeof(text)) > 0)
		;
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, 0), 0);
}

static struct opx_str read_proc(pid_t pid, const char *name)
{
	static char text[8192];
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	FILE *f = fopen(path, "r");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f != NULL)
		(void)fclose(f);
	text[n] = '\0';
	return (struct opx_str){ .p = text, .n = n };
}

/* 0: it has none. */
static pid_t child_of(pid_t keeper)
{
	char name[64];
	int64_t child = 0;
	(void)snprintf(name, sizeof(name), "task/%d/children", keeper);
	struct opx_str list = read_proc(keeper, name);
	list.n = strspn(list.p, "0123456789");
	return opx_parse_i64(list, 1, INT32_MAX, &child, NULL) == OPX_OK ? (pid_t)child : 0;
}

/* The keeper's process, once it waits: it has done all that it can. */
static pid_t child_that_waits(pid_t keeper)
{
	for (;;) {
		pid_t child = child_of(keeper);
		if (child != 0 && strstr(read_proc(child, "status").p, "\nState:\tS") != NULL)
			return child;
		(void)sched_yield();
	}
}

static const char *const kinds[] = { "pdf", "image" };

/* What it then cannot do is tests/unit/files/test_sandbox.c. */
START_TEST(the_process_of_a_file_is_shut_in)
{
	int socket = -1, report[2];
	full_pipe(report);
	OPX_AUTO_FD file = open(opx_strf(arena, "%s/corpus/" GOOD_PDF, getenv("OPX_TEST_FOLDER")).p,
				O_RDONLY | O_CLOEXEC);
	const pid_t keeper = start_keeper(&socket);
	ck_assert_int_eq(opx_wire_ask(socket, kinds[_i], file, report[1]), OPX_WIRE_DONE);
	struct opx_str status = read_proc(child_that_waits(keeper), "status");
	ck_assert_ptr_nonnull(strstr(status.p, "\nNoNewPrivs:\t1\n"));
	ck_assert_ptr_nonnull(strstr(status.p, "\nSeccomp:\t2\n"));
	(void)close(socket); /* it ends, and its process with it */
	ck_assert_int_eq(waitpid(keeper, NULL, 0), keeper);
	(void)close(report[0]);
	(void)close(report[1]);
}
END_TEST

START_TEST(a_lane_asks_for_the_whole_sandbox)
{
	ck_assert_examines();
	struct opx_str line = read_proc(opx_parser_keeper(parser), "cmdline");
	static const char want[] = "--sandbox\0landlock\0--serve";
	ck_assert_ptr_nonnull(memmem(line.p, line.n, want, sizeof(want)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keeper");
	TCase *tc = tcase_create("keeper");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, one_keeper_serves_all_files);
	tcase_add_test(tc, a_keeper_that_was_killed_has_a_successor);
	tcase_add_test(tc, a_file_past_its_time_is_unknown_and_the_next_one_is_examined);
	tcase_add_test(tc, a_lane_that_is_killed_leaves_no_keeper);
	tcase_add_loop_test(tc, the_process_of_a_file_is_shut_in, 0, OPX_COUNT(kinds));
	tcase_add_test(tc, a_lane_asks_for_the_whole_sandbox);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
