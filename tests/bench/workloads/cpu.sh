#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The paths between a program and its kernel, in dom0 (or on the bare machine).
#
# Prints `@@ ROW VALUE`. CLOCK=icount: TSC ticks, which are instructions;
# CLOCK=wall: nanoseconds. The tutorials' bc exercise runs with exponent 12345:
# theirs, 123456, takes minutes under emulation.
set -eu

case $CLOCK in
icount) column=2 ;;
wall) column=3 ;;
esac
chmod +x ./ubench
./ubench | awk -v c="$column" '{ print "@@", $1, $c }'

exercise() {
	echo "1234567 ^ 12345" | bc >/dev/null
}
exercise
start=${EPOCHREALTIME/./}
exercise
echo "@@ bc $(((${EPOCHREALTIME/./} - start) * 1000))"
