# SPDX-License-Identifier: GPL-2.0-only
# What bats tests say about results.  Each prints what it found when it fails.
# shellcheck shell=bash

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# assert_eq GOT WANTED [WHAT]
assert_eq() {
	[ "$1" = "$2" ] || fail "${3:-value}: got '$1', wanted '$2'"
}

# assert_has TEXT PART
assert_has() {
	case $1 in
	*"$2"*) ;;
	*) fail "no '$2' in: $1" ;;
	esac
}

# assert_at_most NUMBER LIMIT WHAT: numbers may have decimals
assert_at_most() {
	awk -v n="$1" -v max="$2" 'BEGIN { exit !(n <= max) }' ||
		fail "$3: $1, must be at most $2"
}

# within SECONDS COMMAND...: until COMMAND succeeds, asking ten times a second
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "not within the time: $*" || return
		sleep 0.1
	done
}

# refuses 'TEXT' COMMAND...: COMMAND fails, says TEXT in one line on stderr and
# nothing on stdout
refuses() {
	local text=$1 out err status=0
	shift
	err=$(mktemp "$BATS_TEST_TMPDIR/err.XXXXXX")
	out=$("$@" 2>"$err" </dev/null) || status=$?
	[ "$status" -ne 0 ] || fail "succeeded: $*" || return
	assert_eq "$out" "" "stdout of: $*" || return
	assert_eq "$(wc -l <"$err")" 1 "lines of complaint from: $* ($(cat "$err"))" ||
		return
	assert_has "$(cat "$err")" "$text"
}

# story NAME: the verdict on one of the stories that a script told in the guest.
# It wrote its remarks (# ...), then "ok NAME" or "not ok NAME", to $VERDICTS;
# $stories are those asked for.
story() {
	local part
	[[ " ${stories[*]} " = *" $1 "* ]] || skip "only in the soak on $HV"
	part=$(awk -v name="$1" '
		/^(not )?ok / { if ($0 ~ "^(not )?ok " name " ") { print part $0; exit }
			part = ""; next }
		{ part = part $0 "\n" }' "$VERDICTS")
	printf '%s\n' "${part:-$(tail -n 40 "$VERDICTS")}"
	[[ "${part##*$'\n'}" = "ok "* ]] || fail "story $1"
}
