/* SPDX-License-Identifier: MPL-2.0 */
/* scan.c: follows where in the HTML we are, byte by byte, and says where a value may stand. */
#include "tplc.h"

#include <ctype.h>
#include <string.h>

static void lower_append(char *name, size_t *n, char c)
{
	if (*n < TPLC_MAX_NAME - 1)
		name[(*n)++] = (char)tolower((unsigned char)c);
	name[*n] = '\0';
}

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

static bool attr_is_forbidden(const struct scanner *s)
{
	return strncmp(s->attr, "on", 2) == 0 || strcmp(s->attr, "style") == 0 ||
	       strcmp(s->attr, "srcdoc") == 0;
}

static bool begin_tag(struct scanner *s)
{
	s->place = PLACE_TAG_NAME;
	s->n_tag = 0;
	s->tag[0] = '\0';
	s->is_closing = false;
	s->form_is_post = false;
	return true;
}

static bool end_tag(struct scanner *s, const char **why)
{
	static const char *const raw[] = { "script", "style" };
	s->place = PLACE_TEXT;
	s->n_attr = 0;
	s->match = 0;
	if (!s->is_closing && is_one_of(s->tag, raw, OPX_COUNT(raw)))
		s->place = PLACE_RAW;
	if (strcmp(s->tag, "style") == 0) {
		*why = "inline style";
		return false;
	}
	if (!s->is_closing && strcmp(s->tag, "form") == 0 && s->form_is_post) {
		*why = "a bare <form method=\"post\">: write {% form post … %}";
		return false;
	}
	return true;
}

/* Inside <script …>: nothing may stand there but its end. */
static bool scan_raw(struct scanner *s, char c, const char **why)
{
	static const char end[] = "</script>";
	if (c == end[s->match]) {
		s->match++;
		if (end[s->match] == '\0') {
			s->place = PLACE_TEXT;
			s->match = 0;
		}
		return true;
	}
	*why = "inline script";
	return false;
}

static bool scan_comment(struct scanner *s, char c)
{
	static const char end[] = "-->";
	s->match = c == end[s->match] ? s->match + 1 : c == '-' ? s->match : 0;
	if (s->match == 3) {
		s->place = PLACE_TEXT;
		s->match = 0;
	}
	return true;
}

static bool scan_tag_name(struct scanner *s, char c, const char **why)
{
	if (c == '/' && s->n_tag == 0) {
		s->is_closing = true;
	} else if (c == '!' && s->n_tag == 0) {
		lower_append(s->tag, &s->n_tag, c);
	} else if (strcmp(s->tag, "!--") == 0) {
		s->place = PLACE_COMMENT;
		s->match = 0;
		return scan_comment(s, c);
	} else if (c == '>') {
		return end_tag(s, why);
	} else if (isspace((unsigned char)c) != 0 || c == '/') {
		s->place = PLACE_TAG;
		s->n_attr = 0;
	} else {
		lower_append(s->tag, &s->n_tag, c);
	}
	return true;
}

static bool scan_attr_name(struct scanner *s, char c, const char **why)
{
	if (c == '=') {
		s->place = PLACE_BEFORE_VALUE;
		if (attr_is_forbidden(s)) {
			*why = "an event handler or a style in an attribute";
			return false;
		}
		return true;
	}
	if (c == '>') {
		s->place = PLACE_TAG;
		return end_tag(s, why);
	}
	if (isspace((unsigned char)c) != 0) {
		s->place = PLACE_TAG;
		return true;
	}
	lower_append(s->attr, &s->n_attr, c);
	return true;
}

static bool scan_value_byte(struct scanner *s, char c)
{
	if (c == '"') {
		s->place = PLACE_TAG;
		return true;
	}
	if (strcmp(s->tag, "form") == 0 && strcmp(s->attr, "method") == 0 && !s->value_started &&
	    tolower((unsigned char)c) == 'p')
		s->form_is_post = true;
	s->value_started = true;
	return true;
}

bool scan_byte(struct scanner *s, char c, const char **why)
{
	switch (s->place) {
	case PLACE_TEXT:
		return c == '<' ? begin_tag(s) : true;
	case PLACE_TAG_NAME:
		return scan_tag_name(s, c, why);
	case PLACE_TAG:
		if (c == '>')
			return end_tag(s, why);
		if (isspace((unsigned char)c) != 0 || c == '/')
			return true;
		s->place = PLACE_ATTR_NAME;
		s->n_attr = 0;
		return scan_attr_name(s, c, why);
	case PLACE_ATTR_NAME:
		return scan_attr_name(s, c, why);
	case PLACE_BEFORE_VALUE:
		s->place = PLACE_VALUE;
		s->value_started = false;
		*why = "an attribute value without double quotes";
		return c == '"';
	case PLACE_VALUE:
		return scan_value_byte(s, c);
	case PLACE_COMMENT:
		return scan_comment(s, c);
	case PLACE_RAW:
		return scan_raw(s, c, why);
	}
	return true;
}

void scan_settle(struct scanner *s)
{
	if (s->place == PLACE_ATTR_NAME || (s->place == PLACE_TAG_NAME && s->n_tag > 0 && s->tag[0] != '!'))
		s->place = PLACE_TAG;
}

bool scan_value(struct scanner *s, bool *is_address, const char **why)
{
	static const char *const addresses[] = { "href",   "src",  "action", "formaction",
						 "poster", "cite", "data" };
	*is_address = false;
	if (s->place == PLACE_TEXT)
		return true;
	if (s->place != PLACE_VALUE) {
		*why = "a value may stand in text or in a double-quoted attribute only";
		return false;
	}
	*is_address = is_one_of(s->attr, addresses, OPX_COUNT(addresses));
	if (*is_address && s->value_started) {
		*why = "an address is one struct opx_href, alone in its attribute";
		return false;
	}
	s->value_started = true;
	return true;
}

bool scan_same(const struct scanner *a, const struct scanner *b)
{
	if (a->place != b->place)
		return false;
	return a->place != PLACE_VALUE || strcmp(a->attr, b->attr) == 0;
}
