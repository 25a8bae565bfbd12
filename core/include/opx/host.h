/* SPDX-License-Identifier: MPL-2.0 */
/* host.h: the services that core gives to plugins, one table of functions.
 *
 * Growing it: append at the end and raise OPX_ABI_MINOR. Every pointer handed out lives as long as the request or job
 * whose arena made it, unless said otherwise.
 */
#ifndef OPX_HOST_H
#define OPX_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/str.h"
#include "opx/auth.h"
#include "opx/sql.h"

struct opx_arena;
struct opx_db;
struct opx_document_kind;
struct opx_event_listener;
struct opx_filecheck;
struct opx_html;
struct opx_href;
struct opx_job;
struct opx_job_kind;
struct opx_job_order;
struct opx_mail;
struct opx_notice_channel;
struct opx_delivery;
struct opx_procedure;
struct opx_registrar;
struct opx_request;
struct opx_rights;
struct opx_route;
struct opx_storage;
struct opx_timestamp_authority;

struct opx_host {
	uint32_t size;
	const void *core; /* the host's own; never touched by a plugin */

	/* In plug(). Memory that lives as long as the process. */
	void *(*plugin_alloc)(struct opx_registrar *reg, size_t size);
	enum opx_status (*add_route)(struct opx_registrar *, const struct opx_route *, void *self,
				     struct opx_error *);
	enum opx_status (*add_auth_door)(struct opx_registrar *, const struct opx_auth_door *, void *self,
					 struct opx_error *);
	enum opx_status (*add_rights)(struct opx_registrar *, const struct opx_rights *, void *self,
				      struct opx_error *);
	enum opx_status (*add_storage)(struct opx_registrar *, const struct opx_storage *, void *self,
				       struct opx_error *);
	enum opx_status (*add_timestamp_authority)(struct opx_registrar *,
						   const struct opx_timestamp_authority *, void *self,
						   struct opx_error *);
	enum opx_status (*add_filecheck)(struct opx_registrar *, const struct opx_filecheck *, void *self,
					 struct opx_error *);
	enum opx_status (*add_notice_channel)(struct opx_registrar *, const struct opx_notice_channel *,
					      void *self, struct opx_error *);
	enum opx_status (*add_document_kind)(struct opx_registrar *, const struct opx_document_kind *,
					     void *self, struct opx_error *);
	enum opx_status (*add_procedure)(struct opx_registrar *, const struct opx_procedure *, void *self,
					 struct opx_error *);
	enum opx_status (*add_event_listener)(struct opx_registrar *, const struct opx_event_listener *,
					      void *self, struct opx_error *);
	enum opx_status (*add_job_kind)(struct opx_registrar *, const struct opx_job_kind *, void *self,
					struct opx_error *);

	/* Settings of this plugin, checked against its table; "" / 0 / false never stand for "unknown name": that aborts. */
	struct opx_str (*setting_str)(struct opx_registrar *reg, const char *name);
	int64_t (*setting_i64)(struct opx_registrar *reg, const char *name);
	bool (*setting_bool)(struct opx_registrar *reg, const char *name);

	/* SQL: statements made by sqlc from the plugin's own queries. */
	enum opx_status (*sql_run)(struct opx_db *db, const struct opx_statement *st,
				   const struct opx_sql_value *params, void *ret_rows, size_t *ret_n,
				   struct opx_error *err);

	/* A request. */
	struct opx_arena *(*rq_arena)(struct opx_request *rq);
	struct opx_db *(*rq_db)(
		struct opx_request *rq); /* inside the request's transaction when it is a POST */
	const struct opx_logger *(*rq_logger)(struct opx_request *rq);
	struct opx_instant (*rq_now)(struct opx_request *rq);
	const struct opx_session *(*rq_session)(struct opx_request *rq); /* NULL: nobody signed in */
	bool (*rq_is_card_host)(struct opx_request *rq);
	/* DER of the client certificate that nginx verified on this very connection; empty when none. */
	struct opx_bytes (*rq_certificate)(struct opx_request *rq);
	struct opx_str (*rq_address)(struct opx_request *rq);
	struct opx_str (*rq_agent)(struct opx_request *rq);
	enum opx_status (*rq_path_str)(struct opx_request *, const char *name, struct opx_str *ret,
				       struct opx_error *);
	enum opx_status (*rq_path_i64)(struct opx_request *, const char *name, int64_t *ret,
				       struct opx_error *);
	enum opx_status (*rq_form_str)(struct opx_request *, const char *name, enum opx_text_kind kind,
				       size_t max_bytes, struct opx_str *ret,
				       struct opx_error *); /* absent or empty: OPX_INVALID */
	enum opx_status (*rq_form_opt)(struct opx_request *, const char *name, enum opx_text_kind kind,
				       size_t max_bytes, struct opx_str *ret,
				       struct opx_error *); /* absent: empty */
	/* The transaction cookie of a sign-in door (__Host-otp…): Secure, HttpOnly, SameSite=Strict. value "" ends it. */
	struct opx_str (*rq_txn)(struct opx_request *rq);
	void (*rq_set_txn)(struct opx_request *rq, struct opx_str value, int64_t max_age_s);
	/* Where the answer goes. html_open starts a page; it is sent only when the handler returns OPX_OK. */
	struct opx_html *(*rq_html)(struct opx_request *rq, int http_status, struct opx_str title);
	void (*rq_see_other)(struct opx_request *rq,
			     struct opx_str path); /* 303; path is ours, already escaped */

	/* Identity. Opens a session for a credential that the door has proved, and sets its cookie. */
	enum opx_status (*session_open)(struct opx_request *rq, const struct opx_identity *id,
					struct opx_error *err);
	/* Append-only audit trail. */
	enum opx_status (*security_event)(struct opx_request *rq, const char *kind, int64_t person,
					  struct opx_str detail, struct opx_error *err);
	/* HMAC-SHA-256 under the pepper; the pepper itself is never shown. OPX_UNAVAILABLE in a process without it. */
	enum opx_status (*pepper)(const struct opx_host *host, struct opx_bytes data, struct opx_sha256 *ret,
				  struct opx_error *err);
	/* Random bytes and the clock of this process. */
	const struct opx_random *(*random)(const struct opx_host *host);
	const struct opx_clock *(*clock)(const struct opx_host *host);

	/* Work. Queues a job in the open transaction of db. */
	enum opx_status (*job_add)(struct opx_db *db, const struct opx_job_order *order,
				   struct opx_error *err);
	/* Sends through the notice channels registered in this process. */
	enum opx_status (*mail_send)(struct opx_job *job, const struct opx_mail *mail,
				     struct opx_delivery *ret, struct opx_error *err);
	/* Runs opx-parse on an open file: kind is "pdf" or "image"; *ret_json is its report (checked UTF-8, at most 64 KiB). */
	enum opx_status (*parse)(struct opx_job *job, const char *kind, int fd, struct opx_str *ret_json,
				 struct opx_error *err);
	/* Since 1.2. A statement inside a pipeline that core opened: sent now, its answer read later, in the order of the sends. */
	enum opx_status (*sql_send)(struct opx_db *db, const struct opx_statement *st,
				    const struct opx_sql_value *params, struct opx_error *err);
	enum opx_status (*sql_recv)(struct opx_db *db, const struct opx_statement *st, void *ret_rows,
				    size_t *ret_n, struct opx_error *err);
	/* Since 1.5. What the route's ahead has received; NULL: it was not asked, or failed. */
	void *(*rq_ahead)(struct opx_request *rq);
};

#endif
