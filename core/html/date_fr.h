/* SPDX-License-Identifier: MPL-2.0 */
/* date_fr.h: dates, hours, numbers and sizes as ui.md section 8 writes them. */
#ifndef OPX_HTML_DATE_FR_H
#define OPX_HTML_DATE_FR_H

#include <stdint.h>

#include "base/str.h"
#include "html/zone.h"

struct opx_arena;

struct opx_str opx_fr_date_long(struct opx_arena *arena, struct opx_local t);  /* vendredi 4 décembre 2026 */
struct opx_str opx_fr_date(struct opx_arena *arena, struct opx_local t);       /* 4 décembre 2026 */
struct opx_str opx_fr_date_short(struct opx_arena *arena, struct opx_local t); /* 4 déc. 2026 */
struct opx_str opx_fr_weekday(struct opx_local t);                             /* vendredi */
struct opx_str opx_fr_month(struct opx_arena *arena, struct opx_local t);      /* décembre 2026 */
struct opx_str opx_fr_hour(struct opx_arena *arena, struct opx_local t);       /* 18 h 42 */
struct opx_str opx_fr_hour_s(struct opx_arena *arena, struct opx_local t);     /* 18 h 42 min 07 s */
struct opx_str opx_fr_number(struct opx_arena *arena, int64_t n);              /* 12 345 */
struct opx_str opx_fr_size(struct opx_arena *arena, int64_t bytes);            /* 412 Ko, 1,2 Mo */

#endif
