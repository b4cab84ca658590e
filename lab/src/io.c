// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole reads and writes of the lab's frames, for both ends of the channel.
 */
#define _GNU_SOURCE
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * A virtio-serial port whose host side is closed reports a hang-up at once
 * and for ever, so poll() alone would spin.
 */
static void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	if (poll(&p, 1, -1) > 0 && !(p.revents & events))
		nanosleep(&pause, NULL);
}

int io_write_all(int fd, const void *buf, size_t len)
{
	const char *pos = buf;

	while (len) {
		ssize_t n = write(fd, pos, len);

		if (n > 0) {
			pos += n;
			len -= n;
		} else if (n < 0 && errno == EAGAIN) {
			wait_for(fd, POLLOUT);
		} else if (n == 0 || errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int io_read_all(int fd, void *buf, size_t len)
{
	char *pos = buf;

	while (len) {
		ssize_t n = read(fd, pos, len);

		if (n > 0) {
			pos += n;
			len -= n;
		} else if (n == 0) {
			errno = ECONNRESET;
			return -1;
		} else if (errno == EAGAIN) {
			wait_for(fd, POLLIN);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int frame_send(int fd, enum lab_type type, const void *a, size_t alen,
	       const void *b, size_t blen)
{
	char out[sizeof(struct lab_head) + LAB_MAX_PAYLOAD];
	struct lab_head head = { .type = type };

	if (alen + blen > LAB_MAX_PAYLOAD) {
		errno = EMSGSIZE;
		return -1;
	}
	head.len = alen + blen;
	memcpy(out, &head, sizeof(head));
	if (alen)
		memcpy(out + sizeof(head), a, alen);
	if (blen)
		memcpy(out + sizeof(head) + alen, b, blen);
	return io_write_all(fd, out, sizeof(head) + head.len);
}

ssize_t frame_recv(int fd, struct lab_head *head, char *buf)
{
	if (io_read_all(fd, head, sizeof(*head)))
		return -1;
	if (head->len > LAB_MAX_PAYLOAD) {
		errno = EPROTO;
		return -1;
	}
	if (io_read_all(fd, buf, head->len))
		return -1;
	buf[head->len] = '\0';
	return head->len;
}
