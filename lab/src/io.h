/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole reads and writes of the lab's frames, for both ends of the channel.
 */
#ifndef LAB_IO_H
#define LAB_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "proto.h"

/*
 * Both work on blocking and non-blocking descriptors.  0, or -1 with errno;
 * a peer that went away is ECONNRESET.
 */
int io_write_all(int fd, const void *buf, size_t len);
int io_read_all(int fd, void *buf, size_t len);

/* Send one frame whose payload is a followed by b (either may be empty). */
int frame_send(int fd, enum lab_type type, const void *a, size_t alen,
	       const void *b, size_t blen);

/*
 * Receive one frame into buf of LAB_MAX_PAYLOAD + 1 bytes, NUL terminated.
 * Returns the payload's length, or -1; a payload too long is EPROTO.
 */
ssize_t frame_recv(int fd, struct lab_head *head, char *buf);

#endif /* LAB_IO_H */
