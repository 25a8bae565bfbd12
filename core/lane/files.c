/* SPDX-License-Identifier: MPL-2.0 */
/* files.c: file.check: a file that arrived is stored, checked, and its line of the draft says what became of it.
 *
 * The lane is the sole owner of the store. Every step may be the last before a crash: the job then runs again and goes on from
 * what the row says. First the bytes are safe and the row names them, then they are checked, then the row says ready or refused,
 * and only then does the file in incoming/ go. The bytes are never changed.
 */
#include "lane/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "domain/incoming.h"
#include "lane/lane.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_file.h"

#define HEAD_BYTES 4096
#define NEEDED_US \
	(30 * (int64_t)1000000) /* for a check: with less of the job's time left, another run does it */
#define NO_ROOM \
	N_("Le fichier n’a pas pu être gardé : l’espace de stockage est presque plein. Retirez-le et ajoutez-le plus tard.")
#define CUT N_("Ce fichier n’est pas arrivé en entier. Retirez-le, puis ajoutez-le de nouveau.")
#define EMPTY N_("Ce fichier est vide. Vérifiez-le sur votre ordinateur, puis ajoutez-le de nouveau.")

/* One file on its way. */
struct work {
	const struct opx_lane *lane;
	struct opx_job *job;
	const struct opx_reg_storage *storage;
	struct sql_file_find_row row;
	struct opx_str store_name;
	int incoming_fd;
};

static void done(struct work *work)
{
	opx_close_fdp(&work->incoming_fd);
}

/* The row says refused; then the bytes go. A crash in between leaves an orphan, which is swept. */
static enum opx_status refuse(struct work *work, struct opx_strs checks, struct opx_str sentence,
			      struct opx_error *err)
{
	int64_t n = 0;
	OPX_TRY(sql_file_refused(work->job->db, work->row.id, checks, sentence, &n, err));
	OPX_LOG(work->job->logger, OPX_INFO, "file.refused", KV_I64("file", work->row.id),
		KV_I64("size", work->row.size));
	if (n == 1 && work->store_name.n > 0)
		return work->storage->it->erase(work->storage->self, work->store_name, err);
	return OPX_OK;
}

static enum opx_status refuse_plain(struct work *work, const char *sentence, struct opx_error *err)
{
	return refuse(work, (struct opx_strs){ .n = 0 }, opx_str_z(sentence), err);
}

static bool is_over(const struct work *work)
{
	return !opx_str_is(work->row.state, "received");
}

/* Is there room for it beside the reserve? The store asks the same; asked before, it is a sentence and not a try again. */
static enum opx_status has_room(const struct work *work, bool *ret, struct opx_error *err)
{
	int64_t n_free = 0, total = 0;
	OPX_TRY(work->storage->it->room(work->storage->self, &n_free, &total, err));
	*ret = n_free - work->row.size >= total / 100 * work->lane->site->reserve_percent;
	return OPX_OK;
}

/* PostgreSQL's rule: after an fsync that failed nobody knows what the disk holds, so this process ends and another starts. */
_Noreturn static void end_of_process(const struct work *work, const struct opx_error *why)
{
	opx_log_error(work->job->logger, OPX_ERROR, "file.store-broken", why);
	_exit(1);
}

static enum opx_status put(struct work *work, int fd, struct opx_error *err)
{
	struct opx_stored *stored = OPX_NEW(work->job->arena, struct opx_stored);
	int64_t n = 0;
	enum opx_status status = work->storage->it->put(work->storage->self, fd, stored, err);
	if (status == OPX_INTERNAL)
		end_of_process(work, err);
	OPX_TRY(status);
	work->store_name = opx_str_z(stored->name);
	if (stored->size != work->row.size)
		return OPX_FAIL(err, OPX_UNAVAILABLE, CUT,
				"file %" PRId64 ": %" PRId64 " bytes stored, %" PRId64 " expected",
				work->row.id, stored->size, work->row.size);
	status = sql_file_stored(work->job->db, work->row.id, work->store_name,
				 (struct opx_bytes){ .p = stored->sha256.b, .n = 32 },
				 (struct opx_bytes){ .p = stored->sha512.b, .n = 64 }, &n, err);
	if (status == OPX_OK && n != 1) {
		/* Another run of this job was faster, or the person took the file back: this copy is nobody's. */
		OPX_TRY(work->storage->it->erase(work->storage->self, work->store_name, err));
		return OPX_FAIL(err, OPX_CONFLICT, CUT, "file %" PRId64 " was stored by another run",
				work->row.id);
	}
	return status;
}

