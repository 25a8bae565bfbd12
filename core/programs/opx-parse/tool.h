/* SPDX-License-Identifier: MPL-2.0 */
/* tool.h: runs qpdf or pdfinfo on the file, inside the sandbox, and reads what it says. */
#ifndef OPX_PARSE_TOOL_H
#define OPX_PARSE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file by its descriptor: the programs open it anew, read only. */
#define TOOL_FILE "/proc/self/fd/0"

struct tool {
	const char *const *argv; /* absolute path first, NULL last */
	bool wants_errors;       /* hears its standard error, else its standard output */
	void (*hear)(void *self, const uint8_t *data, size_t n);
	void *self;
};

enum tool_end {
	TOOL_EXITED,  /* *ret_code is its status */
	TOOL_STOPPED, /* a limit, or a fault of its own */
	TOOL_ABSENT,  /* it could not be run */
};
enum tool_end tool_run(const struct tool *tool, int *ret_code);

#endif
