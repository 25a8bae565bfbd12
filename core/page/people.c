/* SPDX-License-Identifier: MPL-2.0 */
/* people.c: see people.h. */
#include "page/people.h"

#include "base/arena.h"
#include "page/screens.h"
#include "page/words.h"
#include "sql_page_dossier.h"

/* Of one who has not joined: he may have answered, by preferring paper. */
static struct opx_str unanswered(const struct sql_page_dossier_people_row *row)
{
	return row->prefers_paper ? OPX_STR("Préfère le papier") : OPX_STR("N’a pas encore répondu");
}

static void fill_visit(const struct opx_page *page, const struct sql_page_dossier_people_row *row,
		       struct view_person *ret)
{
	bool is_woman = opx_str_is(row->person_title, "Mme");
	bool is_man = opx_str_is(row->person_title, "M."); /* of "Me" and of companies we know neither */
	if (row->accepted_at_is_null) {
		ret->access = ACCESS_WAIT;
		ret->access_text = unanswered(row);
	} else if (row->last_seen_at_is_null) {
		ret->access = ACCESS_WAIT;
		ret->access_text = is_woman ? OPX_STR("Jamais connectée")
				   : is_man ? OPX_STR("Jamais connecté")
					    : OPX_STR("Aucune visite");
	} else {
		ret->access = ACCESS_YES;
		ret->access_text = opx_strf(page->arena,
					    is_woman ? "Vue le %s"
					    : is_man ? "Vu le %s"
						     : "Visite le %s",
					    opx_page_short(page, row->last_seen_at).text.p);
	}
}

struct view_person opx_page_person(const struct opx_page *page, const struct sql_page_dossier_people_row *row,
				   bool shows_visit)
{
	bool is_self = row->person_id == page->person;
	struct view_person v = {
		.id = row->person_id,
		.initials = opx_word_initials(page->arena, row->given_name, row->family_name),
		.name = is_self ? opx_strf(page->arena, "%s (vous)", row->name.p) : row->name,
		.quality = opx_word_quality(page->arena, row->role, row->person_title,
					    row->side.p != NULL ? row->side : OPX_STR("")),
	};
	if (!row->left_at_is_null) {
		v.access = ACCESS_NO;
		v.access_text = opx_strf(page->arena, "A quitté le dossier le %s",
					 opx_page_day(page, row->left_at).text.p);
	} else if (shows_visit && !is_self) {
		fill_visit(page, row, &v);
	} else if (row->accepted_at_is_null) {
		v.access = ACCESS_WAIT;
		v.access_text = unanswered(row);
	}
	return v;
}

void opx_page_people(const struct opx_page *page, const struct page_dossier *d,
		     const struct sql_page_dossier_people_row *rows, size_t n, const struct view_person **ret,
		     size_t *ret_n)
{
	struct view_person *list = OPX_NEW_N(page->arena, struct view_person, n);
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (rows[i].left_at_is_null)
			list[count++] = opx_page_person(page, &rows[i], d->sees_readings);
	*ret = list;
	*ret_n = count;
}
