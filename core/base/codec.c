/* SPDX-License-Identifier: MPL-2.0 */
/* codec.c: see codec.h. */
#include "base/codec.h"

#include <string.h>

#include "base/arena.h"

static const char hex_digits[] = "0123456789abcdef";

void opx_hex(const uint8_t *data, size_t n, char *ret)
{
	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = hex_digits[data[i] >> 4U];
		ret[2 * i + 1] = hex_digits[data[i] & 15U];
	}
	ret[2 * n] = '\0';
}

struct opx_str opx_hex_str(struct opx_arena *arena, struct opx_bytes data)
{
	char *p = opx_arena_alloc(arena, 2, data.n + 1);
	opx_hex(data.p, data.n, p);
	return (struct opx_str){ .p = p, .n = 2 * data.n };
}

static int index_in(const char *alphabet, char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
	return at != NULL ? (int)(at - alphabet) : -1;
}

enum opx_status opx_unhex(struct opx_str text, uint8_t *ret, size_t n, struct opx_error *err)
{
	if (text.n != 2 * n)
		return OPX_FAIL(err, OPX_INVALID, N_("Cette empreinte n’a pas la bonne longueur."),
				"%zu hex characters for %zu bytes", text.n, n);
	for (size_t i = 0; i < n; i++)
		if (index_in(hex_digits, text.p[2 * i]) < 0 || index_in(hex_digits, text.p[2 * i + 1]) < 0)
			return OPX_FAIL(err, OPX_INVALID, N_("Cette empreinte n’est pas lisible."),
					"not lower-case hex");
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)((unsigned)index_in(hex_digits, text.p[2 * i]) << 4U |
				   (unsigned)index_in(hex_digits, text.p[2 * i + 1]));
	return OPX_OK;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct opx_str opx_base64(struct opx_arena *arena, struct opx_bytes data)
{
	char *out = opx_arena_alloc(arena, 4, data.n / 3 + 2);
	size_t n = 0;
	for (size_t i = 0; i < data.n; i += 3) {
		size_t left = data.n - i;
		uint32_t v = (uint32_t)data.p[i] << 16U;
		if (left > 1)
			v |= (uint32_t)data.p[i + 1] << 8U;
		if (left > 2)
			v |= data.p[i + 2];
		out[n++] = base64_digits[v >> 18U & 63U];
		out[n++] = base64_digits[v >> 12U & 63U];
		out[n++] = left > 1 ? base64_digits[v >> 6U & 63U] : '=';
		out[n++] = left > 2 ? base64_digits[v & 63U] : '=';
	}
	return (struct opx_str){ .p = out, .n = n };
}

enum opx_status opx_unbase64(struct opx_arena *arena, struct opx_str text, struct opx_bytes *ret,
			     struct opx_error *err)
{
	size_t pad = 0;
	bool is_bad = text.n % 4 != 0;
	while (!is_bad && pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	uint8_t *out = opx_arena_alloc(arena, 3, text.n / 4 + 1);
	size_t n = 0;
	for (size_t i = 0; !is_bad && i < text.n; i += 4) {
		uint32_t v = 0;
		size_t digits = i + 4 == text.n ? 4 - pad : 4;
		for (size_t k = 0; k < digits; k++) {
			int d = index_in(base64_digits, text.p[i + k]);
			is_bad = is_bad || d < 0;
			v |= (uint32_t)(d < 0 ? 0 : d) << (18U - 6U * (unsigned)k);
		}
		for (size_t k = 0; k < 3; k++) {
			uint8_t b = (uint8_t)(v >> (16U - 8U * (unsigned)k) & 255U);
			if (k + 1 < digits)
				out[n++] = b;
			else
				is_bad = is_bad || b != 0; /* unused bits are zero */
		}
	}
	if (is_bad)
		return OPX_FAIL(err, OPX_INVALID, N_("Ce code n’est pas lisible."), "not canonical base64");
	*ret = (struct opx_bytes){ .p = out, .n = n };
	return OPX_OK;
}

/* n_chars characters of 5 bits from the leading bits of data; bits beyond the end are zero. */
static struct opx_str five_bits(struct opx_arena *arena, const char *alphabet, struct opx_bytes data,
				size_t n_chars)
{
	char *out = opx_arena_alloc(arena, 1, n_chars + 1);
	for (size_t i = 0; i < n_chars; i++) {
		unsigned v = 0;
		for (size_t bit = 5 * i; bit < 5 * i + 5; bit++) {
			unsigned b = bit / 8 < data.n ? data.p[bit / 8] : 0;
			v = v << 1U | (b >> (7U - (unsigned)(bit % 8)) & 1U);
		}
		out[i] = alphabet[v];
	}
	return (struct opx_str){ .p = out, .n = n_chars };
}

struct opx_str opx_base32(struct opx_arena *arena, struct opx_bytes data)
{
	return five_bits(arena, "abcdefghijklmnopqrstuvwxyz234567", data, (data.n * 8 + 4) / 5);
}

static const char crockford_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct opx_str opx_crockford(struct opx_arena *arena, struct opx_bytes data, size_t n_chars)
{
	OPX_ASSERT(n_chars * 5 <= data.n * 8);
	return five_bits(arena, crockford_digits, data, n_chars);
}

enum opx_status opx_crockford_normalise(struct opx_arena *arena, struct opx_str typed, size_t n_chars,
					struct opx_str *ret, struct opx_error *err)
{
	char *out = opx_arena_alloc(arena, 1, n_chars + 1);
	size_t n = 0;
	bool is_bad = false;
	for (size_t i = 0; i < typed.n && !is_bad; i++) {
		char c = typed.p[i];
		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c == 'O')
			c = '0';
		if (c == 'I' || c == 'L')
			c = '1';
		is_bad = index_in(crockford_digits, c) < 0 || n == n_chars;
		if (!is_bad)
			out[n++] = c;
	}
	if (is_bad || n != n_chars)
		return OPX_FAIL(
			err, OPX_INVALID,
			N_("Ce code n’a pas la bonne forme : relisez-le, les espaces ne comptent pas."),
			"typed code of %zu characters", typed.n);
	*ret = (struct opx_str){ .p = out, .n = n };
	return OPX_OK;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum opx_status opx_percent_decode(struct opx_arena *arena, struct opx_bytes in, bool plus_is_space,
				   struct opx_bytes *ret, struct opx_error *err)
{
	uint8_t *out = opx_arena_alloc(arena, 1, in.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];
		if (c == '%') {
			int high = i + 2 < in.n ? hex_value(in.p[i + 1]) : -1;
			int low = i + 2 < in.n ? hex_value(in.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return OPX_FAIL(err, OPX_INVALID, N_("Cette adresse n’est pas lisible."),
						"bad percent escape");
			c = (uint8_t)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[n++] = c;
	}
	*ret = (struct opx_bytes){ .p = out, .n = n };
	return OPX_OK;
}

struct opx_str opx_percent_encode(struct opx_arena *arena, struct opx_bytes in)
{
	char *out = opx_arena_alloc(arena, 3, in.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				c == '-' || c == '.' || c == '_' || c == '~';
		if (is_plain) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = "0123456789ABCDEF"[c >> 4U];
		out[n++] = "0123456789ABCDEF"[c & 15U];
	}
	return (struct opx_str){ .p = out, .n = n };
}
