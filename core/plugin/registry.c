/* SPDX-License-Identifier: MPL-2.0 */
/* registry.c: one array a capability with its limit; see registry.h. */
#include "plugin/registry.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ROUTES 512
#define MAX_OF_A_KIND 32
#define MAX_JOB_KINDS 96

struct opx_registry {
	struct opx_reg_route routes[MAX_ROUTES];
	struct opx_reg_door doors[MAX_OF_A_KIND];
	struct opx_reg_rights rights[1];
	struct opx_reg_storage storages[1];
	struct opx_reg_timestamp timestamps[MAX_OF_A_KIND];
	struct opx_reg_filecheck filechecks[MAX_OF_A_KIND];
	struct opx_reg_channel channels[MAX_OF_A_KIND];
	struct opx_reg_kind kinds[OPX_REGISTRY_MAX_KINDS];
	struct opx_reg_procedure procedures[MAX_OF_A_KIND];
	struct opx_reg_listener listeners[MAX_OF_A_KIND];
	struct opx_reg_job_kind job_kinds[MAX_JOB_KINDS];
	size_t n_routes, n_doors, n_rights, n_storages, n_timestamps, n_filechecks, n_channels, n_kinds,
		n_procedures, n_listeners, n_job_kinds;
	uint16_t *cell;
	uint16_t own_cell;
	struct calls *calls; /* those that opx_registry_push entered: the registry itself is only read */
};
#define MAX_CALLS 16
struct calls {
	size_t n;
	uint16_t former[MAX_CALLS];
};

#define WRONG N_("Un module du service n’a pas pu être chargé.")

struct opx_registry *opx_registry_new(void)
{
	struct opx_registry *registry = calloc(1, sizeof(*registry));
	OPX_ASSERT(registry != NULL);
	registry->calls = calloc(1, sizeof(*registry->calls));
	OPX_ASSERT(registry->calls != NULL);
	registry->cell = &registry->own_cell;
	return registry;
}

void opx_registry_free(struct opx_registry *registry)
{
	if (registry != NULL)
		free(registry->calls);
	free(registry);
}

/* The common checks of an entry: its struct is at least as large as the ABI's, it has a name, the name is free, there is
 * room. */
struct claim {
	const char *capability, *name;
	size_t size, want_size;
	bool is_complete, is_taken;
	size_t n, max;
};

OPX_MUST_USE static enum opx_status check(const struct claim *c, struct opx_error *err)
{
	if (c->size < c->want_size)
		return OPX_FAIL(err, OPX_INVALID, WRONG, "%s: struct of %zu bytes, %zu expected",
				c->capability, c->size, c->want_size);
	if (c->name == NULL || c->name[0] == '\0' || !c->is_complete)
		return OPX_FAIL(err, OPX_INVALID, WRONG, "%s %s: a member is missing", c->capability,
				c->name != NULL ? c->name : "without name");
	if (c->is_taken)
		return OPX_FAIL(err, OPX_CONFLICT, WRONG, "%s %s is registered already", c->capability,
				c->name);
	if (c->n >= c->max)
		return OPX_FAIL(err, OPX_TOO_LARGE, WRONG, "%s %s: no room for more than %zu", c->capability,
				c->name, c->max);
	return OPX_OK;
}

