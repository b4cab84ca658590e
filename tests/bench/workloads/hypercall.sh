#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What cheap hypercalls cost from the kernel's own code: the micro-guest
# hypercall-cost, as dom0. Runs on the host.
set -eu

"$TOP/tests/guest/run" --hv "${PLATFORM%-*}" --show hypercall-cost |
	sed -n 's/^guest: cost: \([a-z0-9-]*\) \([0-9]*\)\([0-9][0-9]\)$/@@ \1 \2.\3/p'
