/* SPDX-License-Identifier: MPL-2.0 */
/* disposition.c: a file's name in Content-Disposition: RFC 6266 with the RFC 8187 form, which gives the bytes back. */
#include "base/arena.h"
#include "base/codec.h"
#include "http/response.h"

struct opx_str opx_disposition(struct opx_arena *arena, struct opx_bytes name, struct opx_str ascii_name)
{
	struct opx_str encoded = opx_percent_encode(arena, name);
	for (size_t i = 0; i < ascii_name.n; i++) {
		char c = ascii_name.p[i];
		OPX_ASSERT(c > 0x20 && c < 0x7f && c != '"' && c != '\\');
	}
	return opx_strf(arena, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii_name.p, encoded.p);
}
