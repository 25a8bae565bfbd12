/* SPDX-License-Identifier: MPL-2.0 */
/* db.c: the connection, its queue of answers to come, and statements. */
#include "db/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"

#define WRONG N_("Le service a rencontré un problème.")
#define AWAY N_("Le service est momentanément indisponible. Réessayez dans quelques minutes.")

static void forget(struct opx_db *db)
{
	memset(db->prepared, 0, sizeof(db->prepared));
	db->head = 0;
	db->n_pending = 0;
	db->in_tx = false;
	db->is_leaving = false;
	db->in_pipeline = false;
	db->begin = NULL;
	db->failed.status = OPX_OK;
}

/* Notices ("relation exists, skipping") are for nobody. */
static void drop_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static enum opx_status connect_now(struct opx_db *db, struct opx_error *err)
{
	forget(db);
	if (db->conn != NULL)
		PQfinish(db->conn);
	db->conn = PQconnectdb(db->conninfo);
	if (db->conn == NULL || PQstatus(db->conn) != CONNECTION_OK) {
		enum opx_status status = OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "connect: %s",
						  db->conn != NULL ? PQerrorMessage(db->conn) : "no memory");
		PQfinish(db->conn);
		db->conn = NULL;
		return status;
	}
	(void)PQsetNoticeReceiver(db->conn, drop_notice, NULL);
	OPX_ASSERT(PQenterPipelineMode(db->conn) == 1);
	return OPX_OK;
}

enum opx_status opx_db_open(const char *conninfo, const struct opx_logger *logger, struct opx_db **ret,
			    struct opx_error *err)
{
	struct opx_db *db = calloc(1, sizeof(*db));
	OPX_ASSERT(db != NULL);
	db->conninfo = strdup(conninfo);
	OPX_ASSERT(db->conninfo != NULL);
	db->logger = logger;
	enum opx_status status = connect_now(db, err);
	if (status != OPX_OK) {
		opx_db_close(db);
		return status;
	}
	*ret = db;
	return OPX_OK;
}

void opx_db_close(struct opx_db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->conn);
	free(db->conninfo);
	free(db);
}

struct opx_arena *opx_db_use_arena(struct opx_db *db, struct opx_arena *arena)
{
	struct opx_arena *former = db->arena;
	db->arena = arena;
	return former;
}

int opx_db_fd(const struct opx_db *db)
{
	return db->conn != NULL ? PQsocket(db->conn) : -1;
}

bool opx_db_in_tx(const struct opx_db *db)
{
	return db->in_tx;
}

enum opx_status opx_db_lost(struct opx_db *db, struct opx_error *err)
{
	enum opx_status status = OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "connection lost: %s",
					  db->conn != NULL ? PQerrorMessage(db->conn) : "none");
	forget(db);
	PQfinish(db->conn);
	db->conn = NULL;
	return status;
}

static void push(struct opx_db *db, enum pending what)
{
	OPX_ASSERT(db->n_pending < MAX_PENDING);
	db->pending[(db->head + db->n_pending++) % MAX_PENDING] = what;
}

static enum pending pop(struct opx_db *db)
{
	OPX_ASSERT(db->n_pending > 0);
	enum pending what = db->pending[db->head];
	db->head = (db->head + 1) % MAX_PENDING;
	db->n_pending--;
	return what;
}

/* SQLSTATE to our statuses. */
static enum opx_status fail_of(struct opx_db *db, const PGresult *r, struct opx_error *err)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
	state = state != NULL ? state : "";
	text = text != NULL ? text : PQerrorMessage(db->conn);
	enum opx_status status = OPX_INTERNAL;
	const char *user = WRONG;
	if (strcmp(state, "23505") == 0 || strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0) {
		status = OPX_CONFLICT;
		user = N_("Ce dossier a changé entre-temps. Rechargez la page et recommencez.");
	} else if (strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0 ||
		   strncmp(state, "53", 2) == 0 || strncmp(state, "57P", 3) == 0 ||
		   strncmp(state, "08", 2) == 0 || strcmp(state, "25P03") == 0) {
		status = OPX_UNAVAILABLE;
		user = AWAY;
	} else if (strcmp(state, "42501") == 0) {
		status = OPX_FORBIDDEN;
		user = N_("Vous ne pouvez pas faire cela.");
	}
	return OPX_FAIL(err, status, user, "sqlstate %s%s%s: %s", state, constraint != NULL ? " " : "",
			constraint != NULL ? constraint : "", text);
}

/* Clears the NULL that ends one statement's answers. */
static void end_of_one(struct opx_db *db)
{
	for (PGresult *r = PQgetResult(db->conn); r != NULL; r = PQgetResult(db->conn))
		PQclear(r);
}

