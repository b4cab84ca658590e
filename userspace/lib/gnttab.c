// SPDX-License-Identifier: GPL-2.0-only
/* Granted pages; see gnttab.h. */
#include "lib/gnttab.h"
#include <stddef.h>
#include <sys/mman.h>
#include <xengnttab.h>

static xengnttab_handle *handle;

void *gnttab_map(uint32_t domid, uint32_t ref)
{
	if (!handle)
		handle = xengnttab_open(NULL, 0);
	if (!handle)
		return NULL;
	return xengnttab_map_grant_ref(handle, domid, ref,
				       PROT_READ | PROT_WRITE);
}

void gnttab_unmap(void *page)
{
	if (page)
		xengnttab_unmap(handle, page, 1);
}
