/* SPDX-License-Identifier: MPL-2.0 */
/* test_cert.c: from a client certificate to an identity: who is let in, who is not and why. Every certificate is made here. */
#include "support/check_opx.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "base/digest.h"
#include "cert.h"

#define NOW_S INT64_C(1800000000)
#define YEAR_S (INT64_C(365) * 86400)

static struct opx_arena *arena;
static struct cert_issuers *issuers;
static EVP_PKEY *root_key, *middle_key, *other_key;
static X509 *root, *middle, *other;

/* What a certificate says; the rest is that of a good one. */
struct wish {
	X509 *issuer;
	EVP_PKEY *issuer_key;
	const char *constraints, *use, *policies, *authority;
	const EVP_MD *digest;
	EVP_PKEY *key;
	int64_t from_s, to_s; /* from now */
	long serial;
};

static void extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	if (value == NULL)
		return;
	CONF *none = NCONF_new(NULL); /* the policies' reader wants a configuration, be it empty */
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, none);
	X509_EXTENSION *e = X509V3_EXT_nconf_nid(none, &ctx, nid, value);
	NCONF_free(none);
	ck_assert_msg(e != NULL, "%s", value);
	ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static X509 *make(const char *name, const struct wish *wish)
{
	X509 *x = X509_new();
	ck_assert_ptr_nonnull(x);
	X509 *issuer = wish->issuer != NULL ? wish->issuer : x;
	ck_assert_int_eq(X509_set_version(x, X509_VERSION_3), 1);
	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), wish->serial), 1);
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
						    (const unsigned char *)name, -1, -1, 0),
			 1);
	ck_assert_int_eq(X509_set_issuer_name(x, X509_get_subject_name(issuer)), 1);
	ck_assert_ptr_nonnull(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(NOW_S + wish->from_s)));
	ck_assert_ptr_nonnull(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(NOW_S + wish->to_s)));
	ck_assert_int_eq(X509_set_pubkey(x, wish->key), 1);
	extension(x, issuer, NID_basic_constraints, wish->constraints);
	extension(x, issuer, NID_subject_key_identifier, "hash");
	extension(x, issuer, NID_authority_key_identifier, wish->authority);
	extension(x, issuer, NID_ext_key_usage, wish->use);
	extension(x, issuer, NID_certificate_policies, wish->policies);
	ck_assert_int_gt(X509_sign(x, wish->issuer_key, wish->digest), 0);
	return x;
}

static X509 *authority(const char *name, X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY *key, long serial)
{
	const struct wish wish = { .issuer = issuer,
				   .issuer_key = issuer_key,
				   .constraints = "critical,CA:TRUE",
				   .authority = issuer != NULL ? "keyid:always" : NULL,
				   .digest = EVP_sha256(),
				   .key = key,
				   .from_s = -YEAR_S,
				   .to_s = YEAR_S,
				   .serial = serial };
	return make(name, &wish);
}

static struct wish good_card(void)
{
	return (struct wish){ .issuer = middle,
			      .issuer_key = middle_key,
			      .constraints = "CA:FALSE",
			      .use = "clientAuth",
			      .policies = "1.2.3.4.5",
			      .authority = "keyid:always",
			      .digest = EVP_sha256(),
			      .key = EVP_EC_gen("P-256"),
			      .from_s = -3600,
			      .to_s = 3600,
			      .serial = 0x1234 };
}

/* The root and the authority below it are ours; the third, of the same name as the second, is not. */
static void setup(void)
{
	char path[] = "/tmp/opx-cert-XXXXXX";
	struct opx_error err;
	arena = opx_arena_new((size_t)16 << 20);
	root_key = EVP_EC_gen("P-256");
	middle_key = EVP_EC_gen("P-256");
	other_key = EVP_EC_gen("P-256");
	root = authority("Racine", NULL, root_key, root_key, 1);
	middle = authority("Cartes", root, root_key, middle_key, 2);
	other = authority("Cartes", NULL, other_key, other_key, 3);
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	FILE *f = fdopen(fd, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_X509(f, middle), 1);
	ck_assert_int_eq(PEM_write_X509(f, root), 1);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_ok(cert_issuers_load(path, &issuers, &err), err);
	(void)unlink(path);
	ck_assert_uint_eq(cert_issuers_count(issuers), 2);
}

static void teardown(void)
{
	cert_issuers_free(issuers);
	X509_free(root);
	X509_free(middle);
	X509_free(other);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(middle_key);
	EVP_PKEY_free(other_key);
	opx_arena_free(arena);
}

static const struct opx_str policies[] = { { .p = "1.2.3.4", .n = 7 }, { .p = "1.2.3.4.5", .n = 9 } };

