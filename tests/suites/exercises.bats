#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# The tutorials' exercises: what they claim holds, and their report says so in
# one page. Without HOSPES_SOAK=1 only how the runner judges is tested: the
# exercises need a quarter of an hour, and more on a busy machine.
# HOSPES_EXERCISES="P1 N2" runs these.

bats_require_minimum_version 1.5.0
export HV=${HV:-hospes}
load ../lib/assert
load ../lib/qemu

setup_file() {
	export out=$HOSPES_TEST_OUT/exercises said=$BATS_FILE_TMPDIR/said
	local names
	read -ra names <<<"${HOSPES_EXERCISES-}"
	[ "${HOSPES_SOAK:-0}" != 1 ] || names=(all)
	mkdir -p "$out"
	rm -f "$out"/*
	[ ${#names[@]} -gt 0 ] || return 0
	"$top/lab/images" >&2
	"$top/lab/exercise" "${names[@]}" --hv "$HV" --out "$out" \
		>"$said" 2>&1 || echo "status $?" >>"$said"
	sed 's/^/# /' "$said" >&3
}

# holds NAME: it has come to its end, and all it claims is true
holds() {
	local transcript=$out/$1-$HV.txt
	[ -e "$transcript" ] || skip "HOSPES_SOAK=1, or HOSPES_EXERCISES=$1"
	cat "$transcript"
	! grep "^lab/exercise: $1 on " "$said" || fail "$1" || return
	grep -q '^\* holds: ' "$transcript"
}

@test "E2: three virtual machines from one image" { holds E2; }
@test "E3: a login prompt on three consoles" { holds E3; }
@test "E4: three machines with leases reach each other" { holds E4; }
@test "P1: hdparm on one, two and three guests, files and volumes" { holds P1; }
@test "P2: bc in dom0 and in guests, and its scaling" { holds P2; }
@test "P3: weights" { holds P3; }
@test "P4: dom0_mem" { holds P4; }
@test "P5: guests of one to four virtual CPUs" { holds P5; }
@test "P7: a cap, and a weight on an idle host" { holds P7; }
@test "N1: a star" { holds N1; }
@test "N2: a gateway" { holds N2; }
@test "N3: a file system that is added to a running guest" { holds N3; }
@test "B1: prueba" { holds B1; }
@test "B8: vcpu-list, vcpu-pin, vcpu-set" { holds B8; }
@test "B9: sched-credit" { holds B9; }

@test "the report is one page without other files, and its pictures are sound" {
	[ -e "$out/report.html" ] || skip "with HOSPES_SOAK=1"
	python3 - "$out/report.html" <<-'END'
	import re, sys, xml.dom.minidom
	page = open(sys.argv[1], encoding='utf-8').read()
	pictures = re.findall(r'<svg .*?</svg>', page, re.S)
	for picture in pictures:
	    xml.dom.minidom.parseString(picture)
	assert not re.search(r'(src|href)="(?!#)', page), 'it points elsewhere'
	assert page.count('<details>') == page.count('<section '), 'transcripts'
	END
}

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
