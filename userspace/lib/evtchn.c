// SPDX-License-Identifier: GPL-2.0-only
/* dom0's event channels; see evtchn.h. */
#include "lib/evtchn.h"
#include <errno.h>
#include <stddef.h>
#include <xenevtchn.h>

static xenevtchn_handle *handle;

static int evtchn_open(void)
{
	if (!handle)
		handle = xenevtchn_open(NULL, 0);
	return handle ? 0 : -errno;
}

int evtchn_bind_virq(unsigned int virq)
{
	int ret = evtchn_open();

	if (ret)
		return ret;
	ret = xenevtchn_bind_virq(handle, virq);
	return ret < 0 ? -errno : ret;
}

int evtchn_bind_interdomain(uint32_t domid, unsigned int port)
{
	int ret = evtchn_open();

	if (ret)
		return ret;
	ret = xenevtchn_bind_interdomain(handle, domid, port);
	return ret < 0 ? -errno : ret;
}

int evtchn_notify(unsigned int port)
{
	return xenevtchn_notify(handle, port) < 0 ? -errno : 0;
}

void evtchn_unbind(unsigned int port)
{
	xenevtchn_unbind(handle, port);
}

int evtchn_fd(void)
{
	return handle ? xenevtchn_fd(handle) : -1;
}

int evtchn_take(void)
{
	int port = xenevtchn_pending(handle);

	if (port < 0)
		return -errno;
	return xenevtchn_unmask(handle, port) < 0 ? -errno : port;
}
