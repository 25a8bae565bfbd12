/* SPDX-License-Identifier: MPL-2.0 */
/* auth_otp.c: the door by access code and mail code (level L0; security 6). Pages are core's; this file decides. */
#include "auth_otp.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/crypto.h>

#include "code.h"
#include "sql_queries.h"

/* Limits of security 6.4; those that count stand in sql/0002_limits.sql and queries.sql. */
#define COOKIE_LIFE_S 600 /* begins anew with each code that is asked */

extern const struct opx_migration plugin_migrations[];

/* Crockford: spaces and hyphens dropped, O to 0, I and L to 1. False: not an access code. ret is not a string. */
static bool clean_access(struct opx_str typed, char ret[ACCESS_CHARS])
{
	size_t n = 0;
	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];
		if (c == ' ' || c == '-')
			continue;
		c = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
		c = (char)(c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c);
		if (n == ACCESS_CHARS || c == '\0' || strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", c) == NULL)
			return false;
		ret[n++] = c;
	}
	return n == ACCESS_CHARS;
}

/* The hash of the typed access code under the account's salt, or under a dummy one at the same cost. False: it has not the form
 * of an access code. */
static enum opx_status hash_access(const struct auth_otp *self, struct opx_arena *arena, struct opx_str typed,
				   const struct sql_otp_find_account_row *account, uint8_t ret_hash[32],
				   bool *ret_is_well_formed, struct opx_error *err)
{
	static const uint8_t dummy_salt[16] = { 1 };
	char clean[ACCESS_CHARS];
	struct opx_str code = OPX_STR("0000000000000000");
	*ret_is_well_formed = typed.n <= 64 && clean_access(typed, clean);
	if (*ret_is_well_formed)
		code = opx_str_copy(arena, clean, sizeof(clean));
	OPENSSL_cleanse(clean, sizeof(clean));
	struct opx_bytes salt = { .p = dummy_salt, .n = sizeof(dummy_salt) };
	if (account != NULL)
		salt = account->salt;
	return access_hash(self->host, code, salt, ret_hash, err);
}

/* What became of an identifier and an access code. The person is always told the same. */
enum entry {
	ENTRY_RIGHT,
	ENTRY_WRONG,
	ENTRY_UNKNOWN,   /* no such account */
	ENTRY_DELAYED,   /* five failures of this identifier from this network, then a delay that doubles */
	ENTRY_WORN,      /* a hundred failures of the account in a row */
	ENTRY_SUSPENDED, /* by an administrator */
	ENTRY_CODES,     /* right, but three codes in 15 minutes or eight a day were asked for */
};
static const char *const entry_words[] = {
	[ENTRY_RIGHT] = "right",     [ENTRY_WRONG] = "wrong", [ENTRY_UNKNOWN] = "unknown",
	[ENTRY_DELAYED] = "delayed", [ENTRY_WORN] = "worn",   [ENTRY_SUSPENDED] = "suspended",
	[ENTRY_CODES] = "codes",
};

/* One pass at page 1. */
struct pass {
	struct opx_str identifier, network; /* in small letters */
	const struct sql_otp_find_account_row *account;
	enum entry entry;
	bool is_shut; /* no code may be asked before opens_at */
	struct opx_instant opens_at;
};

static struct opx_bytes hash_bytes(const struct opx_sha256 *hash)
{
	return (struct opx_bytes){ .p = hash->b, .n = sizeof(hash->b) };
}

/* Whose codes and failures are counted: an account's, an invitation's, or those of what was typed. */
static struct opx_sha256 who_of(struct opx_arena *arena, const char *kind, int64_t id)
{
	return opx_sha256(opx_bytes_of(opx_strf(arena, "%s\n%" PRId64, kind, id)));
}

static struct opx_sha256 who_typed(struct opx_arena *arena, struct opx_str identifier)
{
	return opx_sha256(opx_bytes_of(opx_strf(arena, "typed\n%s", identifier.p)));
}

static enum opx_status queue_mail(const struct auth_otp *self, struct opx_request *rq, int64_t transaction,
				  struct opx_error *err)
{
	const struct opx_job_order order = {
		.lane = "sign-in", .kind = "mail.code", .ref = transaction, .max_attempts = 8
	};
	return self->host->job_add(self->host->rq_db(rq), &order, err);
}

/* One more code for who, unless too many were asked for: then *ret_opens says until when. */
static enum opx_status ask(const struct auth_otp *self, struct opx_request *rq, const struct opx_sha256 *who,
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

/* Opens a transaction, sets its cookie, and queues the mail when account or invitation is given. */
static enum opx_status open_transaction(const struct auth_otp *self, struct opx_request *rq,
					const int64_t *account, const int64_t *invitation,
					struct opx_str mail, const struct opx_instant *opens_at,
					struct opx_error *err)
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

static struct opx_str lower_of(struct opx_arena *arena, struct opx_str text)
{
	char *lower = opx_arena_memdup(arena, text.p, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] + 32);
	return opx_str_copy(arena, lower, text.n);
}

