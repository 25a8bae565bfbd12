/* SPDX-License-Identifier: MPL-2.0 */
/* bundle.h: what a bundle says of itself: bundle.json and receipt.json (evidence-format 5.7, 5.10). */
#ifndef OPX_EVIDENCE_BUNDLE_H
#define OPX_EVIDENCE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;

enum opx_bundle_kind {
	OPX_BUNDLE_RECEIPT,
	OPX_BUNDLE_DOCUMENT,
	OPX_BUNDLE_PARTY,
	OPX_BUNDLE_CASE,
	OPX_BUNDLE_ARCHIVE
};
#define OPX_BUNDLE_KINDS 5

/* "receipt", "document", "party", "case", "archive". */
const char *opx_bundle_kind_name(enum opx_bundle_kind kind);
OPX_MUST_USE enum opx_status opx_bundle_kind_parse(struct opx_str name, enum opx_bundle_kind *ret,
						   struct opx_error *err);

struct opx_bundle_facts {
	enum opx_bundle_kind kind;
	struct opx_str log; /* origin of the acts */
	int64_t size, readings_size;
	struct opx_instant made;
	struct opx_str person;   /* "P7"; "-" of an archive */
	int64_t seq;             /* of a receipt */
	struct opx_str document; /* of a document bundle */
	struct opx_strs bodies_absent, readings_absent, documents_absent;
};
OPX_MUST_USE enum opx_status opx_bundle_json(struct opx_arena *arena, const struct opx_bundle_facts *facts,
					     struct opx_bytes *ret, struct opx_error *err);

/* The object of a body, as its text says. */
struct opx_receipt_object {
	struct opx_str id, sha256, sha512, mime, ext, name, kind, replaces;
	int64_t size;
};
struct opx_receipt_facts {
	struct opx_str number, log, line, depositor, name, mail;
	struct opx_strs addressees;
	struct opx_receipt_object document;
	struct opx_str level, token; /* token: hex, or "pending" */
	int64_t seq, head_size;
	struct opx_sha256 head_root;
};
OPX_MUST_USE enum opx_status opx_receipt_json(struct opx_arena *arena, const struct opx_receipt_facts *facts,
					      struct opx_bytes *ret, struct opx_error *err);

#endif
