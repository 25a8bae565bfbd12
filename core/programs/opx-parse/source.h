/* SPDX-License-Identifier: MPL-2.0 */
/* source.h: where a scanner reads its bytes from: a descriptor in the program, memory in its tests. */
#ifndef OPX_PARSE_SOURCE_H
#define OPX_PARSE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_WINDOW 65536

struct source {
	int64_t size;
	int fd;              /* -1: in memory */
	const uint8_t *data; /* of size bytes */
	/* The window that was read last, for byte-wise scanners. */
	uint8_t window[SOURCE_WINDOW];
	int64_t window_at;
	size_t window_n;
	bool is_broken; /* a read failed: everything after is end of file */
};

void source_of_fd(struct source *s, int fd, int64_t size);
void source_of_memory(struct source *s, const uint8_t *data, size_t n);
/* Bytes at an offset, as many as there are. */
size_t source_read(struct source *s, int64_t at, uint8_t *buf, size_t n);
/* One byte; -1 after the end. */
int source_byte(struct source *s, int64_t at);
/* The first place from at on that holds byte; size when there is none. */
int64_t source_find(struct source *s, int64_t at, uint8_t byte);

#endif
