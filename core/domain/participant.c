/* SPDX-License-Identifier: MPL-2.0 */
/* participant.c: see participant.h. */
#include "domain/participant.h"

#include <inttypes.h>

#include <openssl/crypto.h>

#include "base/arena.h"
#include "base/codec.h"
#include "domain/act.h"
#include "sql_dossier.h"
#include "sql_participant.h"

#define TAKEN N_("Cette personne participe déjà au dossier.")
#define OTHER_NAME                                                                                                          \
	N_("Cette adresse e-mail est déjà celle d’une personne, sous un autre nom. Vérifiez avec elle l’adresse et " \
	   "l’orthographe du nom : chacun a sa propre adresse.")
#define OVER N_("Cette invitation a déjà servi, ou n’est plus valable. Demandez-en une nouvelle à l’expert.")

static enum opx_status find_side(struct opx_act *act, const struct opx_invite *order, int64_t *ret,
				 struct opx_error *err)
{
	*ret = order->side;
	if (order->side != 0 || order->new_side.n == 0)
		return OPX_OK;
	struct sql_dossier_side_row side;
	OPX_TRY(sql_dossier_side(act->db, act->dossier, order->new_side, &side, err));
	*ret = side.id;
	return OPX_OK;
}

static enum opx_status find_person(struct opx_act *act, const struct opx_invite *order, int64_t *ret_person,
				   bool *ret_has_account, struct opx_error *err)
{
	struct sql_participant_account_row account;
	struct sql_participant_person_row person;
	OPX_TRY(sql_participant_account(act->db, order->mail, ret_has_account, &account, err));
	if (*ret_has_account) {
		*ret_person = account.person_id;
		return OPX_OK;
	}
	struct sql_participant_known_row known;
	bool is_known = false;
	OPX_TRY(sql_participant_known(act->db, order->mail, &is_known, &known, err));
	if (is_known) {
		*ret_person = known.id;
		return OPX_OK;
	}
	OPX_TRY(sql_participant_person(act->db, order->title, order->given_name, order->family_name,
				       order->mail, &person, err));
	*ret_person = person.id;
	return OPX_OK;
}

static enum opx_status write_member(struct opx_act *act, const char *type, int64_t person,
				    struct opx_str extra_name, struct opx_str extra, struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	const int32_t *everybody = opx_act_everybody(act, &n);
	const struct opx_member *m = NULL;
	for (size_t i = 0; i < act->n_people; i++)
		if (act->people[i].person == person)
			m = &act->people[i];
	OPX_ASSERT(m != NULL);
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, type, everybody, n, err));
	opx_writer_open(&e.w, "member");
	opx_writer_str(&e.w, "p", opx_pseudonym(act->arena, m->pseudonym));
	opx_writer_str(&e.w, "role", m->role);
	opx_writer_str(&e.w, "side",
		       m->side_n > 0 ? opx_strf(act->arena, "S%" PRId32, m->side_n) : OPX_STR("-"));
	opx_writer_str(&e.w, extra_name.p, extra);
	opx_writer_close(&e.w);
	return opx_event_end(act, &e, (struct opx_event_links){ .about = person }, &id, err);
}

/* How an invitation is answered: with the code of a letter, from one's account, or with a letter that renews the access code. */
enum way { WAY_LETTER, WAY_ACCOUNT, WAY_NEW_CODE };

