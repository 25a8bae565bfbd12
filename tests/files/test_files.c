/* SPDX-License-Identifier: MPL-2.0 */
/* test_files.c: files on their way in, from the first byte sent to the line of the draft that says what became of them. */
#include "scene.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/num.h"
#include "plugin/parser.h"
#include "plugin/registry.h"
#include "sql_draft.h"
#include "sql_test_files.h"

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct scene s;

static struct opx_bytes header(const char *z)
{
	return opx_bytes_of(opx_str_z(z));
}

static struct sent tus(enum opx_method method, const char *path)
{
	struct sent sent = { .method = method, .path = path, .announced = -1, .who = &s.story.expert };
	sent.headers[OPX_HDR_TUS_RESUMABLE] = header("1.0.0");
	return sent;
}

static struct sent create_as(const struct someone *who, int64_t draft, struct opx_bytes name, int64_t size)
{
	struct opx_arena *arena = s.story.arena;
	struct sent sent = tus(OPX_POST, "/televersement/");
	sent.who = who;
	struct opx_str number = opx_base64(arena, opx_bytes_of(opx_strf(arena, "%" PRId64, draft)));
	sent.headers[OPX_HDR_UPLOAD_METADATA] =
		opx_bytes_of(opx_strf(arena, "brouillon %s,nom %s", number.p, opx_base64(arena, name).p));
	sent.headers[OPX_HDR_UPLOAD_LENGTH] = opx_bytes_of(opx_strf(arena, "%" PRId64, size));
	scene_send(&s, &sent);
	return sent;
}

static struct sent create(const char *name, int64_t size)
{
	return create_as(&s.story.expert, s.draft, header(name), size);
}

static struct sent piece_of(const char *path, int64_t offset, struct opx_bytes body)
{
	struct sent sent = tus(OPX_PATCH, path);
	sent.headers[OPX_HDR_CONTENT_TYPE] = header("application/offset+octet-stream");
	sent.headers[OPX_HDR_UPLOAD_OFFSET] = opx_bytes_of(opx_strf(s.story.arena, "%" PRId64, offset));
	sent.body = body;
	return sent;
}

static struct sent patch(const char *path, int64_t offset, const char *body)
{
	struct sent sent = piece_of(path, offset, header(body));
	scene_send(&s, &sent);
	return sent;
}

static struct sent head(const char *path)
{
	struct sent sent = tus(OPX_HEAD, path);
	scene_send(&s, &sent);
	return sent;
}

/* The file behind an address of tus. */
static int64_t file_at(const char *path)
{
	struct opx_error err;
	struct sql_files_by_upload_row row;
	ck_assert_ok(sql_files_by_upload(s.story.owner, opx_str_z(path + strlen("/televersement/")), &row,
					 &err),
		     err);
	return row.id;
}

static struct sql_files_row_row row_of(int64_t file)
{
	struct opx_error err;
	struct sql_files_row_row row;
	ck_assert_ok(sql_files_row(s.story.owner, file, &row, &err), err);
	return row;
}

static struct opx_bytes contents(const char *path)
{
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	size_t n = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = opx_arena_alloc(s.story.arena, 1, n);
	ck_assert_uint_eq(fread(data, 1, n, f), n);
	(void)fclose(f);
	return (struct opx_bytes){ .p = data, .n = n };
}

static struct opx_bytes good_pdf(void)
{
	return contents(opx_strf(s.story.arena, "%s/corpus/000", getenv("OPX_TEST_FOLDER")).p);
}

/* A whole file by pieces of 8 MB. */
static int64_t upload(int64_t draft, struct opx_bytes name, struct opx_bytes data)
{
	struct sent made = create_as(&s.story.expert, draft, name, (int64_t)data.n);
	ck_assert_int_eq(made.status, 201);
	for (size_t at = 0; at < data.n; at += 8388608) {
		size_t n = data.n - at < 8388608 ? data.n - at : 8388608;
		struct sent piece = piece_of(made.location.p, (int64_t)at,
					     (struct opx_bytes){ .p = data.p + at, .n = n });
		scene_send(&s, &piece);
		ck_assert_int_eq(piece.status, 204);
		ck_assert_int_eq(piece.offset, (int64_t)(at + n));
	}
	return file_at(made.location.p);
}

