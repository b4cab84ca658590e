/* SPDX-License-Identifier: GPL-2.0-only */
/* What platform_op needs from the layer above: the firmware we came from. */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

/*
 * Only when EFI started us (boot_info.efi). Both return 0 or -errno, and fill
 * the output fields of their argument, a private copy. A guest address inside
 * is the caller's (current).
 */
/* type is XEN_FW_EFI_INFO, index XEN_FW_EFI_* */
int efi_firmware_info(struct xenpf_firmware_info *info);
int efi_runtime_call(struct xenpf_efi_runtime_call *call);
