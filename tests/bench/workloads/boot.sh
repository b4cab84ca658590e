#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From the machine's reset to the start of dom0's kernel: firmware, hypervisor,
# the building of dom0. Both sides get the same uncompressed kernel.
set -eu

ubench boot | sed -n 's/.*"median":\([0-9]*\),.*/@@ boot-dom0 \1/p'
