#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The configuration language on whole files: the tutorials', what xen-tools,
# Ganeti and Debian's examples look like, and our own. It needs no lab.

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	make -s -C userspace/tools || return 1
	export TOOL=$PWD/out/config/config-tool
	export CORPUS=$PWD/tests/fuzz/corpus/config
	cd "$BATS_FILE_TMPDIR" || return 1
}

bats_require_minimum_version 1.5.0

# The file and what it must be given.
tool() {
	local what=$1 file=$2
	if grep -q xm_vars "$file"; then
		"$TOOL" "$what" "$file" vmid=3
	else
		"$TOOL" "$what" "$file"
	fi
}

# What could be wrong: our evaluator gives another value than Python, which
# people wrote their files for. Each file that Python 3 runs is run by it.
@test "config: every file of the corpus gives what Python gives" {
	run python3 "$BATS_TEST_DIRNAME/../lib/config_python.py" "$TOOL" \
		"$CORPUS"/*
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output =~ ([0-9]+)\ compared ]]
	[ "${BASH_REMATCH[1]}" -ge 45 ]
	[ "$(find "$CORPUS" -type f | wc -l)" -ge 50 ]
	echo "# $output" >&3
}

# What could be wrong: a configuration saved for a restart is another one.
@test "config: what is written out reads back the same" {
	local file text
	text=$BATS_TEST_TMPDIR/text
	for file in "$CORPUS"/*; do
		grep -q '^# refused' "$file" && continue
		tool text "$file" >"$text" 2>/dev/null
		tool json "$file" >"$text.1" 2>/dev/null
		"$TOOL" json "$text" >"$text.2" 2>/dev/null
		cmp "$text.1" "$text.2"
	done
}

# What could be wrong: disks and interfaces of the corpus are not understood.
@test "config: disks, interfaces and CPUs of the corpus are understood" {
	local file
	for file in "$CORPUS"/*; do
		grep -q '^# refused' "$file" && continue
		run tool devices "$file"
		echo "$file: $output"
		[ "$status" -eq 0 ]
	done
	run -0 "$TOOL" devices "$CORPUS/a-simple"
	[ "${lines[0]}" = 'disk file /root/etch.ext3 hda1 51713 xvda1 w 0' ]
	[ "${lines[1]}" = 'vif - - - - - 0/50000' ]
}

# What could be wrong: a broken file crashes the reader, hangs it, or is
# refused without a place. One byte of a good file is lost or doubled. (The
# fuzz target does more of this, under sanitizers.)
@test "config: a damaged file is read or refused with its place" {
	local file size at n=0 bad=$BATS_TEST_TMPDIR/bad
	local rounds=$((HOSPES_SOAK ? 3000 : 100))
	local files=("$CORPUS"/*)
	RANDOM=7
	while [ $((n++)) -lt "$rounds" ]; do
		file=${files[RANDOM % ${#files[@]}]}
		size=$(stat -c %s "$file")
		at=$(((RANDOM * 32768 + RANDOM) % size))
		{
			head -c "$at" "$file"
			[ $((n % 2)) -eq 0 ] || head -c $((at + 1)) "$file" | tail -c 1
			tail -c +$((at + 1 + n % 2)) "$file"
		} >"$bad"
		run timeout 100 "$TOOL" json "$bad"
		[ "$status" -le 1 ] || { cp "$bad" "$BATS_FILE_TMPDIR"; echo "$output"; false; }
		[ "$status" -eq 0 ] || [[ $output =~ bad:[0-9]+:[0-9]+:\  ]] ||
			[[ $output == *'UTF-8'* ]] || { echo "$output"; false; }
	done
}

# What could be wrong: a file that does not end takes the tool with it.
@test "config: a file without an end is stopped by the limits" {
	printf 'while True: pass\n' >loop
	run -1 timeout 100 "$TOOL" json loop
	[[ ${lines[0]} == 'loop:1:13: the configuration takes more than 1000000 steps' ]]
	printf "a = 'x'\nwhile True: a = a * 2\n" >grow
	run -1 timeout 100 "$TOOL" json grow
	[[ ${lines[0]} == 'grow:2:13: the configuration needs more than 8 MiB of memory' ]]
	python3 -c "print('memory = ' + '(' * 100000)" >deep
	run -1 timeout 100 "$TOOL" json deep
	[[ ${lines[0]} == *'nested too deeply'* ]]
}

# What could be wrong: the command line does not win, or its errors point
# into the file.
@test "config: key=value on the command line" {
	run -0 "$TOOL" json "$CORPUS/a-simple" memory=256 name=web-1 \
		disk=phy:/dev/a,xvda,w disk=phy:/dev/b,xvdb,w
	[[ $output == *'"memory": 256'* ]]
	[[ $output == *'"name": "web-1"'* ]]
	[[ $output == *'"disk": ["phy:/dev/a,xvda,w", "phy:/dev/b,xvdb,w"]'* ]]
	run -1 "$TOOL" json "$CORPUS/a-simple" memroy=256
	[ "${lines[0]}" = "command line:1:1: unknown key 'memroy'" ]
	[ "${lines[3]}" = "hint: did you mean 'memory'?" ]
	run -1 "$TOOL" json "$CORPUS/xm-vmid"
	[[ ${lines[0]} == *"the variable 'vmid' is not given"* ]]
	run -1 "$TOOL" json "$CORPUS/xm-vmid" vmid=-1
	[[ ${lines[0]} == *'xm-vmid:5:9: the configuration refuses to go on: ValueError' ]]
}

# What could be wrong: a file that cannot be read has an unclear error.
@test "config: files that cannot be read" {
	run -1 "$TOOL" json "$BATS_TEST_TMPDIR/none"
	[[ $output == *'/none: cannot read it: No such file or directory' ]]
	run -1 "$TOOL" json /
	[[ $output == '/: cannot read it: Is a directory' ]]
	printf 'a\0b' >nul
	run -1 "$TOOL" json nul
	[[ ${lines[0]} == 'nul:1:2: a NUL character' ]]
	printf "name = 'caf\351'\n" >latin1
	run -1 "$TOOL" json latin1
	[[ ${lines[0]} == 'latin1: the text is not UTF-8' ]]
}

# What could be wrong: another place, text or advice than people are used to;
# something refused that the tutorials write.
@test "config: each mistake has its place, its text and its hint" {
	local line column text hint rest
	while IFS= read -r rest; do
		[[ $rest != '#'* && $rest ]] || continue
		mapfile -t fields <<<"${rest// => /$'\n'}"
		line=${fields[0]} column=${fields[1]-} text=${fields[2]-}
		hint=${fields[3]-}
		printf '%s\n' "$line" >table
		run "$TOOL" devices table
		echo "$line: $output"
		if [ -z "$column" ]; then
			[ "$status" -eq 0 ]
			[[ $output != *table:* ]]
			continue
		fi
		[[ $text = note:* ]] && [ "$status" -eq 0 ] ||
			[ "$status" -eq 1 ]
		grep -qxF "table:1:$column: $text" <<<"$output"
		[ -z "$hint" ] || grep -qF "hint: $hint" <<<"$output"
	done <"$BATS_TEST_DIRNAME/../lib/config-refusals.txt"
}
