/* SPDX-License-Identifier: MPL-2.0 */
/* seal_kill.c: the program opx-seal, killed 30 times at random moments while somebody writes acts; then the ledger is compared with
 * what was acknowledged (security 4.1, I3 and I6). Also its start and its end as an operator sees them.
 *
 * usage: seal-kill OPX-SEAL CONFIG [SEED]
 */
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/num.h"
#include "base/wake.h"
#include "sql_test_seal.h"

#define KILLS 30

struct shared {
	atomic_int stop;
	atomic_llong filings, events;
};

static const char *program, *config;
static struct story s;
static struct shared *shared;

static void sleep_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

static pid_t start(void)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int log = open(getenv("OPX_TEST_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		(void)dup2(log, 2);
		(void)execl(program, program, "--config", config, (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* The exit status; 128 + n of a signal. */
static int end_of(pid_t pid)
{
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static struct sql_st_counts_row counts(void)
{
	struct opx_error err;
	struct sql_st_counts_row row;
	ck_assert_ok(sql_st_counts(s.owner, &row, &err), err);
	return row;
}

/* Acts without end, as fast as the database takes them. What is counted was committed. */
static void write_acts(void)
{
	s.web = story_connect("opx_web");
	s.owner = story_connect("postgres");
	(void)opx_db_use_arena(s.web, s.arena);
	(void)opx_db_use_arena(s.owner, s.arena);
	int64_t dossiers[4] = { 0 };
	for (int i = 0; atomic_load(&shared->stop) == 0; i++) {
		if (i < 4) {
			char rg[16];
			(void)snprintf(rg, sizeof(rg), "26/%05d", i);
			dossiers[i] = acts_dossier(&s, rg);
			(void)atomic_fetch_add(&shared->events, 4);
		}
		acts_file(&s, dossiers[i < 4 ? i : i % 4]);
		(void)atomic_fetch_add(&shared->events, 2);
		(void)atomic_fetch_add(&shared->filings, 1);
		opx_wake(getenv("OPX_TEST_TMP"), OPX_WAKE_SEAL); /* as opx-web does after its commit */
		sleep_ms(2);
	}
	_exit(0);
}

static void until(bool (*is_so)(void), const char *what)
{
	int64_t end = opx_monotonic_ms() + 30000;
	while (!is_so()) {
		ck_assert_msg(opx_monotonic_ms() < end, "not within 30 s: %s", what);
		(void)acts_stamp(&s, opx_now(&opx_clock_real));
		sleep_ms(10);
	}
}

/* At a start the rows that the journal had come first, the filings that they make whole right after. */
static bool nothing_waits(void)
{
	struct sql_st_counts_row c = counts();
	return c.waiting == 0 && c.unsealed == 0;
}
static bool is_sealing(void)
{
	return counts().lines > 0;
}

/* As the post lane does: stamps, then wakes. */
static void stamp_for(int64_t ms)
{
	int64_t end = opx_monotonic_ms() + ms;
	do {
		if (acts_stamp(&s, opx_now(&opx_clock_real)) > 0)
			opx_wake(getenv("OPX_TEST_TMP"), OPX_WAKE_SEAL);
		sleep_ms(3);
	} while (opx_monotonic_ms() < end);
}

/* Every other one at any moment from its start on, the rest while it is seen to seal: how fast the machine is does not matter. */
static void kill_it(unsigned seed)
{
	for (int i = 0; i < KILLS; i++) {
		int64_t had = counts().lines, end = opx_monotonic_ms() + 30000;
		pid_t pid = start();
		if (i % 2 == 0)
			stamp_for(rand_r(&seed) % 320);
		while (i % 2 == 1 && counts().lines == had && opx_monotonic_ms() < end)
			stamp_for(0);
		if (i % 2 == 1)
			stamp_for(rand_r(&seed) % 60);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(end_of(pid), 128 + SIGKILL); /* it had not ended by itself */
		ck_assert_msg(i % 2 == 0 || counts().lines > had, "run %d sealed nothing", i);
	}
}

static void end_well(pid_t pid, int64_t told)
{
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(end_of(pid), 0);
	ck_assert_msg(opx_monotonic_ms() - told <= 1000, "ended after %lld ms",
		      (long long)(opx_monotonic_ms() - told));
}

START_TEST(nothing_is_lost_or_double_after_thirty_kills)
{
	const char *seed_text = getenv("OPX_TEST_SEED"), *key_text = getenv("OPX_TEST_LOG_KEY");
	int64_t seed = (int64_t)time(NULL);
	uint8_t key[32];
	FILE *f = fopen(key_text, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(key, 1, 32, f), 32);
	(void)fclose(f);
	if (seed_text != NULL)
		ck_assert_int_eq(opx_parse_i64(opx_str_z(seed_text), 0, INT32_MAX, &seed, NULL), OPX_OK);
	(void)printf("seed %lld\n", (long long)seed);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(shared != MAP_FAILED);
	story_begin(&s);
	pid_t writer = fork();
	ck_assert_int_ge(writer, 0);
	if (writer == 0)
		write_acts();
	pid_t first = start();
	until(is_sealing, "the first line");
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	(void)end_of(first);

	kill_it((unsigned)seed);
	atomic_store(&shared->stop, 1);
	ck_assert_int_eq(end_of(writer), 0);

	pid_t pid = start();
	until(nothing_waits, "the outbox to be empty");
	/* A second one beside it is refused and harms nothing. */
	ck_assert_int_eq(end_of(start()), 1);
	/* Woken, it seals at once: well within the second of its poll. */
	int64_t dossier = acts_dossier(&s, "26/99999");
	acts_file(&s, dossier);
	int64_t asked = opx_monotonic_ms();
	opx_wake(getenv("OPX_TEST_TMP"), OPX_WAKE_SEAL);
	while (counts().waiting > 0 && opx_monotonic_ms() < asked + 5000)
		sleep_ms(2);
	ck_assert_msg(opx_monotonic_ms() - asked < 700, "sealed after %lld ms",
		      (long long)(opx_monotonic_ms() - asked));
	/* Told to end while its database holds it: at once all the same. */
	struct opx_error err;
	struct opx_tx tx;
	struct opx_db *holder = story_connect("postgres");
	(void)opx_db_use_arena(holder, s.arena);
	ck_assert_ok(opx_tx_begin(holder, &tx, 0, &err), err);
	ck_assert_ok(sql_st_lock(holder, NULL, &err), err);
	acts_file(&s, dossier);
	opx_wake(getenv("OPX_TEST_TMP"), OPX_WAKE_SEAL);
	sleep_ms(300);
	int64_t told = opx_monotonic_ms();
	end_well(pid, told);
	opx_tx_rollback(&tx);
	opx_db_close(holder);
	ck_assert_int_eq(counts().waiting, 2);
	pid = start();
	until(nothing_waits, "what the journal had");
	end_well(pid, opx_monotonic_ms());

	struct sql_st_counts_row c = counts();
	ck_assert_int_eq(c.events, atomic_load(&shared->events) + 8);
	ck_assert_int_eq(c.lines, c.events);
	ck_assert_int_eq(c.sealed, atomic_load(&shared->filings) + 2);
	ck_assert_int_eq(c.unsealed, 0);
	ck_assert_int_gt(c.case_heads, 0);
	acts_check(&s, key);
	(void)printf("%lld events, %lld heads, %d kills\n", (long long)c.events, (long long)c.heads, KILLS);
	story_end(&s);
}
END_TEST

int main(int argc, char **argv)
{
	if (argc != 3) {
		(void)fprintf(stderr, "usage: seal-kill OPX-SEAL CONFIG\n");
		return 2;
	}
	program = argv[1];
	config = argv[2];
	Suite *suite = suite_create("seal-kill");
	TCase *tc = tcase_create("kill");
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, nothing_is_lost_or_double_after_thirty_kills);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
