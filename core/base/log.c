/* SPDX-License-Identifier: MPL-2.0 */
/* log.c: see log.h. */
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"

#define LINE_MAX_BYTES 4096U

struct line {
	char p[LINE_MAX_BYTES];
	size_t n;
};

/* One byte stays for the LF. */
static size_t room_of(const struct line *line)
{
	return sizeof(line->p) - 1 - line->n;
}

static void put(struct line *line, const char *p, size_t n)
{
	size_t room = room_of(line);
	if (n > room)
		n = room;
	memcpy(line->p + line->n, p, n);
	line->n += n;
}

/* The bytes of one character that may stand in a value as they are, or 0: then the first byte is escaped. */
static size_t plain_bytes(struct opx_bytes rest)
{
	uint8_t c = rest.p[0];
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f && c != '"' && c != '\\' ? 1 : 0;
	for (size_t n = 2; n <= 4 && n <= rest.n; n++) {
		struct opx_bytes one = { .p = rest.p, .n = n };
		if (opx_utf8_is_valid(one))
			return opx_utf8_has_forbidden(one) ? 0 : n;
	}
	return 0;
}

/* "value", with quotes, backslashes, control and direction characters and what is not UTF-8 escaped. A value that does
 * not fit is cut between two characters; the closing quote always fits. */
static void put_quoted(struct line *line, struct opx_str s)
{
	const struct opx_bytes in = opx_bytes_of(s);
	put(line, "\"", 1);
	for (size_t i = 0; i < in.n && room_of(line) > 8;) {
		size_t n = plain_bytes((struct opx_bytes){ .p = in.p + i, .n = in.n - i });
		if (n > 0) {
			put(line, s.p + i, n);
			i += n;
			continue;
		}
		char escape[8];
		if (in.p[i] == '"' || in.p[i] == '\\')
			(void)snprintf(escape, sizeof(escape), "\\%c", s.p[i]);
		else
			(void)snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)in.p[i]);
		put(line, escape, strlen(escape));
		i++;
	}
	put(line, "\"", 1);
}

static void put_z(struct line *line, const char *z)
{
	put(line, z, strlen(z));
}

static void put_field(struct line *line, const struct opx_log_field *field)
{
	char number[24];
	if (room_of(line) < strlen(field->key) + sizeof(number) + 8)
		return; /* half a field would be worse than none */
	put_z(line, " ");
	put_z(line, field->key);
	put_z(line, "=");
	if (field->kind == OPX_KV_I64) {
		(void)snprintf(number, sizeof(number), "%" PRId64, field->i64);
		put_z(line, number);
	} else {
		put_quoted(line, field->str);
	}
}

void opx_log_write(const struct opx_logger *logger, enum opx_log_level level, const char *event,
		   const struct opx_log_field *fields, size_t n_fields)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	if (level < logger->level)
		return;
	struct line line = { .n = 0 };
	char time[OPX_TIME_CHARS + 1];
	opx_instant_format(opx_now(&opx_clock_real), time);
	put_z(&line, "time=");
	put_z(&line, time);
	put_z(&line, " level=");
	put_z(&line, levels[level]);
	put_z(&line, " process=");
	put_z(&line, logger->process != NULL ? logger->process : "-");
	put_z(&line, " event=");
	put_z(&line, event);
	if (logger->request_id.n > 0)
		put_field(&line, &KV_STR("request", logger->request_id));
	if (logger->person != 0)
		put_field(&line, &KV_I64("person", logger->person));
	for (size_t i = 0; i < n_fields; i++)
		put_field(&line, &fields[i]);
	line.p[line.n++] = '\n';
	ssize_t written = write(logger->fd, line.p, line.n);
	(void)written; /* there is nowhere left to say it */
}

void opx_log_error(const struct opx_logger *logger, enum opx_log_level level, const char *event,
		   const struct opx_error *err)
{
	OPX_LOG(logger, level, event, KV_Z("status", opx_status_name(err->status)),
		KV_Z("detail", err->detail), KV_Z("at", err->file != NULL ? err->file : "-"),
		KV_I64("line", err->line));
}
