/* SPDX-License-Identifier: MPL-2.0 */
/* made.h: files made for one person (receipt, bundle): asked once, waited for on a page, given with their events. */
#ifndef OPX_PAGE_MADE_H
#define OPX_PAGE_MADE_H

#include "page/page.h"

struct made_order {
	const char *kind; /* artefact.kind */
	int64_t dossier;
	int64_t document, filing; /* 0: none */
	struct opx_str name;      /* under which a browser saves it: [A-Za-z0-9.-] */
};
/* Queues the work unless the same thing is being made, or was made over the newest stamped head. *ret_id: the artefact. */
OPX_MUST_USE enum opx_status opx_made_ask(struct opx_page *page, const struct made_order *order,
					  int64_t *ret_id, struct opx_error *err);
/* The newest artefact of that order. OPX_NOT_FOUND: nobody asked for it in the last 24 hours. */
OPX_MUST_USE enum opx_status opx_made_find(struct opx_page *page, const struct made_order *order,
					   int64_t *ret_id, struct opx_error *err);
/* Answers with the file when it is ready, else with the waiting page. The documents of a bundle are handed over first, once a
 * session. d is filled, back is where the page's link leads. OPX_NOT_FOUND: not this person's, or over. */
OPX_MUST_USE enum opx_status opx_made_give(struct opx_page *page, const struct page_dossier *d,
					   int64_t artefact, struct opx_href back, struct opx_error *err);
/* "preuve-26-01873-depot-3.asice": name-RG-rest, with what a file name cannot hold replaced. */
struct opx_str opx_made_name(const struct opx_page *page, const char *name, struct opx_str rg,
			     const char *rest);

/* A fetch that nobody asked for would count as an opening: refused with 503 (security 5.5). True: the answer is given. */
bool opx_page_refuses_prefetch(struct opx_request *rq);

#endif