static struct cert judge(struct opx_bytes der)
{
	struct cert cert;
	cert_read(arena, der, issuers, policies, OPX_COUNT(policies),
		  (struct opx_instant){ .us = NOW_S * 1000000 }, &cert);
	return cert;
}

static struct opx_bytes der_of(const X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	ck_assert_int_gt(n, 0);
	const struct opx_bytes out = { .p = opx_arena_memdup(arena, der, (size_t)n), .n = (size_t)n };
	OPENSSL_free(der);
	return out;
}

/* Makes that card and judges it. The key is the wish's, and freed here. */
static struct cert judge_wish(struct wish wish)
{
	X509 *x = make("Hélène Vasseur", &wish);
	struct cert cert = judge(der_of(x));
	X509_free(x);
	EVP_PKEY_free(wish.key);
	return cert;
}

static bool is_digest_of(struct opx_bytes digest, const X509 *x)
{
	struct opx_sha256 want = opx_sha256(der_of(x));
	return digest.n == sizeof(want.b) && memcmp(digest.p, want.b, sizeof(want.b)) == 0;
}

START_TEST(a_good_card_is_its_issuers_key_its_serial_and_its_bytes)
{
	struct wish wish = good_card();
	X509 *x = make("Hélène Vasseur", &wish);
	struct cert cert = judge(der_of(x));
	const ASN1_OCTET_STRING *key = X509_get0_subject_key_id(middle);
	ck_assert_int_eq(cert.fault, CERT_GOOD);
	ck_assert_uint_eq(cert.id.issuer_key.n, (size_t)ASN1_STRING_length(key));
	ck_assert_mem_eq(cert.id.issuer_key.p, ASN1_STRING_get0_data(key), cert.id.issuer_key.n);
	ck_assert_uint_eq(cert.id.serial.n, 2);
	ck_assert_mem_eq(cert.id.serial.p, "\x12\x34", 2);
	ck_assert_mem_eq(cert.id.sha256, opx_sha256(der_of(x)).b, 32);
	/* Leaf to root, whatever the order of the file. */
	ck_assert_uint_eq(cert.n_chain, 3);
	ck_assert(is_digest_of(cert.chain[0], x));
	ck_assert(is_digest_of(cert.chain[1], middle));
	ck_assert(is_digest_of(cert.chain[2], root));
	X509_free(x);
	EVP_PKEY_free(wish.key);
}
END_TEST

/* A name proves nothing: another authority of the same name is another authority. */
START_TEST(an_issuer_is_known_by_its_key_never_by_its_name)
{
	struct wish wish = good_card();
	wish.issuer = other;
	wish.issuer_key = other_key;
	ck_assert_int_eq(judge_wish(wish).fault, CERT_FOREIGN_ISSUER);
	/* It says that ours issued it, and somebody else signed it. */
	wish = good_card();
	wish.issuer_key = other_key;
	ck_assert_int_eq(judge_wish(wish).fault, CERT_FOREIGN_ISSUER);
	wish = good_card();
	wish.authority = NULL;
	ck_assert_int_eq(judge_wish(wish).fault, CERT_FOREIGN_ISSUER);
	/* Its own authority. */
	wish = good_card();
	wish.issuer = NULL;
	wish.issuer_key = wish.key;
	wish.authority = "keyid";
	ck_assert_int_eq(judge_wish(wish).fault, CERT_FOREIGN_ISSUER);
}
END_TEST

static const struct {
	const char *constraints, *use, *policies;
	enum cert_fault fault;
} uses[] = {
	{ "CA:FALSE", "serverAuth,clientAuth", "1.2.3.4.5", CERT_GOOD },
	{ "CA:FALSE", "serverAuth", "1.2.3.4.5", CERT_WRONG_USE },
	{ "CA:FALSE", "anyExtendedKeyUsage", "1.2.3.4.5", CERT_WRONG_USE },
	{ "CA:FALSE", NULL, "1.2.3.4.5", CERT_WRONG_USE },
	{ "critical,CA:TRUE", "clientAuth", "1.2.3.4.5", CERT_WRONG_USE },
	/* One of the policies is enough, and it is the whole number. */
	{ "CA:FALSE", "clientAuth", "1.2.9,1.2.3.4", CERT_GOOD },
	{ "CA:FALSE", "clientAuth", "1.2.3.4.5.6", CERT_WRONG_POLICY },
	{ "CA:FALSE", "clientAuth", "1.2.3", CERT_WRONG_POLICY },
	{ "CA:FALSE", "clientAuth", "2.5.29.32.0", CERT_WRONG_POLICY },
	{ "CA:FALSE", "clientAuth", NULL, CERT_WRONG_POLICY },
};

