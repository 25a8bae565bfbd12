/* SPDX-License-Identifier: MPL-2.0 */
/* scan_pdf.c: both ends of a PDF, and its names; see scan.h. */
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "scan.h"

#define END 1024
#define EDGE 65536

/* Marks of other kinds. Text ones are looked for whatever their case. */
static const struct {
	const char *mark;
	size_t n;
	bool is_text;
} marks[] = {
	{ "PK\x05\x06\0\0\0\0", 8, false }, /* the end of a ZIP directory: readers look for it from the end */
	{ "<!doctype html", 14, true },
	{ "<html", 5, true },
	{ "<script", 7, true },
	{ "<?php", 5, true },
};

static bool is_mark(struct source *s, int64_t at, size_t k)
{
	uint8_t found[16];
	if (source_read(s, at, found, marks[k].n) != marks[k].n)
		return false;
	return marks[k].is_text ? strncasecmp((const char *)found, marks[k].mark, marks[k].n) == 0
				: memcmp(found, marks[k].mark, marks[k].n) == 0;
}

static bool has_mark(struct source *s, int64_t from, int64_t to)
{
	for (size_t k = 0; k < OPX_COUNT(marks); k++)
		for (int64_t at = from; at < to; at++) {
			at = source_find(s, at, (uint8_t)marks[k].mark[0]);
			if (at < to && is_mark(s, at, k))
				return true;
		}
	return false;
}

bool scan_is_polyglot(struct source *s)
{
	return has_mark(s, 0, s->size < EDGE ? s->size : EDGE) ||
	       (s->size > EDGE && has_mark(s, s->size - EDGE, s->size));
}

static bool is_white(uint8_t c)
{
	return c == '\0' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool ends_well(struct source *s)
{
	uint8_t tail[END];
	int64_t at = s->size > END ? s->size - END : 0;
	size_t n = source_read(s, at, tail, sizeof(tail));
	while (n > 0 && is_white(tail[n - 1]))
		n--;
	return n >= 5 && memcmp(tail + n - 5, "%%EOF", 5) == 0;
}

enum opx_report_reason scan_pdf_ends(struct source *s)
{
	uint8_t head[5];
	if (s->size == 0)
		return OPX_REASON_EMPTY;
	if (source_read(s, 0, head, sizeof(head)) != sizeof(head) || memcmp(head, "%PDF-", 5) != 0)
		return OPX_REASON_NOT_PDF;
	if (scan_is_polyglot(s))
		return OPX_REASON_POLYGLOT;
	return ends_well(s) ? OPX_REASON_NONE : OPX_REASON_NO_END;
}

static const struct {
	const char *name;
	unsigned bit;
} names_of[] = {
	{ "/JavaScript", OPX_ACTIVE_JAVASCRIPT },
	{ "/JS", OPX_ACTIVE_JAVASCRIPT },
	{ "/AA", OPX_ACTIVE_AA },
	{ "/Launch", OPX_ACTIVE_LAUNCH },
	{ "/EmbeddedFile", OPX_ACTIVE_EMBEDDED_FILE },
	{ "/EmbeddedFiles", OPX_ACTIVE_EMBEDDED_FILE },
	{ "/EF", OPX_ACTIVE_EMBEDDED_FILE },
	{ "/RichMedia", OPX_ACTIVE_RICH_MEDIA },
	{ "/XFA", OPX_ACTIVE_XFA },
	{ "/SubmitForm", OPX_ACTIVE_SUBMIT_FORM },
};

static void end_of_string(struct scan_names *s)
{
	s->state = NAMES_OUT;
	if (s->is_too_long)
		return;
	s->text[s->n] = '\0';
	if (strncmp(s->text, "obj:", 4) == 0)
		s->objects++;
	s->is_open_action = strcmp(s->text, "/OpenAction") == 0;
	for (size_t i = 0; i < OPX_COUNT(names_of); i++)
		if (strcmp(s->text, names_of[i].name) == 0)
			s->active |= names_of[i].bit;
}

static void add(struct scan_names *s, char c)
{
	if (s->n + 1 >= sizeof(s->text))
		s->is_too_long = true;
	else
		s->text[s->n++] = c;
}

/* What is outside strings: the value of OpenAction is a place to go to, an array, in almost every PDF. */
static void outside(struct scan_names *s, char c)
{
	if (c == '"') {
		if (s->is_open_action)
			s->active |= OPX_ACTIVE_OPEN_ACTION; /* a reference to an action */
		s->is_open_action = false;
		s->state = NAMES_STRING;
		s->n = 0;
		s->is_too_long = false;
	} else if (s->is_open_action && c != ':' && c != ' ' && c != '\n') {
		if (c != '[' && c != 'n')
			s->active |= OPX_ACTIVE_OPEN_ACTION;
		s->is_open_action = false;
	}
}

static void unicode(struct scan_names *s, char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
	s->code = s->code * 16 + (at != NULL ? (unsigned)(at - digits) : 0);
	if (++s->n_code < 4)
		return;
	add(s, s->code > 0 && s->code < 128 ? (char)s->code : '?');
	s->state = NAMES_STRING;
}

void scan_names(struct scan_names *s, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = (char)data[i];
		switch (s->state) {
		case NAMES_OUT:
			outside(s, c);
			break;
		case NAMES_STRING:
			if (c == '"')
				end_of_string(s);
			else if (c == '\\')
				s->state = NAMES_ESCAPE;
			else
				add(s, c);
			break;
		case NAMES_ESCAPE:
			s->state = c == 'u' ? NAMES_UNICODE : NAMES_STRING;
			s->code = 0;
			s->n_code = 0;
			if (c != 'u')
				add(s, c);
			break;
		case NAMES_UNICODE:
			unicode(s, c);
			break;
		}
	}
}
