/* SPDX-License-Identifier: MPL-2.0 */
/* exchange_search.h: what a person looks for among the documents of a dossier: read from the address, and shown again in
 * the fields of the search, in the headings that sort and in the addresses of the list's other pages. */
#ifndef OPX_PAGE_EXCHANGE_SEARCH_H
#define OPX_PAGE_EXCHANGE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "html/href.h"

struct opx_page;
struct opx_request;
struct sql_page_exchange_authors_row;
struct view_exchanges;

/* Empty and 0: everything, newest first. */
struct exchange_search {
	struct opx_str query, kind, order;
	int32_t filing, document, series; /* numbers that the query names; 0: none */
	int64_t author;
	bool is_unread;
};

/* What is not understood is as if it were not asked. */
struct exchange_search opx_exchange_search_read(const struct opx_page *page, struct opx_request *rq);
/* The first page of what is looked for. */
struct opx_href opx_exchange_search_href(const struct opx_page *page, int64_t dossier,
					 const struct exchange_search *s);
/* The order, in words that follow "12 documents". */
const char *opx_exchange_search_caption(const struct exchange_search *s);
/* The search's fields and the headings of v. authors: who has filed in the dossier. */
void opx_exchange_search_fill(const struct opx_page *page, int64_t dossier, const struct exchange_search *s,
			      const struct sql_page_exchange_authors_row *authors, size_t n_authors,
			      struct view_exchanges *v);

#endif
