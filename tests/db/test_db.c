/* SPDX-License-Identifier: MPL-2.0 */
/* test_db.c: stories on real databases: a dossier is opened, people come in, a document and a restricted one are filed;
 * after each step, who sees what, by the rights and by row security. */
#include "story.h"

#include "base/sealed.h"
#include "domain/claim.h"
#include "domain/dossier.h"
#include "domain/filing.h"
#include "domain/letter.h"
#include "domain/participant.h"
#include "domain/reading.h"
#include "evidence/json.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "plugin/services.h"
#include "sql_claim.h"
#include "sql_filing.h"
#include "sql_participant.h"
#include "sql_test_story.h"

#include <opx/procedure.h>

static struct story s;

static const char *decide(const struct someone *who, const char *object, const char *action,
			  const char *subject, int64_t id)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_ask_row row;
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_READ, who->person, &tx, &err), err);
	ck_assert_ok(sql_story_ask(s.web, opx_str_z(object), opx_str_z(action), opx_str_z(subject), id, &row,
				   &err),
		     err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return opx_str_is(row.decision, "allow") ? "yes" : row.knows ? "no" : "unknown";
}

static struct sql_story_count_row seen_by(int64_t person)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_READ, person, &tx, &err), err);
	ck_assert_ok(sql_story_count(s.web, OPX_STR(""), &row, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return row;
}

static int64_t open_dossier(void)
{
	const struct opx_str sides[] = { OPX_STR("SCI Essai"), OPX_STR("SAS Défense") };
	struct opx_error err;
	struct opx_tx tx;
	int64_t id = 0;
	struct opx_act act = story_act(&s, &s.expert);
	const struct opx_dossier_new fresh = {
		.court = s.court,
		.rg = OPX_STR("26/00001"),
		.minute = OPX_STR(""),
		.title = OPX_STR("Infiltrations"),
		.procedure = OPX_STR("civil"),
		.phase = OPX_STR("draft"),
		.decision_ref = OPX_STR("ordonnance du 12 mai 2026"),
		.judge = OPX_STR(""),
		.clerk = OPX_STR(""),
		.role = OPX_STR("expert"),
		.log_host = OPX_STR("opx.test"),
		.sides = { .p = sides, .n = OPX_COUNT(sides) },
	};
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_dossier_create(&act, &fresh, &id, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return id;
}

static enum opx_status hash_code(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
				 struct opx_error *err)
{
	(void)self;
	return opx_scrypt(opx_bytes_of(code), salt, 10, ret, err);
}

static int64_t invite(int64_t dossier, struct someone *who, const char *role, const char *side)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_invited invited;
	struct opx_act act = story_act(&s, &s.expert);
	const struct opx_invite order = { .role = opx_str_z(role),
					  .title = OPX_STR("Mme"),
					  .given_name = OPX_STR(""),
					  .family_name = OPX_STR("X"),
					  .mail = opx_strf(s.arena, "%s@exemple.fr", who->session.name.p),
					  .new_side = opx_str_z(side),
					  .hash = hash_code };
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, dossier, &order, &invited, &err), err);
	ck_assert_status(opx_participant_invite(&act, dossier, &order, &invited, NULL), OPX_CONFLICT);
	ck_assert_int_eq(invited.person, who->person); /* the address has an account: no letter, no code */
	ck_assert_uint_eq(invited.code.n, 0);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return invited.invitation;
}

static void accept_it(const struct someone *who, int64_t invitation)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&s, who);
	ck_assert_ok(opx_tx_begin(s.web, &tx, who->person, &err), err);
	ck_assert_ok(opx_participant_accept(&act, invitation, OPX_STR("J’accepte."), &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_ok(opx_tx_begin(s.web, &tx, who->person, &err), err);
	ck_assert_status(opx_participant_accept(&act, invitation, OPX_STR("J’accepte."), NULL),
			 OPX_CONFLICT); /* once */
	opx_tx_rollback(&tx);
}

static void add_file(int64_t draft, const char *kind, const char *ground)
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
	ck_assert_ok(sql_story_file(s.owner, draft, opx_str_z(hex), opx_str_z(kind), opx_str_z(ground),
				    (struct opx_bytes){ .p = a.b, .n = 32 },
				    (struct opx_bytes){ .p = b.b, .n = 64 }, &file, &err),
		     err);
}

