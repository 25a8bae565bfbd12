/* SPDX-License-Identifier: MPL-2.0 */
/* test_bundles.c: one dossier, from its opening to the bundles of its people: each kind as its reader gets it, and what is refused. */
#include "bed.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/note.h"
#include "lane/work_folder.h"

static struct bed b;

/* Small but real PDF documents: what the parsers of the instance would have let through. */
#define PDF(text)                                                                                                    \
	"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% " text \
	"\n"                                                                                                         \
	"trailer<</Root 1 0 R>>\n%%EOF\n"

static int64_t ask(const char *kind, const struct someone *who, int32_t document)
{
	struct opx_error err;
	struct sql_bt_ask_row row;
	struct sql_bt_document_row doc = { .id = 0 };
	if (document > 0)
		ck_assert_ok(sql_bt_document(b.s.owner, b.dossier, document, &doc, &err), err);
	ck_assert_ok(sql_bt_ask(b.s.owner, opx_str_z(kind), b.dossier, who->person, &who->session.id,
				document > 0 ? &doc.id : NULL, NULL, NULL, OPX_STR("bundle.step"),
				(struct opx_bytes){ .p = NULL }, &row, &err),
		     err);
	return row.id;
}

static void made(const char *kind, const struct someone *who, int32_t document, const char *label)
{
	struct stat st;
	struct sql_bt_artefact_row row = bed_wait(&b, ask(kind, who, document));
	ck_assert_msg(opx_str_is(row.state, "ready"), "%s is %s: %s", label, row.state.p, row.sentence.p);
	struct opx_str from = opx_strf(b.s.arena, "%s/_made/%s", b.tmp, row.path.p);
	struct opx_str to = opx_strf(b.s.arena, "%s/out/%s.asice", b.tmp, label);
	ck_assert_int_eq(stat(from.p, &st), 0);
	ck_assert_int_eq(st.st_size, row.size);
	ck_assert_int_eq(link(from.p, to.p), 0);
}

static void refused(const char *kind, const struct someone *who, int32_t document, const char *words)
{
	struct sql_bt_artefact_row row = bed_wait(&b, ask(kind, who, document));
	ck_assert_msg(opx_str_is(row.state, "failed") && strstr(row.sentence.p, words) != NULL, "%s: %s",
		      row.state.p, row.sentence.p);
}

