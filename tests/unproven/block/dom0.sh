#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317,SC2016,SC2015 # called by name, expanded in the guest
# Runs in dom0: the stories of the suite `block`, each against the same guest,
# one line "ok NAME" or "not ok NAME" each, with what it said before that.
#
# usage: dom0.sh CYCLES STORY...
# Beside it in /root: vbdfile and hospes_blkback.ko, which takes the place of
# the stock driver, xm, hospes_test_blkfront.ko. Images lie on /guest, which is ext4.
set -u
cycles=$1
shift
img=/guest/block-test
dev=/sys/bus/xen-backend/devices
mkdir -p $img
rmmod xen_blkback 2>/dev/null
lsmod | grep -q '^hospes_blkback' || insmod /root/hospes_blkback.ko || exit 1

# stock xl runs this for a disk with script=; it needs no loop device
cat >/root/block-file <<'EOF'
#!/bin/sh
set -eu
[ "$1" = add ] || exit 0
file=$(xenstore-read "$XENBUS_PATH/params")
/root/vbdfile "$XENBUS_PATH" "$file"
xenstore-write "$XENBUS_PATH/physical-device-path" "$file" \
	"$XENBUS_PATH/hotplug-status" connected
EOF
chmod 755 /root/block-file

within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		sleep 0.1
	done
}
equal() { [ "$1" = "$2" ] || { echo "$3: got '$1', wanted '$2'"; return 1; }; }
attach_file() { # GUEST VDEV FILE [ACCESS]
	xl block-attach "$1" "vdev=$2,format=raw,access=${4-w},script=/root/block-file,target=$3"
}
node() { echo "$dev/vbd-$(xl domid "$1")-$2"; }
stat_of() { cat "$(node "$1" "$2")/statistics/$3"; }
in_guest() { guest run a "$1"; }
# in the guest: fio DISK OPTIONS...; with verify it reads back what it wrote
fio_in_guest() {
	local line="fio --name=f --filename=/dev/$1 --ioengine=libaio --direct=1"
	in_guest "$line ${*:2} >/tmp/fio 2>&1 || { cat /tmp/fio; exit 1; }"
}
verify() {
	fio_in_guest "$@" --rw=randwrite --verify=crc32c --verify_fatal=1
}
keep_busy() { # DISK OPTIONS...
	local line="fio --name=b --filename=/dev/$1 --ioengine=libaio --direct=1"
	in_guest "$line ${*:2} --time_based --runtime=600 >/tmp/busy 2>&1 & echo started"
}
guest_has() { in_guest "[ -b /dev/$1 ]"; }
guest_lacks() { in_guest "[ ! -b /dev/$1 ]"; }
detach() { xl block-detach a "$1" && within 10 guest_lacks "$1"; }
fresh_image() { # NAME MIB
	rm -f "$img/$1"
	fallocate -l "$2M" "$img/$1"
}
new_disk() { # VDEV MIB
	fresh_image "$1" "$2" && attach_file a "$1" "$img/$1" &&
		within 10 guest_has "$1"
}

# What is written is what is read, in the guest and in the image; the thread
# has the disk's name; no loop device.
story_file() {
	new_disk xvdb 48 || return
	equal "$(losetup -a)" '' "loop devices" || return
	local threads
	threads=$(cat /proc/[0-9]*/comm 2>/dev/null | grep '^blkback')
	equal "$threads" "blkback.$(xl domid a).xvdb" thread || return
	verify xvdb --bsrange=1k-128k --blockalign=1k --size=8m --numjobs=3 \
		--offset_increment=16m --iodepth=32 --group_reporting || return
	in_guest 'sync; md5sum </dev/xvdb' >/tmp/guest-sum ||
		{ cat /tmp/guest-sum; return 1; }
	equal "$(grep -oE '[0-9a-f]{32}' /tmp/guest-sum)" \
		"$(dd if=$img/xvdb iflag=direct bs=1M 2>/dev/null | md5sum | head -c 32)" \
		"checksum of the image" || return
	equal "$(stat_of a 51728 errors)$(stat_of a 51728 rejected)" 00 errors
}

# Many requests in flight: few events, few grant operations.
story_counts() {
	local before after
	before=$(stat_of a 51728 events_out) || return
	fio_in_guest xvdb --rw=randread --bs=4k --size=40m --io_size=8m \
		--iodepth=32 || return
	after=$(stat_of a 51728 events_out)
	echo "events for 2048 reads at depth 32: $((after - before))"
	[ $((after - before)) -le 614 ]
}