/* In the place of one that could not be prepared: no statement, and no end of a search. */
static const struct opx_statement forgotten = { .name = "" };

/* The server keeps what it prepared, whatever becomes of the transaction: only one that failed, or that was skipped after an
 * earlier failure, is prepared again. The entry is the one that was popped last. */
static void prepared_or_not(struct opx_db *db, ExecStatusType status)
{
	const struct opx_statement *st = db->preparing[(db->head + MAX_PENDING - 1) % MAX_PENDING];
	for (size_t i = 0; status != PGRES_COMMAND_OK && i < PREPARED_SLOTS; i++)
		if (db->prepared[i] == st)
			db->prepared[i] = &forgotten;
}

/* Reads the answer of one pending entry; keeps the first failure in db->failed. *ret may be NULL: not wanted. */
static enum opx_status read_one(struct opx_db *db, enum pending what, PGresult **ret, struct opx_error *err)
{
	PGresult *r = PQgetResult(db->conn);
	if (r == NULL && what != PENDING_SYNC)
		r = PQgetResult(db->conn);
	if (r == NULL || PQstatus(db->conn) == CONNECTION_BAD) {
		PQclear(r);
		return opx_db_lost(db, err);
	}
	ExecStatusType status = PQresultStatus(r);
	if (what == PENDING_SYNC) {
		PQclear(r);
		db->failed.status = OPX_OK;
		return status == PGRES_PIPELINE_SYNC ? OPX_OK : opx_db_lost(db, err);
	}
	if (status == PGRES_FATAL_ERROR && db->failed.status == OPX_OK) {
		(void)fail_of(db, r, &db->failed);
		if (PQstatus(db->conn) == CONNECTION_BAD) {
			PQclear(r);
			return opx_db_lost(db, err);
		}
	}
	if (what == PENDING_PREPARE)
		prepared_or_not(db, status);
	if (what == PENDING_CONTROL)
		(void)snprintf(db->tag, sizeof(db->tag), "%s", PQcmdStatus(r));
	end_of_one(db);
	if (ret != NULL && (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)) {
		*ret = r;
		return OPX_OK;
	}
	PQclear(r);
	return OPX_OK;
}

static enum opx_status read_syncs(struct opx_db *db, struct opx_error *err)
{
	while (db->n_pending > 0 && db->pending[db->head] == PENDING_SYNC)
		OPX_TRY(read_one(db, pop(db), NULL, err));
	return OPX_OK;
}

enum opx_status opx_db_next(struct opx_db *db, PGresult **ret, struct opx_error *err)
{
	*ret = NULL;
	for (;;) {
		if (db->conn == NULL)
			return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "no connection");
		enum pending what = pop(db);
		OPX_TRY(read_one(db, what, what == PENDING_QUERY ? ret : NULL, err));
		if (what == PENDING_QUERY)
			break;
	}
	struct opx_error failed = db->failed;
	OPX_TRY(read_syncs(db, err));
	if (failed.status != OPX_OK) {
		PQclear(*ret);
		*ret = NULL;
		if (err != NULL)
			*err = failed;
		return failed.status;
	}
	return OPX_OK;
}

enum opx_status opx_db_drain(struct opx_db *db, struct opx_error *err)
{
	struct opx_error failed = { .status = OPX_OK };
	while (db->n_pending > 0) {
		enum pending what = pop(db);
		OPX_TRY(read_one(db, what, NULL, err));
		if (what != PENDING_SYNC && failed.status == OPX_OK)
			failed = db->failed;
	}
	if (failed.status != OPX_OK && err != NULL)
		*err = failed;
	return failed.status;
}

enum opx_status opx_db_sync(struct opx_db *db, struct opx_error *err)
{
	if (PQpipelineSync(db->conn) != 1)
		return opx_db_lost(db, err);
	push(db, PENDING_SYNC);
	return OPX_OK;
}

enum opx_status opx_db_control(struct opx_db *db, const char *sql, const char *param, struct opx_error *err)
{
	if (db->conn == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "no connection");
	OPX_TRY(opx_db_begin_now(db, err));
	const char *const values[] = { param };
	if (PQsendQueryParams(db->conn, sql, param != NULL ? 1 : 0, NULL, values, NULL, NULL, 0) != 1)
		return opx_db_lost(db, err);
	push(db, PENDING_CONTROL);
	return OPX_OK;
}

static bool is_prepared(struct opx_db *db, const struct opx_statement *st)
{
	size_t at = ((uintptr_t)st >> 4U) % PREPARED_SLOTS;
	size_t room = PREPARED_SLOTS;
	for (size_t i = 0; i < PREPARED_SLOTS; i++) {
		size_t k = (at + i) % PREPARED_SLOTS;
		if (db->prepared[k] == st)
			return true;
		if (room == PREPARED_SLOTS && (db->prepared[k] == NULL || db->prepared[k] == &forgotten))
			room = k;
		if (db->prepared[k] == NULL)
			break;
	}
	OPX_ASSERT(room < PREPARED_SLOTS);
	db->prepared[room] = st;
	return false;
}