static enum opx_status make_invitation(struct opx_act *act, const struct opx_invite *order,
				       int64_t participant, int64_t person, enum way way,
				       struct opx_invited *ret, struct opx_error *err)
{
	uint8_t random[16], salt[16], hash[32];
	struct sql_participant_invitation_row row;
	const struct opx_bytes salt_bytes = { .p = salt, .n = sizeof(salt) };
	opx_random_fill(act->random, random, sizeof(random));
	ret->number = opx_base32(act->arena, (struct opx_bytes){ .p = random, .n = sizeof(random) });
	ret->code = OPX_STR("");
	bool has_code = way != WAY_ACCOUNT;
	if (has_code) {
		opx_random_fill(act->random, random, sizeof(random));
		opx_random_fill(act->random, salt, sizeof(salt));
		ret->code = opx_crockford(act->arena, (struct opx_bytes){ .p = random, .n = sizeof(random) },
					  OPX_INVITATION_CODE_CHARS);
		OPENSSL_cleanse(random, sizeof(random));
		OPX_TRY(order->hash(order->hash_self, ret->code, salt_bytes, hash, err));
	}
	const struct opx_bytes none = { .p = NULL };
	OPX_TRY(sql_participant_invitation(
		act->db, ret->number, act->dossier, participant, person,
		has_code ? OPX_STR("letter") : OPX_STR("account"), has_code ? salt_bytes : none,
		has_code ? (struct opx_bytes){ .p = hash, .n = sizeof(hash) } : none, opx_act_person(act),
		way == WAY_NEW_CODE, &row, err));
	ret->invitation = row.id;
	ret->participant = participant;
	ret->person = person;
	ret->expires_at = row.expires_at;
	return sql_participant_withdraw_older(act->db, participant, row.id, NULL, err);
}

enum opx_status opx_participant_invite(struct opx_act *act, int64_t dossier, const struct opx_invite *order,
				       struct opx_invited *ret, struct opx_error *err)
{
	int64_t side = 0, person = 0;
	bool has_account = false, is_in = false;
	struct sql_participant_in_row in;
	struct sql_participant_named_row named;
	struct sql_dossier_participant_row participant;
	struct sql_dossier_member_row member;
	const int64_t by = opx_act_person(act);
	OPX_TRY(opx_act_open(act, dossier, true, err));
	OPX_TRY(find_side(act, order, &side, err));
	OPX_TRY(find_person(act, order, &person, &has_account, err));
	OPX_TRY(sql_participant_in(act->db, dossier, person, &is_in, &in, err));
	if (is_in)
		return OPX_FAIL(err, OPX_CONFLICT, TAKEN, "person %" PRId64 " is %s", person, in.state.p);
	/* A slip in an address would call in a stranger, and his name on the list would say whose it is. */
	OPX_TRY(sql_participant_named(act->db, person, order->given_name, order->family_name, &named, err));
	if (!named.is_same)
		return OPX_FAIL(err, OPX_CONFLICT, OTHER_NAME, "person %" PRId64 " has another name", person);
	const int64_t *side_ref = side != 0 ? &side : NULL;
	OPX_TRY(sql_dossier_participant(act->db, dossier, person, order->role, side_ref, OPX_STR("invited"),
					&by, OPX_STR(""), &participant, err));
	OPX_TRY(sql_dossier_member(act->db, dossier, person, order->role, side_ref, false, &member, err));
	OPX_TRY(opx_act_members_changed(act, err));
	OPX_TRY(make_invitation(act, order, participant.id, person, has_account ? WAY_ACCOUNT : WAY_LETTER,
				ret, err));
	OPX_TRY(opx_act_job(act, "post", "mail.invitation", OPX_STR(""), ret->invitation, 0, err));
	return write_member(act, "member.invite", person, OPX_STR("channel"),
			    has_account ? OPX_STR("account") : OPX_STR("letter"), err);
}

