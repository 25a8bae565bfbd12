/* SPDX-License-Identifier: MPL-2.0 */
/* test_lists.c: revocation lists fetched over HTTP: good ones change who is in, everything else changes nothing and says why.
 * tests/jobs/run.py made the lists: 101 is in the first, 101 and 102 are in the second. */
#include "scene.h"

#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "lane/crl.h"
#include "sql_scene.h"

static struct scene_lane lane;
static struct opx_authority *authority;
static int64_t sessions[3], credentials[3];
static uint8_t certificates[3][32];

static void begin(void)
{
	struct opx_error err;
	size_t n = 0;
	struct opx_arena *arena = scene_story.arena;
	scene_lane_open(&lane, "sign-in", "opx_signin");
	lane.lane.card_authorities = scene_path(arena, "cards.pem");
	ck_assert_ok(opx_authorities_load(arena, lane.lane.card_authorities, "x", &authority, &n, &err), err);
	ck_assert_uint_eq(n, 1);
}

static void end(void)
{
	scene_lane_close(&lane);
}

static enum opx_status fetch(const char *name, int32_t attempt)
{
	struct opx_error err = { .detail = "" };
	lane.lane.card_crls = scene_url(scene_story.arena, name);
	return scene_run(&lane, "crl.fetch", 0, 0, attempt, &err);
}

static struct sql_scene_source_row source(void)
{
	struct opx_error err;
	struct sql_scene_source_row row;
	ck_assert_ok(sql_scene_source(scene_story.owner, authority->key, &row, &err), err);
	return row;
}

static void open_session(size_t i, const struct someone *who, uint8_t serial)
{
	struct opx_error err;
	struct sql_scene_card_row row;
	uint8_t *cert = certificates[i];
	opx_random_fill(&opx_random_real, cert, 32);
	ck_assert_ok(sql_scene_card(scene_story.owner, who->account, who->person, authority->key,
				    (struct opx_bytes){ .p = &serial, .n = 1 },
				    (struct opx_bytes){ .p = cert, .n = 32 }, &row, &err),
		     err);
	sessions[i] = row.session_id;
	credentials[i] = row.credential_id;
}

static bool is_open(size_t i)
{
	struct opx_error err;
	struct sql_scene_session_row row;
	ck_assert_ok(sql_scene_session(scene_story.owner, sessions[i], &row, &err), err);
	ck_assert(row.is_open || opx_str_is(row.reason, "certificate revoked"));
	return row.is_open;
}

/* Refused with these words, and everything stays as it was. */
static void refused(const char *name, const char *words)
{
	struct sql_scene_source_row before = source();
	ck_assert_status(fetch(name, 1), OPX_UNAVAILABLE); /* asked again soon */
	struct sql_scene_source_row after = source();
	ck_assert_msg(scene_has(after.error, words), "%s: wanted \"%s\", got \"%s\"", name, words,
		      after.error.p);
	ck_assert(after.has_failed);
	ck_assert_int_eq(after.fetched_at.us, before.fetched_at.us);
	ck_assert(opx_bytes_eq(after.crl, before.crl));
	ck_assert_int_eq(after.revoked, before.revoked);
	ck_assert_int_eq(after.seen, before.seen);
}

START_TEST(lists_are_followed_and_lies_about_them_refused)
{
	static const struct {
		const char *name, *words;
	} bad[] = {
		{ "first.crl", "older than the list that is known" },
		{ "forged.crl", "not signed by its issuer" },
		{ "foreign.crl", "of another issuer" },
		{ "over.crl", "past its nextUpdate" },
		{ "partial.crl", "critical extension" },
		{ "garbage.crl", "not a list in DER" },
		{ "trailing.crl", "not a list in DER" },
		{ "empty.crl", "0 bytes" },
		{ "oversized.crl", "over 10485760 bytes" },
		{ "redirect.crl", "answer 302" },
		{ "nothing-here", "answer 404" },
	};
	open_session(0, &scene_story.expert, 0x65);
	open_session(1, &scene_story.judge, 0x66);
	open_session(2, &scene_story.lawyer, 0x67);

	/* A list that was never had: the source is there, nothing is fetched. */
	ck_assert_status(fetch("nothing-here", 1), OPX_UNAVAILABLE);
	ck_assert_str(source().purpose, "card");
	ck_assert(source().fetched_at_is_null);
	ck_assert(is_open(0));

	ck_assert_status(fetch("first.crl", 1), OPX_OK);
	ck_assert(!source().fetched_at_is_null);
	ck_assert_str(source().error, "");
	ck_assert_int_eq(source().revoked, 1);
	ck_assert(!is_open(0));
	ck_assert(is_open(1));
	ck_assert(is_open(2));

	/* The same again: fetched anew, kept once. */
	int64_t before = source().fetched_at.us;
	ck_assert_status(fetch("first.crl", 1), OPX_OK);
	ck_assert_int_gt(source().fetched_at.us, before);
	ck_assert_int_eq(source().seen, 1);

	ck_assert_status(fetch("second.crl", 1), OPX_OK);
	ck_assert_int_eq(source().revoked, 2);
	ck_assert_int_eq(source().seen, 2);
	ck_assert(!is_open(1));
	ck_assert(is_open(2));

	for (size_t i = 0; i < OPX_COUNT(bad); i++)
		refused(bad[i].name, bad[i].words);
	ck_assert_status(fetch("garbage.crl", 5), OPX_OK); /* tried enough: the next round comes by itself */
	ck_assert(is_open(2));
}
END_TEST

