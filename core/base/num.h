/* SPDX-License-Identifier: MPL-2.0 */
/* num.h: numbers from text, and arithmetic on sizes that cannot wrap. */
#ifndef OPX_BASE_NUM_H
#define OPX_BASE_NUM_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* The whole string must be one decimal number in its only form (no sign but '-', no leading zero, no space). */
OPX_MUST_USE enum opx_status opx_parse_i64(struct opx_str text, int64_t min, int64_t max, int64_t *ret_n,
					   struct opx_error *err);
OPX_MUST_USE enum opx_status opx_size_add(size_t a, size_t b, size_t *ret_sum, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_size_mul(size_t a, size_t b, size_t *ret_product, struct opx_error *err);

#endif
