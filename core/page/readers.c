/* SPDX-License-Identifier: MPL-2.0 */
/* readers.c: see readers.h. */
#include "page/readers.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "page/words.h"
#include "plugin/registry.h"
#include "sql_filing.h"
#include "sql_page_proof.h"

#define MAX_SEEN_BYTES 4096U
#define MAX_SENTENCE_BYTES 4096U

enum opx_status opx_readers_people(struct opx_page *page, int64_t dossier, struct page_people *ret,
				   struct opx_error *err)
{
	return sql_page_proof_people(page->db, dossier, &ret->rows, &ret->n, err);
}

const struct sql_page_proof_people_row *opx_people_find(const struct page_people *people, int64_t person)
{
	for (size_t i = 0; i < people->n; i++)
		if (people->rows[i].person_id == person)
			return &people->rows[i];
	return NULL;
}

struct view_person opx_people_view(const struct opx_page *page, const struct sql_page_proof_people_row *row)
{
	struct opx_str side = row->side.p != NULL ? row->side : OPX_STR("");
	return (struct view_person){ .id = row->person_id,
				     .initials = opx_word_initials(page->arena, row->given_name,
								   row->family_name),
				     .name = row->name,
				     .quality = opx_word_quality(page->arena, row->role, row->title, side) };
}

/* What a filing gives this person, in words. */
static void set_access(struct view_person *v, const struct sql_page_proof_people_row *row, bool reads,
		       struct opx_str value)
{
	v->access = reads ? row->accepted ? ACCESS_YES : ACCESS_WAIT : ACCESS_NO;
	v->access_text = v->access == ACCESS_YES       ? OPX_STR("Verra dès le dépôt")
			 : reads && row->prefers_paper ? OPX_STR("Préfère le papier : à lui remettre ainsi")
			 : v->access == ACCESS_WAIT    ? OPX_STR("Verra en acceptant son invitation")
			 : opx_str_is(value, "granted")   ? OPX_STR("Ne verra pas, sauf accès accordé")
			 : opx_str_is(value, "addressed") ? OPX_STR("Ne verra pas, sauf si vous l’ajoutez")
							  : OPX_STR("Ne verra pas");
}

static bool is_addressed(const struct opx_filing_reader *readers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (opx_str_is(readers[i].value, "addressed"))
			return true;
	return false;
}

static void fill_group(const struct opx_page *page, const struct page_people *people,
		       const struct opx_filing_reader *readers, size_t n, struct opx_str title,
		       struct view_readers *ret)
{
	struct view_person *list = OPX_NEW_N(page->arena, struct view_person, n);
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct sql_page_proof_people_row *row = opx_people_find(people, readers[i].person);
		if (row == NULL || row->person_id == page->person)
			continue; /* the author reads what he filed: he knows */
		list[count] = opx_people_view(page, row);
		set_access(&list[count], row, readers[i].reads, readers[i].value);
		count++;
	}
	*ret = (struct view_readers){ .title = title, .people = list, .n_people = count };
	ret->note =
		count == 0
			? OPX_STR("Vous seul pour l’instant : personne d’autre n’est dans ce dossier. Ceux qui y entreront le verront si leur qualité l’ouvre.")
		: is_addressed(readers, n)
			? OPX_STR("Vous choisissez les lecteurs de ce document. Votre côté le verra toujours.")
			: OPX_STR("La liste suit la nature du document : vous ne pouvez pas retirer un destinataire.");
}

static bool same_readers(const struct opx_filing_file *a, const struct opx_filing_file *b)
{
	if (a->n_readers != b->n_readers)
		return false;
	for (size_t i = 0; i < a->n_readers; i++)
		if (a->readers[i].person != b->readers[i].person ||
		    a->readers[i].reads != b->readers[i].reads ||
		    !opx_str_eq(a->readers[i].value, b->readers[i].value))
			return false;
	return true;
}

/* "Qui verra « a.pdf » et 2 autres fichiers ?" for the group that begins with file i. */
static struct opx_str group_title(const struct opx_page *page, const struct opx_filing_plan *plan, size_t i,
				  size_t n_groups)
{
	size_t others = 0;
	for (size_t k = i + 1; k < plan->n_files; k++)
		others += same_readers(&plan->files[i], &plan->files[k]) ? 1 : 0;
	if (n_groups == 1)
		return OPX_STR("Qui verra ce dépôt ?");
	if (others == 0)
		return opx_strf(page->arena, "Qui verra « %s » ?", plan->files[i].name_shown.p);
	return opx_strf(page->arena,
			others == 1 ? "Qui verra « %s » et %zu autre fichier ?"
				    : "Qui verra « %s » et %zu autres fichiers ?",
			plan->files[i].name_shown.p, others);
}

