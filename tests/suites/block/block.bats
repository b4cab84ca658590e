#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# hospes_blkback serves disks to a stock frontend. One boot tells all stories of
# dom0.sh, and each test here looks at the verdict of one of them.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

stories=(file counts discard resize read_only volume xm tmpfs)

setup_file() {
	export VERDICTS=$BATS_FILE_TMPDIR/verdicts
	make -C "$top" modules userspace >&2
	cc -O2 -static -o "$BATS_FILE_TMPDIR/vbdfile" \
		"$top/tests/suites/block/vbdfile.c"
	BATS_TEST_DESCRIPTION=block lab_run --timeout 600 \
		--add "$BATS_FILE_TMPDIR/vbdfile:/root/" \
		--add "$top/userspace/xm/xm:/root/" \
		--add "$top/kmod/blkback/hospes_blkback.ko:/root/" \
		--add "$top/tests/suites/block/dom0.sh:/root/" -- \
		"bash /root/dom0.sh ${stories[*]}" \
		>"$VERDICTS" 2>&1 || echo "exit status $?" >>"$VERDICTS"
}

# story NAME: what dom0.sh said about it
story() {
	sed -n "/^ok/{h;d};p" "$VERDICTS" | grep '^#' || true
	grep -q "^ok $1 " "$VERDICTS" || {
		cat "$VERDICTS"
		fail "story $1"
	}
}

# Could be wrong: data ends up elsewhere, at sizes or depths that fio tries.
@test "what a guest writes to an image file is what is in it" { story file; }

# Could be wrong: an event or a hypercall for each request.
@test "at depth 32 an event serves several requests" { story counts; }

@test "what a guest discards is free in the image" { story discard; }

@test "a guest sees its disk grow" { story resize; }

@test "a read-only disk cannot be written" { story read_only; }

# Could be wrong: an error is swallowed, or floods the log.
@test "a block device is served, and its errors arrive" { story volume; }

# Could be wrong: two writers of one image, or a complaint nobody understands.
@test "xm attaches, lists and detaches, and refuses what would do harm" {
	story xm
}

@test "an image on tmpfs is served" { story tmpfs; }

