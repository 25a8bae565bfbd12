/* SPDX-License-Identifier: MPL-2.0 */
/* board.c: /dossiers/:d/contradictoire, document by document: who was given it, when, and who has never opened it. */
#include "page/screens.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "html/html.h"
#include "http/request.h"
#include "page/readers.h"
#include "sql_page_proof.h"
#include "tpl_proofs.h"

#define PER_PAGE 25
#define MAX_NAMES_BYTES 16384U

struct board {
	struct opx_page page;
	struct page_dossier d;
	struct page_people people;
	const struct sql_page_board_documents_row *documents;
	size_t n_documents;
	const struct sql_page_board_cells_row *cells;
	size_t n_cells;
	bool sees_all;
	int64_t person; /* only that person's line; 0: all */
};

/* Does this line belong to those that the viewer may see? His own side's, or all; all of what he filed himself. */
static bool is_shown(const struct board *b, const struct sql_page_proof_people_row *p, int64_t author)
{
	if (b->person != 0 && p->person_id != b->person)
		return false;
	bool is_own_side = !p->side_id_is_null && p->side_id == b->d.side_id;
	return b->sees_all || is_own_side || p->person_id == b->page.person || author == b->page.person;
}

static const struct sql_page_board_cells_row *find_cell(const struct board *b, int64_t document,
							int64_t person)
{
	for (size_t i = 0; i < b->n_cells; i++)
		if (b->cells[i].document_id == document && b->cells[i].person_id == person)
			return &b->cells[i];
	return NULL;
}

static struct view_board_cell fill_cell(const struct board *b, const struct sql_page_board_documents_row *doc,
					const struct sql_page_proof_people_row *p)
{
	const struct opx_page *page = &b->page;
	const struct sql_page_board_cells_row *cell = find_cell(b, doc->id, p->person_id);
	struct view_board_cell v = { .person = p->name, .quality = opx_people_view(page, p).quality };
	if (p->person_id == doc->author_id) {
		v.state = BOARD_AUTHOR;
		v.offered = opx_page_short(page, doc->filed_at).text;
		v.opened = OPX_STR("L’a déposé");
	} else if (cell == NULL) {
		v.state = BOARD_NOT_READER;
		v.offered = OPX_STR("–");
		v.opened = OPX_STR("Non destinataire");
	} else if (!cell->opened_at_is_null) {
		v.state = BOARD_OPENED;
		v.opened = opx_strf(page->arena, "Le %s", opx_page_short(page, cell->opened_at).text.p);
	} else {
		v.state = p->accepted ? BOARD_NEVER : BOARD_PENDING;
		v.opened = p->accepted        ? OPX_STR("Jamais ouvert")
			   : p->prefers_paper ? OPX_STR("Préfère le papier")
					      : OPX_STR("Pas encore inscrit");
	}
	if (v.offered.p == NULL)
		v.offered = p->prefers_paper ? OPX_STR("–")
			    : !p->accepted   ? OPX_STR("Dès son inscription")
			    : cell != NULL && !cell->offered_at_is_null
				    ? opx_page_short(page, cell->offered_at).text
				    : OPX_STR("–");
	return v;
}

static void say_tally(const struct board *b, size_t readers, size_t opened, struct view_board_row *v)
{
	struct opx_arena *arena = b->page.arena;
	v->tone = opened == readers ? TONE_OK : TONE_ATTENTION;
	if (readers > 0 && opened == 0)
		v->tally = readers > 1 ? opx_strf(arena, "Ouvert par aucun des %zu destinataires", readers)
				       : OPX_STR("Pas encore ouvert");
	else if (readers > 0)
		v->tally = opx_strf(arena,
				    opened > 1 ? "Ouvert par %zu sur %zu destinataires"
					       : "Ouvert par %zu destinataire sur %zu",
				    opened, readers);
}

