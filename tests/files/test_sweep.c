/* SPDX-License-Identifier: MPL-2.0 */
/* test_sweep.c: what nobody needs goes, and nothing else. */
#include "files.h"

#include <stdio.h>

#include "plugin/registry.h"
#include "sql_draft.h"

static int64_t taken_draft, taken_file;

/* The person takes the file back while the lane has it in its hands. */
static int open_and_take_back(const struct opx_vfs *vfs, int dir_fd, const char *path, int flags, mode_t mode)
{
	struct opx_error err;
	(void)vfs;
	ck_assert_ok(sql_draft_file_remove(files_scene.story.owner, taken_file, taken_draft, NULL, &err),
		     err);
	return opx_vfs_real.open(&opx_vfs_real, dir_fd, path, flags, mode);
}

START_TEST(a_file_taken_back_while_it_is_stored_leaves_no_orphan)
{
	const struct opx_vfs *real = files_scene.lane.vfs;
	struct opx_vfs slow = *real;
	slow.open = open_and_take_back;
	taken_draft = scene_draft(&files_scene, &files_scene.story.expert);
	taken_file = files_upload(taken_draft, OPX_BYTES("repris.pdf"), files_good_pdf());
	size_t stored = scene_count(&files_scene, "_blob");
	files_scene.lane.vfs = &slow;
	enum opx_status status = scene_job(&files_scene, "file.check", taken_file, NULL);
	files_scene.lane.vfs = real;
	ck_assert_status(status, OPX_CONFLICT);
	ck_assert_str(files_row_of(taken_file).state, "removed");
	ck_assert_uint_eq(scene_count(&files_scene, "_blob"),
			  stored); /* the sweep of tomorrow has nothing to do */
}
END_TEST

START_TEST(the_sweep_takes_what_nobody_needs_and_nothing_younger)
{
	struct opx_error err;
	int64_t draft = scene_draft(&files_scene, &files_scene.story.expert);
	int64_t kept = files_upload(draft, OPX_BYTES("garde.pdf"), files_good_pdf()),
		dropped = files_upload(draft, OPX_BYTES("jette.pdf"), files_good_pdf());
	ck_assert_ok(scene_job(&files_scene, "file.check", kept, &err), err);
	ck_assert_ok(scene_job(&files_scene, "file.check", dropped, &err), err);
	int64_t waiting = files_upload(draft, OPX_BYTES("attend.pdf"), files_good_pdf());
	ck_assert_ok(sql_draft_file_remove(files_scene.story.owner, dropped, draft, NULL, &err), err);
	FILE *f = fopen(opx_strf(files_scene.story.arena, "%s/incoming/ffffffffffffffffffffffffffffffff",
				 files_scene.root)
				.p,
			"we");
	ck_assert_ptr_nonnull(f);
	(void)fclose(f);
	size_t stored = scene_count(&files_scene, "_blob"), incoming = scene_count(&files_scene, "incoming");
	ck_assert_ok(scene_job(&files_scene, "store.sweep", 0, &err), err);
	ck_assert_uint_eq(scene_count(&files_scene, "_blob"), stored); /* all are younger than a day */
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), incoming);
	files_scene.lane.orphan_h = 0;
	ck_assert_ok(scene_job(&files_scene, "store.sweep", 0, &err), err);
	files_scene.lane.orphan_h = 24;
	ck_assert_uint_lt(scene_count(&files_scene, "_blob"), stored);
	ck_assert_uint_lt(scene_count(&files_scene, "incoming"), incoming);
	struct sql_files_row_row row = files_row_of(kept);
	files_compare_stored(&row, files_good_pdf());
	ck_assert_ok(scene_job(&files_scene, "file.check", waiting, &err),
		     err); /* its bytes were not swept */
	ck_assert_str(files_row_of(waiting).state, "ready");
	int fd = -1;
	const struct opx_reg_storage *storage = opx_registry_storage(files_scene.registry);
	ck_assert_status(storage->it->open(storage->self, files_row_of(dropped).store_name, &fd, NULL),
			 OPX_NOT_FOUND);
}
END_TEST

START_TEST(a_draft_past_its_time_lets_its_files_go)
{
	struct opx_error err;
	int64_t draft = scene_draft(&files_scene, &files_scene.story.expert);
	int64_t file = files_upload(draft, OPX_BYTES("vieux.pdf"), files_good_pdf());
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	ck_assert_ok(sql_files_draft_state(files_scene.story.owner, draft, OPX_STR("open"), -1, NULL, &err),
		     err);
	files_scene.lane.orphan_h = 0;
	ck_assert_ok(scene_job(&files_scene, "store.sweep", 0, &err), err);
	files_scene.lane.orphan_h = 24;
	int fd = -1;
	const struct opx_reg_storage *storage = opx_registry_storage(files_scene.registry);
	ck_assert_status(storage->it->open(storage->self, files_row_of(file).store_name, &fd, NULL),
			 OPX_NOT_FOUND);
	ck_assert_int_eq(files_create_as(&files_scene.story.expert, draft, files_header("a.pdf"), 6).status,
			 404);
}
END_TEST

START_TEST(a_filed_draft_keeps_its_files)
{
	struct opx_error err;
	int64_t draft = scene_draft(&files_scene, &files_scene.story.expert);
	int64_t file = files_upload(draft, OPX_BYTES("depose.pdf"), files_good_pdf());
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	ck_assert_ok(sql_files_draft_state(files_scene.story.owner, draft, OPX_STR("filed"), -1, NULL, &err),
		     err);
	files_scene.lane.orphan_h = 0;
	ck_assert_ok(scene_job(&files_scene, "store.sweep", 0, &err), err);
	files_scene.lane.orphan_h = 24;
	struct sql_files_row_row row = files_row_of(file);
	files_compare_stored(&row, files_good_pdf());
}
END_TEST

void files_add_sweep(TCase *tc)
{
	tcase_add_test(tc, a_file_taken_back_while_it_is_stored_leaves_no_orphan);
	tcase_add_test(tc, the_sweep_takes_what_nobody_needs_and_nothing_younger);
	tcase_add_test(tc, a_draft_past_its_time_lets_its_files_go);
	tcase_add_test(tc, a_filed_draft_keeps_its_files);
}
