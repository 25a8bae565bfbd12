/* SPDX-License-Identifier: MPL-2.0 */
/* scan_image.c: headers of JPEG (ITU T.81) and PNG (ISO 15948): type, size, whole to the end; see scan.h. */
#include <string.h>

#include <zlib.h>

#include "scan.h"

#define MAX_CHUNKS 1000000

static bool number(struct source *s, int64_t at, unsigned n, uint32_t *ret)
{
	uint32_t value = 0;
	for (unsigned i = 0; i < n; i++) {
		int c = source_byte(s, at + i);
		if (c < 0)
			return false;
		value = value << 8 | (uint32_t)c;
	}
	*ret = value;
	return true;
}

static enum opx_report_reason set_size(struct opx_report *report, uint32_t width, uint32_t height)
{
	if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
		return OPX_REASON_DAMAGED;
	report->width = (int32_t)width;
	report->height = (int32_t)height;
	return (uint64_t)width * height > SCAN_MAX_PIXELS ? OPX_REASON_TOO_MANY_PIXELS : OPX_REASON_NONE;
}

/* Colour types and the depths that go with them. */
static bool png_depth_fits(uint8_t depth, uint8_t type)
{
	switch (type) {
	case 0:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
	case 3:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8;
	case 2:
	case 4:
	case 6:
		return depth == 8 || depth == 16;
	default:
		return false;
	}
}

static enum opx_report_reason png_header(struct source *s, struct opx_report *report)
{
	uint8_t chunk[25]; /* length, "IHDR", 13 bytes, CRC */
	if (source_read(s, 8, chunk, sizeof(chunk)) != sizeof(chunk))
		return OPX_REASON_TRUNCATED;
	uint32_t crc = (uint32_t)chunk[21] << 24 | (uint32_t)chunk[22] << 16 | (uint32_t)chunk[23] << 8 |
		       chunk[24];
	if (memcmp(chunk, "\0\0\0\x0dIHDR", 8) != 0 || crc != (uint32_t)crc32(0, chunk + 4, 17))
		return OPX_REASON_DAMAGED;
	uint32_t width = 0, height = 0;
	(void)number(s, 16, 4, &width);
	(void)number(s, 20, 4, &height);
	if (!png_depth_fits(chunk[16], chunk[17]) || chunk[18] != 0 || chunk[19] != 0 || chunk[20] > 1)
		return OPX_REASON_DAMAGED;
	return set_size(report, width, height);
}

static enum opx_report_reason scan_png(struct source *s, struct opx_report *report)
{
	report->mime = "image/png";
	enum opx_report_reason reason = png_header(s, report);
	bool has_data = false;
	int64_t at = 33;
	for (int k = 0; reason == OPX_REASON_NONE; k++) {
		uint8_t head[8];
		uint32_t length = 0;
		if (source_read(s, at, head, sizeof(head)) != sizeof(head) || !number(s, at, 4, &length))
			return OPX_REASON_TRUNCATED;
		if (length > INT32_MAX || k == MAX_CHUNKS)
			return OPX_REASON_DAMAGED;
		if ((int64_t)length + 12 > s->size - at)
			return OPX_REASON_TRUNCATED;
		has_data = has_data || memcmp(head + 4, "IDAT", 4) == 0;
		if (memcmp(head + 4, "IEND", 4) == 0)
			return length == 0 && has_data ? OPX_REASON_NONE : OPX_REASON_DAMAGED;
		at += (int64_t)length + 12;
	}
	return reason;
}

/* Start of frame: the markers that hold a size. */
static bool is_frame(int marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static enum opx_report_reason jpeg_frame(struct source *s, int64_t at, struct opx_report *report)
{
	uint32_t height = 0, width = 0;
	if (!number(s, at + 3, 2, &height) || !number(s, at + 5, 2, &width))
		return OPX_REASON_TRUNCATED;
	return set_size(report, width, height);
}

/* The next marker in coded data: neither a stuffed byte nor a restart. size: none. */
static int64_t jpeg_next_marker(struct source *s, int64_t at)
{
	for (;;) {
		at = source_find(s, at, 0xff);
		if (at >= s->size)
			return s->size;
		int c = source_byte(s, at + 1);
		if (c < 0)
			return s->size;
		if (c != 0 && c != 0xff && (c < 0xd0 || c > 0xd7))
			return at;
		at += c == 0xff ? 1 : 2; /* fill bytes may stand before a marker */
	}
}

struct jpeg {
	int64_t at; /* of the next marker */
	bool has_frame, has_scan, is_over;
};

/* The segment of a marker, and the coded data behind a start of scan. */
static enum opx_report_reason jpeg_segment(struct source *s, struct jpeg *j, int marker,
					   struct opx_report *report)
{
	uint32_t length = 0;
	if (!number(s, j->at + 2, 2, &length) || (int64_t)length + 2 > s->size - j->at)
		return OPX_REASON_TRUNCATED;
	if (length < 2 || (is_frame(marker) && length < 8))
		return OPX_REASON_DAMAGED;
	if (is_frame(marker)) {
		enum opx_report_reason reason = jpeg_frame(s, j->at + 2, report);
		if (reason != OPX_REASON_NONE)
			return reason;
		j->has_frame = true;
	}
	j->at += 2 + (int64_t)length;
	if (marker == 0xda) {
		j->has_scan = true;
		j->at = jpeg_next_marker(s, j->at);
	}
	return OPX_REASON_NONE;
}

static enum opx_report_reason jpeg_marker(struct source *s, struct jpeg *j, struct opx_report *report)
{
	while (source_byte(s, j->at) == 0xff && source_byte(s, j->at + 1) == 0xff)
		j->at++;
	int first = source_byte(s, j->at), marker = source_byte(s, j->at + 1);
	if (first < 0 || marker < 0)
		return OPX_REASON_TRUNCATED;
	if (first != 0xff || marker < 0xc0)
		return OPX_REASON_DAMAGED;
	j->is_over = marker == 0xd9;
	if (j->is_over)
		return j->has_frame && j->has_scan ? OPX_REASON_NONE : OPX_REASON_DAMAGED;
	return jpeg_segment(s, j, marker, report);
}

static enum opx_report_reason scan_jpeg(struct source *s, struct opx_report *report)
{
	struct jpeg j = { .at = 2 };
	report->mime = "image/jpeg";
	for (int k = 0; k < MAX_CHUNKS; k++) {
		enum opx_report_reason reason = jpeg_marker(s, &j, report);
		if (reason != OPX_REASON_NONE || j.is_over)
			return reason;
	}
	return OPX_REASON_DAMAGED;
}

enum opx_report_reason scan_image(struct source *s, struct opx_report *report)
{
	static const uint8_t png[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	uint8_t head[8];
	enum opx_report_reason reason;
	if (s->size == 0)
		return OPX_REASON_EMPTY;
	size_t n = source_read(s, 0, head, sizeof(head));
	if (n == sizeof(head) && memcmp(head, png, sizeof(png)) == 0)
		reason = scan_png(s, report);
	else if (n >= 3 && head[0] == 0xff && head[1] == 0xd8 && head[2] == 0xff)
		reason = scan_jpeg(s, report);
	else
		return OPX_REASON_NOT_IMAGE;
	if (reason == OPX_REASON_NONE && scan_is_polyglot(s))
		return OPX_REASON_POLYGLOT;
	return reason;
}
