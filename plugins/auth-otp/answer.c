/* SPDX-License-Identifier: MPL-2.0 */
/* answer.c: the second page of the door, the code that came by mail (security 6.4). */
#include "auth_otp.h"

#include <string.h>

#include <openssl/crypto.h>

#include "code.h"
#include "sql_queries.h"

/* Is digits one of the codes in flight? Every hash is computed and compared, none returns early. */
static enum opx_status compare(const struct auth_otp *self, struct opx_request *rq, int64_t transaction,
			       const char *digits, bool *ret_is_right, bool *ret_was_late,
			       struct opx_error *err)
{
	const struct opx_host *host = self->host;
	const struct sql_otp_codes_row *codes = NULL;
	size_t n = 0;
	OPX_TRY(sql_otp_codes(host, host->rq_db(rq), transaction, &codes, &n, err));
	*ret_is_right = false;
	*ret_was_late = false;
	for (size_t i = 0; i < n; i++) {
		uint8_t hash[32];
		OPX_TRY(code_hash(host, transaction, digits, codes[i].salt, hash, err));
		bool is_same = codes[i].hash.n == sizeof(hash) &&
			       opx_secret_eq(hash, codes[i].hash.p, sizeof(hash));
		*ret_is_right = *ret_is_right || (is_same && codes[i].is_live);
		*ret_was_late = *ret_was_late || (is_same && !codes[i].is_live);
	}
	return OPX_OK;
}

static void log_code(const struct auth_otp *self, struct opx_request *rq, const char *why, int64_t account,
		     int64_t invitation)
{
	OPX_LOG(self->host->rq_logger(rq), OPX_INFO, "sign-in.refused", KV_Z("means", "mail-code"),
		KV_Z("why", why), KV_I64("account", account), KV_I64("invitation", invitation));
}

static enum opx_status win(const struct auth_otp *self, struct opx_request *rq,
			   const struct sql_otp_count_try_row *t, struct opx_code_answer *ret,
			   struct opx_error *err)
{
	const struct opx_host *host = self->host;
	struct sql_otp_win_row won;
	bool is_won = false;
	OPX_TRY(sql_otp_win(host, host->rq_db(rq), t->id, &is_won, &won, err));
	if (!is_won) {
		ret->outcome = OPX_CODE_DEAD;
		log_code(self, rq, "used", 0, 0);
		return OPX_OK;
	}
	ret->outcome = OPX_CODE_RIGHT;
	struct opx_sha256 who = who_asks(host->rq_arena(rq), t->account_id_is_null ? NULL : &t->account_id,
					 t->invitation_id_is_null ? NULL : &t->invitation_id, t->mail);
	OPX_TRY(sql_otp_ask_forget(host, host->rq_db(rq), hash_bytes(&who), NULL, err));
	host->rq_set_txn(rq, OPX_STR(""), 0);
	if (!t->invitation_id_is_null) {
		ret->invitation = t->invitation_id;
		return OPX_OK;
	}
	struct sql_otp_credential_row credential;
	OPX_TRY(sql_otp_credential(host, host->rq_db(rq), t->account_id, &credential, err));
	ret->identity = (struct opx_identity){
		.account = t->account_id,
		.person = credential.person_id,
		.credential = credential.id,
		.auth_kind = "code+mail",
		.level = OPX_L0,
	};
	return OPX_OK;
}

/* No try was left: what this browser holds has served, is over, spent, or is of nobody. */
static enum opx_status say_dead(const struct auth_otp *self, struct opx_request *rq,
				const struct opx_sha256 *token, struct opx_error *err)
{
	struct sql_otp_fate_row fate;
	OPX_TRY(sql_otp_fate(self->host, self->host->rq_db(rq), hash_bytes(token), &fate, err));
	log_code(self, rq, fate.why.p, 0, 0);
	return OPX_OK;
}

/* The code was none of those in flight: what the person and the operator are told. */
static enum opx_status refuse(const struct auth_otp *self, struct opx_request *rq,
			      const struct sql_otp_count_try_row *t, bool was_late,
			      struct opx_code_answer *ret, struct opx_error *err)
{
	struct sql_otp_ask_opens_row opens;
	bool is_shut = false;
	ret->outcome = was_late ? OPX_CODE_EXPIRED : t->attempts_left == 0 ? OPX_CODE_DEAD : OPX_CODE_WRONG;
	log_code(self, rq, was_late ? "expired" : "wrong", t->account_id_is_null ? 0 : t->account_id,
		 t->invitation_id_is_null ? 0 : t->invitation_id);
	if (ret->outcome != OPX_CODE_DEAD)
		return OPX_OK;
	struct opx_sha256 who = who_asks(self->host->rq_arena(rq),
					 t->account_id_is_null ? NULL : &t->account_id,
					 t->invitation_id_is_null ? NULL : &t->invitation_id, t->mail);
	OPX_TRY(sql_otp_ask_opens(self->host, self->host->rq_db(rq), hash_bytes(&who), &is_shut, &opens,
				  err));
	ret->opens = is_shut ? opens.opens : OPX_STR("");
	return OPX_OK;
}

enum opx_status door_answer(void *plugin, struct opx_request *rq, struct opx_str typed,
			    struct opx_code_answer *ret, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	char digits[CODE_DIGITS + 1];
	struct opx_sha256 token;
	*ret = (struct opx_code_answer){ .outcome = OPX_CODE_DEAD, .opens = OPX_STR("") };
	if (!token_of(self, rq, &token)) {
		log_code(self, rq, "no transaction", 0, 0);
		return OPX_OK;
	}
	memcpy(ret->transaction_sha256, token.b, sizeof(token.b));
	enum code_form form = code_read(typed, digits);
	if (form == CODE_FORM_FOREIGN_DIGITS)
		return OPX_FAIL(err, OPX_INVALID, N_("Tapez le code avec les chiffres 0 à 9 du clavier."),
				"foreign digits");
	if (form != CODE_FORM_GOOD) {
		ret->outcome = OPX_CODE_INCOMPLETE;
		return OPX_OK;
	}
	struct sql_otp_count_try_row t;
	bool is_found = false, is_right = false, was_late = false;
	OPX_TRY(sql_otp_count_try(host, host->rq_db(rq), hash_bytes(&token), &is_found, &t, err));
	if (!is_found)
		return say_dead(self, rq, &token, err);
	OPX_TRY(compare(self, rq, t.id, digits, &is_right, &was_late, err));
	OPENSSL_cleanse(digits, sizeof(digits));
	ret->tries_left = t.attempts_left;
	struct opx_str network = network_of(host->rq_arena(rq), host->rq_address(rq));
	OPX_TRY(sql_otp_attempt(host, host->rq_db(rq), OPX_STR("mail-code"),
				t.account_id_is_null ? NULL : &t.account_id, network,
				is_right ? OPX_STR("right") : OPX_STR("wrong"), NULL, err));
	if (is_right && (!t.account_id_is_null || !t.invitation_id_is_null))
		return win(self, rq, &t, ret, err);
	return refuse(self, rq, &t, was_late, ret, err);
}
