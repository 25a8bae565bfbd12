/* SPDX-License-Identifier: MPL-2.0 */
/* test_keeper.c: the keeper of the real opx-parse with files of the corpus: one for many files, a new one after whatever went wrong, none
 * once its lane is gone. What a keeper does with hostile processes is tests/unit/files/test_parser.c.
 */
#include "support/check_opx.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/log.h"
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
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
