/* SPDX-License-Identifier: MPL-2.0 */
/* test_secret.c: where secrets are kept. Whose files are refused stands in the suite env, for each program. */
#include "support/check_opx.h"

#include <openssl/crypto.h>

#include "base/secret.h"

START_TEST(a_secret_lies_in_a_heap_of_its_own_but_where_a_sanitizer_watches)
{
	struct opx_error err = { 0 };
	ck_assert_status(opx_secret_heap(32768, &err), OPX_OK);
	void *secret = OPENSSL_secure_malloc(32);
	ck_assert_ptr_nonnull(secret);
#ifdef OPX_ARENA_MALLOC
	ck_assert_int_eq(CRYPTO_secure_allocated(secret), 0);
#else
	ck_assert_int_eq(CRYPTO_secure_allocated(secret), 1);
#endif
	OPENSSL_secure_clear_free(secret, 32);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("secret");
	TCase *tc = tcase_create("secret");
	tcase_add_test(tc, a_secret_lies_in_a_heap_of_its_own_but_where_a_sanitizer_watches);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
