/* SPDX-License-Identifier: MPL-2.0 */
/* pdf.c: see pdf.h. Each question is one run of a program that knows the answer. */
#include "pdf.h"

#include <string.h>

#include "base/num.h"
#include "scan.h"
#include "tool.h"

#define QPDF "/usr/bin/qpdf"
#define PDFINFO "/usr/bin/pdfinfo"
#define MAX_EXAMINED ((int64_t)1024 * 1024 * 1024)
#define KEPT 16384
#define ABSENT N_("Ce fichier n’a pas pu être examiné.")

/* qpdf's exit statuses. */
enum { QPDF_GOOD = 0, QPDF_ERRORS = 2, QPDF_WARNINGS = 3 };

struct kept {
	char text[KEPT + 1];
	size_t n;
};

static void keep(void *self, const uint8_t *data, size_t n)
{
	struct kept *kept = self;
	size_t room = KEPT - kept->n;
	memcpy(kept->text + kept->n, data, n < room ? n : room);
	kept->n += n < room ? n : room;
	kept->text[kept->n] = '\0';
}

static void hear_names(void *self, const uint8_t *data, size_t n)
{
	scan_names(self, data, n);
}

static enum opx_status absent(const char *program, struct opx_error *err)
{
	return OPX_FAIL(err, OPX_UNAVAILABLE, ABSENT, "%s cannot be run", program);
}

static void set(struct opx_report *report, enum opx_report_verdict verdict, enum opx_report_reason reason)
{
	report->verdict = verdict;
	report->reason = reason;
}

/* Does it open without a password? 0: no · 2: it has none · 3: it opens. */
static enum opx_status ask_password(struct opx_report *report, struct opx_error *err)
{
	static const char *const argv[] = { QPDF, "--requires-password", TOOL_FILE, NULL };
	struct kept kept = { .n = 0 };
	const struct tool tool = { .argv = argv, .wants_errors = true, .hear = keep, .self = &kept };
	int code = 0;
	enum tool_end end = tool_run(&tool, &code);
	if (end == TOOL_ABSENT)
		return absent(QPDF, err);
	if (end == TOOL_STOPPED) {
		set(report, OPX_REPORT_UNKNOWN, OPX_REASON_LIMITS);
		return OPX_OK;
	}
	report->is_encrypted = code == QPDF_GOOD || code == QPDF_WARNINGS;
	if (code == QPDF_GOOD)
		set(report, OPX_REPORT_BAD, OPX_REASON_PASSWORD);
	return OPX_OK;
}

/* Its structure, and every stream that it holds. Memory that ran out says nothing about the file. */
static enum opx_status ask_structure(struct opx_report *report, struct opx_error *err)
{
	static const char *const argv[] = { QPDF, "--check", TOOL_FILE, NULL };
	struct kept kept = { .n = 0 };
	const struct tool tool = { .argv = argv, .wants_errors = true, .hear = keep, .self = &kept };
	int code = 0;
	enum tool_end end = tool_run(&tool, &code);
	if (end == TOOL_ABSENT)
		return absent(QPDF, err);
	if (end == TOOL_STOPPED || (code == QPDF_ERRORS && strstr(kept.text, "bad_alloc") != NULL))
		set(report, OPX_REPORT_UNKNOWN, OPX_REASON_LIMITS);
	else if (code != QPDF_GOOD && code != QPDF_WARNINGS)
		set(report, OPX_REPORT_BAD, OPX_REASON_DAMAGED);
	return OPX_OK;
}

/* The names that it uses, decoded by qpdf wherever they hide. */
static enum opx_status ask_names(struct opx_report *report, struct opx_error *err)
{
	static const char *const argv[] = {
		QPDF, "--json=2", "--json-stream-data=none", "--json-key=qpdf", TOOL_FILE, NULL
	};
	struct scan_names names = { .n = 0 };
	const struct tool tool = { .argv = argv, .hear = hear_names, .self = &names };
	int code = 0;
	enum tool_end end = tool_run(&tool, &code);
	if (end == TOOL_ABSENT)
		return absent(QPDF, err);
	report->active = names.active;
	if (names.objects > SCAN_MAX_OBJECTS)
		set(report, OPX_REPORT_BAD, OPX_REASON_TOO_MANY_OBJECTS);
	else if (end == TOOL_STOPPED || (code != QPDF_GOOD && code != QPDF_WARNINGS))
		set(report, OPX_REPORT_UNKNOWN, OPX_REASON_LIMITS);
	return OPX_OK;
}

/* "Pages:           12" of pdfinfo. */
static bool read_pages(const char *text, int32_t *ret)
{
	const char *at = strncmp(text, "Pages:", 6) == 0 ? text : strstr(text, "\nPages:");
	int64_t n = 0;
	if (at == NULL)
		return false;
	at += *at == '\n' ? 7 : 6;
	at += strspn(at, " ");
	size_t len = strspn(at, "0123456789");
	char digits[16];
	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, at, len);
	digits[len] = '\0';
	if (opx_parse_i64((struct opx_str){ .p = digits, .n = len }, 0, INT32_MAX, &n, NULL) != OPX_OK)
		return false;
	*ret = (int32_t)n;
	return true;
}

static enum opx_status ask_pages(struct opx_report *report, struct opx_error *err)
{
	static const char *const argv[] = { PDFINFO, TOOL_FILE, NULL };
	struct kept kept = { .n = 0 };
	const struct tool tool = { .argv = argv, .hear = keep, .self = &kept };
	int code = 0;
	enum tool_end end = tool_run(&tool, &code);
	if (end == TOOL_ABSENT)
		return absent(PDFINFO, err);
	if (end == TOOL_STOPPED) {
		set(report, OPX_REPORT_UNKNOWN, OPX_REASON_LIMITS);
	} else if (code != 0 || !read_pages(kept.text, &report->pages) || report->pages == 0) {
		report->pages = -1;
		set(report, OPX_REPORT_BAD, OPX_REASON_DAMAGED);
	} else if (report->pages > SCAN_MAX_PAGES) {
		set(report, OPX_REPORT_BAD, OPX_REASON_TOO_MANY_PAGES);
	}
	return OPX_OK;
}

enum opx_status pdf_examine(struct source *s, struct opx_report *report, struct opx_error *err)
{
	static enum opx_status (*const questions[])(struct opx_report *,
						    struct opx_error *) = { ask_password, ask_structure,
									    ask_pages, ask_names };
	enum opx_report_reason reason = scan_pdf_ends(s);
	if (reason != OPX_REASON_NOT_PDF && reason != OPX_REASON_EMPTY)
		report->mime = "application/pdf";
	if (reason != OPX_REASON_NONE) {
		set(report, OPX_REPORT_BAD, reason);
		return OPX_OK;
	}
	if (s->size > MAX_EXAMINED) {
		set(report, OPX_REPORT_UNKNOWN, OPX_REASON_TOO_LARGE);
		return OPX_OK;
	}
	for (size_t i = 0; i < OPX_COUNT(questions) && report->verdict == OPX_REPORT_GOOD; i++)
		OPX_TRY(questions[i](report, err));
	return OPX_OK;
}
