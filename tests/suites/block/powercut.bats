#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# A power cut while a guest writes and syncs: what was acknowledged is there.
# QEMU logs all that dom0 writes to a disk; tests/lib/replay-log makes the disk
# that a cut would have left, where writes behind the last flush may be lost.
# The guest writes block after block, each followed by fsync. So when one block
# is there, all before it have been acknowledged, and must be there. The same is
# done with a copy of the module that does not flush, and has to fail.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

# A disk: 8 MiB for a volume, then a file system with an image in it.
make_disk() { # FILE
	truncate -s 56M "$1.fs"
	mke2fs -q -t ext4 "$1.fs"
	{ head -c 8M /dev/zero; cat "$1.fs"; } >"$1"
	rm "$1.fs"
	cp "$1" "$1.base"
	truncate -s 512M "$1.log"
}

# The module without a flush anywhere, from a copy of the sources.
make_mutant() {
	mkdir -p "$work/kmod/blkback"
	cp -r "$top/kmod/include" "$work/kmod/"
	cp "$top"/kmod/blkback/{Kbuild,*.[ch]} "$work/kmod/blkback/"
	local dir=$work/kmod/blkback kdir
	sed -i 's/ | REQ_PREFLUSH//; s/ | REQ_FUA//' "$dir/bdev.c"
	sed -i -E '/^static int (bdev|file)_flush/,/^}/s/return .*/return 0;/' \
		"$dir/bdev.c" "$dir/file.c"
	sed -i 's/err = vfs_fsync_range(.*/err = 0;/' "$dir/file.c"
	! grep -E 'REQ_PREFLUSH|vfs_fsync|issue_flush' "$dir"/{bdev,file}.c ||
		fail "the mutant still flushes"
	kdir=$(printf '%s\n' /usr/src/linux-headers-6.1.*-amd64 | sort -V | tail -n 1)
	make -C "$kdir" M="$dir" CONFIG_DEBUG_INFO_BTF_MODULES= -s modules
}

# The hypervisor has no part in it; that it has none is shown by the soak.
for_the_soak() {
	[ "$HV" = xen ] && [ "${HOSPES_SOAK:-0}" != 1 ]
}

setup() {
	! for_the_soak || skip "only in the soak"
}

setup_file() {
	! for_the_soak || return 0
	# behind dom0's own disks on the bus, which are to keep their names
	export work=$BATS_FILE_TMPDIR at_flushes=4 at_points=8
	[ "${HOSPES_SOAK:-0}" != 1 ] || at_flushes=100000 at_points=200
	local d args=() addr=0x1c
	make -C "$top" modules userspace >&2
	make_mutant >&2
	for d in ours mutant; do
		make_disk "$work/$d"
		args+=(-blockdev "driver=blklogwrites,node-name=$d,file.driver=file,\
file.filename=$work/$d,log.driver=file,log.filename=$work/$d.log,\
log-super-update-interval=1" -device "virtio-blk-pci,drive=$d,serial=$d,addr=$addr")
		addr=0x1d
	done
	BATS_TEST_DESCRIPTION=powercut QEMU_ARGS="${args[*]}" lab_run --timeout 1200 \
		--add "$top/userspace/xm/xm:/root/" \
		--add "$top/kmod/blkback/hospes_blkback.ko:/root/ours.ko" \
		--add "$work/kmod/blkback/hospes_blkback.ko:/root/mutant.ko" \
		--add "$top/tests/suites/block/powercut-dom0.sh:/root/" -- \
		"bash /root/powercut-dom0.sh" >"$work/said" 2>&1 ||
		{ cat "$work/said" >&2; return 1; }
}

# after_cut DISK N SEED: what is on the disk after a cut behind entry N
after_cut() {
	cp "$work/$1.base" "$work/image"
	"$top/tests/lib/replay-log" replay "$work/$1.log" "$work/image" \
		--to "$2" --lose "$3" >/dev/null
	tail -c +$((8 * 1048576 + 1)) "$work/image" >"$work/fs"
	e2fsck -p "$work/fs" >"$work/fsck" 2>&1 || [ $? -le 1 ] ||
		{ echo "file system: $(cat "$work/fsck")"; return; }
	debugfs -R "dump /image $work/file" "$work/fs" >/dev/null 2>&1
	python3 - "$work/image" 0 "$work/file" 0 "$work/file" 4194304 <<-'END'
	import sys
	args = sys.argv[1:]
	for path, offset in zip(args[::2], args[1::2]):
	    with open(path, "rb") as f:
	        f.seek(int(offset))
	        data = f.read(128 * 4096)
	    blocks = [data[i * 4096:(i + 1) * 4096] for i in range(128)]
	    there = [i for i, b in enumerate(blocks) if b == b"\x5a" * 4096]
	    lost = sorted(set(range(max(there, default=0))) - set(there))
	    print(f"{path.rsplit('/', 1)[1]}+{offset}: {len(there)} blocks,",
	          f"lost {lost[:3]}" if lost else "fine")
	END
}

# cuts DISK: at each of some flushes, and at points between
cuts() {
	"$top/tests/lib/replay-log" list "$work/$1.log" >"$work/list"
	local entries first flushes points n
	entries=$(head -n 1 "$work/list" | cut -d' ' -f1)
	# from the guest's first block on
	first=$(awk '$2 == 0 && $3 > 0 { print $1; exit }' "$work/list")
	flushes=$(awk -v f="$first" '/FLUSH/ && $1 > f { print $1 }' "$work/list" |
		shuf -n "$at_flushes")
	points=$(shuf -n "$at_points" -i "$first-$entries")
	echo "$entries entries, guest's from $first on"
	for n in $flushes $points; do
		echo "cut behind $n: $(after_cut "$1" "$n" "$RANDOM" | paste -sd' ')"
	done
}

# Could be wrong: a flush that is answered before the data is safe, for a
# block device, for a file, or for a file whose blocks are new to its file system.
@test "after a power cut each block that was synced is there" {
	cuts ours >"$work/cuts"
	! grep -E 'lost|file system:' "$work/cuts" || fail "$(head -n 3 "$work/cuts")"
	[ "$(grep -c 'image+0: [1-9].*file+0: [1-9].*file+4194304: [1-9]' "$work/cuts")" -gt 0 ] ||
		{ cat "$work/cuts"; fail "the cuts show nothing"; }
	cp "$work/ours.base" "$work/image"
	run after_cut ours "$(tail -n 1 "$work/list" | cut -d' ' -f1)" 1
	[ "$(grep -c ': 128 blocks, fine' <<<"$output")" = 3 ] || fail "$output"
}

@test "without flushes blocks are lost, so the test above can fail" {
	: >"$work/cuts"
	for _ in 1 2 3; do # they are at random
		cuts mutant >>"$work/cuts"
		! grep -m 1 'image+0: [0-9]* blocks, lost' "$work/cuts" ||
			! grep -m 1 'file+0: [0-9]* blocks, lost' "$work/cuts" ||
			return 0
	done
	cat "$work/cuts"
	fail "nothing is lost"
}