START_TEST(pieces_are_counted_and_the_last_one_asks_for_the_check)
{
	struct sent made = create("a.pdf", 10);
	ck_assert_int_eq(made.status, 201);
	ck_assert_int_eq(made.offset, 0);
	const char *path = made.location.p;
	ck_assert_int_eq(patch(path, 0, "12345").status, 204);
	ck_assert_int_eq(head(path).offset, 5);
	ck_assert_int_eq(row_of(file_at(path)).jobs, 0);
	struct sent last = patch(path, 5, "67890");
	ck_assert_int_eq(last.status, 204);
	ck_assert_int_eq(last.offset, 10);
	ck_assert_uint_eq(last.wakes & OPX_WAKES_FILES, OPX_WAKES_FILES);
	struct sql_files_row_row row = row_of(file_at(path));
	ck_assert_str(row.state, "received");
	ck_assert_int_eq(row.jobs, 1);
	struct sent again = patch(path, 10, "");
	ck_assert_int_eq(again.status, 204);
	ck_assert_int_eq(row_of(file_at(path)).jobs, 1);
}
END_TEST

START_TEST(a_piece_out_of_its_place_changes_nothing)
{
	const char *path = create("a.pdf", 10).location.p;
	ck_assert_int_eq(patch(path, 3, "x").status, 409);
	ck_assert_int_eq(patch(path, 0, "12345678901").status, 413);
	ck_assert_int_eq(patch("/televersement/00000000000000000000000000000000", 0, "x").status, 404);
	struct sent sent = piece_of(path, 0, header("12345"));
	sent.headers[OPX_HDR_CONTENT_TYPE] = header("application/pdf");
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 415);
	sent = piece_of(path, 0, header("12345"));
	sent.headers[OPX_HDR_TUS_RESUMABLE] = header("0.2.2");
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 412);
	sent = piece_of(path, 0, header("12345"));
	sent.headers[OPX_HDR_UPLOAD_OFFSET] = header("zero");
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 400);
	ck_assert_int_eq(head(path).offset, 0);
}
END_TEST

START_TEST(a_damaged_piece_is_sent_again)
{
	const char *path = create("a.pdf", 5).location.p;
	struct opx_sha256 right = opx_sha256(OPX_BYTES("12345"));
	struct opx_str sum = opx_base64(s.story.arena, (struct opx_bytes){ .p = right.b, .n = 32 });
	struct sent sent = piece_of(path, 0, header("12x45"));
	sent.headers[OPX_HDR_UPLOAD_CHECKSUM] = opx_bytes_of(opx_strf(s.story.arena, "sha256 %s", sum.p));
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 460);
	ck_assert_int_eq(head(path).offset, 0);
	sent = piece_of(path, 0, header("12345"));
	sent.headers[OPX_HDR_UPLOAD_CHECKSUM] = opx_bytes_of(opx_strf(s.story.arena, "sha256 %s", sum.p));
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 204);
	sent.headers[OPX_HDR_UPLOAD_CHECKSUM] = header("md5 AAAA");
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 400);
}
END_TEST

START_TEST(an_upload_that_is_cut_goes_on_where_it_was)
{
	struct opx_bytes data = good_pdf();
	const char *path = create("coupe.pdf", (int64_t)data.n).location.p;
	struct sent sent = piece_of(path, 0, (struct opx_bytes){ .p = data.p, .n = 100 });
	sent.announced = (int64_t)data.n;
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 400);
	ck_assert_int_eq(head(path).offset, 100);
	sent = piece_of(path, 100, (struct opx_bytes){ .p = data.p + 100, .n = data.n - 100 });
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 204);
	struct opx_error err;
	ck_assert_ok(scene_job(&s, "file.check", file_at(path), &err), err);
	ck_assert_str(row_of(file_at(path)).state, "ready");
}
END_TEST

START_TEST(names_that_hide_something_are_refused_with_a_sentence)
{
	static const char *const names[] = { "a\xe2\x80\xaexe.pdf", "../etc/passwd", "a\\b.pdf", "a\tb.pdf",
					     "\xff\xfe.pdf" };
	size_t before = scene_count(&s, "incoming");
	for (size_t i = 0; i < OPX_COUNT(names); i++) {
		struct sent sent = create(names[i], 10);
		ck_assert_int_eq(sent.status, 400);
		ck_assert_ptr_nonnull(strstr(sent.text.p, "Renommez-le"));
	}
	ck_assert_uint_eq(scene_count(&s, "incoming"), before);
}
END_TEST

