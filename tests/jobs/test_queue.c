/* SPDX-License-Identifier: MPL-2.0 */
/* test_queue.c: the queue of a lane, with real processes that share it, fail, are killed and come back. */
#include "scene.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/wake.h"
#include "lane/lane.h"
#include "plugin/registry.h"
#include "sql_scene.h"
#include "sql_work.h"

#define N_SHARED 60

/* Seen by all processes of a test. */
static struct shared {
	atomic_int done[N_SHARED], by[2], is_calm;
} * shared;
static int me; /* which of two processes this one is */

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	(void)nanosleep(&t, NULL);
}

static enum opx_status count(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	(void)err;
	atomic_fetch_add(&shared->done[job->ref], 1);
	atomic_fetch_add(&shared->by[me], 1);
	pause_ms(3);
	return OPX_OK;
}

static enum opx_status fail_with(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	return OPX_FAIL(err, (enum opx_status)job->ref, "", "as asked: %d", (int)job->ref);
}

/* Kills its process until the shared memory says that all is calm; hang waits for that, ten seconds at most. */
static enum opx_status crash(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	(void)job;
	(void)err;
	if (!atomic_load(&shared->is_calm))
		(void)raise(SIGKILL);
	return OPX_OK;
}

static enum opx_status hang(void *self, struct opx_job *job, struct opx_error *err)
{
	(void)self;
	(void)err;
	atomic_store(&shared->done[job->ref], 1);
	for (int i = 0; i < 2000 && !atomic_load(&shared->is_calm); i++)
		pause_ms(5);
	return OPX_OK;
}

/* Leaves a line for opx-seal, as far as the loop knows. */
static enum opx_status leave_line(void *self, struct opx_job *job, struct opx_error *err)
{
	opx_lane_wake_seal(self);
	return count(self, job, err);
}

static const struct opx_job_kind kinds[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.count", .run = count },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.fail", .run = fail_with },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.crash", .run = crash },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.hang", .run = hang },
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "test.line", .run = leave_line },
};

static void open_files(struct scene_lane *s)
{
	struct opx_error err;
	scene_lane_open(s, "files", "opx_files");
	for (size_t i = 0; i < OPX_COUNT(kinds); i++)
		ck_assert_ok(opx_registry_add_job_kind(s->registry, &kinds[i], &s->lane, OPX_OWNER_CORE,
						       &err),
			     err);
}

static void begin(void)
{
	struct opx_error err;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	ck_assert_ok(sql_scene_clear(scene_story.owner, OPX_STR("files"), NULL, &err), err);
}

static void end(void)
{
	(void)munmap(shared, sizeof(*shared));
}

static int64_t add(const char *kind, int64_t ref, int32_t max_attempts)
{
	struct opx_error err;
	struct sql_scene_job_row row;
	ck_assert_ok(sql_scene_job(scene_story.owner, opx_str_z(kind), ref, max_attempts, OPX_BYTES("secret"),
				   &row, &err),
		     err);
	return row.id;
}

static struct sql_scene_job_state_row state_of(int64_t job)
{
	struct opx_error err;
	struct sql_scene_job_state_row row;
	ck_assert_ok(sql_scene_job_state(scene_story.owner, job, &row, &err), err);
	return row;
}

static void now(int64_t job)
{
	struct opx_error err;
	ck_assert_ok(sql_scene_job_now(scene_story.owner, job, NULL, &err), err);
}

static bool once(struct scene_lane *s)
{
	struct opx_error err;
	bool did = false;
	ck_assert_ok(opx_lane_once(&s->loop, &did, &err), err);
	return did;
}

