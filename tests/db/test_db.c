/* SPDX-License-Identifier: MPL-2.0 */
/* test_db.c: a story on a real database: a dossier is opened, people come in, a document and a restricted one are filed;
 * after each step, who sees what, by the rights and by row security. */
#include "deeds.h"

#include "evidence/json.h"

static void reads(const struct someone *who, size_t n_lines, size_t n_read)
{
	struct opx_error err;
	struct opx_tx tx;
	const struct sql_story_documents_row *rows = NULL;
	size_t n = 0, read = 0;
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_READ, who->person, &tx, &err), err);
	ck_assert_ok(sql_story_documents(deed_story.web, who->person, &rows, &n, &err), err);
	for (size_t i = 0; i < n; i++)
		read += rows[i].reads ? 1 : 0;
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_msg(n == n_lines && read == n_read, "%s knows %zu lines and reads %zu, wanted %zu and %zu",
		      who->session.name.p, n, read, n_lines, n_read);
}

static void check_bodies(int64_t dossier)
{
	struct opx_error err;
	const struct sql_story_bodies_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_story_bodies(deed_story.owner, dossier, &rows, &n, &err), err);
	ck_assert_uint_ge(n, 8);
	for (size_t i = 0; i < n; i++) {
		static const char *const common[] = { "v",    "type",       "log", "req", "at",   "actor",
						      "auth", "visibility", "sig", "sw",  "salt", "net" };
		OPX_AUTO_JSON json = NULL;
		struct opx_sha256 hash = opx_sha256(rows[i].body);
		ck_assert_ok(opx_json_read(rows[i].body, &json, &err), err);
		ck_assert_bytes(rows[i].sha256, hash.b, 32);
		for (size_t k = 0; k < OPX_COUNT(common); k++)
			ck_assert_msg(json_object_get(json, common[k]) != NULL, "%s lacks %s", rows[i].type.p,
				      common[k]);
		ck_assert_str_eq(json_string_value(json_object_get(json, "type")), rows[i].type.p);
		ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(json, "visibility"), "to")),
				  rows[i].visible.n);
	}
	ck_assert_str(rows[0].type, "case.open");
	ck_assert_str(rows[1].type, "readings.open");
}

static void proof_only_grows(int64_t dossier)
{
	/* Twice: a failure leaves the connection's prepared statements as they are. */
	ck_assert_status(sql_story_delete_event(deed_story.owner, dossier, NULL, NULL), OPX_FORBIDDEN);
	ck_assert_status(sql_story_delete_event(deed_story.owner, dossier, NULL, NULL), OPX_FORBIDDEN);
}

/* A judge who leaves the court knows nothing of its dossiers, by the rights and by row security; here he comes back. */
static void ends_at_once(const struct someone *judge, int64_t dossier)
{
	struct opx_error err;
	const struct opx_instant now = opx_now(&opx_clock_real);
	ck_assert_int_eq(deed_seen_by(judge->person).dossiers, 1);
	ck_assert_ok(sql_story_capacity_end(deed_story.owner, judge->account, &now, NULL, &err), err);
	ck_assert_int_eq(deed_seen_by(judge->person).dossiers, 0);
	ck_assert_str_eq(deed_decide(judge, "case", "read", "dossier", dossier), "unknown");
	ck_assert_ok(sql_story_capacity_end(deed_story.owner, judge->account, NULL, NULL, &err), err);
	ck_assert_int_eq(deed_seen_by(judge->person).dossiers, 1);
}

