/* SPDX-License-Identifier: MPL-2.0 */
/* letters.c: documents on paper: the letter of an invitation, which carries its code, and the receipt of a deposit; and the sweep
 * of made files whose time is over. HTML from our templates becomes a tagged PDF by WeasyPrint, in a child without network.
 */
#include "lane/lane.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/codec.h"
#include "base/sealed.h"
#include "db/db.h"
#include "domain/letter.h"
#include "domain/participant.h"
#include "html/date_fr.h"
#include "html/html.h"
#include "html/words.h"
#include "html/zone.h"
#include "lane/bundle_texts.h"
#include "lane/child.h"
#include "lane/made.h"
#include "lane/prints.h"
#include "lane/work_folder.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_bundle.h"
#include "sql_letter.h"
#include "tpl_prints.h"

#define BROKEN N_("Ce document n’a pas pu être préparé. Le service a été prévenu.")
#define OVER \
	N_("Cette lettre n’est plus à faire : l’invitation a servi ou a été remplacée. Demandez-en une nouvelle.")
#define NOT_YOURS N_("Vous ne pouvez plus demander cet accusé.")
#define LATE N_("Ce document n’a pas pu être préparé en dix minutes. Demandez-le à nouveau un peu plus tard.")
#define PRINT_MS 45000
#define PRINT_MEMORY ((uint64_t)2 << 30)
#define PRINT_FILE ((uint64_t)64 << 20)

/* One document being made. */
struct print {
	const struct opx_lane *lane;
	struct opx_job *job;
	struct opx_arena *arena;
	struct sql_bundle_artefact_row asked;
	struct opx_work work;
	struct opx_zone *zone; /* of the court */
};

static void done(struct print *p)
{
	opx_zone_free(p->zone);
	opx_work_close(&p->work);
	if (p->work.path.p != NULL)
		opx_work_remove(opx_made_folder(p->arena, p->lane), opx_made_work(p->arena, p->job->ref));
}
#define AUTO_PRINT __attribute__((cleanup(done))) struct print

static struct opx_str when(const struct print *p, struct opx_instant t)
{
	struct opx_local local;
	int32_t offset = 0;
	opx_zone_local(p->zone, t, &local, &offset);
	return opx_strf(p->arena, "%s à %s", opx_fr_date_long(p->arena, local).p,
			opx_fr_hour_s(p->arena, local).p);
}

/* A limit that people write down: to the minute, and never later than it is. */
static struct opx_str until(const struct print *p, struct opx_instant t)
{
	struct opx_local local;
	int32_t offset = 0;
	opx_zone_local(p->zone, t, &local, &offset);
	return opx_strf(p->arena, "%s à %s", opx_fr_date_long(p->arena, local).p,
			opx_fr_hour(p->arena, local).p);
}

static struct opx_str day(const struct print *p, struct opx_instant t)
{
	struct opx_local local;
	int32_t offset = 0;
	opx_zone_local(p->zone, t, &local, &offset);
	return opx_fr_date_long(p->arena, local);
}

static struct opx_str quality(const struct print *p, struct opx_str role, struct opx_str title,
			      struct opx_str side)
{
	return opx_word_quality(p->arena, role, title, side.p != NULL ? side : OPX_STR(""));
}

/* page.html and its style sheet become page.pdf; *ret_fd is the caller's. */
static enum opx_status run_printer(struct print *p, struct opx_bytes html, int *ret_fd, struct opx_error *err)
{
	const char *const argv[] = { p->lane->weasyprint, "-I", "-B", "-c", (const char *)opx_text_print.p,
				     p->work.path.p,      NULL };
	const struct opx_child child = { .argv = argv,
					 .folder = p->work.path.p,
					 .timeout_ms = PRINT_MS,
					 .max_memory = PRINT_MEMORY,
					 .max_file = PRINT_FILE };
	char said[OPX_CHILD_SAID];
	int status = 0;
	OPX_TRY(opx_work_put(&p->work, OPX_STR("page.html"), html, err));
	OPX_TRY(opx_work_put(&p->work, OPX_STR("imprime.css"), opx_text_print_css, err));
	OPX_TRY(opx_child_run(&child, &status, said, err));
	if (status != 0)
		return OPX_FAIL(err, OPX_INTERNAL, BROKEN, "the printer ended with %d: %s", status, said);
	return opx_work_open(&p->work, OPX_STR("page.pdf"), ret_fd, err);
}

static enum opx_status render(struct print *p, struct opx_html *html, struct opx_str name, bool keeps_time,
			      struct opx_error *err)
{
	struct opx_bytes text;
	struct opx_made_file file;
	OPX_AUTO_FD fd = -1;
	struct opx_str parent = opx_made_folder(p->arena, p->lane);
	OPX_TRY(opx_html_finish(html, &text, err));
	OPX_TRY(opx_work_new(p->arena, p->lane->vfs, parent, opx_made_work(p->arena, p->job->ref), &p->work,
			     err));
	OPX_TRY(run_printer(p, text, &fd, err));
	OPX_TRY(opx_made_place(p->arena, p->lane, fd, opx_strf(p->arena, "%s/page.pdf", p->work.path.p),
			       "pdf", &file, err));
	return sql_bundle_ready(p->job->db, p->job->ref, file.path, name, file.size,
				(struct opx_bytes){ .p = file.sha256.b, .n = 32 }, keeps_time, NULL, err);
}

