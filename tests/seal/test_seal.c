/* SPDX-License-Identifier: MPL-2.0 */
/* test_seal.c: the sequencer on a real database with real acts. Each case gets a database of its own from run.sh. */
#include "bench.h"

#include <string.h>

#include "base/arena.h"
#include "evidence/json.h"

static struct bench b;

static int64_t document(void)
{
	struct opx_error err;
	const struct sql_st_documents_row *rows = NULL;
	size_t n = 0;
	ck_assert_ok(sql_st_documents(b.s.owner, &rows, &n, &err), err);
	ck_assert_uint_gt(n, 0);
	return rows[n - 1].id;
}

/* ---- from nothing ---- */

START_TEST(a_fresh_instance_seals_nothing_before_its_release_has_a_token)
{
	struct opx_error err;
	const struct sql_st_key_row *keys = NULL;
	size_t n = 0;
	bench_begin(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	acts_file(&b.s, dossier);
	ck_assert_ok(bench_start(&b, &err), err);
	ck_assert(!opx_sequencer_is_ready(b.sequencer));
	bench_rounds(&b);
	ck_assert(opx_sequencer_is_ready(b.sequencer));
	b.clock.now.us += b.setup.token_wait_us * 100; /* however long: the first token is needed */
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).lines, 0);
	ck_assert_int_eq(bench_counts(&b).heads, 1);
	const struct sql_st_lines_row *release = bench_lines(&b, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert(opx_origin_kind(release->origin) == 'g' && opx_str_starts(release->origin, "opx.test/g/"));
	OPX_AUTO_JSON body = NULL;
	ck_assert_ok(opx_json_read(release->body, &body, &err), err);
	ck_assert_str_eq(json_string_value(json_object_get(body, "type")), "release");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(body, "release"), "build")),
			 "test");
	ck_assert_uint_eq(bench_jobs(&b, "token.checkpoint"), 1);

	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 1);
	bench_rounds(&b);
	struct sql_st_counts_row c = bench_counts(&b);
	ck_assert_int_eq(c.waiting, 0);
	ck_assert_int_eq(c.lines, 6); /* 4 of the opening and the steps, 2 of the filing */
	ck_assert_int_eq(c.unsealed, 0);
	ck_assert_int_eq(c.sealed, 1);
	ck_assert_uint_eq(bench_jobs(&b, "notice.filing"), 1);
	ck_assert_uint_eq(bench_jobs(&b, "token.document"), 1);
	ck_assert_uint_eq(bench_jobs(&b, "token.checkpoint"), 2); /* acts and readings */
	ck_assert_ok(sql_st_key(b.s.owner, &keys, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	ck_assert_bytes(keys->public_key, b.signer.log_public, 32);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(a_stamped_head_goes_to_the_global_log_once)
{
	struct opx_error err;
	size_t n = 0, n_heads = 0;
	bench_begin(&b);
	b.setup.global_interval_us = INT64_C(10) * 1000000;
	bench_open(&b);
	acts_file(&b.s, acts_dossier(&b.s, "26/00001"));
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).case_heads, 0);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 2);
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).case_heads, 2);
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).case_heads, 2);
	/* What the line says is what was signed. */
	const struct sql_st_lines_row *rows = bench_lines(&b, &n);
	const struct sql_st_heads_row *heads = NULL;
	ck_assert_ok(sql_st_heads(b.s.owner, &heads, &n_heads, &err), err);
	for (size_t i = 0; i < n; i++) {
		OPX_AUTO_JSON body = NULL;
		if (!opx_str_is(rows[i].kind, "g") || rows[i].seq == 0)
			continue;
		ck_assert_ok(opx_json_read(rows[i].body, &body, &err), err);
		const json_t *head = json_object_get(body, "head");
		struct opx_str origin = opx_str_z(json_string_value(json_object_get(head, "log")));
		bool is_found = false;
		for (size_t k = 0; k < n_heads; k++)
			is_found =
				is_found ||
				(heads[k].size == json_integer_value(json_object_get(head, "size")) &&
				 strstr((const char *)opx_str_copy(b.s.arena, (const char *)heads[k].note.p,
								   heads[k].note.n)
						.p,
					json_string_value(json_object_get(head, "root"))) != NULL &&
				 memcmp(heads[k].note.p, origin.p, origin.n) == 0);
		ck_assert_msg(is_found, "no head of %s", origin.p);
	}
	/* Its own head waits for its turn, then is stamped. */
	ck_assert_uint_eq(bench_jobs(&b, "token.checkpoint"), 0);
	b.clock.now.us += b.setup.global_interval_us;
	bench_rounds(&b);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 1);
	acts_check(&b.s, b.signer.log_public);
	/* A head stamped while nobody listened gets its line at the next start. */
	acts_file(&b.s, acts_dossier(&b.s, "26/00002"));
	bench_rounds(&b);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 2);
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err);
	bench_rounds(&b);
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 1); /* this start's release */
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).case_heads, 4);
	/* A head that somebody else signed, or that is of another tree, has no place there. */
	acts_file(&b.s, acts_dossier(&b.s, "26/00003"));
	bench_rounds(&b);
	acts_tamper(
		&b.s,
		"ALTER TABLE opx.checkpoint DISABLE TRIGGER ALL; UPDATE opx.checkpoint SET note = (SELECT note FROM opx.checkpoint"
		" WHERE size = 1 ORDER BY log_id LIMIT 1) WHERE log_id = (SELECT max(id) FROM opx.log)");
	(void)acts_stamp(&b.s, b.clock.now);
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).case_heads, 5);
	ck_assert_uint_eq(b.ledger.global->tree.size, 2 + 5); /* two releases */
	bench_end(&b);
}
END_TEST

