/* SPDX-License-Identifier: MPL-2.0 */
/* tplc.h: what the sources of tplc share. */
#ifndef OPX_TPLC_H
#define OPX_TPLC_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

#define TPLC_MAX_DEPTH 64
#define TPLC_MAX_NAME 40
#define TPLC_MAX_FILE ((size_t)1024 * 1024)

/* Where in the HTML the next byte stands. */
enum place {
	PLACE_TEXT,
	PLACE_TAG_NAME,
	PLACE_TAG,
	PLACE_ATTR_NAME,
	PLACE_BEFORE_VALUE,
	PLACE_VALUE,
	PLACE_COMMENT,
	PLACE_RAW
};

struct scanner {
	enum place place;
	char tag[TPLC_MAX_NAME], attr[TPLC_MAX_NAME]; /* lower case */
	size_t n_tag, n_attr;
	bool is_closing;    /* </tag */
	bool value_started; /* something stands in this attribute value already */
	bool form_is_post;
	size_t match; /* of "-->" or "</script" */
};

/* Follows one byte of literal HTML; why is set on a fault. */
bool scan_byte(struct scanner *s, char c, const char **why);
/* A control block begins here: an attribute name that ends is over. */
void scan_settle(struct scanner *s);
/* May a value stand here? *is_address: it must be a struct opx_href. */
bool scan_value(struct scanner *s, bool *is_address, const char **why);
bool scan_same(const struct scanner *a, const struct scanner *b);

enum block_kind { BLOCK_IF, BLOCK_FOR, BLOCK_FORM, BLOCK_TEMPLATE };

struct block {
	enum block_kind kind;
	int line;
	struct scanner at; /* where it began */
	bool has_else;
	struct opx_str n; /* of a for: the number, to test in its else */
};

struct tplc {
	struct opx_arena *arena;
	const char *path;
	FILE *c, *h;
	const char *header;
	int line;
	struct scanner scan;
	struct block blocks[TPLC_MAX_DEPTH];
	size_t n_blocks;
	bool in_template, in_layout, is_layout;
	struct opx_str name, args;
	char *literal; /* gathered since the last statement */
	size_t n_literal;
	struct opx_error *err;
};

/* The template file in the bytes, to t->c and t->h; out_h names the header. The error says file, line and why. */
OPX_MUST_USE enum opx_status tplc_compile(struct tplc *t, struct opx_bytes in, const char *out_h);
OPX_MUST_USE enum opx_status tplc_fail(struct tplc *t, const char *fmt, ...) OPX_PRINTF(2, 3);
/* emit.c */
void emit_flush(struct tplc *t);
void emit_indent(struct tplc *t);
void emit_line(struct tplc *t);
void emit_template_begin(struct tplc *t);
void emit_template_end(struct tplc *t);
void emit_content(struct tplc *t);

#endif
