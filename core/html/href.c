/* SPDX-License-Identifier: MPL-2.0 */
/* href.c: see href.h. */
#include "html/href.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"

#define MAX_HREF 4096

struct opx_href opx_href_make(struct opx_arena *arena, const char *pattern, ...)
{
	struct opx_buf buf;
	opx_buf_init(&buf, arena, MAX_HREF);
	va_list args;
	va_start(args, pattern);
	for (const char *p = pattern; *p != '\0'; p++) {
		size_t n = strcspn(p, "%");
		opx_buf_put(&buf, p, n);
		p += n;
		if (*p == '\0')
			break;
		p++;
		OPX_ASSERT(*p == 'd' || *p == 's');
		if (*p == 'd')
			opx_buf_put_i64(&buf, va_arg(args, int64_t));
		else
			opx_buf_put_str(&buf, opx_percent_encode(arena,
								 opx_bytes_of(va_arg(args, struct opx_str))));
	}
	va_end(args);
	OPX_ASSERT(!buf.is_full);
	return (struct opx_href){ .url = opx_buf_str(&buf) };
}

struct opx_href opx_href_query(struct opx_arena *arena, struct opx_href href,
			       const struct opx_href_field *fields, size_t n)
{
	/* Without MAX_HREF: a value is as long as the request that brought it. */
	for (size_t i = 0; i < n; i++) {
		const char *mark = memchr(href.url.p, '?', href.url.n) != NULL ? "&" : "?";
		struct opx_str value = opx_percent_encode(arena, opx_bytes_of(fields[i].value));
		if (value.n > 0)
			href.url = opx_strf(arena, "%s%s%s=%s", href.url.p, mark, fields[i].name, value.p);
	}
	return href;
}

struct opx_href opx_href_at(struct opx_arena *arena, struct opx_str origin, struct opx_href path)
{
	return (struct opx_href){ .url = opx_strf(arena, "%s%s", origin.p, path.url.p) };
}
