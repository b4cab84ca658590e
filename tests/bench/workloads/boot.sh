#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From the machine's reset to the start of dom0's clock: firmware, hypervisor,
# the building of dom0 and its first steps; and to the start of dom0's init,
# which the kernel's log has. Both sides get the same uncompressed kernel.
set -eu

ubench boot | sed -n 's/.*"median":\([0-9]*\),.*/\1/p' | {
	read -r kernel
	echo "@@ boot-dom0 $kernel"
	dmesg | sed -n 's/^\[ *\([0-9]*\)\.\([0-9]*\)\] Run .* as init process/1\2 \1/p' | {
		read -r fraction seconds
		echo "@@ boot-init $((kernel + (fraction - 1000000) * 1000 + \
			seconds * 1000000000))"
	}
}
