/* SPDX-License-Identifier: MPL-2.0 */
/* test_mails.c: tokens and mails on a dossier with a deposit: what is written, once, by whom it is seen, and what a mail never
 * says. The relay and the authority are here; the tokens were made by tests/jobs/run.py. */
#include "scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/dossier.h"
#include "domain/filing.h"
#include "domain/participant.h"
#include "plugin/registry.h"
#include "sql_scene.h"
#include "sql_test_story.h"

#define SECRET_NAME "Zorglubian"

static struct scene_lane post;
static int64_t dossier, document, filing;

/* -- the relay */

static struct {
	struct opx_str to[8], subject[8], text[8];
	size_t n, away_after; /* away_after: how many leave before the relay goes away */
	bool refuses;
} relay;

static enum opx_status mail_send(struct opx_job *job, const struct opx_mail *mail, struct opx_delivery *ret,
				 struct opx_error *err)
{
	struct opx_arena *arena = scene_story.arena;
	(void)job;
	if (relay.n >= relay.away_after)
		return OPX_FAIL(err, OPX_UNAVAILABLE, "", "away");
	ck_assert_uint_lt(relay.n, OPX_COUNT(relay.to));
	relay.to[relay.n] = opx_str_copy(arena, mail->to.p, mail->to.n);
	relay.subject[relay.n] = opx_str_copy(arena, mail->subject.p, mail->subject.n);
	relay.text[relay.n] = opx_str_copy(arena, mail->text.p, mail->text.n);
	relay.n++;
	ret->message = opx_sha256(opx_bytes_of(mail->text));
	ret->relay_answer = relay.refuses ? OPX_STR("550 no such user")
					  : OPX_STR("250 2.0.0 Ok: queued as Q7F");
	return relay.refuses ? OPX_FAIL(err, OPX_INVALID, "", "550") : OPX_OK;
}

static void fresh_relay(size_t away_after, bool refuses)
{
	memset(&relay, 0, sizeof(relay));
	relay.away_after = away_after;
	relay.refuses = refuses;
}

/* -- the authority */

static struct {
	const char *file;
	struct opx_sha256 imprint;
	int n;
	bool is_away;
} authority;

static enum opx_status stamp(void *self, struct opx_job *job, const struct opx_sha256 *imprint,
			     struct opx_token_info *ret, struct opx_error *err)
{
	(void)self;
	(void)job;
	if (authority.is_away)
		return OPX_FAIL(err, OPX_UNAVAILABLE, "", "away");
	authority.imprint = *imprint;
	authority.n++;
	*ret = (struct opx_token_info){ .tsr = scene_file(scene_story.arena, authority.file),
					.gen_time = opx_now(&opx_clock_real),
					.accuracy_us = 1000000 };
	return OPX_OK;
}

static const struct opx_timestamp_authority stamps = { .size = sizeof(stamps),
						       .name = "test",
						       .stamp = stamp };

/* -- the dossier */

static enum opx_status hash_code(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
				 struct opx_error *err)
{
	(void)self;
	return opx_scrypt(opx_bytes_of(code), salt, 10, ret, err);
}

static struct opx_invited invite(const char *mail, const char *side)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_invited invited;
	struct opx_act act = story_act(&scene_story, &scene_story.expert);
	const struct opx_invite order = { .role = OPX_STR("party"),
					  .title = OPX_STR("Mme"),
					  .given_name = OPX_STR(""),
					  .family_name = OPX_STR(SECRET_NAME),
					  .mail = opx_str_z(mail),
					  .new_side = opx_str_z(side),
					  .hash = hash_code };
	ck_assert_ok(opx_tx_begin(scene_story.web, &tx, scene_story.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, dossier, &order, &invited, &err), err);
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

