/* SPDX-License-Identifier: MPL-2.0 */
/* writer.c: see writer.h. */
#include "evidence/writer.h"

#include <inttypes.h>

#include "base/codec.h"
#include "evidence/json.h"

void opx_writer_begin(struct opx_writer *w, struct opx_arena *arena)
{
	*w = (struct opx_writer){ .needs_comma = false };
	opx_buf_init(&w->buf, arena, OPX_JSON_MAX_BYTES);
	opx_buf_putc(&w->buf, '{');
}

static void put_string(struct opx_writer *w, struct opx_str s)
{
	w->is_wrong = w->is_wrong || !opx_utf8_is_valid(opx_bytes_of(s)) ||
		      opx_utf8_has_forbidden(opx_bytes_of(s));
	opx_buf_putc(&w->buf, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			opx_buf_putc(&w->buf, '\\');
		opx_buf_putc(&w->buf, s.p[i]);
	}
	opx_buf_putc(&w->buf, '"');
}

static void put_name(struct opx_writer *w, const char *name)
{
	opx_buf_printf(&w->buf, "%s\"%s\":", w->needs_comma ? "," : "", name);
	w->needs_comma = true;
}

void opx_writer_str(struct opx_writer *w, const char *name, struct opx_str value)
{
	put_name(w, name);
	put_string(w, value);
}

static void put_int(struct opx_writer *w, int64_t value)
{
	w->is_wrong = w->is_wrong || value > OPX_JSON_MAX_INT || value < -OPX_JSON_MAX_INT;
	opx_buf_printf(&w->buf, "%" PRId64, value);
}

void opx_writer_int(struct opx_writer *w, const char *name, int64_t value)
{
	put_name(w, name);
	put_int(w, value);
}

void opx_writer_hex(struct opx_writer *w, const char *name, struct opx_bytes value)
{
	opx_writer_str(w, name, opx_hex_str(w->buf.arena, value));
}

void opx_writer_time(struct opx_writer *w, const char *name, struct opx_instant value)
{
	char text[OPX_TIME_CHARS + 1];
	opx_instant_format(value, text);
	opx_writer_str(w, name, opx_str_z(text));
}

void opx_writer_people(struct opx_writer *w, const char *name, const int32_t *people, size_t n)
{
	put_name(w, name);
	opx_buf_putc(&w->buf, '[');
	for (size_t i = 0; i < n; i++) {
		OPX_ASSERT(people[i] > 0 && (i == 0 || people[i] > people[i - 1]));
		opx_buf_printf(&w->buf, "%s\"P%" PRId32 "\"", i > 0 ? "," : "", people[i]);
	}
	opx_buf_putc(&w->buf, ']');
}

void opx_writer_strs(struct opx_writer *w, const char *name, struct opx_strs values)
{
	put_name(w, name);
	opx_buf_putc(&w->buf, '[');
	for (size_t i = 0; i < values.n; i++) {
		if (i > 0)
			opx_buf_putc(&w->buf, ',');
		put_string(w, values.p[i]);
	}
	opx_buf_putc(&w->buf, ']');
}

void opx_writer_ints(struct opx_writer *w, const char *name, struct opx_i64s values)
{
	put_name(w, name);
	opx_buf_putc(&w->buf, '[');
	for (size_t i = 0; i < values.n; i++) {
		if (i > 0)
			opx_buf_putc(&w->buf, ',');
		put_int(w, values.p[i]);
	}
	opx_buf_putc(&w->buf, ']');
}

void opx_writer_open(struct opx_writer *w, const char *name)
{
	put_name(w, name);
	opx_buf_putc(&w->buf, '{');
	w->needs_comma = false;
}

void opx_writer_close(struct opx_writer *w)
{
	opx_buf_putc(&w->buf, '}');
	w->needs_comma = true;
}

enum opx_status opx_writer_end(struct opx_writer *w, struct opx_bytes *ret, struct opx_error *err)
{
	opx_buf_putc(&w->buf, '}');
	if (w->is_wrong)
		return OPX_FAIL(err, OPX_INVALID,
				N_("Un texte contient des caractères que le journal refuse."),
				"a string or an integer that the format refuses");
	OPX_TRY(opx_buf_ok(&w->buf, err));
	*ret = opx_buf_bytes(&w->buf);
	return OPX_OK;
}
