/* SPDX-License-Identifier: MPL-2.0 */
/* draft.c: see draft.h. */
#include "domain/draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/random.h"
#include "sql_draft.h"

#define MAX_NAME_BYTES 255

enum opx_status opx_draft_name(struct opx_arena *arena, struct opx_bytes name, struct opx_str *ret_shown,
			       struct opx_error *err)
{
	if (name.n == 0 || name.n > MAX_NAME_BYTES)
		return OPX_FAIL(
			err, OPX_INVALID,
			N_("Le nom de ce fichier est vide ou trop long. Renommez-le, puis ajoutez-le."),
			"file name of %zu bytes", name.n);
	if (!opx_utf8_is_valid(name) || opx_utf8_has_forbidden(name) || memchr(name.p, '/', name.n) != NULL ||
	    memchr(name.p, '\\', name.n) != NULL)
		return OPX_FAIL(
			err, OPX_INVALID,
			N_("Le nom de ce fichier contient des caractères cachés ou un chemin. Renommez-le, puis ajoutez-le."),
			"file name with forbidden characters");
	return opx_str_from_bytes(arena, name, OPX_TEXT_LINE, MAX_NAME_BYTES * 3, ret_shown, err);
}

enum opx_status opx_draft_too_large(int64_t size, int64_t max_bytes, struct opx_error *err)
{
	static const struct {
		int64_t bytes;
		const char *name;
	} units[] = { { 1000000000, "Go" }, { 1000000, "Mo" }, { 1000, "Ko" }, { 1, "octets" } };
	char limit[32];
	size_t i = 0;
	while (max_bytes % units[i].bytes != 0)
		i++; /* the last one divides all */
	(void)snprintf(limit, sizeof(limit), "%" PRId64 "\xc2\xa0%s", max_bytes / units[i].bytes,
		       units[i].name);
	return OPX_FAIL_ARG(err, OPX_TOO_LARGE, N_("Ce fichier dépasse %s. Découpez-le ou compressez-le."),
			    limit, "file of %" PRId64 " bytes, at most %" PRId64, size, max_bytes);
}

enum opx_status opx_draft_add_file(struct opx_db *db, struct opx_arena *arena,
				   const struct opx_random *random, const struct opx_draft_limits *limits,
				   int64_t draft, const struct opx_draft_file *file, int64_t *ret_id,
				   struct opx_str *ret_upload, struct opx_error *err)
{
	struct opx_str shown;
	uint8_t bytes[16];
	struct sql_draft_file_add_row row;
	bool is_added = false;
	OPX_TRY(opx_draft_name(arena, file->name, &shown, err));
	if (file->size > limits->max_file_bytes)
		return opx_draft_too_large(file->size, limits->max_file_bytes, err);
	opx_random_fill(random, bytes, sizeof(bytes));
	struct opx_str upload = opx_hex_str(arena, (struct opx_bytes){ .p = bytes, .n = sizeof(bytes) });
	OPX_TRY(sql_draft_file_add(db, draft, upload, file->name, shown, file->declared_type, file->size,
				   limits->max_files, limits->quota_bytes, &is_added, &row, err));
	if (!is_added)
		return OPX_FAIL(
			err, OPX_TOO_LARGE,
			N_("Ce brouillon a trop de fichiers, ou des fichiers trop lourds en tout. Déposez-les en plusieurs fois."),
			"draft %" PRId64 " is full, filed or gone", draft);
	*ret_id = row.id;
	*ret_upload = upload;
	return OPX_OK;
}