/* upload: 32 hexadecimal digits that no other has. */
static void file_note(const char *upload)
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
	ck_assert_ok(sql_story_draft(scene_story.owner, dossier, expert->person, OPX_STR("expert_note"),
				     &draft, &err),
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
	dossier = scene_dossier(&scene_story.expert, "SCI " SECRET_NAME, "Infiltrations " SECRET_NAME);
	accept_it(&scene_story.lawyer, invite("avocat@exemple.fr", "Demandeur").invitation);
	accept_it(&scene_story.party, invite("partie@exemple.fr", "Défendeur").invitation);
	file_note("0123456789abcdef0123456789abcdef");
	ck_assert_ok(sql_scene_documents(scene_story.owner, dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	document = rows[0].id;
	filing = rows[0].filing_id;
}

static void begin(void)
{
	struct opx_error err;
	if (dossier == 0)
		begin_all();
	scene_lane_open(&post, "post", "opx_post");
	post.host.mail_send = mail_send;
	post.lane.tsa_roots = scene_path(scene_story.arena, "tsa.pem");
	ck_assert_ok(opx_registry_add_timestamp(post.registry, &stamps, NULL, OPX_OWNER_CORE, &err), err);
}

static void end(void)
{
	scene_lane_close(&post);
}

static const struct sql_scene_events_row *events(const char *type, size_t *ret_n)
{
	struct opx_error err;
	const struct sql_scene_events_row *rows = NULL;
	ck_assert_ok(sql_scene_events(scene_story.owner, dossier, opx_str_z(type), &rows, ret_n, &err), err);
	return rows;
}

static bool body_has(const struct sql_scene_events_row *event, const char *part)
{
	return scene_has((struct opx_str){ .p = (const char *)event->body.p, .n = event->body.n }, part);
}

/* Nothing of the dossier but its number, and no way around the sign-in. */
static void says_nothing(struct opx_str text)
{
	static const char *const never[] = { SECRET_NAME,   "essai.pdf",  "Essai",     "Infiltrations",
					     "expert_note", "Demandeur",  "Défendeur", "/documents",
					     "/dossiers",   "exemple.fr", "Code :" };
	for (size_t i = 0; i < OPX_COUNT(never); i++)
		ck_assert_msg(!scene_has(text, never[i]), "a mail says \"%s\": %s", never[i], text.p);
}

START_TEST(each_recipient_is_told_once_and_nothing_is_said)
{
	struct opx_error err = { .detail = "" };
	size_t n = 0;
	const struct sql_scene_deliveries_row *rows = NULL;
	fresh_relay(9, false);
	ck_assert_status(scene_run(&post, "notice.filing", filing, 0, 1, &err),
			 OPX_NOT_FOUND); /* not sealed: tells nobody */
	ck_assert_uint_eq(relay.n, 0);
	ck_assert_ok(sql_story_seal(scene_story.owner, dossier, NULL, &err), err);

	fresh_relay(1, false); /* the relay goes away after the first */
	ck_assert_status(scene_run(&post, "notice.filing", filing, 0, 1, &err), OPX_UNAVAILABLE);
	fresh_relay(9, false);
	ck_assert_ok(scene_run(&post, "notice.filing", filing, 0, 2, &err), err);
	ck_assert_uint_eq(relay.n, 1); /* only the one who was left */
	ck_assert_ok(scene_run(&post, "notice.filing", filing, 0, 3, &err), err);
	ck_assert_uint_eq(relay.n, 1);
	ck_assert_str(relay.to[0], "partie@exemple.fr");
	ck_assert_str(relay.subject[0], "Dossier 26/04242 : un document a été déposé");
	ck_assert(scene_has(relay.text[0], "https://main.test\n"));
	says_nothing(relay.subject[0]);
	says_nothing(relay.text[0]);

	ck_assert_ok(sql_scene_deliveries(scene_story.owner, dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 2);
	ck_assert_str(rows[1].state, "sent");
	ck_assert_str(rows[1].address, "partie@exemple.fr");
	struct opx_sha256 message = opx_sha256(opx_bytes_of(relay.text[0]));
	ck_assert_bytes(rows[1].message, message.b, 32);
	ck_assert_str(rows[1].relay, "250 2.0.0 Ok: queued as Q7F");
}
END_TEST

START_TEST(a_mail_is_a_line_of_the_readings_seen_by_few)
{
	size_t n = 0;
	const struct sql_scene_events_row *rows = events("notice.accepted", &n);
	ck_assert_uint_eq(n, 2);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str(rows[i].log_kind, "r");
		ck_assert(body_has(&rows[i],
				   i == 0 ? "\"to\":[\"P2\"],\"message\"" : "\"to\":[\"P3\"],\"message\""));
		ck_assert(body_has(&rows[i], "\"relay\":\"250 2.0.0 Ok: queued as Q7F\",\"queue\":\"Q7F\""));
		ck_assert(body_has(&rows[i], "\"p\":\"service\""));
		ck_assert(body_has(&rows[i], "\"acts\":{\"size\":"));
		ck_assert_uint_eq(rows[i].visible.n,
				  2); /* the expert, who deposited and sees all, and the person told */
		ck_assert_int_eq(rows[i].visible.p[0], 1);
		ck_assert_int_eq(rows[i].visible.p[1], (int)i + 2);
		ck_assert_int_eq(rows[i].about_id,
				 i == 0 ? scene_story.lawyer.person : scene_story.party.person);
	}
}
END_TEST

START_TEST(an_address_that_the_relay_refuses_is_a_bounce_and_no_retry)
{
	struct opx_error err;
	size_t n = 0;
	const struct sql_scene_deliveries_row *rows = NULL;
	ck_assert_ok(sql_scene_deliveries_clear(scene_story.owner, dossier, NULL, &err), err);
	fresh_relay(9, true);
	ck_assert_ok(scene_run(&post, "notice.filing", filing, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 2);
	ck_assert_ok(scene_run(&post, "notice.filing", filing, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 2);
	ck_assert_ok(sql_scene_deliveries(scene_story.owner, dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 2);
	ck_assert_str(rows[0].state, "bounced");
	const struct sql_scene_events_row *bounces = events("notice.bounced", &n);
	ck_assert_uint_eq(n, 2);
	ck_assert(body_has(&bounces[0], "\"relay\":\"550 no such user\",\"queue\":\"-\""));
}
END_TEST

static int64_t waiting_notices(void)
{
	struct opx_error err;
	struct sql_scene_jobs_row row;
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("notice.later"), OPX_STR(""),
				    &row, &err),
		     err);
	return row.n;
}

static int64_t newest_filing(void)
{
	struct opx_error err;
	const struct sql_scene_documents_row *rows = NULL;
	size_t n = 0;
	int64_t newest = 0;
	ck_assert_ok(sql_scene_documents(scene_story.owner, dossier, &rows, &n, &err), err);
	for (size_t i = 0; i < n; i++)
		newest = rows[i].filing_id > newest ? rows[i].filing_id : newest;
	return newest;
}

START_TEST(deposits_that_follow_a_mail_are_told_together)
{
	struct opx_error err = { .detail = "" };
	size_t n = 0;
	const struct sql_scene_deliveries_row *rows = NULL;
	post.lane.notice_group_s = 300;
	fresh_relay(9, false);
	/* Mails about this dossier left a moment ago: three more deposits wait, for one job or, over the end of a span, two. */
	for (int i = 0; i < 3; i++) {
		file_note(i == 0   ? "1123456789abcdef0123456789abcdef"
			  : i == 1 ? "2123456789abcdef0123456789abcdef"
				   : "3123456789abcdef0123456789abcdef");
		ck_assert_ok(sql_story_seal(scene_story.owner, dossier, NULL, &err), err);
		ck_assert_ok(scene_run(&post, "notice.filing", newest_filing(), 0, 1, &err), err);
	}
	ck_assert_uint_eq(relay.n, 0);
	ck_assert(waiting_notices() == 1 || waiting_notices() == 2);

	fresh_relay(1, false); /* the relay goes away after the first */
	ck_assert_status(scene_run(&post, "notice.later", dossier, 0, 1, &err), OPX_UNAVAILABLE);
	fresh_relay(9, false);
	ck_assert_ok(scene_run(&post, "notice.later", dossier, 0, 2, &err), err);
	ck_assert_uint_eq(relay.n, 1);
	ck_assert_str(relay.to[0], "partie@exemple.fr");
	ck_assert_str(relay.subject[0], "Dossier 26/04242 : 3 dépôts ont été faits");
	says_nothing(relay.subject[0]);
	says_nothing(relay.text[0]);
	ck_assert_ok(scene_run(&post, "notice.later", dossier, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 1); /* all are told */

	/* Each deposit has its delivery to each, each mail one event. */
	ck_assert_ok(sql_scene_deliveries(scene_story.owner, dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 2 + 3 * 2);
	(void)events("notice.accepted", &n);
	ck_assert_uint_eq(n, 2 + 2);
	post.lane.notice_group_s = 0;
}
END_TEST

START_TEST(an_invitation_has_its_address_and_never_its_code)
{
	struct opx_error err;
	struct sql_scene_invitation_row row;
	struct opx_invited invited = invite("nouvelle@exemple.fr", "");
	ck_assert_uint_gt(invited.code.n, 0);
	fresh_relay(0, false);
	ck_assert_status(scene_run(&post, "mail.invitation", invited.invitation, 0, 1, &err),
			 OPX_UNAVAILABLE);
	ck_assert_ok(sql_scene_invitation(scene_story.owner, dossier, invited.person, &row, &err), err);
	ck_assert(!row.is_sent);
	fresh_relay(9, false);
	ck_assert_ok(scene_run(&post, "mail.invitation", invited.invitation, 0, 1, &err), err);
	ck_assert_ok(scene_run(&post, "mail.invitation", invited.invitation, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 1);
	ck_assert_str(relay.to[0], "nouvelle@exemple.fr");
	ck_assert(scene_has(
		relay.text[0],
		opx_strf(scene_story.arena, "https://main.test/invitation/%s\n", invited.number.p).p));
	ck_assert(!scene_has(relay.text[0], invited.code.p));
	ck_assert(!scene_has(relay.text[0], "26/04242"));
	says_nothing(relay.text[0]);
	ck_assert_ok(sql_scene_invitation(scene_story.owner, dossier, invited.person, &row, &err), err);
	ck_assert(row.is_sent);
}
END_TEST

START_TEST(the_token_of_a_document_is_kept_with_its_event_once)
{
	struct opx_error err = { .detail = "" };
	size_t n = 0;
	const struct sql_scene_tokens_row *tokens = NULL;
	struct sql_scene_certificates_row certs;
	struct opx_sha256 content = opx_sha256(OPX_BYTES("the document"));
	authority.file = "1.tsr";
	authority.is_away = true;
	ck_assert_status(scene_run(&post, "token.document", document, 0, 1, &err), OPX_UNAVAILABLE);
	(void)events("token.seen", &n);
	ck_assert_uint_eq(n, 0);
	authority.is_away = false;
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&post, "token.document", document, 0, 1, &err), err);
	ck_assert_int_eq(authority.n, 1);
	ck_assert_mem_eq(authority.imprint.b, content.b, 32);
	ck_assert_ok(sql_scene_tokens(scene_story.owner, OPX_STR("document"), &tokens, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	struct opx_bytes tsr = scene_file(scene_story.arena, "1.tsr");
	struct opx_sha256 hash = opx_sha256(tsr);
	ck_assert_bytes(tokens[0].sha256, hash.b, 32);
	ck_assert_bytes(tokens[0].imprint, content.b, 32);
	ck_assert_int_eq(tokens[0].document_id, document);
	ck_assert_str(tokens[0].authority, "test");

	const struct sql_scene_events_row *seen = events("token.seen", &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str(seen[0].log_kind, "c");
	ck_assert_int_eq(seen[0].document_id, document);
	ck_assert_uint_eq(seen[0].visible.n, 3); /* depositor and readers, not the one who came after */
	char hex[65];
	opx_sha256_hex(&hash, hex);
	ck_assert(body_has(&seen[0], opx_strf(scene_story.arena, "\"token\":{\"sha256\":\"%s\"", hex).p));
	ck_assert(body_has(&seen[0], "\"object\":{\"id\":\"D001\""));
	ck_assert_ok(sql_scene_certificates(scene_story.owner, OPX_STR(""), &certs, &err), err);
	ck_assert_int_ge(certs.n, 2); /* the unit of the token, and its root */
}
END_TEST

START_TEST(the_token_of_a_head_is_over_its_note)
{
	static const char note[] = "jobs.test/c/x\n3\nAAAA\n\n- jobs.test/c/x sig\n";
	struct opx_error err = { .detail = "" };
	struct sql_scene_checkpoint_row row;
	size_t n = 0;
	const struct sql_scene_tokens_row *tokens = NULL;
	struct opx_sha256 imprint = opx_sha256(opx_bytes_of(opx_str_z(note)));
	ck_assert_ok(sql_scene_checkpoint(scene_story.owner, dossier, 3, opx_bytes_of(opx_str_z(note)),
					  (struct opx_bytes){ .p = imprint.b, .n = 32 }, &row, &err),
		     err);
	ck_assert_status(scene_run(&post, "token.checkpoint", row.log_id, 4, 1, &err), OPX_NOT_FOUND);
	authority.file = "2.tsr";
	authority.n = 0;
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&post, "token.checkpoint", row.log_id, 3, 1, &err), err);
	ck_assert_int_eq(authority.n, 1);
	ck_assert_mem_eq(authority.imprint.b, imprint.b, 32);
	ck_assert_ok(sql_scene_tokens(scene_story.owner, OPX_STR("checkpoint"), &tokens, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(tokens[0].log_id, row.log_id);
	ck_assert_int_eq(tokens[0].size, 3);
}
END_TEST

START_TEST(what_an_outage_left_without_a_token_is_asked_again)
{
	struct opx_error err = { .detail = "" };
	struct sql_scene_checkpoint_row row;
	struct sql_scene_jobs_row jobs;
	struct opx_sha256 root = opx_sha256(OPX_BYTES("later"));
	ck_assert_ok(sql_scene_checkpoint(scene_story.owner, dossier, 9, OPX_BYTES("note"),
					  (struct opx_bytes){ .p = root.b, .n = 32 }, &row, &err),
		     err);
	ck_assert_ok(scene_run(&post, "token.sweep", 0, 0, 1, &err), err); /* it is young */
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("token.checkpoint"),
				    OPX_STR(""), &jobs, &err),
		     err);
	ck_assert_int_eq(jobs.n, 0);
	ck_assert_ok(sql_scene_checkpoint_age(scene_story.owner, 2, NULL, &err), err);
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&post, "token.sweep", 0, 0, 1, &err), err);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("token.checkpoint"),
				    OPX_STR(""), &jobs, &err),
		     err);
	ck_assert_int_eq(jobs.n, 1); /* the newest head alone; the document has its token */
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("token.document"),
				    OPX_STR(""), &jobs, &err),
		     err);
	ck_assert_int_eq(jobs.n, 0);
}
END_TEST

