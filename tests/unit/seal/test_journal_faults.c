/* SPDX-License-Identifier: MPL-2.0 */
/* test_journal_faults.c: whatever call of the disk fails, the journal keeps every acknowledged batch. */
#include "journals.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "support/fault_vfs.h"

START_TEST(a_full_disk_appends_nothing_and_a_later_try_succeeds)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	struct fault_vfs f;
	struct journals_seen seen;
	struct opx_error err;
	fault_vfs_init(&f);
	{
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_int_eq(journals_reopen(&f.vfs, dir, &seen, &j, &err), OPX_OK);
		ck_assert_int_eq(journals_append(j, 0, NULL, &err), OPX_OK);
		f.fail_at = f.n_calls + 1;
		f.error = ENOSPC;
		f.is_short = true;
		ck_assert_int_eq(journals_append(j, 1, NULL, &err), OPX_UNAVAILABLE);
		ck_assert_str_eq(f.failed, "write");
		ck_assert_int_eq(journals_append(j, 1, NULL, &err), OPX_OK);
	}
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err), OPX_OK);
	ck_assert_int_eq(seen.batches, 2);
	ck_assert_int_eq(seen.lines, 2 * JOURNALS_LINES);
	ck_assert_int_eq(opx_journal_dropped(j), 0);
	journals_folder_free(path, dir);
}
END_TEST

START_TEST(a_failed_append_leaves_a_journal_that_refuses_to_go_on)
{
	char path[JOURNALS_FOLDER_CHARS];
	int dir = journals_folder_new(path);
	struct fault_vfs f;
	struct journals_seen seen;
	struct opx_error err;
	fault_vfs_init(&f);
	OPX_AUTO_JOURNAL j = NULL;
	ck_assert_int_eq(journals_reopen(&f.vfs, dir, &seen, &j, &err), OPX_OK);
	f.fail_at = f.n_calls + 2; /* the fdatasync */
	ck_assert_int_eq(journals_append(j, 0, NULL, &err), OPX_INTERNAL);
	ck_assert_str_eq(f.failed, "fdatasync");
	ck_assert_int_eq(journals_append(j, 0, NULL, &err), OPX_INTERNAL);
	journals_folder_free(path, dir);
}
END_TEST

/* Opens and appends 3 batches through f; gives back how many appends were acknowledged. */
static int run_through(struct fault_vfs *f, int dir, int from)
{
	struct journals_seen seen;
	struct opx_error err;
	int acknowledged = 0;
	OPX_AUTO_JOURNAL j = NULL;
	if (journals_reopen(&f->vfs, dir, &seen, &j, &err) != OPX_OK)
		return 0;
	for (int i = 0; i < 3; i++) {
		if (journals_append(j, from + i, NULL, &err) != OPX_OK)
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

static void arm(struct fault_vfs *f, unsigned at, int which)
{
	fault_vfs_init(f);
	f->fail_at = at;
	f->error = faults[which].error;
	f->is_cut = faults[which].is_cut;
	f->is_short = faults[which].is_short;
}

START_TEST(whatever_call_fails_every_acknowledged_batch_is_there_after_the_next_start)
{
	struct fault_vfs f;
	int tried = 0;
	for (unsigned at = 1;; at++) {
		char path[JOURNALS_FOLDER_CHARS];
		int dir = journals_folder_new(path);
		(void)journals_build(dir, 2);
		arm(&f, at, _i);
		int acknowledged = run_through(&f, dir, 2);
		struct journals_seen seen;
		struct opx_error err;
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_msg(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err) == OPX_OK,
			      "call %u (%s): %s", at, f.failed, err.detail);
		ck_assert_int_ge(seen.batches, 2 + acknowledged);
		ck_assert_int_le(seen.batches, 2 + acknowledged + 1);
		ck_assert_int_eq(seen.lines, seen.batches * JOURNALS_LINES);
		journals_folder_free(path, dir);
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
		char path[JOURNALS_FOLDER_CHARS];
		int dir = journals_folder_new(path);
		arm(&f, at, _i);
		int acknowledged = run_through(&f, dir, 0);
		struct journals_seen seen;
		struct opx_error err;
		OPX_AUTO_JOURNAL j = NULL;
		ck_assert_msg(journals_reopen(&opx_vfs_real, dir, &seen, &j, &err) == OPX_OK,
			      "call %u (%s): %s", at, f.failed, err.detail);
		ck_assert_int_ge(seen.batches, acknowledged);
		journals_folder_free(path, dir);
		if (f.failed == NULL)
			break;
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("journal faults");
	TCase *t = tcase_create("journal faults");
	tcase_add_test(t, a_full_disk_appends_nothing_and_a_later_try_succeeds);
	tcase_add_test(t, a_failed_append_leaves_a_journal_that_refuses_to_go_on);
	tcase_add_loop_test(t, whatever_call_fails_every_acknowledged_batch_is_there_after_the_next_start, 0,
			    (int)OPX_COUNT(faults));
	tcase_add_loop_test(t, whatever_call_fails_at_birth_the_next_start_succeeds, 0,
			    (int)OPX_COUNT(faults));
	suite_add_tcase(s, t);
	return check_opx_main(s);
}
