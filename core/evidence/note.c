/* SPDX-License-Identifier: MPL-2.0 */
/* note.c: see note.h. */
#include "evidence/note.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/num.h"
#include "evidence/leaf.h"

#define BAD N_("Un état signé du journal n’a pas la bonne forme.")
#define DASH "\xe2\x80\x94 " /* U+2014 and a space */

void opx_key_id(struct opx_str name, const uint8_t key[32], uint8_t ret[4])
{
	static const uint8_t middle[] = { '\n', 1 };
	struct opx_sha256 h = opx_sha256_parts(opx_bytes_of(name),
					       (struct opx_bytes){ .p = middle, .n = sizeof(middle) },
					       (struct opx_bytes){ .p = key, .n = 32 });
	memcpy(ret, h.b, 4);
}

struct opx_str opx_vkey_format(struct opx_arena *arena, const struct opx_vkey *key)
{
	uint8_t id[4], typed[33] = { 1 };
	char hex[9];
	opx_key_id(key->name, key->key, id);
	opx_hex(id, sizeof(id), hex);
	memcpy(typed + 1, key->key, 32);
	return opx_strf(arena, "%s+%s+%s", key->name.p, hex,
			opx_base64(arena, (struct opx_bytes){ .p = typed, .n = 33 }).p);
}

enum opx_status opx_vkey_parse(struct opx_arena *arena, struct opx_str line, struct opx_vkey *ret,
			       struct opx_error *err)
{
	const char *first = memchr(line.p, '+', line.n);
	size_t n_name = first != NULL ? (size_t)(first - line.p) : 0;
	struct opx_bytes typed = { .n = 0 };
	uint8_t id[4], wanted[4];
	bool is_good = first != NULL && line.n > n_name + 10 && first[9] == '+';
	is_good = is_good && opx_unhex((struct opx_str){ .p = first + 1, .n = 8 }, id, 4, NULL) == OPX_OK &&
		  opx_unbase64(arena, (struct opx_str){ .p = first + 10, .n = line.n - n_name - 10 }, &typed,
			       NULL) == OPX_OK &&
		  typed.n == 33 && typed.p[0] == 1;
	if (is_good) {
		ret->name = opx_str_copy(arena, line.p, n_name);
		memcpy(ret->key, typed.p + 1, 32);
		opx_key_id(ret->name, ret->key, wanted);
		is_good = opx_origin_is_valid(ret->name) && memcmp(id, wanted, 4) == 0;
	}
	return is_good ? OPX_OK : OPX_FAIL(err, OPX_INVALID, BAD, "verifier key of %zu bytes", line.n);
}

enum opx_status opx_ed25519_public(EVP_PKEY *key, uint8_t ret[32], struct opx_error *err)
{
	size_t n = 32;
	if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519)
		return OPX_FAIL(err, OPX_INVALID, N_("La clé du journal n’est pas une clé Ed25519."),
				"not an Ed25519 key");
	OPX_ASSERT(EVP_PKEY_get_raw_public_key(key, ret, &n) == 1 && n == 32);
	return OPX_OK;
}

enum opx_status opx_ed25519_sign(EVP_PKEY *key, struct opx_bytes text, uint8_t ret[64], struct opx_error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	OPX_ASSERT(ctx != NULL);
	size_t n = 64;
	bool is_signed = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
			 EVP_DigestSign(ctx, ret, &n, text.p, text.n) == 1 && n == 64;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_signed ? OPX_OK
			 : OPX_FAIL(err, OPX_INTERNAL, N_("Le journal ne peut pas être signé."),
				    "Ed25519 signature failed");
}

bool opx_ed25519_check(const uint8_t key[32], struct opx_bytes text, const uint8_t signature[64])
{
	EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	/* Any 32 bytes are taken as a key; only the signature tells. */
	OPX_ASSERT(ctx != NULL && public != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, public) == 1);
	bool is_good = EVP_DigestVerify(ctx, signature, 64, text.p, text.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(public);
	ERR_clear_error();
	return is_good;
}

/* The three lines that are signed. */
static void put_text(struct opx_arena *arena, struct opx_buf *buf, const struct opx_head *head)
{
	opx_buf_printf(buf, "%s\n%" PRIu64 "\n%s\n", head->origin.p, head->size,
		       opx_base64(arena, (struct opx_bytes){ .p = head->root.b, .n = 32 }).p);
}

enum opx_status opx_note_sign(struct opx_arena *arena, const struct opx_head *head, EVP_PKEY *const *keys,
			      size_t n_keys, struct opx_bytes *ret, struct opx_error *err)
{
	struct opx_buf buf;
	struct {
		uint8_t b[68]; /* key id, signature */
	} lines[2];
	OPX_ASSERT(n_keys >= 1 && n_keys <= OPX_COUNT(lines));
	opx_buf_init(&buf, arena, OPX_NOTE_MAX_BYTES);
	put_text(arena, &buf, head);
	for (size_t i = 0; i < n_keys; i++) {
		uint8_t public[32];
		OPX_TRY(opx_ed25519_public(keys[i], public, err));
		opx_key_id(head->origin, public, lines[i].b);
		OPX_TRY(opx_ed25519_sign(keys[i], opx_buf_bytes(&buf), lines[i].b + 4, err));
	}
	size_t first = n_keys == 2 && memcmp(lines[1].b, lines[0].b, 4) < 0 ? 1 : 0;
	opx_buf_putc(&buf, '\n');
	for (size_t i = 0; i < n_keys; i++) {
		const struct opx_bytes line = { .p = lines[(first + i) % n_keys].b, .n = 68 };
		opx_buf_printf(&buf, DASH "%s %s\n", head->origin.p, opx_base64(arena, line).p);
	}
	OPX_TRY(opx_buf_ok(&buf, err));
	*ret = opx_buf_bytes(&buf);
	return OPX_OK;
}

