/* SPDX-License-Identifier: MPL-2.0 */
/* html.h: a page being written, and the only ways to put something in it.
 *
 * Values stand in text and in double-quoted attributes: one escaper serves both. Addresses have a type of their own. A char *
 * does not compile: text is a struct opx_str, literals go through macros that take string literals only. Templates (tplc)
 * call these functions; nothing else does.
 */
#ifndef OPX_HTML_HTML_H
#define OPX_HTML_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/error.h"
#include "base/str.h"
#include "html/href.h"

#define OPX_HTML_MAX_BYTES ((size_t)4 * 1024 * 1024)

/* HTML that a reviewed function made (the Markdown sanitiser); nothing else may. */
struct opx_markup {
	struct opx_str html;
};

struct opx_html;

/* What stands around a page's body. */
struct opx_html_frame {
	void (*begin)(struct opx_html *h, const void *data);
	void (*end)(struct opx_html *h, const void *data);
	const void *data;
};

struct opx_html {
	struct opx_buf buf;
	struct opx_arena *arena;
	struct opx_html_frame frame;                 /* begin NULL: the body alone, for fragments */
	struct opx_str csrf;                         /* token of the forms of this page */
	const char *(*translate)(const char *msgid); /* NULL: French as written */
};

/* The page belongs to the caller and lives in arena. */
void opx_html_init(struct opx_html *h, struct opx_arena *arena, struct opx_str csrf);
/* OPX_TOO_LARGE when the page went over OPX_HTML_MAX_BYTES. */
OPX_MUST_USE enum opx_status opx_html_finish(struct opx_html *h, struct opx_bytes *ret,
					     struct opx_error *err);

/* For the code that tplc makes. */
void opx_html_begin(struct opx_html *h);
void opx_html_end(struct opx_html *h);
void opx_html_raw(struct opx_html *h, const char *literal, size_t n);
#define opx_html_lit(h, literal) opx_html_raw((h), "" literal, sizeof(literal) - 1)
void opx_html_msg(struct opx_html *h, const char *msgid);
#define opx_html_text(h, literal) opx_html_msg((h), "" literal)
void opx_html_csrf(struct opx_html *h);
void opx_html_put_str(struct opx_html *h, struct opx_str s);
void opx_html_put_i64(struct opx_html *h, int64_t n);
void opx_html_put_i32(struct opx_html *h, int32_t n);
void opx_html_put_size(struct opx_html *h, size_t n);
void opx_html_put_instant(struct opx_html *h, struct opx_instant t);
void opx_html_put_date(struct opx_html *h, struct opx_date d);
void opx_html_put_markup(struct opx_html *h, struct opx_markup m);
void opx_html_put_href(struct opx_html *h, struct opx_href href);

#define opx_html_put(h, value)                           \
	_Generic((value), struct opx_str                 \
		 : opx_html_put_str, int64_t             \
		 : opx_html_put_i64, int32_t             \
		 : opx_html_put_i32, size_t              \
		 : opx_html_put_size, struct opx_instant \
		 : opx_html_put_instant, struct opx_date \
		 : opx_html_put_date, struct opx_markup  \
		 : opx_html_put_markup, struct opx_href  \
		 : opx_html_put_href)((h), (value))

#endif
