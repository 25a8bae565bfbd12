/* SPDX-License-Identifier: MPL-2.0 */
/* test_journal.c: the journal gives back every batch, drops only what was never signed, refuses the rest. */
#include "journals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE 65536
/* Two batches, and the state file as it was after each. */
struct two {
	char path[JOURNALS_FOLDER_CHARS];
	int dir;
	uint8_t journal[MAX_FILE], state_one[256], state_two[256];
	size_t n_one, n_two, n_state_one, n_state_two;
	struct journals_seen one, two;
};

static void two_new(struct two *t)
{
	t->dir = journals_folder_new(t->path);
	t->one = journals_build(t->dir, 1);
	t->n_one = journals_slurp(t->dir, "journal", t->journal, MAX_FILE);
	t->n_state_one = journals_slurp(t->dir, "state", t->state_one, sizeof(t->state_one));
	struct journals_seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(journals_append(j, 1, NULL, &err), OPX_OK);
	t->n_two = journals_slurp(t->dir, "journal", t->journal, MAX_FILE);
	t->n_state_two = journals_slurp(t->dir, "state", t->state_two, sizeof(t->state_two));
	OPX_AUTO_JOURNAL again = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &t->two, &again, &err), OPX_OK);
}

START_TEST(an_empty_folder_becomes_an_empty_journal)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	struct journals_seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(seen.lines + seen.batches, 0);
	ck_assert_int_eq(opx_journal_batches(j), 0);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(a_start_reads_back_every_batch_in_order)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	struct journals_seen a = journals_build(dir, 5), b;
	ck_assert_int_eq(a.lines, 5 * JOURNALS_LINES);
	ck_assert_int_eq(a.batches, 5);
	struct opx_journal_replay replay = journals_replay_into(&b);
	struct opx_error err;
	ck_assert_int_eq(opx_journal_read(&opx_vfs_real, dir, &replay, &err), OPX_OK);
	ck_assert_mem_eq(a.digest.b, b.digest.b, 32);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(reading_only_refuses_an_empty_folder_and_writes_nothing)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	struct journals_seen seen;
	struct opx_error err;
	struct opx_journal_replay replay = journals_replay_into(&seen);
	ck_assert_int_eq(opx_journal_read(&opx_vfs_real, dir, &replay, &err), OPX_NOT_FOUND);
	ck_assert_int_ne(faccessat(dir, "journal", F_OK, 0), 0);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(a_line_is_found_again_by_its_offset)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	struct journals_seen seen;
	struct opx_error err;
	int64_t offsets[JOURNALS_LINES];
	struct opx_journal_line line;
	OPX_AUTO_ARENA arena = opx_arena_new(1 << 20);
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(journals_append(j, 0, NULL, &err), OPX_OK);
	ck_assert_int_eq(journals_append(j, 1, offsets, &err), OPX_OK);
	ck_assert_int_eq(opx_journal_line_at(j, offsets[1], arena, &line, &err), OPX_OK);
	ck_assert_int_eq(line.seq, 11);
	ck_assert_uint_eq(line.body.n, 7);
	ck_assert_mem_eq(line.line.p, "line 1 of batch 1", 17);
	ck_assert_int_eq(opx_journal_line_at(j, offsets[1] + 1, arena, &line, &err), OPX_INTERNAL);
	ck_assert_int_eq(opx_journal_line_at(j, opx_journal_bytes(j), arena, &line, &err), OPX_INTERNAL);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(an_incomplete_last_batch_is_dropped_wherever_it_was_cut)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t n = t->n_one; n < t->n_two; n++) {
		struct journals_seen seen, after;
		struct opx_error err;
		journals_spill(t->dir, "journal", t->journal, n);
		journals_spill(t->dir, "state", t->state_one, t->n_state_one);
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
		ck_assert_mem_eq(seen.digest.b, t->one.digest.b, 32);
		ck_assert_int_eq(opx_journal_dropped(j), (int64_t)(n - t->n_one));
		/* The same batch again makes the same file. */
		ck_assert_int_eq(journals_append(j, 1, NULL, &err), OPX_OK);
		OPX_AUTO_JOURNAL again = NULL;
		ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &after, &again, &err), OPX_OK);
		ck_assert_mem_eq(after.digest.b, t->two.digest.b, 32);
	}
	journals_folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_journal_ahead_of_its_state_file_is_kept_whole)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	struct journals_seen seen;
	struct opx_error err;
	uint8_t state[256];
	journals_spill(t->dir, "state", t->state_one, t->n_state_one);
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
	ck_assert_mem_eq(seen.digest.b, t->two.digest.b, 32);
	ck_assert_uint_eq(journals_slurp(t->dir, "state", state, sizeof(state)), t->n_state_two);
	ck_assert_mem_eq(state, t->state_two, t->n_state_two);
	journals_folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_state_file_ahead_of_the_journal_is_refused_wherever_it_was_cut)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t n = 0; n < t->n_two; n += 7) {
		struct journals_seen seen;
		struct opx_error err;
		journals_spill(t->dir, "journal", t->journal, n);
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_CONFLICT);
		struct stat st;
		ck_assert_int_eq(fstatat(t->dir, "journal", &st, 0), 0);
		ck_assert_int_eq(st.st_size, (off_t)n); /* nothing was cut or written */
	}
	journals_folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(any_changed_byte_of_what_was_signed_stops_the_process)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t i = 0; i < t->n_two; i++) {
		struct journals_seen seen;
		struct opx_error err;
		t->journal[i] ^= 0x10;
		journals_spill(t->dir, "journal", t->journal, t->n_two);
		t->journal[i] ^= 0x10;
		OPX_AUTO_JOURNAL j = NULL;
		enum opx_status status = journals_reopen(&opx_vfs_real, t->dir, &seen, &j, &err);
		ck_assert_msg(status == OPX_INTERNAL || status == OPX_CONFLICT, "byte %zu: %s", i,
			      opx_status_name(status));
	}
	journals_folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_changed_byte_behind_what_was_signed_drops_that_batch_only)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t i = t->n_one; i < t->n_two; i++) {
		struct journals_seen seen;
		struct opx_error err;
		t->journal[i] ^= 0x10;
		journals_spill(t->dir, "journal", t->journal, t->n_two);
		journals_spill(t->dir, "state", t->state_one, t->n_state_one);
		t->journal[i] ^= 0x10;
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(journals_reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
		ck_assert_mem_eq(seen.digest.b, t->one.digest.b, 32);
	}
	journals_folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_journal_without_its_state_file_is_refused)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	(void)journals_build(dir, 2);
	ck_assert_int_eq(unlinkat(dir, "state", 0), 0);
	struct journals_seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_CONFLICT);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(a_state_file_of_another_journal_is_refused)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	(void)journals_build(dir, 3); /* same batches, another journal */
	journals_spill(dir, "state", t->state_two, t->n_state_two);
	struct journals_seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_CONFLICT);
	journals_folder_free(path, dir);
	journals_folder_free(t->path, t->dir);
	free(t);
}
END_TEST

