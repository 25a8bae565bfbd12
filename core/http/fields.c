/* SPDX-License-Identifier: MPL-2.0 */
/* fields.c: urlencoded fields, and typed access to those of a form. */
#include <string.h>

#include "base/codec.h"
#include "base/num.h"
#include "http/request.h"

#define BAD N_("Cette demande n’est pas lisible. Revenez à la page précédente et recommencez.")

static enum opx_status one_field(struct opx_arena *arena, struct opx_bytes in, struct opx_field *ret,
				 struct opx_error *err)
{
	const uint8_t *equal = memchr(in.p, '=', in.n);
	size_t n_name = equal != NULL ? (size_t)(equal - in.p) : in.n;
	struct opx_bytes value = { .p = in.p + n_name, .n = 0 };
	if (equal != NULL)
		value = (struct opx_bytes){ .p = equal + 1, .n = in.n - n_name - 1 };
	OPX_TRY(opx_percent_decode(arena, (struct opx_bytes){ .p = in.p, .n = n_name }, true, &ret->name,
				   err));
	OPX_TRY(opx_percent_decode(arena, value, true, &ret->value, err));
	if (memchr(ret->name.p, '\0', ret->name.n) != NULL ||
	    memchr(ret->value.p, '\0', ret->value.n) != NULL)
		return OPX_FAIL(err, OPX_INVALID, BAD, "NUL in a field");
	return OPX_OK;
}

enum opx_status opx_fields_parse(struct opx_arena *arena, struct opx_bytes in, struct opx_fields *ret,
				 struct opx_error *err)
{
	size_t n = 0;
	for (size_t i = 0; i < in.n; i++)
		n += in.p[i] == '&' ? 1 : 0;
	if (n >= OPX_HTTP_MAX_FIELDS)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce formulaire a trop de champs."), "%zu fields",
				n + 1);
	struct opx_field *list = OPX_NEW_N(arena, struct opx_field, n + 1);
	n = 0;
	for (size_t at = 0; at < in.n;) {
		const uint8_t *amp = memchr(in.p + at, '&', in.n - at);
		size_t end = amp != NULL ? (size_t)(amp - in.p) : in.n;
		if (end > at)
			OPX_TRY(one_field(arena, (struct opx_bytes){ .p = in.p + at, .n = end - at },
					  &list[n++], err));
		at = end + 1;
	}
	*ret = (struct opx_fields){ .p = list, .n = n };
	return OPX_OK;
}

static bool starts(struct opx_bytes b, const char *z)
{
	size_t n = strlen(z);
	return b.n >= n && memcmp(b.p, z, n) == 0;
}

enum opx_status opx_form_read(struct opx_request *rq, struct opx_error *err)
{
	if (rq->form_is_read)
		return OPX_OK;
	if (rq->content_length > OPX_HTTP_MAX_FORM)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Ce formulaire est trop long."),
				"form of more than %d bytes", OPX_HTTP_MAX_FORM);
	if (rq->content_length > 0 &&
	    !starts(rq->headers[OPX_HDR_CONTENT_TYPE], "application/x-www-form-urlencoded"))
		return OPX_FAIL(err, OPX_INVALID, BAD, "form of another type");
	size_t want = (size_t)rq->content_length;
	uint8_t *data = opx_arena_alloc(rq->arena, 1, want + 1);
	size_t n = 0;
	while (n < want) {
		int64_t got = rq->body.read(&rq->body, data + n, want - n);
		if (got <= 0)
			return OPX_FAIL(err, OPX_INVALID, N_("L’envoi a été interrompu. Recommencez."),
					"form cut at %zu of %zu", n, want);
		n += (size_t)got;
	}
	OPX_TRY(opx_fields_parse(rq->arena, (struct opx_bytes){ .p = data, .n = n }, &rq->form, err));
	rq->form_is_read = true;
	return OPX_OK;
}

void opx_form_set(struct opx_request *rq, struct opx_fields fields)
{
	rq->form = fields;
	rq->form_is_read = true;
}

static bool is(struct opx_bytes b, const char *z)
{
	return b.n == strlen(z) && memcmp(b.p, z, b.n) == 0;
}

/* The only value of a field; *ret NULL when absent. */
static enum opx_status single(struct opx_request *rq, const char *name, const struct opx_field **ret,
			      struct opx_error *err)
{
	OPX_TRY(opx_form_read(rq, err));
	*ret = NULL;
	for (size_t i = 0; i < rq->form.n; i++) {
		if (!is(rq->form.p[i].name, name))
			continue;
		if (*ret != NULL)
			return OPX_FAIL(err, OPX_INVALID,
					N_("Un champ a été envoyé deux fois. Rechargez la page."),
					"field %s repeated", name);
		*ret = &rq->form.p[i];
	}
	return OPX_OK;
}

enum opx_status opx_form_opt_str(struct opx_request *rq, const char *name, enum opx_text_kind kind,
				 size_t max_bytes, struct opx_str *ret, struct opx_error *err)
{
	const struct opx_field *field = NULL;
	OPX_TRY(single(rq, name, &field, err));
	if (field == NULL) {
		*ret = OPX_STR("");
		return OPX_OK;
	}
	struct opx_str text;
	OPX_TRY(opx_str_from_bytes(rq->arena, field->value, kind, max_bytes, &text, err));
	size_t from = 0, to = text.n;
	while (from < to && text.p[from] == ' ')
		from++;
	while (to > from && text.p[to - 1] == ' ')
		to--;
	*ret = opx_str_copy(rq->arena, text.p + from, to - from);
	return OPX_OK;
}

enum opx_status opx_form_str(struct opx_request *rq, const char *name, enum opx_text_kind kind,
			     size_t max_bytes, struct opx_str *ret, struct opx_error *err)
{
	OPX_TRY(opx_form_opt_str(rq, name, kind, max_bytes, ret, err));
	if (ret->n == 0)
		return OPX_FAIL(err, OPX_INVALID, N_("Il manque une réponse dans ce formulaire."),
				"field %s is missing", name);
	return OPX_OK;
}

enum opx_status opx_form_i64(struct opx_request *rq, const char *name, int64_t min, int64_t max, int64_t *ret,
			     struct opx_error *err)
{
	struct opx_str text;
	OPX_TRY(opx_form_str(rq, name, OPX_TEXT_LINE, 24, &text, err));
	return opx_parse_i64(text, min, max, ret, err);
}

enum opx_status opx_form_list(struct opx_request *rq, const char *name, size_t max_bytes,
			      struct opx_strs *ret, struct opx_error *err)
{
	OPX_TRY(opx_form_read(rq, err));
	struct opx_str *list = OPX_NEW_N(rq->arena, struct opx_str, rq->form.n);
	size_t n = 0;
	for (size_t i = 0; i < rq->form.n; i++)
		if (is(rq->form.p[i].name, name))
			OPX_TRY(opx_str_from_bytes(rq->arena, rq->form.p[i].value, OPX_TEXT_LINE, max_bytes,
						   &list[n++], err));
	*ret = (struct opx_strs){ .p = list, .n = n };
	return OPX_OK;
}

bool opx_form_has(struct opx_request *rq, const char *name)
{
	if (opx_form_read(rq, NULL) != OPX_OK)
		return false;
	for (size_t i = 0; i < rq->form.n; i++)
		if (is(rq->form.p[i].name, name))
			return true;
	return false;
}
