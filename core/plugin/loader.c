/* SPDX-License-Identifier: MPL-2.0 */
/* loader.c: see loader.h. The file is hashed and opened through one descriptor, so that what was hashed is what is run. */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "plugin/registrar.h"
#include "plugin/registry.h"
#include "plugin/settings.h"

#define MAX_PLUGINS 48
#define MAX_PLUGIN_BYTES ((off_t)64 << 20)
#define REFUSED N_("Le module « %s » n’est pas disponible.")

struct slot {
	const struct opx_plugin *plugin; /* NULL: was not opened */
	void *self;
	bool is_started;
};

struct opx_plugins {
	struct opx_arena *arena;
	struct opx_registry *registry;
	struct opx_plugin_info infos[MAX_PLUGINS];
	struct slot slots[MAX_PLUGINS]; /* of infos[i]; its owner number is i + 1 */
	size_t n;
};

struct opx_plugins *opx_plugins_new(void)
{
	struct opx_plugins *plugins = calloc(1, sizeof(*plugins));
	OPX_ASSERT(plugins != NULL);
	plugins->arena = opx_arena_new((size_t)64 << 20);
	plugins->registry = opx_registry_new();
	return plugins;
}

void opx_plugins_free(struct opx_plugins *plugins)
{
	if (plugins == NULL)
		return;
	opx_registry_free(plugins->registry);
	opx_arena_free(plugins->arena);
	free(plugins);
}

struct opx_registry *opx_plugins_registry(struct opx_plugins *plugins)
{
	return plugins->registry;
}

size_t opx_plugins_list(const struct opx_plugins *plugins, const struct opx_plugin_info **ret_infos)
{
	*ret_infos = plugins->infos;
	return plugins->n;
}

enum opx_status opx_settings_check(const struct opx_setting *settings, const struct opx_plugin_order *order,
				   struct opx_error *err)
{
	for (size_t i = 0; i < order->n_values; i++)
		if (opx_setting_find(settings, order->values[i].name) == NULL)
			return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name,
					    "%s:%d: plugin %s has no setting \"%s\"", order->config_path,
					    order->values[i].line, order->name, order->values[i].name);
	for (const struct opx_setting *s = settings; s != NULL && s->name != NULL; s++) {
		struct opx_setting_value value;
		struct opx_error why = { .detail = "" };
		const struct opx_plugin_value *given = opx_plugin_value_find(order, s->name);
		if (opx_setting_parse(s, given != NULL ? given->value : NULL, &value, &why) != OPX_OK)
			return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name, "%s:%d: plugin %s: %s",
					    order->config_path, given != NULL ? given->line : order->line,
					    order->name, why.detail);
	}
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status hash_fd(int fd, struct opx_sha256 *ret, struct opx_error *err)
{
	struct opx_sha512 unused;
	uint8_t piece[16384];
	ssize_t got;
	struct opx_hasher *hasher = opx_hasher_new();
	while ((got = read(fd, piece, sizeof(piece))) > 0)
		opx_hasher_add(hasher, piece, (size_t)got);
	opx_hasher_end(hasher, ret, &unused);
	opx_hasher_free(hasher);
	if (got < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Un module du service ne peut pas être lu."),
				"read: %s", strerror(errno));
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status open_checked(const struct opx_plugin_order *order, int *ret_fd,
						 struct opx_error *err)
{
	struct stat st;
	struct opx_sha256 sha;
	OPX_AUTO_FD fd = open(order->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return OPX_FAIL_ARG(err, OPX_UNAVAILABLE, REFUSED, order->name, "plugin %s: %s: %s",
				    order->name, order->file, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_PLUGIN_BYTES ||
	    (st.st_mode & S_IWOTH) != 0)
		return OPX_FAIL_ARG(
			err, OPX_FORBIDDEN, REFUSED, order->name,
			"plugin %s: %s is no plain file, is too large or may be written by everybody",
			order->name, order->file);
	OPX_TRY(hash_fd(fd, &sha, err));
	if (memcmp(sha.b, order->sha256.b, sizeof(sha.b)) != 0) {
		char hex[65];
		opx_sha256_hex(&sha, hex);
		return OPX_FAIL_ARG(err, OPX_FORBIDDEN, REFUSED, order->name,
				    "plugin %s: %s has another SHA-256 than the listed one: %s", order->name,
				    order->file, hex);
	}
	*ret_fd = opx_take_fd(&fd);
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status open_plugin(const struct opx_plugin_order *order,
						const struct opx_plugin **ret, struct opx_error *err)
{
	char path[40];
	void *handle, *symbol;
	OPX_AUTO_FD fd = -1;
	OPX_TRY(open_checked(order, &fd, err));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	/* Kept open as long as the process: the number would come back, and dlopen knows objects by the path they were opened by. */
	(void)opx_take_fd(&fd);
	if (handle == NULL)
		return OPX_FAIL_ARG(err, OPX_UNAVAILABLE, REFUSED, order->name, "plugin %s: %s", order->name,
				    dlerror());
	symbol = dlsym(handle, "opx_plugin");
	if (symbol == NULL)
		return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name, "plugin %s: no symbol opx_plugin",
				    order->name);
	*ret = symbol;
	return OPX_OK;
}

OPX_MUST_USE static enum opx_status check_descriptor(const struct opx_plugin *plugin,
						     const struct opx_plugin_order *order,
						     struct opx_error *err)
{
	if (plugin->size < offsetof(struct opx_plugin, stop) + sizeof(plugin->stop))
		return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name,
				    "plugin %s: descriptor of %u bytes is too small", order->name,
				    plugin->size);
	if (plugin->abi_major != OPX_ABI_MAJOR || plugin->abi_minor > OPX_ABI_MINOR)
		return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name,
				    "plugin %s: made for ABI %u.%u, this is %d.%d", order->name,
				    plugin->abi_major, plugin->abi_minor, OPX_ABI_MAJOR, OPX_ABI_MINOR);
	if (plugin->name == NULL || strcmp(plugin->name, order->name) != 0)
		return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name,
				    "plugin %s: the file says it is \"%s\"", order->name,
				    plugin->name != NULL ? plugin->name : "");
	if (plugin->version == NULL || plugin->plug == NULL)
		return OPX_FAIL_ARG(err, OPX_INVALID, REFUSED, order->name,
				    "plugin %s: no version or no plug()", order->name);
	return OPX_OK;
}

