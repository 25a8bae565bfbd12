/* SPDX-License-Identifier: MPL-2.0 */
/* check_opx.h: what unit tests say about our types, with messages that show both sides.
 *
 * Arguments are evaluated once. An error given to ck_assert_ok() shows its detail when the call fails.
 */
#ifndef OPX_TESTS_SUPPORT_CHECK_OPX_H
#define OPX_TESTS_SUPPORT_CHECK_OPX_H

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"

#define ck_assert_status(expr, want)                                                                         \
	do {                                                                                                 \
		enum opx_status ck_got_ = (expr);                                                            \
		enum opx_status ck_want_ = (want);                                                           \
		ck_assert_msg(ck_got_ == ck_want_, "%s gave %s, wanted %s", #expr, opx_status_name(ck_got_), \
			      opx_status_name(ck_want_));                                                    \
	} while (0)

/* err is a struct opx_error, not a pointer; it is cleared first. */
#define ck_assert_ok(expr, err)                                                                             \
	do {                                                                                                \
		(err) = (struct opx_error){ 0 };                                                            \
		enum opx_status ck_got_ = (expr);                                                           \
		ck_assert_msg(ck_got_ == OPX_OK, "%s gave %s: %s (%s:%d)", #expr, opx_status_name(ck_got_), \
			      (err).detail, (err).file != NULL ? (err).file : "?", (err).line);             \
	} while (0)

/* The text is want, its length agrees and a NUL ends it. */
#define ck_assert_str(got, want)                            \
	do {                                                \
		struct opx_str ck_str_ = (got);             \
		ck_assert_ptr_nonnull(ck_str_.p);           \
		ck_assert_str_eq(ck_str_.p, (want));        \
		ck_assert_uint_eq(ck_str_.n, strlen(want)); \
	} while (0)

#define ck_assert_bytes(got, want, n_want)                                  \
	do {                                                                \
		struct opx_bytes ck_bytes_ = (got);                         \
		ck_assert_uint_eq(ck_bytes_.n, (n_want));                   \
		if (ck_bytes_.n > 0)                                        \
			ck_assert_mem_eq(ck_bytes_.p, (want), ck_bytes_.n); \
	} while (0)

/* Runs the suite as the environment asks (CK_FORK, CK_VERBOSITY, CK_RUN_CASE); the exit status of main. */
static inline int check_opx_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
