/* SPDX-License-Identifier: MPL-2.0 */
/* rights.h: who may do what. Core asks before every handler; no answer means no. */
#ifndef OPX_RIGHTS_H
#define OPX_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_db;
struct opx_arena;
struct opx_document_kind;

/* The roles of the matrix, in the order of its columns, and what one of its cells says. */
enum opx_role {
	OPX_ROLE_EXPERT,
	OPX_ROLE_COEXPERT,
	OPX_ROLE_SAPITEUR,
	OPX_ROLE_ASSISTANT,
	OPX_ROLE_LAWYER,
	OPX_ROLE_PARTY,
	OPX_ROLE_INSURER,
	OPX_ROLE_TECHNICAL_ADVISER,
	OPX_ROLE_JUDGE,
	OPX_ROLE_CLERK,
	OPX_ROLE_SACHANT,
	OPX_ROLE_COURT_ADMIN,
	OPX_ROLE_COMPANY_ADMIN,
	OPX_ROLE_PLATFORM_OPERATOR,
	OPX_ROLE_COUNT,
};
enum opx_cell {
	OPX_CELL_DENY, /* what is not said is no */
	OPX_CELL_ALLOW,
	OPX_CELL_OWN,
	OPX_CELL_SIDE,
	OPX_CELL_ADDRESSED,
	OPX_CELL_GRANTED,
	OPX_CELL_COUNT,
};

/* One row of the matrix: who may do one thing in one phase or group of phases. */
struct opx_right_row {
	const char *action; /* "deposit", "read" */
	const char *phase;  /* "working", "any": a state or a group of the matrix */
	enum opx_cell cells[OPX_ROLE_COUNT];
	const char *note; /* why: the article, the decision; NULL: none */
};

enum opx_decision { OPX_ABSTAIN, OPX_ALLOW, OPX_DENY };

/* What the question is about; ids are opx ids, 0 = none. The facts (author, side, recipients, grants) are read in SQL. */
enum opx_subject {
	OPX_SUBJECT_NONE, /* outside dossiers: phase 'any', roles from capacities */
	OPX_SUBJECT_DOSSIER,
	OPX_SUBJECT_DOCUMENT, /* object "@" = the document's own kind */
	OPX_SUBJECT_DRAFT,    /* object "@" = the draft's kind; own = its author */
	OPX_SUBJECT_FILING,   /* own, side = its author's */
	OPX_SUBJECT_PARTICIPANT,
	OPX_SUBJECT_CLAIM, /* object "@" = account_expert or account_court_staff by the claim's role */
	OPX_SUBJECT_INVITATION,
	OPX_SUBJECT_UPLOAD, /* by the 32 hex characters of draft_file.upload */
};

struct opx_right_question {
	const char *object, *action; /* as in the matrix; object "@" is resolved from the subject */
	enum opx_subject subject;
	int64_t id;         /* the subject's */
	struct opx_str key; /* UPLOAD and INVITATION: their text key */
	int64_t number;     /* FILING: its number in dossier id */
	int64_t person;     /* 0 = the person of the transaction's context */
};

struct opx_right_answer {
	enum opx_decision decision;
	struct opx_str value; /* allow, deny, own, side, addressed, granted */
	struct opx_str rule;  /* object/action/phase */
	struct opx_str role;  /* the role under which it was decided */
	struct opx_str phase;
	int64_t dossier; /* 0 outside dossiers */
	bool exists;
	bool knows; /* is a member who sees that the thing exists: a refusal is 403, else 404 */
};

struct opx_rights {
	uint32_t size;
	const char *name;
	/* Answers for the person of the transaction's context (opx.person). Denies without one. */
	enum opx_status (*ask)(void *self, struct opx_db *db, const struct opx_right_question *q,
			       struct opx_right_answer *ret, struct opx_error *err);
	/* Rebuilds the compiled table from the shipped matrix when its hash is not the current one (opx-admin migrate). */
	enum opx_status (*publish)(void *self, struct opx_db *db, struct opx_error *err);
	/* The matrix in force here, as shipped or as extended: exact bytes. */
	struct opx_bytes (*matrix)(void *self);
	/* Since 1.2. ask in two halves, so that core asks in the same round trip as it finds the session: the person is then that
	 * of the context set by an earlier statement of the pipeline. Both or none. */
	enum opx_status (*ask_send)(void *self, struct opx_db *db, const struct opx_right_question *q,
				    struct opx_error *err);
	enum opx_status (*ask_recv)(void *self, struct opx_db *db, struct opx_right_answer *ret,
				    struct opx_error *err);
	/* Since 1.3. The matrix becomes the shipped one with the rows of these kinds, sorted by code, whatever was said before.
	 * Once, when every plugin has registered; arena lives as long as the process. OPX_INVALID: the rows of kinds[*ret_wrong]
	 * are no rows of a matrix, or the shipped one has that object; nothing changed. */
	enum opx_status (*extend)(void *self, struct opx_arena *arena,
				  const struct opx_document_kind *const *kinds, size_t n, size_t *ret_wrong,
				  struct opx_error *err);
};

#endif
