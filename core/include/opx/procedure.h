/* SPDX-License-Identifier: MPL-2.0 */
/* procedure.h: states and transitions of a procedure as rows; one engine in core reads them. */
#ifndef OPX_PROCEDURE_H
#define OPX_PROCEDURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opx_procedure_state {
	const char *code;  /* "in_progress" */
	const char *label; /* N_("Opérations en cours") */
	int step;          /* 1 to 7: ui.md 7.2 */
};

struct opx_transition {
	const char *code;            /* "TR3" */
	const char *from, *to;       /* state codes */
	const char *label;           /* verb first: N_("Accepter la mission") */
	const char *explanation;     /* what will happen */
	const char *object, *action; /* right asked, of the matrix */
	const char *needs_document;  /* kind of a sealed document that must exist; NULL: none */
	const char *missing;         /* sentence when it does not */
	const char *checkbox;        /* box that must be ticked; NULL: none */
	const char *fallback_object, *fallback_action; /* a second right that also opens it; NULL */
};

struct opx_procedure {
	uint32_t size;
	const char *name; /* "civil" */
	const char *label;
	const struct opx_procedure_state *states;
	size_t n_states;
	const struct opx_transition *transitions;
	size_t n_transitions;
	const char *initial; /* "draft" */
};

#endif
