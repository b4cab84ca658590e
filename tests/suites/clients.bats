#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# Debian's unmodified xenstored, xenconsoled, xl, xentop, lsevtchn and xenstore
# tools on our hypervisor, with the kernel's drivers and with ours: all that the
# tutorials have xl do. The steps are in tests/lib/guest-life.sh.

bats_require_minimum_version 1.5.0
load ../lib/assert
load ../lib/qemu

steps=(create info disk nic console vcpus mem_max sched rename uptime log block
	network pause memory reboot clients shutdown destroy nothing_left dmesg)

# all_of DRIVERS: one boot
all_of() {
	local step bad=
	"$top/lab/images" >&2
	run lab_run --smp 2 --drivers "$1" --tools xl --timeout 1000 \
		--add "$top/tests/lib/guest-life.sh" -- \
		"bash guest-life.sh xl ${steps[*]}"
	echo "$output"
	for step in "${steps[@]}"; do
		grep -qxF "@@ $step ok" <<<"$output" || bad+=" $step"
	done
	[ -z "$bad" ] || fail "these failed:$bad"
}

# Could be wrong: an operation or a field that only these programs use.
@test "xl and Debian's daemons with the kernel's drivers" { all_of stock; }
@test "xl and Debian's daemons with our drivers" { all_of ours; }
