/* SPDX-License-Identifier: MPL-2.0 */
/* admit.h: whether the visitor may have what the route gives: the question the route declares, and its answer. */
#ifndef OPX_APP_ADMIT_H
#define OPX_APP_ADMIT_H

#include "base/error.h"

struct opx_visit;

/* Makes visit->question of the route's right and of the names in the path. OPX_NOT_FOUND: the path names no such thing. */
OPX_MUST_USE enum opx_status opx_admit_question(struct opx_visit *visit, struct opx_error *err);
/* OPX_OK when the route is open to this visitor; context.question and context.right say what was asked. A right that was not asked
 * with the session is asked here. OPX_UNAUTHENTICATED: a session is needed; OPX_NOT_FOUND: it may not even be known. */
OPX_MUST_USE enum opx_status opx_admit_right(struct opx_visit *visit, struct opx_error *err);
/* OPX_UNAVAILABLE when the plugin whose page this is is off. */
OPX_MUST_USE enum opx_status opx_admit_owner(const struct opx_visit *visit, struct opx_error *err);

#endif
