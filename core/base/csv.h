/* SPDX-License-Identifier: MPL-2.0 */
/* csv.h: our own data files, read strictly: RFC 4180 with LF lines, quotes, valid UTF-8, and a known number of columns. */
#ifndef OPX_BASE_CSV_H
#define OPX_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;

/* A longer field is refused. */
#define OPX_CSV_MAX_FIELD 4096

struct opx_csv {
	struct opx_arena *arena; /* of the fields */
	struct opx_bytes in;
	size_t at;
	int line; /* of what was read last; the first is 1 */
};

static inline bool opx_csv_has_more(const struct opx_csv *csv)
{
	return csv->at < csv->in.n;
}
/* The next line, of exactly n fields. OPX_INVALID when it is malformed; the one after it can then be read. Every line ends
 * with LF, the last one too; a field holds no line end, so that a line of the text is a line of the data. */
OPX_MUST_USE enum opx_status opx_csv_line(struct opx_csv *csv, struct opx_str *ret_fields, size_t n,
					  struct opx_error *err);

#endif
