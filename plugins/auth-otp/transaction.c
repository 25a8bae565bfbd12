/* SPDX-License-Identifier: MPL-2.0 */
/* transaction.c: what one browser has asked: codes counted, a transaction opened, told of, asked for another code. */
#include "auth_otp.h"

#include <inttypes.h>
#include <string.h>

#include "code.h"
#include "sql_queries.h"

/* Limits of security 6.4; those that count stand in sql/0002_limits.sql and queries.sql. */
#define COOKIE_LIFE_S 600 /* begins anew with each code that is asked */

struct opx_bytes hash_bytes(const struct opx_sha256 *hash)
{
	return (struct opx_bytes){ .p = hash->b, .n = sizeof(hash->b) };
}

struct opx_sha256 who_of(struct opx_arena *arena, const char *kind, int64_t id)
{
	return opx_sha256(opx_bytes_of(opx_strf(arena, "%s\n%" PRId64, kind, id)));
}

struct opx_sha256 who_typed(struct opx_arena *arena, struct opx_str identifier)
{
	return opx_sha256(opx_bytes_of(opx_strf(arena, "typed\n%s", identifier.p)));
}

struct opx_sha256 who_asks(struct opx_arena *arena, const int64_t *account, const int64_t *invitation,
			   struct opx_str mail)
{
	return account != NULL      ? who_of(arena, "account", *account)
	       : invitation != NULL ? who_of(arena, "invitation", *invitation)
				    : who_typed(arena, lower_of(arena, mail));
}

struct opx_str lower_of(struct opx_arena *arena, struct opx_str text)
{
	char *lower = opx_arena_memdup(arena, text.p, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] + 32);
	return opx_str_copy(arena, lower, text.n);
}

static enum opx_status queue_mail(const struct auth_otp *self, struct opx_request *rq, int64_t transaction,
				  struct opx_error *err)
{
	const struct opx_job_order order = {
		.lane = "sign-in", .kind = "mail.code", .ref = transaction, .max_attempts = 8
	};
	return self->host->job_add(self->host->rq_db(rq), &order, err);
}

enum opx_status ask(const struct auth_otp *self, struct opx_request *rq, const struct opx_sha256 *who,
		    bool *ret_may, struct sql_otp_ask_opens_row *ret_opens, struct opx_error *err)
{
	struct opx_db *db = self->host->rq_db(rq);
	struct sql_otp_ask_row row;
	bool is_shut = false;
	OPX_TRY(sql_otp_ask(self->host, db, hash_bytes(who), ret_may, &row, err));
	if (*ret_may)
		return OPX_OK;
	OPX_TRY(sql_otp_ask_opens(self->host, db, hash_bytes(who), &is_shut, ret_opens, err));
	if (!is_shut) /* it opened between the two */
		*ret_opens = (struct sql_otp_ask_opens_row){ .opens_at = self->host->rq_now(rq),
							     .opens = OPX_STR("maintenant") };
	return OPX_OK;
}

enum opx_status open_transaction(const struct auth_otp *self, struct opx_request *rq, const int64_t *account,
				 const int64_t *invitation, struct opx_str mail,
				 const struct opx_instant *opens_at, struct opx_error *err)
{
	const struct opx_host *host = self->host;
	struct opx_arena *arena = host->rq_arena(rq);
	uint8_t token[32];
	char hex[65];
	opx_random_fill(host->random(host), token, sizeof(token));
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < sizeof(token); i++) {
		hex[2 * i] = digits[token[i] >> 4U];
		hex[2 * i + 1] = digits[token[i] & 15U];
	}
	hex[64] = '\0';
	struct opx_sha256 hash = opx_sha256((struct opx_bytes){ .p = (const uint8_t *)hex, .n = 64 });
	struct sql_otp_begin_row row;
	OPX_TRY(sql_otp_begin(host, host->rq_db(rq), hash_bytes(&hash), account, invitation, mail,
			      control_word(arena, host->random(host)), host->rq_agent(rq), opens_at, &row,
			      err));
	host->rq_set_txn(rq, opx_str_copy(arena, hex, 64), COOKIE_LIFE_S);
	if ((account == NULL && invitation == NULL) || opens_at != NULL)
		return OPX_OK;
	return queue_mail(self, rq, row.id, err);
}