/* A second process of the lane: body runs there. */
static pid_t in_child(void (*body)(struct scene_lane *s))
{
	pid_t pid = fork();
	if (pid == 0) {
		struct scene_lane s;
		const struct sigaction plain = { .sa_handler = SIG_DFL };
		(void)sigaction(SIGALRM, &plain,
				NULL); /* Check has a handler of its own, which kills the whole group */
		me = 1;
		open_files(&s);
		body(&s);
		scene_lane_close(&s);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* PostgreSQL sees that a client is gone a moment after it is. */
static void wait_for_backend(int64_t job)
{
	struct opx_error err;
	struct sql_scene_backend_row row = { .is_there = true };
	for (int i = 0; i < 1000 && row.is_there; i++) {
		ck_assert_ok(sql_scene_backend(scene_story.owner, job, &row, &err), err);
		pause_ms(5);
	}
	ck_assert(!row.is_there);
}

static void until_done(int ref)
{
	for (int i = 0; i < 2000 && !atomic_load(&shared->done[ref]); i++)
		pause_ms(5);
	ck_assert(atomic_load(&shared->done[ref]) != 0);
}

static void drain(struct scene_lane *s)
{
	while (once(s))
		;
}

START_TEST(two_processes_share_the_rows_and_never_do_one_twice)
{
	struct opx_error err;
	struct scene_lane s;
	struct sql_scene_jobs_row row;
	for (int i = 0; i < N_SHARED; i++)
		(void)add("test.count", i, 3);
	me = 0;
	pid_t pid = in_child(drain);
	open_files(&s);
	drain(&s);
	ck_assert_int_eq(status_of(pid), 0);
	for (int i = 0; i < N_SHARED; i++)
		ck_assert_int_eq(atomic_load(&shared->done[i]), 1);
	ck_assert_int_gt(atomic_load(&shared->by[0]), 0);
	ck_assert_int_gt(atomic_load(&shared->by[1]), 0);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("done"), OPX_STR("test.count"), OPX_STR(""),
				    &row, &err),
		     err);
	ck_assert_int_eq(row.n, N_SHARED);
	scene_lane_close(&s);
}
END_TEST

START_TEST(an_unavailable_job_waits_twice_as_long_each_time)
{
	static const int64_t seconds[] = { 2, 4, 8 };
	struct opx_error err;
	struct scene_lane s;
	open_files(&s);
	int64_t job = add("test.fail", OPX_UNAVAILABLE, 30);
	for (size_t i = 0; i < OPX_COUNT(seconds); i++) {
		now(job);
		ck_assert(once(&s));
		ck_assert_int_eq(state_of(job).attempts, (int)i + 1);
		ck_assert_int_le(state_of(job).in_ms, seconds[i] * 1000);
		ck_assert_int_gt(state_of(job).in_ms, seconds[i] * 1000 - 900);
		ck_assert(!once(&s)); /* not before its time */
	}
	ck_assert_ok(sql_scene_job_attempts(scene_story.owner, job, 15, NULL, &err), err);
	ck_assert(once(&s));
	ck_assert_int_gt(state_of(job).in_ms, 3599000);
	ck_assert_int_le(state_of(job).in_ms, 3600000);
	ck_assert_str(state_of(job).state, "ready");
	ck_assert(state_of(job).has_secret);
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_says_not_yet_comes_back_in_a_second_uncounted)
{
	struct scene_lane s;
	open_files(&s);
	int64_t job = add("test.fail", OPX_CONFLICT, 1);
	for (int i = 0; i < 3; i++) {
		now(job);
		ck_assert(once(&s));
		ck_assert_int_eq(state_of(job).attempts, 0);
		ck_assert_str(state_of(job).state, "ready");
		ck_assert_int_le(state_of(job).in_ms, 1000);
		ck_assert_int_gt(state_of(job).in_ms, 500);
	}
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_fails_too_often_is_a_dead_letter_without_its_secret)
{
	static const enum opx_status statuses[] = { OPX_UNAVAILABLE, OPX_INTERNAL, OPX_INVALID };
	struct scene_lane s;
	open_files(&s);
	for (size_t i = 0; i < OPX_COUNT(statuses); i++) {
		int64_t job = add("test.fail", statuses[i], 2);
		ck_assert(once(&s));
		ck_assert_str(state_of(job).state, "ready");
		now(job);
		ck_assert(once(&s));
		ck_assert_str(state_of(job).state, "dead");
		ck_assert(scene_has(state_of(job).error, "as asked"));
		ck_assert(!state_of(job).has_secret);
		now(job);
		ck_assert(!once(&s));
	}
	int64_t unknown = add("test.nobody", 0, 1);
	ck_assert(once(&s));
	ck_assert_str(state_of(unknown).state, "dead");
	ck_assert(scene_has(state_of(unknown).error, "test.nobody"));
	scene_lane_close(&s);
}
END_TEST

static void just_once(struct scene_lane *s)
{
	(void)once(s);
}

