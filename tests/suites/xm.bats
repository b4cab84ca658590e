#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded in dom0
# xm as people and programs meet it: its formats beside xl's, what it refuses,
# guests from creation to end, and the supervisor, killed at each of its steps.

bats_require_minimum_version 1.5.0
load ../lib/assert
load ../lib/qemu

setup_file() {
	"$top/lab/images" >&2
	make -s -C "$top" userspace >&2
	export DIR DRIVERS=stock
	if [ "$HV" = hospes ]; then
		make -s -C "$top" modules >&2
		DRIVERS=ours
	fi
	DIR=$(mktemp -d "${TMPDIR:-/tmp}/xm-suite.XXXXXX")
	"$top/tests/images/build" "$DIR/guest.elf"
	cp "$top/tests/lib/xm-dom0.sh" "$DIR/"
}

teardown_file() {
	rm -rf "$DIR"
}

# in_dom0 FUNCTION [FILE...]: of xm-dom0.sh; it must end with "all right"
in_dom0() {
	local function=$1 file files=()
	shift
	for file in "$DIR/guest.elf" "$DIR/xm-dom0.sh" "$@"; do
		files+=(--add "$file")
	done
	run lab_run --smp "${SMP:-1}" --drivers "$DRIVERS" --tools xm "${files[@]}" \
		--timeout 900 -- "STEPS='${STEPS:-}' bash /root/xm-dom0.sh $function"
	echo "$output"
	assert_eq "$status" 0 status || return
	assert_eq "${lines[-1]}" "all right"
}

# Could be wrong: a column, a header, a key that programs have parsed for years.
@test "what is printed is what programs parse" {
	in_dom0 formats
}

# Could be wrong: a byte of what has been printed for years. After a change that
# is meant: HOSPES_GOLDEN=1 bats -f byte tests/suites/xm.bats
@test "what is printed is to the byte what it was" {
	local out=$DIR/golden golden=$top/tests/lib/xm-golden.txt
	in_dom0 golden >"$out" || {
		cat "$out"
		return 1
	}
	sed -n '/^== end/q; /^== /,$p' "$out" >"$out.got"
	[ -z "${HOSPES_GOLDEN-}" ] || cp "$out.got" "$golden"
	diff -u "$golden" "$out.got"
}

# Could be wrong: JSON that no reader of JSON takes.
@test "what is printed as JSON is JSON" {
	[ -s "$DIR/golden" ] || in_dom0 golden >"$DIR/golden"
	run python3 "$top/tests/lib/json-answers.py" "$DIR/golden"
	echo "$output"
	assert_eq "$output" '13 answers'
}

# Could be wrong: a line that the program which asks most often cannot read.
# Paused and idle are running (0) for it, down is 1, what crashed is left out;
# who reads the memory of all finds what the hypervisor keeps.
@test "list and info are read by Ganeti's own parser" {
	local deb
	deb=$("$top/tests/lib/debian-package" ganeti-3.0) ||
		skip "Debian's package ganeti-3.0 is not to be had"
	[ -s "$DIR/golden" ] || in_dom0 golden >"$DIR/golden"
	run python3 "$top/tests/lib/ganeti-parse.py" "$deb" "$DIR/golden"
	echo "$output"
	assert_eq "$status" 0 status
	for line in 'Domain-0 0 [0-9]* 1 0 True' 'idle [0-9]* 8 1 0 True' \
		'ended0 [0-9]* 8 1 1 True' 'ended1 [0-9]* 8 1 0 True' \
		'never [0-9]* 8 1 0 True' 'cpu_total 1' 'cpu_nodes 1' \
		'cpu_sockets 1' 'cpu_dom0 1' 'hv_version (4, 17)' \
		'memory_total [0-9]*' 'memory_free [0-9]*' 'memory_hv [0-9]*'; do
		grep -qx -- "$line" <<<"$output" || fail "no line: $line"
	done
	! grep -q '^ended3' <<<"$output" || fail 'what crashed is listed'
}

# Could be wrong: a sysctl or domctl that other tools ask for figures.
@test "xl and xentop read the scheduler's figures" {
	in_dom0 figures
}

# Could be wrong: a shell or script for what can be done without.
@test "create starts no other program" {
	in_dom0 execs
}

# Could be wrong: exit codes, texts, and things half made.
@test "what is wrong is refused, and nothing is left of it" {
	in_dom0 refusals
}

# Could be wrong: a guest that does not start, stop, or leaves something.
@test "guests are created, paused, renamed, tuned, shut down and destroyed" {
	in_dom0 lifecycle
}

# Could be wrong: any of on_poweroff, on_reboot and on_crash times four actions.
@test "the supervisor does what the configuration says" {
	in_dom0 policies
}

# Could be wrong: one that does not start, or starts twice, or stops guests.
@test "the service starts, restarts and stops without the guests" {
	in_dom0 service
}

# Could be wrong: a unit that systemd does not start, or does not start again
# after its process was killed, or whose stop takes the guests along.
@test "under systemd the service does the same" {
	local deb
	deb=$("$top/tests/lib/debian-package" systemd libsystemd-shared \
		libapparmor1 libfdisk1) ||
		skip "Debian's package systemd is not to be had"
	tar -C "$deb" --exclude=./usr/share/doc --exclude=./usr/share/locale \
		--exclude=./usr/share/man -cf "$DIR/systemd.tar" .
	in_dom0 systemd "$DIR/systemd.tar"
}

# Could be wrong: whatever a process leaves that is killed between two steps.
@test "killed at any step of create, destroy and restart, nothing is lost" {
	in_dom0 kills
}

# Could be wrong: a crash that the supervisor did not live to act on.
@test "killed at a step of what a crash leads to, nothing is lost" {
	local steps='restart-intent destroy-killed restart-created'
	[ "${HOSPES_SOAK:-0}" != 1 ] || steps=all
	STEPS=$steps in_dom0 crash_kills
}

# Could be wrong: an interface that is no port any more, a disk without its file.
@test "what a driver forgets when it is bound or loaded anew, it is told again" {
	[ "$DRIVERS" = ours ] || skip "our backends are asked for their files"
	in_dom0 rewires "$top/kmod/blkback/hospes_blkback.ko" \
		"$top/kmod/netback/hospes_netback.ko"
}

# Could be wrong: the rule that has udev start a vcpu that comes back.
@test "udev starts a vcpu that vcpu-set has given back" {
	local deb
	deb=$("$top/tests/lib/debian-package" udev) ||
		skip "Debian's package udev is not to be had"
	tar -C "$deb" --exclude=./usr/share/doc -cf "$DIR/udev.tar" .
	SMP=2 in_dom0 udev "$DIR/udev.tar"
}
