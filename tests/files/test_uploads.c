/* SPDX-License-Identifier: MPL-2.0 */
/* test_uploads.c: a file by pieces (tus): counted, cut, damaged, refused, taken back. */
#include "files.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"

static struct sent head(const char *path)
{
	struct sent sent = files_tus(OPX_HEAD, path);
	scene_send(&files_scene, &sent);
	return sent;
}

START_TEST(pieces_are_counted_and_the_last_one_asks_for_the_check)
{
	struct sent made = files_create("a.pdf", 10);
	ck_assert_int_eq(made.status, 201);
	ck_assert_int_eq(made.offset, 0);
	const char *path = made.location.p;
	ck_assert_int_eq(files_patch(path, 0, "12345").status, 204);
	ck_assert_int_eq(head(path).offset, 5);
	ck_assert_int_eq(files_row_of(files_file_at(path)).jobs, 0);
	struct sent last = files_patch(path, 5, "67890");
	ck_assert_int_eq(last.status, 204);
	ck_assert_int_eq(last.offset, 10);
	ck_assert_uint_eq(last.wakes & OPX_WAKES_FILES, OPX_WAKES_FILES);
	struct sql_files_row_row row = files_row_of(files_file_at(path));
	ck_assert_str(row.state, "received");
	ck_assert_int_eq(row.jobs, 1);
	struct sent again = files_patch(path, 10, "");
	ck_assert_int_eq(again.status, 204);
	ck_assert_int_eq(files_row_of(files_file_at(path)).jobs, 1);
}
END_TEST

START_TEST(a_piece_out_of_its_place_changes_nothing)
{
	const char *path = files_create("a.pdf", 10).location.p;
	ck_assert_int_eq(files_patch(path, 3, "x").status, 409);
	ck_assert_int_eq(files_patch(path, 0, "12345678901").status, 413);
	ck_assert_int_eq(files_patch("/televersement/00000000000000000000000000000000", 0, "x").status, 404);
	struct sent sent = files_piece_of(path, 0, files_header("12345"));
	sent.headers[OPX_HDR_CONTENT_TYPE] = files_header("application/pdf");
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 415);
	sent = files_piece_of(path, 0, files_header("12345"));
	sent.headers[OPX_HDR_TUS_RESUMABLE] = files_header("0.2.2");
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 412);
	sent = files_piece_of(path, 0, files_header("12345"));
	sent.headers[OPX_HDR_UPLOAD_OFFSET] = files_header("zero");
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 400);
	ck_assert_int_eq(head(path).offset, 0);
}
END_TEST

START_TEST(a_damaged_piece_is_sent_again)
{
	const char *path = files_create("a.pdf", 5).location.p;
	struct opx_sha256 right = opx_sha256(OPX_BYTES("12345"));
	struct opx_str sum = opx_base64(files_scene.story.arena, (struct opx_bytes){ .p = right.b, .n = 32 });
	struct sent sent = files_piece_of(path, 0, files_header("12x45"));
	sent.headers[OPX_HDR_UPLOAD_CHECKSUM] =
		opx_bytes_of(opx_strf(files_scene.story.arena, "sha256 %s", sum.p));
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 460);
	ck_assert_int_eq(head(path).offset, 0);
	sent = files_piece_of(path, 0, files_header("12345"));
	sent.headers[OPX_HDR_UPLOAD_CHECKSUM] =
		opx_bytes_of(opx_strf(files_scene.story.arena, "sha256 %s", sum.p));
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 204);
	sent.headers[OPX_HDR_UPLOAD_CHECKSUM] = files_header("md5 AAAA");
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 400);
}
END_TEST

START_TEST(an_upload_that_is_cut_goes_on_where_it_was)
{
	struct opx_bytes data = files_good_pdf();
	const char *path = files_create("coupe.pdf", (int64_t)data.n).location.p;
	struct sent sent = files_piece_of(path, 0, (struct opx_bytes){ .p = data.p, .n = 100 });
	sent.announced = (int64_t)data.n;
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 400);
	ck_assert_int_eq(head(path).offset, 100);
	sent = files_piece_of(path, 100, (struct opx_bytes){ .p = data.p + 100, .n = data.n - 100 });
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 204);
	struct opx_error err;
	ck_assert_ok(scene_job(&files_scene, "file.check", files_file_at(path), &err), err);
	ck_assert_str(files_row_of(files_file_at(path)).state, "ready");
}
END_TEST

START_TEST(names_that_hide_something_are_refused_with_a_sentence)
{
	static const char *const names[] = { "a\xe2\x80\xaexe.pdf", "../etc/passwd", "a\\b.pdf", "a\tb.pdf",
					     "\xff\xfe.pdf" };
	size_t before = scene_count(&files_scene, "incoming");
	for (size_t i = 0; i < OPX_COUNT(names); i++) {
		struct sent sent = files_create(names[i], 10);
		ck_assert_int_eq(sent.status, 400);
		ck_assert_ptr_nonnull(strstr(sent.text.p, "Renommez-le"));
	}
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), before);
}
END_TEST

