/* SPDX-License-Identifier: MPL-2.0 */
/* tus.h: the headers of resumable uploads (tus 1.0: core, creation, termination, checksum) to typed values. */
#ifndef OPX_HTTP_TUS_H
#define OPX_HTTP_TUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_arena;
struct opx_request;

#define OPX_TUS_VERSION "1.0.0"
/* Answers that only tus knows. */
#define OPX_TUS_CHECKSUM_MISMATCH 460
#define OPX_TUS_NO_ROOM 507

/* Does the client speak our version? */
bool opx_tus_is_spoken(const struct opx_request *rq);
/* Upload-Length, Upload-Offset: a decimal number from 0. OPX_INVALID when absent or odd. */
OPX_MUST_USE enum opx_status opx_tus_number(struct opx_arena *arena, struct opx_bytes header, int64_t *ret,
					    struct opx_error *err);
/* The value of one key of Upload-Metadata ("key base64,key base64"), decoded. OPX_INVALID: absent, twice or not base64. */
OPX_MUST_USE enum opx_status opx_tus_metadata(struct opx_arena *arena, struct opx_bytes header,
					      const char *key, struct opx_bytes *ret, struct opx_error *err);
/* Upload-Checksum: "sha256 base64". *ret_is_given false when the header is absent. OPX_INVALID: another algorithm or odd. */
OPX_MUST_USE enum opx_status opx_tus_checksum(struct opx_arena *arena, struct opx_bytes header,
					      bool *ret_is_given, struct opx_sha256 *ret,
					      struct opx_error *err);
/* The whole answer: a status, one sentence for the person or nothing, and the protocol's own header. */
void opx_tus_answer(struct opx_request *rq, int status, const char *sentence);

#endif
