/* SPDX-License-Identifier: MPL-2.0 */
/* invitation.h: what the files of one invitation's pages share: invitation.c finds the step that a browser has reached, and each step
 * has its file. None of it is for other screens.
 */
#ifndef OPX_PAGE_INVITATION_H
#define OPX_PAGE_INVITATION_H

#include "page/invited.h"
#include "page/page.h"
#include "sql_participant.h"

#include <opx/auth.h>

struct opx_reg_door;

/* What stands in the way: the page that says so. */
struct invitation_obstacle {
	const char *title, *text, *advice;
	bool can_sign_in, can_leave, can_ask; /* can_ask: for another invitation */
	bool comes_back;                      /* after the sign-in, to this very invitation */
	const char *why; /* for the log, of one who tries all the same; NULL: that is no refusal */
};

/* One request about one invitation. */
struct invitation_visit {
	struct opx_page page;
	struct sql_participant_find_row row;
	struct opx_code_progress progress;
	struct opx_invited_proof proof;
	enum { STEP_LETTER, STEP_MAIL, STEP_ANSWER, STEP_OBSTACLE } step;
	const struct invitation_obstacle *obstacle;
};

/* ---- invitation.c */

/* The door by codes and mail; NULL when it is stopped, and then the error that says so. */
const struct opx_reg_door *opx_invitation_door(const struct opx_page *page);
OPX_MUST_USE enum opx_status opx_invitation_no_door(struct opx_error *err);
struct opx_href opx_invitation_href(const struct invitation_visit *v);
/* The message over a form that comes back. */
struct view_message opx_invitation_refused(struct opx_str title, struct opx_str text);

/* ---- invitation_obstacle.c */

extern const struct invitation_obstacle opx_invitation_used, opx_invitation_worn, opx_invitation_must_sign_in,
	opx_invitation_somebody_else, opx_invitation_taken;
/* What the state of the invitation puts in the way; NULL: nothing. The tries of its letter count only where it is asked for. */
const struct invitation_obstacle *opx_invitation_obstacle(const struct sql_participant_find_row *row,
							  bool is_letter_step);
OPX_MUST_USE enum opx_status opx_invitation_show_obstacle(struct invitation_visit *v, int status,
							  const struct invitation_obstacle *o,
							  struct opx_error *err);
/* Whoever can send another invitation hears that it is asked for, once. */
OPX_MUST_USE enum opx_status opx_invitation_ask_again(struct invitation_visit *v, struct opx_error *err);
/* A line for the operator, of a letter that was refused. */
void opx_invitation_log(const struct invitation_visit *v, const char *why);

/* ---- invitation_codes.c: the code of the letter, then that of the mail */

OPX_MUST_USE enum opx_status opx_invitation_show_letter(struct invitation_visit *v, int status,
							struct view_message message, struct view_field code,
							struct opx_error *err);
OPX_MUST_USE enum opx_status opx_invitation_take_letter(struct invitation_visit *v, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_invitation_show_mail(struct invitation_visit *v, int status,
						      struct view_message message, struct view_field code,
						      struct opx_error *err);
OPX_MUST_USE enum opx_status opx_invitation_take_mail(struct invitation_visit *v, struct opx_error *err);

/* ---- invitation_answer.c: the person is known, by both codes or by the session */

/* The question that is asked: to take part, or to take a new access code. */
OPX_MUST_USE enum opx_status opx_invitation_show_question(struct invitation_visit *v, int status,
							  struct view_message message, struct opx_error *err);
OPX_MUST_USE enum opx_status opx_invitation_take_answer(struct invitation_visit *v, struct opx_error *err);

#endif
