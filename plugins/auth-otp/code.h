/* SPDX-License-Identifier: MPL-2.0 */
/* code.h: what is typed, drawn and hashed at the door by codes (security 6.4). No database, no request. */
#ifndef AUTH_OTP_CODE_H
#define AUTH_OTP_CODE_H

#include <opx/plugin.h>

#define CODE_DIGITS 8
#define ACCESS_CHARS 16

enum code_form { CODE_FORM_GOOD, CODE_FORM_INCOMPLETE, CODE_FORM_FOREIGN_DIGITS };

/* Keeps the ASCII digits of what was typed; spaces and hyphens do not count. */
enum code_form code_read(struct opx_str typed, char ret_digits[CODE_DIGITS + 1]);
/* Eight uniform digits. */
void code_draw(const struct opx_random *random, char ret_digits[CODE_DIGITS + 1]);
/* scrypt 2^14 of HMAC(pepper, "code" LF transaction LF digits). */
OPX_MUST_USE enum opx_status code_hash(const struct opx_host *host, int64_t transaction, const char *digits,
				       struct opx_bytes salt, uint8_t ret[32], struct opx_error *err);
/* scrypt 2^15 of HMAC(pepper, "access" LF code); code is normalised Crockford. */
OPX_MUST_USE enum opx_status access_hash(const struct opx_host *host, struct opx_str code,
					 struct opx_bytes salt, uint8_t ret[32], struct opx_error *err);
/* "CÈDRE-41". */
struct opx_str control_word(struct opx_arena *arena, const struct opx_random *random);
/* "r•••••t@exemple.fr": first and last character of the local part; short ones show less. */
struct opx_str mail_mask(struct opx_arena *arena, struct opx_str mail);
/* The /24 or /56 that an address belongs to, as text. */
struct opx_str network_of(struct opx_arena *arena, struct opx_str address);
/* "Firefox", "Chrome", "Safari", "Edge" or "autre": the browser's family, for the mail. */
const char *browser_of(struct opx_str agent);

#endif
