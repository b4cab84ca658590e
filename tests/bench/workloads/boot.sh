#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From the machine's reset to the start of dom0's kernel: firmware, hypervisor,
# the building of dom0. Both sides get the same uncompressed kernel.
set -eu

chmod +x ./ubench
./ubench boot | awk '{ print "@@ boot-dom0", $2 }'
