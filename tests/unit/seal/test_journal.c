/* SPDX-License-Identifier: MPL-2.0 */
/* test_journal.c: the journal keeps every acknowledged batch, drops only what was never signed, refuses the rest. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "journal.h"
#include "journal_record.h"
#include "support/check_opx.h"
#include "support/fault_vfs.h"

#define LINES 3
#define FOLDER_CHARS 64

/* What a replay gave: a digest of everything in order, and how many. */
struct seen {
	struct opx_sha256 digest;
	int lines, batches;
	int64_t last_offset;
	int stop_at; /* refuse line number stop_at; 0: never */
};

static void seen_add(struct seen *seen, const void *p, size_t n)
{
	seen->digest = opx_sha256_parts((struct opx_bytes){ .p = seen->digest.b, .n = 32 },
					(struct opx_bytes){ .p = p, .n = n },
					(struct opx_bytes){ .p = NULL });
}

static enum opx_status seen_line(void *self, const struct opx_journal_line *line, int64_t offset,
				 struct opx_error *err)
{
	struct seen *seen = self;
	if (++seen->lines == seen->stop_at)
		return OPX_FAIL(err, OPX_INVALID, "stop", "asked to stop");
	seen_add(seen, &line->log, sizeof(line->log));
	seen_add(seen, &line->seq, sizeof(line->seq));
	seen_add(seen, line->line.p, line->line.n);
	seen_add(seen, line->body.p, line->body.n);
	seen->last_offset = offset;
	return OPX_OK;
}

static enum opx_status seen_heads(void *self, const struct opx_journal_head *heads, size_t n,
				  struct opx_error *err)
{
	struct seen *seen = self;
	(void)err;
	seen->batches++;
	for (size_t i = 0; i < n; i++) {
		seen_add(seen, &heads[i].log, sizeof(heads[i].log));
		seen_add(seen, &heads[i].size, sizeof(heads[i].size));
		seen_add(seen, heads[i].root.b, 32);
	}
	return OPX_OK;
}

static struct opx_journal_replay replay_into(struct seen *seen)
{
	*seen = (struct seen){ .lines = 0 };
	return (struct opx_journal_replay){ .self = seen, .line = seen_line, .heads = seen_heads };
}

static int folder_new(char path[FOLDER_CHARS])
{
	snprintf(path, FOLDER_CHARS, "%s/opx-journal-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void folder_free(const char *path, int fd)
{
	unlinkat(fd, "journal", 0);
	unlinkat(fd, "state", 0);
	unlinkat(fd, "state.new", 0);
	close(fd);
	ck_assert_int_eq(rmdir(path), 0);
}

/* Batch number n always has the same content. */
static enum opx_status append(struct opx_journal *j, int n, int64_t *ret_offsets, struct opx_error *err)
{
	char text[LINES][400], body[] = "{\"v\":1}";
	struct opx_journal_line lines[LINES];
	struct opx_journal_head heads[2];
	for (int i = 0; i < LINES; i++) {
		int chars =
			snprintf(text[i], sizeof(text[i]), "line %d of batch %d %0*d", i, n, 40 + 30 * i, 7);
		lines[i] = (struct opx_journal_line){ .log = 7 + i % 2, .seq = n * 10 + i };
		lines[i].line = (struct opx_bytes){ .p = (const uint8_t *)text[i], .n = (size_t)chars };
		if (i == 1)
			lines[i].body =
				(struct opx_bytes){ .p = (const uint8_t *)body, .n = sizeof(body) - 1 };
	}
	for (int i = 0; i < 2; i++) {
		heads[i] = (struct opx_journal_head){ .log = 7 + i, .size = n * 10 + 10 };
		memset(heads[i].root.b, n + i, 32);
	}
	return opx_journal_append(j, lines, LINES, heads, 2, ret_offsets, err);
}

static enum opx_status reopen(const struct opx_vfs *vfs, int dir, struct seen *seen, struct opx_journal **ret,
			      struct opx_error *err)
{
	struct opx_journal_replay replay = replay_into(seen);
	return opx_journal_open(vfs, dir, &opx_random_real, &replay, ret, err);
}

/* A journal of n batches; gives back its digest as a start sees it. */
static struct seen build(int dir, int n)
{
	struct seen seen;
	struct opx_error err = { .status = OPX_OK };
	{
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
		for (int i = 0; i < n; i++)
			ck_assert_msg(append(j, i, NULL, &err) == OPX_OK, "%s", err.detail);
	}
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	return seen;
}

static size_t slurp(int dir, const char *name, uint8_t *buf, size_t max)
{
	OPX_AUTO_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ssize_t n = read(fd, buf, max);
	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

static void spill(int dir, const char *name, const uint8_t *buf, size_t n)
{
	OPX_AUTO_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, buf, n), (ssize_t)n);
}

#define MAX_FILE 65536
/* Two batches, and the state file as it was after each. */
struct two {
	char path[FOLDER_CHARS];
	int dir;
	uint8_t journal[MAX_FILE], state_one[256], state_two[256];
	size_t n_one, n_two, n_state_one, n_state_two;
	struct seen one, two;
};

static void two_new(struct two *t)
{
	t->dir = folder_new(t->path);
	t->one = build(t->dir, 1);
	t->n_one = slurp(t->dir, "journal", t->journal, MAX_FILE);
	t->n_state_one = slurp(t->dir, "state", t->state_one, sizeof(t->state_one));
	struct seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(append(j, 1, NULL, &err), OPX_OK);
	t->n_two = slurp(t->dir, "journal", t->journal, MAX_FILE);
	t->n_state_two = slurp(t->dir, "state", t->state_two, sizeof(t->state_two));
	OPX_AUTO_JOURNAL again = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &t->two, &again, &err), OPX_OK);
}

