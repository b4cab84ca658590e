#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each micro-guest of tests/guest/ boots as dom0 and passes: it says what could
# be wrong at its head. HV=xen runs them on the reference platform.

story() {
	"$BATS_TEST_DIRNAME/../guest/run" --hv "${HV:-hospes}" "$1"
}

@test "every micro-guest has a test here" {
	"$BATS_TEST_DIRNAME/../guest/run" --list | sort >"$BATS_TEST_TMPDIR/have"
	sed -n 's/^@test "story \(.*\)" .*/\1/p' "$BATS_TEST_FILENAME" | sort |
		diff - "$BATS_TEST_TMPDIR/have"
}

@test "story baseptr" { story baseptr; }
@test "story copy-out" { story copy-out; }
@test "story cpuid" { story cpuid; }
@test "story debug-registers" { story debug-registers; }
@test "story descriptors" { story descriptors; }
@test "story domctl" { story domctl; }
@test "story events" { story events; }
@test "story evtchn-limits" { story evtchn-limits; }
@test "story exceptions" { story exceptions; }
@test "story exchange" { story exchange; }
@test "story foreign-frames" { story foreign-frames; }
@test "story fpu-isolation" { story fpu-isolation; }
@test "story grants-self" { story grants-self; }
@test "story hello" { story hello; }
@test "story hypercall-fuzz" { story hypercall-fuzz; }
@test "story int-n" { story int-n; }
@test "story interdomain-self" { story interdomain-self; }
@test "story io-ports" { story io-ports; }
@test "story iret-attack" { story iret-attack; }
@test "story iret-bad-target" { story iret-bad-target; }
@test "story l4-slots" { story l4-slots; }
@test "story map-tables-writable-first" { story map-tables-writable-first; }
@test "story mmu-update" { story mmu-update; }
@test "story msrs" { story msrs; }
@test "story multicall" { story multicall; }
@test "story nested-faults" { story nested-faults; }
@test "story noncanonical" { story noncanonical; }
@test "story pagetable-write" { story pagetable-write; }
@test "story pin-rules" { story pin-rules; }
@test "story pirq" { story pirq; }
@test "story privileged-args" { story privileged-args; }
@test "story pt-emulation" { story pt-emulation; }
@test "story race-pin" { story race-pin; }
@test "story registered-areas" { story registered-areas; }
@test "story reservation" { story reservation; }
@test "story segments" { story segments; }
@test "story superpages" { story superpages; }
@test "story timers" { story timers; }
@test "story tlb-free-reuse" { story tlb-free-reuse; }
@test "story tlb-l2-unhook" { story tlb-l2-unhook; }
@test "story tlb-retype" { story tlb-retype; }
@test "story user-mode" { story user-mode; }
@test "story vcpu-updown" { story vcpu-updown; }
@test "story wrong-levels" { story wrong-levels; }