START_TEST(a_job_whose_process_was_killed_is_taken_again)
{
	struct scene_lane s;
	open_files(&s);
	int64_t job = add("test.crash", 0, 3);
	int status = status_of(in_child(just_once));
	ck_assert(WIFSIGNALED(status));
	wait_for_backend(job);
	ck_assert_str(state_of(job).state, "ready");
	ck_assert_int_eq(state_of(job).attempts, 1); /* the attempt counts */
	ck_assert_int_gt(state_of(job).in_ms, 0);    /* and is not repeated in a tight loop */
	atomic_store(&shared->is_calm, 1);
	now(job);
	ck_assert(once(&s));
	ck_assert_str(state_of(job).state, "done");
	ck_assert_int_eq(state_of(job).attempts, 2);
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_kills_its_process_each_time_is_buried)
{
	struct opx_error err;
	struct scene_lane s;
	open_files(&s);
	int64_t job = add("test.crash", 0, 2);
	for (int i = 0; i < 2; i++) {
		now(job);
		ck_assert(WIFSIGNALED(status_of(in_child(just_once))));
		wait_for_backend(job);
	}
	now(job);
	ck_assert(!once(&s));
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_str(state_of(job).state, "dead");
	ck_assert(scene_has(state_of(job).error, "its process ended"));
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_is_being_done_is_nobody_elses_until_its_process_ends)
{
	struct opx_error err;
	struct scene_lane s;
	open_files(&s);
	int64_t job = add("test.hang", 7, 5);
	pid_t pid = in_child(just_once);
	until_done(7);
	now(job); /* whatever its time says */
	ck_assert(!once(&s));
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_str(state_of(job).state, "ready");
	ck_assert(state_of(job).is_taken);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	(void)status_of(pid);
	wait_for_backend(job);
	atomic_store(&shared->is_calm, 1);
	now(job);
	drain(&s); /* and what comes back by itself in this lane */
	ck_assert_str(state_of(job).state, "done");
	scene_lane_close(&s);
}
END_TEST

static void with_deadline(struct scene_lane *s)
{
	s->loop.deadline_s = 1;
	(void)once(s);
}

START_TEST(a_job_past_its_deadline_ends_its_process)
{
	int64_t job = add("test.hang", 8, 5);
	int status = status_of(in_child(with_deadline));
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	wait_for_backend(job);
	ck_assert_str(state_of(job).state, "ready");
	ck_assert_int_eq(state_of(job).attempts, 1);
}
END_TEST

START_TEST(a_key_has_one_live_job_and_may_come_again_after_it)
{
	struct opx_error err;
	struct scene_lane s;
	struct sql_scene_jobs_row row;
	int64_t ref = 9;
	open_files(&s);
	for (int round = 1; round <= 2; round++) {
		for (int i = 0; i < 3; i++)
			ck_assert_ok(sql_work_job(scene_story.owner, OPX_STR("files"), OPX_STR("test.count"),
						  OPX_STR("one"), &ref, NULL, (struct opx_bytes){ .p = NULL },
						  0, 20, NULL, &err),
				     err);
		drain(&s);
		ck_assert_int_eq(atomic_load(&shared->done[9]), round);
	}
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("done"), OPX_STR(""), OPX_STR("one"), &row,
				    &err),
		     err);
	ck_assert_int_eq(row.n, 2);
	scene_lane_close(&s);
}
END_TEST

START_TEST(what_comes_back_by_itself_has_one_row_and_its_interval)
{
	struct opx_error err;
	struct scene_lane s;
	struct sql_scene_jobs_row row;
	ck_assert_ok(sql_scene_clear(scene_story.owner, OPX_STR("sign-in"), NULL, &err), err);
	scene_lane_open(&s, "sign-in",
			"opx_signin"); /* no authority is configured: its list round does nothing */
	for (int i = 0; i < 3; i++)
		ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR(""),
				    OPX_STR("again:crl-sign-in"), &row, &err),
		     err);
	ck_assert_int_eq(row.n, 1);
	ck_assert(once(&s));
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR(""),
				    OPX_STR("again:crl-sign-in"), &row, &err),
		     err);
	ck_assert_int_eq(row.n, 1);
	ck_assert_int_gt(row.in_ms, 110000);
	ck_assert_int_le(row.in_ms, 120000);
	scene_lane_close(&s);
}
END_TEST

START_TEST(finished_jobs_are_deleted_and_dead_letters_stay)
{
	struct opx_error err;
	struct scene_lane s;
	struct sql_scene_jobs_row row;
	open_files(&s);
	(void)add("test.count", 1, 1);
	(void)add("test.fail", OPX_INTERNAL, 1);
	drain(&s);
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("done"), OPX_STR("test.count"), OPX_STR(""),
				    &row, &err),
		     err);
	ck_assert_int_eq(row.n, 1);
	ck_assert_ok(sql_scene_age(scene_story.owner, 8, NULL, &err), err);
	s.loop.swept_ms = 0;
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("done"), OPX_STR("test.count"), OPX_STR(""),
				    &row, &err),
		     err);
	ck_assert_int_eq(row.n, 0);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("dead"), OPX_STR("test.fail"), OPX_STR(""),
				    &row, &err),
		     err);
	ck_assert_int_eq(row.n, 1);
	scene_lane_close(&s);
}
END_TEST

