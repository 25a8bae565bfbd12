/* SPDX-License-Identifier: MPL-2.0 */
/* matrix.h: the CSV of the rights matrix, read strictly and compiled: groups of phases expanded, the most specific row wins. */
#ifndef RIGHTS_MATRIX_MATRIX_H
#define RIGHTS_MATRIX_MATRIX_H

#include <opx/plugin.h>

#define MATRIX_ROLES OPX_ROLE_COUNT
#define MATRIX_STATES 15 /* the 14 states, then 'any' for what is outside dossiers */
#define MATRIX_MAX_ROWS 2000
#define MATRIX_MAX_BYTES ((size_t)1024 * 1024)

struct matrix_row {
	struct opx_str object, action, phase;
	enum opx_cell values[MATRIX_ROLES];
	int line;
};

struct matrix {
	const struct matrix_row *rows;
	size_t n;
};

/* One cell of the compiled table. */
struct matrix_cell {
	struct opx_str object, action;
	const char *state, *role, *value;
	struct opx_str rule; /* object/action/phase of the winning row */
};

extern const char *const matrix_roles[MATRIX_ROLES];
extern const char *const matrix_states[MATRIX_STATES];

/* RFC 4180 with LF lines: header, fields, quotes. OPX_INVALID: the detail names the line; unknown role columns, phases,
 * values and repeated rows are refused. Texts live in arena. */
OPX_MUST_USE enum opx_status matrix_parse(struct opx_arena *arena, struct opx_bytes csv, struct matrix *ret,
					  struct opx_error *err);
/* Every (object, action, state, role) that has a row, also those denied: "no row is no" stays visible. */
void matrix_compile(struct opx_arena *arena, const struct matrix *matrix,
		    const struct matrix_cell **ret_cells, size_t *ret_n);
/* The shipped CSV with the rows of these kinds after it, sorted by code; the same kinds in any order give the same bytes, in
 * arena. OPX_INVALID: the detail names the kind, its row and what is wrong with it; *ret_wrong is its place in kinds. */
OPX_MUST_USE enum opx_status matrix_extend(struct opx_arena *arena, struct opx_bytes shipped,
					   const struct opx_document_kind *const *kinds, size_t n,
					   struct opx_bytes *ret_csv, size_t *ret_wrong,
					   struct opx_error *err);

#endif
