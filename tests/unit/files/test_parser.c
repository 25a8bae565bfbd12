/* SPDX-License-Identifier: MPL-2.0 */
/* test_parser.c: whatever becomes of the parser, the lane goes on: killed, slow, talkative, mute, absent. This program itself stands for
 * opx-parse: it serves as that does, and each file is a shell script that is run in the place of the examination.
 */
#include "support/check_opx.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/date.h"
#include "base/log.h"
#include "base/parse_wire.h"
#include "plugin/parser.h"
#include "serve.h"

#define SOON_MS 20000

static struct opx_arena *arena;
static struct opx_parser *parser;
static char folder[] = "/tmp/opx-parser-XXXXXX";

static void setup(void)
{
	arena = opx_arena_new((size_t)4 * 1024 * 1024);
	parser = opx_parser_new("/proc/self/exe", NULL);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
	opx_parser_free(parser);
	opx_arena_free(arena);
	(void)rmdir(folder);
}

static enum opx_status run(const char *script, int timeout_ms, struct opx_str *ret)
{
	const struct opx_logger quiet = { .fd = -1, .level = OPX_ERROR };
	OPX_AUTO_FD fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dprintf(fd, "%s\n", script), (int)strlen(script) + 1);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	const struct opx_parse_order order = {
		.kind = "pdf", .fd = fd, .timeout_ms = timeout_ms, .arena = arena, .logger = &quiet
	};
	return opx_parser_run(parser, &order, ret, NULL);
}

static struct opx_str say(const char *script)
{
	struct opx_str said = OPX_STR("");
	ck_assert_status(run(script, SOON_MS, &said), OPX_OK);
	return said;
}

/* In the kernel's list of processes, for a pidfd; -1: it is gone already. */
static int watch(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	ck_assert(fd >= 0 || errno == ESRCH);
	return fd;
}

static void ck_assert_ends(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	ck_assert_msg(pidfd < 0 || poll(&p, 1, SOON_MS) == 1, "it still runs");
	if (pidfd >= 0)
		(void)close(pidfd);
}

/* The next number of a line. */
static pid_t take_pid(const char **at)
{
	pid_t pid = 0;
	for (; **at >= '0' && **at <= '9'; ++*at)
		pid = pid * 10 + (**at - '0');
	*at += **at == ' ';
	ck_assert_int_gt(pid, 0);
	return pid;
}

static const struct {
	const char *script;
	enum opx_status status;
	const char *want;
	bool is_good; /* the keeper goes on */
} scripts[] = {
	{ "echo \"$1 $2\"; cat", OPX_OK, "pdf landlock\necho \"$1 $2\"; cat\n", true },
	{ "kill -9 $$", OPX_OK, OPX_PARSE_ENDED, false },
	{ "kill -SEGV $$", OPX_OK, OPX_PARSE_ENDED, false },
	{ "echo half; exit 1", OPX_OK, OPX_PARSE_ENDED, false },
	{ "sleep 300 & kill -9 $PPID; wait", OPX_OK, OPX_PARSE_ENDED, false }, /* its keeper */
	{ "exit 0", OPX_OK, OPX_PARSE_ENDED, true },
	{ "exit 3", OPX_UNAVAILABLE, NULL, false }, /* no sandbox: nothing is decided */
	{ "printf '\\377\\376'", OPX_OK, OPX_PARSE_ENDED, true },
	{ "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
	  OPX_OK, OPX_PARSE_ENDED, false },
	{ "ls /proc/self/fd | tr '\\n' ' ' | sed 's/3 //'", OPX_OK, "0 1 2 ",
	  true }, /* no descriptor of ours goes along; 3 is ls's own */
	{ "env | grep -v -e PWD -e SHLVL -e _= -e OLDPWD; echo end", OPX_OK, "LD_BIND_NOW=1\nend\n", true },
};

START_TEST(a_parser_that_ends_badly_is_an_unknown_verdict)
{
	int64_t began = opx_monotonic_ms();
	struct opx_str json = OPX_STR("untouched");
	ck_assert_status(run(scripts[_i].script, SOON_MS, &json), scripts[_i].status);
	ck_assert_int_lt(opx_monotonic_ms() - began, SOON_MS); /* its end is seen, not waited for */
	ck_assert_str(json, scripts[_i].want != NULL ? scripts[_i].want : "untouched");
	ck_assert_int_eq(opx_parser_keeper(parser) != 0, scripts[_i].is_good);
	ck_assert_str(say("echo next"), "next\n");
}
END_TEST

START_TEST(files_have_one_keeper_and_a_process_each)
{
	struct opx_str first = say("echo $PPID $$"), second = say("echo $PPID $$");
	const pid_t keepers[] = { take_pid(&first.p), take_pid(&second.p) };
	const pid_t processes[] = { take_pid(&first.p), take_pid(&second.p) };
	ck_assert_int_eq(keepers[0], opx_parser_keeper(parser));
	ck_assert_int_eq(keepers[1], keepers[0]);
	ck_assert_int_ne(processes[1], processes[0]);
	ck_assert_int_ne(processes[0], keepers[0]);
}
END_TEST

START_TEST(a_keeper_that_ended_between_two_files_costs_none_of_them)
{
	ck_assert_str(say("echo one"), "one\n");
	const pid_t keeper = opx_parser_keeper(parser);
	siginfo_t info;
	ck_assert_int_eq(kill(keeper, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)keeper, &info, WEXITED | WNOWAIT), 0);
	ck_assert_str(say("echo two"), "two\n");
	ck_assert_int_ne(opx_parser_keeper(parser), keeper);
}
END_TEST