START_TEST(an_empty_folder_becomes_an_empty_journal)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	struct seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(seen.lines + seen.batches, 0);
	ck_assert_int_eq(opx_journal_batches(j), 0);
	folder_free(path, dir);
}
END_TEST

START_TEST(a_start_reads_back_every_batch_in_order)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	struct seen a = build(dir, 5), b;
	ck_assert_int_eq(a.lines, 5 * LINES);
	ck_assert_int_eq(a.batches, 5);
	struct opx_journal_replay replay = replay_into(&b);
	struct opx_error err;
	ck_assert_int_eq(opx_journal_read(&opx_vfs_real, dir, &replay, &err), OPX_OK);
	ck_assert_mem_eq(a.digest.b, b.digest.b, 32);
	folder_free(path, dir);
}
END_TEST

START_TEST(reading_only_refuses_an_empty_folder_and_writes_nothing)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	struct seen seen;
	struct opx_error err;
	struct opx_journal_replay replay = replay_into(&seen);
	ck_assert_int_eq(opx_journal_read(&opx_vfs_real, dir, &replay, &err), OPX_NOT_FOUND);
	ck_assert_int_ne(faccessat(dir, "journal", F_OK, 0), 0);
	folder_free(path, dir);
}
END_TEST

START_TEST(a_line_is_found_again_by_its_offset)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	struct seen seen;
	struct opx_error err;
	int64_t offsets[LINES];
	struct opx_journal_line line;
	OPX_AUTO_ARENA arena = opx_arena_new(1 << 20);
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(append(j, 0, NULL, &err), OPX_OK);
	ck_assert_int_eq(append(j, 1, offsets, &err), OPX_OK);
	ck_assert_int_eq(opx_journal_line_at(j, offsets[1], arena, &line, &err), OPX_OK);
	ck_assert_int_eq(line.seq, 11);
	ck_assert_uint_eq(line.body.n, 7);
	ck_assert_mem_eq(line.line.p, "line 1 of batch 1", 17);
	ck_assert_int_eq(opx_journal_line_at(j, offsets[1] + 1, arena, &line, &err), OPX_INTERNAL);
	ck_assert_int_eq(opx_journal_line_at(j, opx_journal_bytes(j), arena, &line, &err), OPX_INTERNAL);
	folder_free(path, dir);
}
END_TEST

