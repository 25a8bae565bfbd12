/* SPDX-License-Identifier: MPL-2.0 */
/* token_certs.h: the certificates that judge a token: those it carries, and those of the roots file. */
#ifndef OPX_LANE_TOKEN_CERTS_H
#define OPX_LANE_TOKEN_CERTS_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;

/* DER of each, at most 48; tsr is a verified TimeStampResp. roots: PEM file, or "". OPX_INVALID: neither can be read. */
OPX_MUST_USE enum opx_status opx_token_certs(struct opx_arena *arena, struct opx_bytes tsr, const char *roots,
					     const struct opx_bytes **ret, size_t *ret_n,
					     struct opx_error *err);

#endif
