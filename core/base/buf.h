/* SPDX-License-Identifier: MPL-2.0 */
/* buf.h: bytes being built, born with their maximum size. */
#ifndef OPX_BASE_BUF_H
#define OPX_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;

/* Grows inside its arena up to max. An append that does not fit sets is_full and appends nothing; the caller tests
 * is_full once at the end (opx_buf_ok). */
struct opx_buf {
	struct opx_arena *arena;
	uint8_t *p;
	size_t n, cap, max;
	bool is_full;
};

void opx_buf_init(struct opx_buf *buf, struct opx_arena *arena, size_t max_bytes);
void opx_buf_put(struct opx_buf *buf, const void *data, size_t n);
void opx_buf_putc(struct opx_buf *buf, char c);
void opx_buf_puts(struct opx_buf *buf, const char *z);
void opx_buf_put_str(struct opx_buf *buf, struct opx_str s);
/* In decimal: what printf does, at a tenth of its cost. */
void opx_buf_put_i64(struct opx_buf *buf, int64_t v);
void opx_buf_printf(struct opx_buf *buf, const char *fmt, ...) OPX_PRINTF(2, 3);
/* OPX_TOO_LARGE when something did not fit. */
OPX_MUST_USE enum opx_status opx_buf_ok(const struct opx_buf *buf, struct opx_error *err);
struct opx_bytes opx_buf_bytes(const struct opx_buf *buf);
/* The content as text with a final NUL; the caller knows that it is valid UTF-8. */
struct opx_str opx_buf_str(struct opx_buf *buf);

#endif
