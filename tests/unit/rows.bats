#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats sets output, lines
# tests/rows and the table that tests/rows-status makes of it.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# names_of SUITE: of its tests, one a line
names_of() {
	local path
	for path in "$top/tests/suites/$1.bats" "$top/tests/suites/$1"/*.bats \
		"$top/tests/unproven/$1.bats" "$top/tests/unproven/$1"/*.bats \
		"$top/tests/$1.bats"; do
		[ ! -e "$path" ] || sed -n 's/^@test "\(.*\)" {.*/\1/p' "$path"
	done
}

# What could be wrong: a test that has another name by now, so that its row is
# never shown.
@test "rows: every test that a row names is there" {
	local suite name bad=0 test
	while IFS= read -r test; do
		test=$(xargs -d '\n' <<<"$test" | sed 's/^ *//; s/ *$//')
		suite=${test%%:*} name=${test#*:}
		[ "$suite" != missing ] || continue
		if [ "$suite" = "$test" ]; then
			[ -e "$top/tests/${suite}_test.c" ] ||
				[ -e "$top/tests/$suite.bats" ] ||
				{ echo "no $test"; bad=1; }
		else
			names_of "$suite" |
				awk -v n="$name" 'index($0, n) == 1 { found = 1 }
					END { exit !found }' ||
				{ echo "no test '$name' in $suite"; bad=1; }
		fi
	done < <(sed '/^#/d' "$top/tests/rows" | tr '\n' '~' |
		sed 's/~\t/ /g' | tr '~' '\n' | cut -d'|' -f3 | tr ';' '\n')
	[ $bad -eq 0 ]
}

@test "rows: the state of a row is that of its tests" {
	local dir=$BATS_TEST_TMPDIR
	mkdir -p "$dir/tests" "$dir/out/test/one-xen" "$dir/out/test/one-hospes" \
		"$dir/out/unit"
	cp "$top/tests/rows-status" "$dir/tests/"
	printf '%s\n' '1 | good | one:good; unit/two' '2 | bad | one:bad' \
		'3 | skipped | one:skipped' '4 | part | one:good; missing: rest' \
		'5 | none | missing: all' '6 | gone | one:gone; one:good' \
		'7 | one of two | one:half' >"$dir/tests/rows"
	printf '%s\n' 'ok 1 good one' 'not ok 2 bad one' \
		'ok 3 skipped one # skip no reason' 'ok 4 half' \
		>"$dir/out/test/one-xen/one.tap"
	printf '%s\n' 'ok 1 good one' 'ok 2 bad one' 'not ok 3 half' \
		>"$dir/out/test/one-hospes/one.tap"
	echo 'ok 1 - any' >"$dir/out/unit/two.log"
	run -0 "$dir/tests/rows-status"
	[[ $output = *'1 passed, 2 failed, 2 not run, 1 in part, 1 missing, of 7'* ]]
	run -0 bash -c "'$dir/tests/rows-status' | sed -n 's/^| \([0-9]\) .*| \(.*\) |$/\1 \2/p'"
	[ "$output" = $'1 passed\n2 failed\n3 not run\n4 in part\n5 missing\n6 not run\n7 failed' ]
	# those of which not all has been run keep what an earlier run said of them
	"$dir/tests/rows-status" >"$dir/former"
	sed -i 's/^| \([36]\) \(.*\)| not run |$/| \1 \2| passed |/; s/failed |$/passed |/' \
		"$dir/former"
	run -0 bash -c "'$dir/tests/rows-status' --former '$dir/former' |
		sed -n 's/^| \([0-9]\) .*| \(.*\) |$/\1 \2/p'"
	[ "$output" = $'1 passed\n2 failed\n3 passed\n4 in part\n5 missing\n6 passed\n7 failed' ]
	sed -i 's/one:skipped/one:skip/' "$dir/tests/rows" # another test now
	run -0 bash -c "'$dir/tests/rows-status' --former '$dir/former' |
		sed -n 's/^| \(3\) .*| \(.*\) |$/\1 \2/p'"
	[ "$output" = '3 not run' ]
}
