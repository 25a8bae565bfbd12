/* SPDX-License-Identifier: MPL-2.0 */
/* words.h: the French words for what the database holds as codes: roles, steps, means, verdicts, and joined names.
 *
 * Pure: everything is handed in, results live in the arena.
 */
#ifndef OPX_HTML_WORDS_H
#define OPX_HTML_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct opx_zone;
struct view_time;
struct opx_instant;

/* The title that a name begins with, when it changes words: "Mme", or "". */
struct opx_str opx_word_title(struct opx_str name);
/* "En attente" inside a sentence: "en attente". */
struct opx_str opx_word_inside(struct opx_arena *arena, struct opx_str text);
/* "dans 11 jours" that begins a sentence: "Dans 11 jours". */
struct opx_str opx_word_begin(struct opx_arena *arena, struct opx_str text);
/* "Expert", "Avocat", …; title "Mme" gives the feminine form where there is one. Unknown: the code itself. */
struct opx_str opx_word_role(struct opx_str role, struct opx_str title);
/* "Avocat, pour SAS Alpes Étanchéité"; "Expert" without a side. */
struct opx_str opx_word_quality(struct opx_arena *arena, struct opx_str role, struct opx_str title,
				struct opx_str side);
/* "KH": first letters of the given and the family name, in capitals; a particle in small letters is passed over: "de La Tour" is L. */
struct opx_str opx_word_initials(struct opx_arena *arena, struct opx_str given, struct opx_str family);
/* "aujourd’hui", "demain", "dans 11 jours", "retard de 5 jours". */
struct opx_str opx_word_days(struct opx_arena *arena, int64_t days);
/* "Deux": a small number that begins a sentence; 12 and more in figures. */
struct opx_str opx_word_count(struct opx_arena *arena, int64_t n);
/* "Code d’accès et code par e-mail", "Carte ou clé (certificat)", … */
struct opx_str opx_word_means(struct opx_str auth_kind);
/* How many tries of a code are left. */
struct opx_str opx_word_tries(struct opx_arena *arena, int32_t n);
/* "niveau L2 : carte ou clé matérielle" … what it proves, in clear. */
struct opx_str opx_word_level(struct opx_str level);
/* "de consulter" / "de déposer"… the action of a right, for the 403 page. */
struct opx_str opx_word_action(struct opx_str action);
/* "sur accès accordé", "si destinataire", … the value of a rule. */
struct opx_str opx_word_value(struct opx_str value);

/* "le dossier", "le contradictoire"…: an object of the matrix that is no kind of document; the code when it has no word. */
struct opx_str opx_word_object(struct opx_str object);

/* Names of the seven steps (ui.md 7.2); n from 1 to 7. */
struct opx_str opx_word_step(int n);

/* "9f2c41d0" … eight groups of eight from 64 hex characters. */
void opx_word_groups(struct opx_arena *arena, struct opx_str hex, struct opx_str ret_groups[8]);

#endif
