#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what stands in single quotes is for the guest
# Runs in dom0 for powercut.bats: a guest writes with fsync to a volume and to an
# image, first with ours.ko on the disk of that name, then with mutant.ko. Of the
# image the first half has been written before, the second is only allocated.
set -eu
export DM_DISABLE_UDEV=1 TOOLSTACK=/root/xm
rmmod xen_blkback 2>/dev/null || true

in_guest() { guest run a "$1"; }
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		sleep 0.1
	done
}

load() { # NAME
	local disk fs=/mnt/$1
	disk=$(basename "$(dirname "$(grep -lx "$1" /sys/block/*/serial)")")
	insmod "/root/$1.ko"
	dmsetup create "raw-$1" --table "0 16384 linear /dev/$disk 0"
	dmsetup create "fs-$1" --table "0 114688 linear /dev/$disk 16384"
	mkdir -p "$fs"
	mount "/dev/mapper/fs-$1" "$fs"
	head -c 4M /dev/zero >"$fs/image"
	fallocate -l 8M "$fs/image"
	sync -f "$fs"
	/root/xm block-attach a "phy:/dev/mapper/raw-$1" xvdb w
	/root/xm block-attach a "file:$fs/image" xvdc w
	within 90 in_guest '[ -b /dev/xvdb ] && [ -b /dev/xvdc ]'
	in_guest 'job="--rw=write --bs=4k --size=512k --fsync=1 --direct=1 --buffer_pattern=0x5a"
		fio --name=raw --filename=/dev/xvdb $job \
			--name=old --filename=/dev/xvdc $job \
			--name=new --filename=/dev/xvdc --offset=4m $job >/tmp/fio 2>&1 ||
			{ cat /tmp/fio; exit 1; }'
	in_guest 'grep -c "err= 0" /tmp/fio'
	/root/xm block-detach a xvdb
	/root/xm block-detach a xvdc
	# a disk of that name is only seen by a guest that has none
	within 90 in_guest '[ ! -b /dev/xvdb ] && [ ! -b /dev/xvdc ]'
	within 60 umount "$fs"
	within 60 dmsetup remove "fs-$1"
	within 60 dmsetup remove "raw-$1"
	within 60 rmmod hospes_blkback
}

guest create a ip=no
load ours
load mutant