static int64_t draft(int64_t dossier, const struct someone *who, const char *kind, const char *ground)
{
	struct opx_error err;
	struct sql_story_draft_row row;
	ck_assert_ok(sql_story_draft(s.owner, dossier, who->person, opx_str_z(kind), &row, &err), err);
	add_file(row.id, "", ground);
	return row.id;
}

static void reads(const struct someone *who, size_t n_lines, size_t n_read)
{
	struct opx_error err;
	struct opx_tx tx;
	const struct sql_story_documents_row *rows = NULL;
	size_t n = 0, read = 0;
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_READ, who->person, &tx, &err), err);
	ck_assert_ok(sql_story_documents(s.web, who->person, &rows, &n, &err), err);
	for (size_t i = 0; i < n; i++)
		read += rows[i].reads ? 1 : 0;
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_msg(n == n_lines && read == n_read, "%s knows %zu lines and reads %zu, wanted %zu and %zu",
		      who->session.name.p, n, read, n_lines, n_read);
}

static size_t lines_of(const struct someone *who)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	const struct sql_story_documents_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_READ, who->person, &tx, &err), err);
	ck_assert_ok(sql_story_documents(s.web, who->person, &rows, &n, &err), err);
	return n;
}

static void check_bodies(int64_t dossier)
{
	struct opx_error err;
	const struct sql_story_bodies_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_story_bodies(s.owner, dossier, &rows, &n, &err), err);
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

static void step(int64_t dossier, const char *from, const char *to, enum opx_status want)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	struct opx_act act = story_act(&s, &s.expert);
	const struct opx_transition t = {
		.code = "TRx", .from = from, .to = to, .checkbox = "x", .missing = "il manque"
	};
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_status(opx_dossier_transition(&act, dossier, &t, false, NULL),
			 want == OPX_OK ? OPX_INVALID : want);
	if (want == OPX_OK) {
		ck_assert_ok(opx_dossier_transition(&act, dossier, &t, true, &err), err);
		ck_assert_ok(opx_tx_commit(&tx, &err), err);
	}
}

static void proof_only_grows(int64_t dossier)
{
	/* Twice: a failure leaves the connection's prepared statements as they are. */
	ck_assert_status(sql_story_delete_event(s.owner, dossier, NULL, NULL), OPX_FORBIDDEN);
	ck_assert_status(sql_story_delete_event(s.owner, dossier, NULL, NULL), OPX_FORBIDDEN);
}

/* A judge who leaves the court knows nothing of its dossiers, by the rights and by row security; here he comes back. */
static void ends_at_once(const struct someone *judge, int64_t dossier)
{
	struct opx_error err;
	const struct opx_instant now = opx_now(&opx_clock_real);
	ck_assert_int_eq(seen_by(judge->person).dossiers, 1);
	ck_assert_ok(sql_story_capacity_end(s.owner, judge->account, &now, NULL, &err), err);
	ck_assert_int_eq(seen_by(judge->person).dossiers, 0);
	ck_assert_str_eq(decide(judge, "case", "read", "dossier", dossier), "unknown");
	ck_assert_ok(sql_story_capacity_end(s.owner, judge->account, NULL, NULL, &err), err);
	ck_assert_int_eq(seen_by(judge->person).dossiers, 1);
}