START_TEST(the_token_of_a_list_wakes_the_bundle_that_asked)
{
	struct opx_error err = { .detail = "" };
	struct sql_scene_request_row row;
	struct sql_scene_jobs_row jobs;
	struct opx_sha256 sums = opx_sha256(OPX_BYTES("sums"));
	authority.file = "3.tsr";
	authority.n = 0;
	ck_assert_ok(sql_scene_request(scene_story.owner, 77, (struct opx_bytes){ .p = sums.b, .n = 32 },
				       &row, &err),
		     err);
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&post, "token.request", row.id, 0, 1, &err), err);
	ck_assert_int_eq(authority.n, 1);
	ck_assert_mem_eq(authority.imprint.b, sums.b, 32);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("bundle.step"),
				    OPX_STR("bundle:77"), &jobs, &err),
		     err);
	ck_assert_int_eq(jobs.n, 1);
}
END_TEST

void scene_add_mails(Suite *suite)
{
	TCase *tc = tcase_create("mails and tokens");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, scene_begin, NULL);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, each_recipient_is_told_once_and_nothing_is_said);
	tcase_add_test(tc, a_mail_is_a_line_of_the_readings_seen_by_few);
	tcase_add_test(tc, an_address_that_the_relay_refuses_is_a_bounce_and_no_retry);
	tcase_add_test(tc, deposits_that_follow_a_mail_are_told_together);
	tcase_add_test(tc, the_token_of_a_document_is_kept_with_its_event_once);
	tcase_add_test(tc, the_token_of_a_head_is_over_its_note);
	tcase_add_test(tc, what_an_outage_left_without_a_token_is_asked_again);
	tcase_add_test(tc, the_token_of_a_list_wakes_the_bundle_that_asked);
	tcase_add_test(tc, an_invitation_has_its_address_and_never_its_code);
	suite_add_tcase(suite, tc);
}