START_TEST(limits_are_kept)
{
	ck_assert_int_eq(create("a.pdf", ((int64_t)1 << 31) + 1).status, 413);
	s.site.draft_quota_bytes = 5;
	ck_assert_int_eq(create("a.pdf", 6).status, 413);
	s.site.draft_quota_bytes = (int64_t)1 << 33;
	s.site.max_files = 0;
	ck_assert_int_eq(create("a.pdf", 6).status, 413);
	s.site.max_files = 60;
	s.site.reserve_percent = 100;
	struct sent sent = create("a.pdf", 6);
	ck_assert_int_eq(sent.status, 507);
	ck_assert_ptr_nonnull(strstr(sent.text.p, "presque plein"));
	s.site.reserve_percent = 0;
	const char *path = create("a.pdf", 6).location.p;
	s.site.reserve_percent = 100;
	ck_assert_int_eq(patch(path, 0, "123456").status, 507);
	s.site.reserve_percent = 0;
	ck_assert_int_eq(head(path).offset, 0);
	ck_assert_int_eq(patch(path, 0, "123456").status, 204); /* once there is room again */
}
END_TEST

START_TEST(nobody_else_reaches_a_draft_or_its_files)
{
	const char *path = create("a.pdf", 6).location.p;
	const struct someone *others[] = { &s.story.stranger, &s.story.lawyer, &s.story.judge };
	for (size_t i = 0; i < OPX_COUNT(others); i++) {
		ck_assert_int_eq(create_as(others[i], s.draft, header("a.pdf"), 6).status, 404);
		struct sent sent = piece_of(path, 0, header("x"));
		sent.who = others[i];
		scene_send(&s, &sent);
		ck_assert_int_eq(sent.status, 404);
		sent = tus(OPX_HEAD, path);
		sent.who = others[i];
		scene_send(&s, &sent);
		ck_assert_int_eq(sent.status, 404);
		sent = tus(OPX_DELETE, path);
		sent.who = others[i];
		scene_send(&s, &sent);
		ck_assert_int_eq(sent.status, 404);
	}
	ck_assert_int_eq(create_as(&s.story.expert, 999999, header("a.pdf"), 6).status, 404);
	ck_assert_int_eq(head(path).offset, 0);
}
END_TEST

START_TEST(a_file_taken_back_is_gone)
{
	size_t before = scene_count(&s, "incoming");
	const char *path = create("a.pdf", 6).location.p;
	ck_assert_uint_eq(scene_count(&s, "incoming"), before + 1);
	struct sent sent = tus(OPX_DELETE, path);
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 204);
	ck_assert_uint_eq(scene_count(&s, "incoming"), before);
	ck_assert_int_eq(head(path).status, 404);
	ck_assert_int_eq(patch(path, 0, "x").status, 404);
}
END_TEST

START_TEST(the_server_says_what_it_speaks)
{
	struct sent sent = tus(OPX_OPTIONS, "/televersement/");
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 204);
}
END_TEST

/* The same piece twice at the same moment, each by a process and a connection of its own: one is counted. */
START_TEST(two_pieces_of_one_upload_never_run_side_by_side)
{
	enum { SIZE = 4 << 20 };
	uint8_t *data = opx_arena_alloc(s.story.arena, 1, SIZE);
	memset(data, 'z', SIZE);
	const char *path = create("a.pdf", SIZE).location.p;
	int n_taken = 0, n_refused = 0;
	pid_t pids[4];
	for (size_t i = 0; i < OPX_COUNT(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			s.story.web = story_connect("opx_web");
			(void)opx_db_use_arena(s.story.web, s.story.arena);
			struct sent sent = piece_of(path, 0, (struct opx_bytes){ .p = data, .n = SIZE });
			scene_send(&s, &sent);
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
	ck_assert_int_eq(
		stat(opx_strf(s.story.arena, "%s/incoming/%s", s.root, path + strlen("/televersement/")).p,
		     &st),
		0);
	ck_assert_int_eq(st.st_size, SIZE);
	ck_assert_int_eq(row_of(file_at(path)).jobs, 1);
}
END_TEST

/* ---- checks */

static void compare_stored(const struct sql_files_row_row *row, struct opx_bytes data)
{
	struct opx_sha256 a = opx_sha256(data);
	struct opx_sha512 b = opx_sha512(data);
	struct opx_str path =
		opx_strf(s.story.arena, "%s/_blob/%.2s/%s", s.root, row->store_name.p, row->store_name.p);
	ck_assert_bytes(row->sha256, a.b, 32);
	ck_assert_bytes(row->sha512, b.b, 64);
	ck_assert_bytes(contents(path.p), data.p, data.n); /* the original bytes, unchanged */
}

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
	struct opx_bytes data =
		contents(opx_strf(s.story.arena, "%s/corpus/%s", getenv("OPX_TEST_FOLDER"), fields[1]).p);
	int64_t file = upload(s.draft, (struct opx_bytes){ .p = name, .n = n_name }, data);
	if (strcmp(fields[2], "-") != 0)
		ck_assert_ok(sql_files_declare(s.story.owner, file, opx_str_z(fields[2]), NULL, &err), err);
	size_t stored = scene_count(&s, "_blob");
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	struct sql_files_row_row row = row_of(file);
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
		ck_assert_uint_eq(scene_count(&s, "_blob"), stored); /* a refused file is not kept */
		return;
	}
	ck_assert_str(row.mime, fields[5]);
	int64_t pages = 0;
	ck_assert_ok(opx_parse_i64(opx_str_z(fields[6]), -1, INT32_MAX, &pages, &err), err);
	ck_assert_int_eq(row.pages_is_null ? -1 : row.pages, pages);
	compare_stored(&row, data);
}

