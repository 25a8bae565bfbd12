/* SPDX-License-Identifier: MPL-2.0 */
/* internal.h: what the sources of core/db share. */
#ifndef OPX_DB_INTERNAL_H
#define OPX_DB_INTERNAL_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "db/db.h"

#define MAX_PARAMS 48
#define PREPARED_SLOTS 1024 /* a power of two, over twice the statements of a program */
#define MAX_PENDING 256

/* What an answer still to be read belongs to. */
enum pending { PENDING_PREPARE, PENDING_CONTROL, PENDING_QUERY, PENDING_SYNC };

struct opx_db {
	PGconn *conn;
	char *conninfo;
	const struct opx_logger *logger;
	struct opx_arena *arena;
	const struct opx_statement *prepared[PREPARED_SLOTS];
	enum pending pending[MAX_PENDING];
	const struct opx_statement *preparing[MAX_PENDING]; /* of each PENDING_PREPARE */
	size_t head, n_pending;
	bool in_tx, in_pipeline;
	bool is_leaving;   /* COMMIT is on its way behind statements whose answers are to come */
	const char *begin; /* BEGIN still to be sent, with the transaction's first statement; NULL: sent */
	int64_t begin_person;
	char tag[24];            /* command tag of the last control statement: COMMIT, ROLLBACK */
	struct opx_error failed; /* of the pipeline being read; status OPX_OK: none */
};

/* The values of one statement in libpq's arrays; memory in the arena. */
struct encoded {
	Oid types[MAX_PARAMS];
	const char *values[MAX_PARAMS];
	int lengths[MAX_PARAMS], formats[MAX_PARAMS];
	int n;
};
Oid opx_db_oid(enum opx_sql_type type);
void opx_db_encode(struct opx_arena *arena, const struct opx_statement *st,
		   const struct opx_sql_value *values, struct encoded *ret);
OPX_MUST_USE enum opx_status opx_db_decode(struct opx_arena *arena, const struct opx_statement *st,
					   const PGresult *result, void *ret, size_t *ret_n,
					   struct opx_error *err);

/* Reads answers up to and with the next PENDING_QUERY, whose result is *ret (the caller clears it). */
OPX_MUST_USE enum opx_status opx_db_next(struct opx_db *db, PGresult **ret, struct opx_error *err);
/* Reads everything that is still on its way. */
OPX_MUST_USE enum opx_status opx_db_drain(struct opx_db *db, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_db_control(struct opx_db *db, const char *sql, const char *param,
					    struct opx_error *err);
/* Sends the BEGIN that waits for a first statement, if there is one. */
OPX_MUST_USE enum opx_status opx_db_begin_now(struct opx_db *db, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_db_sync(struct opx_db *db, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_db_lost(struct opx_db *db, struct opx_error *err);

#endif
