// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls through libxencall; see hypercall.h. */
#include "lib/hypercall.h"
#include "lib/log.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xencall.h>
#include <xentoollog.h>

static xencall_handle *handle;

static void say_why(void)
{
	if (access("/sys/hypervisor/type", F_OK) != 0)
		log_error("this machine does not run on a hypervisor: boot "
			  "Xen or Hospes first");
	else if (access("/dev/xen/privcmd", F_OK) != 0)
		log_error("/dev/xen/privcmd is missing: load xen-privcmd or "
			  "hospes_privcmd");
	else
		log_error("cannot talk to the hypervisor: %s: run as root",
			  strerror(errno));
}

int hypercall_open(void)
{
	static xentoollog_logger *mute;
	static bool said;

	if (handle)
		return 0;
	/* The library's own complaint would come before ours. */
	if (!mute)
		mute = (void *)xtl_createlogger_stdiostream(stderr,
							    XTL_CRITICAL, 0);
	handle = xencall_open(mute, 0);
	if (handle)
		return 0;
	if (errno == 0)
		errno = EACCES;
	if (!said)
		say_why();
	said = true;
	return -ENOTCONN;
}

void *hypercall_buffer(size_t bytes)
{
	void *buffer;

	if (hypercall_open())
		return NULL;
	buffer = xencall_alloc_buffer(handle, bytes);
	if (buffer)
		memset(buffer, 0, bytes);
	return buffer;
}

void hypercall_buffer_free(void *buffer)
{
	if (buffer)
		xencall_free_buffer(handle, buffer);
}

static long result_of(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* Run @nr with a bounced @arg as the argument at position @at (0 or 1). */
static long call_with(unsigned int nr, int at, uint64_t other, void *arg,
		      size_t bytes)
{
	void *bounce = NULL;
	long ret;

	ret = hypercall_open();
	if (ret)
		return ret;
	if (arg) {
		bounce = xencall_alloc_buffer(handle, bytes);
		if (!bounce)
			return -ENOMEM;
		memcpy(bounce, arg, bytes);
	}
	if (at == 0)
		ret = xencall1(handle, nr, (uintptr_t)bounce);
	else
		ret = xencall2L(handle, nr, other, (uintptr_t)bounce);
	ret = result_of(ret);
	if (arg) {
		memcpy(arg, bounce, bytes);
		xencall_free_buffer(handle, bounce);
	}
	return ret;
}

int hypercall_domctl(struct xen_domctl *op)
{
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return call_with(__HYPERVISOR_domctl, 0, 0, op, sizeof(*op));
}

int hypercall_sysctl(struct xen_sysctl *op)
{
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return call_with(__HYPERVISOR_sysctl, 0, 0, op, sizeof(*op));
}

long hypercall_memory(unsigned int cmd, void *arg, size_t bytes)
{
	return call_with(__HYPERVISOR_memory_op, 1, cmd, arg, bytes);
}

long hypercall_version(unsigned int cmd, void *arg, size_t bytes)
{
	return call_with(__HYPERVISOR_xen_version, 1, cmd, arg, bytes);
}

int hypercall_mmuext(const struct mmuext_op *ops, unsigned int count,
		     uint32_t domid)
{
	struct mmuext_op *bounce;
	int ret;

	bounce = hypercall_buffer(count * sizeof(*bounce));
	if (!bounce)
		return -ENOMEM;
	memcpy(bounce, ops, count * sizeof(*bounce));
	ret = xencall4(handle, __HYPERVISOR_mmuext_op, (uintptr_t)bounce, count,
		       0, domid);
	ret = result_of(ret);
	hypercall_buffer_free(bounce);
	return ret < 0 ? ret : 0;
}

int hypercall_evtchn_alloc(uint32_t domid)
{
	struct evtchn_alloc_unbound op = { .dom = domid, .remote_dom = 0 };
	int ret;

	ret = call_with(__HYPERVISOR_event_channel_op, 1,
			EVTCHNOP_alloc_unbound, &op, sizeof(op));
	return ret < 0 ? ret : (int)op.port;
}
