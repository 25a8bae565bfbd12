/* SPDX-License-Identifier: MPL-2.0 */
/* steady.h: may the authority trust its clock now? Compares real time with the time since boot, asks the kernel. */
#ifndef OPX_TSA_STEADY_H
#define OPX_TSA_STEADY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/error.h"

/* Both clocks and what the kernel says, read at one moment. Handed in, so that tests can hold it. */
struct opx_time_reading {
	struct opx_instant real;
	int64_t boot_us;
	bool is_synchronised; /* adjtimex */
};
struct opx_time_source {
	struct opx_time_reading (*read)(const struct opx_time_source *source);
};
extern const struct opx_time_source opx_time_source_real;

enum opx_clock_trust {
	OPX_CLOCK_SYNCHRONISED, /* refuse while the kernel says that the clock is not synchronised */
	OPX_CLOCK_TRUST,        /* virtual machines whose host keeps the time */
};

struct opx_steady {
	const struct opx_time_source *source;
	enum opx_clock_trust trust;
	int64_t offset_us; /* real time minus time since boot, at the start */
};

#define OPX_STEADY_MAX_US INT64_C(1000000)

void opx_steady_init(struct opx_steady *steady, const struct opx_time_source *source,
		     enum opx_clock_trust trust);
/* Now. OPX_UNAVAILABLE when the clock is in doubt: moved by more than 1 s since the start, or not synchronised. */
OPX_MUST_USE enum opx_status opx_steady_now(const struct opx_steady *steady, struct opx_instant *ret,
					    struct opx_error *err);

#endif