/* One cell a reader, the others by name in one sentence, and how many of the readers have opened it. */
static void fill_cells(const struct board *b, const struct sql_page_board_documents_row *doc,
		       struct view_board_row *v)
{
	struct opx_arena *arena = b->page.arena;
	struct view_board_cell *cells = OPX_NEW_N(arena, struct view_board_cell, b->people.n);
	struct opx_buf others;
	size_t readers = 0, opened = 0;
	opx_buf_init(&others, arena, MAX_NAMES_BYTES);
	for (size_t i = 0; i < b->people.n; i++) {
		const struct sql_page_proof_people_row *p = &b->people.rows[i];
		if (!is_shown(b, p, doc->author_id))
			continue;
		struct view_board_cell cell = fill_cell(b, doc, p);
		if (cell.state != BOARD_NOT_READER || b->person != 0)
			cells[v->n_cells++] = cell;
		else if (!p->has_left)
			opx_buf_printf(&others, "%s%s", others.n > 0 ? ", " : "", p->name.p);
		readers += cell.state == BOARD_OPENED || cell.state == BOARD_NEVER ? 1 : 0;
		opened += cell.state == BOARD_OPENED ? 1 : 0;
	}
	v->cells = cells;
	say_tally(b, readers, opened, v);
	if (others.n > 0)
		v->not_readers = opx_strf(arena, "Non destinataires : %s.", opx_buf_str(&others).p);
}

static void fill_row(const struct board *b, const struct sql_page_board_documents_row *doc,
		     struct view_board_row *v)
{
	struct opx_arena *arena = b->page.arena;
	bool is_readable = doc->title.p != NULL;
	*v = (struct view_board_row){
		.n_cells = 0
	}; /* the row before may have been given up here, with its words */
	fill_cells(b, doc, v);
	v->href = is_readable ? opx_href_make(arena, "/documents/%d", doc->id)
			      : opx_href_make(arena, "/dossiers/%d/depots/%d", b->d.view.id,
					      (int64_t)doc->filing_number);
	v->title = !is_readable       ? opx_page_numbered(&b->page, doc->kind, doc->series_number)
		   : doc->title.n > 0 ? doc->title
				      : doc->name_shown;
	v->file = is_readable && doc->title.n > 0 ? doc->name_shown : OPX_STR("");
	v->line = opx_strf(arena, "%s, D%03" PRId32 ". Déposé le %s par %s.",
			   opx_page_numbered(&b->page, doc->kind, doc->series_number).p, doc->n,
			   opx_page_short(&b->page, doc->filed_at).text.p, doc->author.p);
}

/* The board of one person; 0: of everybody. */
static struct opx_href board_href(const struct board *b, int64_t person)
{
	return person == 0 ? opx_href_make(b->page.arena, "/dossiers/%d/contradictoire", b->d.view.id)
			   : opx_href_make(b->page.arena, "/dossiers/%d/contradictoire?personne=%d",
					   b->d.view.id, person);
}

/* "Tout le monde", then each person whose line may be seen: one at a time on a phone. */
static void fill_people(const struct board *b, struct view_board *v)
{
	struct opx_arena *arena = b->page.arena;
	struct view_link *links = OPX_NEW_N(arena, struct view_link, b->people.n + 1);
	size_t n = 0;
	links[n++] = opx_page_link(OPX_STR("Tout le monde"), board_href(b, 0), b->person == 0);
	for (size_t i = 0; i < b->people.n; i++) {
		const struct sql_page_proof_people_row *p = &b->people.rows[i];
		bool is_own_side = !p->side_id_is_null && p->side_id == b->d.side_id;
		if (b->sees_all || is_own_side || p->person_id == b->page.person)
			links[n++] = opx_page_link(p->name, board_href(b, p->person_id),
						   b->person == p->person_id);
	}
	v->choices = links;
	v->n_choices = n > 2 ? n : 0;
}

