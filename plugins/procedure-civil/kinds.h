/* SPDX-License-Identifier: MPL-2.0 */
/* kinds.h: the document kinds of a civil expertise that can be deposited today. */
#ifndef PROCEDURE_CIVIL_KINDS_H
#define PROCEDURE_CIVIL_KINDS_H

#include <opx/plugin.h>

extern const struct opx_document_kind civil_kinds[];
extern const size_t n_civil_kinds;

#endif
