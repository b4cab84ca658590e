/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping pages that a guest granted to dom0, through libxengnttab. */
#ifndef LIB_GNTTAB_H
#define LIB_GNTTAB_H

#include <stdint.h>

/**
 * gnttab_map() - map the page behind reference @ref of @domid, read-write.
 * Return: the page (give it back with gnttab_unmap()), or NULL with errno set.
 */
void *gnttab_map(uint32_t domid, uint32_t ref);
void gnttab_unmap(void *page);

#endif
