/* SPDX-License-Identifier: MPL-2.0 */
/* href.c: see href.h. */
#include "html/href.h"

#include <inttypes.h>
#include <stdarg.h>

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
		if (*p != '%') {
			opx_buf_putc(&buf, *p);
			continue;
		}
		p++;
		OPX_ASSERT(*p == 'd' || *p == 's');
		if (*p == 'd')
			opx_buf_printf(&buf, "%" PRId64, va_arg(args, int64_t));
		else
			opx_buf_put_str(&buf, opx_percent_encode(arena,
								 opx_bytes_of(va_arg(args, struct opx_str))));
	}
	va_end(args);
	OPX_ASSERT(!buf.is_full);
	return (struct opx_href){ .url = opx_buf_str(&buf) };
}

struct opx_href opx_href_query(struct opx_arena *arena, struct opx_str path, struct opx_str q,
			       const char *name, int64_t n)
{
	struct opx_str value = opx_percent_encode(arena, opx_bytes_of(q));
	const char *mark = memchr(path.p, '?', path.n) != NULL ? "&" : "?";
	if (q.n == 0)
		return (struct opx_href){ .url = opx_strf(arena, "%s%s%s=%" PRId64, path.p, mark, name, n) };
	return (struct opx_href){ .url = opx_strf(arena, "%s%sq=%s&%s=%" PRId64, path.p, mark, value.p, name,
						  n) };
}

struct opx_href opx_href_at(struct opx_arena *arena, struct opx_str origin, struct opx_href path)
{
	return (struct opx_href){ .url = opx_strf(arena, "%s%s", origin.p, path.url.p) };
}
