/* SPDX-License-Identifier: MPL-2.0 */
/* uploads.c: /televersement/: files that arrive by pieces (tus 1.0), each piece durable before it is acknowledged.
 *
 * An answer of the protocol is an answer like another: the handler succeeds and what it counted is committed.
 */
#include "page/uploads.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/vfs.h"
#include "db/db.h"
#include "domain/draft.h"
#include "domain/incoming.h"
#include "http/request.h"
#include "http/response.h"
#include "http/tus.h"
#include "page/screens.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_draft.h"
#include "sql_work.h"

#define GONE N_("Cet envoi n’existe plus. Ajoutez le fichier de nouveau.")
#define NO_ROOM \
	N_("L’espace de stockage est presque plein : ce fichier ne peut pas être reçu. Rien n’est perdu, réessayez plus tard.")
#define UNREADABLE N_("Cet envoi n’est pas lisible. Rechargez la page et recommencez.")
#define ELSEWHERE N_("Cet envoi a avancé ailleurs. Il reprend tout seul.")

enum opx_status opx_upload_announce(struct opx_context *c, int64_t draft, struct opx_bytes name,
				    struct opx_str type, int64_t size, int64_t *ret_file,
				    struct opx_str *ret_upload, struct opx_error *err)
{
	const struct opx_draft_limits limits = { .max_files = c->site->max_files,
						 .max_file_bytes = c->site->max_file_bytes,
						 .quota_bytes = c->site->draft_quota_bytes };
	struct sql_draft_lock_row row;
	bool is_open = false;
	if (opx_registry_storage(c->registry) == NULL)
		return OPX_FAIL(
			err, OPX_UNAVAILABLE,
			N_("Les dépôts sont arrêtés en ce moment (module storage-fs). Votre brouillon est gardé, réessayez plus tard."),
			"no storage plugin is on");
	OPX_TRY(sql_draft_lock(c->db, draft, &is_open, &row, err));
	if (!is_open)
		return OPX_FAIL(err, OPX_NOT_FOUND, N_("Ce brouillon est déjà déposé ou a été abandonné."),
				"draft %" PRId64 " is not open", draft);
	const struct opx_draft_file file = { .name = name, .declared_type = type, .size = size };
	return opx_draft_add_file(c->db, c->arena, c->random, &limits, draft, &file, ret_file, ret_upload,
				  err);
}

enum opx_status opx_upload_count(struct opx_context *c, int64_t file, int64_t from, int64_t received,
				 int64_t size, struct opx_error *err)
{
	int64_t n = 0;
	bool is_whole = received == size;
	OPX_TRY(opx_db_pipeline_begin(c->db, err));
	OPX_TRY(sql_draft_file_received_send(c->db, file, from, received, err));
	if (is_whole)
		OPX_TRY(sql_work_job_send(c->db, OPX_STR("files"), OPX_STR("file.check"),
					  opx_strf(c->arena, "file:%" PRId64, file), &file, NULL,
					  (struct opx_bytes){ .p = NULL }, 0, 20, err));
	OPX_TRY(opx_db_pipeline_end(c->db, err));
	OPX_TRY(sql_draft_file_received_recv(c->db, &n, err));
	if (is_whole)
		OPX_TRY(sql_work_job_recv(c->db, NULL, err));
	/* The job of a piece that moved nothing finds nothing to do. */
	if (n != 1)
		return OPX_FAIL(err, OPX_CONFLICT, ELSEWHERE, "file %" PRId64 " moved from %" PRId64, file,
				from);
	opx_context_wakes(c, is_whole ? OPX_WAKES_FILES : OPX_WAKES_NOBODY);
	return OPX_OK;
}

/* Another version, or a plain request: 412 with ours. true: answered. */
static bool is_foreign(struct opx_request *rq)
{
	if (opx_tus_is_spoken(rq))
		return false;
	opx_tus_answer(rq, 412, UNREADABLE);
	opx_respond_header(rq, "Tus-Version", OPX_STR(OPX_TUS_VERSION));
	return true;
}

/* A status of the protocol for a failure that is the client's affair; *ret_is_answered false: core makes the answer. */
static enum opx_status answer_fault(struct opx_request *rq, enum opx_status status,
				    const struct opx_error *fault, struct opx_error *err)
{
	static const struct {
		enum opx_status status;
		int code;
	} codes[] = {
		{ OPX_INVALID, 400 }, { OPX_NOT_FOUND, 404 }, { OPX_CONFLICT, 409 }, { OPX_TOO_LARGE, 413 }
	};
	for (size_t i = 0; i < OPX_COUNT(codes); i++)
		if (status == codes[i].status) {
			struct opx_str text = opx_str_copy(rq->arena, fault->user, strlen(fault->user));
			OPX_LOG(&rq->logger, OPX_INFO, "upload.refused", KV_I64("status", codes[i].code),
				KV_Z("detail", fault->detail));
			opx_tus_answer(rq, codes[i].code, text.p);
			return OPX_OK;
		}
	if (err != NULL)
		*err = *fault;
	return status;
}

