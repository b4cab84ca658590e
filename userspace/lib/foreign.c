// SPDX-License-Identifier: GPL-2.0-only
/* Foreign frames and grant tables; see foreign.h. */
#include "lib/foreign.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xenforeignmemory.h>

static xenforeignmemory_handle *handle;

static bool foreign_open(void)
{
	if (!handle)
		handle = xenforeignmemory_open(NULL, 0);
	return handle;
}

void *foreign_map(uint32_t domid, const xen_pfn_t *frames, size_t count)
{
	if (!foreign_open())
		return NULL;
	return xenforeignmemory_map(handle, domid, PROT_READ | PROT_WRITE,
				    count, frames, NULL);
}

void foreign_unmap(void *mapping, size_t count)
{
	if (mapping)
		xenforeignmemory_unmap(handle, mapping, count);
}

grant_entry_v1_t *foreign_grant_table(uint32_t domid,
				      struct foreign_resource **resource)
{
	void *table = NULL;

	if (!foreign_open())
		return NULL;
	*resource = (void *)xenforeignmemory_map_resource(
		handle, domid, XENMEM_resource_grant_table,
		XENMEM_resource_grant_table_id_shared, 0, 1, &table,
		PROT_READ | PROT_WRITE, 0);
	return *resource ? table : NULL;
}

void foreign_grant_table_unmap(struct foreign_resource *resource)
{
	if (resource)
		xenforeignmemory_unmap_resource(handle, (void *)resource);
}
