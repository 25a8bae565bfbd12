/* SPDX-License-Identifier: MPL-2.0 */
/* html.c: see html.h. */
#include "html/html.h"

#include <string.h>

void opx_html_init(struct opx_html *h, struct opx_arena *arena, struct opx_str csrf)
{
	*h = (struct opx_html){ .arena = arena, .csrf = csrf };
	opx_buf_init(&h->buf, arena, OPX_HTML_MAX_BYTES);
}

enum opx_status opx_html_finish(struct opx_html *h, struct opx_bytes *ret, struct opx_error *err)
{
	OPX_TRY(opx_buf_ok(&h->buf, err));
	*ret = opx_buf_bytes(&h->buf);
	return OPX_OK;
}

void opx_html_begin(struct opx_html *h)
{
	if (h->frame.begin != NULL)
		h->frame.begin(h, h->frame.data);
}

void opx_html_end(struct opx_html *h)
{
	if (h->frame.end != NULL)
		h->frame.end(h, h->frame.data);
}

void opx_html_raw(struct opx_html *h, const char *literal, size_t n)
{
	opx_buf_put(&h->buf, literal, n);
}

/* The one escaper: right in text and in a double-quoted attribute. */
static const char *const entities[256] = {
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
};

static void put_escaped(struct opx_html *h, const char *p, size_t n)
{
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		const char *entity = entities[(unsigned char)p[i]];
		if (entity == NULL)
			continue;
		opx_buf_put(&h->buf, p + from, i - from);
		opx_buf_puts(&h->buf, entity);
		from = i + 1;
	}
	opx_buf_put(&h->buf, p + from, n - from);
}

void opx_html_msg(struct opx_html *h, const char *msgid)
{
	const char *text = h->translate != NULL ? h->translate(msgid) : msgid;
	put_escaped(h, text, strlen(text));
}

void opx_html_csrf(struct opx_html *h)
{
	opx_html_lit(h, "<input type=\"hidden\" name=\"_csrf\" value=\"");
	opx_html_put_str(h, h->csrf);
	opx_html_lit(h, "\">");
}

void opx_html_put_str(struct opx_html *h, struct opx_str s)
{
	if (s.n > 0)
		put_escaped(h, s.p, s.n);
}

void opx_html_put_i64(struct opx_html *h, int64_t n)
{
	opx_buf_put_i64(&h->buf, n);
}

void opx_html_put_i32(struct opx_html *h, int32_t n)
{
	opx_html_put_i64(h, n);
}

void opx_html_put_size(struct opx_html *h, size_t n)
{
	OPX_ASSERT(n <= INT64_MAX);
	opx_buf_put_i64(&h->buf, (int64_t)n);
}

void opx_html_put_instant(struct opx_html *h, struct opx_instant t)
{
	char text[OPX_TIME_CHARS + 1];
	opx_instant_format(t, text);
	opx_buf_puts(&h->buf, text);
}

void opx_html_put_date(struct opx_html *h, struct opx_date d)
{
	char text[11];
	opx_date_format(d, text);
	opx_buf_puts(&h->buf, text);
}

void opx_html_put_markup(struct opx_html *h, struct opx_markup m)
{
	opx_buf_put_str(&h->buf, m.html);
}

void opx_html_put_href(struct opx_html *h, struct opx_href href)
{
	opx_html_put_str(h, href.url);
}
