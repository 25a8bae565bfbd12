/* SPDX-License-Identifier: MPL-2.0 */
/* document_kind.h: a kind of document: its words, its numbering. Who deposits and reads it is the
 * matrix's answer alone; a kind may bring its rows. */
#ifndef OPX_DOCUMENT_KIND_H
#define OPX_DOCUMENT_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opx_right_row;

struct opx_document_kind {
	uint32_t size;
	const char *code;        /* object of the matrix: "expert_note" */
	const char *label;       /* N_("Note aux parties") */
	const char *hint;        /* one line under the choice of the deposit form */
	const char *numbered;    /* "Note aux parties n° %d" : printed number; one %d */
	bool is_series_per_side; /* exhibits are numbered by side */
	bool needs_ground;       /* a restriction says why */
	bool needs_court;        /* goes to the court: warn when no clerk is active */
	/* Since 1.3. The rows of the matrix that come with a kind that the shipped matrix does not have, its object being the
	 * code; without rows there or here nobody may deposit it. right_size is the size of one: sizeof(struct opx_right_row). */
	const struct opx_right_row *rights;
	size_t n_rights, right_size;
};

#endif
