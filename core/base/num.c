/* SPDX-License-Identifier: MPL-2.0 */
/* num.c: see num.h. */
#include "base/num.h"

enum opx_status opx_parse_i64(struct opx_str text, int64_t min, int64_t max, int64_t *ret_n,
			      struct opx_error *err)
{
	size_t i = 0;
	bool is_negative = text.n > 0 && text.p[0] == '-';
	if (is_negative)
		i = 1;
	bool is_bad = i == text.n || (text.p[i] == '0' && (text.n > i + 1 || is_negative));
	int64_t n = 0;
	for (; !is_bad && i < text.n; i++) {
		char c = text.p[i];
		is_bad = c < '0' || c > '9' || __builtin_mul_overflow(n, (int64_t)10, &n) ||
			 __builtin_sub_overflow(n, (int64_t)(c - '0'),
						&n); /* counts down: INT64_MIN has no opposite */
	}
	if (!is_bad && !is_negative)
		is_bad = __builtin_sub_overflow((int64_t)0, n, &n);
	if (is_bad || n < min || n > max)
		return OPX_FAIL(err, OPX_INVALID, N_("Ce nombre n’est pas lisible."),
				"not a number in bounds: %zu characters", text.n);
	*ret_n = n;
	return OPX_OK;
}

enum opx_status opx_size_add(size_t a, size_t b, size_t *ret_sum, struct opx_error *err)
{
	size_t sum = 0;
	if (__builtin_add_overflow(a, b, &sum))
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce contenu est trop grand."),
				"size overflow %zu + %zu", a, b);
	*ret_sum = sum;
	return OPX_OK;
}

enum opx_status opx_size_mul(size_t a, size_t b, size_t *ret_product, struct opx_error *err)
{
	size_t product = 0;
	if (__builtin_mul_overflow(a, b, &product))
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce contenu est trop grand."),
				"size overflow %zu * %zu", a, b);
	*ret_product = product;
	return OPX_OK;
}
