/* SPDX-License-Identifier: MPL-2.0 */
/* page.h: what every screen needs: the layout around it, the head of its dossier, dates in words, the request's facts.
 *
 * A screen is one file: its routes, its handlers (parse, decide, act, render), the filling of its view.
 * page.c makes the page, page_dossier.c the head of its dossier, page_time.c dates in words.
 */
#ifndef OPX_PAGE_PAGE_H
#define OPX_PAGE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"
#include "base/str.h"
#include "http/request.h"
#include "page/pages.h"
#include "page/views.h"
#include "plugin/context.h"

struct opx_act;
struct opx_html;

/* One page being made. */
struct opx_page {
	const struct opx_pages *pages;
	struct opx_context *c;
	struct opx_arena *arena;
	struct opx_db *db;
	int64_t person; /* 0: nobody */
	struct view_layout layout;
	struct opx_html *html;
	int http_status;
	bool offers_no_deposit; /* its own action is the main one: set before the dossier's head is asked for */
};

/* Facts of the request and an empty layout with that title. */
void opx_page_init(struct opx_page *page, const void *self, struct opx_request *rq, struct opx_str title);
/* Starts the answer; the page's template is called with what it returns. */
struct opx_html *opx_page_open(struct opx_page *page, int http_status);
/* Ends the answer: after the template. OPX_TOO_LARGE. */
OPX_MUST_USE enum opx_status opx_page_finish(struct opx_page *page, struct opx_error *err);
/* The same for a page that may not fail (errors): a page that is too large becomes one line of text. */
void opx_page_close(struct opx_page *page);
/* Does the browser's script ask for a fragment (Accept: text/vnd.fragment+html)? */
bool opx_page_is_fragment(const struct opx_page *page);

/* The head of a dossier: one statement, and the tabs that exist. tab: "" for a page under a tab's name given in crumb. */
struct page_dossier {
	struct view_dossier view;
	struct opx_str phase, procedure, role, side;
	int64_t side_id;
	int32_t pseudonym;
	int step; /* 1 to 7 */
	struct opx_instant phase_at;
	int64_t active_clerks;
	bool is_member, is_presence;
	bool sees_readings;       /* of everybody (matrix row reading_state/read) */
	struct opx_strs deposits; /* kinds that the person may deposit now */
	struct opx_str decision_ref, judge_name, clerk_name, mission;
	struct opx_date report_due_on;
	bool has_report_due;
};
enum page_tab { TAB_OVERVIEW, TAB_EXCHANGES, TAB_BOARD, TAB_PARTICIPANTS, TAB_PROOFS, TAB_COUNT };
/* crumb: label of the page under the tab; empty when the tab is the page. */
OPX_MUST_USE enum opx_status opx_page_dossier(struct opx_page *page, int64_t dossier, enum page_tab tab,
					      struct opx_str crumb, struct page_dossier *ret,
					      struct opx_error *err);

/* The same in two halves, for a page that asks for its own rows in the same pipeline. */
OPX_MUST_USE enum opx_status opx_page_dossier_send(struct opx_page *page, int64_t dossier,
						   struct opx_error *err);
OPX_MUST_USE enum opx_status opx_page_dossier_recv(struct opx_page *page, enum page_tab tab,
						   struct opx_str crumb, struct page_dossier *ret,
						   struct opx_error *err);

/* "4 déc. 2026" · "18 h 42" · "vendredi 4 décembre 2026 à 18 h 42 min 07 s" · "4 déc. à 18 h 42". */
struct view_time opx_page_day(const struct opx_page *page, struct opx_instant t);
struct view_time opx_page_hour(const struct opx_page *page, struct opx_instant t);
struct view_time opx_page_exact(const struct opx_page *page, struct opx_instant t);
struct view_time opx_page_short(const struct opx_page *page, struct opx_instant t);
struct opx_str opx_page_date(const struct opx_page *page, struct opx_date d);
/* "4 déc. 2026". */
struct opx_str opx_page_short_date(const struct opx_page *page, struct opx_date d);
/* "Vendredi" and "décembre 2026": a day as a leaf of a calendar. */
void opx_page_calendar(const struct opx_page *page, struct opx_date d, struct opx_str *ret_weekday,
		       struct opx_str *ret_month);
/* "3 mars 2026", without the day of the week: in a title. */
struct opx_str opx_page_full_day(const struct opx_page *page, struct opx_instant t);

/* Civil days from today to d, by the hour of Paris; negative when it is past. */
int64_t opx_page_days_until(const struct opx_page *page, struct opx_date d);
struct opx_date opx_page_today(const struct opx_page *page);

/* Label of a document kind, or its code when its plugin is gone. */
struct opx_str opx_page_kind(const struct opx_page *page, struct opx_str code);
/* "Note aux parties n° 3". */
struct opx_str opx_page_numbered(const struct opx_page *page, struct opx_str code, int32_t number);
/* Label of a state and its step. */
struct opx_str opx_page_state(const struct opx_page *page, struct opx_str procedure, struct opx_str state,
			      int *ret_step);

/* May this person do that here? One question to the rights provider; for buttons and links, never instead of the route's right. */
OPX_MUST_USE enum opx_status opx_page_may(struct opx_page *page, const char *object, const char *action,
					  int64_t dossier, bool *ret_may, struct opx_error *err);

/* The page number of ?page=, from 1, and links of a pager over total rows of that list, which has its filters. */
int64_t opx_page_number(const struct opx_page *page);
void opx_page_pager(const struct opx_page *page, struct opx_href list, int64_t number, int64_t per_page,
		    int64_t total, const struct view_link **ret_links, size_t *ret_n);

/* A message asked by ?fait=CODE after a redirect: only sentences of the page's own table are shown. */
struct page_notice {
	const char *code;
	enum view_tone tone;
	const char *title, *text;
};
struct view_message opx_page_notice(const struct opx_page *page, const struct page_notice *notices, size_t n);
/* The message of a refused form from an error. */
struct view_message opx_page_fault(const struct opx_page *page, const struct opx_error *err,
				   const char *title);

/* The act of this request's person, to be opened by the domain; inside the request's transaction. */
void opx_page_act(const struct opx_page *page, struct opx_act *ret);
/* Takes back all that this request has written, and goes on in a new transaction with the same person: before a form is sent
 * back, for what a refused act had begun must not be committed with the page that says so. */
OPX_MUST_USE enum opx_status opx_page_undo(struct opx_page *page, struct opx_error *err);

/* A route's ahead (opx/route.h) has ended its transaction: before a handler writes, another one with the same person. */
OPX_MUST_USE enum opx_status opx_page_write(struct opx_page *page, struct opx_error *err);

/* A field of a form as it goes back: what was typed, or "" with the reason why it cannot be read. */
struct view_field opx_page_field(struct opx_page *page, const char *name, enum opx_text_kind kind,
				 size_t max_bytes, bool *is_good);
/* The same; empty is a fault, with that sentence. */
struct view_field opx_page_field_needed(struct opx_page *page, const char *name, enum opx_text_kind kind,
					size_t max_bytes, const char *sentence, bool *is_good);
/* Marks a field. */
void opx_page_wrong(struct view_field *field, const char *sentence, bool *is_good);

/* Copies with a NUL for a view_link array. */
struct view_link opx_page_link(struct opx_str label, struct opx_href href, bool is_current);

#endif
