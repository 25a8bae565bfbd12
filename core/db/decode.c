/* SPDX-License-Identifier: MPL-2.0 */
/* decode.c: answers in PostgreSQL's binary form to row structs. Every length is checked: a wrong one is OPX_INTERNAL. */
#include "db/internal.h"

#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "base/date.h"

#define EPOCH_2000_US ((int64_t)946684800 * 1000000)
#define EPOCH_2000_DAYS 10957
#define WRONG N_("Le service a rencontré un problème.")

struct in {
	const uint8_t *p;
	size_t n;
};

static int32_t get32(const uint8_t *p)
{
	uint32_t be = 0;
	memcpy(&be, p, 4);
	return (int32_t)be32toh(be);
}

static int64_t get64(const uint8_t *p)
{
	uint64_t be = 0;
	memcpy(&be, p, 8);
	return (int64_t)be64toh(be);
}

static bool decode_text(struct opx_arena *arena, struct in in, struct opx_str *ret)
{
	if (!opx_utf8_is_valid((struct opx_bytes){ .p = in.p, .n = in.n }))
		return false;
	*ret = opx_str_copy(arena, (const char *)in.p, in.n);
	return true;
}

static struct opx_bytes decode_bytes(struct opx_arena *arena, struct in in)
{
	uint8_t *p = opx_arena_alloc(arena, 1, in.n + 1);
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	return (struct opx_bytes){ .p = p, .n = in.n };
}

static bool decode_i64(struct in in, int64_t *ret)
{
	if (in.n != 8)
		return false;
	*ret = get64(in.p);
	return true;
}

static bool decode_i32(struct in in, int32_t *ret)
{
	if (in.n != 4)
		return false;
	*ret = get32(in.p);
	return true;
}

/* The header of an array of at most one dimension; *ret_n elements follow. */
static bool array_begin(struct in *in, size_t *ret_n)
{
	*ret_n = 0;
	if (in->n < 12)
		return false;
	int32_t dims = get32(in->p);
	int32_t size = dims == 1 && in->n >= 20 ? get32(in->p + 12) : 0;
	if (dims < 0 || dims > 1 || size < 0 || (dims == 1 && in->n < 20) || (size_t)size > in->n / 4)
		return false;
	in->p += dims == 1 ? 20 : 12;
	in->n -= dims == 1 ? 20 : 12;
	*ret_n = (size_t)size;
	return true;
}

static bool array_next(struct in *in, struct in *ret)
{
	if (in->n < 4)
		return false;
	int32_t len = get32(in->p);
	if (len < 0 || (size_t)len > in->n - 4) /* a NULL element is refused */
		return false;
	*ret = (struct in){ .p = in->p + 4, .n = (size_t)len };
	in->p += 4 + (size_t)len;
	in->n -= 4 + (size_t)len;
	return true;
}

static bool decode_i64s(struct opx_arena *arena, struct in *in, size_t n, struct opx_i64s *ret)
{
	struct in e;
	bool is_good = true;
	int64_t *list = OPX_NEW_N(arena, int64_t, n);
	for (size_t i = 0; i < n && is_good; i++)
		is_good = array_next(in, &e) && decode_i64(e, &list[i]);
	*ret = (struct opx_i64s){ .p = list, .n = n };
	return is_good;
}

static bool decode_i32s(struct opx_arena *arena, struct in *in, size_t n, struct opx_i32s *ret)
{
	struct in e;
	bool is_good = true;
	int32_t *list = OPX_NEW_N(arena, int32_t, n);
	for (size_t i = 0; i < n && is_good; i++)
		is_good = array_next(in, &e) && decode_i32(e, &list[i]);
	*ret = (struct opx_i32s){ .p = list, .n = n };
	return is_good;
}

static bool decode_texts(struct opx_arena *arena, struct in *in, size_t n, struct opx_strs *ret)
{
	struct in e;
	bool is_good = true;
	struct opx_str *list = OPX_NEW_N(arena, struct opx_str, n);
	for (size_t i = 0; i < n && is_good; i++)
		is_good = array_next(in, &e) && decode_text(arena, e, &list[i]);
	*ret = (struct opx_strs){ .p = list, .n = n };
	return is_good;
}

static bool decode_byteses(struct opx_arena *arena, struct in *in, size_t n, struct opx_byteses *ret)
{
	struct in e;
	bool is_good = true;
	struct opx_bytes *list = OPX_NEW_N(arena, struct opx_bytes, n);
	for (size_t i = 0; i < n && is_good; i++) {
		is_good = array_next(in, &e);
		if (is_good)
			list[i] = decode_bytes(arena, e);
	}
	*ret = (struct opx_byteses){ .p = list, .n = n };
	return is_good;
}