/* Is file i the first of its group? */
static bool is_first(const struct opx_filing_plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_readers(&plan->files[k], &plan->files[i]))
			return false;
	return true;
}

static enum opx_status fill_by_kind(struct opx_page *page, const struct page_people *people,
				    const struct opx_filing_plan *plan, struct view_readers *ret,
				    struct opx_error *err)
{
	const struct sql_filing_readers_row *rows = NULL;
	const struct opx_i64s none = { .n = 0 };
	size_t n = 0;
	OPX_TRY(sql_filing_readers(page->db, plan->dossier, plan->kind, page->person, none, none, &rows, &n,
				   err));
	struct opx_filing_reader *readers = OPX_NEW_N(page->arena, struct opx_filing_reader, n);
	for (size_t i = 0; i < n; i++)
		readers[i] = (struct opx_filing_reader){ .person = rows[i].person_id,
							 .value = rows[i].value,
							 .reads = rows[i].reads };
	fill_group(page, people, readers, n, OPX_STR("Qui verra ce dépôt ?"), ret);
	return OPX_OK;
}

enum opx_status opx_readers_fill(struct opx_page *page, const struct page_people *people,
				 const struct opx_filing_plan *plan, const struct view_readers **ret,
				 size_t *ret_n, struct opx_error *err)
{
	struct view_readers *list = OPX_NEW_N(page->arena, struct view_readers, plan->n_files + 1);
	size_t n = 0, n_groups = 0;
	*ret = list;
	*ret_n = 0;
	if (plan->n_files == 0 && plan->kind.n == 0)
		return OPX_OK;
	if (plan->n_files == 0) {
		*ret_n = 1;
		return fill_by_kind(page, people, plan, &list[0], err);
	}
	for (size_t i = 0; i < plan->n_files; i++)
		n_groups += is_first(plan, i) ? 1 : 0;
	for (size_t i = 0; i < plan->n_files; i++)
		if (is_first(plan, i) && plan->files[i].kind.n > 0)
			fill_group(page, people, plan->files[i].readers, plan->files[i].n_readers,
				   group_title(page, plan, i, n_groups), &list[n++]);
	*ret_n = n;
	return OPX_OK;
}

static bool reads_one(const struct opx_filing_plan *plan, int32_t pseudonym)
{
	for (size_t i = 0; i < plan->n_files; i++)
		for (size_t k = 0; k < plan->files[i].n_readers; k++)
			if (plan->files[i].readers[k].pseudonym == pseudonym &&
			    plan->files[i].readers[k].reads)
				return true;
	return false;
}

struct opx_str opx_readers_seen(const struct opx_page *page, const struct opx_filing_plan *plan)
{
	struct opx_buf buf;
	opx_buf_init(&buf, page->arena, MAX_SEEN_BYTES);
	const struct opx_filing_file *first = plan->n_files > 0 ? &plan->files[0] : NULL;
	for (size_t k = 0; first != NULL && k < first->n_readers; k++)
		if (reads_one(plan, first->readers[k].pseudonym))
			opx_buf_printf(&buf, "%s%" PRId32, buf.n > 0 ? "," : "", first->readers[k].pseudonym);
	return opx_buf_str(&buf);
}

static bool was_seen(struct opx_arena *arena, struct opx_str seen, int32_t pseudonym)
{
	struct opx_str one = opx_strf(arena, ",%" PRId32 ",", pseudonym);
	struct opx_str all = opx_strf(arena, ",%s,", seen.p);
	return strstr(all.p, one.p) != NULL;
}

struct opx_str opx_readers_changed(const struct opx_page *page, const struct page_people *people,
				   const struct opx_filing_plan *plan, struct opx_str seen)
{
	struct opx_buf buf;
	opx_buf_init(&buf, page->arena, MAX_SENTENCE_BYTES);
	for (size_t i = 0; seen.n > 0 && i < people->n; i++) {
		const struct sql_page_proof_people_row *row = &people->rows[i];
		bool reads = reads_one(plan, row->pseudonym);
		bool read = was_seen(page->arena, seen, row->pseudonym);
		if (reads == read || row->person_id == page->person)
			continue;
		opx_buf_printf(&buf, reads ? "%s%s verra aussi ce dépôt." : "%s%s ne verra plus ce dépôt.",
			       buf.n > 0 ? " " : "", row->name.p);
	}
	if (buf.n == 0 || buf.is_full)
		return OPX_STR("La liste des personnes qui verront ce dépôt a changé.");
	return opx_buf_str(&buf);
}
