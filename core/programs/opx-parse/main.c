/* SPDX-License-Identifier: MPL-2.0 */
/* main.c: opx-parse: reads one hostile file, given as descriptor 0, shut in a sandbox; prints one report and ends.
 *
 * usage: opx-parse [--sandbox landlock|seccomp-only] pdf|image <FILE
 * status: 0 a report was printed · 2 usage · 3 the sandbox or a program it needs is not there: nothing was decided
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "pdf.h"
#include "report/report.h"
#include "sandbox.h"
#include "scan.h"

#define USAGE "usage: opx-parse [--sandbox landlock|seccomp-only] pdf|image <FILE\n"

struct order {
	enum sandbox_kind sandbox;
	bool is_pdf;
};

static bool read_order(int argc, char **argv, struct order *ret)
{
	int at = 1;
	if (argc > at + 1 && strcmp(argv[at], "--sandbox") == 0) {
		bool is_seccomp = strcmp(argv[at + 1], "seccomp-only") == 0;
		if (!is_seccomp && strcmp(argv[at + 1], "landlock") != 0)
			return false;
		ret->sandbox = is_seccomp ? SANDBOX_SECCOMP_ONLY : SANDBOX_LANDLOCK;
		at += 2;
	}
	if (argc != at + 1 || (strcmp(argv[at], "pdf") != 0 && strcmp(argv[at], "image") != 0))
		return false;
	ret->is_pdf = strcmp(argv[at], "pdf") == 0;
	return true;
}

static enum opx_status examine(const struct order *order, struct source *s, struct opx_report *report,
			       struct opx_error *err)
{
	OPX_TRY(sandbox_enter(order->sandbox, STDIN_FILENO, err));
	if (order->is_pdf)
		return pdf_examine(s, report, err);
	OPX_TRY(sandbox_narrow(err));
	report->reason = scan_image(s, report);
	report->verdict = report->reason == OPX_REASON_NONE ? OPX_REPORT_GOOD : OPX_REPORT_BAD;
	return OPX_OK;
}

static bool say(struct opx_str text)
{
	while (text.n > 0) {
		ssize_t n = write(STDOUT_FILENO, text.p, text.n);
		if (n <= 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct order order = { .sandbox = SANDBOX_LANDLOCK };
	struct opx_report report = { .verdict = OPX_REPORT_GOOD, .mime = "", .pages = -1 };
	struct opx_error err = { .status = OPX_OK };
	struct stat st;
	if (!read_order(argc, argv, &order) || fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)fputs(USAGE, stderr);
		return 2;
	}
	(void)close_range(3, ~0U, 0);
	struct opx_arena *arena = opx_arena_new(65536);
	struct source *s = calloc(1, sizeof(*s));
	OPX_ASSERT(s != NULL);
	source_of_fd(s, STDIN_FILENO, st.st_size);
	enum opx_status status = examine(&order, s, &report, &err);
	if (status != OPX_OK) {
		(void)fprintf(stderr, "opx-parse: %s\n", err.detail);
		_exit(3);
	}
	/* A disk that does not answer is no fault of the file. */
	if (s->is_broken) {
		(void)fputs("opx-parse: the file cannot be read\n", stderr);
		_exit(3);
	}
	/* _exit: the narrow sandbox leaves room for nothing that ends with a flourish, and leaks of a one-shot are none. */
	_exit(say(opx_report_format(arena, &report)) ? 0 : 3);
}
