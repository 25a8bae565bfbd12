/* SPDX-License-Identifier: MPL-2.0 */
/* writer.h: writes strict JSON in one way only, so that the same facts are the same bytes. */
#ifndef OPX_EVIDENCE_WRITER_H
#define OPX_EVIDENCE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

struct opx_writer {
	struct opx_buf buf;
	bool needs_comma;
	bool is_wrong; /* a string with a forbidden character, an integer out of bounds */
};

/* One object: begin, members, end. Names are literals of ours. */
void opx_writer_begin(struct opx_writer *w, struct opx_arena *arena);
void opx_writer_str(struct opx_writer *w, const char *name, struct opx_str value);
void opx_writer_int(struct opx_writer *w, const char *name, int64_t value);
void opx_writer_hex(struct opx_writer *w, const char *name, struct opx_bytes value);
void opx_writer_time(struct opx_writer *w, const char *name, struct opx_instant value);
/* Pseudonyms: "P3" from 3, sorted, without repetition (asserted). */
void opx_writer_people(struct opx_writer *w, const char *name, const int32_t *people, size_t n);
void opx_writer_strs(struct opx_writer *w, const char *name, struct opx_strs values);
void opx_writer_ints(struct opx_writer *w, const char *name, struct opx_i64s values);
void opx_writer_open(struct opx_writer *w, const char *name);
void opx_writer_close(struct opx_writer *w);
/* The bytes. OPX_TOO_LARGE over 65,536; OPX_INVALID for a string that the format refuses. */
OPX_MUST_USE enum opx_status opx_writer_end(struct opx_writer *w, struct opx_bytes *ret,
					    struct opx_error *err);

#endif
