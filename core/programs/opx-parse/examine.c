/* SPDX-License-Identifier: MPL-2.0 */
/* examine.c: see examine.h. */
#include "examine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "pdf.h"
#include "report/report.h"
#include "sandbox.h"
#include "scan.h"

static enum opx_status ask(const struct sandbox *sandbox, bool is_pdf, struct source *s,
			   struct opx_report *report, struct opx_error *err)
{
	OPX_TRY(sandbox_enter(sandbox, STDIN_FILENO, is_pdf, err));
	if (is_pdf)
		return pdf_examine(s, report, err);
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

/* _exit: the narrow sandbox leaves room for nothing that ends with a flourish, and leaks of a one-shot are none. */
_Noreturn static void give_up(int status, const char *why)
{
	(void)fprintf(stderr, "opx-parse: %s\n", why);
	_exit(status);
}

void examine(const struct sandbox *sandbox, const char *kind)
{
	struct opx_report report = { .verdict = OPX_REPORT_GOOD, .mime = "", .pages = -1 };
	struct opx_error err = { .status = OPX_OK };
	struct stat st;
	bool is_pdf = strcmp(kind, "pdf") == 0;
	if (!is_pdf && strcmp(kind, "image") != 0)
		give_up(2, "no such kind of file");
	if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode))
		give_up(2, "standard input is not a file");
	struct opx_arena *arena = opx_arena_new(65536);
	struct source *s = calloc(1, sizeof(*s));
	OPX_ASSERT(s != NULL);
	source_of_fd(s, STDIN_FILENO, st.st_size);
	if (ask(sandbox, is_pdf, s, &report, &err) != OPX_OK)
		give_up(3, err.detail);
	/* A disk that does not answer is no fault of the file. */
	if (s->is_broken)
		give_up(3, "the file cannot be read");
	_exit(say(opx_report_format(arena, &report)) ? 0 : 3);
}
