/* SPDX-License-Identifier: MPL-2.0 */
/* reading.h: a document is handed over: recorded and committed before its first byte leaves. */
#ifndef OPX_DOMAIN_READING_H
#define OPX_DOMAIN_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_act;

struct opx_reading {
	struct opx_bytes name;       /* as received */
	struct opx_str ascii_name;   /* "D017.pdf" */
	struct opx_str mime, store_name;
	int64_t size;
	bool is_first; /* of this session: an event was written */
};

/* The right was decided on this request. Writes doc.handover in the readings log, once a session and representation; the
 * caller commits, then tells nginx to send. No lock on the dossier: readings never wait for acts. */
OPX_MUST_USE enum opx_status opx_reading_open(struct opx_act *act, int64_t document, const char *representation,
					      struct opx_reading *ret, struct opx_error *err);

#endif