/* The log's key under the name of the global log, as the operator publishes it. */
static void publish_policy(void)
{
	struct opx_error err;
	struct sql_bt_global_row row;
	ck_assert_ok(sql_bt_global(b.s.owner, OPX_STR(""), &row, &err), err);
	struct opx_vkey key = { .name = row.origin };
	memcpy(key.key, b.signer.log_public, sizeof(key.key));
	FILE *f = fopen(bed_path(&b, "policy").p, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(fprintf(f, "log %s\nquorum none\n", opx_vkey_format(b.s.arena, &key).p), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static int64_t document(int32_t n)
{
	struct opx_error err;
	struct sql_bt_document_row row;
	ck_assert_ok(sql_bt_document(b.s.owner, b.dossier, n, &row, &err), err);
	return row.id;
}

static void play(void)
{
	bed_begin(&b);
	bed_give_card(&b, &b.s.expert);
	bed_work(&b); /* the first token of all */
	b.dossier = acts_dossier(&b.s, "26/00001");
	bed_accept(&b, &b.s.lawyer, bed_invite(&b, &b.s.lawyer, "lawyer", "Côté demandeur"));
	bed_work(&b);
	bed_file(&b, &b.s.expert, "expert_note", "", PDF("note aux parties"));
	bed_work(&b);
	acts_read(&b.s, &b.s.lawyer, document(1));
	/* A newcomer gets what came before him (CPC 169). */
	bed_accept(&b, &b.s.party, bed_invite(&b, &b.s.party, "party", "Côté défendeur"));
	bed_work(&b);
	acts_read(&b.s, &b.s.party, document(1));
	story_other_matrix(&b.s); /* the next act says so first */
	bed_file(&b, &b.s.lawyer, "restricted_exhibit", "Secret médical", PDF("certificat"));
	bed_work(&b);
	acts_read(&b.s, &b.s.expert, document(2));
	bed_work(&b);
	publish_policy();
}

START_TEST(each_reader_gets_his_bundle)
{
	struct opx_error err;
	struct sql_bt_exports_row exports;
	play();
	made("bundle-receipt", &b.s.lawyer, 2, "receipt-lawyer");
	made("bundle-receipt", &b.s.expert, 1, "receipt-expert");
	made("bundle-party", &b.s.lawyer, 0, "party-lawyer");
	made("bundle-party", &b.s.party, 0, "party-party");
	made("bundle-case", &b.s.expert, 0, "case-expert");
	ck_assert_ok(sql_bt_exports(b.s.owner, b.dossier, &exports, &err), err);
	ck_assert_int_eq(exports.n, 5);
	/* What is not theirs. */
	refused("bundle-case", &b.s.lawyer, 0, "Vous ne pouvez plus");
	refused("bundle-receipt", &b.s.party, 2, "Vous ne pouvez");
	bed_end(&b);
}
END_TEST

/* ---- documents on paper ---- */

static int64_t ask_receipt(const struct someone *who, int32_t n)
{
	struct opx_error err;
	struct sql_bt_document_row doc;
	struct sql_bt_ask_row row;
	ck_assert_ok(sql_bt_document(b.s.owner, b.dossier, n, &doc, &err), err);
	ck_assert_ok(sql_bt_ask(b.s.owner, OPX_STR("receipt-pdf"), b.dossier, who->person, &who->session.id,
				NULL, &doc.filing, NULL, OPX_STR("receipt.pdf"),
				(struct opx_bytes){ .p = NULL }, &row, &err),
		     err);
	return row.id;
}

static void keep_pdf(int64_t artefact, const char *label)
{
	struct sql_bt_artefact_row row = bed_wait(&b, artefact);
	ck_assert_msg(opx_str_is(row.state, "ready"), "%s is %s: %s", label, row.state.p, row.sentence.p);
	struct opx_str from = opx_strf(b.s.arena, "%s/_made/%s", b.tmp, row.path.p);
	ck_assert_int_eq(link(from.p, opx_strf(b.s.arena, "%s/out/%s.pdf", b.tmp, label).p), 0);
}

/* What the paper must say: one expression a line. */
static void keep_words(const char *label, const char *text)
{
	FILE *f = fopen(opx_strf(b.s.arena, "%s/out/%s.words", b.tmp, label).p, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static size_t made_files(void)
{
	size_t n = 0;
	DIR *d = opendir(bed_path(&b, "_made").p);
	ck_assert_ptr_nonnull(d);
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.' ? 1 : 0;
	(void)closedir(d);
	return n;
}

START_TEST(letters_and_receipts_are_printed_and_swept)
{
	struct opx_error err;
	struct opx_invited invited;
	struct sql_bt_job_row job;
	struct sql_bt_artefact_row row;
	bool is_found = false;
	play();
	int64_t letter = bed_letter(&b, &invited);
	keep_pdf(letter, "letter");
	const char *c = invited.code.p;
	keep_words(
		"letter",
		opx_strf(
			b.s.arena,
			"%.4s %.4s %.4s\n%s\nhttps://opx.test/invitation\nMme Anne Essai\nSCI d’à côté\n26/00001\n",
			c, c + 4, c + 8, invited.number.p)
			.p);
	ck_assert_ok(sql_bt_job(b.s.owner, letter, &is_found, &job, &err), err);
	ck_assert(is_found && opx_str_is(job.state, "done") &&
		  job.secret.p == NULL); /* the code stays nowhere */
	int64_t receipt = ask_receipt(&b.s.lawyer, 2);
	keep_pdf(receipt, "receipt");
	keep_words("receipt",
		   "Accusé de dépôt n° 2\nPièce jointe.pdf\nSecret médical\nNiveau L0\n26/00001\nligne\n");
	/* One who may not read a document gets its line, not its name. */
	row = bed_wait(&b, ask_receipt(&b.s.stranger, 2));
	ck_assert_str(row.state, "failed");

	/* A letter whose code is sealed for another row is not opened. */
	int64_t other = bed_letter(&b, &invited);
	b.letter_key[0] ^= 1U;
	row = bed_wait(&b, other);
	ck_assert_str(row.state, "failed");
	b.letter_key[0] ^= 1U;

	/* Their time is over: the files go, then the rows say so. */
	ck_assert_uint_eq(made_files(), 2);
	ck_assert_ok(sql_bt_over(b.s.owner, letter, NULL, &err), err);
	ck_assert_ok(sql_bt_sweep(b.s.owner, OPX_STR("made.sweep"), NULL, &err), err);
	bed_work(&b);
	ck_assert_ok(sql_bt_artefact(b.s.owner, letter, &row, &err), err);
	ck_assert_str(row.state, "gone");
	ck_assert_ptr_null(row.path.p);
	ck_assert_ok(sql_bt_artefact(b.s.owner, receipt, &row, &err), err);
	ck_assert_str(row.state, "ready");
	ck_assert_uint_eq(made_files(), 1);
	bed_end(&b);
}
END_TEST

/* ---- what can go wrong ---- */

START_TEST(a_bundle_waits_for_its_tokens_ten_minutes_and_begins_again_when_its_folder_is_gone)
{
	struct opx_error err;
	struct sql_bt_artefact_row row;
	struct sql_bt_job_row job;
	bool is_found = false;
	play();
	b.is_stamping = false;
	int64_t late = ask("bundle-party", &b.s.lawyer, 0), gone = ask("bundle-party", &b.s.party, 0);
	bed_work(&b);
	ck_assert_ok(sql_bt_artefact(b.s.owner, late, &row, &err), err);
	ck_assert_str(row.state, "waiting");
	ck_assert_uint_gt(row.step.n, 0); /* collected: it waits for its seal and token */
	ck_assert_ok(sql_bt_age(b.s.owner, late, 11, NULL, &err), err);
	row = bed_wait(&b, late);
	ck_assert_str(row.state, "failed");
	ck_assert_ptr_nonnull(strstr(row.sentence.p, "dix minutes"));
	ck_assert_ok(sql_bt_job(b.s.owner, late, &is_found, &job, &err), err);
	ck_assert(is_found && job.attempts >= job.max_attempts); /* a dead letter from now on */

	opx_work_remove(bed_path(&b, "_made"), opx_strf(b.s.arena, "work-%lld", (long long)gone));
	b.is_stamping = true;
	row = bed_wait(&b, gone);
	ck_assert_msg(opx_str_is(row.state, "ready"), "%s", row.sentence.p);
	ck_assert_uint_eq(made_files(), 1); /* no work folder stays */
	bed_end(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bundles");
	TCase *tc = tcase_create("bundles");
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, each_reader_gets_his_bundle);
	suite_add_tcase(suite, tc);
	tc = tcase_create("letters");
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, letters_and_receipts_are_printed_and_swept);
	suite_add_tcase(suite, tc);
	tc = tcase_create("waiting");
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc,
		       a_bundle_waits_for_its_tokens_ten_minutes_and_begins_again_when_its_folder_is_gone);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
