/* SPDX-License-Identifier: MPL-2.0 */
/* test_forms.c: each condition of the forms of names, lines, keys and notes, alone: one wrong thing at a time is refused. */
#include "support/check_opx.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/arena.h"
#include "base/codec.h"
#include "evidence/leaf.h"
#include "evidence/note.h"
#include "evidence/tree.h"
#include "suites.h"

#define TAIL "abcdefghijklmnopqrstuvwxyz"
#define ORIGIN "opx.localhost/c/" TAIL
#define DASH "\xe2\x80\x94 "

static struct opx_arena *arena;
static EVP_PKEY *key;
static struct opx_vkey vkey;
static struct opx_head head;

static void setup(void)
{
	struct opx_error err;
	uint8_t raw[32];
	arena = opx_arena_new((size_t)16 << 20);
	memset(raw, 1, sizeof(raw));
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	vkey.name = OPX_STR(ORIGIN);
	ck_assert_ok(opx_ed25519_public(key, vkey.key, &err), err);
	head = (struct opx_head){ .origin = OPX_STR(ORIGIN), .size = 43 };
}
static void teardown(void)
{
	EVP_PKEY_free(key);
	opx_arena_free(arena);
}

/* ---- names ---- */

static const struct {
	const char *origin;
	bool is_valid;
	char kind;
} origins[] = {
	{ ORIGIN, true, 'c' },
	{ "opx.localhost/r/" TAIL, true, 'r' },
	{ "opx.localhost/g/" TAIL, true, 'g' },
	{ "a/b", true, 0 },
	{ "a-b.c/d_e-f.g", true, 0 },
	{ "a_b/c", false, 0 }, /* an underscore before the first slash */
	{ "a/_b", false, 0 },
	{ "-a/b", false, 0 },
	{ "a/.b", false, 0 },
	{ "a/b/", false, 0 },
	{ "a//b", false, 0 },
	{ "/a", false, 0 },
	{ "a", false, 0 },
	{ "", false, 0 },
	{ "A/b", false, 0 },
	{ "a/{", false, 0 },   /* just above z */
	{ "a/b:c", false, 0 }, /* just above 9 */
	{ "a/b\x1f", false, 0 },
	{ "opx.localhost/x/" TAIL, true, 0 },
	{ "opx.localhost/cc" TAIL, true, 0 },
	{ "opx.localhost_c/" TAIL, false, 0 },
	{ "opx.localhost/a_c/" TAIL, true, 0 },
	{ "opx.localhost/c/abcdefghijklmnopqrstuvwxy1", true, 0 },
	{ "opx.localhost/c/abcdefghijklmnopqrstuvwxy8", true, 0 },
	{ "opx.localhost/c/abcdefghijklmnopqrstuvwxy7", true, 'c' },
	{ "opx.localhost/c/abcdefghijklmnopqrstuvwxy.", true, 0 },
	{ "opx.localhost/c/abcdefghijklmnopqrstuvwxy_", true, 0 },
};

START_TEST(a_name_of_a_log_has_one_form)
{
	ck_assert_msg(opx_origin_is_valid(opx_str_z(origins[_i].origin)) == origins[_i].is_valid, "%s",
		      origins[_i].origin);
	ck_assert_msg(opx_origin_kind(opx_str_z(origins[_i].origin)) == origins[_i].kind, "%s",
		      origins[_i].origin);
}
END_TEST

static const struct {
	const char *acts, *readings;
	bool is_pair;
} pairs[] = {
	{ "a/c/" TAIL, "a/r/" TAIL, true },  { "a/r/" TAIL, "a/r/" TAIL, false },
	{ "a/c/" TAIL, "a/c/" TAIL, false }, { "a/c/" TAIL, "ab/r/" TAIL, false },
	{ "a/c/" TAIL, "b/r/" TAIL, false }, { "a/c/" TAIL, "a/r/bbcdefghijklmnopqrstuvwxyz", false },
};

START_TEST(a_pair_differs_by_one_letter)
{
	ck_assert(opx_origin_is_pair(opx_str_z(pairs[_i].acts), opx_str_z(pairs[_i].readings)) ==
		  pairs[_i].is_pair);
}
END_TEST

