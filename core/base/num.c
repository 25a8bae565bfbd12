/* SPDX-License-Identifier: MPL-2.0 */
/* num.c: see num.h. */
#include "base/num.h"

/* The digits of a number, counted down: INT64_MIN has no opposite. False when there is none, one is no digit, or it overflows. */
static bool digits_down(const char *p, size_t n, int64_t *ret)
{
	bool is_good = n > 0 && (p[0] != '0' || n == 1);
	*ret = 0;
	for (size_t i = 0; i < n && is_good; i++)
		is_good = p[i] >= '0' && p[i] <= '9' && !__builtin_mul_overflow(*ret, (int64_t)10, ret) &&
			  !__builtin_sub_overflow(*ret, (int64_t)(p[i] - '0'), ret);
	return is_good;
}

enum opx_status opx_parse_i64(struct opx_str text, int64_t min, int64_t max, int64_t *ret_n,
			      struct opx_error *err)
{
	int64_t n = 0;
	const size_t sign = text.n > 0 && text.p[0] == '-' ? 1 : 0;
	bool is_good = digits_down(text.p + sign, text.n - sign, &n);
	if (sign == 1)
		is_good = is_good && n != 0; /* "-0" is not the only form of zero */
	else
		is_good = is_good && !__builtin_sub_overflow((int64_t)0, n, &n);
	if (!is_good || n < min || n > max)
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
