/* SPDX-License-Identifier: MPL-2.0 */
/* serve.h: the keeper: gives each file that a lane sends a process of its own, and says how that process ended.
 *
 * It reads no byte of any file. It ends when the lane's end of the socket does, and takes with it whatever still runs.
 */
#ifndef OPX_PARSE_SERVE_H
#define OPX_PARSE_SERVE_H

struct serve {
	int socket; /* to the lane: core/base/parse_wire.h */
	/* In a process that was made for one file: the file is descriptor 0, the report goes to 1, there is no other but the log.
	 * Never comes back. */
	void (*work)(void *self, const char *kind);
	void *self;
};

/* Until the lane is gone, one file after the other. Leads a process group of its own. */
void serve(const struct serve *serve);

#endif
