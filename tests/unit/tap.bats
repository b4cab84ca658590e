#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What could be wrong: the runner takes a broken test program for a good one.
# Each test feeds tests/tap one kind of output and wants the right sum.

bats_require_minimum_version 1.5.0

setup() {
	tap=$BATS_TEST_DIRNAME/../tap
	log=$BATS_TEST_TMPDIR/log
}

# tap_of SCRIPT: run tests/tap on a shell script's output
tap_of() {
	run "$tap" sample "$log" bash -c "$1"
}

@test "all good: counted, nothing else said" {
	tap_of 'echo 1..2; echo "ok 1 - a"; echo noise; echo "ok 2 - b"'
	[ "$status" -eq 0 ]
	[ "$output" = "sample: 2 passed, 0 failed, 0 skipped" ]
}

@test "a failed test: its remarks are shown, exit 1" {
	tap_of 'echo 1..2; echo "ok 1 - a"; echo "# why"; echo "not ok 2 - b"; exit 1'
	[ "$status" -eq 1 ]
	[[ $output = *"# why"*"not ok 2 - b"*"1 passed, 1 failed, 0 skipped" ]]
}

@test "announced and not reported: failed, with the last words" {
	tap_of 'echo 1..3; echo "ok 1 - a"; echo "AddressSanitizer: boom"; exit 0'
	[ "$status" -eq 1 ]
	[[ $output = *boom*"2 announced tests never reported"*"1 passed, 2 failed"* ]]
}

@test "all ok but a bad exit status: failed" {
	tap_of 'echo 1..1; echo "ok 1 - a"; exit 3'
	[ "$status" -eq 1 ]
	[[ $output = *"ended with status 3"* ]]
}

@test "nothing ran: failed" {
	tap_of 'exit 0'
	[ "$status" -eq 1 ]
	[ "$output" = "sample: 0 passed, 0 failed, 0 skipped" ]
}

@test "a skip is no pass and names its reason" {
	tap_of 'echo 1..2; echo "ok 1 - a # skip no disk"; echo "ok 2 - b"'
	[ "$status" -eq 0 ]
	[[ $output = *"no disk"*"1 passed, 0 failed, 1 skipped" ]]
}