/* ---- lines ---- */

static const char *const fields[] = {
	"opx/v1 log=a/b", " seq=0", " time=2026-11-23T09:30:00.123Z",
	" after=sha256:0000000000000000000000000000000000000000000000000000000000000000",
	" body=sha256:1111111111111111111111111111111111111111111111111111111111111111"
};

/* The line with field number `without` left out, or its replacement. */
static struct opx_bytes line_with(size_t without, const char *instead)
{
	struct opx_str line = OPX_STR("");
	for (size_t i = 0; i < OPX_COUNT(fields); i++)
		line = opx_strf(arena, "%s%s", line.p, i == without ? instead : fields[i]);
	return opx_bytes_of(line);
}

static const struct {
	size_t field;
	const char *instead;
} bad_fields[] = {
	{ 0, "" },
	{ 0, "opx/v2 log=a/b" },
	{ 0, "opx/v1 log=A/b" },
	{ 1, "" },
	{ 1, " seq=00" },
	{ 1, " seq=-1" },
	{ 2, "" },
	{ 2, " time=2026-02-30T09:30:00.123Z" },
	{ 3, "" },
	{ 3, " after=sha256:00" },
	{ 4, "" },
	{ 4, " body=sha256:1g11111111111111111111111111111111111111111111111111111111111111" },
	{ 4, " body=sha256:1111111111111111111111111111111111111111111111111111111111111111 x" },
};

START_TEST(a_line_with_one_wrong_field_is_refused)
{
	struct opx_leaf leaf;
	struct opx_error err;
	ck_assert_ok(opx_leaf_parse(arena, line_with(99, ""), &leaf, &err), err);
	ck_assert_status(opx_leaf_parse(arena, line_with(bad_fields[_i].field, bad_fields[_i].instead), &leaf,
					NULL),
			 OPX_INVALID);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_refused)
{
	struct opx_leaf leaf;
	char name[1100] = "opx/v1 log=a/";
	memset(name + strlen(name), 'b', 1000);
	ck_assert_status(opx_leaf_parse(arena, line_with(0, name), &leaf, NULL), OPX_INVALID);
	ck_assert_status(opx_leaf_parse(arena, OPX_BYTES("opx"), &leaf, NULL), OPX_INVALID);
}
END_TEST

/* ---- verifier keys ---- */

static struct opx_str vkey_of(const char *name, const char *id, const uint8_t *typed, size_t n)
{
	return opx_strf(arena, "%s+%s+%s", name, id,
			opx_base64(arena, (struct opx_bytes){ .p = typed, .n = n }).p);
}

START_TEST(a_verifier_key_with_one_wrong_part_is_refused)
{
	struct opx_error err;
	struct opx_vkey got;
	uint8_t typed[34] = { 1 }, id[4];
	char hex[9];
	memcpy(typed + 1, vkey.key, 32);
	opx_key_id(vkey.name, vkey.key, id);
	opx_hex(id, 4, hex);
	struct opx_str good = vkey_of(ORIGIN, hex, typed, 33);
	ck_assert_str(opx_vkey_format(arena, &vkey), good.p);
	ck_assert_ok(opx_vkey_parse(arena, good, &got, &err), err);
	ck_assert_mem_eq(got.key, vkey.key, 32);

	const struct opx_str bad[] = {
		OPX_STR("no plus at all"),
		OPX_STR("a/b+12345678"),
		opx_strf(arena, "%s+%s-AAAA", ORIGIN, hex),
		vkey_of(ORIGIN, "0000000g", typed, 33),
		opx_strf(arena, "%s+%s+A", ORIGIN, hex),
		vkey_of(ORIGIN, hex, typed, 34),
		vkey_of(ORIGIN, hex, typed + 1, 33),
		vkey_of(ORIGIN, "00000000", typed, 33),
		vkey_of("NoName/x", hex, typed, 33),
	};
	for (size_t i = 0; i < OPX_COUNT(bad); i++)
		ck_assert_msg(opx_vkey_parse(arena, bad[i], &got, NULL) == OPX_INVALID, "%s", bad[i].p);
}
END_TEST

/* ---- keys of another kind ---- */

