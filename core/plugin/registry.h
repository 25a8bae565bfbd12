/* SPDX-License-Identifier: MPL-2.0 */
/* registry.h: what plugins and core's own modules registered, by capability: typed arrays, found by name or code.
 *
 * Filled before the fork, then only read. A second entry of the same name is refused. Whoever calls a plugin's function
 * brackets the call with opx_registry_enter and opx_registry_leave, so that a crash is counted against the right plugin.
 */
#ifndef OPX_PLUGIN_REGISTRY_H
#define OPX_PLUGIN_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "opx/plugin.h"

struct opx_registry;

/* Owner number of core's own registrations; plugins count from 1 in the order of the file. */
#define OPX_OWNER_CORE 0U
#define OPX_REGISTRY_MAX_KINDS 96 /* of documents */

/* An entry: what was registered, its self, whose it is. `it` points to the owner's constant. */
struct opx_reg_route {
	const struct opx_route *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_door {
	const struct opx_auth_door *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_rights {
	const struct opx_rights *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_storage {
	const struct opx_storage *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_timestamp {
	const struct opx_timestamp_authority *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_filecheck {
	const struct opx_filecheck *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_channel {
	const struct opx_notice_channel *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_kind {
	const struct opx_document_kind *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_procedure {
	const struct opx_procedure *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_listener {
	const struct opx_event_listener *it;
	void *self;
	uint16_t owner;
};
struct opx_reg_job_kind {
	const struct opx_job_kind *it;
	void *self;
	uint16_t owner;
};

struct opx_registry *opx_registry_new(void);
void opx_registry_free(struct opx_registry *registry);

/* Registering. OPX_CONFLICT: that name is taken; OPX_INVALID: a field is missing. */
OPX_MUST_USE enum opx_status opx_registry_add_route(struct opx_registry *, const struct opx_route *,
						    void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_door(struct opx_registry *, const struct opx_auth_door *,
						   void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_rights(struct opx_registry *, const struct opx_rights *,
						     void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_storage(struct opx_registry *, const struct opx_storage *,
						      void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_timestamp(struct opx_registry *,
							const struct opx_timestamp_authority *, void *self,
							uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_filecheck(struct opx_registry *, const struct opx_filecheck *,
							void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_channel(struct opx_registry *,
						      const struct opx_notice_channel *, void *self,
						      uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_kind(struct opx_registry *, const struct opx_document_kind *,
						   void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_procedure(struct opx_registry *, const struct opx_procedure *,
							void *self, uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_listener(struct opx_registry *,
						       const struct opx_event_listener *, void *self,
						       uint16_t owner, struct opx_error *);
OPX_MUST_USE enum opx_status opx_registry_add_job_kind(struct opx_registry *, const struct opx_job_kind *,
						       void *self, uint16_t owner, struct opx_error *);

/* Finding one; NULL when there is none. */
const struct opx_reg_door *opx_registry_door(const struct opx_registry *, const char *auth_kind);
const struct opx_reg_rights *opx_registry_rights(const struct opx_registry *);   /* the provider; one only */
const struct opx_reg_storage *opx_registry_storage(const struct opx_registry *); /* the store; one only */
const struct opx_reg_timestamp *opx_registry_timestamp(const struct opx_registry *, const char *name);
const struct opx_reg_channel *opx_registry_channel(const struct opx_registry *, const char *name);
const struct opx_reg_kind *opx_registry_kind(const struct opx_registry *, const char *code);
const struct opx_reg_procedure *opx_registry_procedure(const struct opx_registry *, const char *name);
const struct opx_reg_job_kind *opx_registry_job_kind(const struct opx_registry *, const char *lane,
						     const char *kind);
/* A transition of a procedure by its code; NULL when either is unknown. */
const struct opx_transition *opx_registry_transition(const struct opx_registry *, const char *procedure,
						     const char *code);

/* All, in order of registration; *ret_n may be 0 and then the pointer is NULL. */
const struct opx_reg_route *opx_registry_routes(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_door *opx_registry_doors(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_timestamp *opx_registry_timestamps(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_filecheck *opx_registry_filechecks(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_channel *opx_registry_channels(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_kind *opx_registry_kinds(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_procedure *opx_registry_procedures(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_listener *opx_registry_listeners(const struct opx_registry *, size_t *ret_n);
const struct opx_reg_job_kind *opx_registry_job_kinds(const struct opx_registry *, size_t *ret_n);

/* Takes away all that an owner registered (its start() failed, or its plug()). */
void opx_registry_drop_owner(struct opx_registry *registry, uint16_t owner);

/* Whose code runs now, written where the master can read it after a crash. enter gives back the former owner, which
 * leave restores. Without a cell (tests, opx-admin) it goes nowhere. */
void opx_registry_set_cell(struct opx_registry *registry, uint16_t *shared_cell);
uint16_t opx_registry_enter(const struct opx_registry *registry, uint16_t owner);
void opx_registry_leave(const struct opx_registry *registry, uint16_t former);

/* One function of an entry, bracketed so; its status: OPX_REG_CALL(registry, door, begin, rq, mail, access, err). */
#define OPX_REG_CALL(registry, entry, function, ...)    \
	(opx_registry_push((registry), (entry)->owner), \
	 opx_registry_pop((registry), (entry)->it->function((entry)->self, __VA_ARGS__)))
void opx_registry_push(const struct opx_registry *registry, uint16_t owner);
enum opx_status opx_registry_pop(const struct opx_registry *registry, enum opx_status status);

#endif