static struct opx_str size_text(struct opx_request *rq, int64_t n)
{
	return opx_strf(rq->arena, "%" PRId64, n);
}

static enum opx_status options(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	(void)err;
	opx_tus_answer(rq, 204, NULL);
	opx_respond_header(rq, "Tus-Version", OPX_STR(OPX_TUS_VERSION));
	opx_respond_header(rq, "Tus-Extension", OPX_STR("creation,termination,checksum"));
	opx_respond_header(rq, "Tus-Max-Size", size_text(rq, opx_context_of(rq)->site->max_file_bytes));
	opx_respond_header(rq, "Tus-Checksum-Algorithm", OPX_STR("sha256"));
	return OPX_OK;
}

/* The draft is named by the metadata, so its right is asked here: the same question as the route of a piece asks. */
static enum opx_status ask_draft(struct opx_context *c, const struct opx_pages *pages, int64_t draft,
				 struct opx_error *err)
{
	const struct opx_reg_rights *rights = opx_registry_rights(pages->registry);
	const struct opx_right_question q = { .object = "case",
					      .action = "read",
					      .subject = OPX_SUBJECT_DRAFT,
					      .id = draft,
					      .key = OPX_STR("") };
	struct opx_right_answer answer = { .decision = OPX_DENY };
	if (rights != NULL)
		OPX_TRY(OPX_REG_CALL(pages->registry, rights, ask, c->db, &q, &answer, err));
	if (answer.decision != OPX_ALLOW)
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "draft %" PRId64 " is not this person's", draft);
	return OPX_OK;
}

/* The person waits; the operator has to make room. */
static enum opx_status answer_no_room(struct opx_request *rq)
{
	OPX_LOG(&rq->logger, OPX_ERROR, "upload.no-room", KV_I64("status", OPX_TUS_NO_ROOM));
	opx_tus_answer(rq, OPX_TUS_NO_ROOM, NO_ROOM);
	return OPX_OK;
}

struct creation {
	int64_t draft, size;
	struct opx_bytes name;
};

static enum opx_status read_creation(struct opx_request *rq, struct creation *ret, struct opx_error *err)
{
	struct opx_bytes draft, metadata = opx_request_header(rq, OPX_HDR_UPLOAD_METADATA);
	OPX_TRY(opx_tus_number(rq->arena, opx_request_header(rq, OPX_HDR_UPLOAD_LENGTH), &ret->size, err));
	OPX_TRY(opx_tus_metadata(rq->arena, metadata, "brouillon", &draft, err));
	OPX_TRY(opx_tus_number(rq->arena, draft, &ret->draft, err));
	return opx_tus_metadata(rq->arena, metadata, "nom", &ret->name, err);
}

static enum opx_status create_file(struct opx_context *c, const struct creation *made,
				   struct opx_str *ret_upload, struct opx_error *err)
{
	int64_t file = 0;
	OPX_AUTO_FD folder = -1;
	OPX_TRY(opx_upload_announce(c, made->draft, made->name, OPX_STR(""), made->size, &file, ret_upload,
				    err));
	OPX_TRY(opx_incoming_folder(&opx_vfs_real, c->site->store_root.p, &folder, err));
	OPX_TRY(opx_incoming_create(&opx_vfs_real, folder, *ret_upload, err));
	opx_context_wakes(c, OPX_WAKES_NOBODY);
	/* An empty file is complete at once: its check says that it is empty. */
	return made->size == 0 ? opx_upload_count(c, file, 0, 0, 0, err) : OPX_OK;
}

static bool has_room(const struct opx_context *c, int64_t more)
{
	OPX_AUTO_FD folder = -1;
	return opx_incoming_folder(&opx_vfs_real, c->site->store_root.p, &folder, NULL) == OPX_OK &&
	       opx_incoming_has_room(folder, more, c->site->reserve_percent);
}