static enum opx_status fill_summary(struct board *b, struct view_board *v, struct opx_error *err)
{
	struct sql_page_board_count_row count;
	const int64_t *side = b->sees_all || b->d.side_id == 0 ? NULL : &b->d.side_id;
	OPX_TRY(sql_page_board_count(b->page.db, b->d.view.id, b->page.person, side, &count, err));
	v->tone = count.unopened == 0 ? TONE_OK : TONE_ATTENTION;
	v->summary =
		count.unopened == 0 ? OPX_STR("Chaque document a été ouvert par chacun de ses destinataires.")
		: count.unopened == 1
			? OPX_STR("Un document n’a pas encore été ouvert par tous ses destinataires.")
			: opx_strf(b->page.arena,
				   "%" PRId64
				   " documents n’ont pas encore été ouverts par tous leurs destinataires.",
				   count.unopened);
	v->scope =
		b->sees_all
			? OPX_STR("Pour chaque document : qui l’a reçu, quand, et quand chaque personne l’a ouvert.")
			: OPX_STR("Vous voyez les lectures de votre côté, et celles de vos propres dépôts.");
	if (!b->sees_all && count.unopened == 0)
		v->summary = OPX_STR("Votre côté a ouvert tous les documents qu’il a reçus.");
	return OPX_OK;
}

static enum opx_status load(struct board *b, int64_t number, struct opx_error *err)
{
	int64_t id = b->d.view.id;
	OPX_TRY(opx_readers_people(&b->page, id, &b->people, err));
	OPX_TRY(sql_page_board_documents(b->page.db, id, b->page.person, PER_PAGE, (number - 1) * PER_PAGE,
					 &b->documents, &b->n_documents, err));
	int64_t *ids = OPX_NEW_N(b->page.arena, int64_t, b->n_documents);
	for (size_t i = 0; i < b->n_documents; i++)
		ids[i] = b->documents[i].id;
	return sql_page_board_cells(b->page.db, id, (struct opx_i64s){ .p = ids, .n = b->n_documents },
				    &b->cells, &b->n_cells, err);
}

static enum opx_status show(struct opx_request *rq, void *self, struct opx_error *err)
{
	struct board b = { .person = 0 };
	struct view_board v = { .tone = TONE_PLAIN };
	int64_t id = 0;
	opx_page_init(&b.page, self, rq, OPX_STR("Contradictoire"));
	OPX_TRY(opx_path_i64(rq, "dossier", &id, err));
	int64_t number = opx_page_number(&b.page);
	struct opx_str person = opx_request_query(rq, "personne");
	if (person.n > 0 && opx_parse_i64(person, 1, INT64_MAX, &b.person, NULL) != OPX_OK)
		b.person = 0;
	OPX_TRY(opx_page_dossier(&b.page, id, TAB_BOARD, OPX_STR(""), &b.d, err));
	b.sees_all = b.d.sees_readings;
	OPX_TRY(load(&b, number, err));
	struct view_board_row *rows = OPX_NEW_N(b.page.arena, struct view_board_row, b.n_documents);
	for (size_t i = 0; i < b.n_documents; i++) {
		fill_row(&b, &b.documents[i], &rows[v.n_rows]);
		v.n_rows += rows[v.n_rows].n_cells > 0 ? 1 : 0;
	}
	v.rows = rows;
	const struct sql_page_proof_people_row *one = opx_people_find(&b.people, b.person);
	v.one = one != NULL ? one->name : OPX_STR("");
	fill_people(&b, &v);
	OPX_TRY(fill_summary(&b, &v, err));
	opx_page_pager(&b.page, board_href(&b, b.person), number, PER_PAGE,
		       b.n_documents > 0 ? b.documents[0].total : 0, &v.pages, &v.n_pages);
	tpl_board(opx_page_open(&b.page, 200), &b.d.view, &v);
	return opx_page_finish(&b.page, err);
}

const struct opx_route opx_routes_board[] = {
	{ .size = sizeof(struct opx_route),
	  .method = OPX_GET,
	  .path = "/dossiers/:dossier/contradictoire",
	  .right = OPX_RIGHT("contradictory_board", "read"),
	  .subject = OPX_SUBJECT_DOSSIER,
	  .handle = show },
};
const size_t opx_n_routes_board = OPX_COUNT(opx_routes_board);