/* The third card acts in two dossiers, then stands in a list. */
static struct someone with_card(const struct someone *who, size_t i)
{
	struct someone one = *who;
	one.session.id = sessions[i];
	one.session.auth_kind = OPX_STR("x509");
	one.session.level = OPX_L2;
	one.session.has_certificate = true;
	memcpy(one.session.cert_sha256, certificates[i], 32);
	return one;
}

static size_t told(int64_t dossier, const struct sql_scene_events_row **ret)
{
	struct opx_error err;
	size_t n = 0;
	ck_assert_ok(sql_scene_events(scene_story.owner, dossier, OPX_STR("cert.status"), ret, &n, &err),
		     err);
	return n;
}

START_TEST(a_revoked_card_is_told_in_the_dossiers_where_it_was_used)
{
	struct opx_error err;
	struct scene_lane post;
	const struct sql_scene_events_row *rows = NULL;
	struct sql_scene_told_row job;
	open_session(2, &scene_story.expert, 0x68);
	const struct someone expert = with_card(&scene_story.expert, 2);
	int64_t first = scene_dossier(&expert, "SCI", "Un"), second = scene_dossier(&expert, "SCI", "Deux"),
		other = scene_dossier(&scene_story.expert, "SCI", "Sans carte");
	scene_lane_open(&post, "post", "opx_post");
	ck_assert_ok(scene_run(&post, "cert.status", credentials[2], 0, 1, &err), err);
	ck_assert_uint_eq(told(first, &rows), 0); /* not in a list */

	ck_assert_status(fetch("third.crl", 1), OPX_OK);
	ck_assert_ok(sql_scene_told(scene_story.owner, OPX_STR("cert.status"), credentials[2], &job, &err),
		     err);
	ck_assert_int_eq(job.n, 1);
	for (int i = 0; i < 2; i++) /* twice: it is told once */
		ck_assert_ok(scene_run(&post, "cert.status", credentials[2], 0, 1, &err), err);
	ck_assert_uint_eq(told(other, &rows), 0);
	ck_assert_uint_eq(told(second, &rows), 1);
	ck_assert_uint_eq(told(first, &rows), 1);
	ck_assert_str(rows[0].log_kind, "c");
	ck_assert_uint_eq(rows[0].visible.n, 1);
	struct opx_str want = opx_strf(
		scene_story.arena, "\"certificate\":{\"cert\":\"%s\",\"status\":\"revoked\",\"since\":\"20",
		opx_hex_str(scene_story.arena, (struct opx_bytes){ .p = certificates[2], .n = 32 }).p);
	ck_assert_msg(scene_has((struct opx_str){ .p = (const char *)rows[0].body.p, .n = rows[0].body.n },
				want.p),
		      "%s", want.p);
	scene_lane_close(&post);

	/* A request that had begun before: nothing is written with that card any more. */
	OPX_AUTO_TX tx;
	struct opx_event e;
	struct opx_act act = story_act(&scene_story, &expert);
	ck_assert_ok(opx_tx_begin(scene_story.web, &tx, expert.person, &err), err);
	ck_assert_ok(opx_act_open(&act, first, true, &err), err);
	ck_assert_status(opx_event_begin(&act, &e, OPX_LOG_ACTS, "case.phase", NULL, 0, NULL),
			 OPX_UNAUTHENTICATED);
}
END_TEST

START_TEST(authorities_and_addresses_must_agree)
{
	struct opx_authority *list = NULL;
	size_t n = 9;
	struct opx_error err;
	struct opx_arena *arena = scene_story.arena;
	ck_assert_ok(opx_authorities_load(arena, "", "", &list, &n, &err), err);
	ck_assert_uint_eq(n, 0);
	ck_assert_status(opx_authorities_load(arena, lane.lane.card_authorities, "", &list, &n, NULL),
			 OPX_INVALID);
	ck_assert_status(opx_authorities_load(arena, lane.lane.card_authorities, "a b", &list, &n, NULL),
			 OPX_INVALID);
	ck_assert_status(opx_authorities_load(arena, "", "a", &list, &n, NULL), OPX_INVALID);
	ck_assert_status(opx_authorities_load(arena, scene_path(arena, "person.pem"), "a", &list, &n, NULL),
			 OPX_INVALID);
}
END_TEST

void scene_add_lists(Suite *suite)
{
	TCase *tc = tcase_create("lists");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, scene_begin, NULL);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, lists_are_followed_and_lies_about_them_refused);
	tcase_add_test(tc, a_revoked_card_is_told_in_the_dossiers_where_it_was_used);
	tcase_add_test(tc, authorities_and_addresses_must_agree);
	suite_add_tcase(suite, tc);
}
