/* SPDX-License-Identifier: MPL-2.0 */
/* bundle_close.c: from the work folder to the file: the lists, the container, its check by opx-verify, and the event of it. */
#include "lane/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/vfs.h"
#include "db/db.h"
#include "domain/act.h"
#include "evidence/container.h"
#include "lane/child.h"
#include "plugin/registry.h"
#include "plugin/site.h"

#define DISK N_("Le disque est plein ou ne répond pas. Réessayez plus tard.")
#define VERIFY_MS 300000
#define VERIFY_MEMORY ((uint64_t)8 << 30)

/* The list of parts, sorted by name, without touching the folder's own. */
static struct opx_listed *sorted(const struct opx_work *work)
{
	struct opx_listed *list = OPX_NEW_N(work->arena, struct opx_listed, work->n);
	if (work->n > 0)
		memcpy(list, work->files, work->n * sizeof(*list));
	opx_listed_sort(list, work->n);
	return list;
}

enum opx_status bundle_write_sums(struct opx_work *work, struct opx_sha256 *ret_sha256, struct opx_error *err)
{
	struct opx_bytes text;
	OPX_TRY(opx_sums_format(work->arena, sorted(work), work->n, &text, err));
	*ret_sha256 = opx_sha256(text);
	return opx_work_put(work, OPX_STR("SHA256SUMS"), text, err);
}

enum opx_status bundle_write_manifest(struct opx_work *work, struct opx_sha256 *ret_sha256,
				      struct opx_error *err)
{
	struct opx_bytes text;
	OPX_TRY(opx_manifest_format(work->arena, sorted(work), work->n, &text, err));
	*ret_sha256 = opx_sha256(text);
	return opx_work_put(work, OPX_STR("META-INF/ASiCManifest.xml"), text, err);
}

static enum opx_status open_stored(struct bundle *b, struct opx_str store_name, int *ret_fd,
				   struct opx_error *err)
{
	const struct opx_reg_storage *storage = opx_registry_storage(b->lane->registry);
	if (storage == NULL)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "no store is on");
	uint16_t former = opx_registry_enter(b->lane->registry, storage->owner);
	enum opx_status status = storage->it->open(storage->self, store_name, ret_fd, err);
	opx_registry_leave(b->lane->registry, former);
	return status;
}

static enum opx_status add_part(struct bundle *b, struct opx_container *c, const struct opx_listed *part,
				struct opx_error *err)
{
	OPX_AUTO_FD fd = -1;
	struct opx_str store = { .p = NULL };
	for (size_t i = 0; i < b->work.n; i++)
		if (opx_str_eq(b->work.files[i].name, part->name))
			store = b->work.stores[i];
	OPX_TRY(store.p != NULL ? open_stored(b, store, &fd, err)
				: opx_work_open(&b->work, part->name, &fd, err));
	return opx_container_add_fd(c, part->name, fd, &part->sha256, err);
}

/* mimetype first, then the others by name. */
static enum opx_status write_container(struct bundle *b, int fd, struct opx_error *err)
{
	const struct opx_listed *list = sorted(&b->work);
	struct opx_container *c = opx_container_new(b->arena, b->lane->vfs, fd);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < b->work.n; i++)
			if (opx_str_is(list[i].name, "mimetype") == (round == 0))
				OPX_TRY(add_part(b, c, &list[i], err));
	return opx_container_end(c, err);
}

