/* SPDX-License-Identifier: MPL-2.0 */
/* deeds.c: see deeds.h. */
#include "deeds.h"

#include "base/sealed.h"
#include "domain/dossier.h"
#include "domain/participant.h"

#include <opx/procedure.h>

struct story deed_story;

const char *deed_decide(const struct someone *who, const char *object, const char *action,
			const char *subject, int64_t id)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_ask_row row;
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_READ, who->person, &tx, &err), err);
	ck_assert_ok(sql_story_ask(deed_story.web, opx_str_z(object), opx_str_z(action), opx_str_z(subject),
				   id, &row, &err),
		     err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return opx_str_is(row.decision, "allow") ? "yes" : row.knows ? "no" : "unknown";
}

struct sql_story_count_row deed_seen_by(int64_t person)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_READ, person, &tx, &err), err);
	ck_assert_ok(sql_story_count(deed_story.web, OPX_STR(""), &row, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return row;
}

int64_t deed_open_dossier(void)
{
	return story_open_dossier(&deed_story, "26/00001");
}

enum opx_status deed_hash_code(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
			       struct opx_error *err)
{
	(void)self;
	return opx_scrypt(opx_bytes_of(code), salt, 10, ret, err);
}

int64_t deed_invite(int64_t dossier, struct someone *who, const char *role, const char *side)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_invited invited;
	struct opx_act act = story_act(&deed_story, &deed_story.expert);
	const struct opx_invite order = { .role = opx_str_z(role),
					  .title = OPX_STR("Mme"),
					  .given_name = OPX_STR(""),
					  .family_name = who->session.name,
					  .mail = opx_strf(deed_story.arena, "%s@exemple.fr",
							   who->session.name.p),
					  .new_side = opx_str_z(side),
					  .hash = deed_hash_code };
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, dossier, &order, &invited, &err), err);
	ck_assert_status(opx_participant_invite(&act, dossier, &order, &invited, NULL), OPX_CONFLICT);
	ck_assert_int_eq(invited.person, who->person); /* the address has an account: no letter, no code */
	ck_assert_uint_eq(invited.code.n, 0);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return invited.invitation;
}

void deed_accept(const struct someone *who, int64_t invitation)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&deed_story, who);
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, who->person, &err), err);
	ck_assert_ok(opx_participant_accept(&act, invitation, OPX_STR("J’accepte."), &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, who->person, &err), err);
	ck_assert_status(opx_participant_accept(&act, invitation, OPX_STR("J’accepte."), NULL),
			 OPX_CONFLICT); /* once */
	opx_tx_rollback(&tx);
}

void deed_add_file(int64_t draft, const char *kind, const char *ground)
{
	struct opx_error err;
	struct sql_story_file_row file;
	uint8_t random[16];
	char hex[33];
	struct opx_sha256 a = opx_sha256(opx_bytes_of(opx_str_z(kind)));
	struct opx_sha512 b = opx_sha512(opx_bytes_of(opx_str_z(kind)));
	opx_random_fill(&opx_random_real, random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", random[i]);
	ck_assert_ok(sql_story_file(deed_story.owner, draft, opx_str_z(hex), opx_str_z(kind),
				    opx_str_z(ground), (struct opx_bytes){ .p = a.b, .n = 32 },
				    (struct opx_bytes){ .p = b.b, .n = 64 }, &file, &err),
		     err);
}

int64_t deed_draft(int64_t dossier, const struct someone *who, const char *kind, const char *ground)
{
	struct opx_error err;
	struct sql_story_draft_row row;
	ck_assert_ok(sql_story_draft(deed_story.owner, dossier, who->person, opx_str_z(kind), &row, &err),
		     err);
	deed_add_file(row.id, "", ground);
	return row.id;
}

void deed_step(int64_t dossier, const char *from, const char *to, enum opx_status want)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	struct opx_act act = story_act(&deed_story, &deed_story.expert);
	const struct opx_transition t = {
		.code = "TRx", .from = from, .to = to, .checkbox = "x", .missing = "il manque"
	};
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_status(opx_dossier_transition(&act, dossier, &t, false, NULL),
			 want == OPX_OK ? OPX_INVALID : want);
	if (want == OPX_OK) {
		ck_assert_ok(opx_dossier_transition(&act, dossier, &t, true, &err), err);
		ck_assert_ok(opx_tx_commit(&tx, &err), err);
	}
}