START_TEST(a_dossier_from_its_opening_to_a_restricted_exhibit)
{
	struct opx_error err;
	int32_t number = 0, again = 0;
	int64_t d = open_dossier();

	/* In preparation: its creator alone. */
	ck_assert_int_eq(seen_by(s.expert.person).dossiers, 1);
	ck_assert_int_eq(seen_by(s.judge.person).dossiers, 0);
	ck_assert_int_eq(seen_by(s.stranger.person).dossiers, 0);
	ck_assert_int_eq(seen_by(0).dossiers, 0);
	ck_assert_str_eq(decide(&s.expert, "case", "read", "dossier", d), "yes");
	ck_assert_str_eq(decide(&s.judge, "case", "read", "dossier", d), "unknown");
	ck_assert_str_eq(decide(&s.stranger, "case", "read", "dossier", d), "unknown");
	ck_assert_str_eq(decide(&s.stranger, "case", "read", "dossier", 999999), "unknown");
	/* What is not there is not a question outside dossiers, which an "any" row of the matrix would allow. */
	ck_assert_str_eq(decide(&s.stranger, "exhibit", "read", "dossier", 999999), "unknown");
	ck_assert_str_eq(decide(&s.stranger, "exhibit", "read", "document", 999999), "unknown");
	ck_assert_str_eq(decide(&s.stranger, "exhibit", "read", "draft", 999999), "unknown");

	/* Appointed: the court knows that it exists, not more; the box and the state are asked. */
	step(d, "draft", "appointed", OPX_OK);
	step(d, "draft", "appointed", OPX_CONFLICT);
	ck_assert_str_eq(decide(&s.judge, "case", "read", "dossier", d), "no");
	ck_assert_str_eq(decide(&s.judge, "court_presence", "set", "dossier", d), "yes");
	ends_at_once(&s.judge, d);
	step(d, "appointed", "in_progress", OPX_OK);

	/* Two sides come in; nothing is read before the answer. */
	int64_t i1 = invite(d, &s.lawyer, "lawyer", "Côté demandeur");
	ck_assert_str_eq(decide(&s.lawyer, "case", "read", "dossier", d), "unknown");
	accept_it(&s.lawyer, i1);
	ck_assert_str_eq(decide(&s.lawyer, "case", "read", "dossier", d), "yes");
	accept_it(&s.party, invite(d, &s.party, "party", "Côté défendeur"));

	/* A note for everybody: filed once whatever the clicks, invisible until sealed. */
	int64_t note = draft(d, &s.expert, "expert_note", "");
	ck_assert_status(story_confirm(&s, &s.expert, note, "0", &number, NULL),
			 OPX_CONFLICT); /* readers not those shown */
	ck_assert_ok(story_confirm(&s, &s.expert, note, NULL, &number, &err), err);
	ck_assert_ok(story_confirm(&s, &s.expert, note, NULL, &again, &err), err);
	ck_assert_int_eq(number, again);
	reads(&s.lawyer, 0, 0);
	ck_assert_ok(sql_story_seal(s.owner, d, NULL, &err), err);
	reads(&s.expert, 1, 1);
	reads(&s.lawyer, 1, 1);
	reads(&s.party, 1, 1);
	reads(&s.stranger, 0, 0);

	/* A restricted exhibit of the lawyer: expert and its own side read it; the other side knows the line only. */
	ck_assert_status(story_confirm(&s, &s.lawyer, draft(d, &s.lawyer, "restricted_exhibit", ""), NULL,
				       &number, NULL),
			 OPX_INVALID);
	int64_t exhibit = draft(d, &s.lawyer, "restricted_exhibit", "Secret médical");
	ck_assert_ok(story_confirm(&s, &s.lawyer, exhibit, NULL, &number, &err), err);
	ck_assert_ok(sql_story_seal(s.owner, d, NULL, &err), err);
	reads(&s.expert, 2, 2);
	reads(&s.lawyer, 2, 2);
	reads(&s.party, 2, 1);
	ck_assert_int_eq(seen_by(s.party.person).contents, 1); /* row security agrees */
	ck_assert_int_eq(seen_by(s.stranger.person).documents, 0);

	/* One deposit of both: each file has the readers of its own kind. */
	int64_t both = draft(d, &s.lawyer, "exhibit", "");
	add_file(both, "restricted_exhibit", "Secret des affaires");
	ck_assert_ok(story_confirm(&s, &s.lawyer, both, NULL, &number, &err), err);
	ck_assert_ok(sql_story_seal(s.owner, d, NULL, &err), err);
	reads(&s.expert, 4, 4);
	reads(&s.party, 4, 2);

	/* A party may not file an expert's note, and a stranger not even learn that the draft exists. */
	ck_assert_status(story_confirm(&s, &s.party, draft(d, &s.party, "expert_note", ""), NULL, &number,
				       NULL),
			 OPX_FORBIDDEN);
	ck_assert_status(story_confirm(&s, &s.stranger, note, NULL, &number, NULL), OPX_NOT_FOUND);

	check_bodies(d);
	proof_only_grows(d);
}
END_TEST

