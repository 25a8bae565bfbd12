/* SPDX-License-Identifier: MPL-2.0 */
/* compile.c: reads text, {{ values }} and {% blocks %}. */
#include "tplc.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum opx_status tplc_fail(struct tplc *t, const char *fmt, ...)
{
	char text[400];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return opx_error_set(t->err, t->path, t->line, OPX_INVALID, "", "%s:%d: %s", t->path, t->line, text);
}

static struct opx_str trim(const char *p, size_t n)
{
	while (n > 0 && isspace((unsigned char)p[0]) != 0) {
		p++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)p[n - 1]) != 0)
		n--;
	return (struct opx_str){ .p = p, .n = n };
}

static bool word(struct opx_str *s, const char *w)
{
	size_t n = strlen(w);
	if (s->n < n || memcmp(s->p, w, n) != 0 ||
	    (s->n > n && isspace((unsigned char)s->p[n]) == 0 && s->p[n] != '('))
		return false;
	*s = trim(s->p + n, s->n - n);
	return true;
}

static struct opx_str identifier(struct tplc *t, struct opx_str *s)
{
	size_t n = 0;
	while (n < s->n && (isalnum((unsigned char)s->p[n]) != 0 || s->p[n] == '_'))
		n++;
	struct opx_str name = opx_str_copy(t->arena, s->p, n);
	*s = trim(s->p + n, s->n - n);
	return name;
}

static enum opx_status literal(struct tplc *t, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *why = NULL;
		if (!t->in_template && isspace((unsigned char)p[i]) == 0)
			return tplc_fail(t, "text outside a template");
		if (p[i] == '\n')
			t->line++;
		if (!t->in_template)
			continue;
		if (!scan_byte(&t->scan, p[i], &why))
			return tplc_fail(t, "%s", why);
		t->literal[t->n_literal++] = p[i];
	}
	return OPX_OK;
}

static enum opx_status value(struct tplc *t, struct opx_str expr)
{
	bool is_address = false;
	const char *why = NULL;
	if (!t->in_template)
		return tplc_fail(t, "a value outside a template");
	if (!scan_value(&t->scan, &is_address, &why))
		return tplc_fail(t, "%s", why);
	emit_flush(t);
	if (expr.n > 0 && expr.p[0] == '_') {
		struct opx_str text = trim(expr.p + 1, expr.n - 1);
		if (text.n < 2 || text.p[0] != '"' || text.p[text.n - 1] != '"' || is_address)
			return tplc_fail(t, "{{_ \"text\" }} takes one literal, and is no address");
		emit_indent(t);
		(void)fprintf(t->c, "opx_html_text(h, %.*s);\n", (int)text.n, text.p);
		return OPX_OK;
	}
	if (expr.n == 0 || memchr(expr.p, ';', expr.n) != NULL)
		return tplc_fail(t, "a value is one expression");
	emit_line(t);
	emit_indent(t);
	(void)fprintf(t->c, "%s(h, %.*s);\n", is_address ? "opx_html_put_href" : "opx_html_put", (int)expr.n,
		      expr.p);
	return OPX_OK;
}

static enum opx_status push(struct tplc *t, enum block_kind kind)
{
	if (t->n_blocks == TPLC_MAX_DEPTH)
		return tplc_fail(t, "blocks too deep");
	scan_settle(&t->scan);
	t->blocks[t->n_blocks++] = (struct block){ .kind = kind, .line = t->line, .at = t->scan };
	return OPX_OK;
}

/* The branch that ends here ends where it began. */
static enum opx_status same_place(struct tplc *t, const struct block *b)
{
	scan_settle(&t->scan);
	if (!scan_same(&t->scan, &b->at))
		return tplc_fail(
			t,
			"this branch does not end where it began (line %d): in text, in a tag or in the same attribute",
			b->line);
	return OPX_OK;
}

static bool has_content(const char *rest)
{
	const char *at = strstr(rest, "{% content %}");
	const char *next = strstr(rest, "{% template ");
	return at != NULL && (next == NULL || at < next);
}

