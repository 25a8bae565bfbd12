/* SPDX-License-Identifier: MPL-2.0 */
/* str.h: text that has been checked, and bytes that have not.
 *
 * struct opx_bytes is data as received. struct opx_str is valid UTF-8 in NFC without control characters, with a length
 * and a final NUL. Only opx_str_from_bytes() turns one into the other.
 */
#ifndef OPX_BASE_STR_H
#define OPX_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

struct opx_arena;

struct opx_bytes {
	const uint8_t *p;
	size_t n;
};

struct opx_str {
	const char *p; /* NUL-terminated; NULL only in an absent (SQL NULL) value */
	size_t n;      /* without the NUL */
};

struct opx_strs {
	const struct opx_str *p;
	size_t n;
};

struct opx_i64s {
	const int64_t *p;
	size_t n;
};

#define OPX_STR(literal) ((struct opx_str){ .p = ("" literal), .n = sizeof(literal) - 1 })
#define OPX_BYTES(literal) \
	((struct opx_bytes){ .p = (const uint8_t *)("" literal), .n = sizeof(literal) - 1 })

/* What opx_str_from_bytes accepts beyond one line of text. */
enum opx_text_kind {
	OPX_TEXT_LINE,  /* no control character at all (U+0000-001F, 007F-009F), no bidi control, no U+FEFF */
	OPX_TEXT_BLOCK, /* the same, but CR LF, LF and TAB are kept; CR LF becomes LF */
};

/* Checks UTF-8, refuses control and direction characters (evidence-format 1.5), normalises to NFC, copies into arena.
 * OPX_INVALID with a sentence for the person; max_bytes bounds the result (OPX_TOO_LARGE). */
OPX_MUST_USE enum opx_status opx_str_from_bytes(struct opx_arena *arena, struct opx_bytes in,
						enum opx_text_kind kind, size_t max_bytes,
						struct opx_str *ret_str, struct opx_error *err);

/* Valid UTF-8 (no surrogate, no overlong form)? NUL counts as valid here. */
bool opx_utf8_is_valid(struct opx_bytes in);
/* Has a character that evidence-format 1.5 forbids in a string (controls, direction marks, U+FEFF)? in is valid UTF-8. */
bool opx_utf8_has_forbidden(struct opx_bytes in);
/* Invalid bytes and forbidden characters become U+FFFD; cut at a character boundary to max_bytes. For agents, relays. */
struct opx_str opx_str_scrub(struct opx_arena *arena, struct opx_bytes in, size_t max_bytes);

/* Text that our own code made: p is trusted, valid, NFC. */
static inline struct opx_str opx_str_z(const char *p)
{
	return (struct opx_str){ .p = p, .n = p != NULL ? strlen(p) : 0 };
}
struct opx_str opx_str_copy(struct opx_arena *arena, const char *p, size_t n);
struct opx_str opx_strf(struct opx_arena *arena, const char *fmt, ...) OPX_PRINTF(2, 3);

static inline bool opx_str_eq(struct opx_str a, struct opx_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool opx_str_is(struct opx_str a, const char *literal)
{
	return opx_str_eq(a, opx_str_z(literal));
}
static inline bool opx_bytes_eq(struct opx_bytes a, struct opx_bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool opx_strs_have(struct opx_strs list, const char *text)
{
	for (size_t i = 0; i < list.n; i++)
		if (opx_str_is(list.p[i], text))
			return true;
	return false;
}
static inline bool opx_str_starts(struct opx_str s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}
static inline struct opx_bytes opx_bytes_of(struct opx_str s)
{
	return (struct opx_bytes){ .p = (const uint8_t *)s.p, .n = s.n };
}

#endif
