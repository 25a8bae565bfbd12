/* SPDX-License-Identifier: MPL-2.0 */
/* code.c: see code.h. */
#include "page/code.h"

#include <stdio.h>

#include <openssl/crypto.h>

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
