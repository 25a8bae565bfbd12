/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-parse: examines one hostile file, or keeps itself ready to do so for a lane, each file in a process of its own.
 *
 * usage: opx-parse [--sandbox landlock|seccomp-only] pdf|image <FILE
 *        opx-parse [--sandbox landlock|seccomp-only] --serve     standard input: the lane's socket (core/base/parse_wire.h)
 * status: 0 a report was printed · 2 usage · 3 the sandbox or a program it needs is not there: nothing was decided
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "examine.h"
#include "sandbox.h"
#include "serve.h"

#define USAGE "usage: opx-parse [--sandbox landlock|seccomp-only] pdf|image <FILE\n"

static bool read_order(int argc, char **argv, enum sandbox_kind *ret_kind, const char **ret_word)
{
	int at = 1;
	if (argc > at + 1 && strcmp(argv[at], "--sandbox") == 0) {
		bool is_seccomp = strcmp(argv[at + 1], "seccomp-only") == 0;
		if (!is_seccomp && strcmp(argv[at + 1], "landlock") != 0)
			return false;
		*ret_kind = is_seccomp ? SANDBOX_SECCOMP_ONLY : SANDBOX_LANDLOCK;
		at += 2;
	}
	if (argc != at + 1)
		return false;
	*ret_word = argv[at];
	return true;
}

static void work(void *self, const char *kind)
{
	examine(self, kind);
}

int main(int argc, char **argv)
{
	struct sandbox sandbox;
	struct opx_error err = { .status = OPX_OK };
	enum sandbox_kind kind = SANDBOX_LANDLOCK;
	const char *word = NULL;
	if (!read_order(argc, argv, &kind, &word)) {
		(void)fputs(USAGE, stderr);
		return 2;
	}
	(void)close_range(3, ~0U, 0);
	if (sandbox_make(kind, &sandbox, &err) != OPX_OK || sandbox_prepare(&err) != OPX_OK) {
		(void)fprintf(stderr, "opx-parse: %s\n", err.detail);
		_exit(3);
	}
	if (strcmp(word, "--serve") != 0)
		examine(&sandbox, word);
	(void)malloc_trim(
		0); /* what the filters' making left behind is put in order once, not in each process */
	const struct serve order = { .socket = STDIN_FILENO, .work = work, .self = &sandbox };
	serve(&order);
	_exit(3); /* it could not begin */
}
