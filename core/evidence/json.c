/* SPDX-License-Identifier: MPL-2.0 */
/* json.c: jansson reads, this file refuses what jansson lets through (finding F12). */
#include "evidence/json.h"

#include <string.h>

#define BAD N_("Un enregistrement du journal n’a pas la bonne forme.")

static bool string_is_good(struct opx_bytes s)
{
	return !opx_utf8_has_forbidden(s);
}

static bool scalar_is_good(const json_t *v)
{
	if (json_is_string(v))
		return string_is_good((struct opx_bytes){ .p = (const uint8_t *)json_string_value(v),
							  .n = json_string_length(v) });
	return json_is_integer(v) && json_integer_value(v) <= OPX_JSON_MAX_INT &&
	       json_integer_value(v) >= -OPX_JSON_MAX_INT;
}

static bool value_is_good(const json_t *v, bool may_hold_object)
{
	if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++)
			if (!scalar_is_good(json_array_get(v, i)))
				return false;
		return true;
	}
	if (json_is_object(v) && may_hold_object) {
		const char *key = NULL;
		json_t *inner = NULL;
		json_object_foreach((json_t *)(uintptr_t)v, key,
				    inner) if (!string_is_good((struct opx_bytes){ .p = (const uint8_t *)key,
										   .n = strlen(key) }) ||
					       !value_is_good(inner, false)) return false;
		return true;
	}
	return scalar_is_good(v);
}

/* "-0" and any fraction or exponent: jansson reads the first as 0 and the others as reals, which value_is_good refuses. */
static bool has_minus_zero(struct opx_bytes in)
{
	bool in_string = false;
	for (size_t i = 0; i + 1 < in.n; i++) {
		if (in.p[i] == '\\' && in_string)
			i++;
		else if (in.p[i] == '"')
			in_string = !in_string;
		else if (!in_string && in.p[i] == '-' && in.p[i + 1] == '0')
			return true;
	}
	return false;
}

enum opx_status opx_json_read(struct opx_bytes in, json_t **ret, struct opx_error *err)
{
	if (in.n > OPX_JSON_MAX_BYTES || !opx_utf8_is_valid(in))
		return OPX_FAIL(err, OPX_INVALID, BAD, "JSON of %zu bytes, or not UTF-8", in.n);
	json_error_t why;
	OPX_AUTO_JSON root = json_loadb((const char *)in.p, in.n, JSON_REJECT_DUPLICATES, &why);
	if (root == NULL || !json_is_object(root))
		return OPX_FAIL(err, OPX_INVALID, BAD, "JSON: %s", root == NULL ? why.text : "not an object");
	const char *key = NULL;
	json_t *v = NULL;
	json_object_foreach(
		root, key,
		v) if (!string_is_good((struct opx_bytes){ .p = (const uint8_t *)key, .n = strlen(key) }) ||
		       !value_is_good(
			       v,
			       true)) return OPX_FAIL(err, OPX_INVALID, BAD,
						      "JSON: a value of another kind than the format allows");
	if (has_minus_zero(in))
		return OPX_FAIL(err, OPX_INVALID, BAD, "JSON: minus zero");
	*ret = json_incref(root);
	return OPX_OK;
}