enum opx_status opx_registry_add_route(struct opx_registry *r, const struct opx_route *it, void *self,
				       uint16_t owner, struct opx_error *err)
{
	bool is_taken = false;
	for (size_t i = 0; i < r->n_routes && it->path != NULL; i++)
		is_taken = is_taken || (r->routes[i].it->method == it->method &&
					strcmp(r->routes[i].it->path, it->path) == 0);
	OPX_TRY(check(&(struct claim){ .capability = "route",
				       .name = it->path,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = it->handle != NULL,
				       .is_taken = is_taken,
				       .n = r->n_routes,
				       .max = MAX_ROUTES },
		      err));
	r->routes[r->n_routes++] = (struct opx_reg_route){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_door(struct opx_registry *r, const struct opx_auth_door *it, void *self,
				      uint16_t owner, struct opx_error *err)
{
	bool is_complete = it->auth_kind != NULL && it->auth_kind[0] != '\0';
	OPX_TRY(check(&(struct claim){ .capability = "auth door",
				       .name = it->name,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = is_complete,
				       .is_taken = is_complete && opx_registry_door(r, it->auth_kind) != NULL,
				       .n = r->n_doors,
				       .max = MAX_OF_A_KIND },
		      err));
	r->doors[r->n_doors++] = (struct opx_reg_door){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_rights(struct opx_registry *r, const struct opx_rights *it, void *self,
					uint16_t owner, struct opx_error *err)
{
	OPX_TRY(check(&(struct claim){ .capability = "rights",
				       .name = it->name,
				       .size = it->size,
				       .want_size = offsetof(struct opx_rights, ask_send), /* 1.0 */
				       .is_complete = it->ask != NULL && it->publish != NULL &&
						      it->matrix != NULL,
				       .is_taken = r->n_rights > 0,
				       .n = r->n_rights,
				       .max = 1 },
		      err));
	r->rights[r->n_rights++] = (struct opx_reg_rights){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_storage(struct opx_registry *r, const struct opx_storage *it, void *self,
					 uint16_t owner, struct opx_error *err)
{
	OPX_TRY(check(&(struct claim){ .capability = "storage",
				       .name = it->name,
				       .size = it->size,
				       .want_size = offsetof(struct opx_storage, list), /* 1.0 */
				       .is_complete = it->put != NULL && it->open != NULL &&
						      it->erase != NULL && it->address != NULL &&
						      it->room != NULL,
				       .is_taken = r->n_storages > 0,
				       .n = r->n_storages,
				       .max = 1 },
		      err));
	r->storages[r->n_storages++] = (struct opx_reg_storage){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_timestamp(struct opx_registry *r, const struct opx_timestamp_authority *it,
					   void *self, uint16_t owner, struct opx_error *err)
{
	OPX_TRY(check(&(struct claim){ .capability = "timestamp authority",
				       .name = it->name,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = it->stamp != NULL,
				       .is_taken = it->name != NULL &&
						   opx_registry_timestamp(r, it->name) != NULL,
				       .n = r->n_timestamps,
				       .max = MAX_OF_A_KIND },
		      err));
	r->timestamps[r->n_timestamps++] =
		(struct opx_reg_timestamp){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_filecheck(struct opx_registry *r, const struct opx_filecheck *it, void *self,
					   uint16_t owner, struct opx_error *err)
{
	bool is_taken = false;
	for (size_t i = 0; i < r->n_filechecks && it->name != NULL; i++)
		is_taken = is_taken || strcmp(r->filechecks[i].it->name, it->name) == 0;
	OPX_TRY(check(&(struct claim){ .capability = "file check",
				       .name = it->name,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = it->is_mine != NULL && it->check != NULL,
				       .is_taken = is_taken,
				       .n = r->n_filechecks,
				       .max = MAX_OF_A_KIND },
		      err));
	r->filechecks[r->n_filechecks++] =
		(struct opx_reg_filecheck){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_channel(struct opx_registry *r, const struct opx_notice_channel *it,
					 void *self, uint16_t owner, struct opx_error *err)
{
	OPX_TRY(check(&(struct claim){ .capability = "notice channel",
				       .name = it->name,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = it->send != NULL,
				       .is_taken = it->name != NULL &&
						   opx_registry_channel(r, it->name) != NULL,
				       .n = r->n_channels,
				       .max = MAX_OF_A_KIND },
		      err));
	r->channels[r->n_channels++] = (struct opx_reg_channel){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_kind(struct opx_registry *r, const struct opx_document_kind *it, void *self,
				      uint16_t owner, struct opx_error *err)
{
	OPX_TRY(check(&(struct claim){ .capability = "document kind",
				       .name = it->code,
				       .size = it->size,
				       .want_size = offsetof(struct opx_document_kind, rights), /* 1.0 */
				       .is_complete = it->label != NULL && it->numbered != NULL,
				       .is_taken = it->code != NULL && opx_registry_kind(r, it->code) != NULL,
				       .n = r->n_kinds,
				       .max = OPX_REGISTRY_MAX_KINDS },
		      err));
	r->kinds[r->n_kinds++] = (struct opx_reg_kind){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

static bool has_state(const struct opx_procedure *p, const char *code)
{
	for (size_t i = 0; i < p->n_states; i++)
		if (strcmp(p->states[i].code, code) == 0)
			return true;
	return false;
}

/* Every transition joins two states that exist, and codes are unique. */
static bool is_whole(const struct opx_procedure *p)
{
	if (p->label == NULL || p->initial == NULL || p->states == NULL ||
	    (p->transitions == NULL && p->n_transitions > 0))
		return false;
	for (size_t i = 0; i < p->n_transitions; i++) {
		const struct opx_transition *t = &p->transitions[i];
		if (t->object == NULL || t->action == NULL || !has_state(p, t->from) || !has_state(p, t->to))
			return false;
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->transitions[k].code, t->code) == 0)
				return false;
	}
	return has_state(p, p->initial);
}

enum opx_status opx_registry_add_procedure(struct opx_registry *r, const struct opx_procedure *it, void *self,
					   uint16_t owner, struct opx_error *err)
{
	OPX_TRY(check(&(struct claim){ .capability = "procedure",
				       .name = it->name,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = is_whole(it),
				       .is_taken = it->name != NULL &&
						   opx_registry_procedure(r, it->name) != NULL,
				       .n = r->n_procedures,
				       .max = MAX_OF_A_KIND },
		      err));
	r->procedures[r->n_procedures++] =
		(struct opx_reg_procedure){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

enum opx_status opx_registry_add_listener(struct opx_registry *r, const struct opx_event_listener *it,
					  void *self, uint16_t owner, struct opx_error *err)
{
	bool is_taken = false;
	for (size_t i = 0; i < r->n_listeners && it->name != NULL; i++)
		is_taken = is_taken || strcmp(r->listeners[i].it->name, it->name) == 0;
	OPX_TRY(check(&(struct claim){ .capability = "event listener",
				       .name = it->name,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = true,
				       .is_taken = is_taken,
				       .n = r->n_listeners,
				       .max = MAX_OF_A_KIND },
		      err));
	r->listeners[r->n_listeners++] = (struct opx_reg_listener){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

static bool is_lane(const char *lane)
{
	return lane != NULL && (strcmp(lane, "files") == 0 || strcmp(lane, "sign-in") == 0 ||
				strcmp(lane, "post") == 0 || strcmp(lane, "make") == 0);
}

enum opx_status opx_registry_add_job_kind(struct opx_registry *r, const struct opx_job_kind *it, void *self,
					  uint16_t owner, struct opx_error *err)
{
	bool is_taken = false;
	for (size_t i = 0; i < r->n_job_kinds && it->kind != NULL; i++)
		is_taken = is_taken || strcmp(r->job_kinds[i].it->kind, it->kind) == 0;
	OPX_TRY(check(&(struct claim){ .capability = "job kind",
				       .name = it->kind,
				       .size = it->size,
				       .want_size = sizeof(*it),
				       .is_complete = is_lane(it->lane) && it->run != NULL,
				       .is_taken = is_taken,
				       .n = r->n_job_kinds,
				       .max = MAX_JOB_KINDS },
		      err));
	r->job_kinds[r->n_job_kinds++] = (struct opx_reg_job_kind){ .it = it, .self = self, .owner = owner };
	return OPX_OK;
}

const struct opx_reg_door *opx_registry_door(const struct opx_registry *r, const char *auth_kind)
{
	for (size_t i = 0; i < r->n_doors; i++)
		if (strcmp(r->doors[i].it->auth_kind, auth_kind) == 0)
			return &r->doors[i];
	return NULL;
}

const struct opx_reg_rights *opx_registry_rights(const struct opx_registry *r)
{
	return r->n_rights > 0 ? &r->rights[0] : NULL;
}

const struct opx_reg_storage *opx_registry_storage(const struct opx_registry *r)
{
	return r->n_storages > 0 ? &r->storages[0] : NULL;
}

const struct opx_reg_timestamp *opx_registry_timestamp(const struct opx_registry *r, const char *name)
{
	for (size_t i = 0; i < r->n_timestamps; i++)
		if (strcmp(r->timestamps[i].it->name, name) == 0)
			return &r->timestamps[i];
	return NULL;
}

const struct opx_reg_channel *opx_registry_channel(const struct opx_registry *r, const char *name)
{
	for (size_t i = 0; i < r->n_channels; i++)
		if (strcmp(r->channels[i].it->name, name) == 0)
			return &r->channels[i];
	return NULL;
}

const struct opx_reg_kind *opx_registry_kind(const struct opx_registry *r, const char *code)
{
	for (size_t i = 0; i < r->n_kinds; i++)
		if (strcmp(r->kinds[i].it->code, code) == 0)
			return &r->kinds[i];
	return NULL;
}

const struct opx_reg_procedure *opx_registry_procedure(const struct opx_registry *r, const char *name)
{
	for (size_t i = 0; i < r->n_procedures; i++)
		if (strcmp(r->procedures[i].it->name, name) == 0)
			return &r->procedures[i];
	return NULL;
}

const struct opx_reg_job_kind *opx_registry_job_kind(const struct opx_registry *r, const char *lane,
						     const char *kind)
{
	for (size_t i = 0; i < r->n_job_kinds; i++)
		if (strcmp(r->job_kinds[i].it->lane, lane) == 0 &&
		    strcmp(r->job_kinds[i].it->kind, kind) == 0)
			return &r->job_kinds[i];
	return NULL;
}

const struct opx_transition *opx_registry_transition(const struct opx_registry *r, const char *procedure,
						     const char *code)
{
	const struct opx_reg_procedure *p = opx_registry_procedure(r, procedure);
	for (size_t i = 0; p != NULL && i < p->it->n_transitions; i++)
		if (strcmp(p->it->transitions[i].code, code) == 0)
			return &p->it->transitions[i];
	return NULL;
}

#define DEFINE_ALL(function, type, array)                                        \
	const struct type *function(const struct opx_registry *r, size_t *ret_n) \
	{                                                                        \
		*ret_n = r->n_##array;                                           \
		return r->n_##array > 0 ? r->array : NULL;                       \
	}
DEFINE_ALL(opx_registry_routes, opx_reg_route, routes)
DEFINE_ALL(opx_registry_doors, opx_reg_door, doors)
DEFINE_ALL(opx_registry_timestamps, opx_reg_timestamp, timestamps)
DEFINE_ALL(opx_registry_filechecks, opx_reg_filecheck, filechecks)
DEFINE_ALL(opx_registry_channels, opx_reg_channel, channels)
DEFINE_ALL(opx_registry_kinds, opx_reg_kind, kinds)
DEFINE_ALL(opx_registry_procedures, opx_reg_procedure, procedures)
DEFINE_ALL(opx_registry_listeners, opx_reg_listener, listeners)
DEFINE_ALL(opx_registry_job_kinds, opx_reg_job_kind, job_kinds)

/* Keeps the entries of the others, in their order. */
#define DROP(array)                                             \
	do {                                                    \
		size_t kept = 0;                                \
		for (size_t i = 0; i < r->n_##array; i++)       \
			if (r->array[i].owner != owner)         \
				r->array[kept++] = r->array[i]; \
		r->n_##array = kept;                            \
	} while (0)

void opx_registry_drop_owner(struct opx_registry *r, uint16_t owner)
{
	DROP(routes);
	DROP(doors);
	DROP(rights);
	DROP(storages);
	DROP(timestamps);
	DROP(filechecks);
	DROP(channels);
	DROP(kinds);
	DROP(procedures);
	DROP(listeners);
	DROP(job_kinds);
}

void opx_registry_set_cell(struct opx_registry *r, uint16_t *shared_cell)
{
	r->cell = shared_cell != NULL ? shared_cell : &r->own_cell;
}

uint16_t opx_registry_enter(const struct opx_registry *r, uint16_t owner)
{
	uint16_t former = __atomic_load_n(r->cell, __ATOMIC_RELAXED);
	__atomic_store_n(r->cell, owner, __ATOMIC_RELAXED);
	return former;
}

void opx_registry_leave(const struct opx_registry *r, uint16_t former)
{
	__atomic_store_n(r->cell, former, __ATOMIC_RELAXED);
}

void opx_registry_push(const struct opx_registry *r, uint16_t owner)
{
	OPX_ASSERT(r->calls->n < MAX_CALLS);
	r->calls->former[r->calls->n++] = opx_registry_enter(r, owner);
}

enum opx_status opx_registry_pop(const struct opx_registry *r, enum opx_status status)
{
	OPX_ASSERT(r->calls->n > 0);
	opx_registry_leave(r, r->calls->former[--r->calls->n]);
	return status;
}