START_TEST(each_file_of_the_hostile_corpus_has_its_verdict)
{
	char line[2048];
	size_t incoming = scene_count(&s, "incoming"), n = 0;
	int64_t before = s.draft;
	s.draft = scene_draft(&s, &s.story.expert);
	FILE *f = fopen(opx_strf(s.story.arena, "%s/corpus/expected", getenv("OPX_TEST_FOLDER")).p, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		check_case(line);
		n++;
	}
	(void)fclose(f);
	ck_assert_uint_ge(n, 35);
	ck_assert_uint_eq(scene_count(&s, "incoming"), incoming); /* nothing stays behind */
	s.draft = before;
}
END_TEST

START_TEST(a_job_run_twice_gives_one_result)
{
	struct opx_error err;
	int64_t file = upload(s.draft, OPX_BYTES("deux.pdf"), good_pdf());
	size_t stored = scene_count(&s, "_blob");
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	struct sql_files_row_row first = row_of(file);
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	struct sql_files_row_row second = row_of(file);
	ck_assert_str(second.state, "ready");
	ck_assert_str(second.store_name, first.store_name.p);
	ck_assert_uint_eq(scene_count(&s, "_blob"), stored + 1);
}
END_TEST

START_TEST(a_parser_that_is_not_there_leaves_the_file_waiting)
{
	struct opx_error err;
	struct opx_parser *right = s.services.parser;
	int64_t file = upload(s.draft, OPX_BYTES("attend.pdf"), good_pdf());
	size_t incoming = scene_count(&s, "incoming");
	s.services.parser = opx_parser_new("/nonexistent/opx-parse", NULL);
	ck_assert_status(scene_job(&s, "file.check", file, &err), OPX_UNAVAILABLE);
	struct sql_files_row_row row = row_of(file);
	ck_assert_str(row.state, "received"); /* kept, shown to nobody */
	ck_assert_uint_gt(row.store_name.n, 0);
	ck_assert_uint_eq(scene_count(&s, "incoming"), incoming);
	opx_parser_free(s.services.parser);
	s.services.parser = right;
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	ck_assert_str(row_of(file).state, "ready");
	ck_assert_str(row_of(file).store_name, row.store_name.p);
	ck_assert_uint_eq(scene_count(&s, "incoming"), incoming - 1);
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
	const char *killer = opx_strf(s.story.arena, "%s/killer", getenv("OPX_TEST_FOLDER")).p;
	struct opx_bytes data = good_pdf();
	int64_t file = upload(s.draft, OPX_BYTES("tue.pdf"), data);
	size_t stored = scene_count(&s, "_blob");
	write_killer(killer);
	pid_t pid = fork();
	if (pid == 0) {
		s.files = story_connect("opx_files");
		(void)opx_db_use_arena(s.files, s.story.arena);
		s.services.parser = opx_parser_new(killer, NULL);
		_exit((int)scene_job(&s, "file.check", file, NULL));
	}
	int status = 0;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	ck_assert_str(row_of(file).state, "received");
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	struct sql_files_row_row row = row_of(file);
	ck_assert_str(row.state, "ready");
	compare_stored(&row, data);
	ck_assert_uint_eq(scene_count(&s, "_blob"), stored + 1);
}
END_TEST

