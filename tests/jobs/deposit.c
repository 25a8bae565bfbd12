/* SPDX-License-Identifier: MPL-2.0 */
/* deposit.c: see deposit.h. */
#include "deposit.h"

#include "domain/filing.h"
#include "sql_test_story.h"

struct scene_lane deposit_lane;
int64_t deposit_dossier, deposit_document, deposit_filing;

static enum opx_status hash_code(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
				 struct opx_error *err)
{
	(void)self;
	return opx_scrypt(opx_bytes_of(code), salt, 10, ret, err);
}

struct opx_invited deposit_invite(const char *mail, struct opx_str family_name, const char *side)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_invited invited;
	struct opx_act act = story_act(&scene_story, &scene_story.expert);
	const struct opx_invite order = { .role = OPX_STR("party"),
					  .title = OPX_STR("Mme"),
					  .given_name = OPX_STR(""),
					  .family_name = family_name,
					  .mail = opx_str_z(mail),
					  .new_side = opx_str_z(side),
					  .hash = hash_code };
	ck_assert_ok(opx_tx_begin(scene_story.web, &tx, scene_story.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, deposit_dossier, &order, &invited, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return invited;
}

static bool per_side(const void *kinds, struct opx_str kind)
{
	(void)kinds;
	(void)kind;
	return false;
}

static enum opx_status may(void *rights, struct opx_act *act, struct opx_str kind, bool *ret,
			   struct opx_error *err)
{
	(void)rights;
	(void)act;
	(void)kind;
	(void)err;
	*ret = true;
	return OPX_OK;
}

void deposit_file_note(const char *upload)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_draft_row draft;
	struct sql_story_file_row file;
	struct opx_filing_plan plan;
	int64_t in = 0;
	int32_t number = 0;
	struct opx_sha256 a = opx_sha256(OPX_BYTES("the document"));
	struct opx_sha512 b = opx_sha512(OPX_BYTES("the document"));
	const struct someone *expert = &scene_story.expert;
	struct opx_act act = story_act(&scene_story, expert);
	ck_assert_ok(sql_story_draft(scene_story.owner, deposit_dossier, expert->person,
				     OPX_STR("expert_note"), &draft, &err),
		     err);
	ck_assert_ok(sql_story_file(scene_story.owner, draft.id, opx_str_z(upload), OPX_STR(""), OPX_STR(""),
				    (struct opx_bytes){ .p = a.b, .n = 32 },
				    (struct opx_bytes){ .p = b.b, .n = 64 }, &file, &err),
		     err);
	ck_assert_ok(opx_tx_begin(scene_story.web, &tx, expert->person, &err), err);
	ck_assert_ok(opx_filing_plan(&act, draft.id, false, &plan, &err), err);
	const struct opx_filing_order order = { .draft = draft.id,
						.fingerprint = opx_str_z(plan.fingerprint),
						.is_series_per_side = per_side,
						.may_deposit = may };
	ck_assert_ok(opx_filing_confirm(&act, &order, &in, &number, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}

static void accept_it(const struct someone *who, int64_t invitation)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&scene_story, who);
	ck_assert_ok(opx_tx_begin(scene_story.web, &tx, who->person, &err), err);
	ck_assert_ok(opx_participant_accept(&act, invitation, OPX_STR("J’accepte."), &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}

static void begin_all(void)
{
	struct opx_error err;
	const struct sql_scene_documents_row *rows = NULL;
	size_t n = 0;
	deposit_dossier = scene_dossier(&scene_story.expert, "SCI " DEPOSIT_SECRET_NAME,
					"Infiltrations " DEPOSIT_SECRET_NAME);
	accept_it(
		&scene_story.lawyer,
		deposit_invite("avocat@exemple.fr", scene_story.lawyer.session.name, "Demandeur").invitation);
	accept_it(
		&scene_story.party,
		deposit_invite("partie@exemple.fr", scene_story.party.session.name, "Défendeur").invitation);
	deposit_file_note("0123456789abcdef0123456789abcdef");
	ck_assert_ok(sql_scene_documents(scene_story.owner, deposit_dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	deposit_document = rows[0].id;
	deposit_filing = rows[0].filing_id;
}

const struct sql_scene_events_row *deposit_events(const char *type, size_t *ret_n)
{
	struct opx_error err;
	const struct sql_scene_events_row *rows = NULL;
	ck_assert_ok(sql_scene_events(scene_story.owner, deposit_dossier, opx_str_z(type), &rows, ret_n,
				      &err),
		     err);
	return rows;
}

bool deposit_body_has(const struct sql_scene_events_row *event, const char *part)
{
	return scene_has((struct opx_str){ .p = (const char *)event->body.p, .n = event->body.n }, part);
}

void deposit_begin(void)
{
	if (deposit_dossier == 0)
		begin_all();
	scene_lane_open(&deposit_lane, "post", "opx_post");
}

void deposit_end(void)
{
	scene_lane_close(&deposit_lane);
}
