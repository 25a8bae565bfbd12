/* SPDX-License-Identifier: MPL-2.0 */
/* host_plug.c: the functions of the host table that a plugin calls in plug(): memory, registration, settings; and the
 * process's clock, random source and pepper. */
#include "plugin/services.h"

#include "base/arena.h"
#include "plugin/registrar.h"
#include "plugin/registry.h"
#include "plugin/settings.h"

static void *plugin_alloc(struct opx_registrar *reg, size_t size)
{
	OPX_ASSERT(reg->is_open);
	return opx_arena_alloc(reg->arena, 1, size);
}

static enum opx_status add_route(struct opx_registrar *reg, const struct opx_route *it, void *self,
				 struct opx_error *err)
{
	return opx_registry_add_route(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_auth_door(struct opx_registrar *reg, const struct opx_auth_door *it, void *self,
				     struct opx_error *err)
{
	return opx_registry_add_door(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_rights(struct opx_registrar *reg, const struct opx_rights *it, void *self,
				  struct opx_error *err)
{
	return opx_registry_add_rights(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_storage(struct opx_registrar *reg, const struct opx_storage *it, void *self,
				   struct opx_error *err)
{
	return opx_registry_add_storage(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_timestamp_authority(struct opx_registrar *reg,
					       const struct opx_timestamp_authority *it, void *self,
					       struct opx_error *err)
{
	return opx_registry_add_timestamp(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_filecheck(struct opx_registrar *reg, const struct opx_filecheck *it, void *self,
				     struct opx_error *err)
{
	return opx_registry_add_filecheck(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_notice_channel(struct opx_registrar *reg, const struct opx_notice_channel *it,
					  void *self, struct opx_error *err)
{
	return opx_registry_add_channel(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_document_kind(struct opx_registrar *reg, const struct opx_document_kind *it,
					 void *self, struct opx_error *err)
{
	return opx_registry_add_kind(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_procedure(struct opx_registrar *reg, const struct opx_procedure *it, void *self,
				     struct opx_error *err)
{
	return opx_registry_add_procedure(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_event_listener(struct opx_registrar *reg, const struct opx_event_listener *it,
					  void *self, struct opx_error *err)
{
	return opx_registry_add_listener(reg->registry, it, self, reg->owner, err);
}

static enum opx_status add_job_kind(struct opx_registrar *reg, const struct opx_job_kind *it, void *self,
				    struct opx_error *err)
{
	return opx_registry_add_job_kind(reg->registry, it, self, reg->owner, err);
}

/* The value of a setting of this plugin; its text was checked before plug(). A name that is not in its table, or of
 * another type, is the plugin's mistake and ends the process. */
static struct opx_setting_value value_of(const struct opx_registrar *reg, const char *name, bool is_text,
					 enum opx_setting_type type)
{
	struct opx_setting_value value = { .i64 = 0 };
	const struct opx_setting *setting = opx_setting_find(reg->plugin->settings, name);
	const struct opx_plugin_value *given = opx_plugin_value_find(reg->order, name);
	OPX_ASSERT(reg->is_open && setting != NULL);
	OPX_ASSERT(setting->type == type || (is_text && setting->type == OPX_SETTING_FILE));
	OPX_ASSERT(opx_setting_parse(setting, given != NULL ? given->value : NULL, &value, NULL) == OPX_OK);
	return value;
}

static struct opx_str setting_str(struct opx_registrar *reg, const char *name)
{
	struct opx_str text = value_of(reg, name, true, OPX_SETTING_STR).str;
	return opx_str_copy(reg->arena, text.p, text.n);
}

static int64_t setting_i64(struct opx_registrar *reg, const char *name)
{
	return value_of(reg, name, false, OPX_SETTING_I64).i64;
}

static bool setting_bool(struct opx_registrar *reg, const char *name)
{
	return value_of(reg, name, false, OPX_SETTING_BOOL).is_true;
}

static enum opx_status pepper(const struct opx_host *host, struct opx_bytes data, struct opx_sha256 *ret,
			      struct opx_error *err)
{
	const struct opx_services *services = opx_services_of(host);
	if (services->pepper.n == 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Ce service n’est pas disponible ici."),
				"this process has no pepper");
	*ret = opx_hmac_sha256(services->pepper, data);
	return OPX_OK;
}

static const struct opx_random *random_of(const struct opx_host *host)
{
	return opx_services_of(host)->random;
}

static const struct opx_clock *clock_of(const struct opx_host *host)
{
	return opx_services_of(host)->clock;
}

void opx_host_fill_plug(struct opx_host *host)
{
	host->plugin_alloc = plugin_alloc;
	host->add_route = add_route;
	host->add_auth_door = add_auth_door;
	host->add_rights = add_rights;
	host->add_storage = add_storage;
	host->add_timestamp_authority = add_timestamp_authority;
	host->add_filecheck = add_filecheck;
	host->add_notice_channel = add_notice_channel;
	host->add_document_kind = add_document_kind;
	host->add_procedure = add_procedure;
	host->add_event_listener = add_event_listener;
	host->add_job_kind = add_job_kind;
	host->setting_str = setting_str;
	host->setting_i64 = setting_i64;
	host->setting_bool = setting_bool;
	host->pepper = pepper;
	host->random = random_of;
	host->clock = clock_of;
}

void opx_host_fill(struct opx_host *ret_host, const struct opx_services *services)
{
	*ret_host = (struct opx_host){ .size = sizeof(*ret_host), .core = services };
	opx_host_fill_plug(ret_host);
	opx_host_fill_request(ret_host);
	opx_host_fill_work(ret_host);
}
