/* SPDX-License-Identifier: MPL-2.0 */
/* emit.c: statements as data, and the thin typed functions around them. */
#include "sqlc.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static void emit_params(FILE *out, const struct sqlc_statement *s)
{
	for (size_t i = 0; i < s->n_params; i++) {
		const struct sqlc_field *f = &s->params[i];
		if (f->is_nullable && !f->type->has_null_value)
			(void)fprintf(out, ", const %s *%s", f->type->c, f->name.p);
		else
			(void)fprintf(out, ", %s %s", f->type->c, f->name.p);
	}
}

static void emit_ret(FILE *out, const struct sqlc_statement *s)
{
	switch (s->result) {
	case SQLC_MANY:
		(void)fprintf(out, ", const struct sql_%s_row **ret_rows, size_t *ret_n", s->name.p);
		break;
	case SQLC_ONE:
		(void)fprintf(out, ", struct sql_%s_row *ret_row", s->name.p);
		break;
	case SQLC_MAYBE:
		(void)fprintf(out, ", bool *ret_found, struct sql_%s_row *ret_row", s->name.p);
		break;
	case SQLC_EXEC:
		(void)fputs(", int64_t *ret_count", out);
		break;
	}
	(void)fputs(", struct opx_error *err)", out);
}

static const char *first_args(bool is_plugin)
{
	return is_plugin ? "const struct opx_host *host, struct opx_db *db" : "struct opx_db *db";
}

static void emit_row(FILE *out, const struct sqlc_statement *s)
{
	(void)fprintf(out, "\nstruct sql_%s_row {\n", s->name.p);
	for (size_t i = 0; i < s->n_row; i++) {
		const struct sqlc_field *f = &s->row[i];
		(void)fprintf(out, "\t%s %s;\n", f->type->c, f->name.p);
		if (f->is_nullable && !f->type->has_null_value)
			(void)fprintf(out, "\tbool %s_is_null;\n", f->name.p);
	}
	(void)fputs("};\n", out);
}

void sqlc_emit_header(FILE *out, const struct sqlc_file *file, const char *guard, bool is_plugin)
{
	(void)fprintf(
		out,
		"/* Made by sqlc. */\n#ifndef %s\n#define %s\n\n#include \"base/error.h\"\n#include <opx/sql.h>\n%s"
		"\nstruct opx_db;\n",
		guard, guard, is_plugin ? "#include <opx/host.h>\n" : "");
	for (size_t i = 0; i < file->n; i++) {
		const struct sqlc_statement *s = &file->statements[i];
		if (s->n_row > 0)
			emit_row(out, s);
		(void)fprintf(out, "\n/* %s */\nOPX_MUST_USE enum opx_status sql_%s(%s",
			      s->comment.n > 0 ? s->comment.p : s->name.p, s->name.p, first_args(is_plugin));
		emit_params(out, s);
		emit_ret(out, s);
		(void)fputs(";\n", out);
		(void)fprintf(out, "OPX_MUST_USE enum opx_status sql_%s_send(%s", s->name.p,
			      first_args(is_plugin));
		emit_params(out, s);
		(void)fprintf(out, ", struct opx_error *err);\nOPX_MUST_USE enum opx_status sql_%s_recv(%s",
			      s->name.p, first_args(is_plugin));
		emit_ret(out, s);
		(void)fputs(";\n", out);
		if (!is_plugin)
			(void)fprintf(out, "extern const struct opx_statement sql_st_%s;\n", s->name.p);
	}
	(void)fputs("\n#endif\n", out);
}

static void emit_text(FILE *out, struct opx_str text)
{
	(void)fputs("\n\t\t\"", out);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '\n')
			(void)fputs("\\n\"\n\t\t\"", out);
		else if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c == '?')
			(void)fputs("\\?", out); /* no trigraph */
		else if (c == '\t')
			(void)fputs("\\t", out);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}

static const char *const results[] = { "OPX_SQL_MANY", "OPX_SQL_ONE", "OPX_SQL_MAYBE", "OPX_SQL_EXEC" };

static void emit_statement(FILE *out, const struct sqlc_statement *s, bool is_plugin)
{
	if (s->n_params > 0) {
		(void)fprintf(out, "\nstatic const enum opx_sql_type params_%s[] = {", s->name.p);
		for (size_t i = 0; i < s->n_params; i++)
			(void)fprintf(out, "%s %s", i > 0 ? "," : "", s->params[i].type->constant);
		(void)fputs(" };\n", out);
	}
	if (s->n_row > 0) {
		(void)fprintf(out, "static const struct opx_sql_column columns_%s[] = {\n", s->name.p);
		for (size_t i = 0; i < s->n_row; i++) {
			const struct sqlc_field *f = &s->row[i];
			(void)fprintf(
				out,
				"\t{ .name = \"%s\", .type = %s, .is_nullable = %s, .offset = offsetof(struct sql_%s_row, %s)",
				f->name.p, f->type->constant, f->is_nullable ? "true" : "false", s->name.p,
				f->name.p);
			if (f->is_nullable && !f->type->has_null_value)
				(void)fprintf(out, ", .null_offset = offsetof(struct sql_%s_row, %s_is_null)",
					      s->name.p, f->name.p);
			(void)fputs(" },\n", out);
		}
		(void)fputs("};\n", out);
	}
	(void)fprintf(out, "%sconst struct opx_statement sql_st_%s = {\n\t.name = \"%s\",\n\t.text =",
		      is_plugin ? "static " : "", s->name.p, s->name.p);
	emit_text(out, s->text);
	(void)fputs(",\n", out);
	if (s->n_params > 0)
		(void)fprintf(out, "\t.params = params_%s,\n\t.n_params = %zu,\n", s->name.p, s->n_params);
	if (s->n_row > 0)
		(void)fprintf(
			out,
			"\t.columns = columns_%s,\n\t.n_columns = %zu,\n\t.row_size = sizeof(struct sql_%s_row),\n",
			s->name.p, s->n_row, s->name.p);
	(void)fprintf(out, "\t.result = %s,\n};\n", results[s->result]);
}

