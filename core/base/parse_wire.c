/* SPDX-License-Identifier: MPL-2.0 */
/* parse_wire.c: see parse_wire.h. */
#include "base/parse_wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DESCRIPTORS 2

union control {
	char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	struct cmsghdr align;
};

static ssize_t send_whole(int socket, const struct msghdr *message)
{
	ssize_t n;
	do
		n = sendmsg(socket, message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t receive(int socket, struct msghdr *message)
{
	ssize_t n;
	do
		n = recvmsg(socket, message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	return n;
}

enum opx_wire opx_wire_ask(int socket, const char *kind, int file, int report)
{
	struct opx_parse_ask ask = { .kind = "" };
	const int fds[DESCRIPTORS] = { file, report };
	union control control = { .room = { 0 } };
	(void)snprintf(ask.kind, sizeof(ask.kind), "%s", kind);
	struct iovec part = { .iov_base = &ask, .iov_len = sizeof(ask) };
	const struct msghdr message = { .msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = control.room,
					.msg_controllen = sizeof(control.room) };
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	return send_whole(socket, &message) == (ssize_t)sizeof(ask) ? OPX_WIRE_DONE : OPX_WIRE_UNREAD;
}

enum opx_wire opx_wire_asked(int socket, struct opx_parse_ask *ret, int *ret_file, int *ret_report)
{
	int fds[DESCRIPTORS];
	struct opx_parse_ask ask;
	union control control = { .room = { 0 } };
	struct iovec part = { .iov_base = &ask, .iov_len = sizeof(ask) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	if (receive(socket, &message) != (ssize_t)sizeof(ask) || ask.kind[sizeof(ask.kind) - 1] != '\0')
		return OPX_WIRE_GONE;
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	if (head == NULL || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof(fds)))
		return OPX_WIRE_GONE;
	memcpy(fds, CMSG_DATA(head), sizeof(fds));
	*ret = ask;
	*ret_file = fds[0];
	*ret_report = fds[1];
	return OPX_WIRE_DONE;
}

enum opx_wire opx_wire_answer(int socket, const struct opx_parse_answer *answer)
{
	struct opx_parse_answer copy = *answer;
	struct iovec part = { .iov_base = &copy, .iov_len = sizeof(copy) };
	const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	return send_whole(socket, &message) == (ssize_t)sizeof(copy) ? OPX_WIRE_DONE : OPX_WIRE_GONE;
}

/* The kernel says ECONNRESET once when the other end went away with messages that it had not read. */
enum opx_wire opx_wire_answered(int socket, struct opx_parse_answer *ret)
{
	struct opx_parse_answer answer;
	struct iovec part = { .iov_base = &answer, .iov_len = sizeof(answer) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n = receive(socket, &message);
	if (n < 0 && errno == ECONNRESET)
		return OPX_WIRE_UNREAD;
	if (n != (ssize_t)sizeof(answer))
		return OPX_WIRE_GONE;
	*ret = answer;
	return OPX_WIRE_DONE;
}
