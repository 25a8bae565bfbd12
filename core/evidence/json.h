/* SPDX-License-Identifier: MPL-2.0 */
/* json.h: strict JSON of evidence-format 1.5: one object, strings, integers, arrays, one level of objects. Nothing else. */
#ifndef OPX_EVIDENCE_JSON_H
#define OPX_EVIDENCE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"

#define OPX_JSON_MAX_BYTES 65536
#define OPX_JSON_MAX_INT (((int64_t)1 << 53) - 1)

static inline void opx_json_freep(json_t **json)
{
	json_decref(*json);
}
#define OPX_AUTO_JSON __attribute__((cleanup(opx_json_freep))) json_t *

/* Checks bytes against the rules; *ret is the caller's (json_decref). OPX_INVALID says which rule. */
OPX_MUST_USE enum opx_status opx_json_read(struct opx_bytes in, json_t **ret, struct opx_error *err);

#endif
