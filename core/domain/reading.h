/* SPDX-License-Identifier: MPL-2.0 */
/* reading.h: a document is handed over: recorded and committed before its first byte leaves. */
#ifndef OPX_DOMAIN_READING_H
#define OPX_DOMAIN_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_act;
struct opx_arena;
struct opx_db;
struct opx_reading_ahead;

struct opx_reading {
	struct opx_bytes name;     /* as received */
	struct opx_str ascii_name; /* "D017.pdf" */
	struct opx_str mime, store_name;
	int64_t size;
	bool is_first; /* of this session: an event was written */
};

/* What is given: the bytes as deposited, or another file that holds the document ("bundle": the bundle's own SHA-256). */
struct opx_reading_form {
	const char *representation; /* "original", "bundle" */
	struct opx_bytes sha256;    /* of the bytes given; p NULL for "original" */
};

/* What an opening needs to know, asked with the session and the right (opx/route.h): document as deposited, session and person of the
 * context. *ret is in the arena. */
OPX_MUST_USE enum opx_status opx_reading_ahead_send(struct opx_db *db, int64_t document,
						    struct opx_error *err);
OPX_MUST_USE enum opx_status opx_reading_ahead_recv(struct opx_db *db, struct opx_arena *arena,
						    struct opx_reading_ahead **ret, struct opx_error *err);
/* What an opening would give; is_first: it would be the first of this session. */
void opx_reading_would_be(const struct opx_reading_ahead *ahead, struct opx_arena *arena,
			  struct opx_reading *ret);

/* The right was decided on this request. Writes doc.handover in the readings log, once a session and form; the caller
 * commits, then tells nginx to send. No lock on the dossier: readings never wait for acts. */
OPX_MUST_USE enum opx_status opx_reading_open(struct opx_act *act, int64_t document,
					      struct opx_reading_form form, struct opx_reading *ret,
					      struct opx_error *err);

#endif
