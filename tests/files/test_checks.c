/* SPDX-License-Identifier: MPL-2.0 */
/* test_checks.c: what the files lane says of each file, whatever happens to it meanwhile. */
#include "files.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/num.h"
#include "plugin/parser.h"

static void check_case(char *line)
{
	char *fields[8] = { NULL }, *rest = line;
	struct opx_error err;
	for (size_t i = 0; i < OPX_COUNT(fields); i++)
		fields[i] = strsep(&rest, "\t\n");
	ck_assert_ptr_nonnull(fields[7]);
	uint8_t name[255];
	size_t n_name = strlen(fields[0]) / 2;
	ck_assert_ok(opx_unhex(opx_str_z(fields[0]), name, n_name, &err), err);
	struct opx_bytes data = files_contents(
		opx_strf(files_scene.story.arena, "%s/corpus/%s", getenv("OPX_TEST_FOLDER"), fields[1]).p);
	int64_t file = files_upload(files_scene.draft, (struct opx_bytes){ .p = name, .n = n_name }, data);
	if (strcmp(fields[2], "-") != 0)
		ck_assert_ok(sql_files_declare(files_scene.story.owner, file, opx_str_z(fields[2]), NULL,
					       &err),
			     err);
	size_t stored = scene_count(&files_scene, "_blob");
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	struct sql_files_row_row row = files_row_of(file);
	(void)fprintf(stderr, "%s %.*s: %s [%s] %s\n", fields[1], (int)row.name_shown.n, row.name_shown.p,
		      row.state.p, row.checks.p, row.sentence.p);
	ck_assert_bytes(row.name, name, n_name); /* byte for byte as received */
	if (strcmp(fields[3], "*") == 0) {
		ck_assert(opx_str_is(row.state, "ready") || opx_str_is(row.state, "refused"));
		return;
	}
	ck_assert_str(row.state, fields[3]);
	ck_assert_msg(strcmp(fields[4], "-") == 0 || strstr(row.sentence.p, fields[4]) != NULL, "says: %s",
		      row.sentence.p);
	ck_assert_str(row.checks, strcmp(fields[7], "-") == 0 ? "" : fields[7]);
	if (opx_str_is(row.state, "refused")) {
		ck_assert_uint_gt(row.sentence.n, 0);
		ck_assert_uint_eq(scene_count(&files_scene, "_blob"),
				  stored); /* a refused file is not kept */
		return;
	}
	ck_assert_str(row.mime, fields[5]);
	int64_t pages = 0;
	ck_assert_ok(opx_parse_i64(opx_str_z(fields[6]), -1, INT32_MAX, &pages, &err), err);
	ck_assert_int_eq(row.pages_is_null ? -1 : row.pages, pages);
	files_compare_stored(&row, data);
}

START_TEST(each_file_of_the_hostile_corpus_has_its_verdict)
{
	char line[2048];
	size_t incoming = scene_count(&files_scene, "incoming"), n = 0;
	int64_t before = files_scene.draft;
	files_scene.draft = scene_draft(&files_scene, &files_scene.story.expert);
	FILE *f = fopen(opx_strf(files_scene.story.arena, "%s/corpus/expected", getenv("OPX_TEST_FOLDER")).p,
			"re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		check_case(line);
		n++;
	}
	(void)fclose(f);
	ck_assert_uint_ge(n, 35);
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), incoming); /* nothing stays behind */
	files_scene.draft = before;
}
END_TEST

START_TEST(a_job_run_twice_gives_one_result)
{
	struct opx_error err;
	int64_t file = files_upload(files_scene.draft, OPX_BYTES("deux.pdf"), files_good_pdf());
	size_t stored = scene_count(&files_scene, "_blob");
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	struct sql_files_row_row first = files_row_of(file);
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	struct sql_files_row_row second = files_row_of(file);
	ck_assert_str(second.state, "ready");
	ck_assert_str(second.store_name, first.store_name.p);
	ck_assert_uint_eq(scene_count(&files_scene, "_blob"), stored + 1);
}
END_TEST

