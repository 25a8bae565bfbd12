/* SPDX-License-Identifier: MPL-2.0 */
/* href.h: addresses of our own pages, with a type of their own so that no unchecked text becomes one. */
#ifndef OPX_HTML_HREF_H
#define OPX_HTML_HREF_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct opx_arena;

struct opx_href {
	struct opx_str url;
};

/* A literal address. */
#define opx_href_lit(literal) ((struct opx_href){ .url = OPX_STR(literal) })

/* pattern holds %d for an int64_t and %s for a struct opx_str, which is percent-encoded. Nothing else after '%'. */
struct opx_href opx_href_make(struct opx_arena *arena, const char *pattern, ...);
/* A name of our own and what stands for it in a query. */
struct opx_href_field {
	const char *name;
	struct opx_str value;
};
/* href?name=value&…: each value percent-encoded, an empty one left out. href may have a query already. */
struct opx_href opx_href_query(struct opx_arena *arena, struct opx_href href,
			       const struct opx_href_field *fields, size_t n);
/* origin (a setting, https://…) followed by one of our paths. */
struct opx_href opx_href_at(struct opx_arena *arena, struct opx_str origin, struct opx_href path);

#endif
