/* SPDX-License-Identifier: MPL-2.0 */
/* example.c: the plugin to copy: a private memo, a count of sealed deposits, and one kind of document. See README.md. */
#include <opx/plugin.h>

#include <inttypes.h>
#include <string.h>

#include "memo.h"
#include "sql_queries.h"
#include "tpl_memo.h"

extern const struct opx_migration plugin_migrations[];

struct example {
	const struct opx_host *host;
	int64_t max_chars;
};

static const struct opx_setting settings[] = {
	{ .name = "max_chars",
	  .type = OPX_SETTING_I64,
	  .fallback = "2000",
	  .min = 1,
	  .max = 10000,
	  .help = "longest memo, in characters" },
	{ .name = NULL },
};

/* The page, with what was typed when it comes back refused. */
static enum opx_status render(const struct example *self, struct opx_request *rq, int status,
			      const struct opx_str *typed, struct opx_str fault, struct opx_error *err)
{
	const struct opx_host *host = self->host;
	struct opx_arena *arena = host->rq_arena(rq);
	struct sql_example_memo_row row;
	OPX_TRY(sql_example_memo(host, host->rq_db(rq), host->rq_session(rq)->person, &row, err));
	const struct memo_view view = {
		.text = typed != NULL        ? *typed
			: row.text.p != NULL ? row.text
					     : OPX_STR(""),
		.sealed = opx_strf(arena,
				   "Dépôts scellés depuis la mise en service de ce module : %" PRId64 ".",
				   row.sealed),
		.limit = opx_strf(arena, "Visible de vous seul. %" PRId64 " caractères au plus.",
				  self->max_chars),
		.fault = fault,
	};
	tpl_memo_page(host->rq_html(rq, status, OPX_STR("Aide-mémoire")), &view);
	return OPX_OK;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	return render(self, rq, 200, NULL, OPX_STR(""), err);
}

/* Characters, not bytes: the text is UTF-8 in its composed form. */
static int64_t characters(struct opx_str text)
{
	int64_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0U) != 0x80U ? 1 : 0;
	return n;
}

static enum opx_status save(struct opx_request *rq, void *plugin, struct opx_error *err)
{
	const struct example *self = plugin;
	const struct opx_host *host = self->host;
	struct opx_str text;
	struct opx_error why = { .status = OPX_OK };
	if (host->rq_form_opt(rq, "texte", OPX_TEXT_BLOCK, 40000, &text, &why) != OPX_OK)
		return render(self, rq, 422, NULL,
			      opx_str_copy(host->rq_arena(rq), why.user, strlen(why.user)), err);
	if (characters(text) > self->max_chars)
		return render(self, rq, 422, &text,
			      OPX_STR("Ce texte est trop long : raccourcissez-le, puis recommencez."), err);
	OPX_TRY(sql_example_save(host, host->rq_db(rq), host->rq_session(rq)->person, text, NULL, err));
	host->rq_see_other(rq, OPX_STR("/exemple/memo"));
	return OPX_OK;
}

/* SIGNED_IN: a memo is the person's own by construction; anything of a dossier would name its right of the matrix. */
static const struct opx_route routes[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/exemple/memo",
	  .right = OPX_RIGHT_SIGNED_IN,
	  .handle = show },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/exemple/memo",
	  .right = OPX_RIGHT_SIGNED_IN,
	  .handle = save },
};

/* At least once: the row's key makes a second telling harmless. */
static enum opx_status filing_sealed(void *plugin, struct opx_job *job, const struct opx_filing_sealed *e,
				     struct opx_error *err)
{
	const struct example *self = plugin;
	return sql_example_sealed(self->host, job->db, e->filing, NULL, err);
}

static const struct opx_event_listener listener = {
	.size = sizeof(listener),
	.name = "example",
	.filing_sealed = filing_sealed,
};

/* Who may do what with it: the shipped matrix has no such object. What is not named here is denied. */
static const struct opx_right_row rights[] = {
	{ .action = "deposit",
	  .phase = "working",
	  .cells = { [OPX_ROLE_EXPERT] = OPX_CELL_ALLOW, [OPX_ROLE_COEXPERT] = OPX_CELL_ALLOW },
	  .note = "the example module: experts write it" },
	{ .action = "read",
	  .phase = "any",
	  .cells = { [OPX_ROLE_EXPERT] = OPX_CELL_ALLOW,
		     [OPX_ROLE_COEXPERT] = OPX_CELL_ALLOW,
		     [OPX_ROLE_LAWYER] = OPX_CELL_ALLOW,
		     [OPX_ROLE_JUDGE] = OPX_CELL_ALLOW,
		     [OPX_ROLE_CLERK] = OPX_CELL_ALLOW },
	  .note = "the example module: for those who conduct the expertise, not for the parties" },
};

static const struct opx_document_kind kind = {
	.size = sizeof(kind),
	.code = "example_memo",
	.label = N_("Aide-mémoire"),
	.hint = N_("Un document du module d’exemple."),
	.numbered = N_("Aide-mémoire n° %d"),
	.rights = rights,
	.n_rights = OPX_COUNT(rights),
	.right_size = sizeof(rights[0]),
};

static enum opx_status plug(const struct opx_host *host, struct opx_registrar *reg, void **ret_self,
			    struct opx_error *err)
{
	struct example *self = host->plugin_alloc(reg, sizeof(*self));
	self->host = host;
	self->max_chars = host->setting_i64(reg, "max_chars");
	*ret_self = self;
	for (size_t i = 0; i < OPX_COUNT(routes); i++)
		OPX_TRY(host->add_route(reg, &routes[i], self, err));
	OPX_TRY(host->add_event_listener(reg, &listener, self, err));
	return host->add_document_kind(reg, &kind, self, err);
}

const struct opx_plugin opx_plugin = {
	.size = sizeof(opx_plugin),
	.abi_major = OPX_ABI_MAJOR,
	.abi_minor = OPX_ABI_MINOR,
	.name = "example",
	.version = "1.0",
	.settings = settings,
	.migrations = plugin_migrations,
	.plug = plug,
};
