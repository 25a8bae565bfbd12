/* SPDX-License-Identifier: MPL-2.0 */
/* test_note.c: signed notes: what is signed opens, and every changed byte is refused. */
#include "support/check_opx.h"

#include <openssl/evp.h>

#include "base/arena.h"
#include "evidence/note.h"
#include "suites.h"

#define ORIGIN "opx.localhost/c/abcdefghijklmnopqrstuvwxyz"

static struct opx_arena *arena;
static EVP_PKEY *key, *other;
static struct opx_vkey vkey;
static struct opx_head head;

static EVP_PKEY *make_key(uint8_t fill)
{
	uint8_t raw[32];
	memset(raw, fill, sizeof(raw));
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	ck_assert_ptr_nonnull(k);
	return k;
}

static void setup(void)
{
	struct opx_error err;
	arena = opx_arena_new((size_t)16 * 1024 * 1024);
	key = make_key(1);
	other = make_key(2);
	vkey.name = OPX_STR(ORIGIN);
	ck_assert_ok(opx_ed25519_public(key, vkey.key, &err), err);
	head = (struct opx_head){ .origin = OPX_STR(ORIGIN), .size = 43 };
	memset(head.root.b, 0xab, sizeof(head.root.b));
}

static void teardown(void)
{
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	opx_arena_free(arena);
}

static struct opx_bytes sign(EVP_PKEY *const *keys, size_t n)
{
	struct opx_bytes note;
	struct opx_error err;
	ck_assert_ok(opx_note_sign(arena, &head, keys, n, &note, &err), err);
	return note;
}

START_TEST(a_signed_note_opens)
{
	struct opx_head got;
	struct opx_error err;
	struct opx_bytes note = sign(&key, 1);
	ck_assert_ok(opx_note_open(arena, note, &vkey, 1, &got, &err), err);
	ck_assert_str(got.origin, ORIGIN);
	ck_assert_uint_eq(got.size, 43);
	ck_assert_mem_eq(got.root.b, head.root.b, 32);
}
END_TEST

START_TEST(every_changed_byte_is_refused)
{
	struct opx_head got;
	struct opx_bytes note = sign(&key, 1);
	uint8_t *copy = opx_arena_memdup(arena, note.p, note.n);
	for (size_t i = 0; i < note.n; i++) {
		copy[i] ^= 1U;
		ck_assert_msg(opx_note_open(arena, (struct opx_bytes){ .p = copy, .n = note.n }, &vkey, 1,
					    &got, NULL) != OPX_OK,
			      "byte %zu", i);
		copy[i] ^= 1U;
	}
	for (size_t n = 0; n < note.n; n++)
		ck_assert(opx_note_open(arena, (struct opx_bytes){ .p = note.p, .n = n }, &vkey, 1, &got,
					NULL) != OPX_OK);
}
END_TEST

START_TEST(a_note_of_another_key_is_not_ours)
{
	struct opx_head got;
	struct opx_bytes note = sign(&other, 1);
	ck_assert_status(opx_note_open(arena, note, &vkey, 1, &got, NULL), OPX_FORBIDDEN);
}
END_TEST

START_TEST(two_keys_sign_in_the_order_of_their_ids)
{
	EVP_PKEY *const forth[] = { key, other };
	EVP_PKEY *const back[] = { other, key };
	struct opx_bytes a = sign(forth, 2), b = sign(back, 2);
	struct opx_head got;
	struct opx_error err;
	ck_assert_bytes(a, b.p, b.n);
	ck_assert_ok(opx_note_open(arena, a, &vkey, 1, &got, &err),
		     err); /* the unknown line is passed over */
}
END_TEST

START_TEST(a_verifier_key_is_read_back)
{
	struct opx_vkey got;
	struct opx_error err;
	struct opx_str line = opx_vkey_format(arena, &vkey);
	ck_assert_ok(opx_vkey_parse(arena, line, &got, &err), err);
	ck_assert_str(got.name, ORIGIN);
	ck_assert_mem_eq(got.key, vkey.key, 32);
	char *changed = opx_arena_memdup(arena, line.p, line.n + 1);
	changed[strlen(ORIGIN) + 1] =
		changed[strlen(ORIGIN) + 1] == '0' ? '1' : '0'; /* the id no longer fits the key */
	ck_assert_status(opx_vkey_parse(arena, opx_str_z(changed), &got, NULL), OPX_INVALID);
	ck_assert_status(opx_vkey_parse(arena, OPX_STR("x"), &got, NULL), OPX_INVALID);
}
END_TEST

static const char *const malformed[] = {
	"",
	"a/b\n",
	"a/b\n1\n",
	"a/b\n1\nAAAA\n\n\xe2\x80\x94 a/b AAAA\n",
	"a/b\n01\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n- a/b x\n",
	"a/b\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n",
	"a/b\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\nx\n\xe2\x80\x94 a/b AAAAAAA=\n",
	"a/b\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n\xe2\x80\x94 a/b AAAA\n",
	"a/b\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n\xe2\x80\x94 a/b\n",
};

START_TEST(a_malformed_note_is_refused)
{
	struct opx_head got;
	struct opx_bytes in = { .p = (const uint8_t *)malformed[_i], .n = strlen(malformed[_i]) };
	ck_assert_status(opx_note_open(arena, in, &vkey, 1, &got, NULL), OPX_INVALID);
}
END_TEST

TCase *note_case(void)
{
	TCase *tc = tcase_create("note");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_signed_note_opens);
	tcase_add_test(tc, every_changed_byte_is_refused);
	tcase_add_test(tc, a_note_of_another_key_is_not_ours);
	tcase_add_test(tc, two_keys_sign_in_the_order_of_their_ids);
	tcase_add_test(tc, a_verifier_key_is_read_back);
	tcase_add_loop_test(tc, a_malformed_note_is_refused, 0, OPX_COUNT(malformed));
	return tc;
}
