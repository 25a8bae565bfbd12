/* SPDX-License-Identifier: MPL-2.0 */
/* test_people.c: how someone new comes in: a letter with its code, a request for access. */
#include "deeds.h"

#include "base/sealed.h"
#include "domain/claim.h"
#include "domain/letter.h"
#include "domain/participant.h"
#include "sql_claim.h"

static int64_t invite_stranger(int64_t dossier, const char *mail, struct opx_invited *ret,
			       int64_t *ret_artefact)
{
	static const uint8_t key[32] = { 3, 1, 4 };
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&deed_story, &deed_story.expert);
	const struct opx_invite order = { .role = OPX_STR("lawyer"),
					  .title = OPX_STR("Me"),
					  .given_name = OPX_STR("Nouvelle"),
					  .family_name = OPX_STR("Venue"),
					  .mail = opx_str_z(mail),
					  .new_side = OPX_STR("Autre côté"),
					  .hash = deed_hash_code };
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, dossier, &order, ret, &err), err);
	ck_assert_ok(opx_letter_order(&act, ret, key, ret_artefact, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return ret->participant;
}

static struct sql_story_letter_row letter_of(int64_t artefact)
{
	struct opx_error err;
	struct sql_story_letter_row row;
	ck_assert_ok(sql_story_letter(deed_story.owner, artefact, &row, &err), err);
	return row;
}

START_TEST(a_letter_carries_its_code_sealed_and_another_one_ends_it)
{
	static const uint8_t key[32] = { 3, 1, 4 };
	struct opx_error err;
	struct opx_tx tx;
	struct opx_invited first, second, elsewhere;
	int64_t artefact = 0, again = 0;
	uint8_t code[32];
	size_t n = 0;
	int64_t d = deed_open_dossier(), e = deed_open_dossier();
	int64_t participant = invite_stranger(d, "nouvelle@exemple.fr", &first, &artefact);
	ck_assert_uint_eq(first.code.n, OPX_INVITATION_CODE_CHARS);
	struct sql_story_letter_row row = letter_of(artefact);
	ck_assert(memmem(row.secret.p, row.secret.n, first.code.p, first.code.n) == NULL);
	ck_assert_ok(opx_sealed_open(key, opx_letter_context(deed_story.arena, artefact), row.secret, code,
				     sizeof(code), &n, &err),
		     err);
	ck_assert_int_eq(memcmp(code, first.code.p, n), 0);
	ck_assert_status(opx_sealed_open(key, opx_letter_context(deed_story.arena, artefact + 1), row.secret,
					 code, sizeof(code), &n, NULL),
			 OPX_INVALID);

	/* Asked again: another number, another code, and the first invitation is withdrawn. */
	struct opx_act act = story_act(&deed_story, &deed_story.expert);
	const struct opx_invite hash = { .hash = deed_hash_code };
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_ok(opx_participant_reissue(&act, d, participant, &hash, &second, &err), err);
	ck_assert_ok(opx_letter_order(&act, &second, key, &again, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert(!opx_str_eq(first.number, second.number) && !opx_str_eq(first.code, second.code));
	ck_assert_str(letter_of(artefact).state, "withdrawn");
	ck_assert_str(letter_of(again).state, "sent");

	/* A participant of another dossier is none here; one who has an account needs no letter. */
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_status(opx_participant_reissue(&act, e, participant, &hash, &second, NULL), OPX_CONFLICT);
	opx_tx_rollback(&tx);

	/* The same address in another dossier is the same person, account or not. */
	(void)invite_stranger(e, "NOUVELLE@exemple.fr", &elsewhere, &again);
	ck_assert_int_eq(elsewhere.person, first.person);
}
END_TEST

static struct opx_claim claim_of(uint8_t first_byte, const char *mail, const char *family)
{
	struct opx_claim claim = { .issuer_key = OPX_BYTES("issuer"),
				   .serial = OPX_BYTES("serial"),
				   .subject = OPX_STR("Carte"),
				   .title = OPX_STR("Mme"),
				   .given_name = OPX_STR("Anne"),
				   .family_name = opx_str_z(family),
				   .mail = opx_str_z(mail),
				   .role = OPX_STR("expert"),
				   .not_after = opx_now(&opx_clock_real),
				   .court = deed_story.court };
	claim.cert_sha256[0] = first_byte;
	return claim;
}

static int64_t make_claim(const struct opx_claim *claim)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_claim_of_certificate_row row;
	bool is_found = false;
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, 0, &err), err);
	ck_assert_ok(opx_claim_make(deed_story.web, claim, &err), err);
	ck_assert_ok(opx_claim_make(deed_story.web, claim, &err), err); /* a second click is the first */
	ck_assert_ok(sql_claim_of_certificate(deed_story.web,
					      (struct opx_bytes){ .p = claim->cert_sha256, .n = 32 },
					      &is_found, &row, &err),
		     err);
	ck_assert(is_found);
	ck_assert_str(row.state, "waiting");
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return row.id;
}

