/* SPDX-License-Identifier: MPL-2.0 */
/* test_codec_db.c: values in PostgreSQL's binary form, there and back; an answer of another shape is refused, never read past. */
#include "support/check_opx.h"

#include <signal.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/date.h"
#include "db/internal.h"

union any {
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
};

struct row {
	bool is_null;
	union any value;
};

/* A statement of one parameter and one column of a type. */
struct one {
	enum opx_sql_type type;
	struct opx_sql_column column;
	struct opx_statement st;
};

static void one_of(struct one *one, enum opx_sql_type type, enum opx_sql_result result, bool is_nullable)
{
	*one = (struct one){ .type = type,
			     .column = { .name = "c",
					 .type = type,
					 .is_nullable = is_nullable,
					 .offset = offsetof(struct row, value),
					 .null_offset = 0 } };
	one->st = (struct opx_statement){ .name = "essai",
					  .params = &one->type,
					  .n_params = 1,
					  .columns = &one->column,
					  .n_columns = 1,
					  .row_size = sizeof(struct row),
					  .result = result };
}

/* An answer of n_columns columns; each row has the same value in each, NULL when p is NULL. */
static PGresult *answer(int n_rows, int n_columns, const void *p, size_t n)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[2] = { { .name = "a" }, { .name = "b" } };
	char *value = malloc(n + 1);
	ck_assert(result != NULL && value != NULL);
	memcpy(value, p != NULL ? p : "", n);
	ck_assert_int_eq(PQsetResultAttrs(result, n_columns, columns), 1);
	for (int r = 0; r < n_rows; r++)
		for (int c = 0; c < n_columns; c++)
			ck_assert_int_eq(PQsetvalue(result, r, c, p != NULL ? value : NULL,
						    p != NULL ? (int)n : -1),
					 1);
	free(value);
	return result;
}

static enum opx_status decode(struct opx_arena *arena, const struct one *one, const void *p, size_t n,
			      struct row *ret, struct opx_error *err)
{
	PGresult *result = answer(1, 1, p, n);
	size_t rows = 0;
	enum opx_status status = opx_db_decode(arena, &one->st, result, ret, &rows, err);
	PQclear(result);
	return status;
}

/* ---- there and back */

static const int64_t i64s[] = { 0, -1, INT64_MAX, INT64_MIN };
static const int32_t i32s[] = { 7, INT32_MIN };
static const struct opx_str strs[] = { { "", 0 }, { "é", 2 }, { "a b", 3 } };
static const struct opx_bytes byteses[] = { { (const uint8_t *)"\0\xff", 2 }, { (const uint8_t *)"", 0 } };

static const struct opx_sql_value values[] = {
	{ .type = OPX_SQL_BOOL, .v.b = true },
	{ .type = OPX_SQL_BOOL, .v.b = false },
	{ .type = OPX_SQL_I32, .v.i32 = INT32_MIN },
	{ .type = OPX_SQL_I64, .v.i64 = INT64_MAX },
	{ .type = OPX_SQL_TEXT, .v.str = { "été", 5 } },
	{ .type = OPX_SQL_TEXT, .v.str = { "", 0 } },
	{ .type = OPX_SQL_BYTES, .v.bytes = { (const uint8_t *)"a\0b", 3 } },
	{ .type = OPX_SQL_BYTES, .v.bytes = { NULL, 0 } },
	{ .type = OPX_SQL_INSTANT, .v.instant = { 1795426200123456 } },
	{ .type = OPX_SQL_INSTANT, .v.instant = { -1 } },
	{ .type = OPX_SQL_DATE, .v.date = { 2024, 2, 29 } },
	{ .type = OPX_SQL_DATE, .v.date = { 2, 1, 1 } },
	{ .type = OPX_SQL_DATE, .v.date = { 9900, 12, 31 } },
	{ .type = OPX_SQL_I64S, .v.i64s = { i64s, 4 } },
	{ .type = OPX_SQL_I64S, .v.i64s = { NULL, 0 } },
	{ .type = OPX_SQL_I32S, .v.i32s = { i32s, 2 } },
	{ .type = OPX_SQL_TEXTS, .v.strs = { strs, 3 } },
	{ .type = OPX_SQL_BYTESES, .v.byteses = { byteses, 2 } },
};

