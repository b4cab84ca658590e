#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How much there is to read, and what a frame costs, against our goals: there
# is no built Xen with its types to ask. Runs on the host.
set -eu

if [ "$PLATFORM" = goal ]; then
	echo "@@ hv-lines 22000"
	echo "@@ frame-bytes 24"
	exit 0
fi
echo "@@ hv-lines $("$TOP/tests/bench/lines" "$TOP/hypervisor")"
gdb -nx -batch -ex 'printf "@@ frame-bytes %d\n", (int)sizeof(struct page)' \
	"$TOP/hypervisor/hospes.elf"