static enum opx_status approve_or_say(int64_t claim, const char **ret_why)
{
	static struct opx_error err;
	struct opx_tx tx;
	struct opx_str name;
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.judge.person, &err), err);
	enum opx_status status =
		opx_claim_approve(deed_story.web, claim, deed_story.judge.person, &name, &err);
	if (status == OPX_OK)
		ck_assert_ok(opx_tx_commit(&tx, &err), err);
	else
		opx_tx_rollback(&tx);
	*ret_why = status == OPX_OK ? "" : err.user;
	return status;
}

static enum opx_status approve(int64_t claim)
{
	const char *why = NULL;
	return approve_or_say(claim, &why);
}

START_TEST(a_request_for_access_opens_one_account_and_takes_none_over)
{
	struct opx_claim first, spare, thief, nowhere;
	struct opx_error err;
	struct opx_tx tx;
	struct opx_str name;
	first = claim_of(1, "anne@exemple.fr", "Sorel");
	spare = claim_of(2, "Anne@exemple.fr", "SOREL");
	thief = claim_of(3, "anne@exemple.fr", "Voleur");
	nowhere = claim_of(4, "x@exemple.fr", "X");
	nowhere.court = 0;
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, 0, &err), err);
	ck_assert_status(opx_claim_make(deed_story.web, &nowhere, NULL), OPX_INVALID);
	opx_tx_rollback(&tx);

	int64_t id = make_claim(&first);
	/* Who may decide: an administrator of that court; a judge, a stranger or nobody may not even know of it. */
	ck_assert_str_eq(deed_decide(&deed_story.judge, "@", "manage", "claim", id), "unknown");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "@", "manage", "claim", id), "unknown");
	ck_assert_ok(sql_story_capacity(deed_story.owner, deed_story.stranger.account, OPX_STR("court_admin"),
					&deed_story.court, NULL, &err),
		     err);
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "@", "manage", "claim", id), "yes");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "@", "manage", "claim", 999999), "unknown");

	ck_assert_status(approve(id), OPX_OK);
	ck_assert_status(approve(id), OPX_CONFLICT);
	ck_assert_status(approve(make_claim(&spare)), OPX_OK); /* a spare key, for the same account */
	int64_t third = make_claim(&thief);
	ck_assert_status(approve(third), OPX_CONFLICT);
	struct sql_story_account_row account;
	ck_assert_ok(sql_story_account(deed_story.owner, OPX_STR("anne@exemple.fr"), &account, &err), err);
	ck_assert_int_eq(account.certificates, 2);
	ck_assert_int_eq(account.capacities, 1);
	/* The refused one stays refused: it is the claim of the third certificate, still waiting after the conflict. */
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.judge.person, &err), err);
	ck_assert_ok(opx_claim_refuse(deed_story.web, third, deed_story.judge.person, OPX_STR("Inconnu"),
				      &name, &err),
		     err);
	ck_assert_str(name, "Mme Anne Voleur");
	ck_assert_status(opx_claim_refuse(deed_story.web, third, deed_story.judge.person, OPX_STR("Inconnu"),
					  &name, NULL),
			 OPX_CONFLICT);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}
END_TEST

/* Who waits is made an administrator by opx-admin, with the same card. */
START_TEST(a_request_whose_certificate_was_bound_meanwhile_adds_the_office_or_says_why)
{
	struct opx_error err;
	struct sql_story_account_row account;
	const char *why = NULL;
	struct opx_claim claim = claim_of(1, "anne@exemple.fr", "Sorel");
	ck_assert_status(approve(make_claim(&claim)), OPX_OK);
	claim.role = OPX_STR("clerk");
	ck_assert_status(approve(make_claim(&claim)), OPX_OK);
	ck_assert_ok(sql_story_account(deed_story.owner, OPX_STR("anne@exemple.fr"), &account, &err), err);
	ck_assert_int_eq(account.certificates, 1);
	ck_assert_int_eq(account.capacities, 2);

	claim.mail = OPX_STR("autre@exemple.fr");
	ck_assert_status(approve_or_say(make_claim(&claim), &why), OPX_CONFLICT);
	ck_assert_ptr_nonnull(strstr(why, "à une autre adresse e-mail"));
	ck_assert_ok(opx_db_script(deed_story.owner,
				   "UPDATE opx.credential SET ended_at = now();"
				   "UPDATE opx.credential_claim SET mail = 'anne@exemple.fr'",
				   &err),
		     err);
	ck_assert_status(approve_or_say(make_claim(&claim), &why), OPX_CONFLICT);
	ck_assert_ptr_nonnull(strstr(why, "ou n’en ouvre plus"));
}
END_TEST

void db_add_people(TCase *tc)
{
	tcase_add_test(tc, a_request_whose_certificate_was_bound_meanwhile_adds_the_office_or_says_why);
	tcase_add_test(tc, a_letter_carries_its_code_sealed_and_another_one_ends_it);
	tcase_add_test(tc, a_request_for_access_opens_one_account_and_takes_none_over);
}