static bool is_same(const struct opx_sql_value *v, const union any *got)
{
	switch (v->type) {
	case OPX_SQL_BOOL:
		return got->b == v->v.b;
	case OPX_SQL_I32:
		return got->i32 == v->v.i32;
	case OPX_SQL_I64:
		return got->i64 == v->v.i64;
	case OPX_SQL_TEXT:
		return opx_str_eq(got->str, v->v.str) && got->str.p[got->str.n] == '\0';
	case OPX_SQL_BYTES:
		return opx_bytes_eq(got->bytes, v->v.bytes) && got->bytes.p != NULL;
	case OPX_SQL_INSTANT:
		return got->instant.us == v->v.instant.us;
	case OPX_SQL_DATE:
		return opx_date_days(got->date) == opx_date_days(v->v.date);
	case OPX_SQL_I64S:
		return got->i64s.n == v->v.i64s.n &&
		       (got->i64s.n == 0 || memcmp(got->i64s.p, v->v.i64s.p, 8 * got->i64s.n) == 0);
	case OPX_SQL_I32S:
		return got->i32s.n == v->v.i32s.n && memcmp(got->i32s.p, v->v.i32s.p, 4 * got->i32s.n) == 0;
	case OPX_SQL_TEXTS:
		for (size_t i = 0; i < v->v.strs.n && i < got->strs.n; i++)
			if (!opx_str_eq(got->strs.p[i], v->v.strs.p[i]))
				return false;
		return got->strs.n == v->v.strs.n;
	case OPX_SQL_BYTESES:
		for (size_t i = 0; i < v->v.byteses.n && i < got->byteses.n; i++)
			if (!opx_bytes_eq(got->byteses.p[i], v->v.byteses.p[i]))
				return false;
		return got->byteses.n == v->v.byteses.n;
	}
	return false;
}

START_TEST(a_value_goes_and_comes_back)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)1 << 20);
	struct one one;
	struct encoded e;
	struct row row;
	struct opx_error err;
	one_of(&one, values[_i].type, OPX_SQL_ONE, false);
	opx_db_encode(arena, &one.st, &values[_i], &e);
	ck_assert_int_eq(e.n, 1);
	ck_assert_int_eq(e.formats[0], 1);
	ck_assert_uint_eq(e.types[0], opx_db_oid(values[_i].type));
	ck_assert_ptr_nonnull(e.values[0]); /* libpq takes NULL for SQL NULL: an empty value is not that */
	ck_assert_ok(decode(arena, &one, e.values[0], (size_t)e.lengths[0], &row, &err), err);
	ck_assert_msg(is_same(&values[_i], &row.value), "value %d came back as another", _i);
}
END_TEST

START_TEST(null_is_no_value_of_any_type)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct one one;
	struct encoded e;
	struct opx_sql_value null = values[_i];
	null.is_null = true;
	one_of(&one, values[_i].type, OPX_SQL_ONE, true);
	opx_db_encode(arena, &one.st, &null, &e);
	ck_assert_ptr_null(e.values[0]);
	ck_assert_uint_eq(e.types[0], opx_db_oid(values[_i].type));
}
END_TEST

START_TEST(a_value_of_another_type_than_the_statement_says_ends_the_process)
{
	struct opx_arena *arena = opx_arena_new(65536);
	const struct opx_sql_value wrong = { .type = OPX_SQL_I32, .v.i32 = 1 };
	struct one one;
	struct encoded e;
	one_of(&one, OPX_SQL_I64, OPX_SQL_ONE, false);
	opx_db_encode(arena, &one.st, &wrong, &e);
}
END_TEST

/* ---- what no honest server sends */

#define Z4 "\0\0\0\0"
#define ONE4 "\0\0\0\1"
#define HEAD(oid) ONE4 Z4 "\0\0\0" oid