static enum opx_status begin_template(struct tplc *t, struct opx_str s, const char *rest)
{
	if (t->in_template)
		return tplc_fail(t, "a template in a template");
	t->name = identifier(t, &s);
	const char *close = s.n > 0 && s.p[0] == '(' ? memchr(s.p, ')', s.n) : NULL;
	if (t->name.n == 0 || close == NULL)
		return tplc_fail(t, "{%% template name (arguments) [in layout] %%}");
	struct opx_str args = trim(s.p + 1, (size_t)(close - s.p) - 1);
	t->args = opx_str_copy(t->arena, args.p, args.n);
	s = trim(close + 1, s.n - (size_t)(close - s.p) - 1);
	t->in_layout = word(&s, "in");
	if (t->in_layout)
		(void)identifier(t, &s);
	if (s.n > 0)
		return tplc_fail(t, "unexpected: %.*s", (int)s.n, s.p);
	t->is_layout = has_content(rest);
	t->in_template = true;
	t->scan = (struct scanner){ .place = PLACE_TEXT };
	t->n_literal = 0;
	emit_template_begin(t);
	return push(t, BLOCK_TEMPLATE);
}

static enum opx_status begin_for(struct tplc *t, struct opx_str s)
{
	struct opx_str name = identifier(t, &s);
	const char *comma = NULL;
	int depth = 0;
	if (name.n == 0 || !word(&s, "in"))
		return tplc_fail(t, "{%% for x in pointer, number %%}");
	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '(' ? 1 : s.p[i] == ')' ? -1 : 0;
		if (s.p[i] == ',' && depth == 0)
			comma = s.p + i;
	}
	if (comma == NULL)
		return tplc_fail(t, "{%% for x in pointer, number %%}");
	struct opx_str list = trim(s.p, (size_t)(comma - s.p));
	struct opx_str n = trim(comma + 1, s.n - (size_t)(comma - s.p) - 1);
	emit_flush(t);
	emit_line(t);
	emit_indent(t);
	(void)fprintf(t->c, "for (size_t i_%s = 0; i_%s < (size_t)(%.*s); i_%s++) {\n", name.p, name.p,
		      (int)n.n, n.p, name.p);
	OPX_TRY(push(t, BLOCK_FOR));
	t->blocks[t->n_blocks - 1].n = opx_str_copy(t->arena, n.p, n.n);
	emit_line(t);
	emit_indent(t);
	(void)fprintf(t->c, "const __typeof__(*(%.*s)) *%s = &(%.*s)[i_%s];\n", (int)list.n, list.p, name.p,
		      (int)list.n, list.p, name.p);
	return OPX_OK;
}

static enum opx_status begin_if(struct tplc *t, struct opx_str s)
{
	emit_flush(t);
	emit_line(t);
	emit_indent(t);
	(void)fprintf(t->c, "if (%.*s) {\n", (int)s.n, s.p);
	return push(t, BLOCK_IF);
}

static enum opx_status do_else(struct tplc *t, const struct opx_str *condition)
{
	struct block *b = t->n_blocks > 0 ? &t->blocks[t->n_blocks - 1] : NULL;
	bool is_if = b != NULL && b->kind == BLOCK_IF;
	bool is_for = b != NULL && b->kind == BLOCK_FOR;
	if ((!is_if && !is_for) || b->has_else || (is_for && condition != NULL))
		return tplc_fail(t, "else without its if or for");
	OPX_TRY(same_place(t, b));
	emit_flush(t);
	b->has_else = condition == NULL;
	t->n_blocks--;
	emit_indent(t);
	if (condition != NULL)
		(void)fprintf(t->c, "} else if (%.*s) {\n", (int)condition->n, condition->p);
	else if (is_for)
		(void)fprintf(t->c, "}\n\tif ((%s) == 0) {\n", b->n.p);
	else
		(void)fputs("} else {\n", t->c);
	t->n_blocks++;
	return OPX_OK;
}