START_TEST(a_full_disk_is_a_sentence)
{
	struct opx_error err;
	int64_t file = upload(s.draft, OPX_BYTES("plein.pdf"), good_pdf());
	s.site.reserve_percent = 100;
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	s.site.reserve_percent = 0;
	struct sql_files_row_row row = row_of(file);
	ck_assert_str(row.state, "refused");
	ck_assert_ptr_nonnull(strstr(row.sentence.p, "presque plein"));
}
END_TEST

START_TEST(bytes_that_went_missing_are_a_sentence)
{
	struct opx_error err;
	struct sent made = create("perdu.pdf", 6);
	ck_assert_int_eq(patch(made.location.p, 0, "123456").status, 204);
	struct opx_str path = opx_strf(s.story.arena, "%s/incoming/%s", s.root,
				       made.location.p + strlen("/televersement/"));
	ck_assert_int_eq(truncate(path.p, 3), 0);
	ck_assert_ok(scene_job(&s, "file.check", file_at(made.location.p), &err), err);
	struct sql_files_row_row row = row_of(file_at(made.location.p));
	ck_assert_str(row.state, "refused");
	ck_assert_ptr_nonnull(strstr(row.sentence.p, "en entier"));
}
END_TEST

START_TEST(a_file_taken_back_during_its_check_stays_taken_back)
{
	struct opx_error err;
	struct sent made = create("repris.pdf", (int64_t)good_pdf().n);
	struct sent piece = piece_of(made.location.p, 0, good_pdf());
	scene_send(&s, &piece);
	int64_t file = file_at(made.location.p);
	struct sent sent = tus(OPX_DELETE, made.location.p);
	scene_send(&s, &sent);
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	ck_assert_str(row_of(file).state, "removed");
}
END_TEST

/* ---- the form */

#define BOUNDARY "----opx"
#define FIELD(n, v) "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n" v "\r\n"
#define FILE_PART(n, v)                                                                      \
	"--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"" n \
	"\"\r\nContent-Type: application/pdf\r\n\r\n" v "\r\n"
#define END "--" BOUNDARY "--\r\n"

static struct sent form(const char *body)
{
	struct sent sent = { .method = OPX_POST,
			     .path = opx_strf(s.story.arena, "/depot/%" PRId64, s.draft).p,
			     .announced = -1,
			     .who = &s.story.expert,
			     .body = header(body) };
	sent.headers[OPX_HDR_CONTENT_TYPE] = header("multipart/form-data; boundary=" BOUNDARY);
	return sent;
}

static size_t files_of(int64_t draft, const struct sql_files_of_draft_row **ret)
{
	struct opx_error err;
	size_t n = 0;
	ck_assert_ok(sql_files_of_draft(s.story.owner, draft, ret, &n, &err), err);
	return n;
}

START_TEST(a_form_brings_several_files_and_keeps_its_fields)
{
	const struct sql_files_of_draft_row *files = NULL;
	int64_t former = s.draft;
	s.draft = scene_draft(&s, &s.story.expert);
	struct sent sent = form(FIELD("_csrf", TOKEN) FIELD("nature", "court_decision")
					FIELD("titre", "Ordonnance") FILE_PART("un.pdf", "premier")
						FILE_PART("", "") FILE_PART("de\xcc\x81ux.pdf", "second")
							FILE_PART("../trois.pdf", "x")
								FIELD("action", "verifier") END);
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 303);
	ck_assert_str_eq(sent.location.p,
			 opx_strf(s.story.arena, "/dossiers/%" PRId64 "/brouillons/%" PRId64 "/verification",
				  s.dossier, s.draft)
				 .p);
	ck_assert_uint_eq(files_of(s.draft, &files), 3);
	ck_assert_str(files[0].state, "received");
	ck_assert_str(files[1].state, "received");
	ck_assert_bytes(files[1].name, "de\xcc\x81ux.pdf", 10);
	ck_assert_str(files[2].state, "refused");
	ck_assert_ptr_nonnull(strstr(files[2].sentence.p, "Renommez-le"));
	ck_assert_int_eq(row_of(files[0].id).jobs, 1);
	s.draft = former;
}
END_TEST