/* A failure is counted before anything is compared, and taken back when the code was right: what runs side by side cannot try
 * more often than one after the other (security 6.4). The slow hash comes first: nobody waits for a row while it runs. */
static enum opx_status judge(const struct auth_otp *self, struct opx_request *rq, struct opx_str access_code,
			     struct pass *pass, struct opx_error *err)
{
	const struct opx_host *host = self->host;
	struct opx_db *db = host->rq_db(rq);
	struct opx_sha256 typed = who_typed(host->rq_arena(rq), pass->identifier);
	const struct sql_otp_find_account_row *account = pass->account;
	struct sql_otp_brake_row brake;
	struct sql_otp_count_failure_row failure;
	uint8_t hash[32];
	bool may = false, is_counted = true, is_right = false;
	OPX_TRY(hash_access(self, host->rq_arena(rq), access_code, account, hash, &is_right, err));
	OPX_TRY(sql_otp_brake(host, db, hash_bytes(&typed), pass->network, &may, &brake, err));
	if (may && account != NULL)
		OPX_TRY(sql_otp_count_failure(host, db, account->account_id, &is_counted, &failure, err));
	is_right = is_right && account != NULL && account->hash.n == sizeof(hash) &&
		   opx_secret_eq(hash, account->hash.p, sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
	pass->entry = !may                  ? ENTRY_DELAYED
		      : account == NULL     ? ENTRY_UNKNOWN
		      : !is_counted         ? ENTRY_WORN
		      : !is_right           ? ENTRY_WRONG
		      : !account->is_active ? ENTRY_SUSPENDED
					    : ENTRY_RIGHT;
	if (pass->entry != ENTRY_RIGHT && pass->entry != ENTRY_SUSPENDED)
		return OPX_OK;
	OPX_TRY(sql_otp_release(host, db, hash_bytes(&typed), pass->network, NULL, err));
	return sql_otp_no_failure(host, db, account->account_id, NULL, err);
}

/* A code is counted whether it leaves or not: a wrong access code must look like a right one here too. */
static enum opx_status ask_of_pass(const struct auth_otp *self, struct opx_request *rq, struct pass *pass,
				   struct opx_error *err)
{
	const struct opx_host *host = self->host;
	struct opx_arena *arena = host->rq_arena(rq);
	struct opx_sha256 who = who_typed(arena, pass->identifier);
	struct sql_otp_ask_opens_row opens;
	bool may = false;
	if (pass->entry == ENTRY_DELAYED) {
		struct sql_otp_brake_opens_row row;
		OPX_TRY(sql_otp_brake_opens(host, host->rq_db(rq), hash_bytes(&who), pass->network, &row,
					    err));
		pass->is_shut = true;
		pass->opens_at = row.opens_at;
		return OPX_OK;
	}
	if (pass->entry == ENTRY_RIGHT)
		who = who_of(arena, "account", pass->account->account_id);
	OPX_TRY(ask(self, rq, &who, &may, &opens, err));
	if (may)
		return OPX_OK;
	if (pass->entry == ENTRY_RIGHT)
		pass->entry = ENTRY_CODES;
	pass->is_shut = true;
	pass->opens_at = opens.opens_at;
	return OPX_OK;
}

/* The attempt, its line in the trail, and a line for the operator when no code left. */
static enum opx_status write_down(const struct auth_otp *self, struct opx_request *rq,
				  const struct pass *pass, struct opx_error *err)
{
	const struct opx_host *host = self->host;
	const char *word = entry_words[pass->entry];
	int64_t account = pass->account != NULL ? pass->account->account_id : 0;
	OPX_TRY(sql_otp_attempt(host, host->rq_db(rq), OPX_STR("access-code"), account != 0 ? &account : NULL,
				pass->network, opx_str_z(word), NULL, err));
	if (pass->entry != ENTRY_RIGHT)
		OPX_LOG(host->rq_logger(rq),
			pass->entry == ENTRY_WORN || pass->entry == ENTRY_DELAYED ? OPX_WARN : OPX_INFO,
			"sign-in.refused", KV_Z("means", "access-code"), KV_Z("why", word),
			KV_I64("account", account));
	return host->security_event(rq, pass->entry == ENTRY_RIGHT ? "sign-in.code-asked" : "sign-in.refused",
				    pass->account != NULL ? pass->account->person_id : 0, opx_str_z(word),
				    err);
}

static enum opx_status begin(void *plugin, struct opx_request *rq, struct opx_str identifier,
			     struct opx_str access_code, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_arena *arena = host->rq_arena(rq);
	struct pass pass = { .identifier = lower_of(arena, identifier),
			     .network = network_of(arena, host->rq_address(rq)) };
	struct sql_otp_find_account_row row;
	bool is_found = false;
	OPX_TRY(sql_otp_find_account(host, host->rq_db(rq), pass.identifier, &is_found, &row, err));
	pass.account = is_found ? &row : NULL;
	OPX_TRY(judge(self, rq, access_code, &pass, err));
	OPX_TRY(ask_of_pass(self, rq, &pass, err));
	bool is_open = pass.entry == ENTRY_RIGHT;
	OPX_TRY(open_transaction(self, rq, is_open ? &row.account_id : NULL, NULL,
				 is_open ? row.mail : identifier, pass.is_shut ? &pass.opens_at : NULL, err));
	return write_down(self, rq, &pass, err);
}

static enum opx_status begin_invitation(void *plugin, struct opx_request *rq, int64_t invitation,
					struct opx_str mail, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	struct opx_sha256 who = who_of(self->host->rq_arena(rq), "invitation", invitation);
	struct sql_otp_ask_opens_row opens;
	bool may = false;
	OPX_TRY(ask(self, rq, &who, &may, &opens, err));
	return open_transaction(self, rq, NULL, &invitation, mail, may ? NULL : &opens.opens_at, err);
}

/* SHA-256 of the transaction cookie; false when the browser has none. */
static bool token_of(const struct auth_otp *self, struct opx_request *rq, struct opx_sha256 *ret)
{
	struct opx_str txn = self->host->rq_txn(rq);
	if (txn.n != 64)
		return false;
	*ret = opx_sha256(opx_bytes_of(txn));
	return true;
}

static enum opx_status progress(void *plugin, struct opx_request *rq, struct opx_code_progress *ret,
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

/* Whose codes this transaction asks for. */
static struct opx_sha256 who_asks(struct opx_arena *arena, const int64_t *account, const int64_t *invitation,
				  struct opx_str mail)
{
	return account != NULL      ? who_of(arena, "account", *account)
	       : invitation != NULL ? who_of(arena, "invitation", *invitation)
				    : who_typed(arena, lower_of(arena, mail));
}

static enum opx_status again(void *plugin, struct opx_request *rq, struct opx_error *err)
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

static enum opx_status answer(void *plugin, struct opx_request *rq, struct opx_str typed,
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

static enum opx_status issue_access_code(void *plugin, struct opx_request *rq, int64_t account,
					 struct opx_str *ret, struct opx_error *err)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_arena *arena = host->rq_arena(rq);
	char code[ACCESS_CHARS + 1];
	for (size_t i = 0; i < ACCESS_CHARS; i++)
		code[i] = alphabet[opx_random_below(host->random(host), 32)];
	code[ACCESS_CHARS] = '\0';
	uint8_t salt[16], hash[32];
	opx_random_fill(host->random(host), salt, sizeof(salt));
	const struct opx_bytes salt_bytes = { .p = salt, .n = sizeof(salt) };
	OPX_TRY(access_hash(host, (struct opx_str){ .p = code, .n = ACCESS_CHARS }, salt_bytes, hash, err));
	OPX_TRY(sql_otp_issue(host, host->rq_db(rq), account, salt_bytes,
			      (struct opx_bytes){ .p = hash, .n = 32 }, NULL, err));
	*ret = opx_strf(arena, "%.4s-%.4s-%.4s-%.4s", code, code + 4, code + 8, code + 12);
	OPENSSL_cleanse(code, sizeof(code));
	return OPX_OK;
}

static const struct opx_auth_door door = {
	.size = sizeof(door),
	.name = "auth-otp",
	.auth_kind = "code+mail",
	.on_card_host = false,
	.begin = begin,
	.begin_invitation = begin_invitation,
	.progress = progress,
	.again = again,
	.answer = answer,
	.issue_access_code = issue_access_code,
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct auth_otp *self = host->plugin_alloc(reg, sizeof(*self));
	self->host = host;
	self->address = host->setting_str(reg, "address");
	*ret_self = self;
	OPX_TRY(host->add_auth_door(reg, &door, self, err));
	OPX_TRY(host->add_job_kind(reg, &mail_code_kind, self, err));
	return host->add_job_kind(reg, &sweep_kind, self, err);
}

static const struct opx_setting settings[] = {
	{ .name = "address",
	  .type = OPX_SETTING_STR,
	  .min = 9,
	  .max = 200,
	  .help = "plain address of the main host, as the mail names it" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "auth-otp",
	.version = "1.0",
	.settings = settings,
	.migrations = plugin_migrations,
	.plug = plug,
};
