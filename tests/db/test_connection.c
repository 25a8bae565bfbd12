/* SPDX-License-Identifier: MPL-2.0 */
/* test_connection.c: what a connection keeps of one person or transaction is not the next one's. */
#include "deeds.h"

/* Membership is looked up once a transaction: it must not outlive the person who was looked up. */
START_TEST(what_one_person_was_found_to_be_is_not_the_next_ones)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	(void)deed_open_dossier();
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_READ, deed_story.expert.person, &tx, &err),
		     err);
	ck_assert_ok(sql_story_count(deed_story.web, OPX_STR(""), &row, &err), err);
	ck_assert_int_gt(row.members, 0);
	ck_assert_int_gt(row.events, 0);
	const int64_t others[] = { deed_story.stranger.person, 0 };
	for (size_t i = 0; i < OPX_COUNT(others); i++) {
		ck_assert_ok(opx_tx_person(&tx, others[i], &err), err);
		ck_assert_ok(sql_story_count(deed_story.web, OPX_STR(""), &row, &err), err);
		ck_assert_int_eq(row.members, 0);
		ck_assert_int_eq(row.events, 0);
	}
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	/* Nor does it outlive the transaction. */
	ck_assert_int_eq(deed_seen_by(deed_story.stranger.person).events, 0);
}
END_TEST

static void look_last(int64_t person, bool is_refused)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_READ, person, &tx, &err), err);
	ck_assert_ok(opx_db_pipeline_begin(deed_story.web, &err), err);
	if (is_refused)
		ck_assert_ok(sql_story_cell_send(deed_story.web, OPX_STR("case"), OPX_STR("read"),
						 OPX_STR("lawyer"), OPX_STR("deny"), &err),
			     err);
	ck_assert_ok(sql_story_count_send(deed_story.web, OPX_STR(""), &err), err);
	ck_assert_ok(opx_db_pipeline_last(deed_story.web, &err), err);
	if (is_refused)
		ck_assert_int_ne(sql_story_cell_recv(deed_story.web, NULL, &err), OPX_OK);
	ck_assert_int_eq(sql_story_count_recv(deed_story.web, &row, &err) == OPX_OK, !is_refused);
	if (!is_refused)
		ck_assert_int_gt(row.members, 0);
	if (is_refused)
		opx_tx_rollback(&tx);
	else
		opx_tx_leave(&tx);
	ck_assert(!opx_db_in_tx(deed_story.web));
}

/* COMMIT leaves with them; when one fails it is skipped, and the transaction must end all the same. */
START_TEST(the_last_statements_of_a_reading_end_its_transaction)
{
	(void)deed_open_dossier();
	look_last(deed_story.expert.person, false);
	ck_assert_int_eq(deed_seen_by(deed_story.stranger.person).members, 0);
	look_last(deed_story.expert.person, true);
	ck_assert_int_eq(deed_seen_by(deed_story.stranger.person).members, 0);
	look_last(deed_story.expert.person, false);
}
END_TEST

/* What was asked ahead and not wanted is one person's: the next request is another'deed_story. */
START_TEST(an_answer_that_nobody_read_is_not_the_next_one)
{
	struct opx_error err;
	struct opx_tx tx;
	struct sql_story_count_row row;
	(void)deed_open_dossier();
	ck_assert_ok(opx_tx_begin_kind(deed_story.web, OPX_TX_WRITE, deed_story.expert.person, &tx, &err),
		     err);
	ck_assert(!opx_tx_is_leaving(&tx));
	ck_assert_ok(opx_db_pipeline_begin(deed_story.web, &err), err);
	for (int i = 0; i < 2; i++)
		ck_assert_ok(sql_story_count_send(deed_story.web, OPX_STR(""), &err), err);
	ck_assert_ok(opx_db_pipeline_last(deed_story.web, &err), err);
	ck_assert(opx_tx_is_leaving(&tx));
	ck_assert_ok(sql_story_count_recv(deed_story.web, &row, &err), err);
	ck_assert_int_gt(row.members, 0);
	opx_tx_leave(&tx);
	ck_assert_ok(opx_db_ready(deed_story.web, &err), err);
	ck_assert_int_eq(deed_seen_by(deed_story.stranger.person).members, 0);
}
END_TEST

void db_add_connection(TCase *tc)
{
	tcase_add_test(tc, what_one_person_was_found_to_be_is_not_the_next_ones);
	tcase_add_test(tc, the_last_statements_of_a_reading_end_its_transaction);
	tcase_add_test(tc, an_answer_that_nobody_read_is_not_the_next_one);
}
