/* SPDX-License-Identifier: MPL-2.0 */
/* test_matrix.c: another matrix, and what it changes for readings, logs and the kinds that a plugin brings. */
#include "deeds.h"

#include "domain/participant.h"
#include "evidence/json.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "plugin/services.h"

/* Pseudonyms of those who see all readings, and whether the whole case may go to each of two. */
static void watch(int64_t dossier, const char *want, bool expert_lacks, bool lawyer_lacks)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	struct sql_story_case_lacks_readings_row row;
	char text[64] = "";
	size_t n = 0;
	struct opx_act act = story_act(&deed_story, &deed_story.expert);
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_ok(opx_act_open(&act, dossier, false, &err), err);
	const int32_t *list = opx_act_watchers(&act, 0, 0, &n);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "P%d ", list[i]);
	ck_assert_str_eq(text, want);
	ck_assert_ok(sql_story_case_lacks_readings(deed_story.owner, dossier, deed_story.expert.person, &row,
						   &err),
		     err);
	ck_assert_int_eq(row.readings, expert_lacks);
	ck_assert_ok(sql_story_case_lacks_readings(deed_story.owner, dossier, deed_story.lawyer.person, &row,
						   &err),
		     err);
	ck_assert_int_eq(row.readings, lawyer_lacks);
}

static void cell(const char *role, const char *value)
{
	struct opx_error err;
	ck_assert_ok(sql_story_cell(deed_story.owner, OPX_STR("reading_state"), OPX_STR("read"),
				    opx_str_z(role), opx_str_z(value), NULL, &err),
		     err);
}

static size_t lines_of(const struct someone *who)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	const struct sql_story_documents_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_READ, who->person, &tx, &err), err);
	ck_assert_ok(sql_story_documents(deed_story.web, who->person, &rows, &n, &err), err);
	return n;
}

START_TEST(who_sees_all_readings_is_what_the_matrix_says)
{
	int64_t d = deed_open_dossier();
	deed_step(d, "draft", "appointed", OPX_OK);
	deed_step(d, "appointed", "in_progress", OPX_OK);
	deed_accept(&deed_story.lawyer, deed_invite(d, &deed_story.lawyer, "lawyer", "Côté demandeur"));
	watch(d, "P1 ", false, true);
	cell("lawyer", "allow");
	watch(d, "P1 P2 ", false, false);
	cell("expert", "own");
	watch(d, "P2 ", true, false);
	cell("expert", "allow");
	cell("lawyer", "side");
	watch(d, "P1 ", false, true);
}
END_TEST

static const char *json_of(struct opx_bytes body, const char *object, const char *member)
{
	OPX_AUTO_JSON json = NULL;
	struct opx_error err;
	ck_assert_ok(opx_json_read(body, &json, &err), err);
	const char *text = json_string_value(json_object_get(json_object_get(json, object), member));
	ck_assert_ptr_nonnull(text);
	return opx_str_copy(deed_story.arena, text, strlen(text)).p;
}

static bool keeps_the_old_one(int64_t dossier)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	struct opx_act act = story_act(&deed_story, &deed_story.expert);
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.expert.person, &err), err);
	ck_assert_ok(opx_act_open(&act, dossier, false, &err), err);
	return memcmp(act.rights.b, act.rights_in_force.b, 32) != 0;
}

START_TEST(another_matrix_is_told_to_each_log_before_the_first_act_under_it)
{
	static const char *const types[] = { "case.open",      "readings.open", "case.phase",
					     "rights.version", "case.phase",    "member.invite" };
	struct opx_error err;
	const struct sql_story_bodies_row *rows = NULL;
	size_t n = 0;
	int64_t d = deed_open_dossier();
	deed_step(d, "draft", "appointed", OPX_OK);
	story_other_matrix(&deed_story);
	ck_assert(keeps_the_old_one(d)); /* a reading: it takes no lock */
	deed_step(d, "appointed", "in_progress", OPX_OK);
	ck_assert(!keeps_the_old_one(d));
	(void)deed_invite(d, &deed_story.party, "party", "Côté défendeur");
	ck_assert_ok(sql_story_bodies(deed_story.owner, d, &rows, &n, &err), err);
	ck_assert_uint_eq(n, OPX_COUNT(types));
	const char *before = json_of(rows[0].body, "visibility", "rights");
	const char *after = json_of(rows[3].body, "rights", "sha256");
	ck_assert_str_ne(before, after);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str(rows[i].type, types[i]);
		ck_assert_str_eq(json_of(rows[i].body, "visibility", "rights"), i < 3 ? before : after);
	}
	ck_assert_str_eq(json_of(rows[3].body, "actor", "p"), "service");
	ck_assert_uint_eq(rows[3].visible.n, 1); /* everybody there was */
}
END_TEST

