/* SPDX-License-Identifier: MPL-2.0 */
/* error.c: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void put_detail(struct opx_error *err, const char *fmt, va_list args)
{
	(void)vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	for (char *p = err->detail; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20U || *p == 0x7f)
			*p = '?';
}

enum opx_status opx_error_set(struct opx_error *err, const char *file, int line, enum opx_status status, const char *user,
			      const char *fmt, ...)
{
	if (err == NULL)
		return status;
	err->status = status;
	err->file = file;
	err->line = line;
	(void)snprintf(err->user, sizeof(err->user), "%s", user);
	va_list args;
	va_start(args, fmt);
	put_detail(err, fmt, args);
	va_end(args);
	return status;
}

/* Cuts text at max bytes without leaving half a character. */
static int whole_chars(const char *text, size_t max)
{
	size_t n = strlen(text);
	if (n <= max)
		return (int)n;
	n = max;
	while (n > 0 && ((unsigned char)text[n] & 0xC0U) == 0x80U)
		n--;
	return (int)n;
}

enum opx_status opx_error_set_arg(struct opx_error *err, const char *file, int line, enum opx_status status,
				  const char *user, const char *arg, const char *fmt, ...)
{
	if (err == NULL)
		return status;
	err->status = status;
	err->file = file;
	err->line = line;
	const char *at = strstr(user, "%s");
	if (at == NULL)
		(void)snprintf(err->user, sizeof(err->user), "%s", user);
	else
		(void)snprintf(err->user, sizeof(err->user), "%.*s%.*s%s", (int)(at - user), user, whole_chars(arg, 120), arg,
			       at + 2);
	va_list args;
	va_start(args, fmt);
	put_detail(err, fmt, args);
	va_end(args);
	return status;
}

const char *opx_status_name(enum opx_status status)
{
	static const char *const names[] = {
		"ok",	    "invalid",	 "unauthenticated", "forbidden", "not_found",
		"conflict", "too_large", "unavailable",	    "internal",
	};
	_Static_assert(OPX_COUNT(names) == OPX_STATUS_COUNT, "one name a status");
	return (unsigned)status < OPX_STATUS_COUNT ? names[status] : "unknown";
}

void opx_assert_failed(const char *expr, const char *file, int line)
{
	(void)fprintf(stderr, "level=error event=assert expr=\"%s\" at=%s:%d\n", expr, file, line);
	abort();
}
