#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# One guest's life in each pairing of drivers and tools, on this hypervisor: the
# layers do not ask for each other. The steps are in tests/lib/guest-life.sh.
# tests/matrix-table makes docs/matrix.md of what both hypervisors' runs left.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

steps=(create disk nic console block network pause memory shutdown destroy
	nothing_left dmesg)

# cell DRIVERS TOOL
cell() {
	local step
	"$top/lab/images" >&2
	run lab_run --drivers "$1" --tools "$2" --timeout 1000 \
		--add "$top/tests/lib/guest-life.sh" -- \
		"bash guest-life.sh $2 ${steps[*]}"
	echo "$output"
	mkdir -p "$HOSPES_TEST_OUT"
	grep '^@@ ' <<<"$output" | sed "s/^@@/$HV $1 $2/" \
		>"$HOSPES_TEST_OUT/cell-$1-$2"
	for step in "${steps[@]}"; do
		grep -qxF "@@ $step ok" <<<"$output" || fail "$step" || return
	done
}

@test "stock drivers and xl" { cell stock xl; }
@test "our drivers and xl" { cell ours xl; }
@test "stock drivers and xm" { cell stock xm; }
@test "our drivers and xm" { cell ours xm; }