/* One who takes part and has lost his access code gets a letter that gives him another, once he has also read the mail. */
static enum opx_status renew_code(struct opx_act *act, int64_t participant, const struct opx_invite *order,
				  struct opx_invited *ret, struct opx_error *err)
{
	struct sql_participant_coded_row row;
	bool is_found = false;
	OPX_TRY(sql_participant_coded(act->db, act->dossier, participant, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Cette personne a déjà répondu à son invitation, et n’a pas de code d’accès."),
			"participant %" PRId64 " has no access code", participant);
	OPX_TRY(make_invitation(act, order, participant, row.person_id, WAY_NEW_CODE, ret, err));
	return opx_act_job(act, "post", "mail.invitation", OPX_STR(""), ret->invitation, 0, err);
}

enum opx_status opx_participant_reissue(struct opx_act *act, int64_t dossier, int64_t participant,
					const struct opx_invite *order, struct opx_invited *ret,
					struct opx_error *err)
{
	struct sql_participant_waiting_row row;
	struct sql_participant_account_row account;
	bool is_found = false, has_account = false;
	OPX_TRY(opx_act_open(act, dossier, true, err));
	OPX_TRY(sql_participant_waiting(act->db, dossier, participant, &is_found, &row, err));
	if (!is_found)
		return renew_code(act, participant, order, ret, err);
	OPX_TRY(sql_participant_account(act->db, row.mail, &has_account, &account, err));
	if (has_account && account.person_id != row.person_id)
		return OPX_FAIL(
			err, OPX_CONFLICT,
			N_("Un compte existe à cette adresse e-mail, au nom d’une autre personne. Vérifiez l’adresse avec elle."),
			"participant %" PRId64 ": account %" PRId64 " is another person's", participant,
			account.account_id);
	OPX_TRY(make_invitation(act, order, participant, row.person_id,
				has_account ? WAY_ACCOUNT : WAY_LETTER, ret, err));
	OPX_TRY(opx_act_job(act, "post", "mail.invitation", OPX_STR(""), ret->invitation, 0, err));
	return write_member(act, "member.invite", row.person_id, OPX_STR("channel"),
			    has_account ? OPX_STR("account") : OPX_STR("letter"), err);
}

/* What the newcomer's row of the matrix gives him of what was published before (CPC 169; mode actif: his court's scope). */
static enum opx_status give_history(struct opx_act *act, int64_t person, struct opx_str ground,
				    struct opx_error *err)
{
	const struct sql_participant_history_row *rows = NULL;
	size_t n = 0, n_to = 0;
	struct opx_event e;
	int64_t id = 0;
	OPX_TRY(sql_participant_history(act->db, act->dossier, person, &rows, &n, err));
	if (n == 0)
		return OPX_OK;
	struct opx_str *docs = OPX_NEW_N(act->arena, struct opx_str, n);
	int64_t *ids = OPX_NEW_N(act->arena, int64_t, n);
	for (size_t i = 0; i < n; i++) {
		docs[i] = opx_document_id(act->arena, rows[i].n);
		ids[i] = rows[i].id;
	}
	int32_t pseudonym = 0;
	for (size_t i = 0; i < act->n_people; i++)
		if (act->people[i].person == person)
			pseudonym = act->people[i].pseudonym;
	const int32_t *to = opx_act_watchers(act, person, opx_act_person(act), &n_to);
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, "rights.exception", to, n_to, err));
	opx_writer_open(&e.w, "grant");
	opx_writer_strs(&e.w, "docs", (struct opx_strs){ .p = docs, .n = n });
	opx_writer_str(&e.w, "to", opx_pseudonym(act->arena, pseudonym));
	opx_writer_str(&e.w, "effect", OPX_STR("give"));
	opx_writer_str(&e.w, "ground", ground);
	opx_writer_close(&e.w);
	OPX_TRY(opx_event_end(act, &e, (struct opx_event_links){ .about = person }, &id, err));
	const int64_t by = opx_act_person(act);
	const struct opx_i64s documents = { .p = ids, .n = n };
	OPX_TRY(sql_participant_grant(act->db, act->dossier, documents, person, ground, &by, id, NULL, err));
	return sql_participant_history_notices(act->db, act->dossier, documents, person, NULL, err);
}

static enum opx_status write_answer(struct opx_act *act, const char *type, struct opx_str consent,
				    struct opx_error *err)
{
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	const int32_t *everybody = opx_act_everybody(act, &n);
	struct opx_sha256 hash = opx_sha256(opx_bytes_of(consent));
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_ACTS, type, everybody, n, err));
	opx_writer_open(&e.w, "member");
	opx_writer_str(&e.w, "p", opx_pseudonym(act->arena, act->pseudonym));
	opx_writer_hex(&e.w, "consent", (struct opx_bytes){ .p = hash.b, .n = sizeof(hash.b) });
	opx_writer_str(&e.w, "address", OPX_STR("chosen"));
	opx_writer_close(&e.w);
	return opx_event_end(act, &e, (struct opx_event_links){ .about = opx_act_person(act) }, &id, err);
}

static enum opx_status take_answer(struct opx_act *act, int64_t invitation, const char *state,
				   struct sql_participant_answer_row *ret, struct opx_error *err)
{
	bool is_found = false;
	OPX_TRY(sql_participant_answer(act->db, invitation, opx_str_z(state), &is_found, ret, err));
	if (!is_found || ret->person_id != opx_act_person(act))
		return OPX_FAIL(err, OPX_CONFLICT, OVER, "invitation %" PRId64 " cannot be %s", invitation,
				state);
	OPX_TRY(opx_act_open(act, ret->dossier_id, true, err));
	return sql_participant_state(act->db, ret->participant_id, opx_str_z(state), NULL, err);
}

