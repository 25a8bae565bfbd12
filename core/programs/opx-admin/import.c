/* SPDX-License-Identifier: MPL-2.0 */
/* import.c: courts and compagnies from CSV files: all of both or nothing; again, it only writes what differs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "base/arena.h"
#include "base/csv.h"
#include "db/db.h"
#include "sql_admin.h"

#define BAD N_("Les données de référence n’ont pas la bonne forme.")
#define MAX_BYTES ((size_t)4 << 20)
#define COLUMNS_MAX 6

struct zones {
	const struct sql_admin_zones_row *rows;
	size_t n;
};

/* One file: its header, and what its lines become. */
struct table {
	const char *file;
	const char *columns[COLUMNS_MAX + 1];
	const char *(*check)(const struct zones *zones, const struct opx_str *f); /* NULL, or what is wrong */
	/* *ret_unknown: what the line names and is not here; nothing is written then. */
	enum opx_status (*write)(struct opx_db *db, const struct opx_str *f, const char **ret_unknown,
				 bool *ret_changed, struct opx_error *err);
};

static const char *check_name(struct opx_str name)
{
	struct opx_str clean;
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	if (name.n == 0 || name.n > 200)
		return "a name has 1 to 200 bytes";
	if (opx_str_from_bytes(arena, opx_bytes_of(name), OPX_TEXT_LINE, 200, &clean, NULL) != OPX_OK ||
	    !opx_str_eq(clean, name))
		return "the name is not plain text in its normal form (NFC)";
	return NULL;
}

static bool is_code(struct opx_str code)
{
	return code.n > 0 && code.n <= 60 &&
	       strspn(code.p, "abcdefghijklmnopqrstuvwxyz0123456789_") == code.n;
}

static bool is_zone(const struct zones *zones, struct opx_str name)
{
	for (size_t i = 0; i < zones->n; i++)
		if (opx_str_eq(zones->rows[i].name, name))
			return true;
	return false;
}

static const char *check_court(const struct zones *zones, const struct opx_str *f)
{
	if (!is_code(f[0]))
		return "a code has 1 to 60 small letters, digits and '_'";
	if (!is_code(f[1]))
		return "a kind is one word";
	if (f[3].n > 0 && (!is_code(f[3]) || opx_str_eq(f[0], f[3])))
		return "the parent is no code of another court";
	if (f[4].n > 0 && !is_code(f[4]))
		return "a calendar is one word";
	if (!is_zone(zones, f[5]))
		return "PostgreSQL knows no such zone";
	return check_name(f[2]);
}

static enum opx_status write_court(struct opx_db *db, const struct opx_str *f, const char **ret_unknown,
				   bool *ret_changed, struct opx_error *err)
{
	struct sql_admin_court_row row;
	OPX_TRY(sql_admin_court(db, f[0], f[1], f[2], f[3], f[4], f[5], &row, err));
	*ret_unknown = row.parent_known ? NULL : "no court before this line has the code of the parent";
	*ret_changed = row.changed;
	return OPX_OK;
}

static const char *check_compagnie(const struct zones *zones, const struct opx_str *f)
{
	(void)zones;
	if (!is_code(f[1]))
		return "a kind is one word";
	return check_name(f[0]);
}

static enum opx_status write_compagnie(struct opx_db *db, const struct opx_str *f, const char **ret_unknown,
				       bool *ret_changed, struct opx_error *err)
{
	struct sql_admin_compagnie_row row;
	OPX_TRY(sql_admin_compagnie(db, f[0], f[1], f[2], &row, err));
	*ret_unknown = row.court_known ? NULL : "no court of appeal has that name";
	*ret_changed = row.changed;
	return OPX_OK;
}

static const struct table tables[] = {
	{ "jurisdictions.csv",
	  { "code", "kind", "name", "parent", "calendar", "zone", NULL },
	  check_court,
	  write_court },
	{ "compagnies.csv", { "name", "kind", "cour_appel", NULL }, check_compagnie, write_compagnie },
};

static size_t columns_of(const struct table *t)
{
	size_t n = 0;
	while (t->columns[n] != NULL)
		n++;
	return n;
}

static bool header_is_right(const struct table *t, const struct opx_str *fields)
{
	for (size_t i = 0; i < columns_of(t); i++)
		if (!opx_str_is(fields[i], t->columns[i]))
			return false;
	return true;
}