static const struct {
	enum opx_sql_type type;
	const char *p;
	size_t n;
} bad[] = {
#define BAD(type, literal)                         \
	{                                          \
		type, literal, sizeof(literal) - 1 \
	}
	BAD(OPX_SQL_BOOL, ""),
	BAD(OPX_SQL_BOOL, "\1\1"),
	BAD(OPX_SQL_I32, "\0\0\1"),
	BAD(OPX_SQL_I32, Z4 "\1"),
	BAD(OPX_SQL_I64, Z4),
	BAD(OPX_SQL_I64, ""),
	BAD(OPX_SQL_TEXT, "a\xff"),
	BAD(OPX_SQL_TEXT, "\xc3"),
	BAD(OPX_SQL_INSTANT, "\x7f\xff\xff\xff\xff\xff\xff\xff"), /* infinity */
	BAD(OPX_SQL_INSTANT, "\x80\0\0\0\0\0\0\0"),               /* -infinity */
	BAD(OPX_SQL_INSTANT, Z4),
	BAD(OPX_SQL_DATE, "\x7f\xff\xff\xff"),
	BAD(OPX_SQL_DATE, "\x80\0\0\0"),
	BAD(OPX_SQL_DATE, Z4 Z4),
	BAD(OPX_SQL_I64S, ""),
	BAD(OPX_SQL_I64S,
	    "\0\0\0\2" Z4 "\0\0\0\x14" ONE4 ONE4 ONE4 ONE4 "\0\0\0\x8" Z4 ONE4), /* two dimensions */
	BAD(OPX_SQL_I64S, "\xff\xff\xff\xff" Z4 "\0\0\0\x14"),
	BAD(OPX_SQL_I64S, HEAD("\x14")),                                     /* ends before its sizes */
	BAD(OPX_SQL_I64S, HEAD("\x14") "\x7f\xff\xff\xff" ONE4),             /* more elements than bytes */
	BAD(OPX_SQL_I64S, HEAD("\x14") "\xff\xff\xff\xff" ONE4),             /* fewer than none */
	BAD(OPX_SQL_I64S, HEAD("\x14") ONE4 ONE4 "\0\0\0\x8" Z4),            /* the element is cut */
	BAD(OPX_SQL_I64S, HEAD("\x14") ONE4 ONE4 "\0\0\0\x4" Z4),            /* of another size */
	BAD(OPX_SQL_I64S, HEAD("\x14") ONE4 ONE4 "\xff\xff\xff\xff"),        /* NULL inside */
	BAD(OPX_SQL_I64S, HEAD("\x14") "\0\0\0\2" ONE4 "\0\0\0\x8" Z4 ONE4), /* the second one is not there */
	BAD(OPX_SQL_I32S, HEAD("\x17") ONE4 ONE4 "\0\0\0\x8" Z4 Z4),
	BAD(OPX_SQL_TEXTS, HEAD("\x19") ONE4 ONE4 ONE4 "\xff"), /* no UTF-8 */
	BAD(OPX_SQL_TEXTS, HEAD("\x19") ONE4 ONE4 "\0\0\0\x5"
						  "abc"),
	BAD(OPX_SQL_BYTESES, HEAD("\x11") ONE4 ONE4 "\x80\0\0\0"),
};

START_TEST(a_value_of_another_shape_cannot_be_read)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct one one;
	struct row row;
	struct opx_error err = { 0 };
	one_of(&one, bad[_i].type, OPX_SQL_ONE, false);
	ck_assert_status(decode(arena, &one, bad[_i].p, bad[_i].n, &row, &err), OPX_INTERNAL);
	ck_assert_str_eq(err.detail, "essai: column c cannot be read");
	ck_assert_str_eq(err.user, "Le service a rencontré un problème.");
}
END_TEST

START_TEST(an_array_without_dimension_is_empty)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct one one;
	struct row row;
	struct opx_error err;
	one_of(&one, OPX_SQL_TEXTS, OPX_SQL_ONE, false);
	ck_assert_ok(decode(arena, &one, Z4 Z4 "\0\0\0\x19", 12, &row, &err), err);
	ck_assert_uint_eq(row.value.strs.n, 0);
}
END_TEST

/* ---- rows */

START_TEST(null_comes_only_where_the_statement_allows_it)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct one one;
	struct row row = { .value.i64 = 9 };
	struct opx_error err;
	one_of(&one, OPX_SQL_TEXT, OPX_SQL_ONE, false);
	ck_assert_status(decode(arena, &one, NULL, 0, &row, &err), OPX_INTERNAL);
	ck_assert_str_eq(err.detail, "essai: column c is NULL");
	one_of(&one, OPX_SQL_TEXT, OPX_SQL_ONE, true);
	ck_assert_ok(decode(arena, &one, NULL, 0, &row, &err), err);
	ck_assert_ptr_null(row.value.str.p);
}
END_TEST