START_TEST(an_incomplete_last_batch_is_dropped_wherever_it_was_cut)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t n = t->n_one; n < t->n_two; n++) {
		struct seen seen, after;
		struct opx_error err;
		spill(t->dir, "journal", t->journal, n);
		spill(t->dir, "state", t->state_one, t->n_state_one);
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
		ck_assert_mem_eq(seen.digest.b, t->one.digest.b, 32);
		ck_assert_int_eq(opx_journal_dropped(j), (int64_t)(n - t->n_one));
		/* The same batch again makes the same file. */
		ck_assert_int_eq(append(j, 1, NULL, &err), OPX_OK);
		OPX_AUTO_JOURNAL again = NULL;
		ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &after, &again, &err), OPX_OK);
		ck_assert_mem_eq(after.digest.b, t->two.digest.b, 32);
	}
	folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_journal_ahead_of_its_state_file_is_kept_whole)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	struct seen seen;
	struct opx_error err;
	uint8_t state[256];
	spill(t->dir, "state", t->state_one, t->n_state_one);
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
	ck_assert_mem_eq(seen.digest.b, t->two.digest.b, 32);
	ck_assert_uint_eq(slurp(t->dir, "state", state, sizeof(state)), t->n_state_two);
	ck_assert_mem_eq(state, t->state_two, t->n_state_two);
	folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_state_file_ahead_of_the_journal_is_refused_wherever_it_was_cut)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t n = 0; n < t->n_two; n += 7) {
		struct seen seen;
		struct opx_error err;
		spill(t->dir, "journal", t->journal, n);
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_CONFLICT);
		struct stat st;
		ck_assert_int_eq(fstatat(t->dir, "journal", &st, 0), 0);
		ck_assert_int_eq(st.st_size, (off_t)n); /* nothing was cut or written */
	}
	folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(any_changed_byte_of_what_was_signed_stops_the_process)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t i = 0; i < t->n_two; i++) {
		struct seen seen;
		struct opx_error err;
		t->journal[i] ^= 0x10;
		spill(t->dir, "journal", t->journal, t->n_two);
		t->journal[i] ^= 0x10;
		OPX_AUTO_JOURNAL j = NULL;
		enum opx_status status = reopen(&opx_vfs_real, t->dir, &seen, &j, &err);
		ck_assert_msg(status == OPX_INTERNAL || status == OPX_CONFLICT, "byte %zu: %s", i,
			      opx_status_name(status));
	}
	folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_changed_byte_behind_what_was_signed_drops_that_batch_only)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	for (size_t i = t->n_one; i < t->n_two; i++) {
		struct seen seen;
		struct opx_error err;
		t->journal[i] ^= 0x10;
		spill(t->dir, "journal", t->journal, t->n_two);
		spill(t->dir, "state", t->state_one, t->n_state_one);
		t->journal[i] ^= 0x10;
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(reopen(&opx_vfs_real, t->dir, &seen, &j, &err), OPX_OK);
		ck_assert_mem_eq(seen.digest.b, t->one.digest.b, 32);
	}
	folder_free(t->path, t->dir);
	free(t);
}
END_TEST

START_TEST(a_journal_without_its_state_file_is_refused)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	(void)build(dir, 2);
	ck_assert_int_eq(unlinkat(dir, "state", 0), 0);
	struct seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_CONFLICT);
	folder_free(path, dir);
}
END_TEST

START_TEST(a_state_file_of_another_journal_is_refused)
{
	struct two *t = calloc(1, sizeof(*t));
	two_new(t);
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	(void)build(dir, 3); /* same batches, another journal */
	spill(dir, "state", t->state_two, t->n_state_two);
	struct seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_CONFLICT);
	folder_free(path, dir);
	folder_free(t->path, t->dir);
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
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	(void)build(dir, 1);
	spill(dir, "state", (const uint8_t *)bad_states[_i], strlen(bad_states[_i]));
	struct seen seen;
	struct opx_error err;
	OPX_AUTO_JOURNAL j = NULL;
	enum opx_status status = reopen(&opx_vfs_real, dir, &seen, &j, &err);
	ck_assert_msg(status == OPX_INTERNAL || status == OPX_INVALID, "%s", opx_status_name(status));
	folder_free(path, dir);
}
END_TEST

START_TEST(a_header_cut_at_birth_is_written_again)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	spill(dir, "journal", (const uint8_t *)"opx-jour", 8);
	struct seen seen = build(dir, 2);
	ck_assert_int_eq(seen.batches, 2);
	folder_free(path, dir);
}
END_TEST

