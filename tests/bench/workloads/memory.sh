#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the hypervisor keeps of the machine's memory: all, less what dom0 has
# and what is free for guests.
set -eu

MiB=2048
free=$(xl info free_memory)
dom0=$(xl list 0 | awk 'NR == 2 { print $3 }')
echo "@@ hv-memory $((MiB - free - dom0))"
