/* SPDX-License-Identifier: MPL-2.0 */
/* test_parse_child.c: whatever becomes of the parser, the lane goes on: killed, slow, talkative, mute, absent. The parser is a
 * shell script here. */
#include "support/check_opx.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "plugin/parse_child.h"

static struct opx_arena *arena;
static char folder[] = "/tmp/opx-child-XXXXXX";
static char program[64], file[64];
static int fd;

static void setup(void)
{
	arena = opx_arena_new((size_t)4 * 1024 * 1024);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(program, sizeof(program), "%s/parser", folder);
	(void)snprintf(file, sizeof(file), "%s/file", folder);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "content", 7), 7);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
}

static void teardown(void)
{
	opx_arena_free(arena);
	(void)close(fd);
	(void)unlink(program);
	(void)unlink(file);
	(void)rmdir(folder);
}

static enum opx_status run(const char *script, int timeout_ms, struct opx_str *ret)
{
	const struct opx_logger quiet = { .fd = -1, .level = OPX_ERROR };
	if (script != NULL) {
		FILE *f = fopen(program, "we");
		ck_assert_ptr_nonnull(f);
		(void)fprintf(f, "#!/bin/sh\n%s\n", script);
		(void)fclose(f);
		ck_assert_int_eq(chmod(program, 0700), 0);
	}
	const struct opx_parse_order order = { .program = program,
					       .kind = "pdf",
					       .fd = fd,
					       .timeout_ms = timeout_ms,
					       .arena = arena,
					       .logger = &quiet };
	return opx_parse_run(&order, ret, NULL);
}

static const struct {
	const char *script;
	enum opx_status status;
	const char *want;
} scripts[] = {
	{ "echo \"$1 $2 $3\"; cat", OPX_OK, "--sandbox landlock pdf\ncontent" },
	{ "kill -9 $$", OPX_OK, OPX_PARSE_ENDED },
	{ "kill -SEGV $$", OPX_OK, OPX_PARSE_ENDED },
	{ "echo half; exit 1", OPX_OK, OPX_PARSE_ENDED },
	{ "exit 0", OPX_OK, OPX_PARSE_ENDED },
	{ "exit 3", OPX_UNAVAILABLE, NULL }, /* no sandbox: nothing is decided */
	{ "printf '\\377\\376'", OPX_OK, OPX_PARSE_ENDED },
	{ "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
	  OPX_OK, OPX_PARSE_ENDED },
	{ "ls /proc/self/fd | tr '\\n' ' ' | sed 's/3 //'", OPX_OK,
	  "0 1 2 " }, /* no descriptor of ours goes along; 3 is ls's own */
	{ "env | grep -v -e PWD -e SHLVL -e _= -e OLDPWD; echo end", OPX_OK, "end\n" },
};

START_TEST(a_parser_that_ends_badly_is_an_unknown_verdict)
{
	struct opx_str json = OPX_STR("untouched");
	ck_assert_status(run(scripts[_i].script, 10000, &json), scripts[_i].status);
	ck_assert_str(json, scripts[_i].want != NULL ? scripts[_i].want : "untouched");
}
END_TEST

static int64_t seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

START_TEST(a_slow_parser_is_ended_with_all_that_it_started)
{
	struct opx_str json;
	int64_t began = seconds();
	ck_assert_status(run("sleep 300 & echo $! >\"${0%parser}child\"; wait", 500, &json), OPX_OK);
	ck_assert_int_lt(seconds() - began, 20);
	ck_assert_str(json, OPX_PARSE_ENDED);
	char path[80], text[32] = "";
	(void)snprintf(path, sizeof(path), "%s/child", folder);
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	(void)fclose(f);
	(void)unlink(path);
	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", text);
	/* Killed in the same moment: it is gone, or waits to be buried with nothing left of its command. */
	for (int turn = 0; turn < 100; turn++) {
		f = fopen(path, "re");
		int c = f != NULL ? fgetc(f) : EOF;
		if (f != NULL)
			(void)fclose(f);
		if (c == EOF)
			return;
		(void)usleep(20000);
	}
	ck_abort_msg("the child of the parser is still there");
}
END_TEST

START_TEST(a_parser_that_is_not_there_decides_nothing)
{
	struct opx_str json;
	ck_assert_status(run(NULL, 1000, &json), OPX_UNAVAILABLE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parse-child");
	TCase *tc = tcase_create("parse-child");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_parser_that_ends_badly_is_an_unknown_verdict, 0, OPX_COUNT(scripts));
	tcase_add_test(tc, a_slow_parser_is_ended_with_all_that_it_started);
	tcase_add_test(tc, a_parser_that_is_not_there_decides_nothing);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