START_TEST(a_dossier_from_its_opening_to_a_restricted_exhibit)
{
	struct opx_error err;
	int32_t number = 0, again = 0;
	int64_t d = deed_open_dossier();

	/* In preparation: its creator alone. */
	ck_assert_int_eq(deed_seen_by(deed_story.expert.person).dossiers, 1);
	ck_assert_int_eq(deed_seen_by(deed_story.judge.person).dossiers, 0);
	ck_assert_int_eq(deed_seen_by(deed_story.stranger.person).dossiers, 0);
	ck_assert_int_eq(deed_seen_by(0).dossiers, 0);
	ck_assert_str_eq(deed_decide(&deed_story.expert, "case", "read", "dossier", d), "yes");
	ck_assert_str_eq(deed_decide(&deed_story.judge, "case", "read", "dossier", d), "unknown");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "case", "read", "dossier", d), "unknown");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "case", "read", "dossier", 999999), "unknown");
	/* What is not there is not a question outside dossiers, which an "any" row of the matrix would allow. */
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "exhibit", "read", "dossier", 999999), "unknown");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "exhibit", "read", "document", 999999), "unknown");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "exhibit", "read", "draft", 999999), "unknown");

	/* Appointed: the court knows that it exists, not more; the box and the state are asked. */
	deed_step(d, "draft", "appointed", OPX_OK);
	deed_step(d, "draft", "appointed", OPX_CONFLICT);
	ck_assert_str_eq(deed_decide(&deed_story.judge, "case", "read", "dossier", d), "no");
	ck_assert_str_eq(deed_decide(&deed_story.judge, "court_presence", "set", "dossier", d), "yes");
	ends_at_once(&deed_story.judge, d);
	deed_step(d, "appointed", "in_progress", OPX_OK);

	/* Two sides come in; nothing is read before the answer. */
	int64_t i1 = deed_invite(d, &deed_story.lawyer, "lawyer", "Côté demandeur");
	ck_assert_str_eq(deed_decide(&deed_story.lawyer, "case", "read", "dossier", d), "unknown");
	deed_accept(&deed_story.lawyer, i1);
	ck_assert_str_eq(deed_decide(&deed_story.lawyer, "case", "read", "dossier", d), "yes");
	deed_accept(&deed_story.party, deed_invite(d, &deed_story.party, "party", "Côté défendeur"));

	/* A note for everybody: filed once whatever the clicks, invisible until sealed. */
	int64_t note = deed_draft(d, &deed_story.expert, "expert_note", "");
	ck_assert_status(story_confirm(&deed_story, &deed_story.expert, note, "0", &number, NULL),
			 OPX_CONFLICT); /* readers not those shown */
	ck_assert_ok(story_confirm(&deed_story, &deed_story.expert, note, NULL, &number, &err), err);
	ck_assert_ok(story_confirm(&deed_story, &deed_story.expert, note, NULL, &again, &err), err);
	ck_assert_int_eq(number, again);
	reads(&deed_story.lawyer, 0, 0);
	ck_assert_ok(sql_story_seal(deed_story.owner, d, NULL, &err), err);
	reads(&deed_story.expert, 1, 1);
	reads(&deed_story.lawyer, 1, 1);
	reads(&deed_story.party, 1, 1);
	reads(&deed_story.stranger, 0, 0);

	/* A restricted exhibit of the lawyer: expert and its own side read it; the other side knows the line only. */
	ck_assert_status(story_confirm(&deed_story, &deed_story.lawyer,
				       deed_draft(d, &deed_story.lawyer, "restricted_exhibit", ""), NULL,
				       &number, NULL),
			 OPX_INVALID);
	int64_t exhibit = deed_draft(d, &deed_story.lawyer, "restricted_exhibit", "Secret médical");
	ck_assert_ok(story_confirm(&deed_story, &deed_story.lawyer, exhibit, NULL, &number, &err), err);
	ck_assert_ok(sql_story_seal(deed_story.owner, d, NULL, &err), err);
	reads(&deed_story.expert, 2, 2);
	reads(&deed_story.lawyer, 2, 2);
	reads(&deed_story.party, 2, 1);
	ck_assert_int_eq(deed_seen_by(deed_story.party.person).contents, 1); /* row security agrees */
	ck_assert_int_eq(deed_seen_by(deed_story.stranger.person).documents, 0);

	/* One deposit of both: each file has the readers of its own kind. */
	int64_t both = deed_draft(d, &deed_story.lawyer, "exhibit", "");
	deed_add_file(both, "restricted_exhibit", "Secret des affaires");
	ck_assert_ok(story_confirm(&deed_story, &deed_story.lawyer, both, NULL, &number, &err), err);
	ck_assert_ok(sql_story_seal(deed_story.owner, d, NULL, &err), err);
	reads(&deed_story.expert, 4, 4);
	reads(&deed_story.party, 4, 2);

	/* A party may not file an expert's note, and a stranger not even learn that the draft exists. */
	ck_assert_status(story_confirm(&deed_story, &deed_story.party,
				       deed_draft(d, &deed_story.party, "expert_note", ""), NULL, &number,
				       NULL),
			 OPX_FORBIDDEN);
	ck_assert_status(story_confirm(&deed_story, &deed_story.stranger, note, NULL, &number, NULL),
			 OPX_NOT_FOUND);

	check_bodies(d);
	proof_only_grows(d);
}
END_TEST

static void setup(void)
{
	story_begin_clone(&deed_story, "story");
}

static void teardown(void)
{
	story_end(&deed_story);
}

int main(void)
{
	Suite *suite = suite_create("database");
	TCase *tc = tcase_create("story");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_dossier_from_its_opening_to_a_restricted_exhibit);
	db_add_connection(tc);
	db_add_matrix(tc);
	db_add_people(tc);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