enum opx_status door_begin_invitation(void *plugin, struct opx_request *rq, int64_t invitation,
				      struct opx_str mail, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	struct opx_sha256 who = who_of(self->host->rq_arena(rq), "invitation", invitation);
	struct sql_otp_ask_opens_row opens;
	bool may = false;
	OPX_TRY(ask(self, rq, &who, &may, &opens, err));
	return open_transaction(self, rq, NULL, &invitation, mail, may ? NULL : &opens.opens_at, err);
}

bool token_of(const struct auth_otp *self, struct opx_request *rq, struct opx_sha256 *ret)
{
	struct opx_str txn = self->host->rq_txn(rq);
	if (txn.n != 64)
		return false;
	*ret = opx_sha256(opx_bytes_of(txn));
	return true;
}

enum opx_status door_progress(void *plugin, struct opx_request *rq, struct opx_code_progress *ret,
			      struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_sha256 token;
	*ret = (struct opx_code_progress){ .is_open = false };
	if (!token_of(self, rq, &token))
		return OPX_OK;
	struct sql_otp_progress_row row;
	bool is_found = false;
	OPX_TRY(sql_otp_progress(host, host->rq_db(rq), hash_bytes(&token), &is_found, &row, err));
	if (!is_found || (row.is_shut && row.opens.p == NULL))
		return OPX_OK; /* over, or the hour has come: what was typed is to be typed again */
	*ret = (struct opx_code_progress){
		.is_open = true,
		.is_shut = row.is_shut,
		.opens = row.is_shut ? row.opens : OPX_STR(""),
		.mail = mail_mask(host->rq_arena(rq), row.mail),
		.sent_at = row.asked_at,
		.expires_at = row.expires_at,
		.control_word = row.control_word,
		.invitation = row.invitation_id_is_null ? 0 : row.invitation_id,
		.is_slow = row.sent_at_is_null && (!row.account_id_is_null || !row.invitation_id_is_null) &&
			   host->rq_now(rq).us - row.asked_at.us > 60 * (int64_t)1000000,
	};
	return OPX_OK;
}

enum opx_status door_again(void *plugin, struct opx_request *rq, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_db *db = host->rq_db(rq);
	struct opx_sha256 token;
	struct sql_otp_again_row row;
	struct sql_otp_ask_opens_row opens;
	bool is_found = token_of(self, rq, &token), may = false;
	if (is_found)
		OPX_TRY(sql_otp_again(host, db, hash_bytes(&token), &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Recommencez la connexion depuis le début."),
				"no transaction asks for another code");
	if (row.soon.p != NULL)
		return OPX_FAIL_ARG(
			err, OPX_CONFLICT,
			N_("Attendez une minute avant de demander un autre code : ce sera possible %s."),
			row.soon.p, "another code asked within 60 s");
	if (row.is_spent)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Trois codes au plus par connexion, et cinq essais. Recommencez la connexion depuis le début."),
			"a fourth code of one transaction");
	struct opx_sha256 who = who_asks(host->rq_arena(rq), row.account_id_is_null ? NULL : &row.account_id,
					 row.invitation_id_is_null ? NULL : &row.invitation_id, row.mail);
	OPX_TRY(ask(self, rq, &who, &may, &opens, err));
	if (!may)
		return OPX_FAIL_ARG(
			err, OPX_CONFLICT,
			N_("Trop de codes ont été demandés. Vous pourrez en demander un autre %s."),
			opens.opens.p, "codes of one account: 3 in 15 minutes, 8 a day");
	OPX_TRY(sql_otp_asked(host, db, row.id, NULL, err));
	host->rq_set_txn(rq, host->rq_txn(rq), COOKIE_LIFE_S);
	if (row.account_id_is_null && row.invitation_id_is_null)
		return OPX_OK; /* the same answer, and no mail */
	return queue_mail(self, rq, row.id, err);
}