# A file system made, filled and checked by the guest.
story_filesystem() {
	in_guest 'mke2fs /dev/xvdb >/dev/null' || return
	in_guest 'mkdir -p /tmp/m && mount -t ext2 /dev/xvdb /tmp/m' || return
	in_guest 'cp /bin/busybox /tmp/m/ && sync' || return
	# In use: xm refuses, and the guest goes on. (Stock xl would force it.)
	if [ -x /root/xm ]; then
		! /root/xm block-detach a xvdb >/tmp/detach 2>&1 ||
			{ echo "a mounted disk was taken away"; return 1; }
		grep "in use by the guest" /tmp/detach || { cat /tmp/detach; return 1; }
	fi
	in_guest 'cmp /bin/busybox /tmp/m/busybox && umount /tmp/m' || return
	detach xvdb || return
	e2fsck -fn $img/xvdb
}

# What the guest discards is free in the image afterwards.
story_discard() {
	new_disk xvdc 32 || return
	local before after
	before=$(stat -c %b $img/xvdc)
	in_guest 'blkdiscard /dev/xvdc' || return
	after=$(stat -c %b $img/xvdc)
	echo "blocks before and after: $before $after"
	[ "$after" -lt $((before / 10)) ] || return
	[ "$(stat_of a 51744 ds_req)" -ge 1 ]
}

# A larger image is a larger disk, at once or with the next request.
story_resize() {
	truncate -s 40M $img/xvdc
	in_guest 'dd if=/dev/xvdc of=/dev/null bs=4k count=1 2>/dev/null'
	resized() { [ "$(in_guest 'cat /sys/block/xvdc/size')" = 81920 ]; }
	within 10 resized || return
	in_guest 'dd if=/dev/zero of=/dev/xvdc bs=1M seek=39 count=1 2>/dev/null' &&
		detach xvdc
}

story_read_only() {
	fresh_image xvdd 8
	attach_file a xvdd $img/xvdd r && within 10 guest_has xvdd || return
	equal "$(in_guest 'cat /sys/block/xvdd/ro')" 1 ro || return
	! in_guest 'dd if=/dev/zero of=/dev/xvdd count=1 2>/dev/null' || return
	detach xvdd
}

# A block device: a device-mapper volume, one half of which cannot be read.
story_volume() {
	fresh_image volume 32
	local loop errors
	loop=$(losetup -f --show $img/volume) || return
	printf '%s\n' "0 32768 linear $loop 0" "32768 32768 error" |
		DM_DISABLE_UDEV=1 dmsetup create blocktest || return
	xl block-attach a "vdev=xvde,format=raw,access=w,target=/dev/mapper/blocktest" &&
		within 10 guest_has xvde || return
	verify xvde --bs=16k --size=8m --iodepth=16 --fsync=16 ||
		{ echo "verify failed"; return 1; }
	! in_guest 'dd if=/dev/xvde of=/dev/null bs=64k skip=300 iflag=direct' ||
		{ echo "read what is broken"; return 1; }
	errors=$(stat_of a 51776 errors)
	[ "$errors" -ge 1 ] || { echo "no error counted"; return 1; }
	equal "$(dmesg | grep -c 'xvde: error')" 1 "lines in the log" || return
	detach xvde && DM_DISABLE_UDEV=1 dmsetup remove blocktest &&
		losetup -d "$loop"
}

# Attached and detached again while another disk is busy.
story_cycles() {
	local i busy
	new_disk xvdb 32 || return
	keep_busy xvdb --rw=randread --bs=4k --size=30m --iodepth=4
	fresh_image xvdf 8
	for ((i = 0; i < cycles; i++)); do
		attach_file a xvdf $img/xvdf && within 10 guest_has xvdf &&
			detach xvdf || { echo "cycle $i"; return 1; }
	done
	busy=$(stat_of a 51728 rd_req)
	within 10 eval '[ "$(stat_of a 51728 rd_req)" -gt '"$busy ]"
}

# The driver is taken off a busy disk and put back: the guest goes on.
story_rebind() {
	local i id reads
	id=vbd-$(xl domid a)-51728
	for ((i = 0; i < 3; i++)); do
		echo "$id" >/sys/bus/xen-backend/drivers/vbd/unbind || return
		! grep -q '^blkback' /proc/[0-9]*/comm || return
		echo "$id" >/sys/bus/xen-backend/drivers/vbd/bind || return
	done
	within 10 eval '[ "$(cat '"$dev/$id"'/state)" = Connected ]'
	reads=$(stat_of a 51728 rd_req)
	within 20 eval '[ "$(stat_of a 51728 rd_req)" -gt '"$((reads + 20)) ]"
}

