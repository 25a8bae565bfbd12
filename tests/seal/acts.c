/* SPDX-License-Identifier: MPL-2.0 */
/* acts.c: see acts.h. */
#include "acts.h"

#include <stdio.h>
#include <string.h>

#include "domain/dossier.h"
#include "domain/reading.h"
#include "evidence/leaf.h"
#include "evidence/note.h"
#include "evidence/tree.h"
#include "sql_test_seal.h"
#include "sql_test_story.h"

#include <opx/procedure.h>

static void step(struct story *s, int64_t dossier, const char *from, const char *to)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(s, &s->expert);
	const struct opx_transition t = {
		.code = "TRx", .from = from, .to = to, .checkbox = "x", .missing = "il manque"
	};
	ck_assert_ok(opx_tx_begin(s->web, &tx, s->expert.person, &err), err);
	ck_assert_ok(opx_dossier_transition(&act, dossier, &t, true, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}

int64_t acts_dossier(struct story *s, const char *rg)
{
	int64_t id = story_open_dossier(s, rg);
	step(s, id, "draft", "appointed");
	step(s, id, "appointed", "in_progress");
	return id;
}

void acts_file(struct story *s, int64_t dossier)
{
	struct opx_error err;
	struct sql_story_draft_row row;
	struct sql_story_file_row file;
	uint8_t random[64];
	char hex[33];
	int32_t number = 0;
	opx_random_fill(&opx_random_real, random, sizeof(random));
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", random[i]);
	ck_assert_ok(sql_story_draft(s->owner, dossier, s->expert.person, OPX_STR("expert_note"), &row, &err),
		     err);
	ck_assert_ok(sql_story_file(s->owner, row.id, opx_str_z(hex), OPX_STR(""), OPX_STR(""),
				    (struct opx_bytes){ .p = random, .n = 32 },
				    (struct opx_bytes){ .p = random, .n = 64 }, &file, &err),
		     err);
	ck_assert_ok(story_confirm(s, &s->expert, row.id, NULL, &number, &err), err);
}

void acts_read(struct story *s, const struct someone *who, int64_t document)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_reading reading;
	struct opx_act act = story_act(s, who);
	ck_assert_ok(opx_tx_begin(s->web, &tx, who->person, &err), err);
	ck_assert_ok(opx_reading_open(&act, document,
				      (struct opx_reading_form){ .representation = "original" }, &reading,
				      &err),
		     err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
	ck_assert(reading.is_first);
}

size_t acts_stamp(struct story *s, struct opx_instant gen_time)
{
	struct opx_error err;
	const struct sql_st_jobs_row *jobs = NULL;
	size_t n = 0;
	ck_assert_ok(sql_st_jobs(s->owner, OPX_STR("token.checkpoint"), &jobs, &n, &err), err);
	for (size_t i = 0; i < n; i++) {
		uint8_t tsr[100];
		opx_random_fill(&opx_random_real, tsr, sizeof(tsr));
		const struct opx_bytes bytes = { .p = tsr, .n = sizeof(tsr) };
		struct opx_sha256 hash = opx_sha256(bytes);
		ck_assert_str(jobs[i].lane, "post");
		ck_assert_ok(sql_st_token(s->owner, (struct opx_bytes){ .p = hash.b, .n = 32 }, bytes,
					  gen_time, jobs[i].ref, jobs[i].ref2, NULL, &err),
			     err);
		ck_assert_ok(sql_st_job_done(s->owner, jobs[i].id, NULL, &err), err);
	}
	return n;
}

void acts_tamper(struct story *s, const char *sql)
{
	struct opx_error err;
	ck_assert_ok(opx_db_script(s->owner, sql, &err), err);
}

/* ---- the rows, from their definition ---- */

static void check_line(struct story *s, const struct sql_st_lines_row *row,
		       const struct sql_st_lines_row *before)
{
	struct opx_error err;
	struct opx_leaf leaf, former;
	bool is_next = before != NULL && before->log_id == row->log_id;
	ck_assert_ok(opx_leaf_parse(s->arena, opx_bytes_of(row->line), &leaf, &err), err);
	ck_assert_str(leaf.origin, row->origin.p);
	ck_assert_int_eq((int64_t)leaf.seq, row->seq);
	ck_assert_int_eq(row->seq, is_next ? before->seq + 1 : 0);
	ck_assert_mem_eq(leaf.body.b, row->body_sha256.p, 32);
	struct opx_sha256 body = opx_sha256(row->body);
	ck_assert_mem_eq(body.b, leaf.body.b, 32);
	if (is_next) {
		ck_assert_ok(opx_leaf_parse(s->arena, opx_bytes_of(before->line), &former, &err), err);
		ck_assert_int_ge(leaf.time.us, former.time.us);
	}
}

static void check_head(struct story *s, const struct sql_st_heads_row *head,
		       const struct sql_st_lines_row *lines, size_t n, const uint8_t log_key[32])
{
	struct opx_error err;
	struct opx_head opened;
	struct opx_sha256 *leaves = OPX_NEW_N(s->arena, struct opx_sha256, (size_t)head->size);
	struct opx_str origin = OPX_STR("");
	int64_t have = 0;
	for (size_t i = 0; i < n; i++)
		if (lines[i].log_id == head->log_id && have < head->size) {
			leaves[have++] = opx_tree_leaf(opx_bytes_of(lines[i].line));
			origin = lines[i].origin;
		}
	ck_assert_int_eq(have, head->size);
	struct opx_sha256 root = opx_tree_root(leaves, (uint64_t)head->size);
	ck_assert_bytes(head->root, root.b, 32);
	struct opx_vkey key = { .name = origin };
	memcpy(key.key, log_key, 32);
	ck_assert_ok(opx_note_open(s->arena, head->note, &key, 1, &opened, &err), err);
	ck_assert_int_eq((int64_t)opened.size, head->size);
	ck_assert_mem_eq(opened.root.b, root.b, 32);
}

void acts_check(struct story *s, const uint8_t log_key[32])
{
	struct opx_error err;
	const struct sql_st_lines_row *lines = NULL;
	const struct sql_st_heads_row *heads = NULL;
	size_t n = 0, n_heads = 0;
	ck_assert_ok(sql_st_lines(s->owner, &lines, &n, &err), err);
	ck_assert_ok(sql_st_heads(s->owner, &heads, &n_heads, &err), err);
	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < n; i++)
		check_line(s, &lines[i], i > 0 ? &lines[i - 1] : NULL);
	for (size_t i = 0; i < n_heads; i++)
		check_head(s, &heads[i], lines, n, log_key);
	/* The newest head of each log stands above its last line. */
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && lines[i + 1].log_id == lines[i].log_id)
			continue;
		int64_t newest = 0;
		for (size_t k = 0; k < n_heads; k++)
			newest = heads[k].log_id == lines[i].log_id && heads[k].size > newest ? heads[k].size
											      : newest;
		ck_assert_int_eq(newest, lines[i].seq + 1);
	}
}