/* Nothing leaves that our own verifier refuses. */
static enum opx_status verify(struct bundle *b, struct opx_str path, struct opx_error *err)
{
	const struct opx_lane *lane = b->lane;
	const bool has_policy = lane->log_policy != NULL && lane->log_policy[0] != '\0';
	struct opx_str program = opx_strf(b->arena, "%s/opx-verify", lane->program_folder);
	const char *const argv[] = { program.p,        "--tsa-roots",
				     lane->tsa_roots,  "--user-roots",
				     lane->user_roots, "--json",
				     path.p,           has_policy ? "--policy" : NULL,
				     lane->log_policy, NULL };
	const struct opx_child child = {
		.argv = argv, .folder = b->work.path.p, .timeout_ms = VERIFY_MS, .max_memory = VERIFY_MEMORY
	};
	char said[OPX_CHILD_SAID];
	int status = 0;
	OPX_TRY(opx_child_run(&child, &status, said, err));
	if (status != 0)
		return OPX_FAIL(err, OPX_INTERNAL, BUNDLE_BROKEN, "opx-verify ended with %d: %s", status,
				said);
	return OPX_OK;
}

enum opx_status bundle_close(struct bundle *b, struct opx_made_file *ret, struct opx_error *err)
{
	const struct opx_vfs *vfs = b->lane->vfs;
	struct opx_str path = opx_strf(b->arena, "%s/.made", b->work.path.p);
	(void)alarm((unsigned)(2 * VERIFY_MS /
			       1000)); /* gigabytes are copied and checked: longer than a job is given */
	OPX_AUTO_FD fd = vfs->open(vfs, AT_FDCWD, path.p, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return OPX_FAIL(err, OPX_UNAVAILABLE, DISK, "%s: %s", path.p, strerror(errno));
	OPX_TRY(write_container(b, fd, err));
	OPX_TRY(verify(b, path, err));
	return opx_made_place(b->arena, b->lane, fd, path, "asice", ret, err);
}

/* The session of the person who asked; NULL: it is not known any more, and the service acts. */
static enum opx_status load_session(struct bundle *b, struct opx_act *act, struct opx_error *err)
{
	static const char levels[] = "L0L1L2L3";
	struct sql_bundle_session_row row;
	bool is_found = false;
	if (!b->asked.session_id_is_null)
		OPX_TRY(sql_bundle_session(b->job->db, b->asked.session_id, b->asked.person_id, &is_found,
					   &row, err));
	if (!is_found || row.token_sha256.n != 32)
		return OPX_OK;
	struct opx_session *session = OPX_NEW(b->arena, struct opx_session);
	const char *level = strstr(levels, row.level.p);
	*session = (struct opx_session){ .id = b->asked.session_id,
					 .account = row.account_id,
					 .person = b->asked.person_id,
					 .credential = row.credential_id_is_null ? 0 : row.credential_id,
					 .auth_kind = row.auth_kind,
					 .level = level != NULL ? (enum opx_auth_level)((level - levels) / 2)
								: OPX_L0,
					 .auth_at = row.auth_at };
	memcpy(session->token_sha256, row.token_sha256.p, sizeof(session->token_sha256));
	act->session = session;
	act->address = row.address;
	act->agent = row.agent;
	return OPX_OK;
}

enum opx_status bundle_write_event(struct bundle *b, const struct opx_sha256 *sums, struct opx_error *err)
{
	struct opx_act act = opx_lane_act(b->lane, b->job);
	struct opx_event e;
	int64_t id = 0;
	size_t n = 0;
	OPX_TRY(load_session(b, &act, err));
	OPX_TRY(opx_act_open(&act, b->asked.dossier_id, true, err));
	const int32_t *to = opx_act_watchers(&act, b->asked.person_id, 0, &n);
	int32_t pseudonym = 0;
	for (size_t i = 0; i < act.n_people; i++)
		if (act.people[i].person == b->asked.person_id)
			pseudonym = act.people[i].pseudonym;
	OPX_TRY(opx_event_begin(&act, &e, OPX_LOG_ACTS, "export.bundle", to, n, err));
	opx_writer_open(&e.w, "export");
	opx_writer_hex(&e.w, "sums", (struct opx_bytes){ .p = sums->b, .n = sizeof(sums->b) });
	opx_writer_str(&e.w, "to", opx_pseudonym(b->arena, pseudonym));
	opx_writer_close(&e.w);
	return opx_event_end(&act, &e, (struct opx_event_links){ .about = b->asked.person_id }, &id, err);
}
