/* SPDX-License-Identifier: MPL-2.0 */
/* test_pool.c: a master with workers that say in a pipe when they come and what ends them. Nothing sleeps: each step waits for a
 * byte. */
#include "support/check_opx.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "pool/pool.h"

#define WAIT_MS 20000
#define N_WORKERS 3

/* What a worker or the master says: who, and what happened. */
struct word {
	char what; /* 's' started, 't' ends as told, 'c' the master heard of a crash, 'e' the master has ended */
	unsigned index;
	int number; /* process id, signal, status */
};

struct stage {
	int said[2];
	pid_t master;
	int (*work)(struct stage *stage, unsigned index);
	unsigned quick_ms, stop_ms;
	int socket;
	int log; /* 0: nowhere */
};

static void say(struct stage *stage, char what, unsigned index, int number)
{
	const struct word word = { .what = what, .index = index, .number = number };
	ck_assert_int_eq(write(stage->said[1], &word, sizeof(word)), (ssize_t)sizeof(word));
}

static struct word heard(struct stage *stage)
{
	struct word word = { 0 };
	struct pollfd p = { .fd = stage->said[0], .events = POLLIN };
	ck_assert_msg(poll(&p, 1, WAIT_MS) == 1, "nothing is said");
	ck_assert_int_eq(read(stage->said[0], &word, sizeof(word)), (ssize_t)sizeof(word));
	return word;
}

static bool is_silent(struct stage *stage)
{
	struct pollfd p = { .fd = stage->said[0], .events = POLLIN };
	return poll(&p, 1, 0) == 0;
}

static int work(void *app, const struct opx_pool *pool, unsigned index)
{
	struct stage *stage = app;
	ck_assert_str_eq(pool->name, "page");
	return stage->work(stage, index);
}

static void crashed(void *app, const struct opx_pool *pool, unsigned index, int signo)
{
	(void)pool;
	say(app, 'c', index, signo);
}

/* The master, in a process of its own. Check's handlers would end the whole test. */
static void run_master(struct stage *stage)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	ck_assert_int_eq(sigaction(SIGTERM, &usual, NULL), 0);
	ck_assert_int_eq(sigaction(SIGINT, &usual, NULL), 0);
	const struct opx_logger logger = { .fd = stage->log > 0 ? stage->log
								: open("/dev/null", O_WRONLY | O_CLOEXEC),
					   .process = "test" };
	const struct opx_pool pool = { .name = "page", .socket_fd = stage->socket, .n_workers = N_WORKERS };
	const struct opx_pool_order order = { .pools = &pool,
					      .n_pools = 1,
					      .logger = &logger,
					      .work = work,
					      .crashed = crashed,
					      .app = stage,
					      .quick_ms = stage->quick_ms,
					      .stop_ms = stage->stop_ms };
	enum opx_status status = opx_pool_run(&order, NULL);
	say(stage, 'e', 0, (int)status);
	_exit(0);
}

static void begin(struct stage *stage)
{
	ck_assert_int_eq(pipe2(stage->said, O_CLOEXEC), 0);
	stage->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	stage->master = fork();
	if (stage->master == 0)
		run_master(stage);
	ck_assert_int_gt(stage->master, 0);
}

/* All workers have started; their process ids. */
static void all_started(struct stage *stage, pid_t ret[N_WORKERS])
{
	for (unsigned i = 0; i < N_WORKERS; i++) {
		struct word word = heard(stage);
		ck_assert_int_eq(word.what, 's');
		ck_assert_uint_lt(word.index, N_WORKERS);
		ret[word.index] = word.number;
	}
}

/* What is left to be said until the master has ended: how many workers ended as told. */
static unsigned until_end(struct stage *stage)
{
	unsigned told = 0;
	struct word word = heard(stage);
	for (; word.what != 'e'; word = heard(stage))
		told += word.what == 't' ? 1 : 0;
	ck_assert_int_eq(word.number, OPX_OK);
	int status = 0;
	ck_assert_int_eq(waitpid(stage->master, &status, 0), stage->master);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return told;
}

/* ---- workers */

/* Waits for a signal and ends well, as a worker between two requests does. */
static int polite(struct stage *stage, unsigned index)
{
	sigset_t wanted;
	int signo = 0;
	/* A sanitizer answers a crash itself: here the signal must end the worker, as in service. */
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	(void)sigaction(SIGSEGV, &plain, NULL);
	(void)sigaction(SIGABRT, &plain, NULL);
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &wanted, NULL);
	say(stage, 's', index, getpid());
	(void)sigwait(&wanted, &signo);
	say(stage, 't', index, signo);
	return 0;
}

/* Never ends by itself, whatever it is told. */
static int deaf(struct stage *stage, unsigned index)
{
	sigset_t all;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	say(stage, 's', index, getpid());
	while (getppid() > 0)
		(void)pause();
	return 1;
}

