// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many reads at once. libxenstore waits for each answer before it asks again,
 * so that two processes are switched between for each node; on xenstored's own
 * socket all questions may be asked first (xen/io/xs_wire.h).
 */
#include "lib/store.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>
#include <xenstore_lib.h>

/* Questions before the first answer is read; less than a socket holds. */
#define AT_ONCE 256

int store_connect(int flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), err;

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 xs_daemon_socket());
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static bool send_all(int fd, const char *data, size_t left)
{
	while (left > 0) {
		ssize_t sent = send(fd, data, left, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		left -= sent;
	}
	return true;
}

static bool ask(int fd, char *const *paths, unsigned int count)
{
	size_t used = 0;
	char *buffer;
	unsigned int i;
	bool sent;

	buffer = malloc(count * (sizeof(struct xsd_sockmsg) + STORE_PATH_MAX));
	if (!buffer)
		return false;
	for (i = 0; i < count; i++) {
		struct xsd_sockmsg head = { .type = XS_READ, .req_id = i };

		head.len = strnlen(paths[i], STORE_PATH_MAX - 1) + 1;
		memcpy(buffer + used, &head, sizeof(head));
		memcpy(buffer + used + sizeof(head), paths[i], head.len);
		used += sizeof(head) + head.len;
	}
	sent = send_all(fd, buffer, used);
	free(buffer);
	return sent;
}

/* *value stays NULL where there is no node. */
static bool answer(FILE *in, uint32_t id, char **value)
{
	struct xsd_sockmsg head;
	char *text;

	if (fread(&head, sizeof(head), 1, in) != 1 || head.req_id != id ||
	    head.len > XENSTORE_PAYLOAD_MAX)
		return false;
	text = calloc(1, head.len + 1);
	if (!text || fread(text, 1, head.len, in) != head.len) {
		free(text);
		return false;
	}
	if (head.type == XS_READ)
		*value = text;
	else
		free(text);
	return head.type == XS_READ || head.type == XS_ERROR;
}

static bool exchange(char *const *paths, char **values, unsigned int count)
{
	unsigned int i, first, batch;
	int fd = store_connect(0);
	bool fine = true;
	FILE *in;

	if (fd < 0)
		return false;
	in = fdopen(fd, "r");
	if (!in) {
		close(fd);
		return false;
	}
	for (first = 0; fine && first < count; first += batch) {
		batch = count - first < AT_ONCE ? count - first : AT_ONCE;
		fine = ask(fd, paths + first, batch);
		for (i = 0; fine && i < batch; i++)
			fine = answer(in, i, values + first + i);
	}
	fclose(in);
	return fine;
}

bool store_read_many(char *const *paths, char **values, unsigned int count)
{
	bool fine;

	memset(values, 0, count * sizeof(*values));
	store_asks();
	fine = exchange(paths, values, count);
	store_asked();
	return fine;
}