static void cannot_sign(EVP_PKEY *other)
{
	uint8_t public[32], signature[64];
	struct opx_bytes note;
	ck_assert_ptr_nonnull(other);
	ck_assert_status(opx_ed25519_public(other, public, NULL), OPX_INVALID);
	ck_assert_status(opx_ed25519_sign(other, OPX_BYTES("text"), signature, NULL), OPX_INTERNAL);
	ck_assert_status(opx_note_sign(arena, &head, &other, 1, &note, NULL), OPX_INVALID);
	EVP_PKEY_free(other);
}

START_TEST(a_key_of_another_kind_signs_nothing)
{
	uint8_t raw[32] = { 9 };
	cannot_sign(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, raw,
						 sizeof(raw))); /* cannot sign at all */
	cannot_sign(EVP_RSA_gen(2048));                         /* its signature does not fit */
	cannot_sign(EVP_EC_gen("prime192v1"));                  /* its signature is too short */
}
END_TEST

START_TEST(the_public_half_alone_signs_no_note)
{
	struct opx_bytes note;
	EVP_PKEY *half = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, vkey.key, 32);
	ck_assert_status(opx_note_sign(arena, &head, &half, 1, &note, NULL), OPX_INTERNAL);
	EVP_PKEY_free(half);
}
END_TEST

START_TEST(a_note_has_a_largest_size)
{
	struct opx_bytes note;
	struct opx_head got;
	char name[4200] = "a/";
	memset(name + 2, 'b', 4100);
	const struct opx_head large = { .origin = opx_str_z(name), .size = 1 };
	ck_assert_status(opx_note_sign(arena, &large, &key, 1, &note, NULL), OPX_TOO_LARGE);
	ck_assert_status(opx_note_open(arena, opx_bytes_of(opx_str_z(name)), &vkey, 1, &got, NULL),
			 OPX_INVALID);
}
END_TEST

/* ---- signature lines ---- */

/* The good note with `more` behind it, or in place of its signature. */
static struct opx_bytes note_with(bool is_signed, const char *more)
{
	struct opx_bytes note;
	struct opx_error err;
	ck_assert_ok(opx_note_sign(arena, &head, &key, 1, &note, &err), err);
	struct opx_str text = opx_str_copy(arena, (const char *)note.p, note.n);
	size_t n = is_signed ? text.n : (size_t)(strstr(text.p, DASH) - text.p);
	return opx_bytes_of(opx_strf(arena, "%.*s%s", (int)n, text.p, more));
}

static struct opx_str signature_line(const char *name, size_t n)
{
	uint8_t bytes[68] = { 0 };
	opx_key_id(vkey.name, vkey.key, bytes);
	return opx_strf(arena, DASH "%s %s\n", name,
			opx_base64(arena, (struct opx_bytes){ .p = bytes, .n = n }).p);
}

START_TEST(a_signature_line_has_one_form)
{
	struct opx_head got;
	struct opx_error err;
	const struct opx_str many = opx_strf(arena, "%s%s%s%s%s%s%s%s", signature_line("a/b", 68).p,
					     signature_line("a/c", 68).p, signature_line("a/d", 68).p,
					     signature_line("a/e", 68).p, signature_line("a/f", 68).p,
					     signature_line("a/g", 68).p, signature_line("a/h", 68).p,
					     signature_line("a/i", 68).p);
	ck_assert_ok(opx_note_open(arena, note_with(true, ""), &vkey, 1, &got, &err), err);
	/* Lines of unknown keys are passed over: another name as long, a shorter one, another id under the name, any length. */
	ck_assert_ok(opx_note_open(arena, note_with(true, signature_line("opx.localhost/r/" TAIL, 68).p),
				   &vkey, 1, &got, &err),
		     err);
	ck_assert_ok(opx_note_open(arena, note_with(true, signature_line("a/b", 5).p), &vkey, 1, &got, &err),
		     err);
	ck_assert_ok(opx_note_open(arena, note_with(true, DASH ORIGIN " AAAAAAAA\n"), &vkey, 1, &got, &err),
		     err);
	static const char *const malformed[] = { "\n",
						 "x\n",
						 DASH "\n",
						 DASH "x\n",
						 DASH " AAAAAAAA\n",
						 "xxxx AAAAAAAA\n",
						 DASH "a/b AAAA\n",
						 DASH "a/b !AAAAAAA\n",
						 DASH "a/b AAAAAAAA" };
	for (size_t i = 0; i < OPX_COUNT(malformed); i++)
		ck_assert_msg(opx_note_open(arena, note_with(true, malformed[i]), &vkey, 1, &got, NULL) ==
				      OPX_INVALID,
			      "%s", malformed[i]);
	ck_assert_status(opx_note_open(arena, note_with(true, many.p), &vkey, 1, &got, NULL),
			 OPX_INVALID); /* nine */
	/* Under the known name and id, only a good signature. */
	ck_assert_status(opx_note_open(arena, note_with(true, signature_line(ORIGIN, 68).p), &vkey, 1, &got,
				       NULL),
			 OPX_FORBIDDEN);
	ck_assert_status(opx_note_open(arena, note_with(true, signature_line(ORIGIN, 67).p), &vkey, 1, &got,
				       NULL),
			 OPX_FORBIDDEN);
	ck_assert_status(opx_note_open(arena, note_with(false, signature_line("a/b", 68).p), &vkey, 1, &got,
				       NULL),
			 OPX_FORBIDDEN);
}
END_TEST