START_TEST(a_form_without_its_token_first_brings_nothing)
{
	static const char *const bodies[] = {
		FILE_PART("un.pdf", "premier") FIELD("_csrf", TOKEN) END,
		FIELD("_csrf", "wrong") FILE_PART("un.pdf", "premier") END,
		FIELD("titre", "a") END,
	};
	const struct sql_files_of_draft_row *files = NULL;
	size_t before = files_of(s.draft, &files), incoming = scene_count(&s, "incoming");
	for (size_t i = 0; i < OPX_COUNT(bodies); i++) {
		struct sent sent = form(bodies[i]);
		scene_send(&s, &sent);
		ck_assert_int_eq(sent.status, 403);
	}
	ck_assert_uint_eq(files_of(s.draft, &files), before);
	ck_assert_uint_eq(scene_count(&s, "incoming"), incoming);
}
END_TEST

START_TEST(a_form_that_is_cut_leaves_the_draft_as_it_was)
{
	const struct sql_files_of_draft_row *files = NULL;
	size_t before = files_of(s.draft, &files), incoming = scene_count(&s, "incoming");
	char *big = opx_arena_alloc(s.story.arena, 1, 200001);
	memset(big, 'a', 200000);
	struct sent sent = form(
		opx_strf(
			s.story.arena,
			FIELD("_csrf", TOKEN) FILE_PART(
				"un.pdf",
				"%s") "--" BOUNDARY
				      "\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"b.pdf\"\r\n\r\n%s",
			big, big)
			.p);
	sent.announced = (int64_t)sent.body.n + 1000;
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 422);
	ck_assert_uint_eq(files_of(s.draft, &files), before);
	/* The file that was whole has a name already: an orphan, which the sweep takes. The one that was cut never had one. */
	ck_assert_uint_eq(scene_count(&s, "incoming"), incoming + 1);
}
END_TEST

START_TEST(a_form_of_another_persons_draft_is_not_found)
{
	struct sent sent = form(FIELD("_csrf", TOKEN) FILE_PART("un.pdf", "premier") END);
	sent.who = &s.story.stranger;
	scene_send(&s, &sent);
	ck_assert_int_eq(sent.status, 404);
}
END_TEST

/* ---- what nobody needs */

static int64_t taken_draft, taken_file;

/* The person takes the file back while the lane has it in its hands. */
static int open_and_take_back(const struct opx_vfs *vfs, int dir_fd, const char *path, int flags, mode_t mode)
{
	struct opx_error err;
	(void)vfs;
	ck_assert_ok(sql_draft_file_remove(s.story.owner, taken_file, taken_draft, NULL, &err), err);
	return opx_vfs_real.open(&opx_vfs_real, dir_fd, path, flags, mode);
}

START_TEST(a_file_taken_back_while_it_is_stored_leaves_no_orphan)
{
	const struct opx_vfs *real = s.lane.vfs;
	struct opx_vfs slow = *real;
	slow.open = open_and_take_back;
	taken_draft = scene_draft(&s, &s.story.expert);
	taken_file = upload(taken_draft, OPX_BYTES("repris.pdf"), good_pdf());
	size_t stored = scene_count(&s, "_blob");
	s.lane.vfs = &slow;
	enum opx_status status = scene_job(&s, "file.check", taken_file, NULL);
	s.lane.vfs = real;
	ck_assert_status(status, OPX_CONFLICT);
	ck_assert_str(row_of(taken_file).state, "removed");
	ck_assert_uint_eq(scene_count(&s, "_blob"), stored); /* the sweep of tomorrow has nothing to do */
}
END_TEST

/* ---- the sweep */