/* From incoming/ to the store. */
static enum opx_status store(struct work *work, struct opx_error *err)
{
	const struct opx_vfs *vfs = work->lane->vfs;
	struct stat st;
	bool is_room = false;
	OPX_AUTO_FD fd =
		vfs->open(vfs, work->incoming_fd, work->row.upload.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0 && errno == ENOENT)
		return refuse_plain(work, CUT, err);
	if (fd < 0 || vfs->fstat(vfs, fd, &st) != 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, CUT, "incoming: %s", strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size != work->row.size)
		return refuse_plain(work, CUT, err);
	if (st.st_size == 0)
		return refuse_plain(work, EMPTY, err);
	OPX_TRY(has_room(work, &is_room, err));
	return is_room ? put(work, fd, err) : refuse_plain(work, NO_ROOM, err);
}

/* What the checks say together: one that refuses wins, then one that could not tell, then one that warns. */
struct opinion {
	struct opx_verdict verdict;
	struct opx_str *checks;
	size_t n;
};

static int weight(enum opx_verdict_kind kind)
{
	switch (kind) {
	case OPX_VERDICT_ACCEPT:
		return 0;
	case OPX_VERDICT_WARN:
		return 1;
	case OPX_VERDICT_UNKNOWN:
		return 2;
	case OPX_VERDICT_REFUSE:
		return 3;
	}
	return 3;
}

static const char *word_of(enum opx_verdict_kind kind)
{
	static const char *const words[] = { "accept", "warn", "unknown", "refuse" };
	return words[weight(kind)];
}

static void add_opinion(struct work *work, struct opinion *opinion, const char *name,
			const struct opx_verdict *verdict)
{
	struct opx_verdict *all = &opinion->verdict;
	opinion->checks[opinion->n++] = opx_strf(work->job->arena, "%s=%s", name, word_of(verdict->kind));
	if (opinion->n == 1 || weight(verdict->kind) > weight(all->kind)) {
		all->kind = verdict->kind;
		all->sentence = opx_str_copy(work->job->arena, verdict->sentence.p, verdict->sentence.n);
	}
	if (all->mime == NULL && verdict->mime != NULL) {
		all->mime = verdict->mime;
		all->ext = verdict->ext;
	}
	if (verdict->pages >= 0)
		all->pages = verdict->pages;
}

static enum opx_status ask_checks(struct work *work, const struct opx_file *file, struct opinion *ret,
				  struct opx_error *err)
{
	size_t n = 0;
	const struct opx_reg_filecheck *checks = opx_registry_filechecks(work->lane->registry, &n);
	*ret = (struct opinion){ .verdict = { .pages = -1, .sentence = OPX_STR("") } };
	ret->checks = OPX_NEW_N(work->job->arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++) {
		struct opx_verdict verdict = { .pages = -1, .sentence = OPX_STR("") };
		uint16_t former = opx_registry_enter(work->lane->registry, checks[i].owner);
		enum opx_status status = OPX_OK;
		bool is_mine = checks[i].it->is_mine(checks[i].self, file);
		if (is_mine)
			status = checks[i].it->check(checks[i].self, work->job, file, &verdict, err);
		opx_registry_leave(work->lane->registry, former);
		OPX_TRY(status);
		if (is_mine)
			add_opinion(work, ret, checks[i].it->name, &verdict);
	}
	return OPX_OK;
}