/* Pseudonyms of those who see all readings, and whether the whole case may go to each of two. */
static void watch(int64_t dossier, const char *want, bool expert_lacks, bool lawyer_lacks)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	struct sql_story_case_lacks_readings_row row;
	char text[64] = "";
	size_t n = 0;
	struct opx_act act = story_act(&s, &s.expert);
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_act_open(&act, dossier, false, &err), err);
	const int32_t *list = opx_act_watchers(&act, 0, 0, &n);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "P%d ", list[i]);
	ck_assert_str_eq(text, want);
	ck_assert_ok(sql_story_case_lacks_readings(s.owner, dossier, s.expert.person, &row, &err), err);
	ck_assert_int_eq(row.readings, expert_lacks);
	ck_assert_ok(sql_story_case_lacks_readings(s.owner, dossier, s.lawyer.person, &row, &err), err);
	ck_assert_int_eq(row.readings, lawyer_lacks);
}

static void cell(const char *role, const char *value)
{
	struct opx_error err;
	ck_assert_ok(sql_story_cell(s.owner, OPX_STR("reading_state"), OPX_STR("read"), opx_str_z(role),
				    opx_str_z(value), NULL, &err),
		     err);
}

/* Membership is looked up once a transaction: it must not outlive the person who was looked up. */
START_TEST(what_one_person_was_found_to_be_is_not_the_next_ones)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	(void)open_dossier();
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_READ, s.expert.person, &tx, &err), err);
	ck_assert_ok(sql_story_count(s.web, OPX_STR(""), &row, &err), err);
	ck_assert_int_gt(row.members, 0);
	ck_assert_int_gt(row.events, 0);
	const int64_t others[] = { s.stranger.person, 0 };
	for (size_t i = 0; i < OPX_COUNT(others); i++) {
		ck_assert_ok(opx_tx_person(&tx, others[i], &err), err);
		ck_assert_ok(sql_story_count(s.web, OPX_STR(""), &row, &err), err);
		ck_assert_int_eq(row.members, 0);
		ck_assert_int_eq(row.events, 0);
	}
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	/* Nor does it outlive the transaction. */
	ck_assert_int_eq(seen_by(s.stranger.person).events, 0);
}
END_TEST

static void look_last(int64_t person, bool is_refused)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_READ, person, &tx, &err), err);
	ck_assert_ok(opx_db_pipeline_begin(s.web, &err), err);
	if (is_refused)
		ck_assert_ok(sql_story_cell_send(s.web, OPX_STR("case"), OPX_STR("read"), OPX_STR("lawyer"),
						 OPX_STR("deny"), &err),
			     err);
	ck_assert_ok(sql_story_count_send(s.web, OPX_STR(""), &err), err);
	ck_assert_ok(opx_db_pipeline_last(s.web, &err), err);
	if (is_refused)
		ck_assert_int_ne(sql_story_cell_recv(s.web, NULL, &err), OPX_OK);
	ck_assert_int_eq(sql_story_count_recv(s.web, &row, &err) == OPX_OK, !is_refused);
	if (!is_refused)
		ck_assert_int_gt(row.members, 0);
	if (is_refused)
		opx_tx_rollback(&tx);
	else
		opx_tx_leave(&tx);
	ck_assert(!opx_db_in_tx(s.web));
}

