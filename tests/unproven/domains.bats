#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# Guests with the distribution's kernel, made and ended by a toolstack: many of
# them, again and again, and all they took comes back. The machine boots once;
# tests/lib/domains.sh works in its dom0 and says what it found. TOOLS=xm uses
# our tool.

bats_require_minimum_version 1.5.0
load ../lib/assert
load ../lib/qemu

setup_file() {
	export HV=${HV:-hospes} FOUND=$BATS_FILE_TMPDIR/found
	"$top/lab/images" >&2
	# shellcheck disable=SC2034 # read by this_log
	BATS_TEST_DESCRIPTION=domains
	lab_run --smp 2 --mem 4096 --fresh --tools "${TOOLS:-xl}" \
		--boot-timeout 300 --timeout 2400 \
		--add "$top/tests/lib/domains.sh" -- "
		export TOOLSTACK=${TOOLS:-xl} COUNT_KILLS=$(soak 30 3)
		export COUNT_CYCLES=$(soak 200 20) COUNT_REBOOTS=$(soak 50 5)
		for section in $(sections); do
			timeout 600 /root/domains.sh \$section
		done" >"$FOUND" || true
	cat "$FOUND" >&2
}

soak() { [ "${HOSPES_SOAK:-0}" = 1 ] && echo "$1" || echo "$2"; }

# On real Xen it is a smoke test of the tool.
sections() {
	if [ "$HV" = xen ]; then
		echo four_vcpus
	else
		echo cost cycles big four_vcpus reboots many
		[ "${TOOLS:-xl}" != xm ] || echo killed
	fi
}

ours_only() {
	[ "$HV" = hospes ] || skip "asks our hypervisor's console keys"
}

# found NAME: what was said of it
found() {
	sed -n "s/^$1 //p" "$FOUND"
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
	assert_eq "$(found cycles-free-after)" "$(found cycles-free-before)" \
		"free pages"
}

@test "a guest that reboots leaves nothing behind" {
	ours_only
	assert_eq "$(found reboots)" "$(soak 50 5)" reboots
	assert_eq "$(found reboots-free-after)" \
		"$(found reboots-free-before)" "free pages"
}

@test "twenty guests at once, then none" {
	ours_only
	assert_eq "$(found many)" 20 guests
	assert_eq "$(found many-answer)" "Linux 1 "
	assert_eq "$(found many-free-after)" "$(found many-free-before)" \
		"free pages"
}

# Could be wrong: memory zeroed, or tables taken apart, in one go.
@test "a guest of 1 GiB is gone in a second, and clocks of others go on" {
	ours_only
	[ -n "$(found destroy-ms)" ] || fail "not measured"
	assert_at_most "$(found destroy-ms)" 1000 "ms to destroy"
	assert_at_most "$(found clock-stood-cs)" 50 "1/100 s without a look"
}

@test "a guest of four vcpus works on two CPUs" {
	assert_eq "$(found vcpus)" "4 done done done done " "its words"
}

# Could be wrong: a tool that is killed leaves half a domain.
@test "a create that is killed leaves nothing behind" {
	ours_only
	[ "${TOOLS:-xl}" = xm ] || skip "xl leaves it to the user"
	assert_eq "$(found killed-left | sort -u)" 0 "guests left"
	assert_eq "$(found killed-free-after)" "$(found killed-free-before)" \
		"free pages"
}