static const char *const bad_heads[] = {
	"",
	"\xff/b\n1\n\n",
	"a/b\n",
	"a/b\n1\n",
	"a/b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"A/b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" DASH "a/b AAAAAAAA\n",
	"a/b\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" DASH "a/b AAAAAAAA\n",
	"a/b\n1\nA\n\n" DASH "a/b AAAAAAAA\n",
	"a/b\n1\nAAAA\n\n" DASH "a/b AAAAAAAA\n",
	"a/b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nx\n" DASH "a/b AAAAAAAA\n",
	"a/b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
	"a/b\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
};

START_TEST(the_text_of_a_note_has_one_form)
{
	struct opx_head got;
	ck_assert_status(opx_note_open(arena, opx_bytes_of(opx_str_z(bad_heads[_i])), &vkey, 1, &got, NULL),
			 OPX_INVALID);
}
END_TEST

/* ---- proofs that are too long, too short, or of no leaf ---- */

START_TEST(a_proof_of_the_wrong_length_leads_nowhere)
{
	struct opx_sha256 leaves[5], path[OPX_TREE_MAX_PROOF];
	memset(leaves, 3, sizeof(leaves));
	memset(path, 0, sizeof(path));
	struct opx_sha256 root = opx_tree_root(leaves, 5);
	size_t n = opx_tree_prove(leaves, 5, 4, path);
	ck_assert(opx_tree_check(&leaves[4], 4, 5, path, n, &root));
	ck_assert(!opx_tree_check(&leaves[4], 4, 5, path, n + 1, &root));
	ck_assert(!opx_tree_check(&leaves[4], 4, 5, path, n - 1, &root));
	ck_assert(!opx_tree_check(&leaves[4], 5, 5, path, n, &root));
}
END_TEST

TCase *forms_case(void)
{
	TCase *tc = tcase_create("forms");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_name_of_a_log_has_one_form, 0, OPX_COUNT(origins));
	tcase_add_loop_test(tc, a_pair_differs_by_one_letter, 0, OPX_COUNT(pairs));
	tcase_add_loop_test(tc, a_line_with_one_wrong_field_is_refused, 0, OPX_COUNT(bad_fields));
	tcase_add_test(tc, a_line_that_is_too_long_is_refused);
	tcase_add_test(tc, a_verifier_key_with_one_wrong_part_is_refused);
	tcase_add_test(tc, a_key_of_another_kind_signs_nothing);
	tcase_add_test(tc, the_public_half_alone_signs_no_note);
	tcase_add_test(tc, a_note_has_a_largest_size);
	tcase_add_test(tc, a_signature_line_has_one_form);
	tcase_add_loop_test(tc, the_text_of_a_note_has_one_form, 0, OPX_COUNT(bad_heads));
	tcase_add_test(tc, a_proof_of_the_wrong_length_leads_nowhere);
	return tc;
}
