#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# Guests with the distribution's kernel, made and ended by xm through our
# privcmd: many of them, again and again, and all they took comes back. The
# machine boots once; tests/lib/domains.sh works in its dom0 and says what it
# found. On real Xen the smoke of it, with the kernel's own privcmd.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu
load ../../lib/domains

setup_file() {
	export HV=${HV:-hospes} FOUND=$BATS_FILE_TMPDIR/found
	# shellcheck disable=SC2034 # read by this_log
	BATS_TEST_DESCRIPTION=domains
	if [ "$HV" = xen ]; then
		in_dom0 basics four_vcpus
	else
		in_dom0 basics four_vcpus cost cycles reboots killed many
	fi
}

ours_only() {
	[ "$HV" = hospes ] || skip "asks our hypervisor's console keys"
}

# Could be wrong: any command of daily use.
@test "a guest from its creation to its end, each command once" {
	assert_eq "$(found basics)" "done"
}

# Could be wrong: tables made larger than a small guest needs.
@test "a guest of 128 MiB costs at most 64 KiB and its grant frames" {
	ours_only
	[ -n "$(found cost-pages)" ] || fail "not measured"
	# its grant table is one frame
	assert_at_most "$(found cost-pages)" $((16 + 1)) "pages"
}

# Could be wrong: a page, a port, a node or a reference that is not given back
# on one of the ways a guest can end.
@test "made and destroyed again and again, guests leave nothing behind" {
	ours_only
	assert_eq "$(found cycles)" "$(soak 200 20)" cycles
	all_back cycles
}

@test "a guest that reboots leaves nothing behind" {
	ours_only
	assert_eq "$(found reboots)" "$(soak 50 5)" reboots
	all_back reboots
}

@test "many guests at once, then none" {
	ours_only
	assert_eq "$(found many)" "$(soak 20 4)" guests
	assert_eq "$(found many-answer)" "Linux 1 "
	all_back many
}

@test "a guest of four vcpus works on two CPUs" {
	assert_eq "$(found vcpus)" "4 done done done done " "its words"
}

# Could be wrong: a tool that is killed leaves half a domain. Killed at each of
# its steps, and after some times; the supervisor undoes it.
@test "a create that is killed leaves nothing behind" {
	ours_only
	assert_eq "$(found killed-at | paste -sd' ')" \
		"created named built devices" steps
	assert_eq "$(found killed-missed)" ""
	assert_eq "$(found killed-after | wc -l)" "$(soak 30 3)" kills
	all_back killed
}
