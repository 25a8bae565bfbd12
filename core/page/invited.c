/* SPDX-License-Identifier: MPL-2.0 */
/* invited.c: see invited.h. */
#include "page/invited.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/num.h"
#include "http/request.h"
#include "http/response.h"
#include "page/page.h"
#include "plugin/site.h"

#include <opx/host.h>

#define PROOF_LIFE_S 1800

bool opx_invited_number(struct opx_str typed, char ret[OPX_INVITATION_NUMBER_CHARS + 1])
{
	size_t from = 0, n = 0;
	for (size_t i = 0; i < typed.n; i++)
		if (typed.p[i] == '/')
			from = i + 1;
	for (size_t i = from; i < typed.n; i++) {
		char c = typed.p[i];
		if (c == ' ' || c == '-')
			continue;
		c = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')) || n == OPX_INVITATION_NUMBER_CHARS)
			return false;
		ret[n++] = c;
	}
	ret[n] = '\0';
	return n == OPX_INVITATION_NUMBER_CHARS;
}

struct opx_str opx_invited_consent(void)
{
	return OPX_STR(N_(
		"J’accepte de recevoir par voie électronique, sur cette plateforme, les documents de cette expertise : convocations, "
		"notes, pièces, pré-rapport et rapport (code de procédure civile, article 748-2).\n"
		"Chaque document m’est annoncé par un e-mail, qui ne le contient pas. Je le lis ici, après connexion.\n"
		"La date de chaque dépôt et celle de ma première lecture de chaque document sont enregistrées et servent de preuve. "
		"L’expert et le juge voient mes lectures.\n"
		"Je me connecte avec un moyen qui m’est personnel, et je ne le prête pas. Un code d’accès et un code reçu par e-mail "
		"donnent un niveau de preuve simple (L0) ; une carte ou une clé, un niveau plus élevé.\n"
		"Je peux demander le papier à tout moment, pour la suite, en écrivant à l’expert."));
}

const struct opx_str *opx_invited_consent_lines(struct opx_arena *arena, size_t *ret_n)
{
	struct opx_str text = opx_invited_consent();
	struct opx_str *list = OPX_NEW_N(arena, struct opx_str, 16);
	size_t n = 0;
	for (size_t at = 0; at < text.n && n < 16;) {
		const char *lf = memchr(text.p + at, '\n', text.n - at);
		size_t end = lf != NULL ? (size_t)(lf - text.p) : text.n;
		list[n++] = opx_str_copy(arena, text.p + at, end - at);
		at = end + 1;
	}
	*ret_n = n;
	return list;
}

static struct opx_str cookie_of(const struct opx_page *page)
{
	return opx_strf(page->arena, "%s-invitation", page->c->site->cookie.p);
}

/* "invitation.expiry.transaction" */
static enum opx_status mac_of(const struct opx_page *page, struct opx_str text, struct opx_sha256 *ret,
			      struct opx_error *err)
{
	struct opx_str whole = opx_strf(page->arena, "invitation\n%s", text.p);
	return page->c->host->pepper(page->c->host, opx_bytes_of(whole), ret, err);
}

enum opx_status opx_invited_proof_set(const struct opx_page *page, int64_t invitation,
				      const uint8_t transaction_sha256[32], struct opx_error *err)
{
	struct opx_sha256 mac;
	struct opx_arena *arena = page->arena;
	struct opx_str hex = opx_hex_str(arena, (struct opx_bytes){ .p = transaction_sha256, .n = 32 });
	int64_t until = opx_now(page->c->clock).us / 1000000 + PROOF_LIFE_S;
	struct opx_str text = opx_strf(arena, "%" PRId64 ".%" PRId64 ".%s", invitation, until, hex.p);
	OPX_TRY(mac_of(page, text, &mac, err));
	struct opx_str mac_hex = opx_hex_str(arena, (struct opx_bytes){ .p = mac.b, .n = sizeof(mac.b) });
	opx_respond_cookie(page->c->rq, cookie_of(page), opx_strf(arena, "%s.%s", text.p, mac_hex.p),
			   PROOF_LIFE_S);
	return OPX_OK;
}

bool opx_invited_proof_find(const struct opx_page *page, int64_t invitation, struct opx_invited_proof *ret)
{
	struct opx_arena *arena = page->arena;
	struct opx_bytes cookie = opx_request_cookie(page->c->rq, cookie_of(page));
	struct opx_sha256 mac;
	uint8_t given[32];
	int64_t until = 0;
	/* a number, a time, 64 and 64 characters, three points */
	if (cookie.n < 64 + 64 + 5 || cookie.n > 64 + 64 + 3 + 40 || !opx_utf8_is_valid(cookie))
		return false;
	struct opx_str whole = opx_str_copy(arena, (const char *)cookie.p, cookie.n);
	struct opx_str text = opx_str_copy(arena, whole.p, whole.n - 65);
	if (whole.p[text.n] != '.' ||
	    opx_unhex(opx_str_copy(arena, whole.p + text.n + 1, 64), given, 32, NULL) != OPX_OK ||
	    mac_of(page, text, &mac, NULL) != OPX_OK || !opx_secret_eq(mac.b, given, sizeof(given)))
		return false;
	/* Ours from here on: we wrote it. */
	struct opx_str prefix = opx_strf(arena, "%" PRId64 ".", invitation);
	if (!opx_str_starts(text, prefix.p) || text.n < prefix.n + 66)
		return false;
	struct opx_str time = opx_str_copy(arena, text.p + prefix.n, text.n - prefix.n - 65);
	struct opx_str hex = opx_str_copy(arena, text.p + text.n - 64, 64);
	return opx_parse_i64(time, 0, INT64_MAX, &until, NULL) == OPX_OK &&
	       until > opx_now(page->c->clock).us / 1000000 &&
	       opx_unhex(hex, ret->transaction_sha256, 32, NULL) == OPX_OK;
}

void opx_invited_proof_end(const struct opx_page *page)
{
	opx_respond_cookie(page->c->rq, cookie_of(page), OPX_STR(""), 0);
}
