/* SPDX-License-Identifier: MPL-2.0 */
/* draft.c: /dossiers/:d/brouillons/:b, the deposit form: kind, title, files and their states, who will see them. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/codec.h"
#include "domain/act.h"
#include "domain/draft.h"
#include "html/date_fr.h"
#include "html/html.h"
#include "http/dispatch.h"
#include "http/request.h"
#include "http/response.h"
#include "opx/document_kind.h"
#include "opx_assets.h"
#include "page/draft_form.h"
#include "page/readers.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "plugin/site.h"
#include "sql_draft.h"
#include "sql_filing.h"
#include "sql_page_dossier.h"
#include "sql_page_proof.h"
#include "tpl_exchanges.h"

#define PIECE ((int64_t)8 * 1024 * 1024) /* of a resumable upload: ui.md 6 */
#define GONE N_("Cette page n’existe pas ou ne vous est pas ouverte")

static const struct page_notice notices[] = {
	{ "ouvert", TONE_OK, N_("Le dossier est créé"),
	  N_("Ajoutez maintenant l’ordonnance qui désigne l’expert. D’ici là, personne d’autre ne voit ce dossier.") },
	{ "nature", TONE_ERROR, N_("Choisissez une nature"),
	  N_("Elle décide de ceux qui verront le dépôt.") },
	{ "fichier", TONE_ERROR, N_("Ajoutez au moins un fichier"),
	  N_("Un dépôt contient un fichier ou plusieurs.") },
	{ "attente", TONE_ATTENTION, N_("Un fichier n’est pas encore vérifié"),
	  N_("Attendez quelques secondes : cette page se met à jour, puis continuez.") },
	{ "envoi", TONE_ERROR, N_("Un fichier n’est arrivé qu’en partie"),
	  N_("Choisissez-le à nouveau pour reprendre l’envoi, ou retirez-le.") },
	{ "refus", TONE_ERROR, N_("Un fichier a été refusé"),
	  N_("La raison est écrite sous son nom. Retirez-le, puis continuez.") },
	{ "motif", TONE_ERROR, N_("Dites pourquoi l’accès est restreint"),
	  N_("Cette raison sera visible de tous les participants. Écrivez-la sous le fichier, en 500 signes au plus.") },
	{ "onglet", TONE_ATTENTION, N_("Ce brouillon a aussi changé dans un autre onglet"),
	  N_("Ce que vous venez d’envoyer a remplacé ce que vous y aviez écrit. Relisez le titre, les natures, les raisons et les lecteurs avant de déposer.") },
	{ "titre", TONE_ERROR, N_("Ce titre ne peut pas être gardé"),
	  N_("Écrivez-le en 200 signes au plus, sur une ligne.") },
	{ "droit", TONE_ERROR, N_("Vous ne pouvez pas déposer cette nature à cette étape"),
	  N_("Choisissez-en une autre dans la liste. Vos fichiers sont gardés.") },
};

struct kinds {
	const struct view_option *options;
	size_t n;
};

/* Only the kinds that this person may deposit at this step. */
static struct kinds list_kinds(const struct opx_page *page, const struct page_dossier *d,
			       struct opx_str current)
{
	size_t n = 0, count = 0;
	const struct opx_reg_kind *kinds = opx_registry_kinds(page->pages->registry, &n);
	struct view_option *options = OPX_NEW_N(page->arena, struct view_option, n);
	for (size_t i = 0; i < n; i++)
		if (opx_strs_have(d->deposits, kinds[i].it->code))
			options[count++] =
				(struct view_option){ .value = opx_str_z(kinds[i].it->code),
						      .label = opx_str_z(kinds[i].it->label),
						      .hint = opx_str_z(kinds[i].it->hint),
						      .is_selected = opx_str_is(current, kinds[i].it->code) };
	return (struct kinds){ .options = options, .n = count };
}

/* The kind that the button which led here names, when it may be deposited; the only one; or none yet. */
static struct opx_str wanted_kind(struct opx_request *rq, const struct kinds *kinds)
{
	struct opx_str wanted;
	if (opx_form_opt_str(rq, "nature", OPX_TEXT_LINE, 64, &wanted, NULL) == OPX_OK)
		for (size_t i = 0; i < kinds->n; i++)
			if (opx_str_eq(kinds->options[i].value, wanted))
				return kinds->options[i].value;
	return kinds->n == 1 ? kinds->options[0].value : OPX_STR("");
}

