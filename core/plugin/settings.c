/* SPDX-License-Identifier: MPL-2.0 */
/* settings.c: see settings.h. */
#include "plugin/settings.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"

const struct opx_setting *opx_setting_find(const struct opx_setting *table, const char *name)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

OPX_MUST_USE static enum opx_status invalid(const struct opx_setting *setting, const char *why,
					    struct opx_error *err)
{
	return OPX_FAIL(err, OPX_INVALID, N_("La configuration du service n’est pas valable."),
			"setting %s: %s", setting->name, why);
}

OPX_MUST_USE static enum opx_status parse_text(const struct opx_setting *setting,
					       struct opx_setting_value *value, struct opx_error *err)
{
	if (!opx_utf8_is_valid(opx_bytes_of(value->str)) || opx_utf8_has_forbidden(opx_bytes_of(value->str)))
		return invalid(setting, "not clean UTF-8 text", err);
	if (setting->type == OPX_SETTING_FILE) {
		bool is_left_out = value->str.n == 0 && setting->fallback != NULL &&
				   setting->fallback[0] == '\0';
		if (!is_left_out && value->str.p[0] != '/')
			return invalid(setting, "must be an absolute path", err);
		return OPX_OK;
	}
	if ((int64_t)value->str.n < setting->min || (int64_t)value->str.n > setting->max)
		return OPX_FAIL(err, OPX_INVALID, N_("La configuration du service n’est pas valable."),
				"setting %s: %" PRId64 " to %" PRId64 " bytes expected", setting->name,
				setting->min, setting->max);
	return OPX_OK;
}

enum opx_status opx_setting_parse(const struct opx_setting *setting, const char *text,
				  struct opx_setting_value *ret, struct opx_error *err)
{
	struct opx_setting_value value = { .i64 = 0 };
	if (text == NULL && setting->fallback == NULL)
		return invalid(setting, "must be given", err);
	value.str = opx_str_z(text != NULL ? text : setting->fallback);
	switch (setting->type) {
	case OPX_SETTING_I64:
		if (opx_parse_i64(value.str, setting->min, setting->max, &value.i64, NULL) != OPX_OK)
			return OPX_FAIL(err, OPX_INVALID,
					N_("La configuration du service n’est pas valable."),
					"setting %s: a number from %" PRId64 " to %" PRId64 " expected",
					setting->name, setting->min, setting->max);
		break;
	case OPX_SETTING_BOOL:
		value.is_true = opx_str_is(value.str, "true");
		if (!value.is_true && !opx_str_is(value.str, "false"))
			return invalid(setting, "true or false expected", err);
		break;
	case OPX_SETTING_STR:
	case OPX_SETTING_FILE:
		OPX_TRY(parse_text(setting, &value, err));
		break;
	}
	*ret = value;
	return OPX_OK;
}

void opx_setting_print(const struct opx_setting *setting, FILE *out)
{
	bool is_quoted = setting->type == OPX_SETTING_STR || setting->type == OPX_SETTING_FILE;
	const char *value = setting->fallback != NULL ? setting->fallback : "";
	const char *quote = is_quoted ? "\"" : "";
	(void)fprintf(out, "\t# %s", setting->help);
	if (setting->type == OPX_SETTING_I64)
		(void)fprintf(out, " (%" PRId64 " to %" PRId64 ")", setting->min, setting->max);
	(void)fprintf(out, "\n\t%s%s = %s%s%s\n", setting->fallback != NULL ? "# " : "", setting->name, quote,
		      value, quote);
}