START_TEST(a_full_disk_appends_nothing_and_a_later_try_succeeds)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	struct fault_vfs f;
	struct seen seen;
	struct opx_error err;
	fault_vfs_init(&f);
	{
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(reopen(&f.vfs, dir, &seen, &j, &err), OPX_OK);
		ck_assert_int_eq(append(j, 0, NULL, &err), OPX_OK);
		f.fail_at = f.n_calls + 1;
		f.error = ENOSPC;
		f.is_short = true;
		ck_assert_int_eq(append(j, 1, NULL, &err), OPX_UNAVAILABLE);
		ck_assert_str_eq(f.failed, "write");
		ck_assert_int_eq(append(j, 1, NULL, &err), OPX_OK);
	}
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(seen.batches, 2);
	ck_assert_int_eq(seen.lines, 2 * LINES);
	ck_assert_int_eq(opx_journal_dropped(j), 0);
	folder_free(path, dir);
}
END_TEST

START_TEST(a_failed_append_leaves_a_journal_that_refuses_to_go_on)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	struct fault_vfs f;
	struct seen seen;
	struct opx_error err;
	fault_vfs_init(&f);
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&f.vfs, dir, &seen, &j, &err), OPX_OK);
	f.fail_at = f.n_calls + 2; /* the fdatasync */
	ck_assert_int_eq(append(j, 0, NULL, &err), OPX_INTERNAL);
	ck_assert_str_eq(f.failed, "fdatasync");
	ck_assert_int_eq(append(j, 0, NULL, &err), OPX_INTERNAL);
	folder_free(path, dir);
}
END_TEST

/* Opens and appends 3 batches through f; gives back how many appends were acknowledged. */
static int run_through(struct fault_vfs *f, int dir, int from)
{
	struct seen seen;
	struct opx_error err;
	int acknowledged = 0;
	OPX_AUTO_JOURNAL j = NULL;
	if (reopen(&f->vfs, dir, &seen, &j, &err) != OPX_OK)
		return 0;
	for (int i = 0; i < 3; i++) {
		if (append(j, from + i, NULL, &err) != OPX_OK)
			break;
		acknowledged++;
	}
	return acknowledged;
}

static const struct {
	int error;
	bool is_cut, is_short;
} faults[] = {
	{ EIO, false, false },  { EIO, true, false },     { EIO, true, true },      { ENOSPC, false, true },
	{ ENOSPC, true, true }, { EDQUOT, false, false }, { EMFILE, false, false },
};

START_TEST(whatever_call_fails_every_acknowledged_batch_is_there_after_the_next_start)
{
	struct fault_vfs f;
	int tried = 0;
	for (unsigned at = 1;; at++) {
		char path[FOLDER_CHARS];
		int dir = folder_new(path);
		(void)build(dir, 2);
		fault_vfs_init(&f);
		f.fail_at = at;
		f.error = faults[_i].error;
		f.is_cut = faults[_i].is_cut;
		f.is_short = faults[_i].is_short;
		int acknowledged = run_through(&f, dir, 2);
		struct seen seen;
		struct opx_error err;
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_msg(reopen(&opx_vfs_real, dir, &seen, &j, &err) == OPX_OK, "call %u (%s): %s", at,
			      f.failed, err.detail);
		ck_assert_int_ge(seen.batches, 2 + acknowledged);
		ck_assert_int_le(seen.batches, 2 + acknowledged + 1);
		ck_assert_int_eq(seen.lines, seen.batches * LINES);
		folder_free(path, dir);
		if (f.failed == NULL)
			break;
		tried++;
	}
	ck_assert_int_gt(tried, 15);
}
END_TEST

START_TEST(whatever_call_fails_at_birth_the_next_start_succeeds)
{
	struct fault_vfs f;
	for (unsigned at = 1;; at++) {
		char path[FOLDER_CHARS];
		int dir = folder_new(path);
		fault_vfs_init(&f);
		f.fail_at = at;
		f.error = faults[_i].error;
		f.is_cut = faults[_i].is_cut;
		f.is_short = faults[_i].is_short;
		int acknowledged = run_through(&f, dir, 0);
		struct seen seen;
		struct opx_error err;
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_msg(reopen(&opx_vfs_real, dir, &seen, &j, &err) == OPX_OK, "call %u (%s): %s", at,
			      f.failed, err.detail);
		ck_assert_int_ge(seen.batches, acknowledged);
		folder_free(path, dir);
		if (f.failed == NULL)
			break;
	}
}
END_TEST