START_TEST(a_parser_that_is_not_there_leaves_the_file_waiting)
{
	struct opx_error err;
	struct opx_parser *right = files_scene.services.parser;
	int64_t file = files_upload(files_scene.draft, OPX_BYTES("attend.pdf"), files_good_pdf());
	size_t incoming = scene_count(&files_scene, "incoming");
	files_scene.services.parser = opx_parser_new("/nonexistent/opx-parse", NULL);
	ck_assert_status(scene_job(&files_scene, "file.check", file, &err), OPX_UNAVAILABLE);
	struct sql_files_row_row row = files_row_of(file);
	ck_assert_str(row.state, "received"); /* kept, shown to nobody */
	ck_assert_uint_gt(row.store_name.n, 0);
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), incoming);
	opx_parser_free(files_scene.services.parser);
	files_scene.services.parser = right;
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	ck_assert_str(files_row_of(file).state, "ready");
	ck_assert_str(files_row_of(file).store_name, row.store_name.p);
	ck_assert_uint_eq(scene_count(&files_scene, "incoming"), incoming - 1);
}
END_TEST

/* A parser that ends this process, as a crash would. */
static void write_killer(const char *path)
{
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	(void)fputs("#!/bin/sh\nkill -9 $PPID\nsleep 1\n", f);
	(void)fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

START_TEST(a_lane_killed_in_the_middle_goes_on)
{
	struct opx_error err;
	const char *killer = opx_strf(files_scene.story.arena, "%s/killer", getenv("OPX_TEST_FOLDER")).p;
	struct opx_bytes data = files_good_pdf();
	int64_t file = files_upload(files_scene.draft, OPX_BYTES("tue.pdf"), data);
	size_t stored = scene_count(&files_scene, "_blob");
	write_killer(killer);
	pid_t pid = fork();
	if (pid == 0) {
		files_scene.files = story_connect("opx_files");
		(void)opx_db_use_arena(files_scene.files, files_scene.story.arena);
		files_scene.services.parser = opx_parser_new(killer, NULL);
		_exit((int)scene_job(&files_scene, "file.check", file, NULL));
	}
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	ck_assert_str(files_row_of(file).state, "received");
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	struct sql_files_row_row row = files_row_of(file);
	ck_assert_str(row.state, "ready");
	files_compare_stored(&row, data);
	ck_assert_uint_eq(scene_count(&files_scene, "_blob"), stored + 1);
}
END_TEST

START_TEST(a_full_disk_is_a_sentence)
{
	struct opx_error err;
	int64_t file = files_upload(files_scene.draft, OPX_BYTES("plein.pdf"), files_good_pdf());
	files_scene.site.reserve_percent = 100;
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	files_scene.site.reserve_percent = 0;
	struct sql_files_row_row row = files_row_of(file);
	ck_assert_str(row.state, "refused");
	ck_assert_ptr_nonnull(strstr(row.sentence.p, "presque plein"));
}
END_TEST

START_TEST(bytes_that_went_missing_are_a_sentence)
{
	struct opx_error err;
	struct sent made = files_create("perdu.pdf", 6);
	ck_assert_int_eq(files_patch(made.location.p, 0, "123456").status, 204);
	struct opx_str path = opx_strf(files_scene.story.arena, "%s/incoming/%s", files_scene.root,
				       made.location.p + strlen("/televersement/"));
	ck_assert_int_eq(truncate(path.p, 3), 0);
	ck_assert_ok(scene_job(&files_scene, "file.check", files_file_at(made.location.p), &err), err);
	struct sql_files_row_row row = files_row_of(files_file_at(made.location.p));
	ck_assert_str(row.state, "refused");
	ck_assert_ptr_nonnull(strstr(row.sentence.p, "en entier"));
}
END_TEST

START_TEST(a_file_taken_back_during_its_check_stays_taken_back)
{
	struct opx_error err;
	struct sent made = files_create("repris.pdf", (int64_t)files_good_pdf().n);
	struct sent piece = files_piece_of(made.location.p, 0, files_good_pdf());
	scene_send(&files_scene, &piece);
	int64_t file = files_file_at(made.location.p);
	struct sent sent = files_tus(OPX_DELETE, made.location.p);
	scene_send(&files_scene, &sent);
	ck_assert_ok(scene_job(&files_scene, "file.check", file, &err), err);
	ck_assert_str(files_row_of(file).state, "removed");
}
END_TEST

void files_add_checks(TCase *tc)
{
	tcase_add_test(tc, each_file_of_the_hostile_corpus_has_its_verdict);
	tcase_add_test(tc, a_job_run_twice_gives_one_result);
	tcase_add_test(tc, a_parser_that_is_not_there_leaves_the_file_waiting);
	tcase_add_test(tc, a_lane_killed_in_the_middle_goes_on);
	tcase_add_test(tc, a_full_disk_is_a_sentence);
	tcase_add_test(tc, bytes_that_went_missing_are_a_sentence);
	tcase_add_test(tc, a_file_taken_back_during_its_check_stays_taken_back);
}
