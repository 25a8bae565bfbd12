/* SPDX-License-Identifier: MPL-2.0 */
/* log.h: one line of logfmt on standard error for the operator; a constant event name and typed fields.
 *
 * No document text, name of a person, password, token or cookie in a log. Values are quoted and escaped, one event is one
 * line and one write(2).
 */
#ifndef OPX_BASE_LOG_H
#define OPX_BASE_LOG_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum opx_log_level { OPX_DEBUG, OPX_INFO, OPX_WARN, OPX_ERROR };

/* Who speaks; request id and person are added to each line when set. */
struct opx_logger {
	int fd;                    /* usually 2 */
	enum opx_log_level level;  /* lower ones are dropped */
	const char *process;       /* "opx-web/page/3" */
	struct opx_str request_id; /* may be empty */
	int64_t person;            /* 0: nobody */
};

struct opx_log_field {
	const char *key;
	enum { OPX_KV_STR, OPX_KV_I64, OPX_KV_BYTES } kind;
	struct opx_str str;
	int64_t i64;
};
#define KV_STR(k, v) ((struct opx_log_field){ .key = (k), .kind = OPX_KV_STR, .str = (v) })
#define KV_Z(k, v) ((struct opx_log_field){ .key = (k), .kind = OPX_KV_STR, .str = opx_str_z(v) })
#define KV_I64(k, v) ((struct opx_log_field){ .key = (k), .kind = OPX_KV_I64, .i64 = (v) })

void opx_log_write(const struct opx_logger *logger, enum opx_log_level level, const char *event,
		   const struct opx_log_field *fields, size_t n_fields);
#define OPX_LOG(logger, level, event, ...)                                                       \
	opx_log_write((logger), (level), (event), (const struct opx_log_field[]){ __VA_ARGS__ }, \
		      sizeof((const struct opx_log_field[]){ __VA_ARGS__ }) / sizeof(struct opx_log_field))
/* The detail, status and place of an error, as event. */
void opx_log_error(const struct opx_logger *logger, enum opx_log_level level, const char *event,
		   const struct opx_error *err);

#endif
