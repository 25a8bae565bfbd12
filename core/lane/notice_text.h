/* SPDX-License-Identifier: MPL-2.0 */
/* notice_text.h: the words of the mails that tell. No content of a dossier, no name, no way around the sign-in. */
#ifndef OPX_LANE_NOTICE_TEXT_H
#define OPX_LANE_NOTICE_TEXT_H

#include <stdbool.h>

#include "base/str.h"
#include "opx/notice.h"

struct opx_arena;

/* n deposits were made in the dossier of that number; door: the address of the host that this person signs in on. */
struct opx_mail opx_text_filings(struct opx_arena *arena, struct opx_str to, struct opx_str rg_number,
				 struct opx_str door, size_t n);
/* An invitation: its address, which is no key. has_letter: the code that opens it comes by post. */
struct opx_mail opx_text_invitation(struct opx_arena *arena, struct opx_str to, struct opx_str door,
				    struct opx_str number, bool has_letter);

/* The access code is renewed: the same address, whose code comes by post. */
struct opx_mail opx_text_new_code(struct opx_arena *arena, struct opx_str to, struct opx_str door,
				  struct opx_str number);
/* To the one who invited: an invitation was over before it was used. */
struct opx_mail opx_text_asked_again(struct opx_arena *arena, struct opx_str to, struct opx_str rg_number,
				     struct opx_str door);
/* What became of a request for access; door: the card host. */
struct opx_mail opx_text_claim(struct opx_arena *arena, struct opx_str to, struct opx_str door,
			       bool is_approved);

#endif
