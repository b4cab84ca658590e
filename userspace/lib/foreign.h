/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping another domain's frames through libxenforeignmemory. */
#ifndef LIB_FOREIGN_H
#define LIB_FOREIGN_H

#include "lib/xen.h"

/**
 * foreign_map() - map @count frames of @domid one after the other, read-write.
 * @frames: machine frame numbers of a PV domain.
 * Return: the mapping (the caller gives it back with foreign_unmap()), or NULL
 * with errno set; then nothing is mapped.
 */
void *foreign_map(uint32_t domid, const xen_pfn_t *frames, size_t count);
void foreign_unmap(void *mapping, size_t count);

/**
 * foreign_grant_table() - map the first frame of @domid's grant table.
 * @resource: filled for foreign_grant_table_unmap().
 * Return: NULL with errno set when it cannot be had.
 */
struct foreign_resource;
grant_entry_v1_t *foreign_grant_table(uint32_t domid,
				      struct foreign_resource **resource);
void foreign_grant_table_unmap(struct foreign_resource *resource);

#endif
