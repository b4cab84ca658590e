// SPDX-License-Identifier: GPL-2.0-only
/* Requests to rtnetlink; see link.h. */
#include "device/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

unsigned int if_nametoindex(const char *name);

bool link_exists(const char *name)
{
	return if_nametoindex(name) != 0;
}

/* The path of @file of @name in sysfs; false: no name of a device. */
static bool sysfs_path(char path[64], const char *name, const char *file)
{
	if (strchr(name, '/') || strlen(name) >= IFNAMSIZ)
		return false;
	snprintf(path, 64, "/sys/class/net/%s/%s", name, file);
	return true;
}

static bool has_file(const char *name, const char *file)
{
	char path[64];

	return sysfs_path(path, name, file) && access(path, F_OK) == 0;
}

bool link_is_bridge(const char *name)
{
	return has_file(name, "bridge");
}

bool link_is_port(const char *name)
{
	return has_file(name, "brport");
}

bool link_is_up(const char *name)
{
	unsigned int flags = 0;
	char path[64];
	FILE *file;

	if (!sysfs_path(path, name, "flags"))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%x", &flags) != 1)
		flags = 0;
	fclose(file);
	return flags & IFF_UP;
}

/* Send @request and wait for its acknowledgement. */
static int ask(struct nlmsghdr *request)
{
	char answer[1024] __attribute__((aligned(8)));
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);
	ssize_t size;
	int err = 0;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0) {
		err = -errno;
		goto out;
	}
	size = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (size < 0 ||
	    mnl_cb_run(answer, (size_t)size, request->nlmsg_seq,
		       mnl_socket_get_portid(socket), NULL, NULL) < 0)
		err = -errno;
out:
	mnl_socket_close(socket);
	return err;
}

int link_change(const char *name, const struct link_change *change)
{
	char buffer[512] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	unsigned int master;

	request->nlmsg_type = RTM_NEWLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = 1;
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_index = (int)if_nametoindex(name);
	if (!info->ifi_index)
		return -ENODEV;
	if (change->up) {
		info->ifi_flags = IFF_UP;
		info->ifi_change = IFF_UP;
	}
	if (change->rename)
		mnl_attr_put_strz(request, IFLA_IFNAME, change->rename);
	if (change->mtu)
		mnl_attr_put_u32(request, IFLA_MTU, change->mtu);
	if (change->master) {
		master = if_nametoindex(change->master);
		if (!master)
			return -ENODEV;
		mnl_attr_put_u32(request, IFLA_MASTER, master);
	}
	return ask(request);
}
