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

# in_dom0 FUNCTION: of xm-dom0.sh; it must end with "all right"
in_dom0() {
	run lab_run --drivers "$DRIVERS" --tools xm --add "$DIR/guest.elf" \
		--add "$DIR/xm-dom0.sh" -- "bash /root/xm-dom0.sh $1"
	echo "$output"
	assert_eq "$status" 0 status || return
	assert_eq "${lines[-1]}" "all right"
}

# Could be wrong: a column, a header, a key that programs have parsed for years.
@test "what is printed is what programs parse" {
	in_dom0 formats
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

# Could be wrong: whatever a process leaves that is killed between two steps.
@test "killed at any step of create, destroy and restart, nothing is lost" {
	in_dom0 kills
}