/* Names each bad line on standard error; *ret_bad counts them. */
static void check_lines(const struct admin *a, const struct table *t, const struct zones *zones,
			const char *path, struct opx_bytes text, size_t *ret_bad)
{
	struct opx_csv csv = { .arena = a->arena, .in = text };
	struct opx_str fields[COLUMNS_MAX];
	size_t n = columns_of(t);
	while (opx_csv_has_more(&csv)) {
		struct opx_error why = { .detail = "" };
		const char *wrong = NULL;
		if (opx_csv_line(&csv, fields, n, &why) != OPX_OK)
			wrong = why.detail;
		else if (csv.line == 1)
			wrong = header_is_right(t, fields)
					? NULL
					: "the names of the columns are not the expected ones";
		else
			wrong = t->check(zones, fields);
		if (wrong != NULL) {
			(void)fprintf(stderr, "%s:%d: %s\n", path, csv.line, wrong);
			(*ret_bad)++;
		}
	}
	if (csv.line < 2) {
		(void)fprintf(stderr, "%s: no line of data\n", path);
		(*ret_bad)++;
	}
}

/* Lines that name a row which is not there are named like the others; *ret_changed counts what was written. */
static enum opx_status write_lines(const struct admin *a, const struct table *t, const char *path,
				   struct opx_bytes text, size_t *ret_bad, size_t *ret_changed,
				   struct opx_error *err)
{
	struct opx_csv csv = { .arena = a->arena, .in = text };
	struct opx_str fields[COLUMNS_MAX];
	OPX_TRY(opx_csv_line(&csv, fields, columns_of(t), err));
	while (opx_csv_has_more(&csv)) {
		struct opx_error why = { .detail = "" };
		const char *unknown = NULL;
		bool has_changed = false;
		OPX_TRY(opx_csv_line(&csv, fields, columns_of(t), err));
		enum opx_status status = t->write(a->db, fields, &unknown, &has_changed, &why);
		if (status != OPX_OK)
			return OPX_FAIL(err, status, BAD, "%s:%d: %s; nothing was imported", path, csv.line,
					why.detail);
		if (unknown != NULL) {
			(void)fprintf(stderr, "%s:%d: %s\n", path, csv.line, unknown);
			(*ret_bad)++;
		}
		*ret_changed += has_changed ? 1 : 0;
	}
	return OPX_OK;
}

static enum opx_status bad_lines(size_t bad, struct opx_error *err)
{
	if (bad > 0)
		return OPX_FAIL(err, OPX_INVALID, BAD, "%zu bad lines, named above; nothing was imported",
				bad);
	return OPX_OK;
}

enum opx_status admin_import(struct admin *a, int argc, char **argv, struct opx_error *err)
{
	struct opx_str paths[OPX_COUNT(tables)];
	struct opx_bytes texts[OPX_COUNT(tables)];
	const struct sql_admin_zones_row *rows = NULL;
	struct zones zones;
	size_t bad = 0, changed[OPX_COUNT(tables)] = { 0 };
	if (argc != 2)
		return admin_usage(err);
	OPX_TRY(sql_admin_zones(a->db, OPX_STR(""), &rows, &zones.n, err));
	zones.rows = rows;
	for (size_t i = 0; i < OPX_COUNT(tables); i++) {
		paths[i] = opx_strf(a->arena, "%s/%s", argv[1], tables[i].file);
		OPX_TRY(admin_read_file(a, paths[i].p, MAX_BYTES, &texts[i], err));
		check_lines(a, &tables[i], &zones, paths[i].p, texts[i], &bad);
	}
	OPX_TRY(bad_lines(bad, err));
	OPX_AUTO_TX tx = { .db = NULL };
	OPX_TRY(opx_tx_begin(a->db, &tx, 0, err));
	for (size_t i = 0; i < OPX_COUNT(tables); i++)
		OPX_TRY(write_lines(a, &tables[i], paths[i].p, texts[i], &bad, &changed[i], err));
	OPX_TRY(bad_lines(bad, err));
	OPX_TRY(opx_tx_commit(&tx, err));
	for (size_t i = 0; i < OPX_COUNT(tables); i++)
		(void)printf("%s: %zu lines new or changed\n", tables[i].file, changed[i]);
	return OPX_OK;
}
