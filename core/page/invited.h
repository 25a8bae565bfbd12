/* SPDX-License-Identifier: MPL-2.0 */
/* invited.h: what an invitation needs beside its pages: its number as typed, the consent as recorded, the proof that this browser
 * gave both codes.
 */
#ifndef OPX_PAGE_INVITED_H
#define OPX_PAGE_INVITED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "domain/participant.h"

struct opx_arena;
struct opx_page;

/* The number in what was typed or pasted: an address, spaces, hyphens and capitals do not matter. */
bool opx_invited_number(struct opx_str typed, char ret[OPX_INVITATION_NUMBER_CHARS + 1]);

/* The text to which a person agrees (code de procédure civile, article 748-2); its SHA-256 goes in member.accept. */
struct opx_str opx_invited_consent(void);
/* The same, a paragraph each. */
const struct opx_str *opx_invited_consent_lines(struct opx_arena *arena, size_t *ret_n);

/* Between the mail code and the answer: a cookie that only this server can make (HMAC under the pepper), good for 30 minutes and
 * for one invitation, which can be answered once. */
struct opx_invited_proof {
	uint8_t transaction_sha256[32];
};
OPX_MUST_USE enum opx_status opx_invited_proof_set(const struct opx_page *page, int64_t invitation,
						   const uint8_t transaction_sha256[32],
						   struct opx_error *err);
bool opx_invited_proof_find(const struct opx_page *page, int64_t invitation, struct opx_invited_proof *ret);
void opx_invited_proof_end(const struct opx_page *page);

#endif
