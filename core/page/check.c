/* SPDX-License-Identifier: MPL-2.0 */
/* check.c: …/brouillons/:b/verification, the one page between a draft and a deposit that nobody can undo. */
#include "page/screens.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/act.h"
#include "html/date_fr.h"
#include "html/html.h"
#include "http/request.h"
#include "http/response.h"
#include "opx/document_kind.h"
#include "page/back.h"
#include "page/patience.h"
#include "page/readers.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_draft.h"
#include "sql_filing.h"
#include "tpl_exchanges.h"

#define MAX_NAMES_BYTES 65536U
#define WAITS "attente" /* what a file that is being examined says of itself */

struct check {
	struct opx_page page;
	struct page_dossier d;
	struct page_people people;
	struct opx_filing_plan plan;
	const struct sql_draft_files_row *files;
	size_t n_files;
	int64_t dossier, draft;
	bool is_over; /* answered with a redirection */
};

static bool needs_ground(const void *kinds, struct opx_str code)
{
	const struct opx_reg_kind *kind = opx_registry_kind(kinds, code.p);
	return kind != NULL && kind->it->needs_ground;
}

static bool is_series_per_side(const void *kinds, struct opx_str code)
{
	const struct opx_reg_kind *kind = opx_registry_kind(kinds, code.p);
	return kind != NULL && kind->it->is_series_per_side;
}

static enum opx_status may_deposit(void *self, struct opx_act *act, struct opx_str kind, bool *ret,
				   struct opx_error *err)
{
	return opx_page_may(self, kind.p, "deposit", act->dossier, ret, err);
}

static const char *problem_of_state(struct opx_str state)
{
	if (opx_str_is(state, "sending"))
		return "envoi";
	if (opx_str_is(state, "received"))
		return WAITS;
	return opx_str_is(state, "ready") ? NULL : "refus";
}

static const char *problem_of_file(const struct check *c, const struct opx_filing_file *f)
{
	const char *problem = f->kind.n == 0 ? "nature" : problem_of_state(f->state);
	if (problem != NULL)
		return problem;
	return needs_ground(c->page.pages->registry, f->kind) && f->ground.n == 0 ? "motif" : NULL;
}

/* What keeps this draft from being filed: a code that the draft's page explains, or NULL. */
static enum opx_status find_problem(struct check *c, const char **ret, struct opx_error *err)
{
	*ret = c->plan.n_files == 0 ? "fichier" : NULL;
	for (size_t i = 0; i < c->plan.n_files && *ret == NULL; i++) {
		bool may = true;
		*ret = problem_of_file(c, &c->plan.files[i]);
		if (*ret == NULL && opx_filing_is_first_of_kind(&c->plan, i))
			OPX_TRY(opx_page_may(&c->page, c->plan.files[i].kind.p, "deposit", c->dossier, &may,
					     err));
		if (!may)
			*ret = "droit";
	}
	return OPX_OK;
}

static void go_to_draft(struct check *c, const char *code)
{
	c->is_over = true;
	opx_respond_see_other(c->page.c->rq,
			      opx_strf(c->page.arena,
				       "/dossiers/%" PRId64 "/brouillons/%" PRId64 "?fait=%s#message",
				       c->dossier, c->draft, code));
}

/* Is the sign-in by code older than a deposit allows? A certificate is asked on every connection: never. */
static bool is_stale(const struct opx_page *page)
{
	const struct opx_session *s = page->c->session;
	int64_t age_us = opx_now(page->c->clock).us - s->auth_at.us;
	return !s->has_certificate && age_us > page->c->site->fresh_s * 1000000;
}

/* A filed draft leads to its receipt, an old sign-in to the doors; both keep the draft as it is. */
static enum opx_status begin(struct check *c, void *self, struct opx_request *rq, struct opx_error *err)
{
	struct sql_draft_find_row draft;
	*c = (struct check){ .dossier = 0 };
	opx_page_init(&c->page, self, rq, OPX_STR("Vérifier"));
	OPX_TRY(opx_path_i64(rq, "dossier", &c->dossier, err));
	OPX_TRY(opx_path_i64(rq, "brouillon", &c->draft, err));
	OPX_TRY(opx_page_draft(&c->page, c->dossier, c->draft, &draft, &c->is_over, err));
	if (!c->is_over && is_stale(&c->page)) {
		c->is_over = true;
		opx_respond_see_other(rq, OPX_STR("/connexion?fait=recente#message"));
		opx_back_keep(rq, c->page.c->site);
	}
	return OPX_OK;
}

