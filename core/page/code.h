/* SPDX-License-Identifier: MPL-2.0 */
/* code.h: the code of an invitation letter as the web process hashes and compares it (security 6.2 and 6.4). */
#ifndef OPX_PAGE_CODE_H
#define OPX_PAGE_CODE_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "page/views_parts.h"

struct opx_arena;

/* scrypt 2^15 of HMAC(pepper, "letter" LF code): what struct opx_invite asks for. self is the struct opx_page. */
OPX_MUST_USE enum opx_status opx_page_letter_hash(void *self, struct opx_str code, struct opx_bytes salt,
						  uint8_t ret[32], struct opx_error *err);
/* A code field that comes back: what was typed, with what is missing of the wanted number of signs ("Il manque un chiffre.") or, when
 * the number is right, the sentence. word: "chiffre" or "signe". */
struct view_field opx_code_field(struct opx_arena *arena, struct opx_str typed, size_t wanted,
				 const char *word, const char *sentence);

#endif