static bool decode_array(struct opx_arena *arena, enum opx_sql_type type, struct in in, void *ret)
{
	size_t n = 0;
	if (!array_begin(&in, &n))
		return false;
	if (type == OPX_SQL_I64S)
		return decode_i64s(arena, &in, n, ret);
	if (type == OPX_SQL_I32S)
		return decode_i32s(arena, &in, n, ret);
	if (type == OPX_SQL_TEXTS)
		return decode_texts(arena, &in, n, ret);
	return decode_byteses(arena, &in, n, ret);
}

static bool decode_one(struct opx_arena *arena, enum opx_sql_type type, struct in in, void *ret)
{
	int32_t days = 0;
	int64_t us = 0;
	switch (type) {
	case OPX_SQL_BOOL:
		if (in.n != 1)
			return false;
		*(bool *)ret = in.p[0] != 0;
		return true;
	case OPX_SQL_I32:
		return decode_i32(in, ret);
	case OPX_SQL_I64:
		return decode_i64(in, ret);
	case OPX_SQL_TEXT:
		return decode_text(arena, in, ret);
	case OPX_SQL_BYTES:
		*(struct opx_bytes *)ret = decode_bytes(arena, in);
		return true;
	case OPX_SQL_INSTANT:
		if (!decode_i64(in, &us) || us > INT64_MAX - EPOCH_2000_US ||
		    us == INT64_MIN) /* no infinity */
			return false;
		((struct opx_instant *)ret)->us = us + EPOCH_2000_US;
		return true;
	case OPX_SQL_DATE:
		if (!decode_i32(in, &days) || days > 2900000 || days < -730000)
			return false;
		*(struct opx_date *)ret = opx_date_from_days((int64_t)days + EPOCH_2000_DAYS);
		return true;
	case OPX_SQL_I64S:
	case OPX_SQL_I32S:
	case OPX_SQL_TEXTS:
	case OPX_SQL_BYTESES:
		return decode_array(arena, type, in, ret);
	}
	return false;
}

static enum opx_status decode_row(struct opx_arena *arena, const struct opx_statement *st,
				  const PGresult *result, int row, uint8_t *ret, struct opx_error *err)
{
	for (size_t c = 0; c < st->n_columns; c++) {
		const struct opx_sql_column *column = &st->columns[c];
		if (PQgetisnull(result, row, (int)c) != 0) {
			if (!column->is_nullable)
				return OPX_FAIL(err, OPX_INTERNAL, WRONG, "%s: column %s is NULL", st->name,
						column->name);
			if (column->null_offset != 0)
				*(bool *)(ret + column->null_offset) = true;
			continue;
		}
		const struct in in = { .p = (const uint8_t *)PQgetvalue(result, row, (int)c),
				       .n = (size_t)PQgetlength(result, row, (int)c) };
		if (!decode_one(arena, column->type, in, ret + column->offset))
			return OPX_FAIL(err, OPX_INTERNAL, WRONG, "%s: column %s cannot be read", st->name,
					column->name);
	}
	return OPX_OK;
}

enum opx_status opx_db_decode(struct opx_arena *arena, const struct opx_statement *st, const PGresult *result,
			      void *ret, size_t *ret_n, struct opx_error *err)
{
	size_t n = (size_t)PQntuples(result);
	if (PQnfields(result) != (int)st->n_columns)
		return OPX_FAIL(err, OPX_INTERNAL, WRONG, "%s: %d columns instead of %zu", st->name,
				PQnfields(result), st->n_columns);
	if (n > OPX_DB_MAX_ROWS)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("Cette liste est trop longue."), "%s: %zu rows",
				st->name, n);
	*ret_n = n;
	if (st->result == OPX_SQL_MANY) {
		uint8_t *rows = opx_arena_alloc(arena, n > 0 ? n : 1, st->row_size);
		for (size_t i = 0; i < n; i++)
			OPX_TRY(decode_row(arena, st, result, (int)i, rows + i * st->row_size, err));
		*(void **)ret = rows;
		return OPX_OK;
	}
	if (n > 1)
		return OPX_FAIL(err, OPX_INTERNAL, WRONG, "%s: %zu rows instead of one", st->name, n);
	if (n == 0 && st->result == OPX_SQL_ONE)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Cette page n’existe pas ou ne vous est pas ouverte"),
				"%s: no row", st->name);
	if (n == 1) {
		memset(ret, 0, st->row_size);
		return decode_row(arena, st, result, 0, ret, err);
	}
	return OPX_OK;
}