static void emit_values(FILE *out, const struct sqlc_statement *s)
{
	if (s->n_params == 0) {
		(void)fputs("\tconst struct opx_sql_value *values_ = NULL;\n", out);
		return;
	}
	(void)fprintf(out, "\tconst struct opx_sql_value values_[] = {\n");
	for (size_t i = 0; i < s->n_params; i++) {
		const struct sqlc_field *f = &s->params[i];
		const char *n = f->name.p;
		if (f->is_nullable && f->type->has_null_value)
			(void)fprintf(out, "\t\t{ .type = %s, .is_null = %s.p == NULL, .v.%s = %s },\n",
				      f->type->constant, n, f->type->member, n);
		else if (f->is_nullable)
			(void)fprintf(
				out,
				"\t\t{ .type = %s, .is_null = %s == NULL, .v.%s = %s != NULL ? *%s : (%s){ 0 } },\n",
				f->type->constant, n, f->type->member, n, n, f->type->c);
		else
			(void)fprintf(out, "\t\t{ .type = %s, .v.%s = %s },\n", f->type->constant,
				      f->type->member, n);
	}
	(void)fputs("\t};\n", out);
}

/* The end of a function: how the one generic call's results become typed ones. call is "opx_db_run(db, &st, values, %s, %s, err)". */
static void emit_call(FILE *out, const struct sqlc_statement *s, const char *call, const char *with_values)
{
	const char *name = s->name.p;
	switch (s->result) {
	case SQLC_MANY:
		(void)fprintf(out,
			      "\tvoid *rows_ = NULL;\n\tsize_t n_ = 0;\n\tOPX_TRY(%s%s&rows_, &n_, err));\n"
			      "\t*ret_rows = rows_;\n\t*ret_n = n_;\n\treturn OPX_OK;\n}\n",
			      call, with_values);
		break;
	case SQLC_ONE:
		(void)fprintf(out, "\tsize_t n_ = 0;\n\treturn %s%sret_row, &n_, err);\n}\n", call,
			      with_values);
		break;
	case SQLC_MAYBE:
		(void)fprintf(
			out,
			"\tsize_t n_ = 0;\n\tOPX_TRY(%s%sret_row, &n_, err));\n\t*ret_found = n_ > 0;\n\treturn OPX_OK;\n}\n",
			call, with_values);
		break;
	case SQLC_EXEC:
		(void)fprintf(out,
			      "\tsize_t n_ = 0;\n\tOPX_TRY(%s%sNULL, &n_, err));\n\tif (ret_count != NULL)\n"
			      "\t\t*ret_count = (int64_t)n_;\n\treturn OPX_OK;\n}\n",
			      call, with_values);
		break;
	}
	(void)name;
}

static void emit_functions(FILE *out, const struct sqlc_statement *s, bool is_plugin)
{
	char call[160];
	(void)fprintf(out, "\nenum opx_status sql_%s(%s", s->name.p, first_args(is_plugin));
	emit_params(out, s);
	emit_ret(out, s);
	(void)fputs("\n{\n", out);
	emit_values(out, s);
	(void)snprintf(call, sizeof(call), "%s(db, &sql_st_%s, ", is_plugin ? "host->sql_run" : "opx_db_run",
		       s->name.p);
	emit_call(out, s, call, "values_, ");
	(void)fprintf(out, "\nenum opx_status sql_%s_send(%s", s->name.p, first_args(is_plugin));
	emit_params(out, s);
	(void)fputs(", struct opx_error *err)\n{\n", out);
	emit_values(out, s);
	(void)fprintf(out, "\treturn %s(db, &sql_st_%s, values_, err);\n}\n",
		      is_plugin ? "host->sql_send" : "opx_db_send", s->name.p);
	(void)fprintf(out, "\nenum opx_status sql_%s_recv(%s", s->name.p, first_args(is_plugin));
	emit_ret(out, s);
	(void)fputs("\n{\n", out);
	(void)snprintf(call, sizeof(call), "%s(db, &sql_st_%s, ",
		       is_plugin ? "host->sql_recv" : "opx_db_recv", s->name.p);
	emit_call(out, s, call, "");
}

void sqlc_emit_source(FILE *out, const struct sqlc_file *file, const char *header, bool is_plugin)
{
	(void)fprintf(out, "/* Made by sqlc. */\n#include \"%s\"\n%s", header,
		      is_plugin ? "" : "#include \"db/db.h\"\n");
	for (size_t i = 0; i < file->n; i++) {
		emit_statement(out, &file->statements[i], is_plugin);
		emit_functions(out, &file->statements[i], is_plugin);
	}
}
