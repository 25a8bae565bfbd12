/* SPDX-License-Identifier: MPL-2.0 */
/* emit.c: C for literals, values and blocks. */
#include "tplc.h"

#include <ctype.h>

void emit_indent(struct tplc *t)
{
	for (size_t i = 0; i < t->n_blocks; i++)
		(void)fputc('\t', t->c);
}

void emit_line(struct tplc *t)
{
	(void)fprintf(t->c, "#line %d \"%s\"\n", t->line, t->path);
}

/* White space with a line break in it becomes one line break. */
static size_t squeeze(char *p, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n;) {
		if (isspace((unsigned char)p[i]) == 0) {
			p[out++] = p[i++];
			continue;
		}
		size_t end = i;
		bool has_break = false;
		while (end < n && isspace((unsigned char)p[end]) != 0)
			has_break = p[end++] == '\n' || has_break;
		if (has_break)
			p[out++] = '\n';
		else
			while (i < end)
				p[out++] = p[i++];
		i = end;
	}
	return out;
}

void emit_flush(struct tplc *t)
{
	size_t n = squeeze(t->literal, t->n_literal);
	size_t at = 0;
	if (n == 1 && t->literal[0] == '\n') /* between blocks: nothing to see */
		at = 1;
	while (at < n) {
		emit_indent(t);
		(void)fputs("opx_html_lit(h, \"", t->c);
		size_t end = n - at > 1000 ? at + 1000 : n;
		while (end < n && ((unsigned char)t->literal[end] & 0xC0U) == 0x80U)
			end++;
		for (; at < end; at++) {
			char c = t->literal[at];
			if (c == '"' || c == '\\')
				(void)fprintf(t->c, "\\%c", c);
			else if (c == '\n')
				(void)fputs("\\n", t->c);
			else if (c == '\t')
				(void)fputs("\\t", t->c);
			else if (c == '?')
				(void)fputs("\\?", t->c);
			else
				(void)fputc(c, t->c);
		}
		(void)fputs("\");\n", t->c);
	}
	t->n_literal = 0;
}

static void emit_signature(struct tplc *t, FILE *out, const char *suffix)
{
	(void)fprintf(out, "void tpl_%s%s(struct opx_html *h%s%s)", t->name.p, suffix,
		      t->args.n > 0 ? ", " : "", t->args.p);
}

void emit_template_begin(struct tplc *t)
{
	(void)fputs("\n", t->c);
	emit_signature(t, t->c, t->is_layout ? "_begin" : "");
	(void)fputs("\n{\n", t->c);
	emit_signature(t, t->h, t->is_layout ? "_begin" : "");
	(void)fputs(";\n", t->h);
	if (t->in_layout)
		(void)fputs("\topx_html_begin(h);\n", t->c);
}

void emit_content(struct tplc *t)
{
	emit_flush(t);
	(void)fputs("}\n\n", t->c);
	emit_signature(t, t->c, "_end");
	(void)fputs("\n{\n", t->c);
	emit_signature(t, t->h, "_end");
	(void)fputs(";\n", t->h);
}

void emit_template_end(struct tplc *t)
{
	emit_flush(t);
	if (t->in_layout)
		(void)fputs("\topx_html_end(h);\n", t->c);
	(void)fputs("}\n", t->c);
}
