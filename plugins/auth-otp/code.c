/* SPDX-License-Identifier: MPL-2.0 */
/* code.c: see code.h. */
#include "code.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

enum code_form code_read(struct opx_str typed, char ret_digits[CODE_DIGITS + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];
		if (c == ' ' || c == '-')
			continue;
		/* A no-break space (C2 A0) or a narrow one (E2 80 AF) comes with a paste. */
		if (i + 1 < typed.n && memcmp(typed.p + i, "\xc2\xa0", 2) == 0) {
			i += 1;
			continue;
		}
		if (i + 2 < typed.n && memcmp(typed.p + i, "\xe2\x80\xaf", 3) == 0) {
			i += 2;
			continue;
		}
		if (c < '0' || c > '9')
			return ((unsigned char)c & 0x80U) != 0 ? CODE_FORM_FOREIGN_DIGITS
							       : CODE_FORM_INCOMPLETE;
		if (n == CODE_DIGITS)
			return CODE_FORM_INCOMPLETE;
		ret_digits[n++] = c;
	}
	ret_digits[n] = '\0';
	return n == CODE_DIGITS ? CODE_FORM_GOOD : CODE_FORM_INCOMPLETE;
}

void code_draw(const struct opx_random *random, char ret_digits[CODE_DIGITS + 1])
{
	for (size_t i = 0; i < CODE_DIGITS; i++)
		ret_digits[i] = (char)('0' + opx_random_below(random, 10));
	ret_digits[CODE_DIGITS] = '\0';
}

/* scrypt over the peppered text; the text is wiped. */
static enum opx_status hash_text(const struct opx_host *host, char *text, size_t size, unsigned n_log2,
				 struct opx_bytes salt, uint8_t ret[32], struct opx_error *err)
{
	struct opx_sha256 mac;
	enum opx_status status =
		host->pepper(host, (struct opx_bytes){ .p = (const uint8_t *)text, .n = strnlen(text, size) },
			     &mac, err);
	OPENSSL_cleanse(text, size);
	if (status == OPX_OK)
		status = opx_scrypt((struct opx_bytes){ .p = mac.b, .n = sizeof(mac.b) }, salt, n_log2, ret,
				    err);
	OPENSSL_cleanse(&mac, sizeof(mac));
	return status;
}

enum opx_status code_hash(const struct opx_host *host, int64_t transaction, const char *digits,
			  struct opx_bytes salt, uint8_t ret[32], struct opx_error *err)
{
	char text[64];
	(void)snprintf(text, sizeof(text), "code\n%" PRId64 "\n%s", transaction, digits);
	return hash_text(host, text, sizeof(text), 14, salt, ret, err);
}

enum opx_status access_hash(const struct opx_host *host, struct opx_str code, struct opx_bytes salt,
			    uint8_t ret[32], struct opx_error *err)
{
	char text[64];
	(void)snprintf(text, sizeof(text), "access\n%.*s", ACCESS_CHARS, code.p);
	return hash_text(host, text, sizeof(text), 15, salt, ret, err);
}

struct opx_str control_word(struct opx_arena *arena, const struct opx_random *random)
{
	static const char *const trees[] = {
		"CÈDRE",   "CHÊNE", "FRÊNE",  "HÊTRE",   "TILLEUL", "ÉRABLE",  "SAULE",    "PEUPLIER",
		"BOULEAU", "SAPIN", "MÉLÈZE", "OLIVIER", "NOYER",   "POMMIER", "CERISIER", "PLATANE",
	};
	return opx_strf(arena, "%s-%02u", trees[opx_random_below(random, OPX_COUNT(trees))],
			opx_random_below(random, 90) + 10U);
}

struct opx_str mail_mask(struct opx_arena *arena, struct opx_str mail)
{
	const char *at = memchr(mail.p, '@', mail.n);
	size_t local = at != NULL ? (size_t)(at - mail.p) : mail.n;
	bool is_ascii = true;
	for (size_t i = 0; i < local; i++)
		is_ascii = is_ascii && ((unsigned char)mail.p[i] & 0x80U) == 0;
	if (local < 3 || !is_ascii)
		return opx_strf(arena, "•••%.*s", (int)(mail.n - local), mail.p + local);
	return opx_strf(arena, "%c•••••%c%.*s", mail.p[0], mail.p[local - 1], (int)(mail.n - local),
			mail.p + local);
}

struct opx_str network_of(struct opx_arena *arena, struct opx_str address)
{
	unsigned char a[16];
	if (inet_pton(AF_INET, address.p, a) == 1)
		return opx_strf(arena, "%u.%u.%u.0/24", a[0], a[1], a[2]);
	if (inet_pton(AF_INET6, address.p, a) == 1)
		return opx_strf(arena, "%02x%02x:%02x%02x:%02x%02x:%02x00::/56", a[0], a[1], a[2], a[3], a[4],
				a[5], a[6]);
	return OPX_STR("unknown");
}

const char *browser_of(struct opx_str agent)
{
	static const struct {
		const char *mark, *name;
	} families[] = {
		{ "Edg/", "Edge" },
		{ "Firefox/", "Firefox" },
		{ "Chrome/", "Chrome" },
		{ "Safari/", "Safari" },
	};
	for (size_t i = 0; i < OPX_COUNT(families); i++)
		if (memmem(agent.p, agent.n, families[i].mark, strlen(families[i].mark)) != NULL)
			return families[i].name;
	return "autre";
}
