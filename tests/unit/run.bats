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
	printf 'all modules userspace:\n' >"$tree/Makefile"
	printf '%s\n' 'good xen,hospes 100' 'bad hospes 10' 'slow hospes 1' \
		'left hospes 30' 'right hospes 30' 'single hospes 30 alone' \
		'night hospes 30 nightly' \
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

# meets SELF OTHER: lines that say SELF is here, and wait for OTHER to say so
meets() {
	cat <<-END
		touch ../met-$1
		timeout 100 sh -c 'until [ -e ../met-$2 ]; do sleep 0.1; done'
	END
}

# Could be wrong: they run one after the other; their lines get mixed.
@test "two suites run at once, and the output of each is whole" {
	suite left 'cd "$HOSPES_TEST_OUT"' 'echo left-one' \
		"$(meets left right)" 'echo left-two'
	suite right 'cd "$HOSPES_TEST_OUT"' 'echo right-one' \
		"$(meets right left)" 'echo right-two' false
	run -1 "$tree/tests/run" --jobs 2 left right
	last_line "1 passed, 1 failed, 0 skipped"
	[[ $output = *"right-one"$'\n'*"right-two"* ]]
	[ "$(grep -c '^== ' <<<"$output")" = 2 ]
	awk '/^== / { in_suite = $2 } /^# (left|right)-/ {
		if (index(in_suite, substr($2, 1, 4)) != 1) exit 1 }' <<<"$output"
}

@test "a suite that is to run alone does, and after the others" {
	suite left 'touch "$HOSPES_TEST_OUT/../left-runs"; sleep 1
		rm "$HOSPES_TEST_OUT/../left-runs"; touch "$HOSPES_TEST_OUT/../left-was"'
	suite right 'sleep 2; touch "$HOSPES_TEST_OUT/../right-was"'
	suite single '[ -e "$HOSPES_TEST_OUT/../left-was" ]
		[ -e "$HOSPES_TEST_OUT/../right-was" ]'
	run -0 "$tree/tests/run" --jobs 2 single left right
	last_line "3 passed, 0 failed, 0 skipped"
}

@test "a file of a folder that is to run alone does, the others do not" {
	mkdir "$tree/tests/suites/left"
	echo 'left hospes 30 b' >"$tree/tests/budgets"
	suite left/a 'touch "$HOSPES_TEST_OUT/a-runs"; sleep 1
		rm "$HOSPES_TEST_OUT/a-runs"; touch "$HOSPES_TEST_OUT/a-was"'
	suite left/b '[ -e "$HOSPES_TEST_OUT/a-was" ]
		[ -e "$HOSPES_TEST_OUT/c-was" ]'
	suite left/c 'touch "$HOSPES_TEST_OUT/c-was"'
	run -0 "$tree/tests/run" --jobs 2 left
	last_line "3 passed, 0 failed, 0 skipped"
}

@test "--jobs 1: one at a time, its output as it comes" {
	suite left '[ ! -e "$HOSPES_TEST_OUT/../runs" ]
		touch "$HOSPES_TEST_OUT/../runs"; sleep 1; rm "$HOSPES_TEST_OUT/../runs"'
	cp "$tree/tests/suites/left.bats" "$tree/tests/suites/right.bats"
	run -0 "$tree/tests/run" --jobs 1 left right
	last_line "2 passed, 0 failed, 0 skipped"
	run -2 --separate-stderr "$tree/tests/run" --jobs many left
	[[ $stderr = "test: --jobs is a number"* ]]
}

# Could be wrong: one part's failure, time or log is lost to another's.
@test "the files of a folder run side by side and count as one suite" {
	mkdir "$tree/tests/suites/left"
	suite left/a 'cd "$HOSPES_TEST_OUT"' "$(meets a b)"
	suite left/b 'cd "$HOSPES_TEST_OUT"' "$(meets b a)" false
	run -1 "$tree/tests/run" --jobs 2 left
	last_line "1 passed, 1 failed, 0 skipped"
	[ "$(grep -c '^left-hospes  .* 1 passed   1 failed' <<<"$output")" = 1 ]
	[ -s "$tree/out/test/left-hospes/a.tap" ]
	[ -s "$tree/out/test/left-hospes/b.tap" ]
}

@test "a nightly suite is run when it is named, and by the soak" {
	suite good true
	suite night true
	# lint and the others of the host are not in this tree
	run -1 "$tree/tests/run" --hv hospes
	grep -q '^good-hospes .* 1 passed' <<<"$output"
	! grep -q '^night' <<<"$output" || false
	run -1 "$tree/tests/run" --hv hospes --soak
	grep -q '^night-hospes .* 1 passed' <<<"$output"
	run -0 "$tree/tests/run" night
	last_line "1 passed, 0 failed, 0 skipped"
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

# gone PID: long before it would end by itself
gone() {
	timeout 100 sh -c 'while kill -0 "$1" 2>/dev/null; do sleep 0.1; done' _ "$1"
}

@test "a stop reaches what the suite has started" {
	suite good 'echo "$BASHPID" >"$HOSPES_TEST_OUT/pid"; exec sleep 600'
	"$tree/tests/run" --hv xen good >/dev/null 2>&1 3>&- &
	driver=$!
	pid=$tree/out/test/good-xen/pid
	timeout 100 bash -c 'until [ -s "$1" ]; do sleep 0.1; done' _ "$pid"
	kill -TERM "$driver"
	ended=0
	wait "$driver" || ended=$?
	[ "$ended" -eq 130 ]
	gone "$(cat "$pid")"
}

@test "a stop reaches all that run at the same time" {
	suite left 'echo "$BASHPID" >"$HOSPES_TEST_OUT/pid"; exec sleep 600'
	cp "$tree/tests/suites/left.bats" "$tree/tests/suites/right.bats"
	"$tree/tests/run" --jobs 2 left right >/dev/null 2>&1 3>&- &
	driver=$!
	timeout 100 bash -c 'until [ -s "$1" ] && [ -s "$2" ]; do sleep 0.1; done' _ \
		"$tree"/out/test/{left,right}-hospes/pid
	kill -TERM "$driver"
	ended=0
	wait "$driver" || ended=$?
	[ "$ended" -eq 130 ]
	gone "$(cat "$tree/out/test/left-hospes/pid")"
	gone "$(cat "$tree/out/test/right-hospes/pid")"
}
