/* SPDX-License-Identifier: MPL-2.0 */
/* encode.c: parameters in PostgreSQL's binary form. */
#include "db/internal.h"

#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "base/date.h"

#define EPOCH_2000_US ((int64_t)946684800 * 1000000)
#define EPOCH_2000_DAYS 10957

Oid opx_db_oid(enum opx_sql_type type)
{
	switch (type) {
	case OPX_SQL_BOOL:
		return 16;
	case OPX_SQL_BYTES:
		return 17;
	case OPX_SQL_I64:
		return 20;
	case OPX_SQL_I32:
		return 23;
	case OPX_SQL_TEXT:
		return 25;
	case OPX_SQL_DATE:
		return 1082;
	case OPX_SQL_INSTANT:
		return 1184;
	case OPX_SQL_I64S:
		return 1016;
	case OPX_SQL_I32S:
		return 1007;
	case OPX_SQL_TEXTS:
		return 1009;
	case OPX_SQL_BYTESES:
		return 1001;
	}
	return 0;
}

struct out {
	uint8_t *p;
	size_t n;
};

static void put32(struct out *out, int32_t v)
{
	uint32_t be = htobe32((uint32_t)v);
	memcpy(out->p + out->n, &be, 4);
	out->n += 4;
}

static void put64(struct out *out, int64_t v)
{
	uint64_t be = htobe64((uint64_t)v);
	memcpy(out->p + out->n, &be, 8);
	out->n += 8;
}

static void put_bytes(struct out *out, const void *p, size_t n)
{
	put32(out, (int32_t)n);
	if (n > 0)
		memcpy(out->p + out->n, p, n);
	out->n += n;
}

/* One dimension of n elements, total bytes of content. */
static struct out array(struct opx_arena *arena, Oid element, size_t n, size_t total)
{
	struct out out = { .p = opx_arena_alloc(arena, 1, 20 + 4 * n + total) };
	OPX_ASSERT(n <= INT32_MAX);
	put32(&out, n > 0 ? 1 : 0);
	put32(&out, 0);
	put32(&out, (int32_t)element);
	if (n > 0) {
		put32(&out, (int32_t)n);
		put32(&out, 1);
	}
	return out;
}

static struct out encode_array(struct opx_arena *arena, const struct opx_sql_value *v)
{
	struct out out = { .p = NULL };
	size_t total = 0;
	switch (v->type) {
	case OPX_SQL_I64S:
		out = array(arena, 20, v->v.i64s.n, 8 * v->v.i64s.n);
		for (size_t i = 0; i < v->v.i64s.n; i++) {
			put32(&out, 8);
			put64(&out, v->v.i64s.p[i]);
		}
		break;
	case OPX_SQL_I32S:
		out = array(arena, 23, v->v.i32s.n, 4 * v->v.i32s.n);
		for (size_t i = 0; i < v->v.i32s.n; i++) {
			put32(&out, 4);
			put32(&out, v->v.i32s.p[i]);
		}
		break;
	case OPX_SQL_TEXTS:
		for (size_t i = 0; i < v->v.strs.n; i++)
			total += v->v.strs.p[i].n;
		out = array(arena, 25, v->v.strs.n, total);
		for (size_t i = 0; i < v->v.strs.n; i++)
			put_bytes(&out, v->v.strs.p[i].p, v->v.strs.p[i].n);
		break;
	case OPX_SQL_BYTESES:
		for (size_t i = 0; i < v->v.byteses.n; i++)
			total += v->v.byteses.p[i].n;
		out = array(arena, 17, v->v.byteses.n, total);
		for (size_t i = 0; i < v->v.byteses.n; i++)
			put_bytes(&out, v->v.byteses.p[i].p, v->v.byteses.p[i].n);
		break;
	case OPX_SQL_BOOL:
	case OPX_SQL_I32:
	case OPX_SQL_I64:
	case OPX_SQL_TEXT:
	case OPX_SQL_BYTES:
	case OPX_SQL_INSTANT:
	case OPX_SQL_DATE:
		break;
	}
	return out;
}

static struct out encode_one(struct opx_arena *arena, const struct opx_sql_value *v)
{
	static const uint8_t empty[1];
	uint8_t *none = (uint8_t *)(uintptr_t)empty;
	struct out out = { .p = NULL };
	switch (v->type) {
	case OPX_SQL_BOOL:
		out.p = opx_arena_alloc(arena, 1, 1);
		out.p[out.n++] = v->v.b ? 1 : 0;
		return out;
	case OPX_SQL_I32:
		out.p = opx_arena_alloc(arena, 1, 4);
		put32(&out, v->v.i32);
		return out;
	case OPX_SQL_DATE:
		out.p = opx_arena_alloc(arena, 1, 4);
		put32(&out, (int32_t)(opx_date_days(v->v.date) - EPOCH_2000_DAYS));
		return out;
	case OPX_SQL_I64:
		out.p = opx_arena_alloc(arena, 1, 8);
		put64(&out, v->v.i64);
		return out;
	case OPX_SQL_INSTANT:
		out.p = opx_arena_alloc(arena, 1, 8);
		put64(&out, v->v.instant.us - EPOCH_2000_US);
		return out;
	case OPX_SQL_TEXT:
		return (struct out){ .p = v->v.str.n > 0 ? (uint8_t *)(uintptr_t)v->v.str.p : none,
				     .n = v->v.str.n };
	case OPX_SQL_BYTES:
		return (struct out){ .p = v->v.bytes.n > 0 ? (uint8_t *)(uintptr_t)v->v.bytes.p : none,
				     .n = v->v.bytes.n };
	case OPX_SQL_I64S:
	case OPX_SQL_I32S:
	case OPX_SQL_TEXTS:
	case OPX_SQL_BYTESES:
		return encode_array(arena, v);
	}
	return out;
}

void opx_db_encode(struct opx_arena *arena, const struct opx_statement *st,
		   const struct opx_sql_value *values, struct encoded *ret)
{
	OPX_ASSERT(st->n_params <= MAX_PARAMS);
	ret->n = (int)st->n_params;
	for (size_t i = 0; i < st->n_params; i++) {
		OPX_ASSERT(values[i].type == st->params[i]);
		ret->types[i] = opx_db_oid(st->params[i]);
		ret->formats[i] = 1;
		ret->values[i] = NULL;
		ret->lengths[i] = 0;
		if (values[i].is_null)
			continue;
		struct out out = encode_one(arena, &values[i]);
		OPX_ASSERT(out.n <= INT32_MAX);
		ret->values[i] = (const char *)out.p;
		ret->lengths[i] = (int)out.n;
	}
}