/* A free place in the list, filled with what is known before the file is opened. */
static size_t take_slot(struct opx_plugins *plugins, const struct opx_plugin_order *order)
{
	size_t i = plugins->n++;
	OPX_ASSERT(i < MAX_PLUGINS);
	plugins->infos[i] = (struct opx_plugin_info){
		.name = opx_str_copy(plugins->arena, order->name, strlen(order->name)).p,
		.version = "",
		.state = OPX_PLUGIN_OFF,
		.sha256 = order->sha256,
	};
	return i;
}

OPX_MUST_USE static enum opx_status plug(struct opx_plugins *plugins, size_t i,
					 const struct opx_plugin *plugin,
					 const struct opx_plugin_order *order, const struct opx_host *host,
					 struct opx_error *err)
{
	struct opx_plugin_info *info = &plugins->infos[i];
	struct opx_registrar reg = {
		.arena = plugins->arena,
		.registry = plugins->registry,
		.plugin = plugin,
		.order = order,
		.owner = (uint16_t)(i + 1),
		.is_open = true,
	};
	enum opx_status status;
	OPX_TRY(check_descriptor(plugin, order, err));
	info->version = plugin->version;
	info->settings = plugin->settings;
	info->migrations = plugin->migrations;
	OPX_TRY(opx_settings_check(plugin->settings, order, err));
	status = plugin->plug(host, &reg, &plugins->slots[i].self, err);
	if (status != OPX_OK) {
		opx_registry_drop_owner(plugins->registry, reg.owner);
		return status;
	}
	plugins->slots[i].plugin = plugin;
	info->state = OPX_PLUGIN_ON;
	return OPX_OK;
}

/* The sentence and the detail of a refusal stay with the plugin, for the pages and the operator. */
static void keep_reason(struct opx_plugin_info *info, enum opx_plugin_state state,
			const struct opx_error *err)
{
	info->state = state;
	(void)snprintf(info->sentence, sizeof(info->sentence), "Le module « %s » n’est pas disponible.",
		       info->name);
	(void)snprintf(info->detail, sizeof(info->detail), "%s", err->detail);
}

