#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # $HV and others are expanded in the sample suites
# shellcheck disable=SC2154 # $stderr is set by run
# What could be wrong: the driver of `make test` loses a failure, stops at the
# first one, or hangs with a suite. It runs here in a small tree of its own
# whose suites behave badly on purpose.

bats_require_minimum_version 1.5.0

setup() {
	tests=$BATS_TEST_DIRNAME/..
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/tests/suites" "$tree/lab"
	cp "$tests/run" "$tests/tap" "$tree/tests/"
	printf '#!/bin/sh\n' | tee "$tree/lab/setup" >"$tree/lab/images"
	chmod +x "$tree"/lab/*
	printf 'all modules:\n' >"$tree/Makefile"
	printf 'good xen,hospes 10\nbad hospes 10\nslow hospes 1\n' \
		>"$tree/tests/budgets"
}

# suite NAME LINE...: a suite with one test of these lines
suite() {
	local name=$1
	shift
	{
		echo "@test \"a story of $name\" {"
		printf '%s\n' "$@"
		echo "}"
	} >"$tree/tests/suites/$name.bats"
}

last_line() {
	[ "${lines[-1]}" = "$1" ] || {
		echo "wanted: $1"
		echo "$output"
		return 1
	}
}

@test "default hypervisors: one run for each" {
	suite good 'echo "on $HV soak $HOSPES_SOAK" >"$HOSPES_TEST_OUT/seen"'
	run -0 "$tree/tests/run" good
	last_line "2 passed, 0 failed, 0 skipped"
	[ "$(cat "$tree/out/test/good-xen/seen")" = "on xen soak 0" ]
	[ "$(cat "$tree/out/test/good-hospes/seen")" = "on hospes soak 0" ]
}

@test "--hv and --soak reach the suite" {
	suite good 'echo "on $HV soak $HOSPES_SOAK" >"$HOSPES_TEST_OUT/seen"'
	run -0 "$tree/tests/run" --soak --hv xen good
	last_line "1 passed, 0 failed, 0 skipped"
	[ "$(cat "$tree/out/test/good-xen/seen")" = "on xen soak 1" ]
}

@test "a failure does not stop the others and decides the exit status" {
	suite bad false
	suite good true
	run -1 "$tree/tests/run" bad good
	last_line "2 passed, 1 failed, 0 skipped"
	[[ $output = *"not ok 1 a story of bad"* ]]
}

@test "a suite that hangs is stopped and counted as failed" {
	suite slow 'sleep 60'
	run -1 "$tree/tests/run" slow
	[[ $output = *"slow-hospes: stopped after 4 s"* ]]
	[[ ${lines[-1]} = "0 passed, "[12]" failed, 0 skipped" ]]
}

@test "only skips: nothing passed, so it is no success" {
	suite good 'skip "no such machine"'
	run -1 "$tree/tests/run" --hv xen good
	last_line "0 passed, 0 failed, 1 skipped"
	[[ $output = *"no such machine"* ]]
}

@test "unknown suite, unknown hypervisor, unknown option: one line each" {
	suite good true
	run -2 --separate-stderr "$tree/tests/run" nonsense
	[[ $stderr = "test: no suite 'nonsense'; there are:"* ]]
	run -2 --separate-stderr "$tree/tests/run" --hv kvm good
	[[ $stderr = "test: --hv is xen or hospes"* ]]
	run -2 --separate-stderr "$tree/tests/run" --fast good
	[[ $stderr = "test: unknown option '--fast'"* ]]
}

@test "packages missing and setup fails: says so, runs nothing" {
	suite good true
	printf '#!/bin/sh\necho "setup: run this as root" >&2\nexit 1\n' \
		>"$tree/lab/setup"
	run -2 "$tree/tests/run" good
	[[ $output = *"run this as root"*"could not prepare"* ]]
}

@test "a stop reaches what the suite has started" {
	suite good 'echo "$BASHPID" >"$HOSPES_TEST_OUT/pid"; exec sleep 60'
	"$tree/tests/run" --hv xen good >/dev/null 2>&1 3>&- &
	driver=$!
	pid=$tree/out/test/good-xen/pid
	timeout 30 bash -c 'until [ -s "$1" ]; do sleep 0.1; done' _ "$pid"
	kill -TERM "$driver"
	ended=0
	wait "$driver" || ended=$?
	[ "$ended" -eq 130 ]
	run ! kill -0 "$(cat "$pid")"
}
