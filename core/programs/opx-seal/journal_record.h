/* SPDX-License-Identifier: MPL-2.0 */
/* journal_record.h: the bytes of one record of the journal: length, fields, CRC-32C, all little-endian. No I/O. */
#ifndef OPX_SEAL_JOURNAL_RECORD_H
#define OPX_SEAL_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal.h"

#define OPX_RECORD_FRAME 8U /* length before, CRC after */
#define OPX_RECORD_HEAD_BYTES 48U
#define OPX_RECORD_MAX (9U + OPX_JOURNAL_MAX_HEADS * OPX_RECORD_HEAD_BYTES)

/* The table of CRC-32C (Castagnoli), made once by the one who needs it. */
struct opx_crc32c {
	uint32_t table[256];
};
void opx_crc32c_init(struct opx_crc32c *crc);
uint32_t opx_crc32c(const struct opx_crc32c *crc, const void *data, size_t n);

/* Bytes to write, grown by malloc; out of memory aborts. */
struct opx_record_out {
	uint8_t *p;
	size_t n, cap;
};
void opx_record_out_done(struct opx_record_out *out);
void opx_record_put_line(struct opx_record_out *out, const struct opx_crc32c *crc,
			 const struct opx_journal_line *line);
/* The last record of a batch. */
void opx_record_put_end(struct opx_record_out *out, const struct opx_crc32c *crc, size_t n_lines,
			const struct opx_journal_head *heads, size_t n_heads);

/* Length of the payload as announced by the first four bytes; 0 when it cannot be that of a record. */
size_t opx_record_length(const uint8_t frame[4]);
/* Is the CRC of this whole record (frame included) right? */
bool opx_record_is_whole(const struct opx_crc32c *crc, const uint8_t *record, size_t n_payload);

enum opx_record_kind { OPX_RECORD_BAD, OPX_RECORD_LINE, OPX_RECORD_END };
/* What a payload holds. The pointers of *ret_line point into it. heads are read one by one by opx_record_head. */
enum opx_record_kind opx_record_parse(const uint8_t *payload, size_t n, struct opx_journal_line *ret_line,
				      size_t *ret_n_lines, size_t *ret_n_heads);
/* Head number i of an end record that opx_record_parse accepted. */
struct opx_journal_head opx_record_head(const uint8_t *payload, size_t i);

#endif
