/* SPDX-License-Identifier: MPL-2.0 */
/* matrix.c: see matrix.h. */
#include "matrix.h"

#include <string.h>

#include "base/buf.h"
#include "base/csv.h"

#define BAD N_("La matrice des droits n’a pas la bonne forme.")
#define COLUMNS (3 + MATRIX_ROLES + 1)

const char *const matrix_roles[MATRIX_ROLES] = {
	[OPX_ROLE_EXPERT] = "expert",
	[OPX_ROLE_COEXPERT] = "coexpert",
	[OPX_ROLE_SAPITEUR] = "sapiteur",
	[OPX_ROLE_ASSISTANT] = "assistant",
	[OPX_ROLE_LAWYER] = "lawyer",
	[OPX_ROLE_PARTY] = "party",
	[OPX_ROLE_INSURER] = "insurer",
	[OPX_ROLE_TECHNICAL_ADVISER] = "technical_adviser",
	[OPX_ROLE_JUDGE] = "judge",
	[OPX_ROLE_CLERK] = "clerk",
	[OPX_ROLE_SACHANT] = "sachant",
	[OPX_ROLE_COURT_ADMIN] = "court_admin",
	[OPX_ROLE_COMPANY_ADMIN] = "company_admin",
	[OPX_ROLE_PLATFORM_OPERATOR] = "platform_operator",
};

const char *const matrix_states[MATRIX_STATES] = {
	"draft",        "appointed", "awaiting_deposit", "in_progress", "pre_report",
	"dires_closed", "suspended", "report_filed",     "taxation",    "closed",
	"settled",      "lapsed",    "archived",         "purged",      "any",
};

static const char *const values[OPX_CELL_COUNT] = {
	[OPX_CELL_DENY] = "deny", [OPX_CELL_ALLOW] = "allow",         [OPX_CELL_OWN] = "own",
	[OPX_CELL_SIDE] = "side", [OPX_CELL_ADDRESSED] = "addressed", [OPX_CELL_GRANTED] = "granted",
};

/* Groups of states, from the most to the least specific (domain report 3.1). Bits of matrix_states. */
#define BIT(i) (1U << (i))
static const struct {
	const char *name;
	unsigned states;
} groups[] = {
	{ "post", BIT(7) | BIT(8) },
	{ "early", BIT(0) | BIT(1) | BIT(2) },
	{ "working", BIT(3) | BIT(4) | BIT(5) },
	{ "done", BIT(9) | BIT(10) | BIT(11) },
	{ "active", BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) },
	/* every state but archived and purged; and what is outside dossiers */
	{ "any", (BIT(12) - 1U) | BIT(14) },
};

static unsigned phase_states(struct opx_str phase)
{
	for (size_t i = 0; i + 1 < MATRIX_STATES; i++)
		if (opx_str_is(phase, matrix_states[i]))
			return BIT(i);
	for (size_t i = 0; i < OPX_COUNT(groups); i++)
		if (opx_str_is(phase, groups[i].name))
			return groups[i].states;
	return 0;
}

static bool is_word(struct opx_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_'))
			return false;
	return s.n > 0 && s.n <= 60;
}

static bool read_row(const struct opx_str fields[COLUMNS], struct matrix_row *ret)
{
	ret->object = fields[0];
	ret->action = fields[1];
	ret->phase = fields[2];
	if (!is_word(ret->object) || !is_word(ret->action) || phase_states(ret->phase) == 0)
		return false;
	for (size_t i = 0; i < MATRIX_ROLES; i++) {
		size_t v = 0;
		while (v < OPX_COUNT(values) && !opx_str_is(fields[3 + i], values[v]))
			v++;
		if (v == OPX_COUNT(values))
			return false;
		ret->values[i] = (enum opx_cell)v;
	}
	return true;
}

static bool header_is_right(const struct opx_str fields[COLUMNS])
{
	bool is_right = opx_str_is(fields[0], "object") && opx_str_is(fields[1], "action") &&
			opx_str_is(fields[2], "phase") && opx_str_is(fields[COLUMNS - 1], "note");
	for (size_t i = 0; i < MATRIX_ROLES; i++)
		is_right = is_right && opx_str_is(fields[3 + i], matrix_roles[i]);
	return is_right;
}