static enum opx_status create(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct page_dossier d;
	struct kinds kinds;
	struct sql_page_draft_turn_row turn;
	struct sql_page_draft_of_row kept;
	struct sql_draft_insert_row fresh = { .id = 0 };
	int64_t dossier = 0;
	bool is_kept = false;
	opx_page_init(&page, self, rq, OPX_STR("Déposer un document"));
	OPX_TRY(opx_path_i64(rq, "dossier", &dossier, err));
	OPX_TRY(opx_page_dossier(&page, dossier, TAB_EXCHANGES, OPX_STR(""), &d, err));
	kinds = list_kinds(&page, &d, OPX_STR(""));
	if (!d.is_member || kinds.n == 0)
		return OPX_FAIL(err, OPX_FORBIDDEN,
				N_("Vous ne pouvez rien déposer dans ce dossier à cette étape."),
				"no kind may be deposited in %s", d.phase.p);
	OPX_TRY(sql_page_draft_turn(page.db, dossier, page.person, &turn, err));
	OPX_TRY(sql_page_draft_of(page.db, dossier, page.person, &is_kept, &kept, err));
	struct opx_str kind = wanted_kind(rq, &kinds);
	if (!is_kept)
		OPX_TRY(sql_draft_insert(page.db, dossier, page.person, kind, &fresh, err));
	else if (kind.n > 0)
		OPX_TRY(sql_draft_save(page.db, kept.id, kind, OPX_STR(""), NULL, err));
	opx_context_wakes(page.c, OPX_WAKES_NOBODY);
	opx_respond_see_other(rq, opx_strf(page.arena, "/dossiers/%" PRId64 "/brouillons/%" PRId64, dossier,
					   is_kept ? kept.id : fresh.id));
	return OPX_OK;
}

static bool is_in(struct opx_i64s list, int64_t id)
{
	for (size_t i = 0; i < list.n; i++)
		if (list.p[i] == id)
			return true;
	return false;
}

struct form {
	struct opx_page *page;
	struct page_people people;
	const struct opx_filing_plan *plan;
	const struct sql_page_dossier_sides_row *sides;
	size_t n_sides;
	struct kinds kinds;
	int64_t own_side;
};

/* May readers be chosen for this file? Then the boxes: the other sides, then those of no side who may be named. */
static void fill_choice(const struct form *f, const struct opx_filing_file *file,
			const struct sql_draft_files_row *row, struct view_draft_file *v)
{
	struct opx_arena *arena = f->page->arena;
	struct view_reader_choice *list =
		OPX_NEW_N(arena, struct view_reader_choice, f->n_sides + file->n_readers);
	size_t n = 0;
	for (size_t s = 0; s < f->n_sides; s++) {
		bool has_reader = false;
		for (size_t k = 0; k < file->n_readers; k++) {
			const struct sql_page_proof_people_row *p =
				opx_people_find(&f->people, file->readers[k].person);
			has_reader = has_reader ||
				     (p != NULL && !p->side_id_is_null && p->side_id == f->sides[s].id &&
				      opx_str_is(file->readers[k].value, "addressed"));
		}
		if (has_reader && f->sides[s].id != f->own_side)
			list[n++] = (struct view_reader_choice){
				.value = opx_strf(arena, "c%" PRId64, f->sides[s].id),
				.label = opx_strf(arena, "Tout le côté %s", f->sides[s].label.p),
				.is_checked = is_in(row->sides, f->sides[s].id)
			};
	}
	for (size_t k = 0; k < file->n_readers; k++) {
		const struct sql_page_proof_people_row *p =
			opx_people_find(&f->people, file->readers[k].person);
		if (p == NULL || !opx_str_is(file->readers[k].value, "addressed") ||
		    p->person_id == f->page->person || (!p->side_id_is_null && p->side_id == f->own_side))
			continue;
		list[n++] = (struct view_reader_choice){
			.value = opx_strf(arena, "p%" PRId64, p->person_id),
			.label = opx_strf(arena, "%s, %s", p->name.p, opx_people_view(f->page, p).quality.p),
			.is_checked = is_in(row->persons, p->person_id),
		};
	}
	v->chooses_readers = n > 0;
	v->readers = list;
	v->n_readers = n;
}

static void fill_kinds(const struct form *f, const struct sql_draft_files_row *row, struct view_draft_file *v)
{
	struct view_option *options = OPX_NEW_N(f->page->arena, struct view_option, f->kinds.n + 1);
	options[0] = (struct view_option){ .value = OPX_STR(""),
					   .label = OPX_STR("Celle du dépôt"),
					   .is_selected = row->kind.n == 0 };
	for (size_t i = 0; i < f->kinds.n; i++) {
		options[i + 1] = f->kinds.options[i];
		options[i + 1].is_selected = opx_str_eq(row->kind, f->kinds.options[i].value);
	}
	v->kinds = options;
	v->n_kinds = f->kinds.n > 1 ? f->kinds.n + 1 : 0;
}

