/* SPDX-License-Identifier: MPL-2.0 */
/* test_at_once.c: two connections at once: what one of them does while the other is inside an act. */
#include "seal/acts.h"

#include <pthread.h>

#include "domain/claim.h"
#include "domain/filing.h"
#include "domain/reading.h"
#include "sql_claim.h"
#include "sql_draft.h"
#include "sql_test_story.h"

static struct story s;
static struct opx_db *other; /* another worker, for the same people */
static int64_t dossier, draft;

/* Somebody's transaction on the other connection. */
static void begin(struct opx_tx *tx, const struct someone *who)
{
	struct opx_error err;
	ck_assert_ok(opx_tx_begin(other, tx, who->person, &err), err);
}

static void commit(struct opx_tx *tx)
{
	struct opx_error err;
	ck_assert_ok(opx_tx_commit(tx, &err), err);
}

/* A draft of the expert with one file that is ready. */
static int64_t draft_with_a_file(void)
{
	struct opx_error err;
	struct sql_story_draft_row row;
	struct sql_story_file_row file;
	static const uint8_t hash[64] = { 1 };
	ck_assert_ok(sql_story_draft(s.owner, dossier, s.expert.person, OPX_STR("expert_note"), &row, &err),
		     err);
	ck_assert_ok(sql_story_file(s.owner, row.id, OPX_STR("00000000000000000000000000000001"), OPX_STR(""),
				    OPX_STR(""), (struct opx_bytes){ .p = hash, .n = 32 },
				    (struct opx_bytes){ .p = hash, .n = 64 }, &file, &err),
		     err);
	draft = row.id;
	return file.id;
}

static bool no_series(const void *kinds, struct opx_str kind)
{
	(void)kinds;
	(void)kind;
	return false;
}

/* Asked when the files have been read and nothing is written yet: the file is taken back then, as DELETE of its upload does. */
static enum opx_status take_back(void *file, struct opx_act *act, struct opx_str kind, bool *ret,
				 struct opx_error *err)
{
	struct opx_tx tx;
	(void)act;
	(void)kind;
	begin(&tx, &s.expert);
	OPX_TRY(sql_draft_file_remove(other, *(const int64_t *)file, draft, NULL, err));
	commit(&tx);
	*ret = true;
	return OPX_OK;
}

START_TEST(a_file_taken_back_while_its_draft_is_confirmed_refuses_the_deposit)
{
	struct opx_error err = { .status = OPX_OK };
	struct opx_tx tx;
	struct opx_filing_plan plan;
	int64_t file = draft_with_a_file(), filed_in = 0;
	int32_t number = 0;
	struct opx_act act = story_act(&s, &s.expert);
	struct opx_filing_order order = {
		.draft = draft, .is_series_per_side = no_series, .may_deposit = take_back, .rights = &file
	};
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_filing_plan(&act, draft, false, &plan, &err), err);
	order.fingerprint = opx_str_z(plan.fingerprint);
	ck_assert_status(opx_filing_confirm(&act, &order, &filed_in, &number, &err), OPX_INVALID);
	ck_assert_str_eq(err.user, "Un fichier a changé pendant le dépôt. Recommencez.");
	opx_tx_rollback(&tx);
}
END_TEST

static int64_t sealed_document(void)
{
	struct opx_error err;
	const struct sql_story_documents_row *rows = NULL;
	size_t n = 0;
	acts_file(&s, dossier);
	ck_assert_ok(sql_story_seal(s.owner, dossier, NULL, &err), err);
	ck_assert_ok(sql_story_documents(s.owner, s.expert.person, &rows, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	return rows[0].id;
}

/* Of every act: its lock is held, and lets pass what only names the dossier. */
START_TEST(an_act_keeps_other_acts_waiting_but_no_draft_and_no_reading)
{
	struct opx_error err;
	OPX_AUTO_TX tx;
	struct opx_tx second;
	struct sql_draft_insert_row row;
	struct opx_reading reading;
	struct opx_act act = story_act(&s, &s.expert), there = story_act(&s, &s.expert);
	there.db = other;
	int64_t document = sealed_document();
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.expert.person, &err), err);
	ck_assert_ok(opx_act_open(&act, dossier, true, &err), err);

	begin(&second, &s.expert);
	ck_assert_ok(sql_draft_insert(other, dossier, s.expert.person, OPX_STR("exhibit"), &row, &err), err);
	ck_assert_ok(opx_reading_open(&there, document,
				      (struct opx_reading_form){ .representation = "original" }, &reading,
				      &err),
		     err);
	ck_assert(reading.is_first);
	commit(&second);

	begin(&second, &s.expert);
	ck_assert_status(opx_act_open(&there, dossier, true, NULL), OPX_UNAVAILABLE); /* after lock_timeout */
	opx_tx_rollback(&second);
}
END_TEST

/* Two clicks, or a reader of documents that asks for several parts at once. */
START_TEST(a_document_asked_for_twice_at_once_is_one_handover)
{
	struct opx_error err;
	struct opx_tx first, second;
	struct opx_reading reading;
	const struct opx_reading_form form = { .representation = "original" };
	struct opx_act act = story_act(&s, &s.expert), there = story_act(&s, &s.expert);
	there.db = other;
	int64_t document = sealed_document();
	ck_assert_ok(opx_tx_begin(s.web, &first, s.expert.person, &err), err);
	ck_assert_ok(opx_reading_open(&act, document, form, &reading, &err), err);
	ck_assert(reading.is_first);
	begin(&second, &s.expert);
	ck_assert_status(opx_reading_open(&there, document, form, &reading, NULL),
			 OPX_UNAVAILABLE); /* it waits for the first one: lock_timeout */
	opx_tx_rollback(&second);
	ck_assert_ok(opx_tx_commit(&first, &err), err);
	begin(&second, &s.expert);
	ck_assert_ok(opx_reading_open(&there, document, form, &reading, &err), err);
	ck_assert(!reading.is_first);
	commit(&second);
}
END_TEST

