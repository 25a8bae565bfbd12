/* SPDX-License-Identifier: MPL-2.0 */
/* storage-fs.c: the store on a file system, as a plugin. Web workers only ask for addresses; the files lane puts and erases. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <opx/plugin.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/auto.h"
#include "store.h"

struct storage {
	const struct opx_host *host;
	struct opx_str root;
	struct store store;
	bool is_reader; /* opened to read only */
};

#define MAX_LISTED 100000

/* Opened at the first use: only the processes that may enter the folder need it. */
OPX_MUST_USE static enum opx_status need_open(struct storage *storage, struct opx_error *err)
{
	if (storage->store.root_fd >= 0 && !storage->is_reader)
		return OPX_OK;
	store_close(&storage->store);
	storage->is_reader = false;
	return store_open(&storage->store, storage->root.p, err);
}

/* For those who only read (opx-web, the make lane): the folder belongs to the files lane, and its mode is none of their business. */
OPX_MUST_USE static enum opx_status need_reader(struct storage *storage, struct opx_error *err)
{
	if (storage->store.root_fd >= 0)
		return OPX_OK;
	/* Nothing was ever put: whoever may make the folder does so. */
	OPX_AUTO_FD root = open(storage->root.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = root >= 0 ? openat(root, "_blob", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (fd < 0 && errno == ENOENT && root >= 0)
		return store_open(&storage->store, storage->root.p, err);
	if (fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("L’espace de stockage ne répond pas."),
				"open %s/_blob: %s", storage->root.p, strerror(errno));
	storage->store.root_fd = fd;
	storage->is_reader = true;
	return OPX_OK;
}

static enum opx_status put(void *self, int src_fd, struct opx_stored *ret, struct opx_error *err)
{
	struct storage *storage = self;
	OPX_TRY(need_open(storage, err));
	return store_put(&storage->store, src_fd, ret, err);
}

static enum opx_status open_file(void *self, struct opx_str name, int *ret_fd, struct opx_error *err)
{
	struct storage *storage = self;
	OPX_TRY(need_reader(storage, err));
	return store_get(&storage->store, name, ret_fd, err);
}

static enum opx_status erase(void *self, struct opx_str name, struct opx_error *err)
{
	struct storage *storage = self;
	OPX_TRY(need_open(storage, err));
	return store_erase(&storage->store, name, err);
}

static enum opx_status address(void *self, struct opx_arena *arena, struct opx_str name, struct opx_str *ret,
			       struct opx_error *err)
{
	(void)self;
	if (!store_is_name(name))
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce fichier est introuvable."),
				"not a name of the store");
	*ret = opx_strf(arena, "/_blob/%.2s/%s", name.p, name.p);
	return OPX_OK;
}

static enum opx_status room(void *self, int64_t *ret_free, int64_t *ret_total, struct opx_error *err)
{
	struct storage *storage = self;
	OPX_TRY(need_reader(storage, err));
	if (storage->store.room(storage->store.root_fd, ret_free, ret_total) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("L’espace de stockage ne répond pas."),
				"statvfs failed");
	return OPX_OK;
}

static void close_dir(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

static enum opx_status list(void *self, struct opx_arena *arena, unsigned part, int64_t older_than_s,
			    struct opx_strs *ret, struct opx_error *err)
{
	struct storage *storage = self;
	struct opx_str *names = NULL;
	size_t n = 0, cap = 0;
	char folder[3];
	int64_t now_s = opx_now(storage->host->clock(storage->host)).us / 1000000;
	struct dirent *entry;
	OPX_TRY(need_reader(storage, err));
	(void)snprintf(folder, sizeof(folder), "%02x", part & 0xffU);
	OPX_AUTO_FD fd =
		openat(storage->store.root_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	*ret = (struct opx_strs){ .n = 0 };
	if (fd < 0)
		return OPX_OK; /* nothing was ever put there */
	__attribute__((cleanup(close_dir))) DIR *dir = fdopendir(fd);
	if (dir == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("L’espace de stockage ne répond pas."),
				"fdopendir failed");
	(void)opx_take_fd(&fd);
	while (n < MAX_LISTED && (entry = readdir(dir)) != NULL) {
		struct stat st;
		if (!store_is_name(opx_str_z(entry->d_name)) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    st.st_ctim.tv_sec > now_s - older_than_s)
			continue;
		if (n == cap) {
			struct opx_str *more = OPX_NEW_N(arena, struct opx_str, cap > 0 ? cap * 2 : 64);
			if (n > 0)
				memcpy(more, names, n * sizeof(*names));
			names = more;
			cap = cap > 0 ? cap * 2 : 64;
		}
		names[n++] = opx_str_copy(arena, entry->d_name, STORE_NAME_CHARS);
	}
	*ret = (struct opx_strs){ .p = names, .n = n };
	return OPX_OK;
}

static const struct opx_storage storage_fs = {
	.size = sizeof(storage_fs),
	.name = "storage-fs",
	.put = put,
	.open = open_file,
	.erase = erase,
	.address = address,
	.room = room,
	.list = list,
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct storage *storage = host->plugin_alloc(reg, sizeof(*storage));
	storage->host = host;
	storage->root = host->setting_str(reg, "root");
	storage->store = (struct store){
		.vfs = &opx_vfs_real,
		.random = host->random(host),
		.root_fd = -1,
		.reserve_percent = (int32_t)host->setting_i64(reg, "reserve_percent"),
		.room = store_room_real,
	};
	*ret_self = storage;
	return host->add_storage(reg, &storage_fs, storage, err);
}

static void stop(void *self)
{
	struct storage *storage = self;
	store_close(&storage->store);
}

static const struct opx_setting settings[] = {
	{ .name = "root", .type = OPX_SETTING_FILE, .help = "folder that holds _blob, on one file system" },
	{ .name = "reserve_percent",
	  .type = OPX_SETTING_I64,
	  .fallback = "5",
	  .min = 0,
	  .max = 50,
	  .help = "a file is refused when less of the disk would stay free" },
	{ .name = NULL },
};

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "storage-fs",
	.version = "1.0",
	.settings = settings,
	.plug = plug,
	.stop = stop,
};
