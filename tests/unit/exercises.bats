#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats sets output, lines, status
# Could be wrong: the runner of the exercises lets one pass that claims nothing,
# did not end, or failed; a name that it does not know costs a boot.

bats_require_minimum_version 1.5.0
load ../lib/assert

setup() { top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd); }

# fake LINE...: results of an exercise called N1, judged
fake() {
	mkdir -p "$BATS_TEST_TMPDIR/fake"
	printf '%b\n' '@@ begin\tN1' "$@" >"$BATS_TEST_TMPDIR/fake/hospes"
	run "$top/lab/exercises/report" "$BATS_TEST_TMPDIR/fake" test N1 -- \
		"$BATS_TEST_TMPDIR/fake/hospes"
}

@test "a claim that does not hold, or no end, fails and is named" {
	fake '@@ claim\tok\tfine' '@@ end\tN1\t0\t1.0'
	assert_eq "$status" 0 "of one that holds" || return
	fake '@@ claim\tok\tfine' '@@ claim\tfailed\tthe moon' '@@ end\tN1\t0\t1.0'
	assert_eq "$status" 1 status || return
	assert_eq "$output" "lab/exercise: N1 on Hospes does not hold: the moon" ||
		return
	fake '@@ claim\tok\tfine' '@@ end\tN1\t7\t1.0'
	assert_eq "$status" 1 "of one that failed" || return
	fake '@@ claim\tok\tfine'
	assert_eq "$status" 1 "of one that did not end" || return
	fake '@@ end\tN1\t0\t1.0'
	assert_eq "$status" 1 "of one that claims nothing"
}

@test "wrong names and options are one line" {
	refuses "no exercise 'X9'; there are: B1 " "$top/lab/exercise" X9 &&
		refuses "--hv 'kvm'" "$top/lab/exercise" P1 --hv kvm &&
		refuses "--exponent 'x'" "$top/lab/exercise" P2 --exponent x &&
		refuses "unknown option --nonsense" "$top/lab/exercise" --nonsense
}

@test "without a name there is a list" {
	run "$top/lab/exercise"
	assert_eq "$status" 0 status || return
	assert_eq "$(printf '%s\n' "${lines[@]}" | awk '{ print $1 }' | paste -sd' ')" \
		"B1 B8 B9 E2 E3 E4 N1 N2 N3 P1 P2 P3 P4 P5 P7"
}
