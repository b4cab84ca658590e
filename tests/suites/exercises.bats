#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# The tutorials' exercises: what they claim holds, and their report says so in
# one page. They need 25 minutes; HOSPES_EXERCISES="P1 N2" runs these only. How
# the runner judges is in tests/unit/exercises.bats.

bats_require_minimum_version 1.5.0
export HV=${HV:-hospes}
load ../lib/assert
load ../lib/qemu

setup_file() {
	export out=$HOSPES_TEST_OUT/exercises said=$BATS_FILE_TMPDIR/said
	local names
	read -ra names <<<"${HOSPES_EXERCISES:-all}"
	mkdir -p "$out"
	rm -f "$out"/*
	"$top/lab/images" >&2
	"$top/lab/exercise" "${names[@]}" --hv "$HV" --out "$out" \
		>"$said" 2>&1 || echo "status $?" >>"$said"
	sed 's/^/# /' "$said" >&3
}

# holds NAME: it has come to its end, and all it claims is true
holds() {
	local transcript=$out/$1-$HV.txt
	[ -e "$transcript" ] || {
		[ -z "${HOSPES_EXERCISES-}" ] || skip "not one that is asked for"
		fail "it was not run: $(tail -n 3 "$said")" || return
	}
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
