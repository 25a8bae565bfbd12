/* SPDX-License-Identifier: MPL-2.0 */
/* notice.h: a channel that carries a message to a person, and what became of it. */
#ifndef OPX_NOTICE_H
#define OPX_NOTICE_H

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_job;

/* Plain text, French, no content of a dossier, no deep link, nothing attached (security 6.5). */
struct opx_mail {
	struct opx_str to;      /* one checked address */
	struct opx_str subject; /* one line */
	struct opx_str text;    /* lines ended by LF */
};

struct opx_delivery {
	struct opx_sha256 message;   /* of the message as sent */
	struct opx_str relay_answer; /* the relay's last line, scrubbed, at most 512 bytes */
};

struct opx_notice_channel {
	uint32_t size;
	const char *name; /* "smtp" */
	/* OPX_UNAVAILABLE: try later; OPX_INVALID: the relay refused this address for good; ret is filled then
	 * too, so that the refusal can be recorded. */
	enum opx_status (*send)(void *self, struct opx_job *job, const struct opx_mail *mail,
				struct opx_delivery *ret, struct opx_error *err);
};

#endif
