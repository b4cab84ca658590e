// SPDX-License-Identifier: GPL-2.0-only
/*
 * vbdfile [-c 0|1|2] [-r] BACKEND_PATH FILE
 * vbdfile -g BACKEND_PATH
 *
 * Gives an image file to hospes_blkback for the disk of that backend path, as
 * a toolstack does: the tests run it from a `script=` of stock xl. -c is the
 * cache mode, -r opens for reading only. -g charges the disk's I/O to the
 * caller's control group.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../kmod/include/hospes/blkback.h"

static int fail(const char *what)
{
	fprintf(stderr, "vbdfile: %s: %s\n", what, strerror(errno));
	return 1;
}

static int set_group(const char *name)
{
	struct hospes_blkback_name arg = { .version = HOSPES_BLKBACK_VERSION };
	int control = open(HOSPES_BLKBACK_DEVICE, O_RDWR | O_CLOEXEC);

	if (control < 0)
		return fail(HOSPES_BLKBACK_DEVICE);
	strcpy(arg.name, name);
	if (ioctl(control, HOSPES_BLKBACK_CGROUP, &arg) < 0)
		return fail("group");
	return 0;
}

int main(int argc, char **argv)
{
	struct hospes_blkback_attach arg = { .version =
						     HOSPES_BLKBACK_VERSION };
	int mode = O_RDWR, control, opt;
	const char *name;
	bool group = false;

	while ((opt = getopt(argc, argv, "c:gr")) != -1) {
		if (opt == 'c')
			arg.cache = atoi(optarg);
		else if (opt == 'r')
			mode = O_RDONLY;
		else if (opt == 'g')
			group = true;
		else
			return 2;
	}
	if (argc - optind != (group ? 1 : 2))
		return 2;
	name = strstr(argv[optind], "backend/vbd/");
	if (!name || strlen(name) >= sizeof(arg.name))
		return 2;
	if (group)
		return set_group(name);
	strcpy(arg.name, name);
	arg.fd = open(argv[optind + 1], mode | O_CLOEXEC);
	if (arg.fd < 0)
		return fail(argv[optind + 1]);
	control = open(HOSPES_BLKBACK_DEVICE, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return fail(HOSPES_BLKBACK_DEVICE);
	if (ioctl(control, HOSPES_BLKBACK_ATTACH, &arg) < 0)
		return fail("attach");
	return 0;
}
