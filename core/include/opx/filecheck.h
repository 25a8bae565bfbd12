/* SPDX-License-Identifier: MPL-2.0 */
/* filecheck.h: a verdict on a file that was received. Hostile bytes are read only inside opx-parse. */
#ifndef OPX_FILECHECK_H
#define OPX_FILECHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct opx_job;

enum opx_verdict_kind { OPX_VERDICT_ACCEPT, OPX_VERDICT_WARN, OPX_VERDICT_REFUSE, OPX_VERDICT_UNKNOWN };

struct opx_file {
	int fd; /* the stored copy, read only */
	int64_t size;
	struct opx_str name;   /* NFC, for messages */
	struct opx_str ext;    /* lower case, without the dot, may be empty */
	struct opx_bytes head; /* the first 4 KiB */
};

struct opx_verdict {
	enum opx_verdict_kind kind;
	struct opx_str sentence; /* French, for the person: what happened, what to do. Empty when accepted */
	const char *mime;        /* when the check recognises the file */
	const char *ext;         /* canonical extension */
	int32_t pages;           /* -1: none */
};

struct opx_filecheck {
	uint32_t size;
	const char *name; /* "pdf": the name in object checks[] */
	/* Is this file mine? By magic bytes or extension. */
	bool (*is_mine)(void *self, const struct opx_file *file);
	enum opx_status (*check)(void *self, struct opx_job *job, const struct opx_file *file,
				 struct opx_verdict *ret, struct opx_error *err);
};

#endif
