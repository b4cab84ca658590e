#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# Faults, seeded one by one in one dom0: for each the right words, an exit code
# that is not 0, within its deadline, and nothing left behind. The run writes the
# table docs/faults.md, to $HOSPES_TEST_OUT/faults.md (HOSPES_FAULTS=1: to docs).

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

here=$BATS_TEST_DIRNAME

# stories_of FILE: in its order
stories_of() {
	sed -n 's/^fault_\([a-z_0-9]*\)() {.*/\1/p' "$here/$1.sh"
}

packed() { # FILE PACKAGE...: as much of them as dom0 needs, if they can be had
	local deb
	deb=$("$top/tests/lib/debian-package" "${@:2}") || return 0
	tar -C "$deb" --exclude=./usr/share/doc --exclude=./usr/share/locale \
		--exclude=./usr/share/man -cf "$BATS_FILE_TMPDIR/$1" .
	add+=(--add "$BATS_FILE_TMPDIR/$1:/root/$1")
}

setup_file() {
	export FOUND=$BATS_FILE_TMPDIR/found
	local add=() dir=$BATS_FILE_TMPDIR
	make -s -C "$top" modules userspace >&2
	"$top/tests/images/build" "$dir/xm-guest.elf"
	cc -O2 -o "$dir/holdpage" "$top/tests/dom0/holdpage.c" -Wl,-Bstatic \
		-lxenforeignmemory -lxengnttab -lxentoollog -Wl,-Bdynamic \
		-lxentoolcore
	packed iscsi.tar open-iscsi libisns0 libopeniscsiusr
	packed nbd.tar nbd-client libnl-3-200 libnl-genl-3-200 libgnutls30
	STORIES=${STORIES:-$(stories_of known) $(stories_of later)}
	BATS_TEST_DESCRIPTION=faults lab_run --drivers ours --tools xm \
		--timeout 1400 --add "$dir/xm-guest.elf" --add "$dir/holdpage" \
		--add "$here/known.sh" --add "$here/later.sh" \
		--add "$here/dom0.sh" "${add[@]}" -- \
		"bash /root/dom0.sh ${STORIES//$'\n'/ }; echo '== rows'; cat /root/rows" \
		>"$FOUND" 2>&1 || echo "exit status $?" >>"$FOUND"
	table >"$dir/faults.md"
	cp "$dir/faults.md" "$HOSPES_TEST_OUT/"
	[ -z "${HOSPES_FAULTS-}" ] || cp "$dir/faults.md" "$top/docs/"
}

table() {
	cat <<-'END'
	# Faults, and what is said of them

	Written by the suite `faults` (`HOSPES_FAULTS=1 bats tests/suites/faults`): each fault was
	seeded in the lab's dom0, on our hypervisor with our modules. The exit code is never 0, the
	answer came within its deadline, and afterwards domains, memory, xenstore, devices, loops,
	mounts and processes were as before. What can be known beforehand is said within 1 s, all
	else within 5 s; for a program that was killed (137) the supervisor answers, in its log.
	What waits for a disk's script says so within 5 s, and ends with its error after 10.
	Times are of a machine that QEMU emulates: the best of at most ten, as other work on the
	host only adds.

	| fault | command | what is said | exit | ms | at most |
	|---|---|---|---|---|---|
	END
	sed '1,/^== rows$/d' "$FOUND" | awk -F'|' 'NF == 7 {
		printf "| %s | `%s` | %s | %s | %s | %s |\n", $2, $3, $4, $5, $6, $7 }'
}

told() { # STORY
	local part
	part=$(awk -v name="$1" '
		/^(not )?ok / { if ($0 ~ "^(not )?ok " name " ") { print part $0; exit }
			part = ""; next }
		{ part = part $0 "\n" }' "$FOUND")
	printf '%s\n' "${part:-$(tail -n 40 "$FOUND")}"
	[[ "${part##*$'\n'}" = "ok "* ]]
}

# all_of FILE: those that were not told well, or not at all
all_of() {
	local story bad=0
	for story in $(stories_of "$1"); do
		told "$story" || bad=$((bad + 1))
	done
	assert_eq $bad 0 "faults that were not answered"
}

# Could be wrong: a text that names something else, a command that waits for what
# cannot come, half a guest.
@test "what can be known beforehand is said within a second" { all_of known; }

# Could be wrong: a wait without an end, or a guest that nobody can explain.
@test "what shows later is said within five seconds" { all_of later; }

# Could be wrong: stories that were left out, and so say nothing.
@test "there are at least thirty faults in the table" {
	[ "$(sed '1,/^== rows$/d' "$FOUND" | cut -d'|' -f1 | sort -u | wc -l)" -ge 30 ]
}
