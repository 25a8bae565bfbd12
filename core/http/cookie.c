/* SPDX-License-Identifier: MPL-2.0 */
/* cookie.c: the Cookie header (RFC 6265 section 4.2), read leniently: what is odd is passed over. */
#include "http/request.h"

#define MAX_COOKIES 40

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct opx_fields opx_cookies_parse(struct opx_arena *arena, struct opx_bytes in)
{
	struct opx_field *list = OPX_NEW_N(arena, struct opx_field, MAX_COOKIES);
	size_t n = 0;
	size_t at = 0;
	while (at < in.n && n < MAX_COOKIES) {
		size_t end = at;
		while (end < in.n && in.p[end] != ';')
			end++;
		size_t from = at, to = end;
		while (from < to && is_space(in.p[from]))
			from++;
		while (to > from && is_space(in.p[to - 1]))
			to--;
		const uint8_t *equal = to > from ? memchr(in.p + from, '=', to - from) : NULL;
		if (equal != NULL && equal > in.p + from) {
			size_t n_name = (size_t)(equal - (in.p + from));
			list[n++] = (struct opx_field){ .name = { .p = in.p + from, .n = n_name },
							.value = { .p = equal + 1,
								   .n = to - from - n_name - 1 } };
		}
		at = end + 1;
	}
	return (struct opx_fields){ .p = list, .n = n };
}
