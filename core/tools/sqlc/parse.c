/* SPDX-License-Identifier: MPL-2.0 */
/* parse.c: reads `-- name:`, `-- result:`, `-- params:`, `-- row:` and the statement up to its semicolon. */
#include "sqlc.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/auto.h"

#define MAX_FILE ((size_t)1024 * 1024)

static const struct sqlc_type types[] = {
	{ "bigint", "bigint", "int64_t", "OPX_SQL_I64", "i64", false },
	{ "integer", "integer", "int32_t", "OPX_SQL_I32", "i32", false },
	{ "boolean", "boolean", "bool", "OPX_SQL_BOOL", "b", false },
	{ "text", "text", "struct opx_str", "OPX_SQL_TEXT", "str", true },
	{ "bytea", "bytea", "struct opx_bytes", "OPX_SQL_BYTES", "bytes", true },
	{ "timestamptz", "timestamp with time zone", "struct opx_instant", "OPX_SQL_INSTANT", "instant",
	  false },
	{ "date", "date", "struct opx_date", "OPX_SQL_DATE", "date", false },
	{ "bigint[]", "bigint[]", "struct opx_i64s", "OPX_SQL_I64S", "i64s", false },
	{ "integer[]", "integer[]", "struct opx_i32s", "OPX_SQL_I32S", "i32s", false },
	{ "text[]", "text[]", "struct opx_strs", "OPX_SQL_TEXTS", "strs", false },
	{ "bytea[]", "bytea[]", "struct opx_byteses", "OPX_SQL_BYTESES", "byteses", false },
};

struct parser {
	struct opx_arena *arena;
	const char *path;
	struct sqlc_file *file;
	struct sqlc_statement *current; /* its text is being gathered */
	char *text;
	size_t n_text;
};

#define BAD(p, line, ...) opx_error_set(err, (p)->path, (line), OPX_INVALID, "", __VA_ARGS__)

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

static bool is_name(struct opx_str s)
{
	if (s.n == 0 || s.n > 60 || islower((unsigned char)s.p[0]) == 0)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (islower((unsigned char)s.p[i]) == 0 && isdigit((unsigned char)s.p[i]) == 0 &&
		    s.p[i] != '_')
			return false;
	return true;
}

static enum opx_status parse_field(struct parser *p, int line, struct opx_str text, struct sqlc_field *ret,
				   struct opx_error *err)
{
	const char *space = memchr(text.p, ' ', text.n);
	if (space == NULL)
		return BAD(p, line, "%s:%d: a field is `name type`", p->path, line);
	ret->name = opx_str_copy(p->arena, text.p, (size_t)(space - text.p));
	struct opx_str type = trim(space, text.n - ret->name.n);
	ret->is_nullable = type.n > 0 && type.p[type.n - 1] == '?';
	if (ret->is_nullable)
		type.n--;
	if (!is_name(ret->name))
		return BAD(p, line, "%s:%d: bad field name %s", p->path, line, ret->name.p);
	for (size_t i = 0; i < OPX_COUNT(types); i++)
		if (strlen(types[i].sql) == type.n && memcmp(types[i].sql, type.p, type.n) == 0) {
			ret->type = &types[i];
			return OPX_OK;
		}
	return BAD(p, line, "%s:%d: unknown type %.*s of %s", p->path, line, (int)type.n, type.p,
		   ret->name.p);
}

static enum opx_status parse_fields(struct parser *p, int line, struct opx_str list,
				    struct sqlc_field *fields, size_t *n, struct opx_error *err)
{
	size_t at = 0;
	while (at < list.n) {
		const char *comma = memchr(list.p + at, ',', list.n - at);
		size_t end = comma != NULL ? (size_t)(comma - list.p) : list.n;
		if (*n == SQLC_MAX_FIELDS)
			return BAD(p, line, "%s:%d: over %d fields", p->path, line, SQLC_MAX_FIELDS);
		OPX_TRY(parse_field(p, line, trim(list.p + at, end - at), &fields[*n], err));
		for (size_t i = 0; i < *n; i++)
			if (opx_str_eq(fields[i].name, fields[*n].name))
				return BAD(p, line, "%s:%d: field %s twice", p->path, line, fields[i].name.p);
		(*n)++;
		at = end + 1;
	}
	return OPX_OK;
}

static enum opx_status begin(struct parser *p, int line, struct opx_str name, struct opx_error *err)
{
	if (p->current != NULL)
		return BAD(p, line, "%s:%d: the statement before has no semicolon", p->path, line);
	if (!is_name(name))
		return BAD(p, line, "%s:%d: bad statement name", p->path, line);
	if (p->file->n == SQLC_MAX_STATEMENTS)
		return BAD(p, line, "%s:%d: over %d statements", p->path, line, SQLC_MAX_STATEMENTS);
	for (size_t i = 0; i < p->file->n; i++)
		if (opx_str_eq(p->file->statements[i].name, name))
			return BAD(p, line, "%s:%d: %.*s twice", p->path, line, (int)name.n, name.p);
	p->current = &p->file->statements[p->file->n++];
	p->current->name = opx_str_copy(p->arena, name.p, name.n);
	p->current->line = line;
	p->current->result = SQLC_MANY;
	p->current->comment = OPX_STR("");
	p->n_text = 0;
	return OPX_OK;
}