/* Who enters from the court is no member when the act begins: the log is told once he is one, and the list is whole. */
START_TEST(another_matrix_is_told_by_who_enters_from_the_court)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	const struct sql_story_bodies_row *rows = NULL;
	size_t n = 0;
	int64_t d = deed_open_dossier();
	struct opx_act act = story_act(&deed_story, &deed_story.judge);
	deed_step(d, "draft", "appointed", OPX_OK);
	story_other_matrix(&deed_story);
	ck_assert_ok(opx_tx_begin(deed_story.web, &tx, deed_story.judge.person, &err), err);
	ck_assert_ok(opx_participant_presence(&act, d, true, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_ok(sql_story_bodies(deed_story.owner, d, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 5);
	ck_assert_str(rows[3].type, "rights.version");
	ck_assert_uint_eq(rows[3].visible.n, 2);
	ck_assert_str(rows[4].type, "member.capacity");
}
END_TEST

/* The plugins as an instance loads them; the matrix is then the shipped one with the rows that they bring. */
static struct opx_bytes matrix_of(const char *const *names, size_t n, struct opx_plugins **ret)
{
	static const struct opx_services services = { .clock = &opx_clock_real, .random = &opx_random_real };
	static struct opx_host host;
	struct opx_error err;
	struct opx_plugin_order *orders = OPX_NEW_N(deed_story.arena, struct opx_plugin_order, n);
	opx_host_fill(&host, &services);
	for (size_t i = 0; i < n; i++) {
		uint8_t *data = opx_arena_alloc(deed_story.arena, 1, 8U << 20U);
		orders[i] = (struct opx_plugin_order){
			.name = names[i],
			.file = opx_strf(deed_story.arena, "%s/plugins/%s.so", getenv("OPX_BUILD"), names[i])
					.p,
			.config_path = "opx.conf",
			.is_enabled = true,
		};
		FILE *f = fopen(orders[i].file, "r");
		ck_assert_msg(f != NULL, "%s", orders[i].file);
		orders[i].sha256 =
			opx_sha256((struct opx_bytes){ .p = data, .n = fread(data, 1, 8U << 20U, f) });
		(void)fclose(f);
	}
	const struct opx_plugins_order all = { .plugins = orders, .n_plugins = n, .host = &host };
	ck_assert_ok(opx_plugins_load(&all, ret, &err), err);
	const struct opx_reg_rights *rights = opx_registry_rights(opx_plugins_registry(*ret));
	ck_assert_ptr_nonnull(rights);
	return rights->it->matrix(rights->self);
}

START_TEST(a_kind_that_a_plugin_brings_is_filed_and_read_by_its_rows)
{
	static const char *const names[] = { "rights-matrix", "example" };
	const struct opx_bytes shipped = deed_story.matrix;
	struct opx_plugins *plugins = NULL;
	struct opx_error err;
	int32_t number = 0;
	int64_t d = deed_open_dossier();
	deed_step(d, "draft", "appointed", OPX_OK);
	deed_step(d, "appointed", "in_progress", OPX_OK);
	deed_accept(&deed_story.lawyer, deed_invite(d, &deed_story.lawyer, "lawyer", "Côté demandeur"));
	deed_accept(&deed_story.party, deed_invite(d, &deed_story.party, "party", "Côté défendeur"));
	int64_t memo = deed_draft(d, &deed_story.expert, "example_memo", "");
	ck_assert_status(story_confirm(&deed_story, &deed_story.expert, memo, NULL, &number, NULL),
			 OPX_FORBIDDEN); /* no row is no */

	story_publish(&deed_story, matrix_of(names, OPX_COUNT(names), &plugins));
	ck_assert_str_eq(deed_decide(&deed_story.expert, "example_memo", "deposit", "dossier", d), "yes");
	ck_assert_str_eq(deed_decide(&deed_story.lawyer, "example_memo", "deposit", "dossier", d), "no");
	ck_assert_str_eq(deed_decide(&deed_story.party, "example_memo", "deposit", "dossier", d), "no");
	ck_assert_str_eq(deed_decide(&deed_story.stranger, "example_memo", "deposit", "dossier", d),
			 "unknown");
	ck_assert_ok(story_confirm(&deed_story, &deed_story.expert, memo, NULL, &number, &err), err);
	ck_assert_status(story_confirm(&deed_story, &deed_story.lawyer,
				       deed_draft(d, &deed_story.lawyer, "example_memo", ""), NULL, &number,
				       NULL),
			 OPX_FORBIDDEN);
	size_t lawyer_before = lines_of(&deed_story.lawyer), party_before = lines_of(&deed_story.party);
	ck_assert_ok(sql_story_seal(deed_story.owner, d, NULL, &err), err);
	ck_assert_uint_eq(lines_of(&deed_story.lawyer), lawyer_before + 1);
	ck_assert_uint_eq(lines_of(&deed_story.party), party_before); /* denied: not even the line */
	opx_plugins_free(plugins);
	story_publish(&deed_story, shipped);
}
END_TEST

void db_add_matrix(TCase *tc)
{
	tcase_add_test(tc, who_sees_all_readings_is_what_the_matrix_says);
	tcase_add_test(tc, another_matrix_is_told_to_each_log_before_the_first_act_under_it);
	tcase_add_test(tc, another_matrix_is_told_by_who_enters_from_the_court);
	tcase_add_test(tc, a_kind_that_a_plugin_brings_is_filed_and_read_by_its_rows);
}
