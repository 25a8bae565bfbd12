/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_matrix.c: the CSV of the rights matrix. */
#include "fuzz.h"

#include "matrix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)256 << 20);
	struct matrix matrix;
	const struct matrix_cell *cells = NULL;
	size_t n_cells = 0;
	if (matrix_parse(arena, (struct opx_bytes){ .p = data, .n = n }, &matrix, NULL) != OPX_OK)
		return 0;
	FUZZ_CHECK(matrix.n <= MATRIX_MAX_ROWS);
	matrix_compile(arena, &matrix, &cells, &n_cells);
	FUZZ_CHECK(n_cells <= matrix.n * MATRIX_ROLES * MATRIX_STATES);
	return 0;
}