/* Only an order that nobody took may be given again. */
START_TEST(an_order_that_was_not_taken_is_told_from_one_that_was)
{
	struct opx_parse_ask ask;
	struct opx_parse_answer answer;
	for (int is_taken = 0; is_taken <= 1; is_taken++) {
		int ends[2], file = -1, report = -1;
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
		ck_assert_int_eq(opx_wire_ask(ends[0], "image", 0, 1), OPX_WIRE_DONE);
		if (is_taken != 0) {
			ck_assert_int_eq(opx_wire_asked(ends[1], &ask, &file, &report), OPX_WIRE_DONE);
			ck_assert_str_eq(ask.kind, "image");
			(void)close(file);
			(void)close(report);
		}
		(void)close(ends[1]);
		ck_assert_int_eq(opx_wire_answered(ends[0], &answer),
				 is_taken != 0 ? OPX_WIRE_GONE : OPX_WIRE_UNREAD);
		ck_assert_int_eq(opx_wire_ask(ends[0], "image", 0, 1), OPX_WIRE_UNREAD);
		(void)close(ends[0]);
	}
}
END_TEST

START_TEST(a_slow_parser_is_ended_with_all_that_it_started)
{
	struct opx_str json;
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/child", folder);
	int64_t began = opx_monotonic_ms();
	ck_assert_status(run(opx_strf(arena, "sleep 300 & echo $! >%s; wait", path).p, 500, &json), OPX_OK);
	ck_assert_int_lt(opx_monotonic_ms() - began, SOON_MS);
	ck_assert_str(json, OPX_PARSE_ENDED);
	FILE *f = fopen(path, "re");
	char text[32] = "";
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	(void)fclose(f);
	(void)unlink(path);
	const char *at = text;
	ck_assert_ends(watch(take_pid(&at)));
	ck_assert_str(say("echo next"), "next\n");
}
END_TEST

START_TEST(what_a_file_leaves_running_does_not_meet_the_next_one)
{
	struct opx_str left = say("sleep 300 </dev/null >/dev/null 2>&1 & echo $!");
	ck_assert_int_eq(opx_parser_keeper(parser), 0);
	ck_assert_ends(watch(take_pid(&left.p)));
}
END_TEST

/* Whether it was idle or had a file in its hands, a lane that is killed leaves neither keeper nor examination; with a keeper that is
 * killed, too, before it could look after what it started. */
static void kill_lane(const char *script, bool is_keeper_killed)
{
	char path[64], text[64] = "";
	(void)snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	const pid_t lane = fork();
	if (lane == 0) {
		struct opx_str json;
		(void)run(opx_strf(arena, "echo $PPID $$ >%s; %s", path, script).p, 300000, &json);
		(void)pause();
	}
	FILE *f = fopen(path, "re"); /* waits for the script */
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	(void)fclose(f);
	(void)unlink(path);
	const char *at = text;
	const pid_t keeper = take_pid(&at);
	int keeper_fd = watch(keeper), process_fd = watch(take_pid(&at));
	ck_assert_int_ge(keeper_fd, 0);
	if (is_keeper_killed)
		ck_assert_int_eq(kill(keeper, SIGSTOP), 0);
	ck_assert_int_eq(kill(lane, SIGKILL), 0);
	ck_assert_int_eq(waitpid(lane, NULL, 0), lane);
	if (is_keeper_killed)
		ck_assert_int_eq(kill(keeper, SIGKILL), 0);
	ck_assert_ends(keeper_fd);
	ck_assert_ends(process_fd);
}

START_TEST(a_lane_that_is_killed_leaves_nothing_behind)
{
	kill_lane("echo done", false);
	kill_lane("exec sleep 300", false);
	kill_lane("exec sleep 300", true);
}
END_TEST

START_TEST(a_parser_that_is_freed_leaves_nothing_behind)
{
	(void)say("echo one");
	int keeper = watch(opx_parser_keeper(parser));
	opx_parser_free(parser);
	parser = NULL;
	ck_assert_ends(keeper);
}
END_TEST

static const char *const absent[] = { "/nonexistent/opx-parse",
				      "/bin/false" /* ends before it takes an order */ };

START_TEST(a_parser_that_is_not_there_decides_nothing)
{
	struct opx_str json;
	opx_parser_free(parser);
	parser = opx_parser_new(absent[_i], NULL);
	ck_assert_status(run("echo one", SOON_MS, &json), OPX_UNAVAILABLE);
	ck_assert_int_eq(opx_parser_keeper(parser), 0);
}
END_TEST

static void work(void *self, const char *kind)
{
	(void)execl("/bin/sh", "sh", "/proc/self/fd/0", kind, self, NULL);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--sandbox") == 0 && strcmp(argv[3], "--serve") == 0) {
		const struct serve order = { .socket = 0, .work = work, .self = argv[2] };
		serve(&order);
		return 1;
	}
	Suite *suite = suite_create("parser");
	TCase *tc = tcase_create("parser");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_parser_that_ends_badly_is_an_unknown_verdict, 0, OPX_COUNT(scripts));
	tcase_add_test(tc, files_have_one_keeper_and_a_process_each);
	tcase_add_test(tc, a_keeper_that_ended_between_two_files_costs_none_of_them);
	tcase_add_test(tc, an_order_that_was_not_taken_is_told_from_one_that_was);
	tcase_add_test(tc, a_slow_parser_is_ended_with_all_that_it_started);
	tcase_add_test(tc, what_a_file_leaves_running_does_not_meet_the_next_one);
	tcase_add_test(tc, a_lane_that_is_killed_leaves_nothing_behind);
	tcase_add_test(tc, a_parser_that_is_freed_leaves_nothing_behind);
	tcase_add_loop_test(tc, a_parser_that_is_not_there_decides_nothing, 0, OPX_COUNT(absent));
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
