// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's messages; see hvlog.h. */
#include "lib/hvlog.h"
#include "lib/hypercall.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (1u << 20)

int hvlog_read(bool clear, char **text, size_t *bytes)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_readconsole };
	char *buffer = hypercall_buffer(RING_BYTES);
	int err;

	if (!buffer)
		return hypercall_open() ? -ENOTCONN : -ENOMEM;
	op.u.readconsole.clear = clear;
	op.u.readconsole.count = RING_BYTES;
	set_xen_guest_handle(op.u.readconsole.buffer, buffer);
	err = hypercall_sysctl(&op);
	*text = err ? NULL : malloc(op.u.readconsole.count + 1);
	if (!err && !*text)
		err = -ENOMEM;
	if (!err) {
		memcpy(*text, buffer, op.u.readconsole.count);
		(*text)[op.u.readconsole.count] = 0;
		if (bytes)
			*bytes = op.u.readconsole.count;
	}
	hypercall_buffer_free(buffer);
	return err;
}

int hvlog_keys(const char *keys)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_debug_keys };
	size_t length = strlen(keys);
	char *buffer;
	int err;

	if (length == 0 || length > HVLOG_KEYS_MAX)
		return -EINVAL;
	buffer = hypercall_buffer(length);
	if (!buffer)
		return hypercall_open() ? -ENOTCONN : -ENOMEM;
	memcpy(buffer, keys, length);
	set_xen_guest_handle(op.u.debug_keys.keys, buffer);
	op.u.debug_keys.nr_keys = length;
	err = hypercall_sysctl(&op);
	hypercall_buffer_free(buffer);
	return err;
}