START_TEST(the_sweep_takes_what_nobody_needs_and_nothing_younger)
{
	struct opx_error err;
	int64_t draft = scene_draft(&s, &s.story.expert);
	int64_t kept = upload(draft, OPX_BYTES("garde.pdf"), good_pdf()),
		dropped = upload(draft, OPX_BYTES("jette.pdf"), good_pdf());
	ck_assert_ok(scene_job(&s, "file.check", kept, &err), err);
	ck_assert_ok(scene_job(&s, "file.check", dropped, &err), err);
	int64_t waiting = upload(draft, OPX_BYTES("attend.pdf"), good_pdf());
	ck_assert_ok(sql_draft_file_remove(s.story.owner, dropped, draft, NULL, &err), err);
	FILE *f = fopen(opx_strf(s.story.arena, "%s/incoming/ffffffffffffffffffffffffffffffff", s.root).p,
			"we");
	ck_assert_ptr_nonnull(f);
	(void)fclose(f);
	size_t stored = scene_count(&s, "_blob"), incoming = scene_count(&s, "incoming");
	ck_assert_ok(scene_job(&s, "store.sweep", 0, &err), err);
	ck_assert_uint_eq(scene_count(&s, "_blob"), stored); /* all are younger than a day */
	ck_assert_uint_eq(scene_count(&s, "incoming"), incoming);
	s.lane.orphan_h = 0;
	ck_assert_ok(scene_job(&s, "store.sweep", 0, &err), err);
	s.lane.orphan_h = 24;
	ck_assert_uint_lt(scene_count(&s, "_blob"), stored);
	ck_assert_uint_lt(scene_count(&s, "incoming"), incoming);
	struct sql_files_row_row row = row_of(kept);
	compare_stored(&row, good_pdf());
	ck_assert_ok(scene_job(&s, "file.check", waiting, &err), err); /* its bytes were not swept */
	ck_assert_str(row_of(waiting).state, "ready");
	int fd = -1;
	const struct opx_reg_storage *storage = opx_registry_storage(s.registry);
	ck_assert_status(storage->it->open(storage->self, row_of(dropped).store_name, &fd, NULL),
			 OPX_NOT_FOUND);
}
END_TEST

START_TEST(a_draft_past_its_time_lets_its_files_go)
{
	struct opx_error err;
	int64_t draft = scene_draft(&s, &s.story.expert);
	int64_t file = upload(draft, OPX_BYTES("vieux.pdf"), good_pdf());
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	ck_assert_ok(sql_files_draft_state(s.story.owner, draft, OPX_STR("open"), -1, NULL, &err), err);
	s.lane.orphan_h = 0;
	ck_assert_ok(scene_job(&s, "store.sweep", 0, &err), err);
	s.lane.orphan_h = 24;
	int fd = -1;
	const struct opx_reg_storage *storage = opx_registry_storage(s.registry);
	ck_assert_status(storage->it->open(storage->self, row_of(file).store_name, &fd, NULL), OPX_NOT_FOUND);
	ck_assert_int_eq(create_as(&s.story.expert, draft, header("a.pdf"), 6).status, 404);
}
END_TEST

START_TEST(a_filed_draft_keeps_its_files)
{
	struct opx_error err;
	int64_t draft = scene_draft(&s, &s.story.expert);
	int64_t file = upload(draft, OPX_BYTES("depose.pdf"), good_pdf());
	ck_assert_ok(scene_job(&s, "file.check", file, &err), err);
	ck_assert_ok(sql_files_draft_state(s.story.owner, draft, OPX_STR("filed"), -1, NULL, &err), err);
	s.lane.orphan_h = 0;
	ck_assert_ok(scene_job(&s, "store.sweep", 0, &err), err);
	s.lane.orphan_h = 24;
	struct sql_files_row_row row = row_of(file);
	compare_stored(&row, good_pdf());
}
END_TEST

static void setup(void)
{
	scene_begin(&s);
}

static void teardown(void)
{
	scene_end(&s);
}

int main(void)
{
	Suite *suite = suite_create("files");
	TCase *tc = tcase_create("files");
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 240);
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
	tcase_add_test(tc, each_file_of_the_hostile_corpus_has_its_verdict);
	tcase_add_test(tc, a_job_run_twice_gives_one_result);
	tcase_add_test(tc, a_parser_that_is_not_there_leaves_the_file_waiting);
	tcase_add_test(tc, a_lane_killed_in_the_middle_goes_on);
	tcase_add_test(tc, a_full_disk_is_a_sentence);
	tcase_add_test(tc, bytes_that_went_missing_are_a_sentence);
	tcase_add_test(tc, a_file_taken_back_during_its_check_stays_taken_back);
	tcase_add_test(tc, a_form_brings_several_files_and_keeps_its_fields);
	tcase_add_test(tc, a_form_without_its_token_first_brings_nothing);
	tcase_add_test(tc, a_form_that_is_cut_leaves_the_draft_as_it_was);
	tcase_add_test(tc, a_form_of_another_persons_draft_is_not_found);
	tcase_add_test(tc, a_file_taken_back_while_it_is_stored_leaves_no_orphan);
	tcase_add_test(tc, the_sweep_takes_what_nobody_needs_and_nothing_younger);
	tcase_add_test(tc, a_draft_past_its_time_lets_its_files_go);
	tcase_add_test(tc, a_filed_draft_keeps_its_files);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