/* How long the address of a form is, quotes included: an expression, or a literal path. 0 when a literal is no path. */
static size_t address_length(struct opx_str s)
{
	size_t n = 0;
	if (s.p[0] == '"') {
		const char *end = memchr(s.p + 1, '"', s.n - 1);
		return end == NULL || s.n < 2 || s.p[1] != '/' ? 0 : (size_t)(end - s.p) + 1;
	}
	while (n < s.n && isspace((unsigned char)s.p[n]) == 0)
		n++;
	return n;
}

/* The attributes after the address: literal text with values in double quotes, as in any tag. */
static enum opx_status form_attributes(struct tplc *t, struct opx_str rest)
{
	OPX_TRY(literal(t, " ", rest.n > 0 ? 1 : 0));
	for (size_t i = 0; i < rest.n;) {
		bool is_value = i + 1 < rest.n && rest.p[i] == '{' && rest.p[i + 1] == '{';
		const char *end = is_value ? memmem(rest.p + i, rest.n - i, "}}", 2) : NULL;
		if (is_value && end == NULL)
			return tplc_fail(t, "{{ without }}");
		if (is_value) {
			OPX_TRY(value(t, trim(rest.p + i + 2, (size_t)(end - rest.p) - i - 2)));
			i = (size_t)(end - rest.p) + 2;
		} else {
			OPX_TRY(literal(t, rest.p + i, 1));
			i++;
		}
	}
	return literal(t, ">", 1);
}

/* {% form post ADDRESS attributes… %} */
static enum opx_status begin_form(struct tplc *t, struct opx_str s)
{
	if (!word(&s, "post") || s.n == 0)
		return tplc_fail(t, "{%% form post ADDRESS [attributes] %%}");
	size_t n = address_length(s);
	if (n == 0)
		return tplc_fail(t, "a literal address begins with /");
	emit_flush(t);
	emit_line(t);
	emit_indent(t);
	if (s.p[0] == '"')
		(void)fprintf(t->c, "opx_html_lit(h, \"<form method=\\\"post\\\" action=\\\"%.*s\\\"\");\n",
			      (int)n - 2, s.p + 1);
	else
		(void)fprintf(
			t->c,
			"opx_html_lit(h, \"<form method=\\\"post\\\" action=\\\"\");\n\topx_html_put_href(h, %.*s);\n"
			"\topx_html_lit(h, \"\\\"\");\n",
			(int)n, s.p);
	struct scanner outside = t->scan;
	t->scan = (struct scanner){ .place = PLACE_TAG, .tag = "form", .n_tag = 4 };
	OPX_TRY(form_attributes(t, trim(s.p + n, s.n - n)));
	emit_flush(t);
	t->scan = outside;
	emit_indent(t);
	(void)fputs("opx_html_csrf(h);\n", t->c);
	return push(t, BLOCK_FORM);
}

static enum opx_status do_include(struct tplc *t, struct opx_str s)
{
	struct opx_str name = identifier(t, &s);
	if (name.n == 0 || s.n < 2 || s.p[0] != '(' || s.p[s.n - 1] != ')' || t->scan.place != PLACE_TEXT)
		return tplc_fail(t, "{%% include name(arguments) %%}, in text");
	struct opx_str args = trim(s.p + 1, s.n - 2);
	emit_flush(t);
	emit_line(t);
	emit_indent(t);
	(void)fprintf(t->c, "tpl_%s(h%s%.*s);\n", name.p, args.n > 0 ? ", " : "", (int)args.n, args.p);
	return OPX_OK;
}

static enum opx_status do_end(struct tplc *t)
{
	if (t->n_blocks == 0)
		return tplc_fail(t, "end without a block");
	struct block *b = &t->blocks[t->n_blocks - 1];
	OPX_TRY(same_place(t, b));
	if (b->kind == BLOCK_TEMPLATE) {
		emit_template_end(t);
		t->in_template = false;
	} else {
		emit_flush(t);
		if (b->kind == BLOCK_FORM) {
			emit_indent(t);
			(void)fputs("opx_html_lit(h, \"</form>\");\n", t->c);
		}
	}
	t->n_blocks--;
	emit_indent(t);
	if (b->kind == BLOCK_IF || b->kind == BLOCK_FOR)
		(void)fputs("}\n", t->c);
	return OPX_OK;
}

