/* SPDX-License-Identifier: MPL-2.0 */
/* test_queue.c: the queue of a lane, with real processes that share it, fail, are killed and come back. */
#include "queue.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wake.h"
#include "sql_work.h"

START_TEST(two_processes_share_the_rows_and_never_do_one_twice)
{
	struct opx_error err;
	struct scene_lane s;
	struct sql_scene_jobs_row row;
	for (int i = 0; i < QUEUE_N_SHARED; i++)
		(void)queue_add("test.count", i, 3);
	pid_t pid = queue_in_child(queue_drain);
	queue_open_files(&s);
	queue_drain(&s);
	ck_assert_int_eq(queue_status_of(pid), 0);
	for (int i = 0; i < QUEUE_N_SHARED; i++)
		ck_assert_int_eq(atomic_load(&queue_shared->done[i]), 1);
	ck_assert_int_gt(atomic_load(&queue_shared->by[0]), 0);
	ck_assert_int_gt(atomic_load(&queue_shared->by[1]), 0);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("done"), OPX_STR("test.count"), OPX_STR(""),
				    &row, &err),
		     err);
	ck_assert_int_eq(row.n, QUEUE_N_SHARED);
	scene_lane_close(&s);
}
END_TEST

START_TEST(an_unavailable_job_waits_twice_as_long_each_time)
{
	static const int64_t seconds[] = { 2, 4, 8 };
	struct opx_error err;
	struct scene_lane s;
	queue_open_files(&s);
	int64_t job = queue_add("test.fail", OPX_UNAVAILABLE, 30);
	for (size_t i = 0; i < OPX_COUNT(seconds); i++) {
		queue_due_now(job);
		ck_assert(queue_once(&s));
		ck_assert_int_eq(queue_state_of(job).attempts, (int)i + 1);
		ck_assert_int_le(queue_state_of(job).in_ms, seconds[i] * 1000);
		ck_assert_int_gt(queue_state_of(job).in_ms, seconds[i] * 1000 - 900);
		ck_assert(!queue_once(&s)); /* not before its time */
	}
	ck_assert_ok(sql_scene_job_attempts(scene_story.owner, job, 15, NULL, &err), err);
	ck_assert(queue_once(&s));
	ck_assert_int_gt(queue_state_of(job).in_ms, 3599000);
	ck_assert_int_le(queue_state_of(job).in_ms, 3600000);
	ck_assert_str(queue_state_of(job).state, "ready");
	ck_assert(queue_state_of(job).has_secret);
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_says_not_yet_comes_back_in_a_second_uncounted)
{
	struct scene_lane s;
	queue_open_files(&s);
	int64_t job = queue_add("test.fail", OPX_CONFLICT, 1);
	for (int i = 0; i < 3; i++) {
		queue_due_now(job);
		ck_assert(queue_once(&s));
		ck_assert_int_eq(queue_state_of(job).attempts, 0);
		ck_assert_str(queue_state_of(job).state, "ready");
		ck_assert_int_le(queue_state_of(job).in_ms, 1000);
		ck_assert_int_gt(queue_state_of(job).in_ms, 500);
	}
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_fails_too_often_is_a_dead_letter_without_its_secret)
{
	static const enum opx_status statuses[] = { OPX_UNAVAILABLE, OPX_INTERNAL, OPX_INVALID };
	struct scene_lane s;
	queue_open_files(&s);
	for (size_t i = 0; i < OPX_COUNT(statuses); i++) {
		int64_t job = queue_add("test.fail", statuses[i], 2);
		ck_assert(queue_once(&s));
		ck_assert_str(queue_state_of(job).state, "ready");
		queue_due_now(job);
		ck_assert(queue_once(&s));
		ck_assert_str(queue_state_of(job).state, "dead");
		ck_assert(scene_has(queue_state_of(job).error, "as asked"));
		ck_assert(!queue_state_of(job).has_secret);
		queue_due_now(job);
		ck_assert(!queue_once(&s));
	}
	int64_t unknown = queue_add("test.nobody", 0, 1);
	ck_assert(queue_once(&s));
	ck_assert_str(queue_state_of(unknown).state, "dead");
	ck_assert(scene_has(queue_state_of(unknown).error, "test.nobody"));
	scene_lane_close(&s);
}
END_TEST

static void just_once(struct scene_lane *s)
{
	(void)queue_once(s);
}

START_TEST(a_job_whose_process_was_killed_is_taken_again)
{
	struct scene_lane s;
	queue_open_files(&s);
	int64_t job = queue_add("test.crash", 0, 3);
	int status = queue_status_of(queue_in_child(just_once));
	ck_assert(WIFSIGNALED(status));
	queue_wait_for_backend(job);
	ck_assert_str(queue_state_of(job).state, "ready");
	ck_assert_int_eq(queue_state_of(job).attempts, 1); /* the attempt counts */
	ck_assert_int_gt(queue_state_of(job).in_ms, 0);    /* and is not repeated in a tight loop */
	atomic_store(&queue_shared->is_calm, 1);
	queue_due_now(job);
	ck_assert(queue_once(&s));
	ck_assert_str(queue_state_of(job).state, "done");
	ck_assert_int_eq(queue_state_of(job).attempts, 2);
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_kills_its_process_each_time_is_buried)
{
	struct opx_error err;
	struct scene_lane s;
	queue_open_files(&s);
	int64_t job = queue_add("test.crash", 0, 2);
	for (int i = 0; i < 2; i++) {
		queue_due_now(job);
		ck_assert(WIFSIGNALED(queue_status_of(queue_in_child(just_once))));
		queue_wait_for_backend(job);
	}
	queue_due_now(job);
	ck_assert(!queue_once(&s));
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_str(queue_state_of(job).state, "dead");
	ck_assert(scene_has(queue_state_of(job).error, "its process ended"));
	scene_lane_close(&s);
}
END_TEST

