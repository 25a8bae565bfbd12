/* SPDX-License-Identifier: MPL-2.0 */
/* zone.h: an instant as civil time in one zone, from the system's own table (tzdata, RFC 8536). */
#ifndef OPX_HTML_ZONE_H
#define OPX_HTML_ZONE_H

#include <stdint.h>

#include "base/date.h"
#include "base/error.h"

struct opx_zone;

struct opx_local {
	int16_t year;
	uint8_t month, day, hour, minute, second;
};

/* Reads the table of "Europe/Paris" and checks it. *ret is the caller's. OPX_NOT_FOUND, OPX_INVALID. */
OPX_MUST_USE enum opx_status opx_zone_load(const char *name, struct opx_zone **ret, struct opx_error *err);
void opx_zone_free(struct opx_zone *zone);
/* ret_offset_min: minutes east of UTC at that instant. */
void opx_zone_local(const struct opx_zone *zone, struct opx_instant t, struct opx_local *ret,
		    int32_t *ret_offset_min);

#endif
