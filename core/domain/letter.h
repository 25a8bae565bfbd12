/* SPDX-License-Identifier: MPL-2.0 */
/* letter.h: the letter that carries the code of an invitation: queued for the make lane with the code encrypted (security 6.2). */
#ifndef OPX_DOMAIN_LETTER_H
#define OPX_DOMAIN_LETTER_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_act;
struct opx_arena;
struct opx_invited;

/* Queues the letter of an invitation that has a code, for the act's session alone and for 15 minutes. key: the letter key of web
 * and make. *ret_artefact is its row. */
OPX_MUST_USE enum opx_status opx_letter_order(struct opx_act *act, const struct opx_invited *invited,
					      const uint8_t key[32], int64_t *ret_artefact,
					      struct opx_error *err);
/* What the job's secret is bound to (context of core/base/sealed.h): the artefact's row. Its plain text is the code's characters,
 * without hyphens. */
struct opx_str opx_letter_context(struct opx_arena *arena, int64_t artefact);

#endif
