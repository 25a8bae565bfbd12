/* SPDX-License-Identifier: MPL-2.0 */
/* x509_id.c: see x509_id.h. */
#include "base/x509_id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "base/auto.h"

#define UNREADABLE N_("Ce fichier n’est pas un certificat.")

static void x509_freep(X509 **x)
{
	X509_free(*x);
}
#define AUTO_X509 __attribute__((cleanup(x509_freep))) X509 *

/* One attribute of a name as checked text; empty when absent or odd (a NUL inside, control characters). */
static struct opx_str name_text(struct opx_arena *arena, const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	if (at < 0)
		return OPX_STR("");
	const ASN1_STRING *data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, data);
	struct opx_str text = OPX_STR("");
	if (n > 0 && opx_str_from_bytes(arena, (struct opx_bytes){ .p = utf8, .n = (size_t)n }, OPX_TEXT_LINE,
					200, &text, NULL) != OPX_OK)
		text = OPX_STR("");
	OPENSSL_free(utf8);
	return text;
}

static struct opx_str mail_of(struct opx_arena *arena, X509 *x)
{
	STACK_OF(OPENSSL_STRING) *mails = X509_get1_email(x);
	struct opx_str mail = OPX_STR("");
	const char *first = sk_OPENSSL_STRING_num(mails) > 0 ? sk_OPENSSL_STRING_value(mails, 0) : NULL;
	if (first != NULL && opx_str_from_bytes(arena, opx_bytes_of(opx_str_z(first)), OPX_TEXT_LINE, 254,
						&mail, NULL) != OPX_OK)
		mail = OPX_STR("");
	X509_email_free(mails);
	return mail;
}

static struct opx_instant instant_of(const ASN1_TIME *t)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return (struct opx_instant){ .us = 0 };
	const struct opx_date d = { .year = (int16_t)(tm.tm_year + 1900),
				    .month = (uint8_t)(tm.tm_mon + 1),
				    .day = (uint8_t)tm.tm_mday };
	return opx_instant_make(d, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static struct opx_bytes serial_of(struct opx_arena *arena, X509 *x)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	if (serial == NULL)
		return (struct opx_bytes){ .n = 0 };
	size_t n = (size_t)BN_num_bytes(serial);
	uint8_t *bytes = opx_arena_alloc(arena, 1, n + 1);
	(void)BN_bn2bin(serial, bytes);
	BN_free(serial);
	return (struct opx_bytes){ .p = bytes, .n = n };
}

void opx_x509_id_of(struct opx_arena *arena, X509 *x, struct opx_x509_id *ret)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	const ASN1_OCTET_STRING *key = X509_get0_authority_key_id(x);
	unsigned n = 0;
	*ret = (struct opx_x509_id){
		.serial = serial_of(arena, x),
		.not_before = instant_of(X509_get0_notBefore(x)),
		.not_after = instant_of(X509_get0_notAfter(x)),
		.subject = name_text(arena, subject, NID_commonName),
		.issuer = name_text(arena, X509_get_issuer_name(x), NID_commonName),
		.mail = mail_of(arena, x),
		.given_name = name_text(arena, subject, NID_givenName),
		.family_name = name_text(arena, subject, NID_surname),
	};
	if (key != NULL && ASN1_STRING_length(key) > 0)
		ret->issuer_key = (struct opx_bytes){
			.p = opx_arena_memdup(arena, ASN1_STRING_get0_data(key),
					      (size_t)ASN1_STRING_length(key)),
			.n = (size_t)ASN1_STRING_length(key),
		};
	OPX_ASSERT(X509_digest(x, EVP_sha256(), ret->sha256, &n) == 1);
}

enum opx_status opx_x509_id_load(struct opx_arena *arena, const char *path, struct opx_x509_id *ret,
				 struct opx_bytes *ret_der, struct opx_error *err)
{
	OPX_AUTO_FILE f = fopen(path, "re");
	if (f == NULL)
		return OPX_FAIL(err, OPX_NOT_FOUND, UNREADABLE, "%s: %s", path, strerror(errno));
	AUTO_X509 x = PEM_read_X509(f, NULL, NULL, NULL);
	AUTO_X509 second = x != NULL ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	ERR_clear_error();
	if (x == NULL || second != NULL)
		return OPX_FAIL(err, OPX_INVALID, UNREADABLE, "%s: one certificate in PEM expected", path);
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	OPX_ASSERT(n > 0);
	*ret_der = (struct opx_bytes){ .p = opx_arena_memdup(arena, der, (size_t)n), .n = (size_t)n };
	OPENSSL_free(der);
	opx_x509_id_of(arena, x, ret);
	return OPX_OK;
}
