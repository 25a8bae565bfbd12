/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_image.c: headers of JPEG and PNG. */
#include "fuzz.h"

#include "scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct source *s = malloc(sizeof(*s));
	struct opx_report report = { .mime = "", .pages = -1 };
	FUZZ_CHECK(s != NULL);
	source_of_memory(s, data, n);
	if (scan_image(s, &report) == OPX_REASON_NONE)
		FUZZ_CHECK(report.width > 0 && report.height > 0 &&
			   (int64_t)report.width * report.height <= SCAN_MAX_PIXELS &&
			   report.mime[0] != '\0');
	free(s);
	return 0;
}
