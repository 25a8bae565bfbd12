/* SPDX-License-Identifier: MPL-2.0 */
/* tx.c: transactions, their context, and scripts for migrations. */
#include "db/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum opx_status send_person(struct opx_db *db, int64_t person, struct opx_error *err)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%" PRId64, person);
	return opx_db_control(db, "SELECT pg_catalog.set_config('opx.person', $1, true)",
			      person != 0 ? text : "", err);
}

enum opx_status opx_tx_begin_kind(struct opx_db *db, enum opx_tx_kind kind, int64_t person,
				  struct opx_tx *ret, struct opx_error *err)
{
	static const char *const begin[] = {
		[OPX_TX_WRITE] = "BEGIN",
		[OPX_TX_READ] = "BEGIN READ ONLY",
		[OPX_TX_SNAPSHOT] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	};
	OPX_ASSERT(!db->in_tx);
	if (db->conn == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Le service est momentanément indisponible."),
				"no connection");
	db->begin = begin[kind];
	db->begin_person = person;
	db->in_tx = true;
	ret->db = db;
	ret->is_in_doubt = false;
	return OPX_OK;
}

enum opx_status opx_db_begin_now(struct opx_db *db, struct opx_error *err)
{
	const char *begin = db->begin;
	if (begin == NULL)
		return OPX_OK;
	db->begin = NULL;
	OPX_TRY(opx_db_control(db, begin, NULL, err));
	/* A new transaction has no context: there is nothing to clear. */
	return db->begin_person != 0 ? send_person(db, db->begin_person, err) : OPX_OK;
}

enum opx_status opx_tx_person(struct opx_tx *tx, int64_t person, struct opx_error *err)
{
	OPX_ASSERT(tx->db != NULL && tx->db->in_tx);
	return send_person(tx->db, person, err);
}

/* COMMIT or ROLLBACK, and everything that was still on its way. *ret_is_sent: the server may have received it. */
static enum opx_status finish(struct opx_db *db, const char *sql, bool *ret_is_sent, struct opx_error *err)
{
	*ret_is_sent = false;
	bool is_empty = db->begin != NULL;
	db->in_tx = false;
	db->in_pipeline = false;
	db->is_leaving = false;
	db->begin = NULL;
	if (db->conn == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Le service est momentanément indisponible."),
				"connection lost before %s", sql);
	if (is_empty) { /* nothing was asked of the database: there is nothing to end */
		(void)snprintf(db->tag, sizeof(db->tag), "%s", sql);
		return OPX_OK;
	}
	*ret_is_sent = true;
	OPX_TRY(opx_db_control(db, sql, NULL, err));
	OPX_TRY(opx_db_sync(db, err));
	return opx_db_drain(db, err);
}

enum opx_status opx_tx_commit(struct opx_tx *tx, struct opx_error *err)
{
	struct opx_db *db = tx->db;
	bool is_sent = false;
	OPX_ASSERT(db != NULL && !db->is_leaving);
	tx->db = NULL;
	enum opx_status status = finish(db, "COMMIT", &is_sent, err);
	/* An answer that refuses leaves the connection as it was; without any, nobody here knows what became of it. */
	if (status != OPX_OK && is_sent && db->conn == NULL) {
		tx->is_in_doubt = true;
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("Le service s’est interrompu au moment d’enregistrer : votre demande a peut-être été prise en compte."),
			"connection lost after COMMIT was sent: recorded or not");
	}
	OPX_TRY(status);
	/* A COMMIT of a failed transaction answers ROLLBACK without an error: nothing may be acknowledged then. */
	if (strcmp(db->tag, "COMMIT") != 0)
		return OPX_FAIL(err, OPX_INTERNAL,
				N_("Le service a rencontré un problème. Rien n’a été enregistré."),
				"commit answered %s", db->tag);
	return OPX_OK;
}

void opx_tx_leave(struct opx_tx *tx)
{
	struct opx_db *db = tx->db;
	tx->db = NULL;
	if (db == NULL)
		return;
	bool is_empty = db->begin != NULL || db->is_leaving;
	db->in_tx = false;
	db->in_pipeline = false;
	db->is_leaving = false;
	db->begin = NULL;
	if (!is_empty && db->conn != NULL && opx_db_control(db, "COMMIT", NULL, NULL) == OPX_OK)
		OPX_IGNORE(opx_db_sync(db, NULL));
}

bool opx_tx_is_leaving(const struct opx_tx *tx)
{
	return tx->db != NULL && tx->db->is_leaving;
}

void opx_tx_rollback(struct opx_tx *tx)
{
	struct opx_db *db = tx->db;
	tx->db = NULL;
	if (db == NULL || !db->in_tx)
		return;
	if (db->conn != NULL && db->n_pending > 0) {
		if (opx_db_sync(db, NULL) == OPX_OK)
			OPX_IGNORE(opx_db_drain(db, NULL));
	}
	bool is_sent = false;
	OPX_IGNORE(finish(db, "ROLLBACK", &is_sent, NULL));
}

enum opx_status opx_db_script(struct opx_db *db, const char *sql, struct opx_error *err)
{
	OPX_TRY(opx_db_sync(db, err));
	OPX_TRY(opx_db_drain(db, err));
	if (PQexitPipelineMode(db->conn) != 1 || PQsendQuery(db->conn, sql) != 1)
		return opx_db_lost(db, err);
	enum opx_status status = OPX_OK;
	for (PGresult *r = PQgetResult(db->conn); r != NULL; r = PQgetResult(db->conn)) {
		ExecStatusType s = PQresultStatus(r);
		if (status == OPX_OK && s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK &&
		    s != PGRES_EMPTY_QUERY)
			status = OPX_FAIL(err, OPX_INTERNAL, N_("Le service a rencontré un problème."),
					  "script: %s", PQresultErrorMessage(r));
		PQclear(r);
	}
	if (PQstatus(db->conn) != CONNECTION_OK || PQenterPipelineMode(db->conn) != 1)
		return opx_db_lost(db, err);
	return status;
}
