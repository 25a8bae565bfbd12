/* SPDX-License-Identifier: MPL-2.0 */
/* matrix.h: the CSV of the rights matrix, read strictly and compiled: groups of phases expanded, the most specific row wins. */
#ifndef RIGHTS_MATRIX_MATRIX_H
#define RIGHTS_MATRIX_MATRIX_H

#include <opx/plugin.h>

#define MATRIX_ROLES 14
#define MATRIX_STATES 15 /* the 14 states, then 'any' for what is outside dossiers */
#define MATRIX_MAX_ROWS 2000

enum matrix_value { MATRIX_ALLOW, MATRIX_DENY, MATRIX_OWN, MATRIX_SIDE, MATRIX_ADDRESSED, MATRIX_GRANTED };

struct matrix_row {
	struct opx_str object, action, phase;
	enum matrix_value values[MATRIX_ROLES];
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

#endif