/* COMMIT leaves with them; when one fails it is skipped, and the transaction must end all the same. */
START_TEST(the_last_statements_of_a_reading_end_its_transaction)
{
	(void)open_dossier();
	look_last(s.expert.person, false);
	ck_assert_int_eq(seen_by(s.stranger.person).members, 0);
	look_last(s.expert.person, true);
	ck_assert_int_eq(seen_by(s.stranger.person).members, 0);
	look_last(s.expert.person, false);
}
END_TEST

/* What was asked ahead and not wanted is one person's: the next request is another's. */
START_TEST(an_answer_that_nobody_read_is_not_the_next_one)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	(void)open_dossier();
	ck_assert_ok(opx_tx_begin_kind(s.web, OPX_TX_WRITE, s.expert.person, &tx, &err), err);
	ck_assert(!opx_tx_is_leaving(&tx));
	ck_assert_ok(opx_db_pipeline_begin(s.web, &err), err);
	for (int i = 0; i < 2; i++)
		ck_assert_ok(sql_story_count_send(s.web, OPX_STR(""), &err), err);
	ck_assert_ok(opx_db_pipeline_last(s.web, &err), err);
	ck_assert(opx_tx_is_leaving(&tx));
	ck_assert_ok(sql_story_count_recv(s.web, &row, &err), err);
	ck_assert_int_gt(row.members, 0);
	opx_tx_leave(&tx);
	ck_assert_ok(opx_db_ready(s.web, &err), err);
	ck_assert_int_eq(seen_by(s.stranger.person).members, 0);
}
END_TEST

START_TEST(who_sees_all_readings_is_what_the_matrix_says)
{
	int64_t d = open_dossier();
	step(d, "draft", "appointed", OPX_OK);
	step(d, "appointed", "in_progress", OPX_OK);
	accept_it(&s.lawyer, invite(d, &s.lawyer, "lawyer", "Côté demandeur"));
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
	return opx_str_copy(s.arena, text, strlen(text)).p;
}

