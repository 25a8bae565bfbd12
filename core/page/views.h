/* SPDX-License-Identifier: MPL-2.0 */
/* views.h: what the templates show, ready to print: a handler fills one of these and calls its template.
 *
 * Text is in French and already has its dates and sizes; a template decides nothing but the order.
 */
#ifndef OPX_PAGE_VIEWS_H
#define OPX_PAGE_VIEWS_H

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

/* /  and /connexion */
struct view_home {
	bool is_signed_in;
	struct opx_href sign_in, invitation, dossiers;
};
struct view_sign_in {
	struct opx_href card_origin; /* https://carte…/connexion */
	struct opx_href invitation;
	bool has_card, has_code, is_card_host;
	struct opx_str mail; /* kept when the form is sent back */
	struct view_message message;
	bool has_certificate;
	struct opx_str certificate_name;
};

/* /connexion/code and the card host's /connexion */
struct view_code {
	struct view_message message;
	struct opx_str mail, sent, until, word;
	bool is_slow;
};
struct view_card {
	struct opx_str name, issuer;
};
struct view_refused {
	struct opx_str title, text;
	struct opx_href again, by_code; /* on the card host; on the main host */
};

/* /dossiers */
struct view_dossier_row {
	struct opx_href href;
	struct opx_str title, reference, step, step_number, unread, last, last_when;
	bool is_unread, has_access;
	struct opx_href presence; /* mode actif */
	bool can_enter;
	struct view_time due;
	struct opx_str due_note;
};
struct view_invited_row {
	struct opx_href href;
	struct opx_str title, reference, quality, until;
};
struct view_dossiers {
	struct opx_str greeting, caption, query, empty_title, empty_text;
	const struct view_link *views;
	size_t n_views;
	const struct view_dossier_row *rows;
	size_t n_rows;
	const struct view_invited_row *invited;
	size_t n_invited;
	const struct view_link *pages;
	size_t n_pages;
	bool can_open, is_filtered;
	struct view_message message;
};

struct view_option {
	struct opx_str value, label, hint;
	bool is_selected;
};
struct view_field {
	struct opx_str value, fault; /* fault: why it was refused; empty: fine */
};

/* /dossiers/nouveau */
struct view_dossier_new {
	struct view_message message;
	const struct view_option *courts;
	size_t n_courts;
	struct view_field court, title, rg, minute, decision_ref, decision_on, judge, clerk, mission,
		report_due_on;
	struct view_field sides[6];
	struct opx_str no_clerk_warning;
	bool asks_same_rg; /* a dossier with this RG number is known: tick to go on */
	struct opx_href known;
};

/* /dossiers/:d */
struct view_todo {
	struct opx_href href;
	struct opx_str title, note, tag;
	enum view_tone tone;
	enum view_todo_way { TODO_LINK, TODO_FORM, TODO_PLAIN } way; /* FORM: a POST to href, with nature = kind */
	struct opx_str kind;
};
struct view_move {
	struct view_time at;
	struct opx_href href;
	bool has_href;
	struct opx_str title, note;
};
struct view_transition {
	struct opx_href action;
	struct opx_str code, label, explanation, checkbox, missing;
	bool is_open;
};
struct view_overview {
	struct view_message message;
	const struct view_step *steps;
	size_t n_steps;
	struct opx_str step_line, step_next;
	const struct view_todo *todos;
	size_t n_todos;
	const struct view_todo *checklist; /* of a new dossier */
	size_t n_checklist;
	const struct view_move *moves;
	size_t n_moves;
	const struct view_person *people;
	size_t n_people;
	const struct view_transition *transitions;
	size_t n_transitions;
	struct opx_str decision, report_due;
	struct opx_str court_people; /* judge and clerk as the decision names them */
	const struct opx_str *mission;
	size_t n_mission;
	struct opx_href participants, exchanges, decision_document, presence;
	bool can_invite, has_decision_document, can_leave_presence, is_new;
};

