#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The toolstack's part of a guest's life, in milliseconds: create until the
# command returns, create until the guest's first process, destroy. With a
# disk and a network interface. The first guest is not counted.
set -eu

tool=$(command -v xm || command -v xl)

since() {
	echo $(((${EPOCHREALTIME/./} - $1) / 1000))
}

for name in warm first second third; do
	guest config $name disk=64 >/run/$name.cfg
	start=${EPOCHREALTIME/./}
	"$tool" create -q /run/$name.cfg
	created=$(since "$start")
	guest wait $name MARK-INIT
	up=$(since "$start")
	guest wait $name MARK-UP
	start=${EPOCHREALTIME/./}
	"$tool" destroy $name
	destroyed=$(since "$start")
	[ $name = warm ] || echo "$created $up $destroyed"
done | sort -n | awk 'NR == 2 {
	print "@@ create", $1; print "@@ create-init", $2
	print "@@ destroy", $3 }'
