/* SPDX-License-Identifier: MPL-2.0 */
/* reading.c: see reading.h. */
#include "domain/reading.h"

#include "base/arena.h"
#include "db/db.h"
#include "domain/act.h"
#include "sql_reading.h"

static enum opx_status write_handover(struct opx_act *act, int64_t document,
				      const struct sql_reading_document_row *row,
				      struct opx_reading_form form, int64_t *ret_event, struct opx_error *err)
{
	struct opx_event e;
	size_t n = 0;
	const int64_t person = opx_act_person(act);
	const int32_t *to = opx_act_watchers(act, person, row->author_id, &n);
	OPX_TRY(opx_event_begin(act, &e, OPX_LOG_READINGS, "doc.handover", to, n, err));
	opx_writer_open(&e.w, "object");
	opx_writer_str(&e.w, "id", opx_document_id(act->arena, row->n));
	opx_writer_hex(&e.w, "sha256", row->sha256);
	opx_writer_close(&e.w);
	opx_writer_open(&e.w, "handover");
	opx_writer_str(&e.w, "representation", opx_str_z(form.representation));
	opx_writer_str(&e.w, "range", OPX_STR("-"));
	if (form.sha256.p != NULL)
		opx_writer_hex(&e.w, "sha256", form.sha256);
	opx_writer_close(&e.w);
	return opx_event_end(act, &e, (struct opx_event_links){ .document = document, .about = person },
			     ret_event, err);
}

struct opx_reading_ahead {
	struct sql_reading_document_row row;
};

enum opx_status opx_reading_ahead_send(struct opx_db *db, int64_t document, struct opx_error *err)
{
	return sql_reading_document_send(db, document, NULL, OPX_STR("original"),
					 (struct opx_bytes){ .p = NULL }, err);
}

enum opx_status opx_reading_ahead_recv(struct opx_db *db, struct opx_arena *arena,
				       struct opx_reading_ahead **ret, struct opx_error *err)
{
	struct opx_reading_ahead *ahead = OPX_NEW(arena, struct opx_reading_ahead);
	OPX_TRY(sql_reading_document_recv(db, &ahead->row, err));
	*ret = ahead;
	return OPX_OK;
}

static void fill(const struct sql_reading_document_row *row, struct opx_arena *arena, struct opx_reading *ret)
{
	*ret = (struct opx_reading){
		.name = row->name,
		.ascii_name = opx_strf(arena, "%s.%s", opx_document_id(arena, row->n).p, row->ext.p),
		.mime = row->mime,
		.store_name = row->store_name,
		.size = row->size,
		.is_first = !row->is_known,
	};
}

void opx_reading_would_be(const struct opx_reading_ahead *ahead, struct opx_arena *arena,
			  struct opx_reading *ret)
{
	fill(&ahead->row, arena, ret);
}

/* The lock, then what was committed when it was given: two clicks at once are one opening. */
static enum opx_status find_document(struct opx_act *act, int64_t document, struct opx_reading_form form,
				     struct sql_reading_document_row *ret, struct opx_error *err)
{
	struct sql_reading_turn_row turn;
	OPX_TRY(opx_db_pipeline_begin(act->db, err));
	OPX_TRY(sql_reading_turn_send(act->db, act->session->id, document, err));
	OPX_TRY(sql_reading_document_send(act->db, document, &act->session->id,
					  opx_str_z(form.representation), form.sha256, err));
	OPX_TRY(opx_db_pipeline_end(act->db, err));
	OPX_TRY(sql_reading_turn_recv(act->db, &turn, err));
	return sql_reading_document_recv(act->db, ret, err);
}

enum opx_status opx_reading_open(struct opx_act *act, int64_t document, struct opx_reading_form form,
				 struct opx_reading *ret, struct opx_error *err)
{
	struct sql_reading_document_row row;
	int64_t event = 0;
	struct opx_str as = opx_str_z(form.representation);
	OPX_TRY(find_document(act, document, form, &row, err));
	if (!row.is_known) {
		if (act->dossier != row.dossier_id) /* the documents of a bundle are one act */
			OPX_TRY(opx_act_open(act, row.dossier_id, false, err));
		OPX_TRY(write_handover(act, document, &row, form, &event, err));
		OPX_TRY(sql_reading_handover(act->db, document, opx_act_person(act), act->session->id, as,
					     form.sha256, act->at, event, NULL, err));
		OPX_TRY(sql_reading_notice(act->db, document, opx_act_person(act), NULL, err));
	}
	fill(&row, act->arena, ret);
	return OPX_OK;
}
