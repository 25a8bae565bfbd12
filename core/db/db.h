/* SPDX-License-Identifier: MPL-2.0 */
/* db.h: one connection to PostgreSQL: prepared statements, pipelines, transactions that roll back unless committed.
 *
 * libpq only, one connection a process, always in pipeline mode: what is sent waits for nothing until an answer is read, so
 * that a transaction's BEGIN and its context cost no round trip of their own. Statements are those made by sqlc. After a
 * loss the next opx_db_ready connects again; nothing is ever sent twice.
 */
#ifndef OPX_DB_DB_H
#define OPX_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

#include <opx/sql.h>

struct opx_arena;
struct opx_db;
struct opx_logger;

/* Rows of one answer beyond this are OPX_TOO_LARGE: a page never needs them. */
#define OPX_DB_MAX_ROWS 20000

/* Connects. conninfo is libpq's; *ret is the caller's. OPX_UNAVAILABLE. */
OPX_MUST_USE enum opx_status opx_db_open(const char *conninfo, const struct opx_logger *logger,
					 struct opx_db **ret, struct opx_error *err);
void opx_db_close(struct opx_db *db);
/* Answers live in that arena from now on; NULL: none may be read. Gives back the former one. */
struct opx_arena *opx_db_use_arena(struct opx_db *db, struct opx_arena *arena);
/* Is there a live connection, outside any transaction? Connects again after a loss; rolls back what was left open. */
OPX_MUST_USE enum opx_status opx_db_ready(struct opx_db *db, struct opx_error *err);
int opx_db_fd(const struct opx_db *db);

/* Runs one statement. MANY: *(void **)ret = rows in the arena. ONE, MAYBE: the row at ret. EXEC: *ret_n touched rows. */
OPX_MUST_USE enum opx_status opx_db_run(struct opx_db *db, const struct opx_statement *st,
					const struct opx_sql_value *values, void *ret, size_t *ret_n,
					struct opx_error *err);

/* A pipeline: begin, any number of sends, end (all leaves at once), then as many receives in the same order. One that fails
 * makes those after it fail with the same error. */
OPX_MUST_USE enum opx_status opx_db_pipeline_begin(struct opx_db *db, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_db_send(struct opx_db *db, const struct opx_statement *st,
					 const struct opx_sql_value *values, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_db_pipeline_end(struct opx_db *db, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_db_recv(struct opx_db *db, const struct opx_statement *st, void *ret,
					 size_t *ret_n, struct opx_error *err);

/* A transaction. It rolls back at scope end unless committed. */
struct opx_tx {
	struct opx_db *db; /* NULL: over */
	bool is_in_doubt;  /* its COMMIT left and no answer came: it was recorded, or it was not */
};
enum opx_tx_kind { OPX_TX_WRITE, OPX_TX_READ, OPX_TX_SNAPSHOT /* REPEATABLE READ READ ONLY */ };
/* BEGIN and set_config('opx.person', person, local); sent with the first statement, never when there is none. person 0: no
 * context. */
OPX_MUST_USE enum opx_status opx_tx_begin_kind(struct opx_db *db, enum opx_tx_kind kind, int64_t person,
					       struct opx_tx *ret, struct opx_error *err);
OPX_MUST_USE static inline enum opx_status opx_tx_begin(struct opx_db *db, struct opx_tx *ret, int64_t person,
							struct opx_error *err)
{
	return opx_tx_begin_kind(db, OPX_TX_WRITE, person, ret, err);
}
OPX_MUST_USE static inline enum opx_status opx_tx_begin_snapshot(struct opx_db *db, struct opx_tx *ret,
								 int64_t person, struct opx_error *err)
{
	return opx_tx_begin_kind(db, OPX_TX_SNAPSHOT, person, ret, err);
}
/* Changes the person of the open transaction's context. */
OPX_MUST_USE enum opx_status opx_tx_person(struct opx_tx *tx, int64_t person, struct opx_error *err);
/* OPX_UNAVAILABLE when the connection was lost; after COMMIT was sent tx->is_in_doubt says so. */
OPX_MUST_USE enum opx_status opx_tx_commit(struct opx_tx *tx, struct opx_error *err);
/* The end of a transaction that changed nothing: COMMIT leaves, its answer is read before the next statement. */
void opx_tx_leave(struct opx_tx *tx);
/* Instead of opx_db_pipeline_end, for the last statements of such a transaction: COMMIT leaves with them. Their answers are read as
 * always, nothing more may be asked; opx_tx_leave or opx_tx_rollback then has nothing or little to do. */
OPX_MUST_USE enum opx_status opx_db_pipeline_last(struct opx_db *db, struct opx_error *err);
/* Did its COMMIT leave with its last statements? Then nothing more may be asked in it. */
bool opx_tx_is_leaving(const struct opx_tx *tx);
void opx_tx_rollback(struct opx_tx *tx);
#define OPX_AUTO_TX __attribute__((cleanup(opx_tx_rollback))) struct opx_tx
bool opx_db_in_tx(const struct opx_db *db);

/* Several statements at once in simple protocol: migrations only. */
OPX_MUST_USE enum opx_status opx_db_script(struct opx_db *db, const char *sql, struct opx_error *err);

#endif
