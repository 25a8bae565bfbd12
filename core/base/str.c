/* SPDX-License-Identifier: MPL-2.0 */
/* str.c: see str.h. libunistring checks and normalises. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <uninorm.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/auto.h"

/* NFC makes text at most three times shorter (Hangul: 9 bytes give 3), and CR LF at most twice. */
#define NFC_SHRINK 4
#define SHORT 256 /* what opx_strf prints in one pass */

struct opx_str opx_str_copy(struct opx_arena *arena, const char *p, size_t n)
{
	char *copy = opx_arena_grow(arena, NULL, 0, n + 1);
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return (struct opx_str){ .p = copy, .n = n };
}

struct opx_str opx_strf(struct opx_arena *arena, const char *fmt, ...)
{
	char line[SHORT];
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	OPX_ASSERT(n >= 0);
	char *p = opx_arena_grow(arena, NULL, 0, (size_t)n + 1);
	if ((size_t)n < sizeof(line))
		memcpy(p, line, (size_t)n + 1);
	else
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct opx_str){ .p = p, .n = (size_t)n };
}

/* How many bytes at the beginning are surely ASCII: most text is, eight bytes at a time. */
static size_t ascii_run(const uint8_t *p, size_t n)
{
	size_t i = 0;
	for (uint64_t eight = 0; i + sizeof(eight) <= n; i += sizeof(eight)) {
		memcpy(&eight, p + i, sizeof(eight));
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			return i;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return i;
}

bool opx_utf8_is_valid(struct opx_bytes in)
{
	size_t i = in.n > 0 ? ascii_run(in.p, in.n) : 0;
	return i == in.n || u8_check(in.p + i, in.n - i) == NULL;
}

static bool is_forbidden(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* The next character of valid UTF-8; its length. */
static size_t next_char(struct opx_bytes in, size_t at, ucs4_t *ret)
{
	int n = u8_mbtouc_unsafe(ret, in.p + at, in.n - at);
	return n > 0 ? (size_t)n : 1;
}

bool opx_utf8_has_forbidden(struct opx_bytes in)
{
	ucs4_t c = 0;
	for (size_t i = 0; i < in.n; i += next_char(in, i, &c)) {
		(void)next_char(in, i, &c);
		if (is_forbidden(c))
			return true;
	}
	return false;
}

/* Copies in to out (room for in.n bytes), CR LF as LF; *ret_n = SIZE_MAX when a character is not allowed. */
static size_t filter(struct opx_bytes in, enum opx_text_kind kind, uint8_t *out)
{
	size_t n = 0;
	for (size_t i = 0; i < in.n;) {
		ucs4_t c = 0;
		size_t len = next_char(in, i, &c);
		bool is_break = kind == OPX_TEXT_BLOCK && (c == '\n' || c == '\t');
		if (kind == OPX_TEXT_BLOCK && c == '\r' && i + 1 < in.n && in.p[i + 1] == '\n') {
			i += len;
			continue;
		}
		if (is_forbidden(c) && !is_break)
			return SIZE_MAX;
		memcpy(out + n, in.p + i, len);
		n += len;
		i += len;
	}
	return n;
}

enum opx_status opx_str_from_bytes(struct opx_arena *arena, struct opx_bytes in, enum opx_text_kind kind,
				   size_t max_bytes, struct opx_str *ret_str, struct opx_error *err)
{
	if (in.n / NFC_SHRINK > max_bytes) /* before any work; the result is measured again below */
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce texte est trop long."), "%zu bytes, at most %zu",
				in.n, max_bytes);
	if (!opx_utf8_is_valid(in))
		return OPX_FAIL(err, OPX_INVALID, N_("Ce texte contient des caractères illisibles."),
				"not UTF-8");
	uint8_t *clean = opx_arena_alloc(arena, 1, in.n + 1);
	size_t n = filter(in, kind, clean);
	if (n == SIZE_MAX)
		return OPX_FAIL(err, OPX_INVALID,
				N_("Ce texte contient des caractères de contrôle ; retapez-le au clavier."),
				"control or direction character");
	if (n == 0) {
		*ret_str = OPX_STR("");
		return OPX_OK;
	}
	if (n <= max_bytes && ascii_run(clean, n) == n) { /* its own NFC */
		clean[n] = '\0';
		*ret_str = (struct opx_str){ .p = (const char *)clean, .n = n };
		return OPX_OK;
	}
	size_t n_nfc = 0;
	OPX_AUTO_FREE uint8_t *nfc = u8_normalize(UNINORM_NFC, clean, n, NULL, &n_nfc);
	OPX_ASSERT(nfc != NULL);
	if (n_nfc > max_bytes)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce texte est trop long."),
				"%zu bytes in NFC, at most %zu", n_nfc, max_bytes);
	*ret_str = opx_str_copy(arena, (const char *)nfc, n_nfc);
	return OPX_OK;
}

struct opx_str opx_str_scrub(struct opx_arena *arena, struct opx_bytes in, size_t max_bytes)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *out = opx_arena_alloc(arena, 1, max_bytes + 1);
	size_t n = 0;
	for (size_t i = 0; i < in.n;) {
		ucs4_t c = in.p[i];
		int len = c < 0x80 ? 1 : u8_mbtoucr(&c, in.p + i, in.n - i);
		const char *from = (const char *)in.p + i;
		size_t take = len > 0 ? (size_t)len : 1;
		size_t put = take;
		if (len <= 0 || is_forbidden(c)) {
			from = replacement;
			put = 3;
		}
		if (n + put > max_bytes)
			break;
		memcpy(out + n, from, put);
		n += put;
		i += take;
	}
	return (struct opx_str){ .p = out, .n = n };
}