/* ---- the letter ---- */

/* "ABCD EFGH JKMN" */
static struct opx_str grouped(struct opx_arena *arena, const uint8_t *code, size_t n)
{
	struct opx_buf buf;
	opx_buf_init(&buf, arena, n * 2);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && i % 4 == 0)
			opx_buf_putc(&buf, ' ');
		opx_buf_putc(&buf, (char)code[i]);
	}
	return opx_buf_str(&buf);
}

static enum opx_status open_code(struct print *p, struct opx_str *ret, struct opx_error *err)
{
	uint8_t code[64];
	size_t n = 0;
	if (p->lane->site->letter_key == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, BROKEN, "no letter key in this process");
	OPX_TRY(opx_sealed_open(p->lane->site->letter_key, opx_letter_context(p->arena, p->job->ref),
				p->job->secret, code, sizeof(code), &n, err));
	*ret = grouped(p->arena, code, n);
	OPENSSL_cleanse(code, sizeof(code));
	return n == OPX_INVITATION_CODE_CHARS
		       ? OPX_OK
		       : OPX_FAIL(err, OPX_INTERNAL, BROKEN, "a code of %zu characters", n);
}

static enum opx_status letter(struct print *p, struct opx_error *err)
{
	struct sql_print_letter_row row;
	struct opx_html html;
	bool is_found = false;
	OPX_TRY(sql_print_letter(p->job->db, p->job->ref, &is_found, &row, err));
	if (!is_found || row.is_over)
		return OPX_FAIL(err, OPX_FORBIDDEN, OVER, "letter %" PRId64 ": its invitation is over",
				p->job->ref);
	OPX_TRY(opx_zone_load(row.zone.p, &p->zone, err));
	struct print_letter v = {
		.service = p->lane->site->name,
		.court = row.court,
		.date = day(p, row.now),
		.name = row.name,
		.quality = quality(p, row.role, row.title, row.side),
		.by_name = row.by_name,
		.by_quality = opx_word_inside(p->arena, opx_word_role(row.by_role, row.by_title)),
		.rg = row.rg_number,
		.address = opx_strf(p->arena, "%s/invitation/%s", p->lane->site->main_origin.p, row.number.p),
		.number = row.number,
		.until = until(p, row.expires_at),
		.renews_code = row.renews_code,
	};
	OPX_TRY(open_code(p, &v.code, err));
	opx_html_init(&html, p->arena, OPX_STR(""));
	if (v.renews_code)
		tpl_print_new_code(&html, &v);
	else
		tpl_print_letter(&html, &v);
	return render(p, &html, opx_strf(p->arena, "lettre-invitation-%" PRId64 ".pdf", p->job->ref), true,
		      err);
}

/* ---- the receipt ---- */

static void fill_file(const struct print *p, const struct sql_print_receipt_files_row *row,
		      struct print_file *v)
{
	const struct opx_reg_kind *kind = opx_registry_kind(p->lane->registry, row->kind.p);
	struct opx_str label = kind != NULL ? opx_str_z(kind->it->label) : row->kind;
	*v = (struct print_file){
		.id = opx_document_id(p->arena, row->n),
		.kind = opx_strf(p->arena, "%s n° %" PRId32, label.p, row->series_number),
		.ground = row->ground,
		.name = row->name.p != NULL ? row->name : OPX_STR(""),
		.size = row->size_is_null ? OPX_STR("") : opx_fr_size(p->arena, row->size),
		.line = row->seq_is_null ? OPX_STR("en cours")
					 : opx_strf(p->arena, "ligne %" PRId64, row->seq),
		.token = row->gen_time_is_null ? OPX_STR("jeton en attente") : when(p, row->gen_time),
		.is_readable = row->name.p != NULL,
	};
	if (row->sha256.p != NULL)
		opx_word_groups(p->arena, opx_hex_str(p->arena, row->sha256), v->sha256);
}

static enum opx_status fill_files(const struct print *p, int64_t filing, struct print_receipt *v,
				  struct opx_error *err)
{
	const struct sql_print_receipt_files_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_print_receipt_files(p->job->db, filing, p->asked.person_id, &rows, &n, err));
	struct print_file *files = OPX_NEW_N(p->arena, struct print_file, n);
	for (size_t i = 0; i < n; i++)
		fill_file(p, &rows[i], &files[i]);
	v->files = files;
	v->n_files = n;
	return OPX_OK;
}

static enum opx_status fill_readers(const struct print *p, int64_t filing, struct print_receipt *v,
				    struct opx_error *err)
{
	const struct sql_print_receipt_readers_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_print_receipt_readers(p->job->db, filing, &rows, &n, err));
	struct print_person *list = OPX_NEW_N(p->arena, struct print_person, n);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct print_person){
			.name = rows[i].name, .quality = quality(p, rows[i].role, rows[i].title, rows[i].side)
		};
	v->readers = list;
	v->n_readers = n;
	return OPX_OK;
}