static bool same_key(const struct matrix_row *a, const struct matrix_row *b)
{
	return opx_str_eq(a->object, b->object) && opx_str_eq(a->action, b->action) &&
	       opx_str_eq(a->phase, b->phase);
}

enum opx_status matrix_parse(struct opx_arena *arena, struct opx_bytes csv, struct matrix *ret,
			     struct opx_error *err)
{
	struct opx_csv r = { .arena = arena, .in = csv };
	struct opx_str fields[COLUMNS];
	if (opx_csv_line(&r, fields, COLUMNS, NULL) != OPX_OK || !header_is_right(fields))
		return OPX_FAIL(err, OPX_INVALID, BAD, "matrix line 1: unexpected header");
	struct matrix_row *rows = OPX_NEW_N(arena, struct matrix_row, MATRIX_MAX_ROWS);
	size_t n = 0;
	while (opx_csv_has_more(&r)) {
		if (n == MATRIX_MAX_ROWS || opx_csv_line(&r, fields, COLUMNS, NULL) != OPX_OK ||
		    !read_row(fields, &rows[n]))
			return OPX_FAIL(err, OPX_INVALID, BAD,
					"matrix line %d: malformed, or an unknown phase or value", r.line);
		rows[n].line = r.line;
		for (size_t i = 0; i < n; i++)
			if (same_key(&rows[i], &rows[n]))
				return OPX_FAIL(err, OPX_INVALID, BAD,
						"matrix line %d: the same row as line %d", r.line,
						rows[i].line);
		n++;
	}
	if (n == 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "matrix without rows");
	*ret = (struct matrix){ .rows = rows, .n = n };
	return OPX_OK;
}

/* 0 for a state's own name, then the order of the groups: the smaller wins. */
static size_t rank(struct opx_str phase)
{
	for (size_t i = 0; i < OPX_COUNT(groups); i++)
		if (opx_str_is(phase, groups[i].name))
			return i + 1;
	return 0;
}

static const struct matrix_row *winner(const struct matrix *m, const struct matrix_row *key, size_t state)
{
	const struct matrix_row *best = NULL;
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_row *row = &m->rows[i];
		if (!opx_str_eq(row->object, key->object) || !opx_str_eq(row->action, key->action) ||
		    (phase_states(row->phase) & BIT(state)) == 0)
			continue;
		if (best == NULL || rank(row->phase) < rank(best->phase))
			best = row;
	}
	return best;
}

static bool is_first_of_key(const struct matrix *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (opx_str_eq(m->rows[k].object, m->rows[i].object) &&
		    opx_str_eq(m->rows[k].action, m->rows[i].action))
			return false;
	return true;
}

void matrix_compile(struct opx_arena *arena, const struct matrix *m, const struct matrix_cell **ret_cells,
		    size_t *ret_n)
{
	struct matrix_cell *cells = OPX_NEW_N(arena, struct matrix_cell, m->n * MATRIX_STATES * MATRIX_ROLES);
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (!is_first_of_key(m, i))
			continue;
		for (size_t s = 0; s < MATRIX_STATES; s++) {
			const struct matrix_row *row = winner(m, &m->rows[i], s);
			if (row == NULL)
				continue;
			struct opx_str rule =
				opx_strf(arena, "%s/%s/%s", row->object.p, row->action.p, row->phase.p);
			for (size_t k = 0; k < MATRIX_ROLES; k++)
				cells[n++] = (struct matrix_cell){ .object = row->object,
								   .action = row->action,
								   .state = matrix_states[s],
								   .role = matrix_roles[k],
								   .value = values[row->values[k]],
								   .rule = rule };
		}
	}
	*ret_cells = cells;
	*ret_n = n;
}

/* ---- the rows that come with a kind of document */

static bool is_note(const char *note)
{
	for (; note != NULL && *note != '\0'; note++)
		if ((unsigned char)*note < 0x20)
			return false;
	return true;
}

static const struct opx_right_row *row_at(const struct opx_document_kind *kind, size_t i)
{
	return (const struct opx_right_row *)(const void *)((const char *)kind->rights +
							    i * kind->right_size);
}

static bool repeats(const struct opx_document_kind *kind, size_t i)
{
	const struct opx_right_row *row = row_at(kind, i);
	for (size_t k = 0; k < i; k++)
		if (strcmp(row_at(kind, k)->action, row->action) == 0 &&
		    strcmp(row_at(kind, k)->phase, row->phase) == 0)
			return true;
	return false;
}

