#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# hospes_balloon in guests, on our hypervisor and on real Xen. One boot tells all
# stories of guest.sh, and each test here looks at the verdict of one.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

# In the order that shares guest g. Those that have not passed often enough yet
# are told by the full counts only.
stories=(whole rounds limits unload kills store)
[ "$HV" != xen ] || stories=()
[ "${HOSPES_SOAK:-0}" != 1 ] || stories=(whole rounds limits unload old_tool
	toolstack oom squeeze balance kills store)
[ "$HV" != xen ] || stories=("${stories[@]/store/resumed store}")
[ -z "${HOSPES_STORIES-}" ] || read -ra stories <<<"$HOSPES_STORIES"

setup_file() {
	export VERDICTS=$BATS_FILE_TMPDIR/verdicts
	[ ${#stories[@]} -gt 0 ] || return 0
	local rounds=3 kills=1 tree=$BATS_FILE_TMPDIR/tree
	[ "${HOSPES_SOAK:-0}" != 1 ] || rounds=50 kills=20
	make -C "$top" modules userspace >&2
	mkdir -p "$tree/root" "$tree/bin"
	cp "$top/kmod/balloon/hospes_balloon.ko" "$tree/root/"
	strip --strip-debug "$tree/root/hospes_balloon.ko"
	cc -O2 -static -o "$tree/bin/memcheck" \
		"$top/tests/suites/balloon/memcheck.c"
	(cd "$tree" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -9) \
		>"$BATS_FILE_TMPDIR/extra.gz"
	BATS_TEST_DESCRIPTION=balloon-guest lab_run \
		--timeout $((900 + rounds * 40 + kills * 60)) \
		--add "$BATS_FILE_TMPDIR/extra.gz:/root/" \
		--add "$top/userspace/xm/xm:/root/" \
		--add "$top/tests/suites/balloon/guest.sh:/root/" -- \
		"bash /root/guest.sh $rounds $kills ${stories[*]}" \
		>"$VERDICTS" 2>&1 || echo "exit status $?" >>"$VERDICTS"
}

@test "nine tenths of what a fresh guest gives goes as whole extents" {
	story whole
}

# Could be wrong: a page that comes back with another's content, or not.
@test "256, 128, 256 MiB over and over, under load: all data is intact" {
	story rounds
}

# Could be wrong: a guest that takes more than it may, or is left with nothing.
@test "a guest gets no more than its maximum and keeps its floor" {
	story limits
}

@test "unloaded in the middle, the guest has every page again" { story unload; }

# Could be wrong: both drivers give, or both take.
@test "an old tool comes in between: one driver acts at a time" {
	story old_tool
}

# Could be wrong: a target that is half set; waiting for ever.
@test "mem-set shows progress, is interrupted, and says who is stuck" {
	story toolstack
}

@test "memory comes back before a program is killed for the lack of it" {
	story oom
}

@test "two guests of at most 256 MiB share 384" { story squeeze; }

@test "xm mem-balance moves memory to the guest that is pressed" {
	story balance
}

# Could be wrong: the restored guest's store knows nothing, or what was held is lost.
@test "a guest is saved and restored with its memory held" { story resumed; }

@test "guests are killed in the middle: every page is free again" {
	story kills
}

@test "xenstored is killed: a guest keeps what it holds, and says so" {
	story store
}