static void run_lane(struct scene_lane *s)
{
	sigset_t set;
	struct opx_error err;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	s->loop.signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	s->loop.poll_ms = 60000;
	if (opx_wake_listen(s->site.run_folder.p, OPX_WAKE_FILES, &s->loop.wake_fd, &err) != OPX_OK ||
	    opx_lane_run(&s->loop, &err) != OPX_OK)
		_exit(3);
}

START_TEST(a_lane_wakes_at_a_datagram_and_finishes_its_job_before_it_stops)
{
	pid_t pid = in_child(run_lane);
	const char *run = getenv("OPX_TEST_PG");
	pause_ms(300); /* it looks at an empty queue, then would sleep for a minute */
	(void)add("test.count", 20, 1);
	for (int i = 0; i < 100 && !atomic_load(&shared->done[20]); i++) {
		opx_wake(run, OPX_WAKE_FILES);
		pause_ms(50);
	}
	ck_assert_int_eq(atomic_load(&shared->done[20]), 1);
	int64_t job = add("test.hang", 21, 1), behind = add("test.count", 22, 1);
	opx_wake(run, OPX_WAKE_FILES);
	until_done(21);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	pause_ms(100);
	atomic_store(&shared->is_calm, 1);
	ck_assert_int_eq(status_of(pid), 0);
	ck_assert_str(state_of(job).state, "done");
	/* The one behind it was not taken. */
	ck_assert_str(state_of(behind).state, "ready");
	ck_assert_int_eq(state_of(behind).attempts, 0);
}
END_TEST

START_TEST(a_lane_does_what_waits_in_one_go_and_tells_the_sealer_once)
{
	struct opx_error err;
	const char *run = getenv("OPX_TEST_PG");
	const int64_t jobs[] = { add("test.line", 23, 1), add("test.line", 24, 1),
				 add("test.fail", OPX_UNAVAILABLE, 1), add("test.line", 25, 1),
				 add("test.line", 26, 1) };
	char word[8];
	int seal = -1;
	ck_assert_ok(opx_wake_listen(run, OPX_WAKE_SEAL, &seal, &err), err);
	pid_t pid = in_child(run_lane);
	for (int ref = 23; ref <= 26; ref++)
		until_done(ref);
	struct pollfd p = { .fd = seal, .events = POLLIN };
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(status_of(pid), 0);
	int told = 0;
	while (recv(seal, word, sizeof(word), MSG_DONTWAIT) >= 0)
		told++;
	ck_assert_int_eq(told, 1);
	for (size_t i = 0; i < OPX_COUNT(jobs); i++) {
		ck_assert_str(state_of(jobs[i]).state, i == 2 ? "dead" : "done");
		ck_assert_int_eq(state_of(jobs[i]).attempts, 1);
	}
	(void)close(seal);
}
END_TEST

void scene_add_queue(Suite *suite)
{
	TCase *tc = tcase_create("queue");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, scene_begin, NULL);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, two_processes_share_the_rows_and_never_do_one_twice);
	tcase_add_test(tc, an_unavailable_job_waits_twice_as_long_each_time);
	tcase_add_test(tc, a_job_that_says_not_yet_comes_back_in_a_second_uncounted);
	tcase_add_test(tc, a_job_that_fails_too_often_is_a_dead_letter_without_its_secret);
	tcase_add_test(tc, a_job_whose_process_was_killed_is_taken_again);
	tcase_add_test(tc, a_job_that_kills_its_process_each_time_is_buried);
	tcase_add_test(tc, a_job_that_is_being_done_is_nobody_elses_until_its_process_ends);
	tcase_add_test(tc, a_job_past_its_deadline_ends_its_process);
	tcase_add_test(tc, a_key_has_one_live_job_and_may_come_again_after_it);
	tcase_add_test(tc, what_comes_back_by_itself_has_one_row_and_its_interval);
	tcase_add_test(tc, finished_jobs_are_deleted_and_dead_letters_stay);
	tcase_add_test(tc, a_lane_wakes_at_a_datagram_and_finishes_its_job_before_it_stops);
	tcase_add_test(tc, a_lane_does_what_waits_in_one_go_and_tells_the_sealer_once);
	suite_add_tcase(suite, tc);
}
