/* SPDX-License-Identifier: MPL-2.0 */
/* act.h: an act on a dossier: who acts, with what means, under which rights and members, and the events it leaves.
 *
 * An event's exact bytes are written here, in the business transaction (security 3.5): opx-seal hashes them and never parses
 * one. Members of bodies: evidence-format section 2.
 */
#ifndef OPX_DOMAIN_ACT_H
#define OPX_DOMAIN_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/random.h"
#include "base/str.h"
#include "evidence/writer.h"

#include <opx/auth.h>

struct opx_arena;
struct opx_db;
struct sql_act_certificate_row;

/* Hashes of what runs: sw{} of every event. */
struct opx_software {
	const char *build;
	struct opx_sha256 config, plugins;
};

struct opx_member {
	int64_t person, side_id; /* 0: no side */
	int32_t pseudonym, side_n;
	struct opx_str role, name;
	bool has_accepted, has_left;
	bool sees_readings; /* of everybody, while he is an accepted member (matrix row reading_state/read) */
};

/* The caller fills the first part; opx_act_open the second. */
struct opx_act {
	struct opx_db *db; /* inside a transaction with the person's context */
	struct opx_arena *arena;
	const struct opx_clock *clock;
	const struct opx_random *random;
	const struct opx_software *software;
	const struct opx_session *session; /* NULL: the service itself */
	struct opx_str request_id, address, agent;

	int64_t dossier;
	struct opx_instant at;
	int64_t acts_log, readings_log;
	struct opx_str acts_origin, readings_origin, phase;
	struct opx_sha256 rights, members; /* as the dossier's log was told last */
	struct opx_sha256 rights_in_force;
	int32_t pseudonym;         /* 0: the service */
	struct opx_str role, side; /* "S2", or "-" */
	int64_t side_id;
	int64_t head_size; /* newest signed head of the acts */
	struct opx_sha256 head_root;
	const struct opx_member *people;
	size_t n_people;
	const struct sql_act_certificate_row *certificate; /* NULL: not read since the act was opened */
};

/* The person of an act, 0 for the service. */
static inline int64_t opx_act_person(const struct opx_act *act)
{
	return act->session != NULL ? act->session->person : 0;
}

/* Reads the dossier's state into the act; with lock, takes the row lock first, as every act must and no reading may, and
 * tells the log when another matrix is in force than its last line says. OPX_NOT_FOUND. */
OPX_MUST_USE enum opx_status opx_act_open(struct opx_act *act, int64_t dossier, bool lock,
					  struct opx_error *err);
/* Writes the members file anew from the table and makes it current; before the event that changed it. */
OPX_MUST_USE enum opx_status opx_act_members_changed(struct opx_act *act, struct opx_error *err);

enum opx_log_kind { OPX_LOG_ACTS, OPX_LOG_READINGS };

struct opx_event_links {
	int64_t document, filing, about; /* 0: none */
	struct opx_bytes certificate;    /* of which a cert.status tells; else empty */
};
/* A body being written: common members first, then the caller's, then opx_event_end; or, where an act leaves many,
 * opx_event_close, and all of them are written at once. */
struct opx_event {
	struct opx_writer w;
	enum opx_log_kind log;
	const char *type;
	const int32_t *to;
	size_t n_to;
	uint8_t net_salt[32];
	bool has_net;
	/* Closed. */
	struct opx_event_links links;
	struct opx_bytes body;
	struct opx_sha256 sha256;
};

/* to: pseudonyms of visibility.to, sorted. The act is open. */
OPX_MUST_USE enum opx_status opx_event_begin(struct opx_act *act, struct opx_event *e, enum opx_log_kind log,
					     const char *type, const int32_t *to, size_t n_to,
					     struct opx_error *err);
OPX_MUST_USE enum opx_status opx_event_end(struct opx_act *act, struct opx_event *e,
					   struct opx_event_links links, int64_t *ret_id,
					   struct opx_error *err);
OPX_MUST_USE enum opx_status opx_event_close(struct opx_act *act, struct opx_event *e,
					     struct opx_event_links links, struct opx_error *err);
/* Closed events, at least one, in their order, in one statement; a certificate in their links is the same in all. Inside a
 * pipeline: send, and recv in the statement's turn. */
OPX_MUST_USE enum opx_status opx_events_send(struct opx_act *act, const struct opx_event *events, size_t n,
					     struct opx_error *err);
OPX_MUST_USE enum opx_status opx_events_recv(struct opx_act *act, size_t n, struct opx_error *err);

/* Sorted pseudonyms: of everybody who has not left; of those whose person is in persons; of those who see all readings
 * (the matrix says who) together with one more person (0: none). In the act's arena. */
const int32_t *opx_act_everybody(const struct opx_act *act, size_t *ret_n);
const int32_t *opx_act_those(const struct opx_act *act, const int64_t *persons, size_t n, size_t *ret_n);
const int32_t *opx_act_watchers(const struct opx_act *act, int64_t person, int64_t other, size_t *ret_n);
/* "P7" */
struct opx_str opx_pseudonym(struct opx_arena *arena, int32_t pseudonym);
/* "D017" */
struct opx_str opx_document_id(struct opx_arena *arena, int32_t n);

/* Queues a job in the act's transaction; key may be "". */
OPX_MUST_USE enum opx_status opx_act_job(struct opx_act *act, const char *lane, const char *kind,
					 struct opx_str key, int64_t ref, int64_t ref2,
					 struct opx_error *err);

#endif
