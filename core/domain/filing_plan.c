/* SPDX-License-Identifier: MPL-2.0 */
/* filing_plan.c: what a filing of a draft would be, and who would read it. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/act.h"
#include "domain/filing_plan.h"
#include "sql_filing.h"

#define MAX_FILE_LINES_BYTES ((size_t)1024 * 1024) /* some 100,000 readers of one file */

static bool is_same_list(struct opx_i64s a, struct opx_i64s b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n * sizeof(*a.p)) == 0);
}

/* Files of one kind for the same persons and sides have the same readers: they are asked for once. */
static bool has_same_readers(const struct sql_filing_files_row *a, const struct sql_filing_files_row *b)
{
	return opx_str_eq(a->kind, b->kind) && is_same_list(a->sides, b->sides) &&
	       is_same_list(a->persons, b->persons);
}

static enum opx_status load_readers(struct opx_act *act, const struct sql_filing_files_row *row,
				    struct opx_filing_file *file, struct opx_error *err)
{
	const struct sql_filing_readers_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_filing_readers(act->db, act->dossier, row->kind, opx_act_person(act), row->sides,
				   row->persons, &rows, &n, err));
	struct opx_filing_reader *readers = OPX_NEW_N(act->arena, struct opx_filing_reader, n);
	for (size_t i = 0; i < n; i++)
		readers[i] = (struct opx_filing_reader){ .person = rows[i].person_id,
							 .pseudonym = rows[i].pseudonym,
							 .role = rows[i].role,
							 .value = rows[i].value,
							 .rule = rows[i].rule,
							 .reads = rows[i].reads };
	file->readers = readers;
	file->n_readers = n;
	return OPX_OK;
}

/* The title, then for each file what came before it, its line with its reason, and a line for each of its readers: what changes
 * here changes what the person agreed to. File by file, so that no number of files has readers that are not counted. */
static enum opx_status fingerprint(struct opx_act *act, struct opx_filing_plan *plan, struct opx_error *err)
{
	struct opx_sha256 hash = opx_sha256(opx_bytes_of(plan->title));
	struct opx_buf buf;
	opx_buf_init(&buf, act->arena, MAX_FILE_LINES_BYTES);
	for (size_t i = 0; i < plan->n_files; i++) {
		const struct opx_filing_file *file = &plan->files[i];
		buf.n = 0;
		opx_buf_put(&buf, hash.b, sizeof(hash.b));
		opx_buf_printf(&buf, "%" PRId64 " %s %s\n", file->id, file->kind.p, file->ground.p);
		for (size_t k = 0; k < file->n_readers; k++)
			if (file->readers[k].reads)
				opx_buf_printf(&buf, "P%" PRId32 "\n", file->readers[k].pseudonym);
		OPX_TRY(opx_buf_ok(&buf, err));
		hash = opx_sha256(opx_buf_bytes(&buf));
	}
	opx_sha256_hex(&hash, plan->fingerprint);
	return OPX_OK;
}

enum opx_status opx_filing_lock_draft(struct opx_act *act, int64_t draft, struct sql_filing_draft_row *ret,
				      struct opx_error *err)
{
	bool is_found = false;
	OPX_TRY(sql_filing_draft(act->db, draft, opx_act_person(act), &is_found, ret, err));
	return is_found ? OPX_OK : OPX_FAIL(err, OPX_NOT_FOUND, OPX_FILING_GONE, "draft %" PRId64, draft);
}

static enum opx_status load_files(struct opx_act *act, const struct sql_filing_files_row *rows, size_t n,
				  struct opx_filing_file *files, struct opx_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct sql_filing_files_row *r = &rows[i];
		files[i] = (struct opx_filing_file){ .id = r->id,
						     .kind = r->kind,
						     .name_shown = r->name_shown,
						     .ground = r->ground,
						     .state = r->state,
						     .size = r->size };
		if (i > 0 && has_same_readers(r, r - 1)) {
			files[i].readers = files[i - 1].readers;
			files[i].n_readers = files[i - 1].n_readers;
		} else {
			OPX_TRY(load_readers(act, r, &files[i], err));
		}
	}
	return OPX_OK;
}

enum opx_status opx_filing_plan_rows(struct opx_act *act, int64_t draft,
				     const struct sql_filing_draft_row *row, bool lock,
				     struct opx_filing_plan *ret,
				     const struct sql_filing_files_row **ret_rows, struct opx_error *err)
{
	size_t n = 0;
	if (!opx_str_is(row->state, "open"))
		return OPX_FAIL(err, OPX_NOT_FOUND, OPX_FILING_GONE, "draft %" PRId64 " is %s", draft,
				row->state.p);
	OPX_TRY(opx_act_open(act, row->dossier_id, lock, err));
	OPX_TRY(sql_filing_files(act->db, draft, ret_rows, &n, err));
	struct opx_filing_file *files = OPX_NEW_N(act->arena, struct opx_filing_file, n);
	OPX_TRY(load_files(act, *ret_rows, n, files, err));
	*ret = (struct opx_filing_plan){ .dossier = row->dossier_id,
					 .kind = row->kind,
					 .title = row->title,
					 .files = files,
					 .n_files = n };
	return fingerprint(act, ret, err);
}

enum opx_status opx_filing_plan(struct opx_act *act, int64_t draft, bool lock, struct opx_filing_plan *ret,
				struct opx_error *err)
{
	const struct sql_filing_files_row *rows = NULL;
	struct sql_filing_draft_row row;
	OPX_TRY(opx_filing_lock_draft(act, draft, &row, err));
	return opx_filing_plan_rows(act, draft, &row, lock, ret, &rows, err);
}

bool opx_filing_is_first_of_kind(const struct opx_filing_plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (opx_str_eq(plan->files[k].kind, plan->files[i].kind))
			return false;
	return true;
}
