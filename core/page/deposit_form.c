/* SPDX-License-Identifier: MPL-2.0 */
/* deposit_form.c: POST /depot/:brouillon, the whole deposit form with its files, of a browser without JavaScript.
 *
 * The body is read as a stream: fields before files, the session's token first. A file has no name in incoming/ before it is
 * whole, so that a form that is cut leaves nothing behind and the draft is as it was.
 */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/codec.h"
#include "base/vfs.h"
#include "domain/draft.h"
#include "domain/incoming.h"
#include "http/dispatch.h"
#include "http/multipart.h"
#include "http/request.h"
#include "http/response.h"
#include "page/draft_form.h"
#include "page/screens.h"
#include "page/uploads.h"
#include "plugin/site.h"
#include "sql_draft.h"

#define MAX_NAME 255U

struct form {
	struct opx_context *c;
	int64_t draft;
	int folder_fd;
	bool is_checked; /* the token came, before any file */
	/* the file being read */
	struct opx_incoming in;
	struct opx_bytes name;
	struct opx_str type;
	bool is_passed_over; /* no file was chosen, or its name cannot come in */
};

static enum opx_status check_token(struct form *form, struct opx_fields fields, struct opx_error *err)
{
	struct opx_bytes token = { .n = 0 };
	for (size_t i = 0; i < fields.n; i++)
		if (opx_bytes_eq(fields.p[i].name, OPX_BYTES("_csrf")))
			token = fields.p[i].value;
	OPX_TRY(opx_csrf_check(form->c->rq, token, err));
	form->is_checked = true;
	return OPX_OK;
}

/* A name that cannot come in gives a line of the draft that says why; the other files come in. */
static enum opx_status turn_away(struct form *form, const struct opx_error *why, struct opx_error *err)
{
	struct opx_context *c = form->c;
	struct sql_draft_file_turned_away_row row;
	struct sql_draft_lock_row draft;
	uint8_t random[OPX_UPLOAD_CHARS / 2];
	bool is_open = false, is_added = false;
	struct opx_bytes name = { .p = form->name.p, .n = form->name.n < MAX_NAME ? form->name.n : MAX_NAME };
	opx_random_fill(c->random, random, sizeof(random));
	struct opx_str upload = opx_hex_str(c->arena, (struct opx_bytes){ .p = random, .n = sizeof(random) });
	struct opx_str sentence = opx_str_copy(c->arena, why->user, strlen(why->user));
	OPX_TRY(sql_draft_lock(c->db, form->draft, &is_open, &draft, err));
	OPX_TRY(sql_draft_file_turned_away(c->db, form->draft, upload, name,
					   opx_str_scrub(c->arena, name, MAX_NAME), c->site->max_files,
					   sentence, &is_added, &row, err));
	if (!is_added)
		return OPX_FAIL(err, OPX_TOO_LARGE,
				N_("Ce brouillon a trop de fichiers. Déposez-les en plusieurs fois."),
				"draft %" PRId64 " is full, filed or gone", form->draft);
	return OPX_OK;
}

static enum opx_status begin(void *self, struct opx_fields fields, struct opx_bytes field,
			     struct opx_bytes name, struct opx_bytes type, struct opx_error *err)
{
	struct form *form = self;
	struct opx_str shown;
	struct opx_error why = { .status = OPX_OK };
	(void)field;
	if (!form->is_checked)
		OPX_TRY(check_token(form, fields, err));
	form->name = (struct opx_bytes){ .p = opx_arena_memdup(form->c->arena, name.p, name.n), .n = name.n };
	form->type = opx_str_scrub(form->c->arena, type, 100);
	form->is_passed_over = name.n == 0; /* a field of the form in which no file was chosen */
	if (form->is_passed_over)
		return OPX_OK;
	if (opx_draft_name(form->c->arena, form->name, &shown, &why) != OPX_OK) {
		form->is_passed_over = true;
		return turn_away(form, &why, err);
	}
	return opx_incoming_begin_unnamed(&opx_vfs_real, form->folder_fd, &form->in, err);
}

static enum opx_status data(void *self, const uint8_t *p, size_t n, struct opx_error *err)
{
	struct form *form = self;
	const struct opx_site *site = form->c->site;
	if (form->is_passed_over)
		return OPX_OK;
	if (form->in.written + (int64_t)n > site->max_file_bytes)
		return opx_draft_too_large(form->in.written + (int64_t)n, site->max_file_bytes, err);
	if (!opx_incoming_has_room(form->folder_fd, (int64_t)n, site->reserve_percent))
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("L’espace de stockage est presque plein. Rien n’est perdu, réessayez plus tard."),
			"less than %" PRId64 " %% of the disk would stay free", site->reserve_percent);
	return opx_incoming_write(&form->in, p, n, err);
}

static enum opx_status end(void *self, struct opx_error *err)
{
	struct form *form = self;
	struct opx_str upload;
	int64_t file = 0, size = form->in.written;
	if (form->is_passed_over)
		return OPX_OK;
	OPX_TRY(opx_upload_announce(form->c, form->draft, form->name, form->type, size, &file, &upload, err));
	OPX_TRY(opx_incoming_name(&form->in, upload, err));
	opx_incoming_close(&form->in);
	return opx_upload_count(form->c, file, 0, size, size, err);
}

static void form_close(struct form *form)
{
	opx_incoming_close(&form->in);
	if (form->folder_fd >= 0)
		(void)close(form->folder_fd);
}

static enum opx_status receive(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	__attribute__((cleanup(form_close))) struct form form = { .c = opx_context_of(rq),
								  .folder_fd = -1,
								  .in = { .fd = -1 } };
	const struct opx_multipart_sink sink = { .self = &form, .begin = begin, .data = data, .end = end };
	struct opx_fields fields;
	OPX_TRY(opx_path_i64(rq, "brouillon", &form.draft, err));
	OPX_TRY(opx_incoming_folder(&opx_vfs_real, form.c->site->store_root.p, &form.folder_fd, err));
	OPX_TRY(opx_multipart_read(rq, &sink, &fields, err));
	if (!form.is_checked)
		OPX_TRY(check_token(&form, fields, err));
	opx_form_set(rq, fields);
	return opx_draft_form_take(form.c, form.draft, err);
}

/* Nobody reads here, but who was signed out while he sent the form comes back to its address: to the draft. */
static enum opx_status lead(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_context *c = opx_context_of(rq);
	struct sql_draft_find_row draft;
	int64_t id = 0;
	bool is_found = false;
	(void)self;
	OPX_TRY(opx_path_i64(rq, "brouillon", &id, err));
	OPX_TRY(sql_draft_find(c->db, id, &is_found, &draft, err));
	if (!is_found)
		return OPX_FAIL(err, OPX_NOT_FOUND,
				N_("Ce brouillon n’existe plus, ou il a déjà été déposé."),
				"draft %" PRId64 " is gone", id);
	opx_respond_see_other(rq, opx_strf(rq->arena, "/dossiers/%" PRId64 "/brouillons/%" PRId64,
					   draft.dossier_id, id));
	return OPX_OK;
}

const struct opx_route opx_routes_deposit_form[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/depot/:brouillon",
	  .right = OPX_RIGHT("case", "read"),
	  .subject = OPX_SUBJECT_DRAFT,
	  .handle = lead },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/depot/:brouillon",
	  .right = OPX_RIGHT("case", "read"),
	  .subject = OPX_SUBJECT_DRAFT,
	  .flags = OPX_ROUTE_UPLOAD,
	  .handle = receive },
};
const size_t opx_n_routes_deposit_form = OPX_COUNT(opx_routes_deposit_form);