/* Under the rights of the person who asked, asked again. */
static enum opx_status read_receipt(struct print *p, struct print_receipt *v, struct opx_error *err)
{
	OPX_AUTO_TX tx = { .db = NULL };
	struct sql_print_receipt_row row;
	struct sql_bundle_ask_row right;
	bool is_found = false;
	OPX_TRY(opx_tx_begin_snapshot(p->job->db, &tx, p->asked.person_id, err));
	OPX_TRY(sql_print_receipt(p->job->db, p->job->ref, &is_found, &row, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_FORBIDDEN, NOT_YOURS, "artefact %" PRId64 " has no filing",
				p->job->ref);
	if (!row.is_sealed)
		return OPX_FAIL(err, OPX_CONFLICT, BROKEN, "filing %" PRId64 " is not sealed yet",
				row.filing_id);
	OPX_TRY(sql_bundle_ask(p->job->db, OPX_STR("receipt"), OPX_STR("read"), OPX_STR("filing"),
			       p->asked.dossier_id, row.number, &right, err));
	if (!opx_str_is(right.decision, "allow"))
		return OPX_FAIL(err, OPX_FORBIDDEN, NOT_YOURS, "receipt,read refused");
	OPX_TRY(opx_zone_load(row.zone.p, &p->zone, err));
	*v = (struct print_receipt){
		.service = p->lane->site->name,
		.court = row.court,
		.rg = row.rg_number,
		.number = opx_strf(p->arena, "Accusé de dépôt n° %" PRId32, row.number),
		.title = row.title,
		.at = when(p, row.filed_at),
		.depositor = row.author,
		.quality = quality(p, row.role, row.author_title, row.side),
		.means = opx_word_means(row.auth_kind),
		.level = opx_word_level(row.level),
		.origin = row.origin,
		.has_head = !row.head_size_is_null,
		.made = opx_strf(p->arena, "Document établi le %s. %s", when(p, row.now).p,
				 opx_str_is(row.zone, "Europe/Paris") ? "Heure de Paris." : row.zone.p),
	};
	if (v->has_head)
		v->head = opx_strf(p->arena, "%" PRId64 " %s", row.head_size,
				   opx_base64(p->arena, row.head_root).p);
	OPX_TRY(fill_files(p, row.filing_id, v, err));
	OPX_TRY(fill_readers(p, row.filing_id, v, err));
	return opx_tx_commit(&tx, err);
}

static enum opx_status receipt(struct print *p, struct opx_error *err)
{
	struct print_receipt v;
	struct opx_html html;
	OPX_TRY(read_receipt(p, &v, err));
	opx_html_init(&html, p->arena, OPX_STR(""));
	tpl_print_receipt(&html, &v);
	struct opx_str name = p->asked.name.n > 0 ? p->asked.name
						  : opx_strf(p->arena, "accuse-%" PRId64 ".pdf", p->job->ref);
	return render(p, &html, name, false, err);
}

/* ---- jobs ---- */

static enum opx_status make(const struct opx_lane *lane, struct opx_job *job, const char *kind,
			    enum opx_status (*print)(struct print *p, struct opx_error *err),
			    struct opx_error *err)
{
	AUTO_PRINT p = { .lane = lane, .job = job, .arena = job->arena, .work = { .fd = -1 } };
	struct opx_error why = { .status = OPX_OK };
	bool is_found = false;
	OPX_TRY(sql_bundle_artefact(job->db, job->ref, &is_found, &p.asked, err));
	if (!is_found || !opx_str_is(p.asked.state, "waiting") || !opx_str_is(p.asked.kind, kind))
		return OPX_OK;
	enum opx_status status = p.asked.is_late ? OPX_FAIL(&why, OPX_INTERNAL, LATE,
							    "artefact %" PRId64 ": ten minutes", job->ref)
						 : print(&p, &why);
	if (status != OPX_OK && err != NULL)
		*err = why;
	return status == OPX_OK || status == OPX_CONFLICT || status == OPX_UNAVAILABLE
		       ? status
		       : opx_made_give_up(job, status, why.user, err);
}

static enum opx_status letter_pdf(void *self, struct opx_job *job, struct opx_error *err)
{
	return make(self, job, "letter-pdf", letter, err);
}

static enum opx_status receipt_pdf(void *self, struct opx_job *job, struct opx_error *err)
{
	return make(self, job, "receipt-pdf", receipt, err);
}

const struct opx_job_kind opx_jobs_letters[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "make", .kind = "letter.pdf", .run = letter_pdf },
	{ .size = sizeof(struct opx_job_kind), .lane = "make", .kind = "receipt.pdf", .run = receipt_pdf },
	{ .size = sizeof(struct opx_job_kind), .lane = "make", .kind = "made.sweep", .run = opx_made_sweep },
};
const size_t opx_n_jobs_letters = OPX_COUNT(opx_jobs_letters);
