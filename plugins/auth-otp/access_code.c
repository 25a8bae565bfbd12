/* SPDX-License-Identifier: MPL-2.0 */
/* access_code.c: the first page of the door, an identifier and an access code; and new access codes (security 6.4). */
#include "auth_otp.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/crypto.h>

#include "code.h"
#include "sql_queries.h"

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

enum opx_status door_begin(void *plugin, struct opx_request *rq, struct opx_str identifier,
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

enum opx_status door_issue_access_code(void *plugin, struct opx_request *rq, int64_t account,
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
