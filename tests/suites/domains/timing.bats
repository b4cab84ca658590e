#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# How long the end of a large guest takes, for its tool and for others. Nothing
# else runs on the machine that tests.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu
load ../../lib/domains

setup_file() {
	[ "${HV:-hospes}" = hospes ] || skip "a promise of ours"
	export HV=hospes FOUND=$BATS_FILE_TMPDIR/found
	# shellcheck disable=SC2034 # read by this_log
	BATS_TEST_DESCRIPTION=domains-timing
	in_dom0 big
}

# Could be wrong: memory zeroed, or tables taken apart, in one go.
@test "a guest of 1 GiB is gone in a second, and clocks of others go on" {
	[ -n "$(found destroy-ms)" ] || fail "not measured"
	assert_at_most "$(found destroy-ms)" 1000 "ms to destroy"
	assert_at_most "$(found clock-stood-cs)" 50 "1/100 s without a look"
}
