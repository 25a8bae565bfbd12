/* SPDX-License-Identifier: MPL-2.0 */
/* auth_otp.c: the door by access code and mail code (level L0; security 6). Pages are core's; this file decides. */
#include "auth_otp.h"

#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "code.h"
#include "sql_queries.h"

/* Limits of security 6.4. */
#define FAILURES_IN_QUARTER 5
#define FAILURES_SUSPEND 100
#define CODES_IN_QUARTER 3
#define CODES_IN_DAY 8
#define ANSWER_MS 300
#define TRANSACTION_LIFE_S 1800

extern const struct opx_migration plugin_migrations[];

/* The answer leaves no sooner than 300 ms plus 0 to 50 after `since`, right or wrong (ASVS V6.3.8). */
static void level_time(const struct auth_otp *self, struct opx_instant since)
{
	const struct opx_host *host = self->host;
	int64_t until = since.us + ANSWER_MS * 1000 + opx_random_below(host->random(host), 50000);
	int64_t left = until - opx_now(host->clock(host)).us;
	if (left <= 0)
		return;
	const struct timespec pause = { .tv_sec = 0,
					.tv_nsec = (long)(left < 400000 ? left : 400000) * 1000 };
	(void)nanosleep(&pause, NULL);
}

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

/* Compares the typed access code with the account's, or with a dummy of the same cost. */
static enum opx_status check_access(const struct auth_otp *self, struct opx_arena *arena,
				    struct opx_str typed, const struct sql_otp_find_account_row *account,
				    bool *ret_is_right, struct opx_error *err)
{
	static const uint8_t dummy_salt[16] = { 1 };
	char clean[ACCESS_CHARS];
	uint8_t hash[32];
	struct opx_str code = OPX_STR("0000000000000000");
	bool is_well_formed = typed.n <= 64 && clean_access(typed, clean);
	if (is_well_formed)
		code = opx_str_copy(arena, clean, sizeof(clean));
	OPENSSL_cleanse(clean, sizeof(clean));
	struct opx_bytes salt = { .p = dummy_salt, .n = sizeof(dummy_salt) };
	if (account != NULL)
		salt = account->salt;
	OPX_TRY(access_hash(self->host, code, salt, hash, err));
	*ret_is_right = account != NULL && is_well_formed && account->hash.n == sizeof(hash) &&
			opx_secret_eq(hash, account->hash.p, sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
	return OPX_OK;
}

/* Opens a transaction, sets its cookie, and queues the mail when account or invitation is given. */
static enum opx_status open_transaction(const struct auth_otp *self, struct opx_request *rq,
					const int64_t *account, const int64_t *invitation,
					struct opx_str mail, struct opx_error *err)
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
	OPX_TRY(sql_otp_begin(host, host->rq_db(rq), (struct opx_bytes){ .p = hash.b, .n = 32 }, account,
			      invitation, mail, control_word(arena, host->random(host)), host->rq_agent(rq),
			      &row, err));
	host->rq_set_txn(rq, opx_str_copy(arena, hex, 64), TRANSACTION_LIFE_S);
	if (account == NULL && invitation == NULL)
		return OPX_OK;
	const struct opx_job_order order = {
		.lane = "sign-in", .kind = "mail.code", .ref = row.id, .max_attempts = 8
	};
	return host->job_add(host->rq_db(rq), &order, err);
}

static struct opx_str lower_of(struct opx_arena *arena, struct opx_str text)
{
	char *lower = opx_arena_memdup(arena, text.p, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] + 32);
	return opx_str_copy(arena, lower, text.n);
}

/* Writes the attempt down and counts it; *ret_is_open: may a code leave for this account now? (security 6.4) */
static enum opx_status count_attempt(const struct auth_otp *self, struct opx_db *db,
				     const struct sql_otp_find_account_row *account, bool is_right,
				     struct opx_str network, bool *ret_is_open, struct opx_error *err)
{
	const struct opx_host *host = self->host;
	struct sql_otp_recent_codes_row recent;
	*ret_is_open = false;
	if (account == NULL)
		return sql_otp_attempt(host, db, OPX_STR("access-code"), NULL, network, OPX_STR("unknown"),
				       NULL, err);
	if (account->recent >= FAILURES_IN_QUARTER || account->failures >= FAILURES_SUSPEND ||
	    !account->is_active)
		return sql_otp_attempt(host, db, OPX_STR("access-code"), &account->account_id, network,
				       OPX_STR("blocked"), NULL, err);
	OPX_TRY(sql_otp_attempt(host, db, OPX_STR("access-code"), &account->account_id, network,
				is_right ? OPX_STR("right") : OPX_STR("wrong"), NULL, err));
	OPX_TRY(sql_otp_failures(host, db, account->account_id, is_right ? 0 : 1, NULL, err));
	if (!is_right)
		return OPX_OK;
	OPX_TRY(sql_otp_recent_codes(host, db, account->account_id, &recent, err));
	*ret_is_open = recent.in_quarter < CODES_IN_QUARTER && recent.in_day < CODES_IN_DAY;
	return OPX_OK;
}

