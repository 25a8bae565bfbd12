/* SPDX-License-Identifier: MPL-2.0 */
/* crl.c: see crl.h. */
#include "lane/crl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "base/auto.h"

#define BROKEN N_("La liste des certificats révoqués n’est pas valable.")
#define CLOCK_US (300 * (int64_t)1000000)

static void free_x509(void *x)
{
	X509_free(x);
}

static void crl_freep(X509_CRL **crl)
{
	X509_CRL_free(*crl);
}

static struct opx_bytes octets(struct opx_arena *arena, const ASN1_OCTET_STRING *s)
{
	if (s == NULL || ASN1_STRING_length(s) <= 0)
		return (struct opx_bytes){ .n = 0 };
	size_t n = (size_t)ASN1_STRING_length(s);
	return (struct opx_bytes){ .p = opx_arena_memdup(arena, ASN1_STRING_get0_data(s), n), .n = n };
}

static struct opx_bytes number(struct opx_arena *arena, const ASN1_INTEGER *serial)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(serial, NULL);
	OPX_ASSERT(bn != NULL);
	size_t n = (size_t)BN_num_bytes(bn);
	uint8_t *p = opx_arena_alloc(arena, n + 1, 1);
	(void)BN_bn2bin(bn, p);
	BN_free(bn);
	return (struct opx_bytes){ .p = p, .n = n };
}

static bool instant_of(const ASN1_TIME *t, struct opx_instant *ret)
{
	struct tm tm;
	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	const struct opx_date d = { .year = (int16_t)(tm.tm_year + 1900),
				    .month = (uint8_t)(tm.tm_mon + 1),
				    .day = (uint8_t)tm.tm_mday };
	*ret = opx_instant_make(d, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return true;
}

static struct opx_str next_word(struct opx_arena *arena, const char **at)
{
	*at += strspn(*at, " ");
	size_t n = strcspn(*at, " ");
	struct opx_str word = opx_str_copy(arena, *at, n);
	*at += n;
	return word;
}

static enum opx_status add_authority(struct opx_arena *arena, X509 *x, struct opx_str url, const char *file,
				     struct opx_authority *ret, struct opx_error *err)
{
	unsigned char *der = NULL;
	opx_arena_defer(arena, free_x509, x);
	if (X509_check_ca(x) != 1)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: a certificate that is no authority", file);
	if (url.n == 0)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: more authorities than addresses of lists",
				file);
	int n = i2d_X509(x, &der);
	OPX_ASSERT(n > 0);
	*ret = (struct opx_authority){ .x = x,
				       .der = { .p = opx_arena_memdup(arena, der, (size_t)n),
						.n = (size_t)n },
				       .key = octets(arena, X509_get0_subject_key_id(x)),
				       .parent_key = octets(arena, X509_get0_authority_key_id(x)),
				       .serial = number(arena, X509_get0_serialNumber(x)),
				       .url = url };
	OPENSSL_free(der);
	ret->sha256 = opx_sha256(ret->der);
	if (ret->key.n == 0)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: an authority without subject key identifier",
				file);
	if (ret->parent_key.n == 0) /* a root names nobody above it: its own list speaks of it */
		ret->parent_key = ret->key;
	return OPX_OK;
}

enum opx_status opx_authorities_load(struct opx_arena *arena, const char *file, const char *urls,
				     struct opx_authority **ret, size_t *ret_n, struct opx_error *err)
{
	struct opx_authority *list = OPX_NEW_N(arena, struct opx_authority, OPX_CRL_MAX_AUTHORITIES);
	size_t n = 0;
	X509 *x = NULL;
	if (file[0] != '\0') {
		OPX_AUTO_FILE f = fopen(file, "re");
		if (f == NULL)
			return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: %s", file, strerror(errno));
		while (n < OPX_CRL_MAX_AUTHORITIES && (x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
			struct opx_str url = next_word(arena, &urls);
			OPX_TRY(add_authority(arena, x, url, file, &list[n], err));
			n++;
		}
		ERR_clear_error();
		if (n == 0)
			return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: no certificate", file);
	}
	if (next_word(arena, &urls).n > 0)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%s: more addresses of lists than authorities",
				file);
	*ret = list;
	*ret_n = n;
	return OPX_OK;
}

/* Who says it, and until when. */
static enum opx_status check_frame(X509_CRL *crl, const struct opx_authority *authority,
				   struct opx_instant now, struct opx_crl *ret, struct opx_error *err)
{
	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(authority->x)) != 0)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "list of another issuer");
	if (X509_CRL_verify(crl, X509_get0_pubkey(authority->x)) != 1)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "list not signed by its issuer");
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++)
		if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl, i)))
			return OPX_FAIL(
				err, OPX_INVALID, BROKEN,
				"list with a critical extension: partial or indirect lists are not taken");
	if (!instant_of(X509_CRL_get0_lastUpdate(crl), &ret->this_update) ||
	    !instant_of(X509_CRL_get0_nextUpdate(crl), &ret->next_update))
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "list without thisUpdate and nextUpdate");
	if (ret->this_update.us > now.us + CLOCK_US)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "list of the future");
	if (ret->next_update.us < now.us)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "list past its nextUpdate");
	return OPX_OK;
}

static enum opx_status read_entries(struct opx_arena *arena, X509_CRL *crl, struct opx_crl *ret,
				    struct opx_error *err)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	int n = entries != NULL ? sk_X509_REVOKED_num(entries) : 0;
	if (n > OPX_CRL_MAX_ENTRIES)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "list of %d entries", n);
	struct opx_bytes *serials = OPX_NEW_N(arena, struct opx_bytes, (size_t)n);
	int64_t *at = OPX_NEW_N(arena, int64_t, (size_t)n);
	for (int i = 0; i < n; i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
		struct opx_instant when;
		if (!instant_of(X509_REVOKED_get0_revocationDate(entry), &when))
			return OPX_FAIL(err, OPX_INVALID, BROKEN, "entry without a date");
		serials[i] = number(arena, X509_REVOKED_get0_serialNumber(entry));
		at[i] = when.us;
	}
	ret->serials = serials;
	ret->revoked_at_us = at;
	ret->n = (size_t)n;
	return OPX_OK;
}

enum opx_status opx_crl_read(struct opx_arena *arena, struct opx_bytes der,
			     const struct opx_authority *authority, struct opx_instant now,
			     struct opx_crl *ret, struct opx_error *err)
{
	const unsigned char *p = der.p;
	struct opx_crl list = { .n = 0 };
	if (der.n == 0 || der.n > OPX_CRL_MAX_BYTES)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "%zu bytes are no list", der.n);
	__attribute__((cleanup(crl_freep))) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (crl == NULL || p != der.p + der.n)
		return OPX_FAIL(err, OPX_INVALID, BROKEN, "not a list in DER");
	enum opx_status status = check_frame(crl, authority, now, &list, err);
	ERR_clear_error();
	OPX_TRY(status);
	OPX_TRY(read_entries(arena, crl, &list, err));
	list.sha256 = opx_sha256(der);
	*ret = list;
	return OPX_OK;
}
