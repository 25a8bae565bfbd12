/* SPDX-License-Identifier: MPL-2.0 */
/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

void opx_buf_init(struct opx_buf *buf, struct opx_arena *arena, size_t max_bytes)
{
	*buf = (struct opx_buf){ .arena = arena, .max = max_bytes };
}

/* Room for n more bytes and a NUL, or is_full. */
static bool reserve(struct opx_buf *buf, size_t n)
{
	if (buf->is_full || n > buf->max || buf->n > buf->max - n) {
		buf->is_full = true;
		return false;
	}
	size_t need = buf->n + n + 1;
	if (need <= buf->cap)
		return true;
	size_t cap = buf->cap == 0 ? 256 : buf->cap * 2;
	if (cap < need)
		cap = need;
	buf->p = opx_arena_grow(buf->arena, buf->p, buf->cap, cap);
	buf->cap = cap;
	return true;
}

void opx_buf_put(struct opx_buf *buf, const void *data, size_t n)
{
	bool has_room = !buf->is_full && n < buf->cap - buf->n && n <= buf->max - buf->n;
	if (n == 0 || (!has_room && !reserve(buf, n)))
		return;
	memcpy(buf->p + buf->n, data, n);
	buf->n += n;
}

void opx_buf_putc(struct opx_buf *buf, char c)
{
	opx_buf_put(buf, &c, 1);
}

void opx_buf_puts(struct opx_buf *buf, const char *z)
{
	opx_buf_put(buf, z, strlen(z));
}

void opx_buf_put_str(struct opx_buf *buf, struct opx_str s)
{
	opx_buf_put(buf, s.p, s.n);
}

void opx_buf_put_i64(struct opx_buf *buf, int64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	for (; left > 9; left /= 10)
		digits[--at] = (char)('0' + left % 10);
	digits[--at] = (char)('0' + left);
	if (v < 0)
		digits[--at] = '-';
	opx_buf_put(buf, digits + at, sizeof(digits) - at);
}

void opx_buf_printf(struct opx_buf *buf, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	/* Most of what is printed fits where the buffer stands: one pass then. */
	size_t room = buf->cap - buf->n;
	int n = vsnprintf(room > 0 ? (char *)buf->p + buf->n : NULL, room, fmt, args);
	va_end(args);
	OPX_ASSERT(n >= 0);
	bool is_written = (size_t)n < room;
	if (reserve(buf, (size_t)n)) {
		if (!is_written)
			(void)vsnprintf((char *)buf->p + buf->n, (size_t)n + 1, fmt, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}

enum opx_status opx_buf_ok(const struct opx_buf *buf, struct opx_error *err)
{
	if (buf->is_full)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce contenu est trop long."), "buffer over %zu bytes",
				buf->max);
	return OPX_OK;
}

struct opx_bytes opx_buf_bytes(const struct opx_buf *buf)
{
	return (struct opx_bytes){ .p = buf->p, .n = buf->n };
}

struct opx_str opx_buf_str(struct opx_buf *buf)
{
	if (buf->p == NULL)
		return OPX_STR("");
	buf->p[buf->n] = '\0';
	return (struct opx_str){ .p = (const char *)buf->p, .n = buf->n };
}