static enum opx_status create(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_context *c = opx_context_of(rq);
	struct opx_error fault = { .status = OPX_OK };
	struct creation made;
	struct opx_str upload;
	if (is_foreign(rq))
		return OPX_OK;
	enum opx_status status = read_creation(rq, &made, &fault);
	if (status == OPX_OK)
		status = ask_draft(c, self, made.draft, &fault);
	if (status == OPX_OK && !has_room(c, made.size))
		return answer_no_room(rq);
	if (status == OPX_OK)
		status = create_file(c, &made, &upload, &fault);
	if (status != OPX_OK)
		return answer_fault(rq, status, &fault, err);
	opx_tus_answer(rq, 201, NULL);
	opx_respond_header(rq, "Location", opx_strf(rq->arena, "/televersement/%s", upload.p));
	opx_respond_header(rq, "Upload-Offset", OPX_STR("0"));
	return OPX_OK;
}

/* The row of the address, locked until the end: two pieces of one upload never run side by side. */
static enum opx_status load(struct opx_request *rq, struct opx_str *ret_upload,
			    struct sql_draft_file_by_upload_row *ret, struct opx_error *err)
{
	bool is_found = false;
	OPX_TRY(opx_path_str(rq, "televersement", ret_upload, err));
	if (opx_incoming_is_name(*ret_upload))
		OPX_TRY(sql_draft_file_by_upload(opx_context_of(rq)->db, *ret_upload, &is_found, ret, err));
	if (!is_found || opx_str_is(ret->state, "removed"))
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "no such upload");
	return OPX_OK;
}

static enum opx_status where(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	struct opx_error fault = { .status = OPX_OK };
	struct sql_draft_file_by_upload_row row;
	struct opx_str upload;
	if (is_foreign(rq))
		return OPX_OK;
	enum opx_status status = load(rq, &upload, &row, &fault);
	if (status != OPX_OK)
		return answer_fault(rq, status, &fault, err);
	opx_tus_answer(rq, 200, NULL);
	opx_respond_header(rq, "Upload-Offset", size_text(rq, row.received));
	opx_respond_header(rq, "Upload-Length", size_text(rq, row.size));
	return OPX_OK;
}

struct piece {
	int64_t offset;
	bool has_checksum;
	struct opx_sha256 want, got;
	bool is_cut; /* the client broke off: what came is kept */
};

/* The body to the file, counted and hashed on the way. */
static enum opx_status receive(struct opx_request *rq, struct opx_incoming *in, struct piece *piece,
			       struct opx_error *err)
{
	uint8_t *data = opx_arena_alloc(rq->arena, 1, UPLOAD_PIECE);
	struct opx_hasher *hasher = opx_hasher_new();
	struct opx_sha512 unused;
	enum opx_status status = OPX_OK;
	while (status == OPX_OK && rq->body.left > 0) {
		int64_t got = rq->body.read(&rq->body, data, UPLOAD_PIECE);
		piece->is_cut = got <= 0;
		if (piece->is_cut)
			break;
		opx_hasher_add(hasher, data, (size_t)got);
		status = opx_incoming_write(in, data, (size_t)got, err);
	}
	opx_hasher_end(hasher, &piece->got, &unused);
	opx_hasher_free(hasher);
	return status;
}

/* Is this piece the next one? */
static enum opx_status read_piece(struct opx_request *rq, const struct sql_draft_file_by_upload_row *row,
				  struct piece *ret, struct opx_error *err)
{
	OPX_TRY(opx_tus_number(rq->arena, opx_request_header(rq, OPX_HDR_UPLOAD_OFFSET), &ret->offset, err));
	OPX_TRY(opx_tus_checksum(rq->arena, opx_request_header(rq, OPX_HDR_UPLOAD_CHECKSUM),
				 &ret->has_checksum, &ret->want, err));
	if (ret->offset != row->received)
		return OPX_FAIL(err, OPX_CONFLICT, ELSEWHERE, "offset %" PRId64 ", %" PRId64 " received",
				ret->offset, row->received);
	if (rq->content_length > row->size - row->received)
		return OPX_FAIL(
			err, OPX_TOO_LARGE,
			N_("Ce fichier a changé pendant l’envoi. Retirez-le, puis ajoutez-le de nouveau."),
			"piece of %" PRId64 " bytes, %" PRId64 " are left", rq->content_length,
			row->size - row->received);
	return OPX_OK;
}

static enum opx_status answer_offset(struct opx_request *rq, int code, int64_t offset)
{
	opx_tus_answer(rq, code, NULL);
	opx_respond_header(rq, "Upload-Offset", size_text(rq, offset));
	return OPX_OK;
}

