/* SPDX-License-Identifier: GPL-2.0-only */
/* EFI firmware, when the boot loader came from it (and ended boot services). */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

/*
 * After memory_init: finds firmware's tables (boot_info.rsdp among them), maps
 * what runtime services need, and answers dom0's platform_op from then on.
 * Nothing to do without EFI.
 */
void efi_init(void);

/* Descriptor @i of firmware's memory map; NULL past the end. */
struct efi_memory {
	u32 type, pad;
	u64 start, virt, nr_pages, attributes;
};
const struct efi_memory *efi_memory(u32 i);

#define EFI_RUNTIME_CODE 5
#define EFI_MMIO	 11
#define EFI_ATTR_RUNTIME (1UL << 63)

/* ---- efi_runtime.c ---- */
/* @table: machine address of the runtime services table. */
void efi_runtime_init(paddr_t table);
u32 efi_runtime_revision(void);
