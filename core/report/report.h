/* SPDX-License-Identifier: MPL-2.0 */
/* report.h: the report of opx-parse on a hostile file: a verdict, a reason from a closed list, what was found.
 *
 * {"verdict":"good","reason":"none","mime":"application/pdf","pages":12,"encrypted":0,"active":["JavaScript"],"width":0,"height":0}
 * All members, in any order, and nothing else. A report comes from a process that read hostile bytes: it is checked as input.
 */
#ifndef OPX_REPORT_REPORT_H
#define OPX_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_host;
struct opx_job;

#define OPX_REPORT_MAX_BYTES 65536

enum opx_report_verdict { OPX_REPORT_GOOD, OPX_REPORT_BAD, OPX_REPORT_UNKNOWN, OPX_REPORT_VERDICTS };

enum opx_report_reason {
	OPX_REASON_NONE,
	OPX_REASON_EMPTY,
	OPX_REASON_NOT_PDF,  /* does not begin with %PDF- */
	OPX_REASON_NO_END,   /* no %%EOF at the end: cut off */
	OPX_REASON_POLYGLOT, /* is something else too: an archive, a page, a program */
	OPX_REASON_PASSWORD, /* cannot be opened without one */
	OPX_REASON_DAMAGED,  /* its structure cannot be read */
	OPX_REASON_TOO_MANY_PAGES,
	OPX_REASON_TOO_MANY_OBJECTS,
	OPX_REASON_NOT_IMAGE, /* neither JPEG nor PNG */
	OPX_REASON_TRUNCATED, /* an image that ends too early */
	OPX_REASON_TOO_MANY_PIXELS,
	OPX_REASON_TOO_LARGE, /* more bytes than are examined */
	OPX_REASON_LIMITS,    /* time or memory was spent */
	OPX_REASON_ENDED,     /* the parser itself ended without a word */
	OPX_REASONS
};

/* What a PDF can do by itself: bits of struct opx_report.active. */
enum opx_report_active {
	OPX_ACTIVE_JAVASCRIPT = 1,
	OPX_ACTIVE_OPEN_ACTION = 2, /* other than going to a page */
	OPX_ACTIVE_AA = 4,
	OPX_ACTIVE_LAUNCH = 8,
	OPX_ACTIVE_EMBEDDED_FILE = 16,
	OPX_ACTIVE_RICH_MEDIA = 32,
	OPX_ACTIVE_XFA = 64,
	OPX_ACTIVE_SUBMIT_FORM = 128,
};

struct opx_report {
	enum opx_report_verdict verdict;
	enum opx_report_reason reason;
	const char
		*mime; /* "" when the type is not recognised; "application/pdf", "image/jpeg", "image/png" */
	int32_t pages; /* -1: none */
	bool is_encrypted;
	unsigned active;
	int32_t width, height; /* 0: no image */
};

/* What stands for a report that did not come. */
extern const struct opx_report opx_report_ended;

/* For a plugin that checks files: has opx-parse examine fd as what its kind says ("pdf", "image"). Whatever wrote something else than a
 * report was no parser any more: nothing is known of the file then (opx_report_ended), and the operator is told. */
OPX_MUST_USE enum opx_status opx_report_ask(const struct opx_host *host, struct opx_job *job,
					    const char *kind, int fd, struct opx_report *ret,
					    struct opx_error *err);

/* Names of reasons, for logs: "none", "password", … */
const char *opx_report_reason_name(enum opx_report_reason reason);
/* Name of one bit: "JavaScript", …; NULL when it is none. */
const char *opx_report_active_name(unsigned bit);
struct opx_str opx_report_format(struct opx_arena *arena, const struct opx_report *report);
/* OPX_INVALID for anything but a report. mime points to a constant. */
OPX_MUST_USE enum opx_status opx_report_read(struct opx_str json, struct opx_report *ret,
					     struct opx_error *err);

#endif
