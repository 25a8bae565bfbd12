/* SPDX-License-Identifier: MPL-2.0 */
/* draft_form.h: what the deposit form says beside its files: kind, title, and for each file its kind, readers and reason. */
#ifndef OPX_PAGE_DRAFT_FORM_H
#define OPX_PAGE_DRAFT_FORM_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "plugin/context.h"

/* Fields of one file: "nature-12", "lecteurs-12" ("c3" a side, "p7" a person), "choix-12" (the boxes were shown), "motif-12". */
#define DRAFT_FIELD_KIND "nature-"
#define DRAFT_FIELD_READERS "lecteurs-"
#define DRAFT_FIELD_CHOICE "choix-"
#define DRAFT_FIELD_GROUND "motif-"
#define DRAFT_FIELD_SEEN "lu"      /* what the draft said when the page was made */
#define DRAFT_FIELD_UNASKED "fond" /* the page's script keeps what is typed; no button was pressed */

/* Writes the fields of the request's form into the draft, takes out the file that "retirer" names, and answers with a
 * redirection to the page that the pressed button ("action") names. What cannot be taken (a title too long) leaves the former
 * value and is said on that page: the files of the same form are never lost for it. The same page says that another tab had changed the
 * draft since the form was shown. OPX_NOT_FOUND: no such open draft. */
OPX_MUST_USE enum opx_status opx_draft_form_take(struct opx_context *c, int64_t draft, struct opx_error *err);

#endif