START_TEST(a_job_that_is_being_done_is_nobody_elses_until_its_process_ends)
{
	struct opx_error err;
	struct scene_lane s;
	queue_open_files(&s);
	int64_t job = queue_add("test.hang", 7, 5);
	pid_t pid = queue_in_child(just_once);
	queue_until_done(7);
	queue_due_now(job); /* whatever its time says */
	ck_assert(!queue_once(&s));
	ck_assert_ok(opx_lane_tend(&s.loop, &err), err);
	ck_assert_str(queue_state_of(job).state, "ready");
	ck_assert(queue_state_of(job).is_taken);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	(void)queue_status_of(pid);
	queue_wait_for_backend(job);
	atomic_store(&queue_shared->is_calm, 1);
	queue_due_now(job);
	queue_drain(&s); /* and what comes back by itself in this lane */
	ck_assert_str(queue_state_of(job).state, "done");
	scene_lane_close(&s);
}
END_TEST

static void with_deadline(struct scene_lane *s)
{
	s->loop.deadline_s = 1;
	(void)queue_once(s);
}

START_TEST(a_job_past_its_deadline_ends_its_process)
{
	int64_t job = queue_add("test.hang", 8, 5);
	int status = queue_status_of(queue_in_child(with_deadline));
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	queue_wait_for_backend(job);
	ck_assert_str(queue_state_of(job).state, "ready");
	ck_assert_int_eq(queue_state_of(job).attempts, 1);
}
END_TEST

START_TEST(a_key_has_one_live_job_and_may_come_again_after_it)
{
	struct opx_error err;
	struct scene_lane s;
	struct sql_scene_jobs_row row;
	int64_t ref = 9;
	queue_open_files(&s);
	for (int round = 1; round <= 2; round++) {
		for (int i = 0; i < 3; i++)
			ck_assert_ok(sql_work_job(scene_story.owner, OPX_STR("files"), OPX_STR("test.count"),
						  OPX_STR("one"), &ref, NULL, (struct opx_bytes){ .p = NULL },
						  0, 20, NULL, &err),
				     err);
		queue_drain(&s);
		ck_assert_int_eq(atomic_load(&queue_shared->done[9]), round);
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
	ck_assert(queue_once(&s));
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
	queue_open_files(&s);
	(void)queue_add("test.count", 1, 1);
	(void)queue_add("test.fail", OPX_INTERNAL, 1);
	queue_drain(&s);
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
	pid_t pid = queue_in_child(run_lane);
	const char *run = getenv("OPX_TEST_PG");
	queue_pause_ms(300); /* it looks at an empty queue, then would sleep for a minute */
	(void)queue_add("test.count", 20, 1);
	for (int i = 0; i < 100 && !atomic_load(&queue_shared->done[20]); i++) {
		opx_wake(run, OPX_WAKE_FILES);
		queue_pause_ms(50);
	}
	ck_assert_int_eq(atomic_load(&queue_shared->done[20]), 1);
	int64_t job = queue_add("test.hang", 21, 1), behind = queue_add("test.count", 22, 1);
	opx_wake(run, OPX_WAKE_FILES);
	queue_until_done(21);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	queue_pause_ms(100);
	atomic_store(&queue_shared->is_calm, 1);
	ck_assert_int_eq(queue_status_of(pid), 0);
	ck_assert_str(queue_state_of(job).state, "done");
	/* The one behind it was not taken. */
	ck_assert_str(queue_state_of(behind).state, "ready");
	ck_assert_int_eq(queue_state_of(behind).attempts, 0);
}
END_TEST

START_TEST(a_lane_does_what_waits_in_one_go_and_tells_the_sealer_once)
{
	struct opx_error err;
	const char *run = getenv("OPX_TEST_PG");
	const int64_t jobs[] = { queue_add("test.line", 23, 1), queue_add("test.line", 24, 1),
				 queue_add("test.fail", OPX_UNAVAILABLE, 1), queue_add("test.line", 25, 1),
				 queue_add("test.line", 26, 1) };
	char word[8];
	int seal = -1;
	ck_assert_ok(opx_wake_listen(run, OPX_WAKE_SEAL, &seal, &err), err);
	pid_t pid = queue_in_child(run_lane);
	for (int ref = 23; ref <= 26; ref++)
		queue_until_done(ref);
	struct pollfd p = { .fd = seal, .events = POLLIN };
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(queue_status_of(pid), 0);
	int told = 0;
	while (recv(seal, word, sizeof(word), MSG_DONTWAIT) >= 0)
		told++;
	ck_assert_int_eq(told, 1);
	for (size_t i = 0; i < OPX_COUNT(jobs); i++) {
		ck_assert_str(queue_state_of(jobs[i]).state, i == 2 ? "dead" : "done");
		ck_assert_int_eq(queue_state_of(jobs[i]).attempts, 1);
	}
	(void)close(seal);
}
END_TEST

void scene_add_queue(Suite *suite)
{
	TCase *tc = tcase_create("queue");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, scene_begin, NULL);
	tcase_add_checked_fixture(tc, queue_begin, queue_end);
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
