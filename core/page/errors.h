/* SPDX-License-Identifier: MPL-2.0 */
/* errors.h: the page of a refusal or a failure: what happened, what to do, the reference to quote (ui.md 7.5). */
#ifndef OPX_PAGE_ERRORS_H
#define OPX_PAGE_ERRORS_H

#include "base/error.h"

struct opx_pages;
struct opx_request;

/* Replaces the answer; needs no database. A GET that asks for a session goes to the sign-in page. Never fails. */
void opx_page_error(const struct opx_pages *pages, struct opx_request *rq, int code,
		    const struct opx_error *err);

#endif