static enum opx_status begin(void *plugin, struct opx_request *rq, struct opx_str identifier,
			     struct opx_str access_code, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_arena *arena = host->rq_arena(rq);
	struct opx_db *db = host->rq_db(rq);
	const struct opx_instant since = opx_now(host->clock(host));
	struct opx_str network = network_of(arena, host->rq_address(rq));
	struct sql_otp_find_account_row row;
	bool is_found = false, is_right = false, is_open = false;
	OPX_TRY(sql_otp_find_account(host, db, lower_of(arena, identifier), network, &is_found, &row, err));
	const struct sql_otp_find_account_row *account = is_found ? &row : NULL;
	OPX_TRY(check_access(self, arena, access_code, account, &is_right, err));
	OPX_TRY(count_attempt(self, db, account, is_right, network, &is_open, err));
	OPX_TRY(open_transaction(self, rq, is_open ? &row.account_id : NULL, NULL,
				 is_open ? row.mail : identifier, err));
	OPX_TRY(host->security_event(rq, is_open ? "sign-in.code-asked" : "sign-in.refused",
				     is_found ? row.person_id : 0, OPX_STR(""), err));
	level_time(self, since);
	return OPX_OK;
}

static enum opx_status begin_invitation(void *plugin, struct opx_request *rq, int64_t invitation,
					struct opx_str mail, struct opx_error *err)
{
	return open_transaction(plugin, rq, NULL, &invitation, mail, err);
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
	OPX_TRY(sql_otp_progress(host, host->rq_db(rq), (struct opx_bytes){ .p = token.b, .n = 32 },
				 &is_found, &row, err));
	if (!is_found)
		return OPX_OK;
	*ret = (struct opx_code_progress){
		.is_open = true,
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

static enum opx_status again(void *plugin, struct opx_request *rq, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_sha256 token;
	if (!token_of(self, rq, &token))
		return OPX_FAIL(err, OPX_UNAUTHENTICATED, N_("Recommencez la connexion depuis le début."),
				"no transaction cookie");
	struct sql_otp_again_row row;
	bool is_found = false;
	OPX_TRY(sql_otp_again(host, host->rq_db(rq), (struct opx_bytes){ .p = token.b, .n = 32 }, &is_found,
			      &row, err));
	if (!is_found)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Attendez une minute avant de demander un autre code. Trois codes au plus par connexion."),
			"another code asked too soon or too often");
	if (row.account_id_is_null && row.invitation_id_is_null)
		return OPX_OK; /* the same answer, and no mail */
	const struct opx_job_order order = {
		.lane = "sign-in", .kind = "mail.code", .ref = row.id, .max_attempts = 8
	};
	return host->job_add(host->rq_db(rq), &order, err);
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
		return OPX_OK;
	}
	ret->outcome = OPX_CODE_RIGHT;
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

static enum opx_status answer(void *plugin, struct opx_request *rq, struct opx_str typed,
			      struct opx_code_answer *ret, struct opx_error *err)
{
	const struct auth_otp *self = plugin;
	const struct opx_host *host = self->host;
	char digits[CODE_DIGITS + 1];
	struct opx_sha256 token;
	*ret = (struct opx_code_answer){ .outcome = OPX_CODE_DEAD };
	if (!token_of(self, rq, &token))
		return OPX_OK;
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
	OPX_TRY(sql_otp_count_try(host, host->rq_db(rq), (struct opx_bytes){ .p = token.b, .n = 32 },
				  &is_found, &t, err));
	if (!is_found)
		return OPX_OK;
	OPX_TRY(compare(self, rq, t.id, digits, &is_right, &was_late, err));
	OPENSSL_cleanse(digits, sizeof(digits));
	ret->tries_left = t.attempts_left;
	struct opx_str network = network_of(host->rq_arena(rq), host->rq_address(rq));
	OPX_TRY(sql_otp_attempt(host, host->rq_db(rq), OPX_STR("mail-code"),
				t.account_id_is_null ? NULL : &t.account_id, network,
				is_right ? OPX_STR("right") : OPX_STR("wrong"), NULL, err));
	if (is_right && (!t.account_id_is_null || !t.invitation_id_is_null))
		return win(self, rq, &t, ret, err);
	ret->outcome = was_late ? OPX_CODE_EXPIRED : t.attempts_left == 0 ? OPX_CODE_DEAD : OPX_CODE_WRONG;
	return OPX_OK;
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
