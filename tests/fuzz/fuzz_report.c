/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_report.c: the report of a parser that may have been taken over. What is taken for one can be written again. */
#include "fuzz.h"

#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)16 << 20);
	struct opx_report report, again;
	struct opx_str json = opx_str_copy(arena, (const char *)data, n);
	if (opx_report_read(json, &report, NULL) != OPX_OK)
		return 0;
	FUZZ_CHECK(opx_report_read(opx_report_format(arena, &report), &again, NULL) == OPX_OK &&
		   again.pages == report.pages && again.active == report.active &&
		   again.reason == report.reason);
	return 0;
}
