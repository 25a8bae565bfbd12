/* SPDX-License-Identifier: MPL-2.0 */
/* files_sweep.c: store.sweep: what a crash, a refusal or a change of mind left behind goes once it is old enough (I10).
 *
 * A name is erased only when it is older than orphan_h and no row needs it. A row never comes to need a name that old: the lane
 * writes the name into the row in the very run that made it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "domain/incoming.h"
#include "lane/files.h"
#include "lane/lane.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_file.h"

#define PARTS 256
#define BATCH 1000

struct sweep {
	const struct opx_lane *lane;
	struct opx_job *job;
	int64_t older_than_s;
	int64_t n_uploads, n_stored;
};

static bool has(const struct opx_str *list, size_t n, struct opx_str name)
{
	for (size_t i = 0; i < n; i++)
		if (opx_str_eq(list[i], name))
			return true;
	return false;
}

static void close_dir(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

/* Old uploads, at most a batch: the next sweep takes the rest. */
static enum opx_status list_uploads(const struct sweep *s, int folder_fd, struct opx_strs *ret,
				    struct opx_error *err)
{
	struct opx_str *names = OPX_NEW_N(s->job->arena, struct opx_str, BATCH);
	size_t n = 0;
	int64_t now_s = opx_now(s->lane->clock).us / 1000000;
	OPX_AUTO_FD fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(close_dir))) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("L’espace de stockage ne répond pas."),
				"incoming cannot be listed");
	(void)opx_take_fd(&fd);
	for (struct dirent *e = readdir(dir); e != NULL && n < BATCH; e = readdir(dir)) {
		struct stat st;
		if (!opx_incoming_is_name(opx_str_z(e->d_name)) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    st.st_ctim.tv_sec > now_s - s->older_than_s)
			continue;
		names[n++] = opx_str_copy(s->job->arena, e->d_name, OPX_UPLOAD_CHARS);
	}
	*ret = (struct opx_strs){ .p = names, .n = n };
	return OPX_OK;
}

static enum opx_status sweep_uploads(struct sweep *s, struct opx_error *err)
{
	struct opx_strs names;
	const struct sql_file_uploads_live_row *rows = NULL;
	size_t n = 0;
	OPX_AUTO_FD folder = -1;
	OPX_TRY(opx_incoming_folder(s->lane->vfs, s->lane->site->store_root.p, &folder, err));
	OPX_TRY(list_uploads(s, folder, &names, err));
	if (names.n == 0)
		return OPX_OK;
	OPX_TRY(sql_file_uploads_live(s->job->db, names, &rows, &n, err));
	struct opx_str *live = OPX_NEW_N(s->job->arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++)
		live[i] = rows[i].upload;
	for (size_t i = 0; i < names.n; i++) {
		if (has(live, n, names.p[i]))
			continue;
		OPX_TRY(opx_incoming_remove(s->lane->vfs, folder, names.p[i], err));
		OPX_LOG(s->job->logger, OPX_INFO, "store.swept-upload", KV_STR("upload", names.p[i]));
		s->n_uploads++;
	}
	return OPX_OK;
}

static enum opx_status sweep_batch(struct sweep *s, const struct opx_reg_storage *storage,
				   struct opx_strs names, struct opx_error *err)
{
	const struct sql_file_stores_live_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_file_stores_live(s->job->db, names, &rows, &n, err));
	struct opx_str *live = OPX_NEW_N(s->job->arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++)
		live[i] = rows[i].name;
	for (size_t i = 0; i < names.n; i++) {
		if (has(live, n, names.p[i]))
			continue;
		OPX_TRY(storage->it->erase(storage->self, names.p[i], err));
		OPX_LOG(s->job->logger, OPX_INFO, "store.swept", KV_STR("name", names.p[i]));
		s->n_stored++;
	}
	return OPX_OK;
}

static enum opx_status sweep_store(struct sweep *s, const struct opx_reg_storage *storage,
				   struct opx_error *err)
{
	for (unsigned part = 0; part < PARTS; part++) {
		struct opx_strs names;
		OPX_TRY(storage->it->list(storage->self, s->job->arena, part, s->older_than_s, &names, err));
		for (size_t at = 0; at < names.n; at += BATCH) {
			size_t n = names.n - at < BATCH ? names.n - at : BATCH;
			OPX_TRY(sweep_batch(s, storage, (struct opx_strs){ .p = names.p + at, .n = n }, err));
		}
	}
	return OPX_OK;
}

enum opx_status opx_store_sweep(void *self, struct opx_job *job, struct opx_error *err)
{
	struct sweep s = { .lane = self, .job = job };
	const struct opx_reg_storage *storage = opx_registry_storage(s.lane->registry);
	s.older_than_s = s.lane->orphan_h * 3600;
	OPX_TRY(sql_file_drafts_expire(job->db, NULL, err));
	OPX_TRY(sweep_uploads(&s, err));
	if (storage != NULL && OPX_HAS(storage->it, list) && storage->it->list != NULL)
		OPX_TRY(sweep_store(&s, storage, err));
	OPX_LOG(job->logger, OPX_INFO, "store.sweep", KV_I64("uploads", s.n_uploads),
		KV_I64("stored", s.n_stored));
	return OPX_OK;
}
