#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# hospes_blkback serves disks to a stock frontend. One boot tells all stories of
# dom0.sh, and each test here looks at the verdict of one of them.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

# In the order that shares the disks; what takes minutes, or measures, is for the
# soak only, and on Xen also what has nothing to do with the hypervisor.
all=(file counts filesystem discard resize read_only volume tmpfs persistent group
	queues cycles rebind reconnect refused hostile closing beside xm bad dom0 names
	debian pulled kills end)
later='bad counts beside debian'
[ "$HV" != xen ] || later+=' discard resize read_only tmpfs group refused xm dom0 names'
[ "${HOSPES_SOAK:-0}" != 1 ] || later=
stories=()
for story in "${all[@]}"; do
	[[ " $later " = *" $story "* ]] || stories+=("$story")
done

setup_file() {
	mkdir -p "$HOSPES_TEST_OUT"
	export VERDICTS=$HOSPES_TEST_OUT/block.verdicts
	make -C "$top" modules userspace >&2
	local kdir cycles=4 kills=5
	kdir=$(printf '%s\n' /usr/src/linux-headers-6.1.*-amd64 | sort -V | tail -n 1)
	make -C "$kdir" M="$top/tests/kmod" CONFIG_DEBUG_INFO_BTF_MODULES= -s \
		modules >&2
	[ "${HOSPES_SOAK:-0}" != 1 ] || cycles=200 kills=100
	cc -O2 -static -o "$BATS_FILE_TMPDIR/vbdfile" \
		"$top/tests/suites/block/vbdfile.c"
	BATS_TEST_DESCRIPTION=block lab_run --timeout $((1500 + kills * 60)) \
		--add "$BATS_FILE_TMPDIR/vbdfile:/root/" \
		--add "$top/userspace/xm/xm:/root/" \
		--add "$top/kmod/blkback/hospes_blkback.ko:/root/" \
		--add "$top/tests/kmod/hospes_test_blkfront.ko:/root/" \
		--add "$top/tests/suites/block/dom0.sh:/root/" -- \
		"bash /root/dom0.sh $cycles $kills ${stories[*]}" \
		>"$VERDICTS" 2>&1 || echo "exit status $?" >>"$VERDICTS"
}

# Could be wrong: data ends up elsewhere, at sizes or depths that fio tries.
@test "what a guest writes to an image file is what is in it" { story file; }

# Could be wrong: an event or a hypercall for each request.
@test "at depth 32 an event serves several requests" { story counts; }

@test "a file system lives on a disk, and swap on another" { story filesystem; }

@test "what a guest discards is free in the image" { story discard; }

@test "a guest sees its disk grow" { story resize; }

@test "a read-only disk cannot be written" { story read_only; }

# Could be wrong: an error is swallowed, or floods the log.
@test "a block device is served, and its errors arrive" { story volume; }

@test "an image on tmpfs is served" { story tmpfs; }

# Could be wrong: a grant is mapped twice, or stays when the disk goes.
@test "grants stay mapped when they are to" { story persistent; }

@test "a disk's I/O is charged to its control group" { story group; }

@test "a frontend that starts anew finds its data" { story reconnect; }

@test "a guest with two processors has two rings" { story queues; }

# Could be wrong: a leak, or a race of connect and disconnect.
@test "disks come and go while another one is busy" { story cycles; }

# Could be wrong: requests are lost when the driver goes and comes back.
@test "a busy disk survives its driver being taken off" { story rebind; }

# Could be wrong: a request that nobody answers, for which the guest waits for ever.
@test "a busy disk is pulled, and the guest sees the next one" { story pulled; }

# Could be wrong: a moment at which something is held, and never let go.
@test "guests, tools and the driver die at random moments" { story kills; }

# Could be wrong: a slot is read twice, a bound is missing, a ring is trusted.
@test "all of the protocol is served, and nonsense harms nobody" { story hostile; }

# Could be wrong: a closed frontend's last requests are lost, or it holds up dom0.
@test "a frontend that closes has its time, and no more" { story closing; }

@test "a guest beside a hostile one has its share" { story beside; }

# Could be wrong: a disk in use is pulled away.
@test "a disk that its frontend keeps is not taken away" { story refused; }

# Could be wrong: two writers of one image, or a complaint nobody understands.
@test "xm attaches, lists and detaches, and refuses what would do harm" {
	story xm
}

# Could be wrong: a guest is half made before its disk is looked at.
@test "what cannot be a disk is said at once, and no guest is made" { story bad; }

@test "dom0 attaches a disk to itself" { story dom0; }

@test "a partition's name and a partitioned disk are what they say" { story names; }

@test "Debian lives on a file and on a logical volume" { story debian; }

# Could be wrong: something still holds a page, a grant or the module.
@test "guests that die under load leave nothing behind" { story end; }

