#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats sets output, lines, stderr
# What could be wrong: the replay of a log of writes makes a disk that never was
# (an order, a range, a flag), or believes a log that is broken. QEMU itself
# writes the log here, and the disk that it wrote is the one to get.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	tool=$BATS_TEST_DIRNAME/../lib/replay-log
}

# record COMMAND...: qemu-io's commands on disk, with the log, from a disk of 0xee
record() {
	local args=() c
	for c; do args+=(-c "$c"); done
	head -c 1048576 /dev/zero | tr '\0' '\356' >base
	cp base disk
	truncate -s 4M log
	qemu-io "${args[@]}" --image-opts "driver=blklogwrites,file.driver=file,\
file.filename=disk,log.driver=file,log.filename=log" >qemu-io.out
}

# byte OFFSET WANTED: what image has there, in hex
byte() {
	[ "$(od -An -tx1 -j "$1" -N1 image | tr -d ' ')" = "$2" ] || {
		od -A d -tx1 image | head -n 20
		return 1
	}
}

# write_log ENTRIES [SECTORSIZE [MAGIC [VERSION]]] <<< 'SECTOR COUNT FLAGS TEXT'
# Data of an entry is its number, in each byte.
write_log() {
	python3 -c '
import struct, sys
entries, size, magic, version = (int(a, 0) for a in sys.argv[1:])
out = struct.pack("<QQQI", magic, version, entries, size).ljust(512, b"\0")
for n, line in enumerate(sys.stdin, 1):
    sector, count, flags, text = (line.split() + [""])[:4]
    head = struct.pack("<QQQQ", int(sector), int(count), int(flags), len(text))
    out += (head + text.encode()).ljust(512, b"\0")
    if not int(flags) & 4:
        out += bytes([n]) * (int(count) * 512)
open("log", "wb").write(out)' "$1" "${2:-512}" "${3:-0x6a736677736872}" "${4:-1}"
	truncate -s 64K image
}

@test "a whole replay is the disk that QEMU wrote" {
	record 'write -P 0x11 0 4k' 'write -P 0x22 2k 64k' flush \
		'write -f -P 0x33 512k 512' 'write -z 16k 8k' 'write -P 0x44 1044480 4k' flush
	cp base image
	run -0 "$tool" replay log image
	cmp image disk
	run -0 "$tool" list log
	[[ $output = *" 0 8 - "*" 4 128 - "*"FLUSH"*" 1024 1 "*" 32 16 "* ]]
}

@test "a replay to each entry is the disk at that time" {
	write_log 4 <<-END
		0 2 0
		1 2 0
		0 0 8 here
		0 1 4
	END
	run -0 "$tool" replay log image --to 1
	byte 0 01; byte 512 01; byte 1024 00
	run -0 "$tool" replay log image --to here
	[ "$output" = "3 entries replayed" ]
	byte 0 01; byte 512 02; byte 1535 02; byte 1536 00
	run -0 "$tool" replay log image --to 4
	byte 0 00; byte 512 02
	run -0 "$tool" list log
	[ "${lines[0]}" = "4 entries, sectors of 512 bytes" ]
	[ "${lines[3]}" = "3 0 0 MARK here" ]
	[[ ${lines[4]} = "4 0 1 DISCARD"* ]]
}

@test "a cut loses only what was not flushed, and repeats itself" {
	local i
	write_log 40 < <(
		for i in {0..18}; do echo "$i 1 0"; done
		echo "0 0 1"
		for i in {20..38}; do echo "$i 1 0"; done
		echo "50 1 2")
	for i in 1 2 3 1; do
		truncate -s 0 image
		truncate -s 64K image
		run -0 "$tool" replay log image --lose "$i"
		md5sum <image >>sums
		[ "$(head -c 9728 image | tr -d '\0' | wc -c)" = 9728 ]
		byte $((50 * 512)) 28
		left=$(tail -c +10241 image | head -c 9728 | tr -d '\0' | wc -c)
		[ "$left" -gt 0 ]
		[ "$left" -lt 9728 ]
	done
	[ "$(sort -u sums | wc -l)" = 3 ]
	[ "$(sed -n 1p sums)" = "$(sed -n 4p sums)" ]
}

@test "a log or an image that does not fit: one line, nothing done" {
	local before
	refused() { # TEXT ARGUMENT...
		before=$(md5sum <image)
		run -1 --separate-stderr "$tool" "${@:2}"
		[ -z "$output" ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr = "replay-log: "*"$1"* ]] || {
			echo "$stderr"
			return 1
		}
		[ "$(md5sum <image)" = "$before" ]
	}
	write_log 2 <<<'0 1 0'
	refused 'ends at' replay log image
	write_log 1 512 1 <<<'0 1 0'
	refused 'not a log' replay log image
	write_log 1 512 0x6a736677736872 2 <<<'0 1 0'
	refused 'version 2' replay log image
	write_log 1 100 <<<'0 1 0'
	refused 'sectors of 100 bytes' replay log image
	write_log 1 <<<'0 1 64'
	refused 'flags 0x40' replay log image
	write_log 2 <<<$'0 1 0\n128 1 0'
	refused 'entry 2 is beyond' replay log image
	refused "no mark 'x'" replay log image --to x
	refused 'none is number 3' replay log image --to 3
	refused "'--upto'" replay log image --upto 3
	refused "'--to'" replay log image --to
	refused 'No such file' replay nothing image
	truncate -s 700 log
	refused 'ends' replay log image
	run -2 "$tool"
}