static const struct opx_str *list_names(const struct check *c)
{
	struct opx_str *names = OPX_NEW_N(c->page.arena, struct opx_str, c->plan.n_files);
	for (size_t i = 0; i < c->plan.n_files; i++)
		names[i] = c->plan.files[i].name_shown;
	return names;
}

/* "Pièce", or each kind once with its number of files. */
static struct opx_str join_kinds(const struct check *c)
{
	struct opx_buf buf;
	const struct opx_filing_plan *plan = &c->plan;
	opx_buf_init(&buf, c->page.arena, MAX_NAMES_BYTES);
	for (size_t i = 0; i < plan->n_files; i++) {
		size_t n = 0;
		bool is_first = true;
		for (size_t k = 0; k < plan->n_files; k++) {
			bool is_same = opx_str_eq(plan->files[i].kind, plan->files[k].kind);
			is_first = is_first && !(is_same && k < i);
			n += is_same ? 1 : 0;
		}
		struct opx_str label = opx_page_kind(&c->page, plan->files[i].kind);
		if (is_first && n == plan->n_files)
			return label;
		if (is_first)
			opx_buf_printf(&buf, n > 1 ? "%s%s (%zu fichiers)" : "%s%s (%zu fichier)",
				       buf.n > 0 ? ", " : "", label.p, n);
	}
	return opx_buf_str(&buf);
}

static enum opx_status fill_notes(struct check *c, struct view_check *v, struct opx_error *err)
{
	struct opx_arena *arena = c->page.arena;
	const struct sql_filing_duplicates_row *twins = NULL;
	size_t n_twins = 0;
	OPX_TRY(sql_filing_duplicates(c->page.db, c->dossier, c->draft, c->page.person, &twins, &n_twins,
				      err));
	struct opx_str *duplicates = OPX_NEW_N(arena, struct opx_str, n_twins);
	struct opx_str *warnings = OPX_NEW_N(arena, struct opx_str, c->n_files);
	for (size_t i = 0; i < n_twins; i++)
		duplicates[i] = opx_strf(arena,
					 "« %s » est le même fichier que dans le dépôt n° %" PRId32 ".",
					 twins[i].name_shown.p, twins[i].filing_number);
	for (size_t i = 0; i < c->n_files; i++)
		if (c->files[i].sentence.n > 0)
			warnings[v->n_warnings++] = opx_strf(arena, "« %s » : %s", c->files[i].name_shown.p,
							     c->files[i].sentence.p);
	v->duplicates = duplicates;
	v->n_duplicates = n_twins;
	v->warnings = warnings;
	return OPX_OK;
}

static struct opx_str on_behalf(const struct check *c)
{
	if (c->d.side.n > 0)
		return c->d.side;
	struct opx_str role = opx_word_role(c->d.role, opx_word_title(c->page.c->session->name));
	return opx_strf(c->page.arena, "%s, %s", c->page.c->session->name.p, role.p);
}

