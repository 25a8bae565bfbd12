/* SPDX-License-Identifier: MPL-2.0 */
/* bundle.c: see bundle.h. */
#include "evidence/bundle.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "evidence/writer.h"

static const char *const names[] = { "receipt", "document", "party", "case", "archive" };
_Static_assert(OPX_COUNT(names) == OPX_BUNDLE_KINDS, "a name for each kind");

const char *opx_bundle_kind_name(enum opx_bundle_kind kind)
{
	return names[kind];
}

enum opx_status opx_bundle_kind_parse(struct opx_str name, enum opx_bundle_kind *ret, struct opx_error *err)
{
	for (size_t i = 0; i < OPX_COUNT(names); i++)
		if (opx_str_is(name, names[i])) {
			*ret = (enum opx_bundle_kind)i;
			return OPX_OK;
		}
	return OPX_FAIL(err, OPX_INVALID, N_("Cette sorte de dossier de preuve n’existe pas."),
			"bundle kind of %zu bytes", name.n);
}

enum opx_status opx_bundle_json(struct opx_arena *arena, const struct opx_bundle_facts *facts,
				struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_writer w;
	const bool is_whole = facts->kind == OPX_BUNDLE_CASE || facts->kind == OPX_BUNDLE_ARCHIVE;
	opx_writer_begin(&w, arena);
	opx_writer_int(&w, "v", 1);
	opx_writer_str(&w, "kind", opx_str_z(opx_bundle_kind_name(facts->kind)));
	opx_writer_str(&w, "log", facts->log);
	opx_writer_int(&w, "size", facts->size);
	if (is_whole) /* it would tell a party how much was read */
		opx_writer_int(&w, "readings_size", facts->readings_size);
	opx_writer_time(&w, "made", facts->made);
	opx_writer_str(&w, "for", facts->person);
	if (facts->kind == OPX_BUNDLE_RECEIPT)
		opx_writer_int(&w, "seq", facts->seq);
	if (facts->kind == OPX_BUNDLE_DOCUMENT)
		opx_writer_str(&w, "document", facts->document);
	opx_writer_strs(&w, "bodies_absent", facts->bodies_absent);
	opx_writer_strs(&w, "readings_absent", facts->readings_absent);
	opx_writer_strs(&w, "documents_absent", facts->documents_absent);
	return opx_writer_end(&w, ret, err);
}

enum opx_status opx_receipt_json(struct opx_arena *arena, const struct opx_receipt_facts *facts,
				 struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_writer w;
	const struct opx_receipt_object *d = &facts->document;
	opx_writer_begin(&w, arena);
	opx_writer_int(&w, "v", 1);
	opx_writer_str(&w, "number", facts->number);
	opx_writer_str(&w, "log", facts->log);
	opx_writer_int(&w, "seq", facts->seq);
	opx_writer_str(&w, "line", facts->line);
	opx_writer_str(&w, "depositor", facts->depositor);
	opx_writer_str(&w, "name", facts->name);
	opx_writer_str(&w, "mail", facts->mail);
	opx_writer_strs(&w, "addressees", facts->addressees);
	opx_writer_open(&w, "document");
	opx_writer_str(&w, "id", d->id);
	opx_writer_str(&w, "sha256", d->sha256);
	opx_writer_str(&w, "sha512", d->sha512);
	opx_writer_int(&w, "size", d->size);
	opx_writer_str(&w, "mime", d->mime);
	opx_writer_str(&w, "ext", d->ext);
	opx_writer_str(&w, "name", d->name);
	opx_writer_str(&w, "kind", d->kind);
	opx_writer_str(&w, "replaces", d->replaces);
	opx_writer_close(&w);
	opx_writer_str(&w, "level", facts->level);
	opx_writer_str(&w, "token", facts->token);
	opx_writer_str(&w, "head",
		       opx_strf(arena, "%" PRId64 " %s", facts->head_size,
				opx_base64(arena, (struct opx_bytes){ .p = facts->head_root.b, .n = 32 }).p));
	return opx_writer_end(&w, ret, err);
}
