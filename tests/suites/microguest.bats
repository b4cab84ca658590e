#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each micro-guest of tests/guest/ boots as dom0 and passes: it says what could
# be wrong at its head. Of our hypervisor both builds are tried: the release one,
# and the one with assertions, which also recounts all references at the end of
# each story. HV=xen runs them on the reference platform.

setup_file() {
	[ "${HV:-hospes}" = xen ] || make -s -C "$BATS_TEST_DIRNAME/../../hypervisor" DEBUG=1
}

# Both builds at once, unless the story has several processors of its own.
story() {
	local run=$BATS_TEST_DIRNAME/../guest/run release failed=
	if [ "${HV:-hospes}" = xen ]; then
		"$run" --hv xen "$1"
		return
	fi
	if grep -q 'machine:.* smp=' "$BATS_TEST_DIRNAME/../guest/$1/main.c"; then
		"$run" "$1"
		"$run" --debug "$1"
		return
	fi
	"$run" "$1" >"$BATS_TEST_TMPDIR/release" 2>&1 3>&- &
	release=$!
	"$run" --debug "$1" || failed=1
	wait $release || failed=1
	cat "$BATS_TEST_TMPDIR/release"
	[ -z "$failed" ]
}

@test "every micro-guest has a test here" {
	# sched-shares takes a minute: the sched suite has it
	"$BATS_TEST_DIRNAME/../guest/run" --list | sort |
		grep -vx sched-shares >"$BATS_TEST_TMPDIR/have"
	sed -n 's/^@test "story \(.*\)" .*/\1/p' "$BATS_TEST_FILENAME" | sort |
		diff - "$BATS_TEST_TMPDIR/have"
}

# Each boot of these runs many guests, one story each, so that they cost less.
@test "at least forty stories run as an unprivileged guest" {
	local n
	n=$(cat "$BATS_TEST_DIRNAME"/../guest/domu-*/main.c | grep -c '^	{ "')
	echo "$n"
	[ "$n" -ge 40 ]
}

@test "a story of a flush fails when that flush is taken out" {
	[ "${HV:-hospes}" != xen ] || skip "our sources only"
	"$BATS_TEST_DIRNAME/../guest/mutate"
}

@test "story baseptr" { story baseptr; }
@test "story console-input" { story console-input; }
@test "story copy-out" { story copy-out; }
@test "story cpuid" { story cpuid; }
@test "story crash-hypervisor" { story crash-hypervisor; }
@test "story crash-noreboot" { story crash-noreboot; }
@test "story crash-stack" { story crash-stack; }
@test "story debug-registers" { story debug-registers; }
@test "story descriptors" { story descriptors; }
@test "story domctl" { story domctl; }
@test "story domu-deaths" { story domu-deaths; }
@test "story domu-events" { story domu-events; }
@test "story domu-grants" { story domu-grants; }
@test "story domu-hypercalls" { story domu-hypercalls; }
@test "story domu-races" { story domu-races; }
@test "story events" { story events; }
@test "story events-fifo" { story events-fifo; }
@test "story evtchn-limits" { story evtchn-limits; }
@test "story exceptions" { story exceptions; }
@test "story exchange" { story exchange; }
@test "story exchange-hostile" { story exchange-hostile; }
@test "story failsafe" { story failsafe; }
@test "story fifo-hostile" { story fifo-hostile; }
@test "story foreign-frames" { story foreign-frames; }
@test "story fpu-isolation" { story fpu-isolation; }
@test "story fpu-ts" { story fpu-ts; }
@test "story grant-limits" { story grant-limits; }
@test "story grant-pte" { story grant-pte; }
@test "story grant-v2" { story grant-v2; }
@test "story grants-self" { story grants-self; }
@test "story hello" { story hello; }
@test "story hypercall-cost" { story hypercall-cost; }
@test "story hypercall-fuzz" { story hypercall-fuzz; }
@test "story int-n" { story int-n; }
@test "story interdomain-self" { story interdomain-self; }
@test "story io-ports" { story io-ports; }
@test "story iret-attack" { story iret-attack; }
@test "story iret-bad-target" { story iret-bad-target; }
@test "story l4-slots" { story l4-slots; }
@test "story ldt" { story ldt; }
@test "story map-tables-writable-first" { story map-tables-writable-first; }
@test "story mmu-update" { story mmu-update; }
@test "story msrs" { story msrs; }
@test "story multicall" { story multicall; }
@test "story multicall-hostile" { story multicall-hostile; }
@test "story nested-faults" { story nested-faults; }
@test "story nmi" { story nmi; }
@test "story noncanonical" { story noncanonical; }
@test "story pagetable-write" { story pagetable-write; }
@test "story pin-rules" { story pin-rules; }
@test "story pirq" { story pirq; }
@test "story populate-large" { story populate-large; }
@test "story privileged-args" { story privileged-args; }
@test "story preemption" { story preemption; }
@test "story pt-emulation" { story pt-emulation; }
@test "story ptwr-edges" { story ptwr-edges; }
@test "story race-pin" { story race-pin; }
@test "story race-tables" { story race-tables; }
@test "story registered-areas" { story registered-areas; }
@test "story reservation" { story reservation; }
@test "story sched-ops" { story sched-ops; }
@test "story segments" { story segments; }
@test "story steal" { story steal; }
@test "story superpages" { story superpages; }
@test "story suspend" { story suspend; }
@test "story timers" { story timers; }
@test "story tlb-foreign-unmap" { story tlb-foreign-unmap; }
@test "story tlb-free-reuse" { story tlb-free-reuse; }
@test "story tlb-grant-unmap" { story tlb-grant-unmap; }
@test "story tlb-l2-unhook" { story tlb-l2-unhook; }
@test "story tlb-retype" { story tlb-retype; }
@test "story user-canonical" { story user-canonical; }
@test "story user-mode" { story user-mode; }
@test "story user-segments" { story user-segments; }
@test "story vcpu-info-move" { story vcpu-info-move; }
@test "story vcpu-updown" { story vcpu-updown; }
@test "story victim-contexts" { story victim-contexts; }
@test "story victim-frames" { story victim-frames; }
@test "story wakeups" { story wakeups; }
@test "story wallclock" { story wallclock; }
@test "story watchdog" { story watchdog; }
@test "story wrong-levels" { story wrong-levels; }
@test "story xsetbv" { story xsetbv; }
