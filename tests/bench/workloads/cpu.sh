#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The paths between a program and its kernel, in dom0 (or on the bare machine):
# ubench's rows, and the tutorials' bc exercise with exponent 12345 (theirs,
# 123456, takes minutes under emulation).
#
# Prints `@@ ROW NANOSECONDS`; under -icount those are instructions.
set -eu

ubench | sed -n 's/.*"row":"\([^"]*\)".*"median":\([0-9.]*\),.*/@@ \1 \2/p'

exercise() {
	echo "1234567 ^ 12345" | bc >/dev/null
}
exercise
start=${EPOCHREALTIME/./}
exercise
echo "@@ bc $(((${EPOCHREALTIME/./} - start) * 1000))"
