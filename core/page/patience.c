/* SPDX-License-Identifier: MPL-2.0 */
/* patience.c: see patience.h. */
#include "page/patience.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define MAX_SEATS 256
#define MAX_IN_VAIN 3
#define FIRST_MS 25
#define LONGEST_MS 200
#define TRY_AGAIN 16 /* of those that do not wait, one in so many looks whether sealing is back */

struct opx_patience {
	_Atomic(pid_t) *seats; /* shared; 0: free */
	size_t n_seats;
	/* this worker's own */
	size_t seat;
	unsigned in_vain, passed;
};

struct opx_patience *opx_patience_new(int64_t seats)
{
	struct opx_patience *p = calloc(1, sizeof(*p));
	OPX_ASSERT(p != NULL);
	p->n_seats = seats < 1 ? 1 : seats > MAX_SEATS ? MAX_SEATS : (size_t)seats;
	void *shared = mmap(NULL, MAX_SEATS * sizeof(*p->seats), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	OPX_ASSERT(shared != MAP_FAILED);
	p->seats = shared;
	return p;
}

void opx_patience_free(struct opx_patience *patience)
{
	if (patience == NULL)
		return;
	(void)munmap(patience->seats, MAX_SEATS * sizeof(*patience->seats));
	free(patience);
}

static bool sit(struct opx_patience *p, size_t i)
{
	pid_t there = atomic_load(&p->seats[i]);
	bool is_free = there == 0 || (kill(there, 0) != 0 && errno == ESRCH);
	return is_free && atomic_compare_exchange_strong(&p->seats[i], &there, getpid());
}

bool opx_patience_begin(struct opx_patience *patience)
{
	if (patience->in_vain >= MAX_IN_VAIN && ++patience->passed % TRY_AGAIN != 0)
		return false;
	for (size_t i = 0; i < patience->n_seats; i++)
		if (sit(patience, i)) {
			patience->seat = i;
			return true;
		}
	return false;
}

void opx_patience_leave(struct opx_patience *patience)
{
	atomic_store(&patience->seats[patience->seat], 0);
}

void opx_patience_end(struct opx_patience *patience, bool was_in_vain)
{
	opx_patience_leave(patience);
	patience->in_vain = was_in_vain ? patience->in_vain + 1 : 0;
}

bool opx_patience_pause(int64_t ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };
	return nanosleep(&t, NULL) == 0;
}

int64_t opx_patience_longer(int64_t ms)
{
	int64_t longer = ms + ms / 2;
	return longer < FIRST_MS ? FIRST_MS : longer > LONGEST_MS ? LONGEST_MS : longer;
}