START_TEST(a_replay_that_refuses_stops_the_start)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	(void)build(dir, 2);
	struct seen seen;
	struct opx_error err;
	struct opx_journal_replay replay = replay_into(&seen);
	seen.stop_at = 4;
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(opx_journal_open(&opx_vfs_real, dir, &opx_random_real, &replay, &j, &err),
			 OPX_INVALID);
	folder_free(path, dir);
}
END_TEST

/* A batch larger than the reader's window, and a journal of several windows. */
START_TEST(batches_larger_than_the_reading_window_come_back)
{
	char path[FOLDER_CHARS];
	int dir = folder_new(path);
	enum { N = 4000 };
	struct opx_journal_line *lines = calloc(N, sizeof(*lines));
	char *text = malloc(1024);
	memset(text, 'x', 1024);
	for (int i = 0; i < N; i++)
		lines[i] = (struct opx_journal_line){ .log = 1,
						      .seq = i,
						      .line = { .p = (const uint8_t *)text, .n = 1024 } };
	struct opx_journal_head head = { .log = 1, .size = N };
	struct seen seen;
	struct opx_error err;
	{
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
		ck_assert_int_eq(opx_journal_append(j, lines, N, &head, 1, NULL, &err), OPX_OK);
		ck_assert_int_eq(append(j, 1, NULL, &err), OPX_OK);
	}
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(seen.lines, N + LINES);
	free(text);
	free(lines);
	folder_free(path, dir);
}
END_TEST

START_TEST(crc32c_has_the_published_value)
{
	struct opx_crc32c crc;
	opx_crc32c_init(&crc);
	ck_assert_uint_eq(opx_crc32c(&crc, "123456789", 9), 0xE3069283U); /* RFC 3720 B.4 */
}
END_TEST

START_TEST(a_record_that_contradicts_itself_is_none)
{
	struct opx_journal_line line = { .log = 1,
					 .seq = 2,
					 .line = { .p = (const uint8_t *)"abc", .n = 3 } },
				out;
	struct opx_journal_head head = { .log = 1, .size = 3 };
	struct opx_record_out rec = { .p = NULL }, end = { .p = NULL };
	struct opx_crc32c crc;
	size_t n_lines, n_heads;
	opx_crc32c_init(&crc);
	opx_record_put_line(&rec, &crc, &line);
	opx_record_put_end(&end, &crc, 1, &head, 1);
	size_t n = rec.n - OPX_RECORD_FRAME, m = end.n - OPX_RECORD_FRAME;
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_LINE);
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n - 1, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	ck_assert_int_eq(opx_record_parse(rec.p + 4, 10, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	ck_assert_int_eq(opx_record_parse(rec.p + 4, 3, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	ck_assert_int_eq(opx_record_parse(end.p + 4, m, &out, &n_lines, &n_heads), OPX_RECORD_END);
	ck_assert_int_eq(opx_record_parse(end.p + 4, m - 1, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4 + 18] = 0xFF; /* line longer than the record */
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4 + 18] = 0;
	rec.p[4 + 22] = 1; /* body longer than the record */
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4 + 22] = 0;
	rec.p[4 + 16] = 0x80; /* seq below 0 */
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	rec.p[4] = 'X';
	ck_assert_int_eq(opx_record_parse(rec.p + 4, n, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	end.p[4 + 3] = 0xFF; /* too many lines */
	ck_assert_int_eq(opx_record_parse(end.p + 4, m, &out, &n_lines, &n_heads), OPX_RECORD_BAD);
	opx_record_out_done(&rec);
	opx_record_out_done(&end);
}
END_TEST

static Suite *suite(void)
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
	tcase_add_test(t, a_full_disk_appends_nothing_and_a_later_try_succeeds);
	tcase_add_test(t, a_failed_append_leaves_a_journal_that_refuses_to_go_on);
	tcase_add_loop_test(t, whatever_call_fails_every_acknowledged_batch_is_there_after_the_next_start, 0,
			    (int)OPX_COUNT(faults));
	tcase_add_loop_test(t, whatever_call_fails_at_birth_the_next_start_succeeds, 0,
			    (int)OPX_COUNT(faults));
	tcase_add_test(t, a_replay_that_refuses_stops_the_start);
	tcase_add_test(t, batches_larger_than_the_reading_window_come_back);
	tcase_add_test(t, crc32c_has_the_published_value);
	tcase_add_test(t, a_record_that_contradicts_itself_is_none);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return check_opx_main(suite());
}
