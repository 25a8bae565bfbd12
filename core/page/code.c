/* SPDX-License-Identifier: MPL-2.0 */
/* code.c: see code.h. */
#include "page/code.h"

#include <stdio.h>

#include <openssl/crypto.h>

#include "base/arena.h"
#include "base/digest.h"
#include "domain/participant.h"
#include "page/page.h"

#include <opx/host.h>

#define COST_LOG2 15

enum opx_status opx_page_letter_hash(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
				     struct opx_error *err)
{
	const struct opx_page *page = self;
	const struct opx_host *host = page->c->host;
	char text[64];
	struct opx_sha256 mac;
	OPX_ASSERT(code.n == OPX_INVITATION_CODE_CHARS);
	int n = snprintf(text, sizeof(text), "letter\n%s", code.p);
	enum opx_status status =
		host->pepper(host, (struct opx_bytes){ .p = (const uint8_t *)text, .n = (size_t)n }, &mac,
			     err);
	OPENSSL_cleanse(text, sizeof(text));
	if (status == OPX_OK)
		status = opx_scrypt((struct opx_bytes){ .p = mac.b, .n = sizeof(mac.b) }, salt, COST_LOG2,
				    ret, err);
	OPENSSL_cleanse(&mac, sizeof(mac));
	return status;
}

/* Letters and digits, whatever their script; spaces and hyphens do not count. */
static size_t count_signs(struct opx_str typed)
{
	size_t n = 0;
	for (size_t i = 0; i < typed.n; i++)
		n += typed.p[i] != ' ' && typed.p[i] != '-' && ((unsigned char)typed.p[i] & 0xC0U) != 0x80U
			     ? 1
			     : 0;
	return n;
}

struct view_field opx_code_field(struct opx_arena *arena, struct opx_str typed, size_t wanted,
				 const char *word, const char *sentence)
{
	size_t n = count_signs(typed);
	struct view_field field = { .value = typed, .fault = opx_str_z(sentence) };
	if (n + 1 == wanted)
		field.fault = opx_strf(arena, "Il manque un %s.", word);
	else if (n < wanted)
		field.fault = opx_strf(arena, "Il manque %zu %ss.", wanted - n, word);
	else if (n == wanted + 1)
		field.fault = opx_strf(arena, "Il y a un %s de trop.", word);
	else if (n > wanted)
		field.fault = opx_strf(arena, "Il y a %zu %ss de trop.", n - wanted, word);
	return field;
}
