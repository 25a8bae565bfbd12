/* SPDX-License-Identifier: MPL-2.0 */
/* global_body.c: see global_body.h. */
#include "global_body.h"

#include <string.h>

#include "base/codec.h"
#include "evidence/json.h"
#include "evidence/writer.h"

static void begin(struct opx_writer *w, struct opx_arena *arena, const char *type, struct opx_str origin,
		  struct opx_instant at)
{
	opx_writer_begin(w, arena);
	opx_writer_int(w, "v", 1);
	opx_writer_str(w, "type", opx_str_z(type));
	opx_writer_str(w, "log", origin);
	opx_writer_time(w, "at", at);
}

static enum opx_status end(struct opx_writer *w, const struct opx_random *random, struct opx_bytes *ret,
			   struct opx_error *err)
{
	uint8_t salt[32];
	opx_random_fill(random, salt, sizeof(salt));
	opx_writer_hex(w, "salt", (struct opx_bytes){ .p = salt, .n = sizeof(salt) });
	return opx_writer_end(w, ret, err);
}

enum opx_status opx_global_release(struct opx_arena *arena, const struct opx_random *random,
				   struct opx_str origin, struct opx_instant at, const char *build,
				   const struct opx_sha256 *program, struct opx_bytes *ret,
				   struct opx_error *err)
{
	struct opx_writer w;
	begin(&w, arena, "release", origin, at);
	opx_writer_open(&w, "release");
	opx_writer_str(&w, "build", opx_str_z(build));
	opx_writer_hex(&w, "sha256", (struct opx_bytes){ .p = program->b, .n = 32 });
	opx_writer_close(&w);
	return end(&w, random, ret, err);
}

enum opx_status opx_global_head(struct opx_arena *arena, const struct opx_random *random,
				struct opx_str origin, struct opx_instant at, const struct opx_head *head,
				struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_writer w;
	begin(&w, arena, "case.head", origin, at);
	opx_writer_open(&w, "head");
	opx_writer_str(&w, "log", head->origin);
	opx_writer_int(&w, "size", (int64_t)head->size);
	opx_writer_str(&w, "root", opx_base64(arena, (struct opx_bytes){ .p = head->root.b, .n = 32 }));
	opx_writer_close(&w);
	return end(&w, random, ret, err);
}

enum opx_status opx_global_head_of(struct opx_arena *arena, struct opx_bytes body, struct opx_str *ret_origin,
				   int64_t *ret_size, struct opx_error *err)
{
	OPX_AUTO_JSON json = NULL;
	OPX_TRY(opx_json_read(body, &json, err));
	const char *type = json_string_value(json_object_get(json, "type"));
	const json_t *head = json_object_get(json, "head");
	const char *origin = json_string_value(json_object_get(head, "log"));
	int64_t size = json_integer_value(json_object_get(head, "size"));
	*ret_origin = OPX_STR("");
	*ret_size = 0;
	if (type == NULL || strcmp(type, "case.head") != 0)
		return OPX_OK;
	if (origin == NULL || size <= 0)
		return OPX_FAIL(err, OPX_INVALID, N_("Une ligne du journal général n’a pas la bonne forme."),
				"case.head without a head");
	*ret_origin = opx_str_copy(arena, origin, strlen(origin));
	*ret_size = size;
	return OPX_OK;
}
