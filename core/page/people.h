/* SPDX-License-Identifier: MPL-2.0 */
/* people.h: the persons of a dossier as lists show them: name, capacity, and the last visit for those who may know it. */
#ifndef OPX_PAGE_PEOPLE_H
#define OPX_PAGE_PEOPLE_H

#include "page/page.h"

struct sql_page_dossier_people_row;

/* One person. shows_visit: the reader may know when the others came. */
struct view_person opx_page_person(const struct opx_page *page, const struct sql_page_dossier_people_row *row,
				   bool shows_visit);
/* Those who have not left, the reader himself left out of the visits. */
void opx_page_people(const struct opx_page *page, const struct page_dossier *d,
		     const struct sql_page_dossier_people_row *rows, size_t n, const struct view_person **ret,
		     size_t *ret_n);

#endif
