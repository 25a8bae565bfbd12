/* SPDX-License-Identifier: MPL-2.0 */
/* views_parts.h: what every screen shows: links, times, messages, people, fields, and what stands around a page. */
#ifndef OPX_PAGE_VIEWS_PARTS_H
#define OPX_PAGE_VIEWS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "html/html.h"

/* One entry of a menu, a tab, a crumb or a pager. */
struct view_link {
	struct opx_str label;
	struct opx_href href;
	bool is_current;
	int64_t count; /* new things; 0: not shown */
};

/* An instant as a reader sees it. */
struct view_time {
	struct opx_str iso; /* datetime attribute */
	struct opx_str text;
};

enum view_tone { TONE_PLAIN, TONE_OK, TONE_ATTENTION, TONE_ERROR, TONE_INFO };

/* A message at the top of a page or first in a form. */
struct view_message {
	enum view_tone tone;
	struct opx_str title; /* empty: no message */
	struct opx_str text;
	bool takes_focus; /* a refused form */
	const struct view_link *links;
	size_t n_links;
};

/* Around every page. */
struct view_layout {
	struct opx_str title;        /* screen, case, service: <title> */
	struct opx_href home;        /* empty: "/" */
	struct opx_str service_name; /* "Expertise en ligne" */
	struct opx_str court_line;   /* "Tribunal judiciaire de Grenoble" */
	bool is_signed_in;
	struct opx_str person_name, person_role;
	const struct view_link *menu;
	size_t n_menu;
	struct view_message banner; /* revocation list late, service in trouble */
	int64_t refresh_s;          /* > 0: the page asks for itself again */
	bool has_upload_script, has_comfort_script;
	struct opx_str html_class; /* comfort of reading */
	bool is_bare;              /* card refused: no session, no menu */
};

struct view_person {
	int64_t id;
	struct opx_str initials, name, quality; /* "Avocate, pour SAS Alpes" */
	enum view_access { ACCESS_NONE, ACCESS_YES, ACCESS_NO, ACCESS_WAIT, ACCESS_NOT_YET } access;
	struct opx_str access_text; /* "Verra dès le dépôt" */
	struct opx_href href;
	bool has_href;
};

struct view_step {
	struct opx_str number, label, when;
	enum view_step_state { STEP_DONE, STEP_CURRENT, STEP_COMING } state;
};

/* Over each page of a dossier. */
struct view_dossier {
	int64_t id;
	struct opx_str title, rg, court, expert, expert_word, step; /* step: "3 sur 7, opérations" */
	struct opx_href href;
	const struct view_link *tabs;
	size_t n_tabs;
	struct opx_str current_tab;
	const struct view_link *crumbs; /* the last is the page itself */
	size_t n_crumbs;
	bool is_overview, can_deposit;
	struct opx_href deposit; /* POST: makes a draft */
};

struct view_option {
	struct opx_str value, label, hint;
	bool is_selected;
};
struct view_field {
	struct opx_str value, fault; /* fault: why it was refused; empty: fine */
};

#endif
