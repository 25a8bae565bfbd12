/* SPDX-License-Identifier: MPL-2.0 */
/* pdf.h: what a PDF is: its ends by our own scanner, its structure by qpdf, its pages by poppler. */
#ifndef OPX_PARSE_PDF_H
#define OPX_PARSE_PDF_H

#include "base/error.h"
#include "report/report.h"
#include "source.h"

/* Fills the report of the file on descriptor 0. OPX_UNAVAILABLE: qpdf or pdfinfo cannot be run; no verdict then. */
OPX_MUST_USE enum opx_status pdf_examine(struct source *s, struct opx_report *report, struct opx_error *err);

#endif