enum opx_status opx_db_send(struct opx_db *db, const struct opx_statement *st,
			    const struct opx_sql_value *values, struct opx_error *err)
{
	struct encoded e;
	if (db->conn == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "no connection");
	OPX_ASSERT(db->arena != NULL && !db->is_leaving);
	OPX_TRY(opx_db_begin_now(db, err));
	opx_db_encode(db->arena, st, values, &e);
	if (!is_prepared(db, st)) {
		if (PQsendPrepare(db->conn, st->name, st->text, e.n, e.types) != 1)
			return opx_db_lost(db, err);
		db->preparing[(db->head + db->n_pending) % MAX_PENDING] = st;
		push(db, PENDING_PREPARE);
	}
	if (PQsendQueryPrepared(db->conn, st->name, e.n, e.values, e.lengths, e.formats, 1) != 1)
		return opx_db_lost(db, err);
	push(db, PENDING_QUERY);
	return OPX_OK;
}

enum opx_status opx_db_recv(struct opx_db *db, const struct opx_statement *st, void *ret, size_t *ret_n,
			    struct opx_error *err)
{
	PGresult *r = NULL;
	enum opx_status status = opx_db_next(db, &r, err);
	if (status != OPX_OK)
		return status;
	if (st->result == OPX_SQL_EXEC) {
		const char *count = PQcmdTuples(r);
		int64_t n = 0;
		if (opx_parse_i64(opx_str_z(count), 0, INT64_MAX, &n, NULL) != OPX_OK)
			n = 0;
		*ret_n = (size_t)n;
	} else {
		status = opx_db_decode(db->arena, st, r, ret, ret_n, err);
	}
	PQclear(r);
	return status;
}

enum opx_status opx_db_run(struct opx_db *db, const struct opx_statement *st,
			   const struct opx_sql_value *values, void *ret, size_t *ret_n,
			   struct opx_error *err)
{
	OPX_ASSERT(!db->in_pipeline);
	OPX_TRY(opx_db_send(db, st, values, err));
	OPX_TRY(opx_db_sync(db, err));
	return opx_db_recv(db, st, ret, ret_n, err);
}

enum opx_status opx_db_pipeline_begin(struct opx_db *db, struct opx_error *err)
{
	OPX_ASSERT(!db->in_pipeline);
	if (db->conn == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, AWAY, "no connection");
	db->in_pipeline = true;
	return OPX_OK;
}

enum opx_status opx_db_pipeline_end(struct opx_db *db, struct opx_error *err)
{
	OPX_ASSERT(db->in_pipeline);
	db->in_pipeline = false;
	return opx_db_sync(db, err);
}

enum opx_status opx_db_pipeline_last(struct opx_db *db, struct opx_error *err)
{
	OPX_ASSERT(db->in_pipeline && db->in_tx);
	db->in_pipeline = false;
	db->is_leaving = true;
	OPX_TRY(opx_db_control(db, "COMMIT", NULL, err));
	return opx_db_sync(db, err);
}

/* Did the server close its side while nobody was asking? Else the next request would be the one that finds out. */
static bool is_closed(const struct opx_db *db)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = POLLRDHUP };
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static bool ends_with_sync(const struct opx_db *db)
{
	return db->pending[(db->head + db->n_pending - 1) % MAX_PENDING] == PENDING_SYNC;
}

/* An answer that nobody has read would be taken for that of the next question. */
static bool owes_answer(const struct opx_db *db)
{
	for (size_t i = 0; i < db->n_pending; i++)
		if (db->pending[(db->head + i) % MAX_PENDING] == PENDING_QUERY)
			return true;
	return false;
}

enum opx_status opx_db_ready(struct opx_db *db, struct opx_error *err)
{
	if (db->conn == NULL || PQstatus(db->conn) != CONNECTION_OK || is_closed(db))
		return connect_now(db, err);
	db->in_pipeline = false;
	/* The end of a transaction that was left (opx_tx_leave) is read with the first answer of the next one. */
	if (db->n_pending > 0 && (db->in_tx || !ends_with_sync(db) || owes_answer(db))) {
		enum opx_status status = ends_with_sync(db) ? OPX_OK : opx_db_sync(db, err);
		if (status == OPX_OK)
			OPX_IGNORE(opx_db_drain(db, NULL));
	}
	if (db->conn != NULL && db->in_tx) {
		struct opx_tx left = { .db = db };
		opx_tx_rollback(&left);
	}
	return db->conn != NULL ? OPX_OK : connect_now(db, err);
}
