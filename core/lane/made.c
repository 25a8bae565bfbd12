/* SPDX-License-Identifier: MPL-2.0 */
/* made.c: see made.h. */
#include "lane/made.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/vfs.h"
#include "db/db.h"
#include "lane/lane.h"
#include "lane/work_folder.h"
#include "plugin/site.h"
#include "sql_bundle.h"

#define DISK N_("Le disque est plein ou ne répond pas. Réessayez plus tard.")
#define SWEEP_AT_ONCE 500
/* A made file lives a day; what is older and was not taken away belongs to nobody. */
#define ORPHAN_US (INT64_C(25) * 3600 * 1000000)

struct opx_str opx_made_folder(struct opx_arena *arena, const struct opx_lane *lane)
{
	return opx_strf(arena, "%s/_made", lane->site->store_root.p);
}

struct opx_str opx_made_work(struct opx_arena *arena, int64_t artefact)
{
	return opx_strf(arena, "work-%" PRId64, artefact);
}

static enum opx_status hash_file(struct opx_arena *arena, const struct opx_vfs *vfs, int fd,
				 struct opx_made_file *ret, struct opx_error *err)
{
	struct opx_sha512 unused;
	uint8_t *piece = opx_arena_alloc(arena, 1, 65536);
	struct opx_hasher *hasher = opx_hasher_new();
	ssize_t n = 0;
	ret->size = 0;
	while ((n = vfs->pread(vfs, fd, piece, 65536, ret->size)) > 0) {
		opx_hasher_add(hasher, piece, (size_t)n);
		ret->size += n;
	}
	opx_hasher_end(hasher, &ret->sha256, &unused);
	opx_hasher_free(hasher);
	return n == 0 ? OPX_OK : OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "made file: read: %s", strerror(errno));
}

enum opx_status opx_made_place(struct opx_arena *arena, const struct opx_lane *lane, int fd,
			       struct opx_str from, const char *ext, struct opx_made_file *ret,
			       struct opx_error *err)
{
	const struct opx_vfs *vfs = lane->vfs;
	uint8_t random[16];
	struct opx_str folder = opx_made_folder(arena, lane);
	opx_random_fill(lane->random, random, sizeof(random));
	ret->path = opx_strf(arena, "%s.%s",
			     opx_hex_str(arena, (struct opx_bytes){ .p = random, .n = sizeof(random) }).p,
			     ext);
	OPX_TRY(hash_file(arena, vfs, fd, ret, err));
	OPX_AUTO_FD dir = vfs->open(vfs, AT_FDCWD, folder.p, O_RDONLY | O_DIRECTORY, 0);
	if (dir < 0 || vfs->fchmod(vfs, fd, 0440) != 0 || vfs->fsync(vfs, fd) != 0 ||
	    vfs->rename(vfs, dir, from.p, ret->path.p) != 0 || vfs->fsync(vfs, dir) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s/%s: %s", folder.p, ret->path.p,
				strerror(errno));
	return OPX_OK;
}

enum opx_status opx_made_give_up(struct opx_job *job, enum opx_status status, const char *sentence,
				 struct opx_error *err)
{
	struct opx_error second = { .status = OPX_OK };
	const bool is_ours = status != OPX_FORBIDDEN && status != OPX_TOO_LARGE;
	if (opx_db_ready(job->db, &second) != OPX_OK ||
	    sql_bundle_failed(job->db, job->ref, opx_str_z(sentence), NULL, &second) != OPX_OK ||
	    (is_ours && sql_bundle_give_up(job->db, job->id, NULL, &second) != OPX_OK)) {
		if (err != NULL)
			*err = second;
		return OPX_UNAVAILABLE;
	}
	return is_ours ? status : OPX_OK;
}

/* The file first: a row that is gone has no file. */
static enum opx_status sweep_rows(const struct opx_lane *lane, struct opx_job *job, int dir, int64_t *ret_n,
				  struct opx_error *err)
{
	const struct sql_bundle_expired_row *rows = NULL;
	size_t n = 0;
	OPX_TRY(sql_bundle_expired(job->db, SWEEP_AT_ONCE, &rows, &n, err));
	for (size_t i = 0; i < n; i++) {
		if (rows[i].path.p != NULL && lane->vfs->unlink(lane->vfs, dir, rows[i].path.p) != 0 &&
		    errno != ENOENT)
			return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s: unlink: %s", rows[i].path.p,
					strerror(errno));
		opx_work_remove(opx_made_folder(job->arena, lane), opx_made_work(job->arena, rows[i].id));
		OPX_TRY(sql_bundle_gone(job->db, rows[i].id, NULL, err));
	}
	*ret_n += (int64_t)n;
	return OPX_OK;
}

static void sweep_orphans(const struct opx_lane *lane, struct opx_job *job, DIR *d, int64_t *ret_n)
{
	const int64_t oldest_us = opx_now(lane->clock).us - ORPHAN_US;
	struct stat st;
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    (int64_t)st.st_mtime * 1000000 > oldest_us)
			continue;
		if (S_ISDIR(st.st_mode))
			opx_work_remove(opx_made_folder(job->arena, lane), opx_str_z(e->d_name));
		else
			(void)lane->vfs->unlink(lane->vfs, dirfd(d), e->d_name);
		++*ret_n;
	}
}

enum opx_status opx_made_sweep(void *self, struct opx_job *job, struct opx_error *err)
{
	const struct opx_lane *lane = self;
	int64_t n = 0;
	struct opx_str folder = opx_made_folder(job->arena, lane);
	DIR *d = opendir(folder.p);
	if (d == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s: %s", folder.p, strerror(errno));
	enum opx_status status = sweep_rows(lane, job, dirfd(d), &n, err);
	sweep_orphans(lane, job, d, &n);
	(void)closedir(d);
	if (n > 0)
		OPX_LOG(job->logger, OPX_INFO, "made.swept", KV_I64("files", n));
	return status;
}
