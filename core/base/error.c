/* SPDX-License-Identifier: MPL-2.0 */
/* error.c: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Cuts text at max bytes without leaving half a character. */
static size_t whole_chars(const char *text, size_t max)
{
	size_t n = strlen(text);
	if (n <= max)
		return n;
	n = max;
	while (n > 0 && ((unsigned char)text[n] & 0xC0U) == 0x80U)
		n--;
	return n;
}

/* Appends text to user, whole characters only; how long user is now. */
static size_t put_user(struct opx_error *err, size_t at, const char *text, size_t max)
{
	size_t room = sizeof(err->user) - 1 - at;
	size_t n = whole_chars(text, max < room ? max : room);
	memcpy(err->user + at, text, n);
	err->user[at + n] = '\0';
	return at + n;
}

static void put_detail(struct opx_error *err, const char *fmt, va_list args) OPX_PRINTF(2, 0);

static void put_detail(struct opx_error *err, const char *fmt, va_list args)
{
	(void)vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	for (char *p = err->detail; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20U || *p == 0x7f)
			*p = '?';
}

enum opx_status opx_error_set(struct opx_error *err, const char *file, int line, enum opx_status status,
			      const char *user, const char *fmt, ...)
{
	if (err == NULL)
		return status;
	err->status = status;
	err->file = file;
	err->line = line;
	(void)put_user(err, 0, user, SIZE_MAX);
	va_list args;
	va_start(args, fmt);
	put_detail(err, fmt, args);
	va_end(args);
	return status;
}

#define ARG_MAX_BYTES 120

enum opx_status opx_error_set_arg(struct opx_error *err, const char *file, int line, enum opx_status status,
				  const char *user, const char *arg, const char *fmt, ...)
{
	if (err == NULL)
		return status;
	err->status = status;
	err->file = file;
	err->line = line;
	const char *at = strstr(user, "%s");
	size_t n = put_user(err, 0, user, at != NULL ? (size_t)(at - user) : SIZE_MAX);
	if (at != NULL) {
		n = put_user(err, n, arg, ARG_MAX_BYTES);
		(void)put_user(err, n, at + 2, SIZE_MAX);
	}
	va_list args;
	va_start(args, fmt);
	put_detail(err, fmt, args);
	va_end(args);
	return status;
}

const char *opx_status_name(enum opx_status status)
{
	static const char *const names[] = {
		"ok",       "invalid",   "unauthenticated", "forbidden", "not_found",
		"conflict", "too_large", "unavailable",     "internal",
	};
	_Static_assert(OPX_COUNT(names) == OPX_STATUS_COUNT, "one name a status");
	return (unsigned)status < OPX_STATUS_COUNT ? names[status] : "unknown";
}

void opx_assert_failed(const char *expr, const char *file, int line)
{
	(void)fprintf(stderr, "level=error event=assert expr=\"%s\" at=%s:%d\n", expr, file, line);
	abort();
}
