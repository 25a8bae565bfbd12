/* SPDX-License-Identifier: MPL-2.0 */
/* views_deposit.h: what the screens of a deposit show, from the list of exchanges to the proofs; see views.h. */
#ifndef OPX_PAGE_VIEWS_DEPOSIT_H
#define OPX_PAGE_VIEWS_DEPOSIT_H

#include "page/views_parts.h"

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
	bool is_unread, is_readable, knows_readers, is_read_by_all;
	const struct view_reading *readings;
	size_t n_readings;
	struct opx_str own_reading;
};
struct view_sort {
	struct opx_href href;
	struct opx_str aria; /* ascending, descending; empty: not sorted by this */
};
struct view_exchanges {
	struct opx_str caption, query;
	const struct view_option *kinds, *authors, *readings, *orders;
	size_t n_kinds, n_authors, n_readings, n_orders;
	struct view_sort by_title, by_date, by_author;
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
	bool has_kind; /* one of them is chosen */
	struct view_field kind, title;
	const struct view_draft_file *files;
	size_t n_files;
	const struct view_readers *readers;
	size_t n_readers;
	struct opx_str limits, court_warning, seen; /* seen: what the draft says now, for the next save */
};

/* …/verification */
struct view_check {
	struct view_message message;
	struct opx_href action, back;
	struct opx_str kind, title, on_behalf, files, fingerprint, seen, court_warning;
	const struct view_readers *readers;
	size_t n_readers;
	const struct opx_str *names; /* of its files, in the order of their numbers */
	size_t n_names;
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

#endif