static bool keeps_the_old_one(int64_t dossier)
{
	OPX_AUTO_TX tx;
	struct opx_error err;
	struct opx_act act = story_act(&s, &s.expert);
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
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
	int64_t d = open_dossier();
	step(d, "draft", "appointed", OPX_OK);
	story_other_matrix(&s);
	ck_assert(keeps_the_old_one(d)); /* a reading: it takes no lock */
	step(d, "appointed", "in_progress", OPX_OK);
	ck_assert(!keeps_the_old_one(d));
	(void)invite(d, &s.party, "party", "Côté défendeur");
	ck_assert_ok(sql_story_bodies(s.owner, d, &rows, &n, &err), err);
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
	int64_t d = open_dossier();
	struct opx_act act = story_act(&s, &s.judge);
	step(d, "draft", "appointed", OPX_OK);
	story_other_matrix(&s);
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.judge.person, &err), err);
	ck_assert_ok(opx_participant_presence(&act, d, true, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_ok(sql_story_bodies(s.owner, d, &rows, &n, &err), err);
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
	struct opx_plugin_order *orders = OPX_NEW_N(s.arena, struct opx_plugin_order, n);
	opx_host_fill(&host, &services);
	for (size_t i = 0; i < n; i++) {
		uint8_t *data = opx_arena_alloc(s.arena, 1, 8U << 20U);
		orders[i] = (struct opx_plugin_order){
			.name = names[i],
			.file = opx_strf(s.arena, "%s/plugins/%s.so", getenv("OPX_BUILD"), names[i]).p,
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
	const struct opx_bytes shipped = s.matrix;
	struct opx_plugins *plugins = NULL;
	struct opx_error err;
	int32_t number = 0;
	int64_t d = open_dossier();
	step(d, "draft", "appointed", OPX_OK);
	step(d, "appointed", "in_progress", OPX_OK);
	accept_it(&s.lawyer, invite(d, &s.lawyer, "lawyer", "Côté demandeur"));
	accept_it(&s.party, invite(d, &s.party, "party", "Côté défendeur"));
	int64_t memo = draft(d, &s.expert, "example_memo", "");
	ck_assert_status(story_confirm(&s, &s.expert, memo, NULL, &number, NULL),
			 OPX_FORBIDDEN); /* no row is no */

	story_publish(&s, matrix_of(names, OPX_COUNT(names), &plugins));
	ck_assert_str_eq(decide(&s.expert, "example_memo", "deposit", "dossier", d), "yes");
	ck_assert_str_eq(decide(&s.lawyer, "example_memo", "deposit", "dossier", d), "no");
	ck_assert_str_eq(decide(&s.party, "example_memo", "deposit", "dossier", d), "no");
	ck_assert_str_eq(decide(&s.stranger, "example_memo", "deposit", "dossier", d), "unknown");
	ck_assert_ok(story_confirm(&s, &s.expert, memo, NULL, &number, &err), err);
	ck_assert_status(story_confirm(&s, &s.lawyer, draft(d, &s.lawyer, "example_memo", ""), NULL, &number,
				       NULL),
			 OPX_FORBIDDEN);
	size_t lawyer_before = lines_of(&s.lawyer), party_before = lines_of(&s.party);
	ck_assert_ok(sql_story_seal(s.owner, d, NULL, &err), err);
	ck_assert_uint_eq(lines_of(&s.lawyer), lawyer_before + 1);
	ck_assert_uint_eq(lines_of(&s.party), party_before); /* denied: not even the line */
	opx_plugins_free(plugins);
	story_publish(&s, shipped);
}
END_TEST

static int64_t invite_stranger(int64_t dossier, const char *mail, struct opx_invited *ret,
			       int64_t *ret_artefact)
{
	static const uint8_t key[32] = { 3, 1, 4 };
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&s, &s.expert);
	const struct opx_invite order = { .role = OPX_STR("lawyer"),
					  .title = OPX_STR("Me"),
					  .given_name = OPX_STR("Nouvelle"),
					  .family_name = OPX_STR("Venue"),
					  .mail = opx_str_z(mail),
					  .new_side = OPX_STR("Autre côté"),
					  .hash = hash_code };
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, dossier, &order, ret, &err), err);
	ck_assert_ok(opx_letter_order(&act, ret, key, ret_artefact, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return ret->participant;
}

static struct sql_story_letter_row letter_of(int64_t artefact)
{
	struct opx_error err;
	struct sql_story_letter_row row;
	ck_assert_ok(sql_story_letter(s.owner, artefact, &row, &err), err);
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
	int64_t d = open_dossier(), e = open_dossier();
	int64_t participant = invite_stranger(d, "nouvelle@exemple.fr", &first, &artefact);
	ck_assert_uint_eq(first.code.n, OPX_INVITATION_CODE_CHARS);
	struct sql_story_letter_row row = letter_of(artefact);
	ck_assert(memmem(row.secret.p, row.secret.n, first.code.p, first.code.n) == NULL);
	ck_assert_ok(opx_sealed_open(key, opx_letter_context(s.arena, artefact), row.secret, code,
				     sizeof(code), &n, &err),
		     err);
	ck_assert_int_eq(memcmp(code, first.code.p, n), 0);
	ck_assert_status(opx_sealed_open(key, opx_letter_context(s.arena, artefact + 1), row.secret, code,
					 sizeof(code), &n, NULL),
			 OPX_INVALID);

	/* Asked again: another number, another code, and the first invitation is withdrawn. */
	struct opx_act act = story_act(&s, &s.expert);
	const struct opx_invite hash = { .hash = hash_code };
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_participant_reissue(&act, d, participant, &hash, &second, &err), err);
	ck_assert_ok(opx_letter_order(&act, &second, key, &again, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert(!opx_str_eq(first.number, second.number) && !opx_str_eq(first.code, second.code));
	ck_assert_str(letter_of(artefact).state, "withdrawn");
	ck_assert_str(letter_of(again).state, "sent");

	/* A participant of another dossier is none here; one who has an account needs no letter. */
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
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
				   .court = s.court };
	claim.cert_sha256[0] = first_byte;
	return claim;
}

static int64_t make_claim(const struct opx_claim *claim)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_claim_of_certificate_row row;
	bool is_found = false;
	ck_assert_ok(opx_tx_begin(s.web, &tx, 0, &err), err);
	ck_assert_ok(opx_claim_make(s.web, claim, &err), err);
	ck_assert_ok(opx_claim_make(s.web, claim, &err), err); /* a second click is the first */
	ck_assert_ok(sql_claim_of_certificate(s.web, (struct opx_bytes){ .p = claim->cert_sha256, .n = 32 },
					      &is_found, &row, &err),
		     err);
	ck_assert(is_found);
	ck_assert_str(row.state, "waiting");
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return row.id;
}

static enum opx_status approve(int64_t claim)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_str name;
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.judge.person, &err), err);
	enum opx_status status = opx_claim_approve(s.web, claim, s.judge.person, &name, &err);
	if (status == OPX_OK)
		ck_assert_ok(opx_tx_commit(&tx, &err), err);
	else
		opx_tx_rollback(&tx);
	return status;
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
	ck_assert_ok(opx_tx_begin(s.web, &tx, 0, &err), err);
	ck_assert_status(opx_claim_make(s.web, &nowhere, NULL), OPX_INVALID);
	opx_tx_rollback(&tx);

	int64_t id = make_claim(&first);
	/* Who may decide: an administrator of that court; a judge, a stranger or nobody may not even know of it. */
	ck_assert_str_eq(decide(&s.judge, "@", "manage", "claim", id), "unknown");
	ck_assert_str_eq(decide(&s.stranger, "@", "manage", "claim", id), "unknown");
	ck_assert_ok(sql_story_capacity(s.owner, s.stranger.account, OPX_STR("court_admin"), &s.court, NULL,
					&err),
		     err);
	ck_assert_str_eq(decide(&s.stranger, "@", "manage", "claim", id), "yes");
	ck_assert_str_eq(decide(&s.stranger, "@", "manage", "claim", 999999), "unknown");

	ck_assert_status(approve(id), OPX_OK);
	ck_assert_status(approve(id), OPX_CONFLICT);
	ck_assert_status(approve(make_claim(&spare)), OPX_OK); /* a spare key, for the same account */
	int64_t third = make_claim(&thief);
	ck_assert_status(approve(third), OPX_CONFLICT);
	struct sql_story_account_row account;
	ck_assert_ok(sql_story_account(s.owner, OPX_STR("anne@exemple.fr"), &account, &err), err);
	ck_assert_int_eq(account.certificates, 2);
	ck_assert_int_eq(account.capacities, 1);
	/* The refused one stays refused: it is the claim of the third certificate, still waiting after the conflict. */
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.judge.person, &err), err);
	ck_assert_ok(opx_claim_refuse(s.web, third, s.judge.person, &name, &err), err);
	ck_assert_str(name, "Mme Anne Voleur");
	ck_assert_status(opx_claim_refuse(s.web, third, s.judge.person, &name, NULL), OPX_CONFLICT);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}
END_TEST

static void setup(void)
{
	story_begin_clone(&s, "story");
}

static void teardown(void)
{
	story_end(&s);
}

int main(void)
{
	Suite *suite = suite_create("database");
	TCase *tc = tcase_create("story");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_dossier_from_its_opening_to_a_restricted_exhibit);
	tcase_add_test(tc, what_one_person_was_found_to_be_is_not_the_next_ones);
	tcase_add_test(tc, the_last_statements_of_a_reading_end_its_transaction);
	tcase_add_test(tc, an_answer_that_nobody_read_is_not_the_next_one);
	tcase_add_test(tc, who_sees_all_readings_is_what_the_matrix_says);
	tcase_add_test(tc, another_matrix_is_told_to_each_log_before_the_first_act_under_it);
	tcase_add_test(tc, another_matrix_is_told_by_who_enters_from_the_court);
	tcase_add_test(tc, a_kind_that_a_plugin_brings_is_filed_and_read_by_its_rows);
	tcase_add_test(tc, a_letter_carries_its_code_sealed_and_another_one_ends_it);
	tcase_add_test(tc, a_request_for_access_opens_one_account_and_takes_none_over);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
