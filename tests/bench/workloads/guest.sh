#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The CPU rows in a guest: `@@ guest-ROW VALUE`, as cpu.sh does for dom0.
set -eu

case $CLOCK in
icount) column=2 ;;
wall) column=3 ;;
esac
guest create cpu ip=no >/dev/null
guest run cpu ubench | awk -v c="$column" '{ print "@@ guest-" $1, $c }'
