/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_disposition.c: a file's name in Content-Disposition gives its bytes back and never breaks the header. */
#include "fuzz.h"

#include "base/codec.h"
#include "domain/draft.h"
#include "http/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char mark[] = "filename*=UTF-8''";
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	const struct opx_bytes name = { .p = data, .n = n };
	struct opx_bytes back;
	struct opx_str shown;
	struct opx_str header = opx_disposition(arena, name, OPX_STR("D017.pdf"));
	for (size_t i = 0; i < header.n; i++)
		FUZZ_CHECK(header.p[i] >= 0x20 && header.p[i] < 0x7f);
	const char *at = strstr(header.p, mark);
	FUZZ_CHECK(at != NULL);
	at += sizeof(mark) - 1;
	FUZZ_CHECK(opx_percent_decode(arena, opx_bytes_of(opx_str_z(at)), false, &back, NULL) == OPX_OK &&
		   opx_bytes_eq(back, name));
	/* A name that may come in is one line without a path. */
	if (opx_draft_name(arena, name, &shown, NULL) == OPX_OK)
		FUZZ_CHECK(strchr(shown.p, '/') == NULL && strchr(shown.p, '\\') == NULL &&
			   strlen(shown.p) == shown.n && !opx_utf8_has_forbidden(opx_bytes_of(shown)));
	return 0;
}
