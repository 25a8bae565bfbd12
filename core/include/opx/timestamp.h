/* SPDX-License-Identifier: MPL-2.0 */
/* timestamp.h: RFC 3161 tokens for digests. Called in jobs of the post lane, never in a request. */
#ifndef OPX_TIMESTAMP_H
#define OPX_TIMESTAMP_H

#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

struct opx_job;

struct opx_token_info {
	struct opx_bytes tsr; /* DER TimeStampResp, verified in full */
	struct opx_instant gen_time;
	int64_t accuracy_us;
};

struct opx_timestamp_authority {
	uint32_t size;
	const char *name;
	/* Token for a SHA-256 imprint, in the job's arena, verified (nonce, imprint, chain, revocation, EKU, ESSCertIDv2).
	 * May block up to the job's deadline. OPX_UNAVAILABLE: try later. OPX_INTERNAL: the answer was wrong (alarm). */
	enum opx_status (*stamp)(void *self, struct opx_job *job, const struct opx_sha256 *imprint,
				 struct opx_token_info *ret, struct opx_error *err);
};

#endif
