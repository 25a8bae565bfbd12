/* SPDX-License-Identifier: MPL-2.0 */
/* parse_wire.h: what a lane and its keeper of opx-parse say to each other over a socket of whole messages (SOCK_SEQPACKET): an order
 * with its two descriptors, and how the examination ended. One at a time.
 */
#ifndef OPX_BASE_PARSE_WIRE_H
#define OPX_BASE_PARSE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#define OPX_PARSE_KIND_BYTES 8

struct opx_parse_ask {
	char kind[OPX_PARSE_KIND_BYTES]; /* "pdf", "image"; filled up with NUL */
};

struct opx_parse_answer {
	int32_t status;   /* of the examining process, as waitpid() gives it */
	uint32_t is_left; /* it ended, and something that it started still runs */
};

/* What became of a message. */
enum opx_wire {
	OPX_WIRE_DONE,
	OPX_WIRE_UNREAD, /* the other end is gone and has not taken what was sent to it last */
	OPX_WIRE_GONE,   /* the other end is gone, or said something else */
};

/* The other end gets descriptors of its own. DONE or UNREAD. */
enum opx_wire opx_wire_ask(int socket, const char *kind, int file, int report);
/* Waits for an order; the descriptors are the caller's, closed on exec. DONE or GONE. */
enum opx_wire opx_wire_asked(int socket, struct opx_parse_ask *ret, int *ret_file, int *ret_report);
/* DONE or GONE. */
enum opx_wire opx_wire_answer(int socket, const struct opx_parse_answer *answer);
/* Takes the answer that is there, or waits for it. */
enum opx_wire opx_wire_answered(int socket, struct opx_parse_answer *ret);

#endif
