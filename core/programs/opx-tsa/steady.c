/* SPDX-License-Identifier: MPL-2.0 */
/* steady.c: see steady.h. */
#include "steady.h"

#include <inttypes.h>
#include <sys/timex.h>
#include <time.h>

#define STOPPED N_("L’horloge de l’autorité d’horodatage n’est pas sûre.")

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;
	OPX_ASSERT(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static struct opx_time_reading read_real(const struct opx_time_source *source)
{
	struct timex timex = { .modes = 0 };
	(void)source;
	int state = adjtimex(&timex);
	return (struct opx_time_reading){
		.real = { .us = clock_us(CLOCK_REALTIME) },
		.boot_us = clock_us(CLOCK_BOOTTIME),
		.is_synchronised = state >= 0 && state != TIME_ERROR && (timex.status & STA_UNSYNC) == 0,
	};
}

const struct opx_time_source opx_time_source_real = { .read = read_real };

void opx_steady_init(struct opx_steady *steady, const struct opx_time_source *source,
		     enum opx_clock_trust trust)
{
	struct opx_time_reading now = source->read(source);
	*steady = (struct opx_steady){ .source = source,
				       .trust = trust,
				       .offset_us = now.real.us - now.boot_us };
}

enum opx_status opx_steady_now(const struct opx_steady *steady, struct opx_instant *ret,
			       struct opx_error *err)
{
	struct opx_time_reading now = steady->source->read(steady->source);
	int64_t moved = now.real.us - now.boot_us - steady->offset_us;
	if (moved > OPX_STEADY_MAX_US || moved < -OPX_STEADY_MAX_US)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED,
				"clock moved by %" PRId64 " us since the start", moved);
	if (steady->trust == OPX_CLOCK_SYNCHRONISED && !now.is_synchronised)
		return OPX_FAIL(err, OPX_UNAVAILABLE, STOPPED, "clock is not synchronised");
	*ret = now.real;
	return OPX_OK;
}
