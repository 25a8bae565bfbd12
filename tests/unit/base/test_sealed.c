/* SPDX-License-Identifier: MPL-2.0 */
/* test_sealed.c: a sealed secret opens with its key and its context, and with nothing else. */
#include "support/check_opx.h"

#include "base/arena.h"
#include "base/sealed.h"

static struct opx_arena *arena;
static uint8_t key[OPX_SEALED_KEY_BYTES] = { 7, 1, 2, 3 };
static const struct opx_str context = { .p = "letter 12", .n = 9 };

static void setup(void)
{
	arena = opx_arena_new(1000000);
}

static void teardown(void)
{
	opx_arena_free(arena);
}

START_TEST(what_was_sealed_comes_back)
{
	struct opx_error err;
	uint8_t out[64];
	size_t n = 0;
	struct opx_bytes sealed =
		opx_sealed_close(arena, &opx_random_real, key, context, OPX_BYTES("0123456789AB"));
	ck_assert_uint_eq(sealed.n, 12 + OPX_SEALED_EXTRA_BYTES);
	ck_assert(memmem(sealed.p, sealed.n, "0123456789AB", 12) == NULL);
	ck_assert_ok(opx_sealed_open(key, context, sealed, out, sizeof(out), &n, &err), err);
	ck_assert_uint_eq(n, 12);
	ck_assert_int_eq(memcmp(out, "0123456789AB", 12), 0);
	ck_assert_ok(opx_sealed_open(key, context, sealed, out, 12, &n, &err), err);
	ck_assert_status(opx_sealed_open(key, context, sealed, out, 11, &n, NULL), OPX_TOO_LARGE);
}
END_TEST

START_TEST(the_same_secret_is_never_sealed_to_the_same_bytes)
{
	struct opx_bytes a =
		opx_sealed_close(arena, &opx_random_real, key, context, OPX_BYTES("0123456789AB"));
	struct opx_bytes b =
		opx_sealed_close(arena, &opx_random_real, key, context, OPX_BYTES("0123456789AB"));
	ck_assert(!opx_bytes_eq(a, b));
}
END_TEST

START_TEST(another_key_context_or_byte_opens_nothing)
{
	uint8_t out[64], other[OPX_SEALED_KEY_BYTES];
	size_t n = 99;
	struct opx_bytes sealed =
		opx_sealed_close(arena, &opx_random_real, key, context, OPX_BYTES("secret"));
	memcpy(other, key, sizeof(other));
	other[31] ^= 1;
	ck_assert_status(opx_sealed_open(other, context, sealed, out, sizeof(out), &n, NULL), OPX_INVALID);
	ck_assert_status(opx_sealed_open(key, OPX_STR("letter 13"), sealed, out, sizeof(out), &n, NULL),
			 OPX_INVALID);
	for (size_t i = 0; i < sealed.n; i++) {
		uint8_t *changed = opx_arena_memdup(arena, sealed.p, sealed.n);
		changed[i] ^= 4;
		memset(out, 1, sizeof(out));
		ck_assert_status(opx_sealed_open(key, context,
						 (struct opx_bytes){ .p = changed, .n = sealed.n }, out,
						 sizeof(out), &n, NULL),
				 OPX_INVALID);
		ck_assert(memmem(out, sizeof(out), "secret", 6) == NULL);
	}
	for (size_t i = 0; i < sealed.n; i++)
		ck_assert_status(opx_sealed_open(key, context, (struct opx_bytes){ .p = sealed.p, .n = i },
						 out, sizeof(out), &n, NULL),
				 OPX_INVALID);
	ck_assert_uint_eq(n, 99);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sealed");
	TCase *tc = tcase_create("sealed");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_sealed_comes_back);
	tcase_add_test(tc, the_same_secret_is_never_sealed_to_the_same_bytes);
	tcase_add_test(tc, another_key_context_or_byte_opens_nothing);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