/* The first worker serves its number of requests and ends, again and again. */
static int recycled(struct stage *stage, unsigned index)
{
	if (index != 0)
		return polite(stage, index);
	say(stage, 's', index, getpid());
	return 0;
}

#ifdef OPX_ARENA_MALLOC
/* The first worker loses what it took, and ends as if all were well. */
static int careless(struct stage *stage, unsigned index)
{
	if (index != 0)
		return polite(stage, index);
	say(stage, 's', index, getpid());
	void *volatile lost = malloc(4711);
	lost = NULL;
	return lost == NULL ? 0 : 1;
}
#endif

/* ---- tests */

START_TEST(every_worker_starts_and_ends_when_told)
{
	static const int signals[] = { SIGTERM, SIGINT };
	struct stage stage = { .work = polite, .quick_ms = 1000, .stop_ms = WAIT_MS };
	pid_t pids[N_WORKERS];
	begin(&stage);
	all_started(&stage, pids);
	ck_assert_int_eq(kill(stage.master, signals[_i]), 0);
	ck_assert_uint_eq(until_end(&stage), N_WORKERS);
	for (unsigned i = 0; i < N_WORKERS; i++)
		ck_assert(kill(pids[i], 0) != 0 && errno == ESRCH);
}
END_TEST

START_TEST(a_worker_that_does_not_hear_is_killed_after_its_time)
{
	struct stage stage = { .work = deaf, .quick_ms = 1000, .stop_ms = 50 };
	pid_t pids[N_WORKERS];
	begin(&stage);
	all_started(&stage, pids);
	ck_assert_int_eq(kill(stage.master, SIGTERM), 0);
	ck_assert_uint_eq(until_end(&stage), 0);
	for (unsigned i = 0; i < N_WORKERS; i++)
		ck_assert(kill(pids[i], 0) != 0 && errno == ESRCH);
}
END_TEST

START_TEST(a_crashed_worker_is_told_of_and_its_place_is_taken)
{
	static const int signals[] = { SIGSEGV, SIGABRT, SIGKILL };
	struct stage stage = { .work = polite, .quick_ms = 0, .stop_ms = WAIT_MS };
	pid_t pids[N_WORKERS];
	begin(&stage);
	all_started(&stage, pids);
	ck_assert_int_eq(kill(pids[1], signals[_i]), 0);
	struct word word = heard(&stage);
	ck_assert_int_eq(word.what, 'c');
	ck_assert_uint_eq(word.index, 1);
	ck_assert_int_eq(word.number, signals[_i]);
	word = heard(&stage);
	ck_assert_int_eq(word.what, 's');
	ck_assert_uint_eq(word.index, 1);
	ck_assert_int_ne(word.number, pids[1]);
	ck_assert_int_eq(kill(stage.master, SIGTERM), 0);
	ck_assert_uint_eq(until_end(&stage), N_WORKERS);
}
END_TEST

START_TEST(a_worker_that_crashes_at_once_comes_back_later_and_later)
{
	struct stage stage = { .work = polite, .quick_ms = WAIT_MS, .stop_ms = WAIT_MS };
	pid_t pids[N_WORKERS];
	begin(&stage);
	all_started(&stage, pids);
	pid_t pid = pids[0];
	for (int64_t delay_ms = 100; delay_ms <= 400; delay_ms *= 2) {
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(heard(&stage).what, 'c');
		int64_t since = opx_monotonic_ms();
		struct word word = heard(&stage);
		ck_assert_int_eq(word.what, 's');
		ck_assert_int_ge(opx_monotonic_ms() - since + 50,
				 delay_ms); /* the master counts from before it told us */
		pid = word.number;
	}
	ck_assert_int_eq(kill(stage.master, SIGTERM), 0);
	ck_assert_uint_eq(until_end(&stage), N_WORKERS);
}
END_TEST

START_TEST(a_worker_that_ended_well_comes_back_at_once_and_is_no_crash)
{
	struct stage stage = { .work = recycled, .quick_ms = WAIT_MS, .stop_ms = WAIT_MS };
	begin(&stage);
	for (unsigned times = 0; times < 10;) {
		struct word word = heard(&stage);
		ck_assert_int_eq(word.what, 's');
		times += word.index == 0 ? 1 : 0;
	}
	ck_assert_int_eq(kill(stage.master, SIGTERM), 0);
	ck_assert_uint_eq(until_end(&stage), N_WORKERS - 1);
}
END_TEST

#ifdef OPX_ARENA_MALLOC
/* The leak checker speaks at the end of each worker, though it is forked and ends by _exit: who lost memory is told of as a bad end. */
START_TEST(a_worker_that_lost_memory_did_not_end_well)
{
	struct stage stage = { .work = careless,
			       .quick_ms = WAIT_MS,
			       .stop_ms = WAIT_MS,
			       .log = memfd_create("log", MFD_CLOEXEC) };
	char text[2048] = "";
	begin(&stage);
	for (unsigned times = 0; times < 2;)
		times += heard(&stage).index == 0 ? 1 : 0;
	ck_assert_int_gt(pread(stage.log, text, sizeof(text) - 1, 0), 0);
	ck_assert_msg(strstr(text, "event=pool.worker-ended") != NULL, "%s", text);
	ck_assert_int_eq(kill(stage.master, SIGTERM), 0);
	(void)until_end(&stage);
}
END_TEST
#endif

