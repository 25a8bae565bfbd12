/* SPDX-License-Identifier: MPL-2.0 */
/* json_of.c: members of parsed bodies. object NULL: a member of the body itself. */
#include "verify.h"

static const json_t *member(const json_t *j, const char *object, const char *name)
{
	const json_t *in = object != NULL ? json_object_get(j, object) : j;
	return json_object_get(in, name);
}

const char *json_text(const json_t *j, const char *object, const char *name)
{
	return json_string_value(member(j, object, name));
}

bool json_number(const json_t *j, const char *object, const char *name, int64_t *ret)
{
	const json_t *found = member(j, object, name);
	if (!json_is_integer(found))
		return false;
	*ret = json_integer_value(found);
	return true;
}

const json_t *json_list(const json_t *j, const char *object, const char *name)
{
	const json_t *found = member(j, object, name);
	return json_is_array(found) ? found : NULL;
}

bool json_hash(const json_t *j, const char *object, const char *name, struct opx_sha256 *ret)
{
	const char *text = json_text(j, object, name);
	return text != NULL && opx_sha256_unhex(opx_str_z(text), ret, NULL) == OPX_OK;
}

bool list_has(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *one = json_string_value(json_array_get(list, i));
		if (one != NULL && strcmp(one, text) == 0)
			return true;
	}
	return false;
}

bool list_has_number(const json_t *list, int64_t n)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_is_integer(json_array_get(list, i)) &&
		    json_integer_value(json_array_get(list, i)) == n)
			return true;
	return false;
}

bool text_starts(const char *text, const char *prefix)
{
	return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

int text_cmp(const char *a, const char *b)
{
	return a == NULL || b == NULL ? 1 : strcmp(a, b);
}
