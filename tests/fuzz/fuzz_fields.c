/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_fields.c: a query string, a form, a cookie header. */
#include "fuzz.h"

#include "http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	const struct opx_bytes in = { .p = data, .n = n };
	struct opx_request rq = { .arena = arena };
	struct opx_str text;
	struct opx_strs list;
	int64_t number;
	rq.cookies = opx_cookies_parse(arena, in);
	for (size_t i = 0; i < rq.cookies.n; i++)
		FUZZ_CHECK(rq.cookies.p[i].name.n > 0);
	(void)opx_request_cookie(&rq, OPX_STR("a"));
	if (opx_fields_parse(arena, in, &rq.query, NULL) != OPX_OK)
		return 0;
	for (size_t i = 0; i < rq.query.n; i++)
		FUZZ_CHECK(memchr(rq.query.p[i].value.p, '\0', rq.query.p[i].value.n) == NULL);
	text = opx_request_query(&rq, "q");
	FUZZ_CHECK(text.n <= 200 && strlen(text.p) == text.n);
	opx_form_set(&rq, rq.query);
	if (opx_form_opt_str(&rq, "q", OPX_TEXT_BLOCK, 1000, &text, NULL) == OPX_OK)
		FUZZ_CHECK(text.n <= 1000 && opx_utf8_is_valid(opx_bytes_of(text)));
	OPX_IGNORE(opx_form_str(&rq, "a", OPX_TEXT_LINE, 100, &text, NULL));
	OPX_IGNORE(opx_form_i64(&rq, "n", -5, 5, &number, NULL));
	OPX_IGNORE(opx_form_list(&rq, "l", 100, &list, NULL));
	(void)opx_form_has(&rq, "h");
	return 0;
}
