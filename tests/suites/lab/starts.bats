#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded in dom0
# lab/run with the host to itself: how long it takes, several at once, and what
# is left in the cache that all suites share when one is ended.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

setup_file() {
	"$top/lab/images" >&2
	lab_run -- true # the saved state that the tests share
}

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

# Could be wrong: runs wait for each other, share a disk or a channel.
@test "several runs go on at the same time, each with its own disk" {
	local go
	mkfifo "$BATS_TEST_TMPDIR/go"
	exec {go}<>"$BATS_TEST_TMPDIR/go"
	# it lives until it is told to go on
	lab_run --log "$(this_log 1)" -i -- '
		echo one >/root/mark; sync; read -r _; cat /root/mark' \
		<"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/one" 3>&- {go}>&- &
	local first=$!
	within 200 qemu_of "$(this_log 1)"
	run lab_run -- 'cat /root/mark; echo two >/root/mark; sync; cat /root/mark'
	assert_eq "${lines[*]: -1}" two "the second run's file"
	assert_has "$output" "No such file"
	kill -0 $first || fail "the first run ended before the second"
	echo >&"$go"
	wait $first
	exec {go}>&-
	assert_eq "$(cat "$BATS_TEST_TMPDIR/one")" one "the first run's file"
	run lab_run -- 'ls /root/mark'
	assert_eq "$status" 2 "a later run finds no file"
}

# Nothing of ours may be in TMPDIR, nothing half made in the cache.
no_leftovers() {
	local left
	left=$(find "$TMPDIR" -mindepth 1)
	[ -z "$left" ] || fail "left in TMPDIR: $left"
	left=$(find "${HOSPES_CACHE:-$top/lab/cache}" -maxdepth 1 -name '.new-state*')
	[ -z "$left" ] || fail "left in the cache: $left"
}

# interrupt SIGNAL STATUS LOG-TEXT OPTION...: start a run, send it SIGNAL when
# LOG-TEXT is on the console (of a state that is made: anything), look around
interrupt() {
	local signal=$1 want=$2 log pid status=0
	shift 2
	log=$(this_log "$signal")
	# what bats starts in the background would ignore SIGINT
	env --default-signal=INT,TERM "$top/lab/run" --hv "$HV" --log "$log" \
		"$@" -- 'sleep 1000' 3>&- >/dev/null 2>&1 &
	pid=$!
	within 200 pgrep -P "$pid" -f 'qemu|labvm' >/dev/null ||
		return # the shell, or the program it became, has a child
	kill "-$signal" "$pid"
	within 100 eval "! kill -0 $pid 2>/dev/null" || return
	wait "$pid" || status=$?
	assert_eq "$status" "$want" "status after $signal" || return
	within 60 no_qemu_of "$log"
}

# Could be wrong: QEMU, its files or a lock outlive a run that is ended.
@test "Ctrl-C, TERM and even KILL leave no process and no file" {
	interrupt INT 130
	interrupt TERM 143
	interrupt KILL 137
	no_leftovers
}

@test "Ctrl-C while a state is made leaves no process, no file, no lock" {
	# an amount of memory that nobody else uses
	interrupt INT 130 --mem 1537
	no_leftovers
	interrupt INT 130 --mem 1537
	no_leftovers
}

seconds_since() { # EPOCHREALTIME
	awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }'
}

@test "a warm start takes at most 5 s" {
	local best=99 start took i
	for i in {1..20}; do # the host may have other things to do
		start=$EPOCHREALTIME
		lab_run -- true
		took=$(seconds_since "$start")
		best=$(awk -v a="$best" -v b="$took" 'BEGIN { print a < b ? a : b }')
		[ "$i" -lt 5 ] || [ "${best%.*}" -ge 5 ] || break
	done
	echo "# warm start: $best s (best of $i)" >&3
	assert_at_most "$best" 5 "seconds of a warm start"
}

@test "a fresh boot takes at most 30 s" {
	local start took i
	# the first may find cold caches, and the host have other things to do
	for i in {1..8}; do
		start=$EPOCHREALTIME
		lab_run --fresh -- true
		took=$(seconds_since "$start")
		echo "# fresh boot: $took s" >&3
		[ "${took%.*}" -ge 30 ] || return 0
	done
	fail "a fresh boot takes $took s"
}
