#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# How CPU time is shared: the figures of tests/guest/sched-shares, which counts
# instructions as time, so that they repeat; on ours beside those of Xen's
# credit scheduler in the same story. And vcpus that go and come back.

bats_require_minimum_version 1.5.0
load ../lib/assert
load ../lib/qemu

setup_file() {
	[ "${HV:-hospes}" = hospes ] || skip "promises of ours"
	export HV=hospes FOUND=$BATS_FILE_TMPDIR/found
	export XEN=$BATS_FILE_TMPDIR/xen
	"$top/lab/images" >&2
	for _ in 1 2 3; do # Xen's boot hangs now and then under emulation
		HV_ARGS=sched=credit "$top/tests/guest/run" --hv xen --show \
			sched-shares >"$XEN" || true
		[ -z "$(figure wake-p99-us "$XEN")" ] || break
	done
	"$top/tests/guest/run" --show sched-shares >"$FOUND" || true
	grep -h '^guest:' "$FOUND" "$XEN" >&2
}

# figure NAME [FILE]
figure() {
	sed -n "s/^guest: figure $1 //p" "${2:-$FOUND}"
}

between() { # NUMBER LEAST MOST WHAT
	[ -n "$1" ] || fail "$4: not measured" || return
	if [ "$1" -lt "$2" ] || [ "$1" -gt "$3" ]; then
		fail "$4: $1, must be from $2 to $3"
	fi
}

@test "the story ends" {
	grep -qx 'guest: story sched-shares: PASS' "$FOUND"
}

@test "weights of 256 and 512 share a CPU as 1 to 2 within 5 %" {
	between "$(figure ratio-256-512-permille)" 1900 2100 "their ratio"
}

@test "a cap of 50 is 50 % within 3" {
	between "$(figure cap-50-permille)" 470 530 "used of 1000"
}

@test "five weights on two CPUs: the error is not above Xen's" {
	local xen
	xen=$(figure mean-share-error-permille "$XEN")
	between "$(figure mean-share-error-permille)" 0 "${xen:-0}" "the error"
}

@test "a guest that is pinned stays there" {
	between "$(figure pinned-seen-elsewhere)" 0 0 "seen elsewhere"
}

@test "of 16 vcpus that compute on two CPUs none waits for 100 ms" {
	between "$(figure longest-wait-us)" 1 100000 "the longest wait, us"
}

@test "who wakes up beside one that computes is not later than on Xen" {
	local xen
	xen=$(figure wake-p99-us "$XEN")
	between "$(figure wake-p99-us)" 0 "${xen:-0}" "99 % of wake-ups, us"
}

# Could be wrong: a processor that is taken away while it computes, or comes back
# without its timers; in a guest and in dom0, both computing on two CPUs.
@test "vcpus go and come back under load, in a guest and in dom0" {
	local count=5
	[ "${HOSPES_SOAK:-0}" != 1 ] || count=100
	make -s -C "$top" userspace modules >&2
	run lab_run --smp 2 --drivers ours --tools xm --timeout 3000 \
		--add "$top/tests/lib/domains.sh" -- \
		"COUNT_VCPU_SETS=$count bash /root/domains.sh vcpu_sets"
	echo "$output"
	assert_eq "$status" 0 status || return
	assert_eq "${lines[-1]}" "vcpu-sets $count"
}