START_TEST(a_certificate_for_another_use_is_refused)
{
	struct wish wish = good_card();
	wish.constraints = uses[_i].constraints;
	wish.use = uses[_i].use;
	wish.policies = uses[_i].policies;
	ck_assert_int_eq(judge_wish(wish).fault, uses[_i].fault);
}
END_TEST

START_TEST(a_weak_key_or_digest_is_refused)
{
	struct wish wish = good_card();
	EVP_PKEY_free(wish.key);
	wish.key = EVP_EC_gen("secp224r1");
	ck_assert_int_eq(judge_wish(wish).fault, CERT_WEAK_KEY);
	wish = good_card();
	EVP_PKEY_free(wish.key);
	wish.key = EVP_RSA_gen(1024);
	ck_assert_int_eq(judge_wish(wish).fault, CERT_WEAK_KEY);
	wish = good_card();
	EVP_PKEY_free(wish.key);
	wish.key = EVP_RSA_gen(2048);
	ck_assert_int_eq(judge_wish(wish).fault, CERT_GOOD);
	wish = good_card();
	wish.digest = EVP_sha1();
	ck_assert_int_eq(judge_wish(wish).fault, CERT_WEAK_KEY);
}
END_TEST

/* Both ends are inside. */
static const struct {
	int64_t from_s, to_s;
	enum cert_fault fault;
} spans[] = {
	{ 0, 3600, CERT_GOOD },
	{ 1, 3600, CERT_NOT_YET },
	{ -3600, 0, CERT_GOOD },
	{ -3600, -1, CERT_ENDED },
};

START_TEST(a_certificate_counts_from_its_first_to_its_last_second)
{
	struct wish wish = good_card();
	wish.from_s = spans[_i].from_s;
	wish.to_s = spans[_i].to_s;
	ck_assert_int_eq(judge_wish(wish).fault, spans[_i].fault);
}
END_TEST

START_TEST(bytes_that_are_no_certificate_are_no_identity)
{
	static uint8_t big[16385] = { 0x30 };
	struct wish wish = good_card();
	X509 *x = make("Hélène Vasseur", &wish);
	struct opx_bytes der = der_of(x);
	uint8_t *more = opx_arena_alloc(arena, der.n + 1, 1);
	memcpy(more, der.p, der.n);
	ck_assert_int_eq(judge((struct opx_bytes){ .p = more, .n = der.n + 1 }).fault, CERT_UNREADABLE);
	ck_assert_int_eq(judge((struct opx_bytes){ .p = more, .n = der.n - 1 }).fault, CERT_UNREADABLE);
	ck_assert_int_eq(judge((struct opx_bytes){ .p = big, .n = sizeof(big) }).fault, CERT_UNREADABLE);
	ck_assert_int_eq(judge((struct opx_bytes){ .n = 0 }).fault, CERT_UNREADABLE);
	/* One bit of it: no longer what its issuer signed. */
	more[der.n / 2] ^= 1;
	ck_assert_int_ne(judge((struct opx_bytes){ .p = more, .n = der.n }).fault, CERT_GOOD);
	X509_free(x);
	EVP_PKEY_free(wish.key);
}
END_TEST

/* Zero: the database could not tell two of them apart. */
START_TEST(a_certificate_without_a_serial_is_refused)
{
	struct wish wish = good_card();
	wish.serial = 0;
	ck_assert_int_eq(judge_wish(wish).fault, CERT_FOREIGN_ISSUER);
}
END_TEST

START_TEST(a_list_of_authorities_without_one_is_refused)
{
	struct cert_issuers *none = NULL;
	ck_assert_status(cert_issuers_load("/dev/null", &none, NULL), OPX_INVALID);
	ck_assert_status(cert_issuers_load("/nonexistent/issuers.pem", &none, NULL), OPX_INVALID);
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cert");
	TCase *tc = tcase_create("identity");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_card_is_its_issuers_key_its_serial_and_its_bytes);
	tcase_add_test(tc, an_issuer_is_known_by_its_key_never_by_its_name);
	tcase_add_loop_test(tc, a_certificate_for_another_use_is_refused, 0, (int)OPX_COUNT(uses));
	tcase_add_test(tc, a_weak_key_or_digest_is_refused);
	tcase_add_loop_test(tc, a_certificate_counts_from_its_first_to_its_last_second, 0,
			    (int)OPX_COUNT(spans));
	tcase_add_test(tc, bytes_that_are_no_certificate_are_no_identity);
	tcase_add_test(tc, a_certificate_without_a_serial_is_refused);
	tcase_add_test(tc, a_list_of_authorities_without_one_is_refused);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
