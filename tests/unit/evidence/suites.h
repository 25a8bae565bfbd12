/* SPDX-License-Identifier: MPL-2.0 */
/* suites.h: the cases of the evidence suite. */
#ifndef TESTS_EVIDENCE_SUITES_H
#define TESTS_EVIDENCE_SUITES_H

#include <check.h>

TCase *note_case(void);
TCase *container_case(void);
TCase *forms_case(void);
TCase *vectors_case(void);

#endif
