/* SPDX-License-Identifier: MPL-2.0 */
/* verdict.h: from the report of opx-parse on a PDF to a verdict and the sentence that the person reads. */
#ifndef FILECHECK_PDF_VERDICT_H
#define FILECHECK_PDF_VERDICT_H

#include <opx/plugin.h>

#include "report/report.h"

/* refuse: bits of enum opx_report_active that are refused; the others are told. */
void pdf_verdict(const struct opx_report *report, unsigned refuse, struct opx_verdict *ret);
/* "Launch,JavaScript" to bits. false: an unknown name. */
bool pdf_active_bits(struct opx_str list, unsigned *ret);

#endif
