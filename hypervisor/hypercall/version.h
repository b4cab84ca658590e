/* SPDX-License-Identifier: GPL-2.0-only */
/* What xen_version says about this hypervisor, for others that say it too. */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

/* The release whose ABI we speak; CPUID says the same. */
#define VERSION_MAJOR 4
#define VERSION_MINOR 17

/* Boot: the command line, to be shown to guests' tools. It stays in place. */
void version_set_cmdline(const char *cmdline);
