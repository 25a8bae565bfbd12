/* SPDX-License-Identifier: MPL-2.0 */
/* verdict.h: from the report of opx-parse on a photo to a verdict and the sentence that the person reads. */
#ifndef FILECHECK_IMAGE_VERDICT_H
#define FILECHECK_IMAGE_VERDICT_H

#include <opx/plugin.h>

#include "report/report.h"

/* ext: of the file's name, for a photo that could not be examined. */
void image_verdict(const struct opx_report *report, struct opx_str ext, struct opx_verdict *ret);

#endif
