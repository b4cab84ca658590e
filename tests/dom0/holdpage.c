// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has a page of another domain mapped until it is killed, in dom0.
 *
 * usage: holdpage granted DOMID REF	a page that was granted to dom0
 *	  holdpage foreign DOMID FRAME	any page of it
 * Prints "held" when it has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>

static void *map_granted(unsigned int domid, unsigned int ref)
{
	xengnttab_handle *handle = xengnttab_open(NULL, 0);

	if (!handle)
		return NULL;
	return xengnttab_map_grant_ref(handle, domid, ref, PROT_READ);
}

static void *map_foreign(unsigned int domid, xen_pfn_t frame)
{
	xenforeignmemory_handle *handle = xenforeignmemory_open(NULL, 0);
	int err;

	if (!handle)
		return NULL;
	return xenforeignmemory_map(handle, domid, PROT_READ, 1, &frame, &err);
}

int main(int argc, char **argv)
{
	unsigned long number;
	unsigned int domid;
	void *page;

	if (argc != 4)
		return 2;
	domid = (unsigned int)strtoul(argv[2], NULL, 10);
	number = strtoul(argv[3], NULL, 10);
	if (!strcmp(argv[1], "granted"))
		page = map_granted(domid, (unsigned int)number);
	else
		page = map_foreign(domid, number);
	if (!page) {
		perror(argv[1]);
		return 1;
	}
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}
