/* SPDX-License-Identifier: MPL-2.0 */
/* check.c: sqlc-check CONNINFO in.sql…: prepares each statement on the migrated schema and compares the types of its
 * parameters and columns with its two comments, so that a renamed column breaks the build. */
#include "sqlc.h"

#include <inttypes.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/arena.h"

static int compare(PGconn *conn, const struct sqlc_file *file, const struct sqlc_statement *s,
		   const char *what, size_t i, const struct sqlc_field *field, Oid oid)
{
	char number[16];
	(void)snprintf(number, sizeof(number), "%u", oid);
	const char *const values[] = { number };
	PGresult *r = PQexecParams(conn, "SELECT pg_catalog.format_type($1::oid, NULL)", 1, NULL, values,
				   NULL, NULL, 0);
	bool is_same = PQresultStatus(r) == PGRES_TUPLES_OK &&
		       strcmp(PQgetvalue(r, 0, 0), field->type->pg) == 0;
	if (!is_same)
		(void)printf("%s:%d: %s: %s %zu (%s) is %s in the database, %s in the comment\n", file->path,
			     s->line, s->name.p, what, i + 1, field->name.p,
			     PQresultStatus(r) == PGRES_TUPLES_OK ? PQgetvalue(r, 0, 0) : "?",
			     field->type->pg);
	PQclear(r);
	return is_same ? 0 : 1;
}

static int check_one(PGconn *conn, const struct sqlc_file *file, const struct sqlc_statement *s)
{
	PGresult *r = PQprepare(conn, s->name.p, s->text.p, 0, NULL);
	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		(void)printf("%s:%d: %s: %s", file->path, s->line, s->name.p, PQresultErrorMessage(r));
		PQclear(r);
		return 1;
	}
	PQclear(r);
	r = PQdescribePrepared(conn, s->name.p);
	int bad = 0;
	size_t n_params = (size_t)PQnparams(r), n_row = (size_t)PQnfields(r);
	if (n_params != s->n_params || (s->result != SQLC_EXEC && n_row != s->n_row)) {
		(void)printf(
			"%s:%d: %s: %zu parameters and %zu columns in the database, %zu and %zu in the comments\n",
			file->path, s->line, s->name.p, n_params, n_row, s->n_params, s->n_row);
		bad = 1;
	} else {
		for (size_t i = 0; i < n_params; i++)
			bad += compare(conn, file, s, "parameter", i, &s->params[i], PQparamtype(r, (int)i));
		for (size_t i = 0; i < s->n_row; i++)
			bad += compare(conn, file, s, "column", i, &s->row[i], PQftype(r, (int)i));
	}
	PQclear(r);
	return bad;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		(void)fputs("usage: sqlc-check CONNINFO in.sql…\n", stderr);
		return 2;
	}
	PGconn *conn = PQconnectdb(argv[1]);
	if (PQstatus(conn) != CONNECTION_OK) {
		(void)fprintf(stderr, "%s", PQerrorMessage(conn));
		PQfinish(conn);
		return 2;
	}
	int bad = 0, n = 0;
	for (int i = 2; i < argc; i++) {
		OPX_AUTO_ARENA arena = opx_arena_new((size_t)256 * 1024 * 1024);
		struct sqlc_file file;
		struct opx_error err;
		if (sqlc_parse(arena, argv[i], &file, &err) != OPX_OK) {
			(void)printf("%s\n", err.detail);
			bad++;
			continue;
		}
		for (size_t k = 0; k < file.n; k++, n++)
			bad += check_one(conn, &file, &file.statements[k]);
	}
	PQfinish(conn);
	(void)printf("%d statements, %d faults\n", n, bad);
	return bad > 0 || n == 0 ? 1 : 0;
}