/* A request for access with that address, by the holder of the certificate whose hash begins so. */
static int64_t request_access(uint8_t first_byte, const char *family)
{
	struct opx_error err;
	OPX_AUTO_TX tx;
	struct sql_claim_of_certificate_row row;
	bool is_found = false;
	struct opx_claim claim = { .issuer_key = { .p = &first_byte, .n = 1 },
				   .serial = { .p = &first_byte, .n = 1 },
				   .subject = OPX_STR("CN=Anne"),
				   .title = OPX_STR("Mme"),
				   .given_name = OPX_STR("Anne"),
				   .family_name = opx_str_z(family),
				   .mail = OPX_STR("anne@exemple.fr"),
				   .role = OPX_STR("expert"),
				   .not_after = opx_now(&opx_clock_real),
				   .court = s.court };
	claim.cert_sha256[0] = first_byte;
	const struct opx_bytes cert = { .p = claim.cert_sha256, .n = 32 };
	ck_assert_ok(opx_tx_begin(s.web, &tx, 0, &err), err);
	ck_assert_ok(opx_claim_make(s.web, &claim, &err), err);
	ck_assert_ok(sql_claim_of_certificate(s.web, cert, &is_found, &row, &err), err);
	ck_assert(is_found);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	return row.id;
}

struct approval {
	int64_t claim;
	enum opx_status status;
	struct opx_error err;
};

/* The other administrator, in a worker of his own. */
static void *approve_there(void *approval)
{
	struct approval *a = approval;
	struct opx_arena *arena = opx_arena_new((size_t)1024 * 1024),
			 *former = opx_db_use_arena(other, arena);
	struct opx_tx tx;
	struct opx_str name;
	a->status = opx_tx_begin(other, &tx, s.judge.person, &a->err);
	if (a->status == OPX_OK)
		a->status = opx_claim_approve(other, a->claim, s.judge.person, &name, &a->err);
	if (a->status == OPX_OK)
		a->status = opx_tx_commit(&tx, &a->err);
	else
		opx_tx_rollback(&tx);
	(void)opx_db_use_arena(other, former);
	opx_arena_free(arena);
	return NULL;
}

/* The first is approved and not yet committed when the second is: it waits, and then says what it found. */
static struct approval approve_both(const char *first_family, const char *second_family)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_str name;
	struct sql_story_waiting_row waiting = { .n = 0 };
	pthread_t thread;
	int64_t first = request_access(1, first_family);
	struct approval there = { .claim = request_access(2, second_family), .err = { .user = "" } };
	ck_assert_ok(opx_db_script(other, "SET lock_timeout = '30s'", &err), err);
	ck_assert_ok(opx_tx_begin(s.web, &tx, s.judge.person, &err), err);
	ck_assert_ok(opx_claim_approve(s.web, first, s.judge.person, &name, &err), err);
	ck_assert_int_eq(pthread_create(&thread, NULL, approve_there, &there), 0);
	while (waiting.n == 0)
		ck_assert_ok(sql_story_waiting(s.owner, &waiting, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	return there;
}

START_TEST(two_requests_with_one_address_approved_at_once_are_one_account)
{
	struct opx_error err;
	struct sql_story_account_row account;
	struct approval second = approve_both("Sorel", "Sorel");
	ck_assert_ok(second.status, second.err);
	ck_assert_ok(sql_story_account(s.owner, OPX_STR("anne@exemple.fr"), &account, &err), err);
	ck_assert_int_eq(account.certificates, 2);
}
END_TEST

START_TEST(two_requests_with_one_address_and_two_names_approved_at_once_say_so)
{
	struct approval second = approve_both("Sorel", "Voleur");
	ck_assert_status(second.status, OPX_CONFLICT);
	ck_assert_str_eq(
		second.err.user,
		"Un compte existe déjà à cette adresse e-mail, sous un autre nom. Vérifiez l’adresse avec la personne.");
}
END_TEST

static void setup(void)
{
	struct opx_error err;
	story_begin_clone(&s, "at_once");
	dossier = acts_dossier(&s, "26/00001");
	other = story_connect_again(&s, "opx_web");
	(void)opx_db_use_arena(other, s.arena);
	ck_assert_ok(opx_db_script(other, "SET lock_timeout = '1s'", &err), err);
}

static void teardown(void)
{
	opx_db_close(other);
	story_end(&s);
}

int main(void)
{
	Suite *suite = suite_create("at once");
	TCase *tc = tcase_create("two connections");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_file_taken_back_while_its_draft_is_confirmed_refuses_the_deposit);
	tcase_add_test(tc, an_act_keeps_other_acts_waiting_but_no_draft_and_no_reading);
	tcase_add_test(tc, a_document_asked_for_twice_at_once_is_one_handover);
	tcase_add_test(tc, two_requests_with_one_address_approved_at_once_are_one_account);
	tcase_add_test(tc, two_requests_with_one_address_and_two_names_approved_at_once_say_so);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