enum opx_status opx_plugins_add(struct opx_plugins *plugins, const struct opx_plugin *plugin,
				const struct opx_plugin_order *order, const struct opx_host *host,
				struct opx_error *err)
{
	struct opx_error why = { .detail = "" };
	size_t i = take_slot(plugins, order);
	enum opx_status status = plug(plugins, i, plugin, order, host, &why);
	if (status == OPX_OK)
		return OPX_OK;
	keep_reason(&plugins->infos[i], OPX_PLUGIN_REFUSED, &why);
	if (err != NULL)
		*err = why;
	return status;
}

static bool is_in(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void load_one(struct opx_plugins *plugins, const struct opx_plugin_order *order,
		     const struct opx_plugins_order *all)
{
	struct opx_error why = { .detail = "" };
	const struct opx_plugin *plugin = NULL;
	size_t i = take_slot(plugins, order);
	struct opx_plugin_info *info = &plugins->infos[i];
	if (!order->is_enabled) {
		(void)snprintf(why.detail, sizeof(why.detail), "plugin %s: disabled in %s:%d", order->name,
			       order->config_path, order->line);
		keep_reason(info, OPX_PLUGIN_OFF, &why);
		return;
	}
	if (is_in(order->name, all->crashed)) {
		(void)snprintf(why.detail, sizeof(why.detail),
			       "plugin %s: switched off after too many crashes", order->name);
		keep_reason(info, OPX_PLUGIN_CRASHED, &why);
		return;
	}
	if (open_plugin(order, &plugin, &why) == OPX_OK &&
	    plug(plugins, i, plugin, order, all->host, &why) == OPX_OK)
		return;
	keep_reason(info, OPX_PLUGIN_REFUSED, &why);
	if (all->logger != NULL)
		opx_log_error(all->logger, OPX_ERROR, "plugin.refused", &why);
}

OPX_MUST_USE static enum opx_status check_required(const struct opx_plugins *plugins,
						   const char *const *required, struct opx_error *err)
{
	for (; required != NULL && *required != NULL; required++) {
		const struct opx_plugin_info *found = NULL;
		for (size_t i = 0; i < plugins->n; i++)
			if (strcmp(plugins->infos[i].name, *required) == 0)
				found = &plugins->infos[i];
		if (found == NULL)
			return OPX_FAIL_ARG(err, OPX_UNAVAILABLE, REFUSED, *required,
					    "plugin %s is needed here and is not in the configuration",
					    *required);
		if (found->state != OPX_PLUGIN_ON)
			return OPX_FAIL_ARG(err, OPX_UNAVAILABLE, REFUSED, *required,
					    "plugin %s is needed here: %s", *required, found->detail);
	}
	return OPX_OK;
}

/* A plugin that is on and must not be: its reason is kept, what it registered is forgotten, the others go on. */
static void refuse(struct opx_plugins *plugins, uint16_t owner, const struct opx_error *why,
		   const struct opx_logger *logger)
{
	OPX_ASSERT(owner > 0 && owner <= plugins->n);
	keep_reason(&plugins->infos[owner - 1], OPX_PLUGIN_REFUSED, why);
	opx_registry_drop_owner(plugins->registry, owner);
	if (logger != NULL)
		opx_log_error(logger, OPX_ERROR, "plugin.refused", why);
}

static size_t kinds_with_rows(const struct opx_registry *registry, const struct opx_document_kind **ret_kinds,
			      uint16_t *ret_owners)
{
	size_t n = 0, n_rows = 0;
	const struct opx_reg_kind *kinds = opx_registry_kinds(registry, &n);
	for (size_t i = 0; i < n; i++) {
		if (!OPX_HAS(kinds[i].it, right_size) || kinds[i].it->n_rights == 0)
			continue;
		ret_kinds[n_rows] = kinds[i].it;
		ret_owners[n_rows++] = kinds[i].owner;
	}
	return n_rows;
}

void opx_plugins_settle(struct opx_plugins *plugins, const struct opx_logger *logger)
{
	const struct opx_document_kind *kinds[OPX_REGISTRY_MAX_KINDS];
	uint16_t owners[OPX_REGISTRY_MAX_KINDS];
	size_t n;
	const struct opx_reg_rights *rights = opx_registry_rights(plugins->registry);
	while (rights != NULL && (n = kinds_with_rows(plugins->registry, kinds, owners)) > 0) {
		struct opx_error why = { .detail = "" };
		size_t wrong = 0;
		enum opx_status status = OPX_UNAVAILABLE;
		if (!OPX_HAS(rights->it, extend) || rights->it->extend == NULL)
			(void)snprintf(why.detail, sizeof(why.detail),
				       "document kind %s brings rows of the matrix, and %s takes none",
				       kinds[0]->code, rights->it->name);
		else
			status = rights->it->extend(rights->self, plugins->arena, kinds, n, &wrong, &why);
		if (status == OPX_OK)
			return;
		refuse(plugins, owners[wrong], &why, logger);
	}
}

enum opx_status opx_plugins_load(const struct opx_plugins_order *order, struct opx_plugins **ret,
				 struct opx_error *err)
{
	struct opx_plugins *plugins;
	enum opx_status status;
	if (order->n_plugins > MAX_PLUGINS)
		return OPX_FAIL(err, OPX_TOO_LARGE, N_("La configuration du service n’est pas valable."),
				"%zu plugins, %d at most", order->n_plugins, MAX_PLUGINS);
	plugins = opx_plugins_new();
	for (size_t i = 0; i < order->n_plugins; i++)
		load_one(plugins, &order->plugins[i], order);
	opx_plugins_settle(plugins, order->logger);
	status = check_required(plugins, order->required, err);
	if (status != OPX_OK) {
		opx_plugins_free(plugins);
		return status;
	}
	*ret = plugins;
	return OPX_OK;
}

enum opx_status opx_plugins_start(struct opx_plugins *plugins, const char *const *required,
				  const struct opx_logger *logger, struct opx_error *err)
{
	for (size_t i = 0; i < plugins->n; i++) {
		struct opx_error why = { .detail = "" };
		struct slot *slot = &plugins->slots[i];
		uint16_t former;
		enum opx_status status = OPX_OK;
		if (slot->plugin == NULL || plugins->infos[i].state != OPX_PLUGIN_ON)
			continue;
		former = opx_registry_enter(plugins->registry, (uint16_t)(i + 1));
		if (slot->plugin->start != NULL)
			status = slot->plugin->start(slot->self, &why);
		opx_registry_leave(plugins->registry, former);
		slot->is_started = status == OPX_OK;
		if (status == OPX_OK)
			continue;
		keep_reason(&plugins->infos[i], OPX_PLUGIN_REFUSED, &why);
		opx_registry_drop_owner(plugins->registry, (uint16_t)(i + 1));
		if (logger != NULL)
			opx_log_error(logger, OPX_ERROR, "plugin.not_started", &why);
	}
	return check_required(plugins, required, err);
}

void opx_plugins_stop(struct opx_plugins *plugins)
{
	for (size_t i = plugins->n; i-- > 0;) {
		struct slot *slot = &plugins->slots[i];
		if (slot->is_started && slot->plugin->stop != NULL)
			slot->plugin->stop(slot->self);
		slot->is_started = false;
	}
}

void opx_plugins_switch_off(struct opx_plugins *plugins, uint16_t owner)
{
	struct opx_error why = { .detail = "switched off after too many crashes" };
	OPX_ASSERT(owner > 0 && owner <= plugins->n);
	keep_reason(&plugins->infos[owner - 1], OPX_PLUGIN_CRASHED, &why);
	opx_registry_drop_owner(plugins->registry, owner);
}

static int by_name(const void *a, const void *b)
{
	const struct opx_plugin_info *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

struct opx_sha256 opx_plugins_sha256(const struct opx_plugins *plugins)
{
	const struct opx_plugin_info *on[MAX_PLUGINS];
	struct opx_hasher *hasher = opx_hasher_new();
	struct opx_sha256 sha;
	struct opx_sha512 unused;
	size_t n = 0;
	for (size_t i = 0; i < plugins->n; i++)
		if (plugins->infos[i].state == OPX_PLUGIN_ON)
			on[n++] = &plugins->infos[i];
	qsort(on, n, sizeof(on[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		char hex[65];
		opx_sha256_hex(&on[i]->sha256, hex);
		opx_hasher_add(hasher, on[i]->name, strlen(on[i]->name));
		opx_hasher_add(hasher, " ", 1);
		opx_hasher_add(hasher, hex, 64);
		opx_hasher_add(hasher, "\n", 1);
	}
	opx_hasher_end(hasher, &sha, &unused);
	opx_hasher_free(hasher);
	return sha;
}
