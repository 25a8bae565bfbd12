/* SPDX-License-Identifier: MPL-2.0 */
/* examine.h: one hostile file, given as descriptor 0: this process shuts itself in, prints one report and ends. */
#ifndef OPX_PARSE_EXAMINE_H
#define OPX_PARSE_EXAMINE_H

struct sandbox;

/* Exit status: 0 a report was printed · 2 no such kind, or no file · 3 the sandbox or a program it needs is not there: nothing was
 * decided. kind: "pdf", "image". */
_Noreturn void examine(const struct sandbox *sandbox, const char *kind);

#endif
