/* SPDX-License-Identifier: MPL-2.0 */
/* message.h: a mail as bytes (RFC 5322, RFC 2045-2047): nothing that a person typed can add a header or a recipient. */
#ifndef OPX_NOTICE_SMTP_MESSAGE_H
#define OPX_NOTICE_SMTP_MESSAGE_H

#include "base/date.h"
#include "base/error.h"
#include "base/random.h"
#include "base/str.h"
#include "opx/notice.h"

struct opx_arena;

struct sender {
	struct opx_str address; /* "ne-pas-repondre@opx.example" */
	struct opx_str name;    /* shown; may be empty */
	struct opx_str domain;  /* right side of Message-ID */
};

/* local@domain in ASCII without quotes, comments, spaces or controls; at most 254 bytes. */
bool message_is_address(struct opx_str address);
/* OPX_INVALID: the address or the subject is not clean. */
OPX_MUST_USE enum opx_status message_build(struct opx_arena *arena, const struct sender *sender,
					   const struct opx_mail *mail, struct opx_instant now,
					   const struct opx_random *random, struct opx_bytes *ret,
					   struct opx_error *err);

#endif
