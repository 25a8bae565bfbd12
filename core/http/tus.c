/* SPDX-License-Identifier: MPL-2.0 */
/* tus.c: see tus.h. */
#include "http/tus.h"

#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/num.h"
#include "http/request.h"

#define BAD N_("Cet envoi n’est pas lisible. Rechargez la page et recommencez.")
#define MAX_METADATA 4096

bool opx_tus_is_spoken(const struct opx_request *rq)
{
	return opx_request_header_is(rq, OPX_HDR_TUS_RESUMABLE, OPX_TUS_VERSION);
}

/* Header bytes as text: printable ASCII only. */
static enum opx_status text_of(struct opx_arena *arena, struct opx_bytes in, struct opx_str *ret,
			       struct opx_error *err)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < 0x20 || in.p[i] >= 0x7f)
			return OPX_FAIL(err, OPX_INVALID, BAD, "odd bytes in a tus header");
	*ret = opx_str_copy(arena, (const char *)in.p, in.n);
	return OPX_OK;
}

enum opx_status opx_tus_number(struct opx_arena *arena, struct opx_bytes header, int64_t *ret,
			       struct opx_error *err)
{
	struct opx_str text;
	if (header.n == 0 || header.n > 20)
		return OPX_FAIL(err, OPX_INVALID, BAD, "tus number of %zu bytes", header.n);
	OPX_TRY(text_of(arena, header, &text, err));
	if (opx_parse_i64(text, 0, INT64_MAX, ret, NULL) != OPX_OK)
		return OPX_FAIL(err, OPX_INVALID, BAD, "tus number");
	return OPX_OK;
}

enum opx_status opx_tus_metadata(struct opx_arena *arena, struct opx_bytes header, const char *key,
				 struct opx_bytes *ret, struct opx_error *err)
{
	size_t n_key = strlen(key);
	struct opx_str value = { .p = NULL };
	if (header.n > MAX_METADATA)
		return OPX_FAIL(err, OPX_INVALID, BAD, "Upload-Metadata of %zu bytes", header.n);
	for (size_t at = 0; at < header.n;) {
		const uint8_t *comma = memchr(header.p + at, ',', header.n - at);
		size_t end = comma != NULL ? (size_t)(comma - header.p) : header.n;
		size_t from = at;
		while (from < end && header.p[from] == ' ')
			from++;
		if (end - from > n_key + 1 && memcmp(header.p + from, key, n_key) == 0 &&
		    header.p[from + n_key] == ' ') {
			if (value.p != NULL)
				return OPX_FAIL(err, OPX_INVALID, BAD, "%s twice in Upload-Metadata", key);
			from += n_key + 1;
			OPX_TRY(text_of(arena, (struct opx_bytes){ .p = header.p + from, .n = end - from },
					&value, err));
		}
		at = end + 1;
	}
	if (value.p == NULL || value.n == 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "no %s in Upload-Metadata", key);
	return opx_unbase64(arena, value, ret, err);
}

enum opx_status opx_tus_checksum(struct opx_arena *arena, struct opx_bytes header, bool *ret_is_given,
				 struct opx_sha256 *ret, struct opx_error *err)
{
	static const char name[] = "sha256 ";
	struct opx_str text;
	struct opx_bytes digest;
	*ret_is_given = false;
	if (header.n == 0)
		return OPX_OK;
	if (header.n > 100 || header.n <= sizeof(name) - 1 || memcmp(header.p, name, sizeof(name) - 1) != 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "Upload-Checksum is not sha256");
	OPX_TRY(text_of(arena,
			(struct opx_bytes){ .p = header.p + sizeof(name) - 1,
					    .n = header.n - sizeof(name) + 1 },
			&text, err));
	OPX_TRY(opx_unbase64(arena, text, &digest, err));
	if (digest.n != sizeof(ret->b))
		return OPX_FAIL(err, OPX_INVALID, BAD, "Upload-Checksum of %zu bytes", digest.n);
	memcpy(ret->b, digest.p, sizeof(ret->b));
	*ret_is_given = true;
	return OPX_OK;
}

void opx_tus_answer(struct opx_request *rq, int status, const char *sentence)
{
	if (sentence != NULL)
		opx_respond_text(rq, status, sentence);
	else
		opx_respond(rq, status, NULL, (struct opx_bytes){ .n = 0 });
	opx_respond_header(rq, "Tus-Resumable", OPX_STR(OPX_TUS_VERSION));
}