enum opx_status opx_participant_accept(struct opx_act *act, int64_t invitation, struct opx_str consent_text,
				       struct opx_error *err)
{
	struct sql_participant_answer_row row;
	OPX_TRY(take_answer(act, invitation, "accepted", &row, err));
	struct opx_sha256 hash = opx_sha256(opx_bytes_of(consent_text));
	OPX_TRY(sql_participant_accept_member(act->db, row.dossier_id, row.person_id, NULL, err));
	OPX_TRY(sql_participant_consent(act->db, row.person_id, row.dossier_id,
					(struct opx_bytes){ .p = hash.b, .n = 32 }, consent_text,
					OPX_STR("chosen"), NULL, err));
	OPX_TRY(write_answer(act, "member.accept", consent_text, err));
	OPX_TRY(opx_act_open(act, row.dossier_id, false, err)); /* the person is a full member now */
	return give_history(act, row.person_id, OPX_STR("CPC 169"), err);
}

enum opx_status opx_participant_refuse(struct opx_act *act, int64_t invitation, struct opx_str consent_text,
				       struct opx_error *err)
{
	struct sql_participant_answer_row row;
	OPX_TRY(take_answer(act, invitation, "refused", &row, err));
	return write_answer(act, "member.refuse", consent_text, err);
}

static enum opx_status presence_on(struct opx_act *act, struct opx_error *err)
{
	struct sql_participant_court_role_row row;
	struct sql_dossier_participant_row participant;
	struct sql_dossier_member_row member;
	bool is_found = false;
	const int64_t person = opx_act_person(act);
	OPX_TRY(sql_participant_court_role(act->db, act->dossier, person, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(
			err, OPX_FORBIDDEN,
			N_("Seuls les magistrats et greffiers de cette juridiction passent en mode actif."),
			"no capacity in the court of dossier %" PRId64, act->dossier);
	OPX_TRY(sql_dossier_participant(act->db, act->dossier, person, row.role, NULL, OPX_STR("accepted"),
					&person, OPX_STR("court-presence"), &participant, err));
	OPX_TRY(sql_dossier_member(act->db, act->dossier, person, row.role, NULL, true, &member, err));
	int64_t dossier = act->dossier;
	OPX_TRY(opx_act_members_changed(act, err));
	/* A member now: the log is told of another matrix, if there is one, under the new list. */
	OPX_TRY(opx_act_open(act, dossier, true, err));
	OPX_TRY(write_member(act, "member.capacity", person, OPX_STR("ground"), OPX_STR("court-presence"),
			     err));
	return give_history(act, person, OPX_STR("court-scope"), err);
}

enum opx_status opx_participant_presence(struct opx_act *act, int64_t dossier, bool is_on,
					 struct opx_error *err)
{
	struct sql_participant_in_row in;
	bool is_in = false;
	const int64_t person = opx_act_person(act);
	OPX_TRY(opx_act_open(act, dossier, true, err));
	OPX_TRY(sql_participant_in(act->db, dossier, person, &is_in, &in, err));
	if (is_in == is_on)
		return OPX_OK; /* a double click */
	if (is_on)
		return presence_on(act, err);
	/* A draft is its maker's alone: nobody, not even he, would find it again. */
	if (opx_str_is(act->phase, "draft"))
		return OPX_FAIL(err, OPX_CONFLICT,
				N_("Ce dossier n’est encore qu’à vous. Enregistrez d’abord la désignation."),
				"dossier %" PRId64 " is a draft", dossier);
	OPX_TRY(sql_participant_state(act->db, in.id, OPX_STR("left"), NULL, err));
	OPX_TRY(sql_participant_leave_member(act->db, dossier, person, NULL, err));
	OPX_TRY(opx_act_members_changed(act, err)); /* the event carries the new list (evidence-format 2.8) */
	return write_member(act, "member.leave", person, OPX_STR("ground"), OPX_STR("court-presence"), err);
}
