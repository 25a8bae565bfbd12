/* SPDX-License-Identifier: MPL-2.0 */
/* claim.c: see claim.h. */
#include "domain/claim.h"

#include <inttypes.h>

#include "db/db.h"
#include "sql_claim.h"

#define DECIDED \
	N_("Cette demande a déjà reçu une réponse, ou la personne l’a retirée : voyez « Dernières décisions ».")
#define TAKEN \
	N_("Ce certificat ouvre déjà un compte à une autre adresse e-mail, ou n’en ouvre plus. Refusez la demande, et voyez avec la personne.")

enum opx_status opx_claim_make(struct opx_db *db, const struct opx_claim *c, struct opx_error *err)
{
	if (c->court == 0 && c->compagnie == 0)
		return OPX_FAIL(err, OPX_INVALID, N_("Choisissez votre juridiction ou votre compagnie."),
				"claim for no court");
	const struct opx_bytes cert = { .p = c->cert_sha256, .n = sizeof(c->cert_sha256) };
	struct sql_claim_of_certificate_row newest;
	bool is_found = false;
	OPX_TRY(sql_claim_of_certificate(db, cert, &is_found, &newest, err));
	if (is_found && newest.today >= OPX_CLAIMS_A_DAY)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Vous avez déjà envoyé cinq demandes en vingt-quatre heures. Revenez demain, ou parlez-en à l’administrateur."),
			"too many claims of one certificate");
	return sql_claim_insert(db, cert, c->issuer_key, c->serial, c->subject, c->not_after, c->title,
				c->given_name, c->family_name, c->mail, c->role,
				c->court != 0 ? &c->court : NULL, c->compagnie != 0 ? &c->compagnie : NULL,
				NULL, err);
}

static enum opx_status take(struct opx_db *db, int64_t claim, int64_t by, const char *state,
			    struct opx_str reason, struct sql_claim_decide_row *ret, struct opx_error *err)
{
	bool is_found = false;
	OPX_TRY(sql_claim_decide(db, claim, opx_str_z(state), by, reason, &is_found, ret, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_CONFLICT, DECIDED, "claim %" PRId64 " is decided", claim);
	return OPX_OK;
}

/* The account behind the address, when its holder bears the same family name. Of two requests with one address, approved at once, the
 * second finds the account that the first opens. */
static enum opx_status find_account(struct opx_db *db, const struct sql_claim_decide_row *row,
				    int64_t *ret_account, struct opx_error *err)
{
	struct sql_claim_account_row account;
	struct sql_claim_open_account_row fresh;
	struct sql_claim_turn_row turn;
	bool is_found = false;
	OPX_TRY(sql_claim_turn(db, row->mail, &turn, err));
	OPX_TRY(sql_claim_account(db, row->mail, row->family_name, &is_found, &account, err));
	if (is_found && !account.is_same_name)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Un compte existe déjà à cette adresse e-mail, sous un autre nom. Vérifiez l’adresse avec la personne."),
			"account %" PRId64 " bears another name", account.id);
	*ret_account = is_found ? account.id : 0;
	if (is_found)
		return OPX_OK;
	OPX_TRY(sql_claim_open_account(db, row->title, row->given_name, row->family_name, row->mail, &fresh,
				       err));
	*ret_account = fresh.id;
	return OPX_OK;
}

/* While the request waited, opx-admin may have bound its certificate: to this account, and nothing is added, or to another. */
static enum opx_status bind_certificate(struct opx_db *db, const struct sql_claim_decide_row *row,
					int64_t account, struct opx_error *err)
{
	struct sql_claim_bound_row bound;
	int64_t n = 0;
	OPX_TRY(sql_claim_credential(db, account, row->issuer_key, row->serial, row->cert_sha256,
				     row->subject, row->not_after, &n, err));
	if (n > 0)
		return OPX_OK;
	OPX_TRY(sql_claim_bound(db, row->cert_sha256, account, &bound, err));
	if (!bound.is_here)
		return OPX_FAIL(err, OPX_CONFLICT, TAKEN, "the certificate is not one of account %" PRId64,
				account);
	return OPX_OK;
}

enum opx_status opx_claim_approve(struct opx_db *db, int64_t claim, int64_t by, struct opx_str *ret_name,
				  struct opx_error *err)
{
	struct sql_claim_decide_row row;
	int64_t account = 0;
	OPX_TRY(take(db, claim, by, "approved", OPX_STR(""), &row, err));
	OPX_TRY(find_account(db, &row, &account, err));
	OPX_TRY(sql_claim_capacity(db, account, row.role, row.court_id_is_null ? NULL : &row.court_id,
				   row.compagnie_id_is_null ? NULL : &row.compagnie_id, NULL, err));
	OPX_TRY(bind_certificate(db, &row, account, err));
	*ret_name = row.name;
	return OPX_OK;
}

enum opx_status opx_claim_refuse(struct opx_db *db, int64_t claim, int64_t by, struct opx_str reason,
				 struct opx_str *ret_name, struct opx_error *err)
{
	struct sql_claim_decide_row row;
	OPX_TRY(take(db, claim, by, "refused", reason, &row, err));
	*ret_name = row.name;
	return OPX_OK;
}
