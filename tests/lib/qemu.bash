# SPDX-License-Identifier: GPL-2.0-only
# Suites run the lab through these.  HV says on which hypervisor.
# shellcheck shell=bash

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
HV=${HV:-xen}
HOSPES_TEST_OUT=${HOSPES_TEST_OUT:-$top/out/test/${HV}}
export HV HOSPES_TEST_OUT

# shellcheck disable=SC2120 # suites give the argument
# this_log [SUFFIX]: the console log of the test that runs
this_log() {
	local name=${BATS_TEST_DESCRIPTION//[^a-zA-Z0-9]/-}
	mkdir -p "$HOSPES_TEST_OUT"
	echo "$HOSPES_TEST_OUT/${name:0:60}${1:+-$1}.log"
}

# lab_run [OPTION...] [--] COMMANDS: lab/run with the suite's hypervisor; the
# console stays in the suite's folder. Ours does not hang at boot: what takes
# long is the machine that tests, which may have other things to do. (Xen under
# emulation does now and then, and is tried again.)
lab_run() {
	local most=300
	[ "$HV" != xen ] || most=240
	set -- --boot-timeout $most "$@"
	# shellcheck disable=SC2119 # no suffix here
	"$top/lab/run" --hv "$HV" --log "$(this_log)" "$@"
}

# qemu_of LOG: the emulator that writes this console; false when there is none
qemu_of() {
	pgrep -f "id=console,path=$1,"
}

no_qemu_of() {
	! qemu_of "$1" >/dev/null
}

# without_notes: what lab/run says itself of a second try is no part of $output
# and $lines
# shellcheck disable=SC2034,SC2154 # of bats
without_notes() {
	output=$(grep -vaE '^lab/run: .*; (trying once more|booting anew)$' \
		<<<"$output") || true
	mapfile -t lines < <([ -z "$output" ] || printf '%s\n' "$output")
}
