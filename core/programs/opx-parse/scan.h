/* SPDX-License-Identifier: MPL-2.0 */
/* scan.h: our own scanners of hostile bytes: both ends of a file, JPEG and PNG headers, names in what qpdf says of a PDF.
 *
 * Each fills what it found into the report and gives OPX_REASON_NONE, or the reason against the file.
 */
#ifndef OPX_PARSE_SCAN_H
#define OPX_PARSE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"
#include "source.h"

#define SCAN_MAX_PIXELS 50000000 /* 50 megapixels */
#define SCAN_MAX_PAGES 20000
#define SCAN_MAX_OBJECTS 2000000

/* Is the file something else too? An archive's end, a page, a script, or the head of another kind in its first and last 64 KB. */
bool scan_is_polyglot(struct source *s);
/* %PDF- at the first byte, %%EOF in the last 1,024 with only white space after it, not a polyglot. */
enum opx_report_reason scan_pdf_ends(struct source *s);
/* Type, width, height; whole to its last marker. */
enum opx_report_reason scan_image(struct source *s, struct opx_report *report);

/* Names of a PDF in the JSON that qpdf writes of its objects: a stream of bytes in, bits and a count out. */
struct scan_names {
	enum { NAMES_OUT, NAMES_STRING, NAMES_ESCAPE, NAMES_UNICODE } state;
	char text[32]; /* of the string being read; longer ones are none of ours */
	size_t n;
	unsigned code, n_code;
	bool is_too_long;
	bool is_open_action; /* the key came: what follows its colon tells */
	unsigned active;
	int64_t objects;
};
void scan_names(struct scan_names *names, const uint8_t *data, size_t n);

#endif