static enum opx_status block(struct tplc *t, struct opx_str s, const char *rest)
{
	if (word(&s, "use")) {
		(void)fprintf(t->h, "#include %.*s\n", (int)s.n, s.p);
		return OPX_OK;
	}
	if (word(&s, "template"))
		return begin_template(t, s, rest);
	if (!t->in_template)
		return tplc_fail(t, "a block outside a template");
	if (word(&s, "if"))
		return begin_if(t, s);
	if (word(&s, "elif"))
		return do_else(t, &s);
	if (word(&s, "else"))
		return do_else(t, NULL);
	if (word(&s, "for"))
		return begin_for(t, s);
	if (word(&s, "form"))
		return begin_form(t, s);
	if (word(&s, "include"))
		return do_include(t, s);
	if (word(&s, "end"))
		return do_end(t);
	if (word(&s, "content") && t->n_blocks == 1) {
		emit_content(t);
		return OPX_OK;
	}
	return tplc_fail(t, "unknown block: %.*s", (int)(s.n > 40 ? 40 : s.n), s.p);
}

static void count_lines(struct tplc *t, const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p == '\n')
			t->line++;
}

/* Outside a template an HTML comment is for the reader of the file, and goes nowhere: where it ends, or p. */
static const char *after_comment(struct tplc *t, const char *p)
{
	const char *end = !t->in_template && strncmp(p, "<!--", 4) == 0 ? strstr(p + 4, "-->") : NULL;
	if (end == NULL)
		return p;
	count_lines(t, p, end);
	return end + 3;
}

static enum opx_status run(struct tplc *t, const char *p)
{
	for (p = after_comment(t, p); *p != '\0'; p = after_comment(t, p)) {
		bool is_value = p[0] == '{' && p[1] == '{';
		bool is_block = p[0] == '{' && p[1] == '%';
		if (!is_value && !is_block) {
			OPX_TRY(literal(t, p, 1));
			p++;
			continue;
		}
		const char *end = strstr(p + 2, is_value ? "}}" : "%}");
		if (end == NULL)
			return tplc_fail(t, "%.2s without its end", p);
		struct opx_str inner = trim(p + 2, (size_t)(end - p) - 2);
		OPX_TRY(is_value ? value(t, inner) : block(t, inner, end));
		count_lines(t, p, end);
		p = end + 2;
	}
	if (t->n_blocks > 0)
		return tplc_fail(t, "the block of line %d has no {%% end %%}",
				 t->blocks[t->n_blocks - 1].line);
	return OPX_OK;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

enum opx_status tplc_compile(struct tplc *t, struct opx_bytes in, const char *out_h)
{
	if (in.n >= TPLC_MAX_FILE || memchr(in.p, '\0', in.n) != NULL)
		return tplc_fail(t, "too large, or not text");
	char *text = opx_arena_alloc(t->arena, in.n + 1, 1);
	memcpy(text, in.p, in.n);
	text[in.n] = '\0';
	/* What is written out is never longer than what is read. */
	t->literal = opx_arena_alloc(t->arena, in.n + 1, 1);
	char guard[80];
	size_t g = 0;
	for (const char *p = base_name(out_h); *p != '\0' && g < sizeof(guard) - 1; p++)
		guard[g++] = isalnum((unsigned char)*p) != 0 ? (char)toupper((unsigned char)*p) : '_';
	guard[g] = '\0';
	(void)fprintf(t->h, "/* Made by tplc. */\n#ifndef %s\n#define %s\n#include \"html/html.h\"\n", guard,
		      guard);
	(void)fprintf(t->c, "/* Made by tplc. */\n#include \"%s\"\n", base_name(out_h));
	OPX_TRY(run(t, text));
	(void)fputs("#endif\n", t->h);
	return OPX_OK;
}
