/* SPDX-License-Identifier: MPL-2.0 */
/* journal_record.c: encodes and decodes the records of the journal. */
#include "journal_record.h"

#include <stdlib.h>
#include <string.h>

#define LINE_FIXED (1U + 8U + 8U + 2U + 4U)
#define END_FIXED (1U + 4U + 4U)

void opx_crc32c_init(struct opx_crc32c *crc)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = (c & 1U) != 0 ? (c >> 1) ^ 0x82F63B78U : c >> 1;
		crc->table[i] = c;
	}
}

static uint32_t crc_add(const struct opx_crc32c *crc, uint32_t c, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		c = crc->table[(c ^ p[i]) & 0xFFU] ^ (c >> 8);
	return c;
}

uint32_t opx_crc32c(const struct opx_crc32c *crc, const void *data, size_t n)
{
	return ~crc_add(crc, 0xFFFFFFFFU, data, n);
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v = 0;
	for (unsigned i = 0; i < 4; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

static void put_i64(uint8_t *p, int64_t value)
{
	uint64_t v = (uint64_t)value;
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static int64_t get_i64(const uint8_t *p)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return (int64_t)v;
}

void opx_record_out_done(struct opx_record_out *out)
{
	free(out->p);
	*out = (struct opx_record_out){ .p = NULL };
}

/* Room for n more bytes; gives back where they go. */
static uint8_t *grow(struct opx_record_out *out, size_t n)
{
	if (out->cap - out->n < n) {
		size_t cap = (out->n + n) * 2;
		uint8_t *p = realloc(out->p, cap);
		if (p == NULL)
			abort();
		out->p = p;
		out->cap = cap;
	}
	uint8_t *at = out->p + out->n;
	out->n += n;
	return at;
}

/* Closes the record that begins at `start` and has n_payload bytes. */
static void close_record(struct opx_record_out *out, const struct opx_crc32c *crc, size_t start,
			 size_t n_payload)
{
	put_u32(out->p + start, (uint32_t)n_payload);
	put_u32(out->p + start + 4 + n_payload, opx_crc32c(crc, out->p + start, 4 + n_payload));
}

void opx_record_put_line(struct opx_record_out *out, const struct opx_crc32c *crc,
			 const struct opx_journal_line *line)
{
	OPX_ASSERT(line->line.n <= OPX_JOURNAL_MAX_LINE && line->body.n <= OPX_JOURNAL_MAX_BODY);
	size_t n = LINE_FIXED + line->line.n + line->body.n, start = out->n;
	uint8_t *p = grow(out, n + OPX_RECORD_FRAME) + 4;
	p[0] = 'L';
	put_i64(p + 1, line->log);
	put_i64(p + 9, line->seq);
	p[17] = (uint8_t)(line->line.n & 0xFFU);
	p[18] = (uint8_t)(line->line.n >> 8);
	memcpy(p + 19, line->line.p, line->line.n);
	p += 19 + line->line.n;
	put_u32(p, (uint32_t)line->body.n);
	if (line->body.n > 0)
		memcpy(p + 4, line->body.p, line->body.n);
	close_record(out, crc, start, n);
}

void opx_record_put_end(struct opx_record_out *out, const struct opx_crc32c *crc, size_t n_lines,
			const struct opx_journal_head *heads, size_t n_heads)
{
	OPX_ASSERT(n_lines <= OPX_JOURNAL_MAX_LINES && n_heads <= OPX_JOURNAL_MAX_HEADS);
	size_t n = END_FIXED + n_heads * OPX_RECORD_HEAD_BYTES, start = out->n;
	uint8_t *p = grow(out, n + OPX_RECORD_FRAME) + 4;
	p[0] = 'E';
	put_u32(p + 1, (uint32_t)n_lines);
	put_u32(p + 5, (uint32_t)n_heads);
	p += END_FIXED;
	for (size_t i = 0; i < n_heads; i++, p += OPX_RECORD_HEAD_BYTES) {
		put_i64(p, heads[i].log);
		put_i64(p + 8, heads[i].size);
		memcpy(p + 16, heads[i].root.b, 32);
	}
	close_record(out, crc, start, n);
}

size_t opx_record_length(const uint8_t frame[4])
{
	size_t n = get_u32(frame);
	return n >= END_FIXED && n <= OPX_RECORD_MAX ? n : 0;
}

bool opx_record_is_whole(const struct opx_crc32c *crc, const uint8_t *record, size_t n_payload)
{
	return opx_crc32c(crc, record, 4 + n_payload) == get_u32(record + 4 + n_payload);
}

static enum opx_record_kind parse_line(const uint8_t *p, size_t n, struct opx_journal_line *ret)
{
	if (n < LINE_FIXED)
		return OPX_RECORD_BAD;
	size_t n_line = (size_t)p[17] | (size_t)p[18] << 8;
	if (n_line > OPX_JOURNAL_MAX_LINE || n < LINE_FIXED + n_line)
		return OPX_RECORD_BAD;
	size_t n_body = get_u32(p + 19 + n_line);
	if (n_body > OPX_JOURNAL_MAX_BODY || n != LINE_FIXED + n_line + n_body)
		return OPX_RECORD_BAD;
	*ret = (struct opx_journal_line){
		.log = get_i64(p + 1),
		.seq = get_i64(p + 9),
		.line = { .p = p + 19, .n = n_line },
		.body = { .p = p + 23 + n_line, .n = n_body },
	};
	return ret->seq >= 0 ? OPX_RECORD_LINE : OPX_RECORD_BAD;
}

enum opx_record_kind opx_record_parse(const uint8_t *payload, size_t n, struct opx_journal_line *ret_line,
				      size_t *ret_n_lines, size_t *ret_n_heads)
{
	if (n < END_FIXED)
		return OPX_RECORD_BAD;
	if (payload[0] == 'L')
		return parse_line(payload, n, ret_line);
	if (payload[0] != 'E')
		return OPX_RECORD_BAD;
	size_t n_lines = get_u32(payload + 1), n_heads = get_u32(payload + 5);
	if (n_lines > OPX_JOURNAL_MAX_LINES || n_heads > OPX_JOURNAL_MAX_HEADS ||
	    n != END_FIXED + n_heads * OPX_RECORD_HEAD_BYTES)
		return OPX_RECORD_BAD;
	*ret_n_lines = n_lines;
	*ret_n_heads = n_heads;
	return OPX_RECORD_END;
}

struct opx_journal_head opx_record_head(const uint8_t *payload, size_t i)
{
	const uint8_t *p = payload + END_FIXED + i * OPX_RECORD_HEAD_BYTES;
	struct opx_journal_head head = { .log = get_i64(p), .size = get_i64(p + 8) };
	memcpy(head.root.b, p + 16, 32);
	return head;
}
