/* SPDX-License-Identifier: MPL-2.0 */
/* auto.h: resources released when their scope ends, and how to move them out of it. */
#ifndef OPX_BASE_AUTO_H
#define OPX_BASE_AUTO_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void opx_close_fdp(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
static inline int opx_take_fd(int *fd)
{
	int out = *fd;
	*fd = -1;
	return out;
}
static inline void opx_freep(void *p)
{
	free(*(void **)p);
}
static inline void opx_fclosep(FILE **f)
{
	if (*f != NULL)
		(void)fclose(*f);
}

#define OPX_AUTO_FD __attribute__((cleanup(opx_close_fdp))) int
#define OPX_AUTO_FREE __attribute__((cleanup(opx_freep)))
#define OPX_AUTO_FILE __attribute__((cleanup(opx_fclosep))) FILE *

#endif