static bool keyword(struct opx_str s, const char *word, struct opx_str *ret_rest)
{
	size_t n = strlen(word);
	if (s.n < n || memcmp(s.p, word, n) != 0)
		return false;
	*ret_rest = trim(s.p + n, s.n - n);
	return true;
}

static enum opx_status parse_result(struct parser *p, int line, struct opx_str word, struct opx_error *err)
{
	static const char *const names[] = { "many", "one", "maybe", "exec" };
	const char *space = memchr(word.p, ' ', word.n);
	size_t n = space != NULL ? (size_t)(space - word.p) : word.n;
	for (size_t i = 0; i < OPX_COUNT(names); i++)
		if (strlen(names[i]) == n && memcmp(names[i], word.p, n) == 0) {
			p->current->result = (enum sqlc_result)i;
			return OPX_OK;
		}
	return BAD(p, line, "%s:%d: result is many, one, maybe or exec", p->path, line);
}

static enum opx_status comment_line(struct parser *p, int line, struct opx_str s, struct opx_error *err)
{
	struct opx_str rest;
	if (keyword(s, "name:", &rest))
		return begin(p, line, rest, err);
	if (p->current == NULL)
		return OPX_OK;
	if (keyword(s, "result:", &rest))
		return parse_result(p, line, rest, err);
	if (keyword(s, "params:", &rest))
		return parse_fields(p, line, rest, p->current->params, &p->current->n_params, err);
	if (keyword(s, "row:", &rest))
		return parse_fields(p, line, rest, p->current->row, &p->current->n_row, err);
	if (p->n_text == 0)
		p->current->comment =
			p->current->comment.n == 0
				? opx_str_copy(p->arena, s.p, s.n)
				: opx_strf(p->arena, "%s\n * %.*s", p->current->comment.p, (int)s.n, s.p);
	return OPX_OK;
}

static enum opx_status end(struct parser *p, int line, struct opx_error *err)
{
	struct sqlc_statement *s = p->current;
	p->current = NULL;
	if (s->result == SQLC_EXEC && s->n_row > 0)
		return BAD(p, line, "%s:%d: %s is exec and has a row", p->path, line, s->name.p);
	if (s->result != SQLC_EXEC && s->n_row == 0)
		return BAD(p, line, "%s:%d: %s has no `-- row:`", p->path, line, s->name.p);
	s->text = opx_str_copy(p->arena, p->text, p->n_text);
	return OPX_OK;
}

static enum opx_status sql_line(struct parser *p, int line, const char *raw, size_t n, struct opx_error *err)
{
	struct opx_str s = trim(raw, n);
	if (s.n == 0)
		return OPX_OK;
	if (s.n >= 2 && s.p[0] == '-' && s.p[1] == '-')
		return comment_line(p, line, trim(s.p + 2, s.n - 2), err);
	if (p->current == NULL)
		return BAD(p, line, "%s:%d: SQL outside a named statement", p->path, line);
	while (n > 0 && isspace((unsigned char)raw[n - 1]) != 0)
		n--;
	bool is_last = raw[n - 1] == ';';
	if (p->n_text > 0)
		p->text[p->n_text++] = '\n';
	memcpy(p->text + p->n_text, raw, is_last ? n - 1 : n);
	p->n_text += is_last ? n - 1 : n;
	return is_last ? end(p, line, err) : OPX_OK;
}

static enum opx_status read_file(struct parser *p, char *data, size_t *ret_n, struct opx_error *err)
{
	OPX_AUTO_FILE f = fopen(p->path, "re");
	if (f == NULL)
		return BAD(p, 0, "%s: %s", p->path, strerror(errno));
	*ret_n = fread(data, 1, MAX_FILE, f);
	if (*ret_n == MAX_FILE)
		return BAD(p, 0, "%s: over %zu bytes", p->path, MAX_FILE);
	return OPX_OK;
}

enum opx_status sqlc_parse(struct opx_arena *arena, const char *path, struct sqlc_file *ret,
			   struct opx_error *err)
{
	struct parser p = { .arena = arena, .path = path, .file = ret };
	*ret = (struct sqlc_file){ .path = path };
	ret->statements = OPX_NEW_N(arena, struct sqlc_statement, SQLC_MAX_STATEMENTS);
	char *data = opx_arena_alloc(arena, 1, MAX_FILE);
	p.text = opx_arena_alloc(arena, 1, MAX_FILE);
	size_t n = 0;
	OPX_TRY(read_file(&p, data, &n, err));
	int line = 0;
	for (size_t at = 0; at < n;) {
		const char *nl = memchr(data + at, '\n', n - at);
		size_t stop = nl != NULL ? (size_t)(nl - data) : n;
		line++;
		OPX_TRY(sql_line(&p, line, data + at, stop - at, err));
		at = stop + 1;
	}
	if (p.current != NULL)
		return BAD(&p, line, "%s:%d: %s has no semicolon", path, line, p.current->name.p);
	return OPX_OK;
}