/* The next line without its LF; false at the end or when the last LF is missing. */
static bool next_line(struct opx_bytes *rest, struct opx_str *ret)
{
	const uint8_t *lf = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	if (lf == NULL)
		return false;
	*ret = (struct opx_str){ .p = (const char *)rest->p, .n = (size_t)(lf - rest->p) };
	rest->n -= ret->n + 1;
	rest->p = lf + 1;
	return true;
}

static bool parse_head(struct opx_arena *arena, struct opx_bytes *rest, struct opx_head *ret)
{
	struct opx_str origin, size, root, blank;
	struct opx_bytes hash;
	int64_t n = 0;
	if (!next_line(rest, &origin) || !next_line(rest, &size) || !next_line(rest, &root))
		return false;
	if (!opx_origin_is_valid(origin) || opx_parse_i64(size, 0, INT64_MAX, &n, NULL) != OPX_OK ||
	    opx_unbase64(arena, root, &hash, NULL) != OPX_OK || hash.n != 32)
		return false;
	ret->origin = opx_str_copy(arena, origin.p, origin.n);
	ret->size = (uint64_t)n;
	memcpy(ret->root.b, hash.p, 32);
	return next_line(rest, &blank) && blank.n == 0 && rest->n > 0;
}

/* One signature line: OPX_OK good or unknown (*ret_known), OPX_FORBIDDEN known and wrong, OPX_INVALID malformed. */
static enum opx_status check_line(struct opx_arena *arena, struct opx_str line, struct opx_bytes text,
				  const struct opx_vkey *keys, size_t n_keys, bool *ret_known,
				  struct opx_error *err)
{
	const size_t n_dash = sizeof(DASH) - 1;
	const char *space = line.n > n_dash ? memchr(line.p + n_dash, ' ', line.n - n_dash) : NULL;
	struct opx_bytes signature = { .n = 0 };
	*ret_known = false;
	bool is_good = space != NULL && memcmp(line.p, DASH, n_dash) == 0;
	size_t n_name = is_good ? (size_t)(space - line.p) - n_dash : 0;
	is_good = is_good && n_name > 0 &&
		  opx_unbase64(arena, (struct opx_str){ .p = space + 1, .n = line.n - n_dash - n_name - 1 },
			       &signature, NULL) == OPX_OK &&
		  signature.n >= 5;
	if (!is_good)
		return OPX_FAIL(err, OPX_INVALID, BAD, "malformed signature line");
	for (size_t i = 0; i < n_keys; i++) {
		uint8_t id[4];
		opx_key_id(keys[i].name, keys[i].key, id);
		if (keys[i].name.n != n_name || memcmp(keys[i].name.p, line.p + n_dash, n_name) != 0 ||
		    memcmp(id, signature.p, 4) != 0)
			continue;
		if (signature.n != 68 || !opx_ed25519_check(keys[i].key, text, signature.p + 4))
			return OPX_FAIL(err, OPX_FORBIDDEN, N_("Une signature du journal n’est pas bonne."),
					"signature does not verify");
		*ret_known = true;
	}
	return OPX_OK;
}

enum opx_status opx_note_open(struct opx_arena *arena, struct opx_bytes note, const struct opx_vkey *keys,
			      size_t n_keys, struct opx_head *ret, struct opx_error *err)
{
	struct opx_bytes rest = note;
	struct opx_head head;
	if (note.n > OPX_NOTE_MAX_BYTES || !opx_utf8_is_valid(note) || !parse_head(arena, &rest, &head))
		return OPX_FAIL(err, OPX_INVALID, BAD, "note of %zu bytes", note.n);
	const struct opx_bytes text = { .p = note.p, .n = note.n - rest.n - 1 };
	size_t n_known = 0, n_lines = 0;
	struct opx_str line;
	while (rest.n > 0) {
		bool is_known = false;
		if (!next_line(&rest, &line) || ++n_lines > OPX_NOTE_MAX_SIGNATURES)
			return OPX_FAIL(err, OPX_INVALID, BAD, "signature lines");
		OPX_TRY(check_line(arena, line, text, keys, n_keys, &is_known, err));
		n_known += is_known ? 1 : 0;
	}
	if (n_known == 0)
		return OPX_FAIL(err, OPX_FORBIDDEN,
				N_("Cet état du journal n’est pas signé par la clé attendue."),
				"no signature of a known key");
	*ret = head;
	return OPX_OK;
}