/* /dossiers/:d/echanges */
struct view_kept {
	struct opx_href href;
	struct opx_str title, note;
};
struct view_reading {
	struct opx_str name, when;
	bool has_read;
};
struct view_exchange {
	struct opx_href href, filing;
	struct opx_str kind, title, line, author, author_note, ground, readers;
	struct view_time date, hour;
	bool is_unread, is_readable, knows_readers;
	const struct view_reading *readings;
	size_t n_readings;
	struct opx_str own_reading;
};
struct view_exchanges {
	struct opx_str caption, query;
	const struct view_option *kinds;
	size_t n_kinds;
	const struct view_exchange *rows;
	size_t n_rows;
	const struct view_link *pages;
	size_t n_pages;
	bool is_filtered;
	struct view_message message;
	struct opx_href action;
	const struct view_kept *drafts; /* the person's own */
	size_t n_drafts;
};

/* /dossiers/:d/brouillons/:b */
struct view_reader_choice {
	struct opx_str name, value, label;
	bool is_checked;
};
struct view_draft_file {
	int64_t id;
	struct opx_str upload, name, size, note, sha256, kind, ground;
	int64_t bytes, percent;
	enum view_file_state { FILE_SENDING, FILE_WAITING, FILE_READY, FILE_WARNED, FILE_REFUSED } state;
	bool is_picture;
	const struct view_option *kinds;
	size_t n_kinds;
	bool chooses_readers, needs_ground;
	const struct view_reader_choice *readers;
	size_t n_readers;
	struct opx_str kind_field, ground_field, readers_field, choice_field;
};
struct view_readers {
	struct opx_str title, note; /* "Qui verra cette note ?" */
	const struct view_person *people;
	size_t n_people;
};
struct view_draft {
	struct view_message message;
	struct opx_href action, upload, hash_worker, self;
	int64_t id, piece;
	struct opx_str token; /* CSRF token for tus */
	const struct view_option *kinds;
	size_t n_kinds;
	struct view_field kind, title;
	const struct view_draft_file *files;
	size_t n_files;
	const struct view_readers *readers;
	size_t n_readers;
	struct opx_str limits, court_warning;
	bool is_waiting;
};

/* …/verification */
struct view_check {
	struct view_message message;
	struct opx_href action, back;
	struct opx_str kind, title, on_behalf, files, names, fingerprint, seen, court_warning;
	const struct view_readers *readers;
	size_t n_readers;
	const struct opx_str *duplicates;
	size_t n_duplicates;
	const struct opx_str *warnings;
	size_t n_warnings;
	bool asks_tick;
};

/* /dossiers/:d/depots/:n */
struct view_filed {
	struct opx_href document, file, proof;
	struct opx_str number, name, size, kind, sha256, level_line, log_line, token, ground,
		sha256_groups[8];
	enum view_tone token_tone;
	bool is_picture, is_readable, has_proof;
};
struct view_receipt {
	struct view_message message;
	struct opx_str title, number, rg, told, waiting_line;
	struct view_time at;
	const struct view_filed *files;
	size_t n_files;
	struct opx_str files_title, subject, depositor, depositor_note, on_behalf, means, level, log, origin,
		token_text, token_note;
	enum view_tone token_tone;
	const struct view_person *readers;
	size_t n_readers;
	struct opx_href pdf, bundle;
	bool is_sealed, has_pdf, knows_readers;
};

/* /documents/:id */
struct view_document {
	struct view_message message;
	struct opx_str kind, title, name, size, mime, pages, author, author_note, number, sha256, token,
		ground, first;
	struct opx_str sha256_groups[8];
	struct view_time at;
	struct opx_href file, filing;
	struct opx_str filing_label;
	bool is_first;
	enum view_tone token_tone;
};

/* /dossiers/:d/contradictoire */
struct view_board_cell {
	struct opx_str person, quality, deposited, offered, opened;
	enum { BOARD_OPENED, BOARD_NEVER, BOARD_AUTHOR, BOARD_NOT_READER, BOARD_PENDING } state;
};
struct view_board_row {
	struct opx_href href;
	struct opx_str title, file, line, tally, not_readers;
	enum view_tone tone;
	const struct view_board_cell *cells;
	size_t n_cells;
};
struct view_board {
	struct opx_str summary, scope;
	enum view_tone tone;
	const struct view_link *choices; /* one person at a time */
	size_t n_choices;
	struct opx_str one; /* the person whose lines alone are shown; empty: all */
	const struct view_board_row *rows;
	size_t n_rows;
	const struct view_link *pages;
	size_t n_pages;
};

