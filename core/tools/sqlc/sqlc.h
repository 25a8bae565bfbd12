/* SPDX-License-Identifier: MPL-2.0 */
/* sqlc.h: named SQL statements to typed C functions: what a query file says, once parsed. */
#ifndef OPX_SQLC_H
#define OPX_SQLC_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

struct opx_arena;

#define SQLC_MAX_FIELDS 48
#define SQLC_MAX_STATEMENTS 200

struct sqlc_type {
	const char *sql;      /* "bigint" */
	const char *pg;       /* as format_type() prints it */
	const char *c;        /* "int64_t" */
	const char *constant; /* "OPX_SQL_I64" */
	const char *member;   /* of the union: "i64" */
	bool has_null_value;  /* NULL is p == NULL in the value itself */
};

struct sqlc_field {
	struct opx_str name;
	const struct sqlc_type *type;
	bool is_nullable;
};

enum sqlc_result { SQLC_MANY, SQLC_ONE, SQLC_MAYBE, SQLC_EXEC };

struct sqlc_statement {
	struct opx_str name, comment, text;
	int line;
	enum sqlc_result result;
	struct sqlc_field params[SQLC_MAX_FIELDS], row[SQLC_MAX_FIELDS];
	size_t n_params, n_row;
};

struct sqlc_file {
	const char *path;
	struct sqlc_statement *statements;
	size_t n;
};

/* Reads and checks a query file; the detail of an error is "path:line: what is wrong". */
OPX_MUST_USE enum opx_status sqlc_parse(struct opx_arena *arena, const char *path, struct sqlc_file *ret,
					struct opx_error *err);
void sqlc_emit_header(FILE *out, const struct sqlc_file *file, const char *guard, bool is_plugin);
void sqlc_emit_source(FILE *out, const struct sqlc_file *file, const char *header, bool is_plugin);

#endif