static const char *fault_of(const struct opx_document_kind *kind, size_t i)
{
	const struct opx_right_row *row = row_at(kind, i);
	if (row->action == NULL || !is_word(opx_str_z(row->action)))
		return "its action is no word";
	if (row->phase == NULL || phase_states(opx_str_z(row->phase)) == 0)
		return "no phase is called so";
	for (size_t r = 0; r < OPX_ROLE_COUNT; r++)
		if ((unsigned)row->cells[r] >= OPX_CELL_COUNT)
			return "a cell has no such value";
	if (!is_note(row->note))
		return "its note has a control character";
	return repeats(kind, i) ? "the same action and phase as a row before" : NULL;
}

static enum opx_status check_kind(const struct matrix *shipped, const struct opx_document_kind *kind,
				  struct opx_error *err)
{
	if (!is_word(opx_str_z(kind->code)) || kind->right_size < sizeof(struct opx_right_row))
		return OPX_FAIL(
			err, OPX_INVALID, BAD,
			"document kind %s: no object of a matrix is called so, or rows of another form",
			kind->code);
	for (size_t i = 0; i < shipped->n; i++)
		if (opx_str_is(shipped->rows[i].object, kind->code))
			return OPX_FAIL(err, OPX_INVALID, BAD,
					"document kind %s: the matrix has that object, at line %d",
					kind->code, shipped->rows[i].line);
	for (size_t i = 0; i < kind->n_rights; i++) {
		const char *fault = fault_of(kind, i);
		if (fault != NULL)
			return OPX_FAIL(err, OPX_INVALID, BAD, "document kind %s, row %zu (%s/%s): %s",
					kind->code, i + 1,
					row_at(kind, i)->action != NULL ? row_at(kind, i)->action : "-",
					row_at(kind, i)->phase != NULL ? row_at(kind, i)->phase : "-", fault);
	}
	return OPX_OK;
}

static void put_row(struct opx_buf *out, const char *code, const struct opx_right_row *row)
{
	opx_buf_printf(out, "%s,%s,%s", code, row->action, row->phase);
	for (size_t r = 0; r < OPX_ROLE_COUNT; r++)
		opx_buf_printf(out, ",%s", values[row->cells[r]]);
	opx_buf_puts(out, ",\"");
	for (const char *c = row->note; c != NULL && *c != '\0'; c++) {
		if (*c == '"')
			opx_buf_putc(out, '"');
		opx_buf_putc(out, *c);
	}
	opx_buf_puts(out, "\"\n");
}

/* The kind with rows that comes next in the order of codes, n when there is none. */
static size_t next_kind(const struct opx_document_kind *const *kinds, size_t n, const char *after)
{
	size_t best = n;
	for (size_t i = 0; i < n; i++)
		if (kinds[i]->n_rights > 0 && (after == NULL || strcmp(kinds[i]->code, after) > 0) &&
		    (best == n || strcmp(kinds[i]->code, kinds[best]->code) < 0))
			best = i;
	return best;
}

enum opx_status matrix_extend(struct opx_arena *arena, struct opx_bytes shipped,
			      const struct opx_document_kind *const *kinds, size_t n,
			      struct opx_bytes *ret_csv, size_t *ret_wrong, struct opx_error *err)
{
	struct matrix base, whole;
	struct opx_buf out;
	OPX_AUTO_ARENA work = opx_arena_new((size_t)64 * 1024 * 1024);
	OPX_TRY(matrix_parse(work, shipped, &base, err));
	opx_buf_init(&out, arena, MATRIX_MAX_BYTES);
	opx_buf_put(&out, shipped.p, shipped.n);
	for (size_t k = next_kind(kinds, n, NULL); k < n; k = next_kind(kinds, n, kinds[k]->code)) {
		*ret_wrong = k;
		OPX_TRY(check_kind(&base, kinds[k], err));
		for (size_t i = 0; i < kinds[k]->n_rights; i++)
			put_row(&out, kinds[k]->code, row_at(kinds[k], i));
		OPX_TRY(opx_buf_ok(&out, err));
		/* What is left to find: too many rows, a note that is not UTF-8. */
		OPX_TRY(matrix_parse(work, opx_buf_bytes(&out), &whole, err));
	}
	*ret_csv = opx_buf_bytes(&out);
	return OPX_OK;
}