/* /dossiers/:d/participants */
struct view_side {
	struct opx_str label, note;
	const struct view_person *people;
	size_t n_people;
};
struct view_waiting {
	struct opx_str name, quality, state, until;
	enum view_tone tone;
	struct opx_href letter;
	bool has_letter;
};
struct view_participants {
	struct view_message message;
	const struct view_side *sides;
	size_t n_sides;
	const struct view_waiting *waiting;
	size_t n_waiting;
	bool can_invite, may_add_side;
	struct opx_href action;
	const struct view_option *roles;
	size_t n_roles;
	const struct view_option *side_options;
	size_t n_side_options;
	const struct view_option *titles;
	size_t n_titles;
	struct view_field role, side, new_side, person_title, given_name, family_name, mail;
};
struct view_letter {
	struct view_message message;
	struct opx_str name, until, number, available; /* number: the address to open */
	struct opx_href pdf, back, again;
	bool is_ready, is_waiting; /* neither: there is none, or it failed */
};

/* /invitation and /invitation/:jeton */
struct view_invitation {
	struct view_message message;
	struct view_field number, code;
	struct opx_href action;
	struct opx_str mail, sent, until, word; /* of the mail code */
	struct opx_str title, reference, by, name, quality, advice;
	const struct opx_str *consent; /* its paragraphs, as recorded */
	size_t n_consent;
	bool is_slow, is_first, can_leave; /* is_first: by letter, no account yet */
};
struct view_access_code {
	struct opx_str code, mail, title; /* code empty: there is one already */
	struct opx_href dossier;
};

/* /dossiers/:d/preuves */
struct view_bundle {
	struct opx_str label, state, when, size, until, sentence;
	struct opx_href href;
	bool is_ready, is_waiting;
};
struct view_log {
	struct opx_str name, origin, head;
	struct opx_str root_groups[8];
	bool has_root;
};
struct view_proofs {
	struct view_message message;
	struct opx_str summary, last_token;
	enum view_tone tone;
	const struct view_log *logs;
	size_t n_logs;
	struct opx_href action;
	bool can_case, can_party;
	struct opx_str why_not_case;
	const struct view_bundle *bundles;
	size_t n_bundles;
};
struct view_wait {
	struct opx_str title, text, step;
	struct opx_href back;
	bool is_failed;
};

/* /profil */
struct view_session {
	int64_t id;
	struct opx_str means, since, seen, place;
	bool is_current;
};
struct view_means {
	struct opx_str label, note;
	enum view_tone tone;
};
struct view_profile {
	struct view_message message;
	struct opx_str name, mail, qualities, level;
	const struct view_means *means;
	size_t n_means;
	const struct view_session *sessions;
	size_t n_sessions;
	bool has_others;
};

/* /connexion/demande and /admin/demandes */
struct view_claim_form {
	struct view_message message;
	struct opx_str certificate, issuer, until, state;
	const struct view_option *courts, *compagnies, *roles, *titles;
	size_t n_courts, n_compagnies, n_roles, n_titles;
	struct view_field person_title, given_name, family_name, mail, role, court, compagnie;
	bool is_waiting;
};
struct view_claim {
	int64_t id;
	struct opx_str name, role, place, mail, certificate, at, existing;
	struct opx_href action;
};
struct view_claims {
	struct view_message message;
	const struct view_claim *rows;
	size_t n_rows;
	const struct view_claim *decided;
	size_t n_decided;
};

/* Errors and certificate refusals. */
struct view_error {
	struct opx_str title, text, reference, hour;
	const struct view_link *links;
	size_t n_links;
	/* the rule that refused (403) */
	struct opx_str you, wanted, rule, missing;
	const struct opx_str *steps;
	size_t n_steps;
};

#endif