/* The page itself; the plan is there. */
static enum opx_status render(struct check *c, int status, struct view_message message, bool asks_tick,
			      struct opx_error *err)
{
	struct opx_page *page = &c->page;
	int64_t bytes = 0;
	for (size_t i = 0; i < c->plan.n_files; i++)
		bytes += c->plan.files[i].size;
	page->offers_no_deposit = true; /* one primary action a page */
	OPX_TRY(opx_page_dossier(page, c->dossier, TAB_EXCHANGES, OPX_STR("Vérifier"), &c->d, err));
	OPX_TRY(opx_readers_people(page, c->dossier, &c->people, err));
	struct opx_href self = opx_href_make(page->arena, "/dossiers/%d/brouillons/%d", c->dossier, c->draft);
	struct view_check v = {
		.message = message,
		.action = opx_href_make(page->arena, "/dossiers/%d/brouillons/%d/verification", c->dossier,
					c->draft),
		.back = self,
		.kind = join_kinds(c),
		.title = c->plan.title.n > 0 ? c->plan.title
					     : OPX_STR("Sans titre : le nom du fichier en tient lieu"),
		.on_behalf = on_behalf(c),
		.files = opx_strf(page->arena, c->plan.n_files > 1 ? "%zu fichiers, %s" : "%zu fichier, %s",
				  c->plan.n_files, opx_fr_size(page->arena, bytes).p),
		.names = list_names(c),
		.n_names = c->plan.n_files,
		.fingerprint = opx_str_copy(page->arena, c->plan.fingerprint, strlen(c->plan.fingerprint)),
		.seen = opx_readers_seen(page, &c->plan),
		.court_warning = opx_page_court_warning(page, &c->d, &c->plan),
		.asks_tick = asks_tick,
	};
	OPX_TRY(fill_notes(c, &v, err));
	OPX_TRY(opx_readers_fill(page, &c->people, &c->plan, &v.readers, &v.n_readers, err));
	tpl_check(opx_page_open(page, status), &c->d.view, &v);
	return opx_page_finish(page, err);
}

/* The first thing that keeps a file from being filed, from its state alone; a refusal that waits to be read before a wait. */
static enum opx_status look_at_files(struct check *c, const char **ret, struct opx_error *err)
{
	const char *waits = NULL;
	*ret = NULL;
	OPX_TRY(sql_draft_files(c->page.db, c->draft, &c->files, &c->n_files, err));
	for (size_t i = 0; i < c->n_files && *ret == NULL; i++) {
		const char *problem = problem_of_state(c->files[i].state);
		if (problem != NULL && strcmp(problem, WAITS) == 0)
			waits = problem;
		else
			*ret = problem;
	}
	if (*ret == NULL)
		*ret = waits;
	return OPX_OK;
}

/* A file is examined in a moment: better one page that comes a little later than one that says to come again. */
static enum opx_status wait_for_files(struct check *c, const char **problem, struct opx_error *err)
{
	struct opx_patience *patience = c->page.pages->patience;
	if (!opx_patience_begin(patience))
		return OPX_OK;
	enum opx_status status = OPX_OK;
	for (int64_t ms = 0, pause = 0; ms < c->page.c->site->seal_wait_ms && status == OPX_OK &&
					*problem != NULL && strcmp(*problem, WAITS) == 0;
	     ms += pause) {
		pause = opx_patience_longer(pause);
		if (!opx_patience_pause(pause))
			break;
		status = look_at_files(c, problem, err);
	}
	opx_patience_leave(patience);
	return status;
}

/* Files that are still on their way are looked at first: a page that waits asks for nothing else. */
static enum opx_status load_plan(struct check *c, struct opx_error *err)
{
	const char *problem = NULL;
	struct opx_act act;
	OPX_TRY(look_at_files(c, &problem, err));
	if (problem != NULL && strcmp(problem, WAITS) == 0)
		OPX_TRY(wait_for_files(c, &problem, err));
	if (problem != NULL) {
		go_to_draft(c, problem);
		return OPX_OK;
	}
	opx_page_act(&c->page, &act);
	OPX_TRY(opx_filing_plan(&act, c->draft, false, &c->plan, err));
	OPX_TRY(find_problem(c, &problem, err));
	if (problem != NULL)
		go_to_draft(c, problem);
	return OPX_OK;
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct check c;
	OPX_TRY(begin(&c, self, rq, err));
	if (!c.is_over)
		OPX_TRY(load_plan(&c, err));
	return c.is_over ? OPX_OK : render(&c, 200, (struct view_message){ .tone = TONE_PLAIN }, false, err);
}