START_TEST(a_null_of_another_type_has_its_mark)
{
	struct marked {
		int64_t n;
		bool n_is_null;
	} row = { 0 };
	const struct opx_sql_column column = { .name = "c",
					       .type = OPX_SQL_I64,
					       .is_nullable = true,
					       .offset = offsetof(struct marked, n),
					       .null_offset = offsetof(struct marked, n_is_null) };
	const struct opx_statement st = { .name = "essai",
					  .columns = &column,
					  .n_columns = 1,
					  .row_size = sizeof(row),
					  .result = OPX_SQL_ONE };
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct opx_error err;
	size_t n = 0;
	PGresult *null = answer(1, 1, NULL, 0), *two = answer(1, 1, "\0\0\0\0\0\0\0\2", 8);
	ck_assert_ok(opx_db_decode(arena, &st, null, &row, &n, &err), err);
	ck_assert(row.n_is_null);
	ck_assert_ok(opx_db_decode(arena, &st, two, &row, &n, &err), err);
	ck_assert(!row.n_is_null);
	ck_assert_int_eq(row.n, 2);
	PQclear(null);
	PQclear(two);
}
END_TEST

static const struct {
	enum opx_sql_result result;
	int rows;
	enum opx_status status;
} counts[] = {
	{ OPX_SQL_ONE, 1, OPX_OK },
	{ OPX_SQL_ONE, 0, OPX_NOT_FOUND },
	{ OPX_SQL_ONE, 2, OPX_INTERNAL },
	{ OPX_SQL_MAYBE, 1, OPX_OK },
	{ OPX_SQL_MAYBE, 0, OPX_OK },
	{ OPX_SQL_MAYBE, 2, OPX_INTERNAL },
	{ OPX_SQL_MANY, 0, OPX_OK },
	{ OPX_SQL_MANY, 3, OPX_OK },
	{ OPX_SQL_MANY, OPX_DB_MAX_ROWS, OPX_OK },
	{ OPX_SQL_MANY, OPX_DB_MAX_ROWS + 1, OPX_TOO_LARGE },
};

START_TEST(as_many_rows_come_as_the_statement_says)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)4 << 20);
	struct one one;
	struct row row = { 0 };
	struct row *rows = NULL;
	size_t n = 0;
	PGresult *result = answer(counts[_i].rows, 1, "\0\0\0\5", 4);
	one_of(&one, OPX_SQL_I32, counts[_i].result, false);
	bool is_many = counts[_i].result == OPX_SQL_MANY;
	ck_assert_status(opx_db_decode(arena, &one.st, result, is_many ? (void *)&rows : (void *)&row, &n,
				       NULL),
			 counts[_i].status);
	if (counts[_i].status == OPX_OK) {
		ck_assert_uint_eq(n, (size_t)counts[_i].rows);
		if (counts[_i].rows > 0)
			ck_assert_int_eq(is_many ? rows[n - 1].value.i32 : row.value.i32, 5);
	}
	PQclear(result);
}
END_TEST

START_TEST(an_answer_of_other_columns_is_refused)
{
	OPX_AUTO_ARENA arena = opx_arena_new(65536);
	struct one one;
	struct row row;
	size_t n = 0;
	struct opx_error err = { 0 };
	PGresult *result = answer(1, 2, "\0\0\0\5", 4);
	one_of(&one, OPX_SQL_I32, OPX_SQL_ONE, false);
	ck_assert_status(opx_db_decode(arena, &one.st, result, &row, &n, &err), OPX_INTERNAL);
	ck_assert_str_eq(err.detail, "essai: 2 columns instead of 1");
	PQclear(result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codec-db");
	TCase *tc = tcase_create("values");
	tcase_add_loop_test(tc, a_value_goes_and_comes_back, 0, (int)OPX_COUNT(values));
	tcase_add_loop_test(tc, null_is_no_value_of_any_type, 0, (int)OPX_COUNT(values));
	tcase_add_test_raise_signal(tc, a_value_of_another_type_than_the_statement_says_ends_the_process,
				    SIGABRT);
	tcase_add_loop_test(tc, a_value_of_another_shape_cannot_be_read, 0, (int)OPX_COUNT(bad));
	tcase_add_test(tc, an_array_without_dimension_is_empty);
	suite_add_tcase(suite, tc);
	tc = tcase_create("rows");
	tcase_add_test(tc, null_comes_only_where_the_statement_allows_it);
	tcase_add_test(tc, a_null_of_another_type_has_its_mark);
	tcase_add_loop_test(tc, as_many_rows_come_as_the_statement_says, 0, (int)OPX_COUNT(counts));
	tcase_add_test(tc, an_answer_of_other_columns_is_refused);
	suite_add_tcase(suite, tc);
	return check_opx_main(suite);
}
