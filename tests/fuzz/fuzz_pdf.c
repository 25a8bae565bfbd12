/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_pdf.c: both ends of a PDF, and names in the JSON that qpdf writes: the same whatever the pieces. */
#include "fuzz.h"

#include "scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct source *s = malloc(sizeof(*s));
	struct scan_names whole = { .n = 0 }, cut = { .n = 0 };
	FUZZ_CHECK(s != NULL);
	source_of_memory(s, data, n);
	if (scan_pdf_ends(s) == OPX_REASON_NONE)
		FUZZ_CHECK(n >= 10 && memcmp(data, "%PDF-", 5) == 0);
	free(s);
	scan_names(&whole, data, n);
	scan_names(&cut, data, n / 2);
	scan_names(&cut, data + n / 2, n - n / 2);
	FUZZ_CHECK(whole.active == cut.active && whole.objects == cut.objects);
	return 0;
}
