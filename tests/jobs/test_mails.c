/* SPDX-License-Identifier: MPL-2.0 */
/* test_mails.c: mails on a dossier with a deposit: who is told, once, and what a mail never says. The relay is here. */
#include "deposit.h"

#include <string.h>

#include "sql_test_story.h"

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

static void begin(void)
{
	deposit_begin();
	deposit_lane.host.mail_send = mail_send;
}

/* Nothing of the dossier but its number, and no way around the sign-in. */
static void says_nothing(struct opx_str text)
{
	static const char *const never[] = { DEPOSIT_SECRET_NAME, "essai.pdf",  "Essai",     "Infiltrations",
					     "expert_note",       "Demandeur",  "Défendeur", "/documents",
					     "/dossiers",         "exemple.fr", "Code :" };
	for (size_t i = 0; i < OPX_COUNT(never); i++)
		ck_assert_msg(!scene_has(text, never[i]), "a mail says \"%s\": %s", never[i], text.p);
}

START_TEST(each_recipient_is_told_once_and_nothing_is_said)
{
	struct opx_error err = { .detail = "" };
	size_t n = 0;
	const struct sql_scene_deliveries_row *rows = NULL;
	fresh_relay(9, false);
	ck_assert_status(scene_run(&deposit_lane, "notice.filing", deposit_filing, 0, 1, &err),
			 OPX_NOT_FOUND); /* not sealed: tells nobody */
	ck_assert_uint_eq(relay.n, 0);
	ck_assert_ok(sql_story_seal(scene_story.owner, deposit_dossier, NULL, &err), err);

	fresh_relay(1, false); /* the relay goes away after the first */
	ck_assert_status(scene_run(&deposit_lane, "notice.filing", deposit_filing, 0, 1, &err),
			 OPX_UNAVAILABLE);
	fresh_relay(9, false);
	ck_assert_ok(scene_run(&deposit_lane, "notice.filing", deposit_filing, 0, 2, &err), err);
	ck_assert_uint_eq(relay.n, 1); /* only the one who was left */
	ck_assert_ok(scene_run(&deposit_lane, "notice.filing", deposit_filing, 0, 3, &err), err);
	ck_assert_uint_eq(relay.n, 1);
	ck_assert_str(relay.to[0], "partie@exemple.fr");
	ck_assert_str(relay.subject[0], "Dossier 26/04242 : un document a été déposé");
	ck_assert(scene_has(relay.text[0], "https://main.test\n"));
	says_nothing(relay.subject[0]);
	says_nothing(relay.text[0]);

	ck_assert_ok(sql_scene_deliveries(scene_story.owner, deposit_dossier, &rows, &n, &err), err);
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
	const struct sql_scene_events_row *rows = deposit_events("notice.accepted", &n);
	ck_assert_uint_eq(n, 2);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str(rows[i].log_kind, "r");
		ck_assert(deposit_body_has(&rows[i], i == 0 ? "\"to\":[\"P2\"],\"message\""
							    : "\"to\":[\"P3\"],\"message\""));
		ck_assert(deposit_body_has(&rows[i],
					   "\"relay\":\"250 2.0.0 Ok: queued as Q7F\",\"queue\":\"Q7F\""));
		ck_assert(deposit_body_has(&rows[i], "\"p\":\"service\""));
		ck_assert(deposit_body_has(&rows[i], "\"acts\":{\"size\":"));
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
	ck_assert_ok(sql_scene_deliveries_clear(scene_story.owner, deposit_dossier, NULL, &err), err);
	fresh_relay(9, true);
	ck_assert_ok(scene_run(&deposit_lane, "notice.filing", deposit_filing, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 2);
	ck_assert_ok(scene_run(&deposit_lane, "notice.filing", deposit_filing, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 2);
	ck_assert_ok(sql_scene_deliveries(scene_story.owner, deposit_dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 2);
	ck_assert_str(rows[0].state, "bounced");
	const struct sql_scene_events_row *bounces = deposit_events("notice.bounced", &n);
	ck_assert_uint_eq(n, 2);
	ck_assert(deposit_body_has(&bounces[0], "\"relay\":\"550 no such user\",\"queue\":\"-\""));
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
	ck_assert_ok(sql_scene_documents(scene_story.owner, deposit_dossier, &rows, &n, &err), err);
	for (size_t i = 0; i < n; i++)
		newest = rows[i].filing_id > newest ? rows[i].filing_id : newest;
	return newest;
}

START_TEST(deposits_that_follow_a_mail_are_told_together)
{
	struct opx_error err = { .detail = "" };
	size_t n = 0;
	const struct sql_scene_deliveries_row *rows = NULL;
	deposit_lane.lane.notice_group_s = 300;
	fresh_relay(9, false);
	/* Mails about this dossier left a moment ago: three more deposits wait, for one job or, over the end of a span, two. */
	for (int i = 0; i < 3; i++) {
		deposit_file_note(i == 0   ? "1123456789abcdef0123456789abcdef"
				  : i == 1 ? "2123456789abcdef0123456789abcdef"
					   : "3123456789abcdef0123456789abcdef");
		ck_assert_ok(sql_story_seal(scene_story.owner, deposit_dossier, NULL, &err), err);
		ck_assert_ok(scene_run(&deposit_lane, "notice.filing", newest_filing(), 0, 1, &err), err);
	}
	ck_assert_uint_eq(relay.n, 0);
	ck_assert(waiting_notices() == 1 || waiting_notices() == 2);

	fresh_relay(1, false); /* the relay goes away after the first */
	ck_assert_status(scene_run(&deposit_lane, "notice.later", deposit_dossier, 0, 1, &err),
			 OPX_UNAVAILABLE);
	fresh_relay(9, false);
	ck_assert_ok(scene_run(&deposit_lane, "notice.later", deposit_dossier, 0, 2, &err), err);
	ck_assert_uint_eq(relay.n, 1);
	ck_assert_str(relay.to[0], "partie@exemple.fr");
	ck_assert_str(relay.subject[0], "Dossier 26/04242 : 3 dépôts ont été faits");
	says_nothing(relay.subject[0]);
	says_nothing(relay.text[0]);
	ck_assert_ok(scene_run(&deposit_lane, "notice.later", deposit_dossier, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 1); /* all are told */

	/* Each deposit has its delivery to each, each mail one event. */
	ck_assert_ok(sql_scene_deliveries(scene_story.owner, deposit_dossier, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 2 + 3 * 2);
	(void)deposit_events("notice.accepted", &n);
	ck_assert_uint_eq(n, 2 + 2);
	deposit_lane.lane.notice_group_s = 0;
}
END_TEST

START_TEST(an_invitation_has_its_address_and_never_its_code)
{
	struct opx_error err;
	struct sql_scene_invitation_row row;
	struct opx_invited invited = deposit_invite("nouvelle@exemple.fr", OPX_STR(DEPOSIT_SECRET_NAME), "");
	ck_assert_uint_gt(invited.code.n, 0);
	fresh_relay(0, false);
	ck_assert_status(scene_run(&deposit_lane, "mail.invitation", invited.invitation, 0, 1, &err),
			 OPX_UNAVAILABLE);
	ck_assert_ok(sql_scene_invitation(scene_story.owner, deposit_dossier, invited.person, &row, &err),
		     err);
	ck_assert(!row.is_sent);
	fresh_relay(9, false);
	ck_assert_ok(scene_run(&deposit_lane, "mail.invitation", invited.invitation, 0, 1, &err), err);
	ck_assert_ok(scene_run(&deposit_lane, "mail.invitation", invited.invitation, 0, 1, &err), err);
	ck_assert_uint_eq(relay.n, 1);
	ck_assert_str(relay.to[0], "nouvelle@exemple.fr");
	ck_assert(scene_has(
		relay.text[0],
		opx_strf(scene_story.arena, "https://main.test/invitation/%s\n", invited.number.p).p));
	ck_assert(!scene_has(relay.text[0], invited.code.p));
	ck_assert(!scene_has(relay.text[0], "26/04242"));
	says_nothing(relay.text[0]);
	ck_assert_ok(sql_scene_invitation(scene_story.owner, deposit_dossier, invited.person, &row, &err),
		     err);
	ck_assert(row.is_sent);
}
END_TEST

void scene_add_mails(Suite *suite)
{
	TCase *tc = tcase_create("mails");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, scene_begin, NULL);
	tcase_add_checked_fixture(tc, begin, deposit_end);
	tcase_add_test(tc, each_recipient_is_told_once_and_nothing_is_said);
	tcase_add_test(tc, a_mail_is_a_line_of_the_readings_seen_by_few);
	tcase_add_test(tc, an_address_that_the_relay_refuses_is_a_bounce_and_no_retry);
	tcase_add_test(tc, deposits_that_follow_a_mail_are_told_together);
	tcase_add_test(tc, an_invitation_has_its_address_and_never_its_code);
	suite_add_tcase(suite, tc);
}
