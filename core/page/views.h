/* SPDX-License-Identifier: MPL-2.0 */
/* views.h: what the templates show, ready to print: a handler fills one of these and calls its template.
 *
 * Text is in French and already has its dates and sizes; a template decides nothing but the order.
 */
#ifndef OPX_PAGE_VIEWS_H
#define OPX_PAGE_VIEWS_H

#include "page/views_deposit.h"
#include "page/views_parts.h"

/* /  and /connexion */
struct view_home {
	struct view_message message;
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
	struct view_field code;
	bool is_slow;
	bool is_shut; /* no code left: the message says until when */
};
struct view_card {
	struct opx_str name, issuer;
	struct view_message message;
};
struct view_refused {
	struct opx_str title, text;
	const struct opx_str *steps; /* what to try, in their order */
	size_t n_steps;
	struct opx_href again, by_code; /* on the card host; on the main host */
	bool can_claim;                 /* valid, but nobody's yet */
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
	bool is_soon, is_late;
};
struct view_invited_row {
	struct opx_href href;
	struct opx_str title, reference, quality, until;
};
struct view_dossiers {
	struct opx_str greeting, caption, query, view, empty_title, empty_text;
	const struct view_link *views;
	size_t n_views;
	const struct view_dossier_row *rows;
	size_t n_rows;
	const struct view_invited_row *invited;
	size_t n_invited;
	const struct view_link *pages;
	size_t n_pages;
	bool can_open, can_admit, is_filtered;
	struct view_message message;
};

/* /dossiers/nouveau */
struct view_dossier_new {
	struct view_message message;
	const struct view_option *courts;
	size_t n_courts;
	struct view_field court, title, rg, minute, decision_ref, decision_on, judge, clerk, mission,
		report_due_on;
	struct view_field sides[6];
	struct opx_str court_title, court_warning;
	bool asks_same_rg; /* a dossier with this RG number is known: tick to go on */
	struct opx_href known;
};

/* /dossiers/:d */
struct view_todo {
	struct opx_href href;
	struct opx_str title, note, tag;
	enum view_tone tone;
	enum view_todo_way {
		TODO_LINK,
		TODO_FORM,
		TODO_PLAIN
	} way; /* FORM: a POST to href, with nature = kind */
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
	struct view_deadline {
		struct opx_str weekday, day, month, title, note; /* title empty: none */
	} deadline;
	struct opx_str court_people; /* judge and clerk as the decision names them */
	const struct opx_str *mission;
	size_t n_mission;
	struct opx_href participants, exchanges, decision_document, presence;
	bool can_invite, has_decision_document, can_leave_presence, is_new;
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
	bool has_letter, is_by_account;
};
struct view_participants {
	struct view_message message;
	const struct view_side *sides;
	size_t n_sides;
	const struct view_waiting *waiting;
	size_t n_waiting;
	const struct view_waiting *coded; /* those who take part with an access code, which they may lose */
	size_t n_coded;
	bool can_invite;
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
	bool can_ask;                      /* for another invitation */
};
struct view_access_code {
	struct opx_str code, mail, title; /* code empty: there is one already */
	bool is_renewed;                  /* the former one is over */
	struct opx_href dossier;
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
	struct opx_str name, role, place, mail, certificate, at, reason, existing;
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
	struct opx_href presence; /* mode actif would open it */
	bool has_presence;
	const struct opx_str *steps;
	size_t n_steps;
};

#endif
