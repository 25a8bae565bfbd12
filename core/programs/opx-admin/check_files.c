/* SPDX-License-Identifier: MPL-2.0 */
/* check_files.c: the bytes on the disk are those that the rows name: size and SHA-256 of every file, read again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/digest.h"
#include "check.h"
#include "db/db.h"
#include "plugin/loader.h"
#include "plugin/registry.h"
#include "sql_check.h"

/* What a row says of a file. */
struct expected {
	const char *what;
	int64_t id, size;
	struct opx_str name;
	struct opx_bytes sha256;
};

static bool hash_file(int fd, int64_t *ret_size, struct opx_sha256 *ret)
{
	uint8_t piece[65536 / 2];
	struct opx_sha512 unused;
	struct opx_hasher *hasher = opx_hasher_new();
	ssize_t got = 0;
	*ret_size = 0;
	while ((got = read(fd, piece, sizeof(piece))) > 0) {
		opx_hasher_add(hasher, piece, (size_t)got);
		*ret_size += got;
	}
	opx_hasher_end(hasher, ret, &unused);
	opx_hasher_free(hasher);
	return got == 0;
}

static void compare(struct check_rule *rule, const struct expected *e, int fd)
{
	int64_t size = 0;
	struct opx_sha256 sha256;
	if (!hash_file(fd, &size, &sha256))
		check_bad(rule, "%s %" PRId64 ": %s cannot be read: %s", e->what, e->id, e->name.p,
			  strerror(errno));
	else if (size != e->size)
		check_bad(rule, "%s %" PRId64 ": %s has %" PRId64 " bytes, not %" PRId64, e->what, e->id,
			  e->name.p, size, e->size);
	else if (e->sha256.n != 32 || memcmp(sha256.b, e->sha256.p, 32) != 0)
		check_bad(rule, "%s %" PRId64 ": %s has another SHA-256", e->what, e->id, e->name.p);
}

static void look_in_store(struct check *c, struct check_rule *rule, const struct expected *e)
{
	const struct opx_reg_storage *store = opx_registry_storage(opx_plugins_registry(c->admin->plugins));
	struct opx_error why = { .detail = "" };
	int found = -1;
	rule->n_seen++;
	if (store == NULL) {
		check_bad(rule, "%s %" PRId64 ": no plugin keeps the store", e->what, e->id);
		return;
	}
	if (store->it->open(store->self, e->name, &found, &why) != OPX_OK) {
		check_bad(rule, "%s %" PRId64 ": %s", e->what, e->id, why.detail);
		return;
	}
	OPX_AUTO_FD fd = found;
	compare(rule, e, fd);
}

static void look_in_made(struct check *c, struct check_rule *rule, const struct expected *e)
{
	struct opx_str path =
		opx_strf(c->page, "%s/_made/%s", opx_config_z(c->admin->config, "store", "root"), e->name.p);
	OPX_AUTO_FD fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	rule->n_seen++;
	if (fd < 0)
		check_bad(rule, "%s %" PRId64 ": %s: %s", e->what, e->id, path.p, strerror(errno));
	else
		compare(rule, e, fd);
}

/* One page of each kind of row; *after moves on, *ret_n counts. */
static enum opx_status documents(struct check *c, struct check_rule *rule, int64_t *after, size_t *ret_n,
				 struct opx_error *err)
{
	const struct sql_check_documents_row *rows = NULL;
	OPX_TRY(sql_check_documents(c->admin->db, *after, CHECK_PAGE, &rows, ret_n, err));
	for (size_t i = 0; i < *ret_n; i++) {
		const struct expected e = { "document", rows[i].id, rows[i].size, rows[i].store_name,
					    rows[i].sha256 };
		look_in_store(c, rule, &e);
		*after = rows[i].id;
	}
	return OPX_OK;
}

static enum opx_status drafts(struct check *c, struct check_rule *rule, int64_t *after, size_t *ret_n,
			      struct opx_error *err)
{
	const struct sql_check_drafts_row *rows = NULL;
	OPX_TRY(sql_check_drafts(c->admin->db, *after, CHECK_PAGE, &rows, ret_n, err));
	for (size_t i = 0; i < *ret_n; i++) {
		const struct expected e = { "file of a draft", rows[i].id, rows[i].size, rows[i].store_name,
					    rows[i].sha256 };
		look_in_store(c, rule, &e);
		*after = rows[i].id;
	}
	return OPX_OK;
}

static enum opx_status artefacts(struct check *c, struct check_rule *rule, int64_t *after, size_t *ret_n,
				 struct opx_error *err)
{
	const struct sql_check_artefacts_row *rows = NULL;
	OPX_TRY(sql_check_artefacts(c->admin->db, *after, CHECK_PAGE, &rows, ret_n, err));
	for (size_t i = 0; i < *ret_n; i++) {
		const struct expected e = { "made file", rows[i].id, rows[i].size, rows[i].path,
					    rows[i].sha256 };
		look_in_made(c, rule, &e);
		*after = rows[i].id;
	}
	return OPX_OK;
}

enum opx_status check_files(struct check *c, struct opx_error *err)
{
	static const struct {
		const char *sentence;
		enum opx_status (*page)(struct check *c, struct check_rule *rule, int64_t *after,
					size_t *ret_n, struct opx_error *err);
	} kinds[] = {
		{ "every document's file is in the store, with its size and its hash", documents },
		{ "every checked file of a draft is in the store, with its size and its hash", drafts },
		{ "every made file is there, with its size and its hash", artefacts },
	};
	struct opx_arena *former = opx_db_use_arena(c->admin->db, c->page);
	enum opx_status status = OPX_OK;
	for (size_t i = 0; status == OPX_OK && i < OPX_COUNT(kinds); i++) {
		struct check_rule rule = { .sentence = kinds[i].sentence };
		int64_t after = 0;
		for (size_t n = CHECK_PAGE; status == OPX_OK && n == CHECK_PAGE;) {
			status = kinds[i].page(c, &rule, &after, &n, err);
			opx_arena_reset(c->page);
		}
		if (status == OPX_OK)
			check_end(c, &rule);
	}
	(void)opx_db_use_arena(c->admin->db, former);
	return status;
}
