/* SPDX-License-Identifier: MPL-2.0 */
/* files.c: see files.h. */
#include "files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/digest.h"

struct scene files_scene;

struct opx_bytes files_header(const char *z)
{
	return opx_bytes_of(opx_str_z(z));
}

struct sent files_tus(enum opx_method method, const char *path)
{
	struct sent sent = {
		.method = method, .path = path, .announced = -1, .who = &files_scene.story.expert
	};
	sent.headers[OPX_HDR_TUS_RESUMABLE] = files_header("1.0.0");
	return sent;
}

struct sent files_create_as(const struct someone *who, int64_t draft, struct opx_bytes name, int64_t size)
{
	struct opx_arena *arena = files_scene.story.arena;
	struct sent sent = files_tus(OPX_POST, "/televersement/");
	sent.who = who;
	struct opx_str number = opx_base64(arena, opx_bytes_of(opx_strf(arena, "%" PRId64, draft)));
	sent.headers[OPX_HDR_UPLOAD_METADATA] =
		opx_bytes_of(opx_strf(arena, "brouillon %s,nom %s", number.p, opx_base64(arena, name).p));
	sent.headers[OPX_HDR_UPLOAD_LENGTH] = opx_bytes_of(opx_strf(arena, "%" PRId64, size));
	scene_send(&files_scene, &sent);
	return sent;
}

struct sent files_create(const char *name, int64_t size)
{
	return files_create_as(&files_scene.story.expert, files_scene.draft, files_header(name), size);
}

struct sent files_piece_of(const char *path, int64_t offset, struct opx_bytes body)
{
	struct sent sent = files_tus(OPX_PATCH, path);
	sent.headers[OPX_HDR_CONTENT_TYPE] = files_header("application/offset+octet-stream");
	sent.headers[OPX_HDR_UPLOAD_OFFSET] =
		opx_bytes_of(opx_strf(files_scene.story.arena, "%" PRId64, offset));
	sent.body = body;
	return sent;
}

struct sent files_patch(const char *path, int64_t offset, const char *body)
{
	struct sent sent = files_piece_of(path, offset, files_header(body));
	scene_send(&files_scene, &sent);
	return sent;
}

/* The file behind an address of tus. */
int64_t files_file_at(const char *path)
{
	struct opx_error err;
	struct sql_files_by_upload_row row;
	ck_assert_ok(sql_files_by_upload(files_scene.story.owner, opx_str_z(path + strlen("/televersement/")),
					 &row, &err),
		     err);
	return row.id;
}

struct sql_files_row_row files_row_of(int64_t file)
{
	struct opx_error err;
	struct sql_files_row_row row;
	ck_assert_ok(sql_files_row(files_scene.story.owner, file, &row, &err), err);
	return row;
}

struct opx_bytes files_contents(const char *path)
{
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	size_t n = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = opx_arena_alloc(files_scene.story.arena, 1, n);
	ck_assert_uint_eq(fread(data, 1, n, f), n);
	(void)fclose(f);
	return (struct opx_bytes){ .p = data, .n = n };
}

struct opx_bytes files_good_pdf(void)
{
	return files_contents(
		opx_strf(files_scene.story.arena, "%s/corpus/000", getenv("OPX_TEST_FOLDER")).p);
}

/* A whole file by pieces of 8 MB. */
int64_t files_upload(int64_t draft, struct opx_bytes name, struct opx_bytes data)
{
	struct sent made = files_create_as(&files_scene.story.expert, draft, name, (int64_t)data.n);
	ck_assert_int_eq(made.status, 201);
	for (size_t at = 0; at < data.n; at += 8388608) {
		size_t n = data.n - at < 8388608 ? data.n - at : 8388608;
		struct sent piece = files_piece_of(made.location.p, (int64_t)at,
						   (struct opx_bytes){ .p = data.p + at, .n = n });
		scene_send(&files_scene, &piece);
		ck_assert_int_eq(piece.status, 204);
		ck_assert_int_eq(piece.offset, (int64_t)(at + n));
	}
	return files_file_at(made.location.p);
}

void files_compare_stored(const struct sql_files_row_row *row, struct opx_bytes data)
{
	struct opx_sha256 a = opx_sha256(data);
	struct opx_sha512 b = opx_sha512(data);
	struct opx_str path = opx_strf(files_scene.story.arena, "%s/_blob/%.2s/%s", files_scene.root,
				       row->store_name.p, row->store_name.p);
	ck_assert_bytes(row->sha256, a.b, 32);
	ck_assert_bytes(row->sha512, b.b, 64);
	ck_assert_bytes(files_contents(path.p), data.p, data.n); /* the original bytes, unchanged */
}