START_TEST(sighup_replaces_every_worker)
{
	struct stage stage = { .work = polite, .quick_ms = WAIT_MS, .stop_ms = WAIT_MS };
	pid_t before[N_WORKERS], after[N_WORKERS] = { 0 };
	begin(&stage);
	all_started(&stage, before);
	ck_assert_int_eq(kill(stage.master, SIGHUP), 0);
	for (unsigned i = 0; i < 2 * N_WORKERS; i++) {
		struct word word = heard(&stage);
		if (word.what == 's')
			after[word.index] = word.number;
		else
			ck_assert_int_eq(word.what, 't');
	}
	for (unsigned i = 0; i < N_WORKERS; i++)
		ck_assert(after[i] > 0 && after[i] != before[i]);
	ck_assert(is_silent(&stage));
	ck_assert_int_eq(kill(stage.master, SIGTERM), 0);
	ck_assert_uint_eq(until_end(&stage), N_WORKERS);
}
END_TEST

START_TEST(a_killed_master_leaves_no_worker)
{
	struct stage stage = { .work = polite, .quick_ms = 1000, .stop_ms = WAIT_MS };
	pid_t pids[N_WORKERS];
	begin(&stage);
	all_started(&stage, pids);
	ck_assert_int_eq(kill(stage.master, SIGKILL), 0);
	for (unsigned i = 0; i < N_WORKERS; i++) {
		struct word word = heard(&stage);
		ck_assert_int_eq(word.what, 't');
		ck_assert_int_eq(word.number, SIGTERM);
	}
}
END_TEST

START_TEST(a_hardened_process_has_no_core_no_environment_and_no_way_up)
{
	struct rlimit core = { 1, 1 };
	ck_assert_int_eq(setenv("LD_PRELOAD", "/x.so", 1), 0);
	opx_process_harden();
#ifndef OPX_ARENA_MALLOC /* where the leak checker must trace its own process */
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
#endif
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_max, 0);
	ck_assert_uint_eq(umask(0), 077);
	ck_assert_ptr_null(getenv("LD_PRELOAD"));
	ck_assert_ptr_null(getenv("PATH"));
	ck_assert_str_eq(getenv("LC_ALL"), "C.UTF-8");
	char where[8] = "";
	ck_assert_ptr_nonnull(getcwd(where, sizeof(where)));
	ck_assert_str_eq(where, "/");
}
END_TEST

START_TEST(an_unknown_user_is_a_sentence_and_an_ordinary_one_stays_who_he_is)
{
	struct opx_error err = { 0 };
	enum opx_status status = opx_process_become("opx-personne", &err);
	ck_assert_status(status, geteuid() == 0 ? OPX_NOT_FOUND : OPX_OK);
	if (geteuid() == 0)
		ck_assert_str_eq(err.detail, "no user opx-personne on this machine");
	ck_assert_uint_eq(opx_process_group("opx-personne"), (gid_t)-1);
}
END_TEST

START_TEST(root_becomes_a_user_for_good)
{
	if (geteuid() != 0)
		return; /* nothing to give up */
	struct opx_error err;
	ck_assert_ok(opx_process_become("nobody", &err), err);
	ck_assert_uint_ne(geteuid(), 0);
	ck_assert_uint_ne(getegid(), 0);
	ck_assert_int_ne(setuid(0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = tcase_create("workers");
	tcase_add_loop_test(tc, every_worker_starts_and_ends_when_told, 0, 2);
	tcase_add_test(tc, a_worker_that_does_not_hear_is_killed_after_its_time);
	tcase_add_loop_test(tc, a_crashed_worker_is_told_of_and_its_place_is_taken, 0, 3);
	tcase_add_test(tc, a_worker_that_crashes_at_once_comes_back_later_and_later);
	tcase_add_test(tc, a_worker_that_ended_well_comes_back_at_once_and_is_no_crash);
#ifdef OPX_ARENA_MALLOC
	tcase_add_test(tc, a_worker_that_lost_memory_did_not_end_well);
#endif
	tcase_add_test(tc, sighup_replaces_every_worker);
	tcase_add_test(tc, a_killed_master_leaves_no_worker);
	suite_add_tcase(suite, tc);
	tc = tcase_create("process");
	tcase_add_test(tc, a_hardened_process_has_no_core_no_environment_and_no_way_up);
	tcase_add_test(tc, an_unknown_user_is_a_sentence_and_an_ordinary_one_stays_who_he_is);
	tcase_add_test(tc, root_becomes_a_user_for_good);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