/* Acts are after the newest of their own and the global tokens; readings after the global one alone. */
START_TEST(lines_name_only_tokens_that_they_may)
{
	bench_begin(&b);
	bench_open(&b);
	struct opx_sha256 global_token = b.ledger.global->token, zeros = { .b = { 0 } };
	ck_assert_mem_ne(global_token.b, zeros.b, 32);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	acts_file(&b.s, dossier);
	bench_rounds(&b);
	ck_assert_mem_eq(bench_last_leaf(&b, "c").after.b, global_token.b, 32);
	b.clock.now.us += 2000000;
	ck_assert_uint_eq(acts_stamp(&b.s, b.clock.now), 2);
	bench_rounds(&b); /* case.heads; their head is not stamped yet */
	acts_file(&b.s, dossier);
	acts_read(&b.s, &b.s.expert, document() - 1);
	bench_rounds(&b);
	struct opx_leaf act = bench_last_leaf(&b, "c"), reading = bench_last_leaf(&b, "r");
	const struct opx_ledger_log *own = NULL;
	for (size_t i = 0; i < b.ledger.n; i++)
		own = opx_str_eq(b.ledger.logs[i]->origin, act.origin) ? b.ledger.logs[i] : own;
	ck_assert_mem_eq(act.after.b, own->token.b, 32);
	ck_assert_mem_ne(act.after.b, global_token.b, 32);
	ck_assert_mem_eq(reading.after.b, global_token.b, 32);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

/* ---- the outbox ---- */

START_TEST(an_altered_body_is_not_sealed_and_the_rest_goes_on)
{
	struct opx_error err;
	bench_begin(&b);
	bench_open(&b);
	int64_t one = acts_dossier(&b.s, "26/00001"), two = acts_dossier(&b.s, "26/00002");
	acts_file(&b.s, one);
	bench_rounds(&b);
	acts_file(&b.s, one);
	acts_read(&b.s, &b.s.expert, document() - 1);
	acts_file(&b.s, two);
	int64_t had = bench_counts(&b).lines;
	acts_tamper(
		&b.s,
		"CREATE TABLE kept AS SELECT * FROM opx.event_body b WHERE b.event_id IN (SELECT min(event_id) FROM opx.event_waiting);"
		"UPDATE opx.event_body b SET body = b.body || ' ' FROM kept k WHERE k.event_id = b.event_id");
	bench_rounds(&b);
	struct sql_st_counts_row c = bench_counts(&b);
	ck_assert_int_eq(c.lines, had + 3); /* the reading, and the two acts of the other dossier */
	ck_assert_int_eq(c.waiting, 2);     /* the altered act, and the one behind it */
	ck_assert_int_eq(c.unsealed, 1);
	acts_check(&b.s, b.signer.log_public);
	/* Put right, it is sealed at the next start. */
	acts_tamper(
		&b.s,
		"UPDATE opx.event_body b SET body = k.body FROM kept k WHERE k.event_id = b.event_id; DROP TABLE kept");
	bench_stop(&b);
	ck_assert_ok(bench_start(&b, &err), err);
	bench_rounds(&b);
	(void)acts_stamp(&b.s, b.clock.now);
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
	ck_assert_int_eq(bench_counts(&b).unsealed, 0);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(an_event_never_gets_a_second_line)
{
	bench_begin(&b);
	bench_open(&b);
	acts_file(&b.s, acts_dossier(&b.s, "26/00001"));
	bench_rounds(&b);
	int64_t had = bench_counts(&b).lines;
	acts_tamper(
		&b.s,
		"INSERT INTO opx.event_waiting SELECT event_id, log_id FROM opx.leaf WHERE seq = 1 LIMIT 1");
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).lines, had);
	ck_assert_int_eq((int64_t)b.ledger.bodies.n, b.ledger.n_lines);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

START_TEST(a_batch_has_its_size_and_the_order_of_the_outbox)
{
	struct opx_error err;
	size_t n = 0;
	bench_begin(&b);
	b.setup.batch_events = 3;
	bench_open(&b);
	int64_t dossier = acts_dossier(&b.s, "26/00001");
	for (int i = 0; i < 4; i++)
		acts_file(&b.s, dossier);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_int_eq(bench_counts(&b).lines, 3);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_ok(bench_round(&b, &err), err);
	ck_assert_int_eq(bench_counts(&b).lines, 9);
	ck_assert_int_eq(bench_counts(&b).sealed,
			 2); /* of the third one act has its line, the other not yet */
	bench_rounds(&b);
	ck_assert_int_eq(bench_counts(&b).lines, 12);
	ck_assert_int_eq(bench_counts(&b).waiting, 0);
	ck_assert_int_eq(bench_counts(&b).sealed, 4);
	const struct sql_st_lines_row *rows = bench_lines(&b, &n);
	for (size_t i = 1; i < n; i++)
		if (rows[i].log_id == rows[i - 1].log_id && opx_str_is(rows[i].kind, "c"))
			ck_assert_int_gt(rows[i].event_id, rows[i - 1].event_id);
	acts_check(&b.s, b.signer.log_public);
	bench_end(&b);
}
END_TEST

/* ---- digests to sign ---- */

static void keep_file(const char *name, struct opx_bytes bytes)
{
	FILE *f = fopen(opx_strf(b.s.arena, "%s/%s", getenv("OPX_TEST_TMP"), name).p, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	ck_assert_int_eq(fclose(f), 0);
}

/* run.sh verifies the files with the openssl command. */
START_TEST(a_digest_is_sealed_and_the_next_step_queued)
{
	struct opx_error err;
	struct sql_st_request_row request;
	struct sql_st_answer_row answer;
	const struct sql_st_heads_row *heads = NULL;
	size_t n = 0;
	const int64_t artefact = 77;
	const struct opx_bytes content = OPX_BYTES("sha256  a file\n");
	struct opx_sha256 digest = opx_sha256(content);
	bench_begin(&b);
	bench_open(&b);
	ck_assert_ok(sql_st_request(b.s.owner, (struct opx_bytes){ .p = digest.b, .n = 32 }, &artefact,
				    &request, &err),
		     err);
	bench_rounds(&b);
	ck_assert_ok(sql_st_answer(b.s.owner, request.id, &answer, &err), err);
	ck_assert(answer.is_answered);
	ck_assert_uint_gt(answer.p7s.n, 500);
	ck_assert_uint_eq(bench_jobs(&b, "bundle.step"), 1);
	bench_rounds(&b);
	ck_assert_uint_eq(bench_jobs(&b, "bundle.step"), 1);
	keep_file("sealed", content);
	keep_file("sealed.p7s", answer.p7s);
	ck_assert_ok(sql_st_heads(b.s.owner, &heads, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	keep_file("head.note", heads->note);
	bench_end(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seal");
	bench_add(suite, "fresh", a_fresh_instance_seals_nothing_before_its_release_has_a_token);
	bench_add(suite, "case-head", a_stamped_head_goes_to_the_global_log_once);
	bench_add(suite, "after", lines_name_only_tokens_that_they_may);
	bench_add(suite, "altered", an_altered_body_is_not_sealed_and_the_rest_goes_on);
	bench_add(suite, "second-line", an_event_never_gets_a_second_line);
	bench_add(suite, "batches", a_batch_has_its_size_and_the_order_of_the_outbox);
	bench_add(suite, "seal", a_digest_is_sealed_and_the_next_step_queued);
	seal_add_troubles(suite);
	return check_opx_main(suite);
}
