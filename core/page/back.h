/* SPDX-License-Identifier: MPL-2.0 */
/* back.h: the page on which a session ended, found again after the next sign-in.
 *
 * It is kept in a cookie of this host that no script reads and no other site can set. What comes back is checked as if a stranger
 * had written it: only a plain path of our own pages leads anywhere.
 */
#ifndef OPX_PAGE_BACK_H
#define OPX_PAGE_BACK_H

#include "base/str.h"

struct opx_request;
struct opx_site;

/* The page behind an address: itself when it is read, the page that holds the form when it is sent, the page that names the file when
 * it is a file. Empty: nothing to come back to. */
struct opx_str opx_back_page(struct opx_request *rq);
/* Keeps the page of this request for half an hour. */
void opx_back_keep(struct opx_request *rq, const struct opx_site *site);
/* The kept page, or empty. */
struct opx_str opx_back_find(struct opx_request *rq, const struct opx_site *site);
/* Forgets it: used, or the person has left. */
void opx_back_forget(struct opx_request *rq, const struct opx_site *site);

#endif