static enum view_file_state state_of(const struct sql_draft_files_row *row)
{
	if (opx_str_is(row->state, "sending"))
		return FILE_SENDING;
	if (opx_str_is(row->state, "received"))
		return FILE_WAITING;
	if (opx_str_is(row->state, "refused"))
		return FILE_REFUSED;
	return row->sentence.n > 0 ? FILE_WARNED : FILE_READY;
}

static void fill_file(const struct form *f, const struct sql_draft_files_row *row, struct view_draft_file *v)
{
	struct opx_arena *arena = f->page->arena;
	struct opx_str size = opx_fr_size(arena, row->size);
	const struct opx_filing_file *file = NULL;
	for (size_t i = 0; i < f->plan->n_files; i++)
		if (f->plan->files[i].id == row->id)
			file = &f->plan->files[i];
	*v = (struct view_draft_file){
		.id = row->id,
		.upload = row->upload,
		.name = row->name_shown,
		.size = row->pages_is_null
				? size
				: opx_strf(arena,
					   row->pages > 1 ? "%s, %" PRId32 " pages" : "%s, %" PRId32 " page",
					   size.p, row->pages),
		.note = row->sentence,
		.sha256 = row->sha256.p != NULL ? opx_hex_str(arena, row->sha256) : OPX_STR(""),
		.ground = row->ground,
		.bytes = row->size,
		.percent = row->size > 0 ? 100 * row->received / row->size : 0,
		.state = state_of(row),
		.is_picture = opx_str_starts(row->mime, "image/"),
		.kind_field = opx_strf(arena, DRAFT_FIELD_KIND "%" PRId64, row->id),
		.readers_field = opx_strf(arena, DRAFT_FIELD_READERS "%" PRId64, row->id),
		.choice_field = opx_strf(arena, DRAFT_FIELD_CHOICE "%" PRId64, row->id),
		.ground_field = opx_strf(arena, DRAFT_FIELD_GROUND "%" PRId64, row->id),
	};
	if (v->state == FILE_SENDING)
		v->note = opx_strf(
			arena,
			"%s reçus sur %s. Rien n’est perdu : choisissez le même fichier pour reprendre.",
			opx_fr_size(arena, row->received).p, size.p);
	if (file == NULL || (v->state != FILE_READY && v->state != FILE_WARNED))
		return;
	const struct opx_reg_kind *kind = opx_registry_kind(f->page->pages->registry, file->kind.p);
	v->needs_ground = kind != NULL && kind->it->needs_ground;
	fill_kinds(f, row, v);
	fill_choice(f, file, row, v);
}

struct opx_str opx_page_court_warning(const struct opx_page *page, const struct page_dossier *d,
				      const struct opx_filing_plan *plan)
{
	struct opx_str kind = plan->kind;
	bool needs_court = false;
	for (size_t i = 0; i <= plan->n_files; i++) {
		const struct opx_reg_kind *k =
			opx_registry_kind(page->pages->registry,
					  i < plan->n_files ? plan->files[i].kind.p : kind.p);
		needs_court = needs_court || (k != NULL && k->it->needs_court);
	}
	if (!needs_court || d->active_clerks > 0)
		return OPX_STR("");
	return OPX_STR(
		"Aucun membre du greffe n’est entré dans ce dossier. Votre courrier y restera, mais prévenez aussi le greffe par une autre voie.");
}

static enum opx_status fill(struct form *f, struct page_dossier *d, const struct sql_draft_find_row *draft,
			    struct view_draft *v, struct opx_error *err)
{
	struct opx_page *page = f->page;
	const struct sql_draft_files_row *rows = NULL;
	struct sql_draft_said_row said;
	size_t n = 0;
	OPX_TRY(sql_draft_files(page->db, draft->id, &rows, &n, err));
	OPX_TRY(opx_readers_people(page, d->view.id, &f->people, err));
	OPX_TRY(sql_page_dossier_sides(page->db, d->view.id, &f->sides, &f->n_sides, err));
	f->kinds = list_kinds(page, d, draft->kind);
	f->own_side = d->side_id;
	struct view_draft_file *files = OPX_NEW_N(page->arena, struct view_draft_file, n);
	for (size_t i = 0; i < n; i++)
		fill_file(f, &rows[i], &files[i]);
	v->files = files;
	v->n_files = n;
	v->kinds = f->kinds.options;
	v->n_kinds = f->kinds.n;
	for (size_t i = 0; i < f->kinds.n; i++)
		v->has_kind = v->has_kind || f->kinds.options[i].is_selected;
	v->title.value = draft->title;
	OPX_TRY(sql_draft_said(page->db, draft->id, &said, err));
	v->seen = said.word;
	v->court_warning = opx_page_court_warning(page, d, f->plan);
	return opx_readers_fill(page, &f->people, f->plan, &v->readers, &v->n_readers, err);
}