static enum opx_status store(struct opx_request *rq, struct opx_incoming *in,
			     const struct sql_draft_file_by_upload_row *row, struct piece *piece,
			     struct opx_error *err)
{
	enum opx_status status = receive(rq, in, piece, err);
	if (status != OPX_OK) {
		opx_incoming_drop(in);
		return status;
	}
	if (piece->has_checksum &&
	    (piece->is_cut || memcmp(piece->got.b, piece->want.b, sizeof(piece->want.b)) != 0)) {
		opx_incoming_drop(in);
		opx_tus_answer(rq, OPX_TUS_CHECKSUM_MISMATCH,
			       N_("Ce morceau est arrivé abîmé. Il repart tout seul."));
		return OPX_OK;
	}
	OPX_TRY(opx_incoming_sync(in, err));
	int64_t received = row->received + in->written;
	OPX_TRY(opx_upload_count(opx_context_of(rq), row->id, row->received, received, row->size, err));
	return answer_offset(rq, piece->is_cut ? 400 : 204, received);
}

static enum opx_status append(struct opx_request *rq, const struct sql_draft_file_by_upload_row *row,
			      struct opx_str upload, struct opx_error *err)
{
	struct opx_context *c = opx_context_of(rq);
	struct piece piece = { .offset = 0 };
	OPX_AUTO_FD folder = -1;
	OPX_AUTO_INCOMING in = { .fd = -1 };
	OPX_TRY(read_piece(rq, row, &piece, err));
	if (!opx_str_is(row->state, "sending")) /* whole already: nothing is left to send */
		return answer_offset(rq, 204, row->received);
	OPX_TRY(opx_incoming_folder(&opx_vfs_real, c->site->store_root.p, &folder, err));
	if (!opx_incoming_has_room(folder, rq->content_length, c->site->reserve_percent))
		return answer_no_room(rq);
	OPX_TRY(opx_incoming_begin(&opx_vfs_real, folder, upload, row->received, &in, err));
	enum opx_status status = store(rq, &in, row, &piece, err);
	if (status == OPX_UNAVAILABLE && in.is_full)
		return answer_no_room(rq);
	return status;
}

static enum opx_status patch(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	struct opx_error fault = { .status = OPX_OK };
	struct sql_draft_file_by_upload_row row;
	struct opx_str upload;
	if (is_foreign(rq))
		return OPX_OK;
	if (!opx_request_header_is(rq, OPX_HDR_CONTENT_TYPE, "application/offset+octet-stream")) {
		opx_tus_answer(rq, 415, UNREADABLE);
		return OPX_OK;
	}
	enum opx_status status = load(rq, &upload, &row, &fault);
	if (status == OPX_OK)
		status = append(rq, &row, upload, &fault);
	return status == OPX_OK ? OPX_OK : answer_fault(rq, status, &fault, err);
}

/* The person takes the file back. Once it is in the store the sweep of orphans erases it. */
static enum opx_status take_back(struct opx_request *rq, void *self, struct opx_error *err)
{
	(void)self;
	struct opx_context *c = opx_context_of(rq);
	struct opx_error fault = { .status = OPX_OK };
	struct sql_draft_file_by_upload_row row;
	struct opx_str upload;
	OPX_AUTO_FD folder = -1;
	if (is_foreign(rq))
		return OPX_OK;
	enum opx_status status = load(rq, &upload, &row, &fault);
	if (status == OPX_OK)
		status = sql_draft_file_remove(c->db, row.id, row.draft_id, NULL, &fault);
	if (status == OPX_OK)
		status = opx_incoming_folder(&opx_vfs_real, c->site->store_root.p, &folder, &fault);
	if (status == OPX_OK)
		status = opx_incoming_remove(&opx_vfs_real, folder, upload, &fault);
	if (status != OPX_OK)
		return answer_fault(rq, status, &fault, err);
	opx_tus_answer(rq, 204, NULL);
	return OPX_OK;
}

#define UPLOAD(m, h)                                                                                      \
	{                                                                                                 \
		.size = sizeof(struct opx_route), .method = (m), .path = "/televersement/:televersement", \
		.right = OPX_RIGHT("case", "read"), .subject = OPX_SUBJECT_UPLOAD,                        \
		.flags = OPX_ROUTE_UPLOAD, .handle = (h)                                                  \
	}

const struct opx_route opx_routes_uploads[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_OPTIONS,
	  .path = "/televersement/",
	  .right = OPX_RIGHT_PUBLIC,
	  .handle = options },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_OPTIONS,
	  .path = "/televersement/:televersement",
	  .right = OPX_RIGHT_PUBLIC,
	  .handle = options },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/televersement/",
	  .right = OPX_RIGHT("case", "read"), /* in some dossier; the handler asks for the one of the draft */
	  .subject = OPX_SUBJECT_NONE,
	  .handle = create },
	UPLOAD(OPX_HEAD, where),
	UPLOAD(OPX_PATCH, patch),
	UPLOAD(OPX_DELETE, take_back),
};
const size_t opx_n_routes_uploads = OPX_COUNT(opx_routes_uploads);