static const char *const bad_states[] = {
	"",
	"opx-seal-state/1\n",
	"opx-seal-state/2\nbatches 0\nbytes 32\nchain ",
	"opx-seal-state/1\nbatches -1\nbytes 32\nchain 0000000000000000000000000000000000000000000000000000000000000000\n",
	"opx-seal-state/1\nbatches 0\nbytes 3x\nchain 0000000000000000000000000000000000000000000000000000000000000000\n",
	"opx-seal-state/1\nbatches 0\nbytes 32\nchain 000000000000000000000000000000000000000000000000000000000000000G\n",
	"opx-seal-state/1\nbatches 0\nbytes 32\nchain 0000000000000000000000000000000000000000000000000000000000000000\n\n",
	"opx-seal-state/1\nbatches 0000000000000000000000000\nbytes 32\n",
	"opx-seal-state/1\nbatches 1",
};

START_TEST(a_state_file_that_is_none_stops_the_process)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	(void)journals_build(dir, 1);
	journals_spill(dir, "state", (const uint8_t *)bad_states[_i], strlen(bad_states[_i]));
	struct journals_seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	enum opx_status status = journals_reopen(&opx_vfs_real, dir, &seen, &j, &err);
	ck_assert_msg(status == OPX_INTERNAL || status == OPX_INVALID, "%s", opx_status_name(status));
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(a_header_cut_at_birth_is_written_again)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	journals_spill(dir, "journal", (const uint8_t *)"opx-jour", 8);
	struct journals_seen seen = journals_build(dir, 2);
	ck_assert_int_eq(seen.batches, 2);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(a_replay_that_refuses_stops_the_start)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	(void)journals_build(dir, 2);
	struct journals_seen seen;
	struct opx_error err;
	struct opx_journal_replay replay = journals_replay_into(&seen);
	seen.stop_at = 4;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(opx_journal_open(&opx_vfs_real, dir, &opx_random_real, &replay, &j, &err),
			 OPX_INVALID);
	journals_folder_free(path, dir);
}
END_TEST

/* A batch larger than the reader's window, and a journal of several windows. */
START_TEST(batches_larger_than_the_reading_window_come_back)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	enum { N = 4000 };
	struct opx_journal_line *lines = calloc(N, sizeof(*lines));
	char *text = malloc(1024);
	memset(text, 'x', 1024);
	for (int i = 0; i < N; i++)
		lines[i] = (struct opx_journal_line){ .log = 1,
						      .seq = i,
						      .line = { .p = (const uint8_t *)text, .n = 1024 } };
	struct opx_journal_head head = { .log = 1, .size = N };
	struct journals_seen seen;
	struct opx_error err;
	{
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
		ck_assert_int_eq(opx_journal_append(j, lines, N, &head, 1, NULL, &err), OPX_OK);
		ck_assert_int_eq(journals_append(j, 1, NULL, &err), OPX_OK);
	}
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(seen.lines, N + JOURNALS_LINES);
	free(text);
	free(lines);
	journals_folder_free(path, dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("journal");
	tcase_add_test(t, an_empty_folder_becomes_an_empty_journal);
	tcase_add_test(t, a_start_reads_back_every_batch_in_order);
	tcase_add_test(t, reading_only_refuses_an_empty_folder_and_writes_nothing);
	tcase_add_test(t, a_line_is_found_again_by_its_offset);
	tcase_add_test(t, an_incomplete_last_batch_is_dropped_wherever_it_was_cut);
	tcase_add_test(t, a_journal_ahead_of_its_state_file_is_kept_whole);
	tcase_add_test(t, a_state_file_ahead_of_the_journal_is_refused_wherever_it_was_cut);
	tcase_add_test(t, any_changed_byte_of_what_was_signed_stops_the_process);
	tcase_add_test(t, a_changed_byte_behind_what_was_signed_drops_that_batch_only);
	tcase_add_test(t, a_journal_without_its_state_file_is_refused);
	tcase_add_test(t, a_state_file_of_another_journal_is_refused);
	tcase_add_loop_test(t, a_state_file_that_is_none_stops_the_process, 0, (int)OPX_COUNT(bad_states));
	tcase_add_test(t, a_header_cut_at_birth_is_written_again);
	tcase_add_test(t, a_replay_that_refuses_stops_the_start);
	tcase_add_test(t, batches_larger_than_the_reading_window_come_back);
	suite_add_tcase(s, t);
	return check_opx_main(s);
}
