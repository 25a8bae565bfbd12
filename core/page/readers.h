/* SPDX-License-Identifier: MPL-2.0 */
/* readers.h: "Qui verra ce dépôt ?": the people of a dossier, by name, with what the rights policy answers for each. */
#ifndef OPX_PAGE_READERS_H
#define OPX_PAGE_READERS_H

#include <stddef.h>

#include "domain/filing.h"
#include "page/page.h"

struct sql_page_proof_people_row;

struct page_people {
	const struct sql_page_proof_people_row *rows;
	size_t n;
};
OPX_MUST_USE enum opx_status opx_readers_people(struct opx_page *page, int64_t dossier,
						struct page_people *ret, struct opx_error *err);

/* A person of the list; access is the caller's. */
struct view_person opx_people_view(const struct opx_page *page, const struct sql_page_proof_people_row *row);
/* The same by person; NULL: nobody of this dossier. */
const struct sql_page_proof_people_row *opx_people_find(const struct page_people *people, int64_t person);

/* One list for each group of files that the same people will read. A draft without files: one for its kind. */
OPX_MUST_USE enum opx_status opx_readers_fill(struct opx_page *page, const struct page_people *people,
					      const struct opx_filing_plan *plan,
					      const struct view_readers **ret, size_t *ret_n,
					      struct opx_error *err);

/* Those who would read at least one file, as "3,5,12" (pseudonyms): kept by the check page to tell what changed since. */
struct opx_str opx_readers_seen(const struct opx_page *page, const struct opx_filing_plan *plan);
/* "Me Haddad verra aussi ce dépôt. M. Blanchet ne le verra plus." seen came from a form: only shown, never trusted. */
struct opx_str opx_readers_changed(const struct opx_page *page, const struct page_people *people,
				   const struct opx_filing_plan *plan, struct opx_str seen);

#endif
