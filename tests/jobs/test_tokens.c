/* SPDX-License-Identifier: MPL-2.0 */
/* test_tokens.c: tokens on a dossier with a deposit: kept once, with their event. The authority is here; the tokens were made by
 * tests/jobs/run.py. */
#include "deposit.h"

#include "plugin/registry.h"

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

static void begin(void)
{
	struct opx_error err;
	deposit_begin();
	deposit_lane.lane.tsa_roots = scene_path(scene_story.arena, "tsa.pem");
	ck_assert_ok(opx_registry_add_timestamp(deposit_lane.registry, &stamps, NULL, OPX_OWNER_CORE, &err),
		     err);
}

START_TEST(the_token_of_a_document_is_kept_with_its_event_once)
{
	struct opx_error err = { .detail = "" };
	size_t n = 0;
	const struct sql_scene_tokens_row *tokens = NULL;
	struct sql_scene_certificates_row certs;
	struct opx_sha256 content = opx_sha256(OPX_BYTES("the document"));
	authority.file = "1.tsr";
	authority.is_away = true;
	ck_assert_status(scene_run(&deposit_lane, "token.document", deposit_document, 0, 1, &err),
			 OPX_UNAVAILABLE);
	(void)deposit_events("token.seen", &n);
	ck_assert_uint_eq(n, 0);
	authority.is_away = false;
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&deposit_lane, "token.document", deposit_document, 0, 1, &err), err);
	ck_assert_int_eq(authority.n, 1);
	ck_assert_mem_eq(authority.imprint.b, content.b, 32);
	ck_assert_ok(sql_scene_tokens(scene_story.owner, OPX_STR("document"), &tokens, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	struct opx_bytes tsr = scene_file(scene_story.arena, "1.tsr");
	struct opx_sha256 hash = opx_sha256(tsr);
	ck_assert_bytes(tokens[0].sha256, hash.b, 32);
	ck_assert_bytes(tokens[0].imprint, content.b, 32);
	ck_assert_int_eq(tokens[0].document_id, deposit_document);
	ck_assert_str(tokens[0].authority, "test");

	const struct sql_scene_events_row *seen = deposit_events("token.seen", &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str(seen[0].log_kind, "c");
	ck_assert_int_eq(seen[0].document_id, deposit_document);
	ck_assert_uint_eq(seen[0].visible.n, 3); /* depositor and readers, not the one who came after */
	char hex[65];
	opx_sha256_hex(&hash, hex);
	ck_assert(deposit_body_has(&seen[0],
				   opx_strf(scene_story.arena, "\"token\":{\"sha256\":\"%s\"", hex).p));
	ck_assert(deposit_body_has(&seen[0], "\"object\":{\"id\":\"D001\""));
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
	ck_assert_ok(sql_scene_checkpoint(scene_story.owner, deposit_dossier, 3,
					  opx_bytes_of(opx_str_z(note)),
					  (struct opx_bytes){ .p = imprint.b, .n = 32 }, &row, &err),
		     err);
	ck_assert_status(scene_run(&deposit_lane, "token.checkpoint", row.log_id, 4, 1, &err), OPX_NOT_FOUND);
	authority.file = "2.tsr";
	authority.n = 0;
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&deposit_lane, "token.checkpoint", row.log_id, 3, 1, &err), err);
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
	ck_assert_ok(sql_scene_checkpoint(scene_story.owner, deposit_dossier, 9, OPX_BYTES("note"),
					  (struct opx_bytes){ .p = root.b, .n = 32 }, &row, &err),
		     err);
	ck_assert_ok(scene_run(&deposit_lane, "token.sweep", 0, 0, 1, &err), err); /* it is young */
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("token.checkpoint"),
				    OPX_STR(""), &jobs, &err),
		     err);
	ck_assert_int_eq(jobs.n, 0);
	ck_assert_ok(sql_scene_checkpoint_age(scene_story.owner, 2, NULL, &err), err);
	for (int i = 0; i < 2; i++)
		ck_assert_ok(scene_run(&deposit_lane, "token.sweep", 0, 0, 1, &err), err);
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
		ck_assert_ok(scene_run(&deposit_lane, "token.request", row.id, 0, 1, &err), err);
	ck_assert_int_eq(authority.n, 1);
	ck_assert_mem_eq(authority.imprint.b, sums.b, 32);
	ck_assert_ok(sql_scene_jobs(scene_story.owner, OPX_STR("ready"), OPX_STR("bundle.step"),
				    OPX_STR("bundle:77"), &jobs, &err),
		     err);
	ck_assert_int_eq(jobs.n, 1);
}
END_TEST

void scene_add_tokens(Suite *suite)
{
	TCase *tc = tcase_create("tokens");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, scene_begin, NULL);
	tcase_add_checked_fixture(tc, begin, deposit_end);
	tcase_add_test(tc, the_token_of_a_document_is_kept_with_its_event_once);
	tcase_add_test(tc, the_token_of_a_head_is_over_its_note);
	tcase_add_test(tc, what_an_outage_left_without_a_token_is_asked_again);
	tcase_add_test(tc, the_token_of_a_list_wakes_the_bundle_that_asked);
	suite_add_tcase(suite, tc);
}
