/* SPDX-License-Identifier: MPL-2.0 */
/* error.h: what a function that can fail returns, and the two sentences that go with it.
 *
 * One closed list of statuses, each with one HTTP code (core/http keeps the table). An error carries
 * a translatable sentence for the person and a detail for the operator; the detail never leaves the log.
 */
#ifndef OPX_BASE_ERROR_H
#define OPX_BASE_ERROR_H

#include <stdio.h>

#define OPX_MUST_USE __attribute__((warn_unused_result))
#define OPX_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Marks a French sentence for gettext; the sentence itself is the message id. */
#define N_(text) text

enum opx_status {
	OPX_OK = 0,
	OPX_INVALID,
	OPX_UNAUTHENTICATED,
	OPX_FORBIDDEN,
	OPX_NOT_FOUND,
	OPX_CONFLICT,
	OPX_TOO_LARGE,
	OPX_UNAVAILABLE,
	OPX_INTERNAL,
};
#define OPX_STATUS_COUNT 9

struct opx_error {
	enum opx_status status;
	char user[320];   /* for the person: French, plain text, never echoes unchecked input */
	char detail[640]; /* for the operator: English, one line */
	const char *file; /* where the failure was first reported */
	int line;
};

/* Fills *err (which may be NULL) and returns status. user is a literal marked N_(); the detail is printf-like.
 * Control characters in the detail are replaced by '?', so that it stays one line. */
enum opx_status opx_error_set(struct opx_error *err, const char *file, int line, enum opx_status status,
			      const char *user, const char *fmt, ...) OPX_PRINTF(6, 7);

/* The same with one plain-text argument put in place of the only "%s" of user. */
enum opx_status opx_error_set_arg(struct opx_error *err, const char *file, int line, enum opx_status status,
				  const char *user, const char *arg, const char *fmt, ...) OPX_PRINTF(7, 8);

/* A stable English name: "ok", "invalid", … for logs. Never NULL. */
const char *opx_status_name(enum opx_status status);

#define OPX_FAIL(err, status, user, ...) \
	opx_error_set((err), __FILE__, __LINE__, (status), (user), __VA_ARGS__)
#define OPX_FAIL_ARG(err, status, user, arg, ...) \
	opx_error_set_arg((err), __FILE__, __LINE__, (status), (user), (arg), __VA_ARGS__)

/* The only macro that may hide a return; safe because all resources are arena or OPX_AUTO_… */
#define OPX_TRY(expr)                              \
	do {                                       \
		enum opx_status opx_try_ = (expr); \
		if (opx_try_ != OPX_OK)            \
			return opx_try_;           \
	} while (0)

/* A failure that changes nothing more: a rollback after an error, a clean-up. Says why in a comment. */
#define OPX_IGNORE(expr)                               \
	do {                                           \
		enum opx_status opx_ignored_ = (expr); \
		(void)opx_ignored_;                    \
	} while (0)

/* For our own mistakes only; stays on in production. Input never reaches an assert. */
_Noreturn void opx_assert_failed(const char *expr, const char *file, int line);
#define OPX_ASSERT(expr) ((expr) ? (void)0 : opx_assert_failed(#expr, __FILE__, __LINE__))

#define OPX_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
