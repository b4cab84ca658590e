#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `list` with 50 guests: instructions from its start to its end, process and
# all. The guests are those of tests/images/xm-guest.S, paused: 8 MiB each.
set -eu

tool=$(command -v xm || command -v xl)
for ((i = 1; i <= 50; i++)); do
	printf '%s\n' "name = 'g$i'" "type = 'pv'" 'memory = 8' \
		"kernel = '/bench/guest.elf'" >/run/g.cfg
	"$tool" create -q -p /run/g.cfg
done
"$tool" list >/dev/null
start=${EPOCHREALTIME/./}
"$tool" list >/run/list
echo "@@ list-50 $(((${EPOCHREALTIME/./} - start) * 1000))"
[ "$(wc -l </run/list)" = 52 ]
