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

static void put(struct line *line, const char *p, size_t n)
{
	size_t room = sizeof(line->p) - 1 - line->n; /* one byte stays for the LF */
	if (n > room)
		n = room;
	memcpy(line->p + line->n, p, n);
	line->n += n;
}

/* "value", with quotes, backslashes and everything outside printable ASCII escaped; UTF-8 letters stay. */
static void put_quoted(struct line *line, struct opx_str s)
{
	put(line, "\"", 1);
	for (size_t i = 0; i < s.n && line->n < sizeof(line->p) - 16; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char escape[8];
		if (c == '"' || c == '\\') {
			put(line, "\\", 1);
			put(line, s.p + i, 1);
		} else if (c < 0x20 || c == 0x7f) {
			int n = snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)c);
			put(line, escape, n > 0 ? (size_t)n : 0);
		} else {
			put(line, s.p + i, 1);
		}
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

void opx_log_error(const struct opx_logger *logger, enum opx_log_level level, const char *event, const struct opx_error *err)
{
	OPX_LOG(logger, level, event, KV_Z("status", opx_status_name(err->status)), KV_Z("detail", err->detail),
		KV_Z("at", err->file != NULL ? err->file : "-"), KV_I64("line", err->line));
}
