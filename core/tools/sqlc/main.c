/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: sqlc --out-c F.c --out-h F.h [--plugin] in.sql */
#include "sqlc.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

static int write_files(const struct sqlc_file *file, const char *out_c, const char *out_h, bool is_plugin)
{
	char guard[128];
	size_t n = 0;
	for (const char *p = base_name(out_h); *p != '\0' && n < sizeof(guard) - 1; p++)
		guard[n++] = isalnum((unsigned char)*p) != 0 ? (char)toupper((unsigned char)*p) : '_';
	guard[n] = '\0';
	OPX_AUTO_FILE h = fopen(out_h, "we");
	OPX_AUTO_FILE c = fopen(out_c, "we");
	if (h == NULL || c == NULL) {
		(void)fprintf(stderr, "sqlc: cannot write %s\n", h == NULL ? out_h : out_c);
		return 1;
	}
	sqlc_emit_header(h, file, guard, is_plugin);
	sqlc_emit_source(c, file, base_name(out_h), is_plugin);
	return ferror(h) != 0 || ferror(c) != 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out-c", required_argument, NULL, 'c' },
		{ "out-h", required_argument, NULL, 'h' },
		{ "plugin", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *out_c = NULL, *out_h = NULL;
	bool is_plugin = false;
	for (int o = 0; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (o == 'c')
			out_c = optarg;
		else if (o == 'h')
			out_h = optarg;
		else if (o == 'p')
			is_plugin = true;
		else
			return 2;
	}
	if (out_c == NULL || out_h == NULL || optind != argc - 1) {
		(void)fputs("usage: sqlc --out-c F.c --out-h F.h [--plugin] in.sql\n", stderr);
		return 2;
	}
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)256 * 1024 * 1024);
	struct sqlc_file file;
	struct opx_error err;
	if (sqlc_parse(arena, argv[optind], &file, &err) != OPX_OK) {
		(void)fprintf(stderr, "%s\n", err.detail);
		return 1;
	}
	return write_files(&file, out_c, out_h, is_plugin);
}