static void fill_constants(const struct opx_page *page, struct view_draft *v)
{
	const struct opx_site *site = page->c->site;
	v->upload = opx_href_make(page->arena, "/depot/%d", v->id);
	v->hash_worker = opx_href_lit(OPX_ASSET_BASE "/js/empreinte.js");
	v->token = opx_csrf_of(page->c->rq);
	v->piece = PIECE;
	v->limits = opx_strf(page->arena,
			     "PDF de préférence, ou photos. Au plus %s par fichier et %" PRId64
			     " fichiers par dépôt. Si la connexion coupe, l’envoi reprend.",
			     opx_fr_size(page->arena, site->max_file_bytes).p, site->max_files);
	v->message = opx_page_notice(page, notices, OPX_COUNT(notices));
	v->message.takes_focus = v->message.tone == TONE_ERROR;
}

enum opx_status opx_page_draft(struct opx_page *page, int64_t dossier, int64_t id,
			       struct sql_draft_find_row *ret, bool *ret_is_filed, struct opx_error *err)
{
	bool is_found = false;
	struct sql_filing_of_draft_row filed;
	OPX_TRY(sql_draft_find(page->db, id, &is_found, ret, err));
	*ret_is_filed = false;
	if (!is_found || ret->dossier_id != dossier || opx_str_is(ret->state, "discarded"))
		return OPX_FAIL(err, OPX_NOT_FOUND, GONE, "draft %" PRId64 " is not there", id);
	if (opx_str_is(ret->state, "open"))
		return OPX_OK;
	OPX_TRY(sql_filing_of_draft(page->db, id, ret_is_filed, &filed, err));
	if (*ret_is_filed)
		opx_respond_see_other(page->c->rq,
				      opx_strf(page->arena, "/dossiers/%" PRId64 "/depots/%" PRId32, dossier,
					       filed.number));
	return OPX_OK;
}

/* The kind of this draft, when it cannot be deposited: it was never his, or the dossier has gone on since. */
static void warn_of_kind(const struct form *f, struct opx_str kind, struct view_draft *v)
{
	for (size_t i = 0; i < f->kinds.n; i++)
		if (opx_str_eq(f->kinds.options[i].value, kind))
			return;
	if (kind.n == 0)
		return;
	v->message.tone = TONE_ERROR;
	v->message.takes_focus = true;
	v->message.title = opx_strf(f->page->arena, "À cette étape, vous ne pouvez pas déposer : %s",
				    opx_word_inside(f->page->arena, opx_page_kind(f->page, kind)).p);
	v->message.text =
		f->kinds.n > 0
			? OPX_STR("Choisissez une autre nature dans la liste. Vos fichiers sont gardés.")
			: OPX_STR("Vos fichiers sont gardés 7 jours.");
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct opx_page page;
	struct page_dossier d;
	struct sql_draft_find_row draft;
	struct opx_filing_plan plan;
	struct view_draft v = { .id = 0 };
	int64_t dossier = 0;
	bool is_filed = false;
	opx_page_init(&page, self, rq, OPX_STR("Déposer un document"));
	OPX_TRY(opx_path_i64(rq, "dossier", &dossier, err));
	OPX_TRY(opx_path_i64(rq, "brouillon", &v.id, err));
	OPX_TRY(opx_page_draft(&page, dossier, v.id, &draft, &is_filed, err));
	if (is_filed)
		return OPX_OK;
	OPX_TRY(opx_page_dossier(&page, dossier, TAB_EXCHANGES, OPX_STR("Déposer un document"), &d, err));
	struct opx_act act;
	d.view.can_deposit = false; /* one primary action a page */
	opx_page_act(&page, &act);
	OPX_TRY(opx_filing_plan(&act, v.id, false, &plan, err));
	struct form f = { .page = &page, .plan = &plan };
	OPX_TRY(fill(&f, &d, &draft, &v, err));
	fill_constants(&page, &v);
	warn_of_kind(&f, draft.kind, &v);
	page.layout.has_upload_script = true;
	struct opx_html *html = opx_page_open(&page, 200);
	if (opx_page_is_fragment(&page))
		tpl_draft_files(html, &v);
	else
		tpl_draft(html, &d.view, &v);
	return opx_page_finish(&page, err);
}

const struct opx_route opx_routes_draft[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_POST,
	  .path = "/dossiers/:dossier/brouillons",
	  .right = OPX_RIGHT("case", "read"),
	  .subject = OPX_SUBJECT_DOSSIER,
	  .handle = create },
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers/:dossier/brouillons/:brouillon",
	  .right = OPX_RIGHT("case", "read"),
	  .subject = OPX_SUBJECT_DRAFT,
	  .handle = show },
};
const size_t opx_n_routes_draft = OPX_COUNT(opx_routes_draft);