# says TEXT COMMAND...: it fails and its complaint has that text
says() {
	local text=$1
	shift
	! "$@" >/tmp/said 2>&1 || { echo "succeeded: $*"; return 1; }
	grep -qF -e "$text" /tmp/said || { echo "no '$text' from: $*"; cat /tmp/said; return 1; }
}

# The tool of this tree: attaches without a loop device, lists, refuses whom
# else would write or what is no disk, detaches.
story_xm() {
	local xm=/root/xm f=$img/xvdh
	fresh_image xvdh 8
	ln -sf "$f" $img/symlink && ln -f "$f" $img/hardlink && : >$img/empty
	head -c 700 /dev/zero >$img/odd
	$xm block-attach a "file:$f" xvdh w && within 10 guest_has xvdh || return
	$xm block-list a
	equal "$($xm block-list a | awk '$1 == 51824 { print $4 }')" 4 state || return
	equal "$(losetup -a)" '' "loop devices" || return
	says "in use by domain 'a' as xvdh" $xm block-attach a "file:$f" xvdi w &&
		says "in use by domain" $xm block-attach a "file:$img/symlink" xvdi w &&
		says "in use by domain" $xm block-attach a "file:$img/hardlink" xvdi r &&
		says "mounted here, at /guest" $xm block-attach a phy:/dev/vdb xvdi w &&
		says "No such file" $xm block-attach a file:/nowhere xvdi w &&
		says "is a directory" $xm block-attach a file:/guest xvdi w &&
		says "is empty" $xm block-attach a file:$img/empty xvdi w &&
		says "no multiple of 512" $xm block-attach a file:$img/odd xvdi w &&
		says "has no disk xvdz" $xm block-detach a xvdz || return
	$xm block-attach a "file:$f" xvdi w! && within 10 guest_has xvdi || return
	$xm block-detach a xvdi && $xm block-detach a xvdh && within 10 guest_lacks xvdh
}

# A frontend that misbehaves gets errors and a closed ring; the guest beside it
# is served all the time, and the backend is as before.
story_hostile() {
	local reads
	insmod /root/hospes_test_blkfront.ko rounds=$((cycles * 100)) seed=$RANDOM ||
		return
	fresh_image xvdj 4
	reads=$(stat_of a 51728 rd_req)
	/root/xm block-attach 0 file:$img/xvdj xvdj w || return
	within 60 eval 'dmesg | grep -E "test_blkfront: (passed|failed)"' || return
	dmesg | grep 'test_blkfront:'
	dmesg | grep -q 'test_blkfront: passed' || return
	dmesg | grep 'ring 0 is closed until' || return
	[ "$(stat_of a 51728 rd_req)" -gt "$reads" ] || { echo "no reads beside"; return 1; }
	/root/xm block-detach -f 0 xvdj && rmmod hospes_test_blkfront || return
	in_guest 'pidof fio >/dev/null' || { echo "fio of the guest ended"; return 1; }
	in_guest 'kill $(pidof fio)'
}

# tmpfs: with or without direct I/O, the disk works.
story_tmpfs() {
	mount -t tmpfs -o size=24m none /mnt && truncate -s 16M /mnt/t.img || return
	attach_file a xvdg /mnt/t.img && within 10 guest_has xvdg || return
	verify xvdg --bs=8k --size=4m --iodepth=16 || return
	detach xvdg && umount /mnt
}

# The guest dies under load; everything is given back and the module goes.
story_end() {
	keep_busy xvdb --rw=randrw --bs=64k --size=30m --iodepth=16
	xl destroy a || return
	none() { ! ls -d "$dev"/vbd-* >/dev/null 2>&1; }
	within 15 none || return
	! grep -l '^blkback' /proc/[0-9]*/comm || return
	rmmod hospes_blkback || return
	insmod /root/hospes_blkback.ko || return
	rm -rf $img
	! dmesg | grep -E 'WARNING|BUG|Oops|Call Trace|hung task|leak'
}

guest create a ip=no || exit 1
for story; do
	start=$SECONDS
	if "story_$story" >"/tmp/$story" 2>&1; then
		sed 's/^/# /' "/tmp/$story"
		echo "ok $story ($((SECONDS - start)) s)"
	else
		sed 's/^/# /' "/tmp/$story"
		dmesg | tail -n 5 | sed 's/^/# /'
		echo "not ok $story"
	fi
done
