/* SPDX-License-Identifier: MPL-2.0 */
/* prints.h: what the templates of printed documents are given: texts that are ready to be read. Of core/lane only. */
#ifndef OPX_LANE_PRINTS_H
#define OPX_LANE_PRINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct print_letter {
	struct opx_str service, court, date;
	struct opx_str name, quality;
	struct opx_str by_name, by_quality;
	struct opx_str rg;
	struct opx_str code; /* "ABCD EFGH JKMN" */
	struct opx_str address, number, until;
	bool renews_code; /* for one who takes part: a new access code, not an invitation */
};

struct print_file {
	struct opx_str id, kind, name, size, ground, line, token;
	struct opx_str sha256[8];
	bool is_readable, has_token;
};
struct print_person {
	struct opx_str name, quality;
};
struct print_receipt {
	struct opx_str service, court, rg, number, title, at;
	struct opx_str depositor, quality, means, level;
	const struct print_file *files;
	size_t n_files;
	const struct print_person *readers;
	size_t n_readers;
	struct opx_str origin, head, made;
	bool has_head;
};

#endif