START_TEST(limits_are_kept)
{
	ck_assert_int_eq(files_create("a.pdf", ((int64_t)1 << 31) + 1).status, 413);
	files_scene.site.draft_quota_bytes = 5;
	ck_assert_int_eq(files_create("a.pdf", 6).status, 413);
	files_scene.site.draft_quota_bytes = (int64_t)1 << 33;
	files_scene.site.max_files = 0;
	ck_assert_int_eq(files_create("a.pdf", 6).status, 413);
	files_scene.site.max_files = 60;
	files_scene.site.reserve_percent = 100;
	struct sent sent = files_create("a.pdf", 6);
	ck_assert_int_eq(sent.status, 507);
	ck_assert_ptr_nonnull(strstr(sent.text.p, "presque plein"));
	files_scene.site.reserve_percent = 0;
	const char *path = files_create("a.pdf", 6).location.p;
	files_scene.site.reserve_percent = 100;
	ck_assert_int_eq(files_patch(path, 0, "123456").status, 507);
	files_scene.site.reserve_percent = 0;
	ck_assert_int_eq(head(path).offset, 0);
	ck_assert_int_eq(files_patch(path, 0, "123456").status, 204); /* once there is room again */
}
END_TEST

START_TEST(nobody_else_reaches_a_draft_or_its_files)
{
	const char *path = files_create("a.pdf", 6).location.p;
	const struct someone *others[] = { &files_scene.story.stranger, &files_scene.story.lawyer,
					   &files_scene.story.judge };
	for (size_t i = 0; i < OPX_COUNT(others); i++) {
		ck_assert_int_eq(
			files_create_as(others[i], files_scene.draft, files_header("a.pdf"), 6).status, 404);
		struct sent sent = files_piece_of(path, 0, files_header("x"));
		sent.who = others[i];
		scene_send(&files_scene, &sent);
		ck_assert_int_eq(sent.status, 404);
		sent = files_tus(OPX_HEAD, path);
		sent.who = others[i];
		scene_send(&files_scene, &sent);
		ck_assert_int_eq(sent.status, 404);
		sent = files_tus(OPX_DELETE, path);
		sent.who = others[i];
		scene_send(&files_scene, &sent);
		ck_assert_int_eq(sent.status, 404);
	}
	ck_assert_int_eq(files_create_as(&files_scene.story.expert, 999999, files_header("a.pdf"), 6).status,
			 404);
	ck_assert_int_eq(head(path).offset, 0);
}
END_TEST

START_TEST(a_file_taken_back_is_gone)
{
	size_t before = scene_count(&files_scene, "incoming");
	const char *path = files_create("a.pdf", 6).location.p;
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), before + 1);
	struct sent sent = files_tus(OPX_DELETE, path);
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 204);
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), before);
	ck_assert_int_eq(head(path).status, 404);
	ck_assert_int_eq(files_patch(path, 0, "x").status, 404);
}
END_TEST

START_TEST(the_server_says_what_it_speaks)
{
	struct sent sent = files_tus(OPX_OPTIONS, "/televersement/");
	scene_send(&files_scene, &sent);
	ck_assert_int_eq(sent.status, 204);
}
END_TEST

/* The same piece twice at the same moment, each by a process and a connection of its own: one is counted. */
START_TEST(two_pieces_of_one_upload_never_run_side_by_side)
{
	enum { SIZE = 4 << 20 };
	uint8_t *data = opx_arena_alloc(files_scene.story.arena, 1, SIZE);
	memset(data, 'z', SIZE);
	const char *path = files_create("a.pdf", SIZE).location.p;
	int n_taken = 0, n_refused = 0;
	pid_t pids[4];
	for (size_t i = 0; i < OPX_COUNT(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			files_scene.story.web = story_connect("opx_web");
			(void)opx_db_use_arena(files_scene.story.web, files_scene.story.arena);
			struct sent sent =
				files_piece_of(path, 0, (struct opx_bytes){ .p = data, .n = SIZE });
			scene_send(&files_scene, &sent);
			_exit(sent.status == 204 ? 0 : sent.status == 409 ? 1 : 2);
		}
	}
	for (size_t i = 0; i < OPX_COUNT(pids); i++) {
		int status = 0;
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert(WIFEXITED(status));
		n_taken += WEXITSTATUS(status) == 0 ? 1 : 0;
		n_refused += WEXITSTATUS(status) == 1 ? 1 : 0;
	}
	ck_assert_int_eq(n_taken, 1);
	ck_assert_int_eq(n_refused, 3);
	struct stat st;
	ck_assert_int_eq(stat(opx_strf(files_scene.story.arena, "%s/incoming/%s", files_scene.root,
				       path + strlen("/televersement/"))
				      .p,
			      &st),
			 0);
	ck_assert_int_eq(st.st_size, SIZE);
	ck_assert_int_eq(files_row_of(files_file_at(path)).jobs, 1);
}
END_TEST

void files_add_uploads(TCase *tc)
{
	tcase_add_test(tc, pieces_are_counted_and_the_last_one_asks_for_the_check);
	tcase_add_test(tc, a_piece_out_of_its_place_changes_nothing);
	tcase_add_test(tc, a_damaged_piece_is_sent_again);
	tcase_add_test(tc, an_upload_that_is_cut_goes_on_where_it_was);
	tcase_add_test(tc, names_that_hide_something_are_refused_with_a_sentence);
	tcase_add_test(tc, limits_are_kept);
	tcase_add_test(tc, nobody_else_reaches_a_draft_or_its_files);
	tcase_add_test(tc, a_file_taken_back_is_gone);
	tcase_add_test(tc, the_server_says_what_it_speaks);
	tcase_add_test(tc, two_pieces_of_one_upload_never_run_side_by_side);
}
