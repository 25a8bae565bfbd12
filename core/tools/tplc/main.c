/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: tplc --out-c F.c --out-h F.h in.html: the files; compile.c does the work. */
#include "tplc.h"

#include <getopt.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"

OPX_MUST_USE static enum opx_status compile_file(struct tplc *t, const char *out_h)
{
	OPX_AUTO_FILE in = fopen(t->path, "re");
	if (in == NULL)
		return tplc_fail(t, "cannot be read");
	uint8_t *text = opx_arena_alloc(t->arena, 1, TPLC_MAX_FILE);
	size_t n = fread(text, 1, TPLC_MAX_FILE, in);
	return tplc_compile(t, (struct opx_bytes){ .p = text, .n = n }, out_h);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out-c", required_argument, NULL, 'c' },
		{ "out-h", required_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *out_c = NULL, *out_h = NULL;
	for (int o = 0; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (o == 'c')
			out_c = optarg;
		else if (o == 'h')
			out_h = optarg;
		else
			return 2;
	}
	if (out_c == NULL || out_h == NULL || optind != argc - 1) {
		(void)fputs("usage: tplc --out-c F.c --out-h F.h in.html\n", stderr);
		return 2;
	}
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 * 1024 * 1024);
	OPX_AUTO_FILE c = fopen(out_c, "we");
	OPX_AUTO_FILE h = fopen(out_h, "we");
	if (c == NULL || h == NULL) {
		(void)fprintf(stderr, "tplc: cannot write %s\n", c == NULL ? out_c : out_h);
		return 1;
	}
	struct opx_error err;
	struct tplc t = { .arena = arena, .path = argv[optind], .c = c, .h = h, .line = 1, .err = &err };
	if (compile_file(&t, out_h) != OPX_OK) {
		(void)fprintf(stderr, "%s\n", err.detail);
		(void)unlink(out_c); /* a half-written file must not look made */
		return 1;
	}
	return 0;
}
