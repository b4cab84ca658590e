#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much is expanded in dom0
# What a program pays for the hypervisor under it, in instructions: QEMU counts
# each once, so that a busy host changes nothing.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu
load ../../lib/compiler

# costs HYPERVISOR: "calculator compiler", in thousands of instructions. Each is
# run once before, so that all is read.
costs() {
	"$top/lab/run" --hv "$1" --icount --boot-timeout 400 --timeout 900 \
		--log "$(this_log "$1")" --disk "$BATS_TEST_TMPDIR/cc.tar,ro" -- '
		mkdir /tmp/cc && cd /tmp/cc && tar xf /dev/vdc || exit 3
		export LD_LIBRARY_PATH=.
		sum() { echo "1234567 ^ 4321" | LD_LIBRARY_PATH="" bc >/dev/null; }
		tree() {
			for n in 1 2 3 4; do
				./cc1 -quiet -O2 t.i -o $n.s && ./as $n.s -o $n.o || exit 3
			done
			./ld -r -o all.o 1.o || exit 3
		}
		for work in sum tree; do
			$work
			start=${EPOCHREALTIME/./}
			$work
			echo $((${EPOCHREALTIME/./} - start))
		done' | paste -sd' '
}

# What could be wrong: faults, calls and interrupts that cost what they need not.
@test "r196 computing costs 2 % at most, compiling no more than on Xen" {
	[ "$HV" = hospes ] || skip "it is about ours"
	local bare xen ours
	compiler_disk "$BATS_TEST_TMPDIR/cc.tar"
	read -ra bare < <(costs none)
	read -ra xen < <(costs xen)
	read -ra ours < <(costs hospes)
	[ ${#bare[@]} = 2 ] && [ ${#xen[@]} = 2 ] && [ ${#ours[@]} = 2 ] ||
		fail "bare ${bare[*]}, Xen ${xen[*]}, ours ${ours[*]}"
	echo "# bc: bare ${bare[0]}, Xen ${xen[0]}, ours ${ours[0]}" \
		"thousand instructions" >&3
	echo "# compiling: bare ${bare[1]}, Xen ${xen[1]}, ours ${ours[1]}" >&3
	assert_at_most "${ours[0]}" $((bare[0] * 102 / 100)) bc
	assert_at_most "${ours[1]}" "${xen[1]}" compiling
}
