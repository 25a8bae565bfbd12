/* SPDX-License-Identifier: MPL-2.0 */
/* auth_otp.h: the plugin's own state, the steps of its door, and what they share of one browser's transaction. */
#ifndef AUTH_OTP_H
#define AUTH_OTP_H

#include <opx/plugin.h>

struct auth_otp {
	const struct opx_host *host;
	struct opx_str address; /* plain address of the main host, for the mail */
};

/* Job kind mail.code of the sign-in lane: draws the code, stores its hash, sends it. */
extern const struct opx_job_kind mail_code_kind;
/* Job kind otp.sweep: forgets what is over a day old. */
extern const struct opx_job_kind sweep_kind;

/* The steps of struct opx_auth_door (opx/auth.h says their contract). access_code.c: */
enum opx_status door_begin(void *plugin, struct opx_request *rq, struct opx_str identifier,
			   struct opx_str access_code, struct opx_error *err);
enum opx_status door_issue_access_code(void *plugin, struct opx_request *rq, int64_t account,
				       struct opx_str *ret, struct opx_error *err);
/* transaction.c: */
enum opx_status door_begin_invitation(void *plugin, struct opx_request *rq, int64_t invitation,
				      struct opx_str mail, struct opx_error *err);
enum opx_status door_progress(void *plugin, struct opx_request *rq, struct opx_code_progress *ret,
			      struct opx_error *err);
enum opx_status door_again(void *plugin, struct opx_request *rq, struct opx_error *err);
/* answer.c: */
enum opx_status door_answer(void *plugin, struct opx_request *rq, struct opx_str typed,
			    struct opx_code_answer *ret, struct opx_error *err);

struct sql_otp_ask_opens_row;

struct opx_bytes hash_bytes(const struct opx_sha256 *hash);
/* What was typed, in small letters. */
struct opx_str lower_of(struct opx_arena *arena, struct opx_str text);
/* Whose codes and failures are counted: those of what was typed, of an account or an invitation (kind), of a transaction. */
struct opx_sha256 who_typed(struct opx_arena *arena, struct opx_str identifier);
struct opx_sha256 who_of(struct opx_arena *arena, const char *kind, int64_t id);
struct opx_sha256 who_asks(struct opx_arena *arena, const int64_t *account, const int64_t *invitation,
			   struct opx_str mail);
/* One more code for who, unless too many were asked for: then *ret_opens says until when. */
OPX_MUST_USE enum opx_status ask(const struct auth_otp *self, struct opx_request *rq,
				 const struct opx_sha256 *who, bool *ret_may,
				 struct sql_otp_ask_opens_row *ret_opens, struct opx_error *err);
/* Opens a transaction, sets its cookie, and queues the mail when account or invitation is given and opens_at is not. */
OPX_MUST_USE enum opx_status open_transaction(const struct auth_otp *self, struct opx_request *rq,
					      const int64_t *account, const int64_t *invitation,
					      struct opx_str mail, const struct opx_instant *opens_at,
					      struct opx_error *err);
/* SHA-256 of the transaction cookie; false when the browser has none. */
bool token_of(const struct auth_otp *self, struct opx_request *rq, struct opx_sha256 *ret);

#endif
