/* SPDX-License-Identifier: MPL-2.0 */
/* later.c: preloaded into a program, lets it live a day and an hour later, so that what must be old enough is. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LATER_S ((time_t)25 * 3600)

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ret)
{
	long status = syscall(SYS_clock_gettime, clock, ret);
	if (status == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += LATER_S;
	return (int)status;
}
