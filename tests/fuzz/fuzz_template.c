/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_template.c: a template to C: a fault has its line, and no literal that is written leaves its quotes. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "tplc.h"

#define CALL "opx_html_lit(h, \""

/* Each literal is one line of C: opx_html_lit(h, "…"); with no quote inside but an escaped one. */
static void check_literals(const char *c)
{
	for (const char *p = strstr(c, CALL); p != NULL; p = strstr(p, CALL)) {
		p += strlen(CALL);
		while (*p != '"') {
			FUZZ_CHECK(*p != '\0' && *p != '\n');
			p += *p == '\\' ? 2 : 1;
		}
		FUZZ_CHECK(strncmp(p, "\");\n", 4) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	char *c = NULL, *h = NULL;
	size_t n_c = 0, n_h = 0;
	struct opx_error err = { .status = OPX_OK };
	struct tplc t = { .arena = arena,
			  .path = "fuzz.html",
			  .c = open_memstream(&c, &n_c),
			  .h = open_memstream(&h, &n_h),
			  .line = 1,
			  .err = &err };
	FUZZ_CHECK(t.c != NULL && t.h != NULL);
	enum opx_status status = tplc_compile(&t, (struct opx_bytes){ .p = data, .n = n }, "fuzz.h");
	(void)fclose(t.c);
	(void)fclose(t.h);
	/* An author who writes that call himself, in the list of parameters, is C's affair. */
	if (status == OPX_OK && memmem(data, n, CALL, strlen(CALL)) == NULL)
		check_literals(c);
	else if (status != OPX_OK)
		FUZZ_CHECK(strncmp(err.detail, "fuzz.html:", 10) == 0);
	free(c);
	free(h);
	return 0;
}
