/* SPDX-License-Identifier: MPL-2.0 */
/* rights_matrix.c: the rights provider: publishes the compiled matrix, asks the one evaluator in SQL. C decides nothing. */
#include <string.h>

#include "matrix.h"
#include "sql_queries.h"

extern const struct opx_bytes rights_matrix_csv;

struct rights_matrix {
	const struct opx_host *host;
	struct opx_bytes csv; /* the shipped matrix, with the rows of the kinds that bring theirs */
};

static const char *const subjects[] = {
	[OPX_SUBJECT_NONE] = "none",         [OPX_SUBJECT_DOSSIER] = "dossier",
	[OPX_SUBJECT_DOCUMENT] = "document", [OPX_SUBJECT_DRAFT] = "draft",
	[OPX_SUBJECT_FILING] = "filing",     [OPX_SUBJECT_PARTICIPANT] = "participant",
	[OPX_SUBJECT_CLAIM] = "claim",       [OPX_SUBJECT_INVITATION] = "invitation",
	[OPX_SUBJECT_UPLOAD] = "upload",
};

static void fill(const struct sql_matrix_ask_row *row, struct opx_right_answer *ret)
{
	*ret = (struct opx_right_answer){
		.decision = opx_str_is(row->decision, "allow") ? OPX_ALLOW : OPX_DENY,
		.value = row->value,
		.rule = row->rule,
		.role = row->role,
		.phase = row->phase,
		.dossier = row->dossier,
		.exists = row->subject_exists,
		.knows = row->knows,
	};
}

static enum opx_status ask(void *plugin, struct opx_db *db, const struct opx_right_question *q,
			   struct opx_right_answer *ret, struct opx_error *err)
{
	const struct rights_matrix *self = plugin;
	struct sql_matrix_ask_row row;
	OPX_TRY(sql_matrix_ask(self->host, db, opx_str_z(q->object), opx_str_z(q->action),
			       opx_str_z(subjects[q->subject]), q->id,
			       q->key.p != NULL ? q->key : OPX_STR(""), q->number, &row, err));
	fill(&row, ret);
	return OPX_OK;
}

static enum opx_status ask_send(void *plugin, struct opx_db *db, const struct opx_right_question *q,
				struct opx_error *err)
{
	const struct rights_matrix *self = plugin;
	return sql_matrix_ask_send(self->host, db, opx_str_z(q->object), opx_str_z(q->action),
				   opx_str_z(subjects[q->subject]), q->id,
				   q->key.p != NULL ? q->key : OPX_STR(""), q->number, err);
}

static enum opx_status ask_recv(void *plugin, struct opx_db *db, struct opx_right_answer *ret,
				struct opx_error *err)
{
	const struct rights_matrix *self = plugin;
	struct sql_matrix_ask_row row;
	OPX_TRY(sql_matrix_ask_recv(self->host, db, &row, err));
	fill(&row, ret);
	return OPX_OK;
}

static struct opx_strs column(struct opx_arena *arena, const struct matrix_cell *cells, size_t n,
			      size_t which)
{
	struct opx_str *list = OPX_NEW_N(arena, struct opx_str, n);
	for (size_t i = 0; i < n; i++) {
		const struct opx_str fields[] = { cells[i].object,           cells[i].action,
						  opx_str_z(cells[i].state), opx_str_z(cells[i].role),
						  opx_str_z(cells[i].value), cells[i].rule };
		list[i] = fields[which];
	}
	return (struct opx_strs){ .p = list, .n = n };
}

static enum opx_status write_cells(const struct rights_matrix *self, struct opx_db *db,
				   struct opx_arena *arena, struct opx_error *err)
{
	struct matrix matrix;
	const struct matrix_cell *cells = NULL;
	size_t n = 0;
	OPX_TRY(matrix_parse(arena, self->csv, &matrix, err));
	matrix_compile(arena, &matrix, &cells, &n);
	OPX_TRY(sql_matrix_forget(self->host, db, OPX_STR(""), NULL, err));
	return sql_matrix_cells(self->host, db, column(arena, cells, n, 0), column(arena, cells, n, 1),
				column(arena, cells, n, 2), column(arena, cells, n, 3),
				column(arena, cells, n, 4), column(arena, cells, n, 5), NULL, err);
}

static enum opx_status publish(void *plugin, struct opx_db *db, struct opx_error *err)
{
	const struct rights_matrix *self = plugin;
	struct opx_sha256 hash = opx_sha256(self->csv);
	const struct opx_bytes sha256 = { .p = hash.b, .n = sizeof(hash.b) };
	struct sql_matrix_current_row current;
	bool is_found = false;
	OPX_TRY(sql_matrix_current(self->host, db, OPX_STR(""), &is_found, &current, err));
	if (is_found && opx_bytes_eq(current.sha256, sha256))
		return OPX_OK;
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 * 1024 * 1024);
	OPX_TRY(write_cells(self, db, arena, err));
	OPX_TRY(sql_matrix_retire(self->host, db, OPX_STR(""), NULL, err));
	return sql_matrix_publish(self->host, db, sha256, self->csv, NULL, err);
}

static struct opx_bytes matrix(void *plugin)
{
	const struct rights_matrix *self = plugin;
	return self->csv;
}

static enum opx_status extend(void *plugin, struct opx_arena *arena,
			      const struct opx_document_kind *const *kinds, size_t n, size_t *ret_wrong,
			      struct opx_error *err)
{
	struct rights_matrix *self = plugin;
	return matrix_extend(arena, rights_matrix_csv, kinds, n, &self->csv, ret_wrong, err);
}

static const struct opx_rights rights = {
	.size = sizeof(rights),
	.name = "rights-matrix",
	.ask = ask,
	.publish = publish,
	.matrix = matrix,
	.ask_send = ask_send,
	.ask_recv = ask_recv,
	.extend = extend,
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct rights_matrix *self = host->plugin_alloc(reg, sizeof(*self));
	self->host = host;
	self->csv = rights_matrix_csv;
	*ret_self = self;
	return host->add_rights(reg, &rights, self, err);
}

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "rights-matrix",
	.version = "1.0",
	.plug = plug,
};