/* Comes back with the page, its readers anew, and why. */
static enum opx_status refuse(struct check *c, int status, struct view_message message, bool asks_tick,
			      struct opx_str seen, struct opx_error *err)
{
	OPX_TRY(opx_page_undo(&c->page, err));
	OPX_TRY(load_plan(c, err));
	if (c->is_over)
		return OPX_OK;
	if (status == 409 && opx_str_eq(seen, opx_readers_seen(&c->page, &c->plan))) {
		message.title = OPX_STR("Ce dépôt a changé depuis que vous avez ouvert cette page");
		message.text = OPX_STR(
			"Son titre, ses fichiers ou une raison ne sont plus ceux que vous avez relus. Rien n’a encore été déposé : relisez, puis confirmez à nouveau.");
	} else if (status == 409) {
		OPX_TRY(opx_readers_people(&c->page, c->dossier, &c->people, err));
		message.text = opx_strf(c->page.arena, "%s %s",
					opx_readers_changed(&c->page, &c->people, &c->plan, seen).p,
					message.text.p);
	}
	message.tone = TONE_ERROR;
	message.takes_focus = true;
	return render(c, status, message, asks_tick, err);
}

static enum opx_status file_it(struct check *c, struct opx_str fingerprint, struct opx_str seen,
			       struct opx_error *err)
{
	struct opx_page *page = &c->page;
	struct opx_act act;
	opx_page_act(page, &act);
	struct opx_error why = { .status = OPX_OK };
	const struct opx_filing_order order = { .draft = c->draft,
						.fingerprint = fingerprint,
						.is_series_per_side = is_series_per_side,
						.needs_ground = needs_ground,
						.may_deposit = may_deposit,
						.kinds = page->pages->registry,
						.rights = page };
	int64_t dossier = 0;
	int32_t number = 0;
	enum opx_status status = opx_filing_confirm(&act, &order, &dossier, &number, &why);
	struct view_message m = opx_page_fault(page, &why, "Rien n’a encore été déposé");
	if (status == OPX_CONFLICT) {
		m.title = OPX_STR("Les lecteurs ont changé depuis que vous avez ouvert cette page");
		m.text = OPX_STR("Rien n’a encore été déposé : relisez la liste, puis confirmez à nouveau.");
		return refuse(c, 409, m, false, seen, err);
	}
	if (status == OPX_INVALID)
		return refuse(c, 422, m, false, seen, err);
	if (status != OPX_OK) {
		*err = why;
		return status;
	}
	opx_context_wakes(page->c, OPX_WAKES_SEAL);
	opx_respond_see_other(page->c->rq, opx_strf(page->arena, "/dossiers/%" PRId64 "/depots/%" PRId32,
						    dossier, number));
	return OPX_OK;
}

static enum opx_status confirm(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct check c;
	struct opx_str fingerprint, seen;
	OPX_TRY(begin(&c, self, rq, err));
	if (c.is_over)
		return OPX_OK;
	OPX_TRY(opx_form_opt_str(rq, "lecteurs", OPX_TEXT_LINE, 64, &fingerprint, err));
	OPX_TRY(opx_form_opt_str(rq, "vus", OPX_TEXT_LINE, 4096, &seen, err));
	if (!opx_form_has(rq, "ok")) {
		const struct view_link to_box =
			opx_page_link(OPX_STR("Aller à la case"), opx_href_lit("#ok"), false);
		const struct view_message m = {
			.title = OPX_STR("Cochez la case pour déposer"),
			.text = OPX_STR(
				"Un dépôt est définitif : confirmez que vous avez relu vos fichiers."),
			.links = &to_box,
			.n_links = 1
		};
		return refuse(&c, 422, m, true, seen, err);
	}
	return file_it(&c, fingerprint, seen, err);
}

#define PATH "/dossiers/:dossier/brouillons/:brouillon/verification"
const struct opx_route opx_routes_check[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = PATH,
	  .right = OPX_RIGHT_KIND_DEPOSIT,
	  .subject = OPX_SUBJECT_DRAFT,
	  .handle = show },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = PATH,
	  .right = OPX_RIGHT_KIND_DEPOSIT,
	  .subject = OPX_SUBJECT_DRAFT,
	  .handle = confirm },
};
const size_t opx_n_routes_check = OPX_COUNT(opx_routes_check);