static enum opx_status look(struct work *work, struct opinion *ret, struct opx_error *err)
{
	struct opx_arena *arena = work->job->arena;
	uint8_t *head = opx_arena_alloc(arena, 1, HEAD_BYTES);
	OPX_AUTO_FD fd = -1;
	OPX_TRY(work->storage->it->open(work->storage->self, work->store_name, &fd, err));
	ssize_t n = work->lane->vfs->pread(work->lane->vfs, fd, head, HEAD_BYTES, 0);
	if (n < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, CUT, "pread: %s", strerror(errno));
	const struct opx_file file = { .fd = fd,
				       .size = work->row.size,
				       .name = work->row.name_shown,
				       .ext = opx_file_ext(arena, work->row.name_shown),
				       .head = { .p = head, .n = (size_t)n } };
	OPX_TRY(ask_checks(work, &file, ret, err));
	opx_file_agree(arena, file.ext, work->row.declared_type, ret->n, &ret->verdict);
	return OPX_OK;
}

static enum opx_status check(struct work *work, struct opx_error *err)
{
	struct opinion opinion;
	int64_t n = 0;
	OPX_TRY(look(work, &opinion, err));
	const struct opx_verdict *verdict = &opinion.verdict;
	const struct opx_strs checks = { .p = opinion.checks, .n = opinion.n };
	if (verdict->kind == OPX_VERDICT_REFUSE)
		return refuse(work, checks, verdict->sentence, err);
	OPX_TRY(sql_file_ready(work->job->db, work->row.id, opx_str_z(verdict->mime), opx_str_z(verdict->ext),
			       verdict->pages >= 0 ? &verdict->pages : NULL, checks, verdict->sentence, &n,
			       err));
	OPX_LOG(work->job->logger, OPX_INFO, "file.ready", KV_I64("file", work->row.id),
		KV_I64("size", work->row.size), KV_Z("mime", verdict->mime), KV_I64("pages", verdict->pages));
	return OPX_OK;
}

static bool has_time(const struct work *work)
{
	return work->job->deadline.us - opx_now(work->lane->clock).us >= NEEDED_US;
}

static enum opx_status advance(struct work *work, struct opx_error *err)
{
	if (is_over(work))
		return OPX_OK;
	work->store_name = work->row.store_name.p != NULL ? work->row.store_name : OPX_STR("");
	if (work->store_name.n == 0) {
		OPX_TRY(store(work, err));
		if (work->store_name.n == 0) /* refused */
			return OPX_OK;
		if (!has_time(work))
			return OPX_FAIL(err, OPX_CONFLICT, CUT,
					"file %" PRId64 " is stored; its check is another run's",
					work->row.id);
	}
	return check(work, err);
}

static enum opx_status run_check(void *self, struct opx_job *job, struct opx_error *err)
{
	__attribute__((cleanup(done))) struct work work = { .lane = self, .job = job, .incoming_fd = -1 };
	bool is_found = false;
	work.storage = opx_registry_storage(work.lane->registry);
	if (work.storage == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("L’espace de stockage est arrêté."),
				"no storage plugin is on");
	OPX_TRY(sql_file_find(job->db, job->ref, &is_found, &work.row, err));
	if (!is_found || opx_str_is(work.row.state, "sending"))
		return OPX_OK; /* nothing came: the last piece will ask again */
	OPX_TRY(opx_incoming_folder(work.lane->vfs, work.lane->site->store_root.p, &work.incoming_fd, err));
	OPX_TRY(advance(&work, err));
	return opx_incoming_remove(work.lane->vfs, work.incoming_fd, work.row.upload, err);
}

const struct opx_job_kind opx_jobs_files[] = {
	{ .size = sizeof(struct opx_job_kind), .lane = "files", .kind = "file.check", .run = run_check },
	{ .size = sizeof(struct opx_job_kind),
	  .lane = "files",
	  .kind = "store.sweep",
	  .run = opx_store_sweep },
};
const size_t opx_n_jobs_files = OPX_COUNT(opx_jobs_files);
