/* SPDX-License-Identifier: MPL-2.0 */
/* sql.h: a named SQL statement as data, made by sqlc: text, typed parameters, and where each column goes in the row struct.
 *
 * No one writes these by hand. One decoder (core/db) reads them; a plugin reaches it through host->sql_run.
 */
#ifndef OPX_SQL_H
#define OPX_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/str.h"

enum opx_sql_type {
	OPX_SQL_BOOL,    /* boolean: bool */
	OPX_SQL_I32,     /* integer: int32_t */
	OPX_SQL_I64,     /* bigint: int64_t */
	OPX_SQL_TEXT,    /* text: struct opx_str, checked UTF-8 */
	OPX_SQL_BYTES,   /* bytea: struct opx_bytes */
	OPX_SQL_INSTANT, /* timestamptz: struct opx_instant */
	OPX_SQL_DATE,    /* date: struct opx_date */
	OPX_SQL_I64S,    /* bigint[]: struct opx_i64s */
	OPX_SQL_TEXTS,   /* text[]: struct opx_strs */
	OPX_SQL_BYTESES, /* bytea[]: struct opx_byteses */
	OPX_SQL_I32S,    /* integer[]: struct opx_i32s */
};

struct opx_byteses {
	const struct opx_bytes *p;
	size_t n;
};
struct opx_i32s {
	const int32_t *p;
	size_t n;
};

/* One parameter. is_null: SQL NULL; the member of the type is then not read. */
struct opx_sql_value {
	enum opx_sql_type type;
	bool is_null;
	union {
		bool b;
		int32_t i32;
		int64_t i64;
		struct opx_str str;
		struct opx_bytes bytes;
		struct opx_instant instant;
		struct opx_date date;
		struct opx_i64s i64s;
		struct opx_strs strs;
		struct opx_byteses byteses;
		struct opx_i32s i32s;
	} v;
};

/* One column: text and bytea that are NULL have p == NULL; other nullable types have a bool beside them. */
struct opx_sql_column {
	const char *name;
	enum opx_sql_type type;
	bool is_nullable;
	size_t offset;      /* of the value in the row struct */
	size_t null_offset; /* of its is_null, where it has one; else 0 */
};

enum opx_sql_result {
	OPX_SQL_MANY,  /* any number of rows */
	OPX_SQL_ONE,   /* exactly one; none is OPX_NOT_FOUND */
	OPX_SQL_MAYBE, /* none or one */
	OPX_SQL_EXEC,  /* no rows; a count of those touched */
};

struct opx_statement {
	const char *name, *text;
	const enum opx_sql_type *params;
	size_t n_params;
	const struct opx_sql_column *columns;
	size_t n_columns;
	size_t row_size;
	enum opx_sql_result result;
};

#endif
