#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317,SC2016,SC2015 # called by name, expanded in the guest
# Runs in dom0: the stories of the suite `block`, one line "ok NAME" or "not ok
# NAME" each, with what it said before that.
#
# usage: dom0.sh CYCLES KILLS STORY...
# Beside it in /root: vbdfile, xm, hospes_test_blkfront.ko and
# hospes_blkback.ko, which takes the place of the stock driver. Images lie on
# /guest, which is ext4. Guest a is asked things; guest b has two processors and
# a disk on a volume, and is busy with that disk to the end.
set -u
cycles=$1 kills=$2
shift 2
img=/guest/block-test
dev=/sys/bus/xen-backend/devices
driver=/sys/bus/xen-backend/drivers/vbd
export DM_DISABLE_UDEV=1 TOOLSTACK=/root/xm
xm=$TOOLSTACK
mkdir -p $img
load() { insmod /root/hospes_blkback.ko max_queues=2; }
rmmod xen_blkback 2>/dev/null
lsmod | grep -q '^hospes_blkback' && rmmod hospes_blkback
load || exit 1

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
# says TEXT COMMAND...: it fails and its complaint has that text
says() {
	local text=$1
	shift
	! "$@" >/tmp/said 2>&1 || { echo "succeeded: $*"; return 1; }
	grep -qF -e "$text" /tmp/said || { echo "no '$text' from: $*"; cat /tmp/said; return 1; }
}
attach_file() { $xm block-attach "$1" "file:$3" "$2" "${4-w}"; } # GUEST VDEV FILE [ACCESS]
attach_by_xl() { # GUEST VDEV FILE
	xl block-attach "$1" "vdev=$2,format=raw,access=w,script=/root/block-file,target=$3"
}
find_ids() { ida=$($xm domid a 2>/dev/null) idb=$($xm domid b 2>/dev/null); }
node() { [ "$1" = a ] && echo "$dev/vbd-$ida-$2" || echo "$dev/vbd-$idb-$2"; }
connected() { # DOMID NUMBER
	[ "$(xenstore-read "/local/domain/$1/device/vbd/$2/state" 2>/dev/null)" = 4 ]
}
stat_of() { cat "$(node "$1" "$2")/statistics/$3"; }
in_guest() { guest run a "$1"; }
in_b() { guest run b "$1"; }
# in the guest: fio DISK OPTIONS...; with verify it reads back what it wrote
fio_in_guest() {
	local line="fio --name=f --filename=/dev/$1 --ioengine=libaio --direct=1"
	in_guest "$line ${*:2} >/tmp/fio 2>&1 || { cat /tmp/fio; exit 1; }"
}
verify() {
	fio_in_guest "$@" --rw=randwrite --verify=crc32c --verify_fatal=1
}
guest_has() { in_guest "[ -b /dev/$1 ]"; }
guest_lacks() { in_guest "[ ! -b /dev/$1 ]"; }
detach() { $xm block-detach a "$1" && within 60 guest_lacks "$1"; }
threads() { # [DOMID]
	cat /proc/[0-9]*/comm 2>/dev/null | grep "^blkback.${1-}" | sort | paste -sd' '
}
# One that has ended is listed until the kernel has put it away.
no_threads() { [ -z "$(threads "${1-}")" ]; } # [DOMID]
volume() { # NAME MIB: a device-mapper volume, on a loop device
	fresh_image "$1" "$2" && loop=$(losetup -f --show "$img/$1") &&
		dmsetup create "$1" --table "0 $(($2 * 2048)) linear $loop 0"
}
# A frontend ends the grants of a disk that goes; the kernel says so when the
# backend still has one mapped.
no_grant_left() {
	! in_guest 'dmesg | grep -E "g\.e\."' || { echo "a grant is left"; return 1; }
}
since() { dmesg | sed "1,/blocktest: $1\$/d"; } # MARK: the log behind it
# A device that was taken away a moment ago still holds the module.
unload() { # MODULE
	within 60 rmmod "$1" 2>/dev/null && return
	ls -d /sys/bus/xen*/drivers/*/vbd-*
	fuser -v /dev/hospes-blkback
	return 1
}
mark() { echo "blocktest: $1" >/dev/kmsg; }
# Guest b writes and verifies all the time, slowly, on both its queues.
start_busy() {
	in_b "fio --name=b --filename=/dev/xvdb --ioengine=libaio --direct=1 --rw=randwrite \
		--bsrange=4k-64k --size=6m --offset_increment=6m --numjobs=2 --iodepth=8 \
		--cpus_allowed=0,1 --cpus_allowed_policy=split --thinktime=500ms \
		--thinktime_blocks=4 --verify=crc32c --verify_backlog=16 --verify_fatal=1 \
		--time_based --runtime=9000 \
		>/tmp/busy 2>&1 & echo started"
}
busy_requests() { stat_of b 51728 wr_req; }
busy_beyond() { [ "$(busy_requests)" -gt "$1" ]; }
# Five requests more than $from, which begins anew when the counter does.
five_more() {
	local now
	now=$(busy_requests 2>/dev/null) || return
	[ "$now" -ge "$from" ] || from=$now
	[ "$now" -ge $((from + 5)) ]
}
# b's disk is served: its counters may have begun anew a moment ago
busy_goes_on() {
	local from
	within 90 busy_beyond 0 2>/dev/null && from=$(busy_requests) &&
		within 90 five_more || { in_b 'tail /tmp/busy'; return 1; }
}
fresh_image() { # NAME MIB
	rm -f "$img/$1"
	fallocate -l "$2M" "$img/$1"
}
new_disk() { # VDEV MIB
	within 60 guest_lacks "$1" && fresh_image "$1" "$2" &&
		attach_file a "$1" "$img/$1" && within 60 guest_has "$1" && return
	state_of_a
	return 1
}
# for whom looks for the cause of a failure: what a and the store know of its disks
state_of_a() {
	xenstore-ls "/local/domain/$ida/device/vbd"
	xenstore-ls "/local/domain/0/backend/vbd/$ida"
	in_guest 'ls /dev/xvd* /sys/bus/xen/devices; dmesg | tail -n 5
		for p in /proc/[0-9]*; do grep -q "^State.*D" $p/status || continue
			cat $p/comm $p/stack; done'
}

# What is written is what is read, in the guest and in the image; the thread
# has the disk's name; no loop device.
story_file() {
	fresh_image xvdb 48 && attach_by_xl a xvdb $img/xvdb && within 60 guest_has xvdb || return
	equal "$(losetup -j $img/xvdb)" '' "loop devices" || return
	equal "$(threads "$ida.")" "blkback.$ida.xvdb" thread || return
	verify xvdb --bsrange=1k-128k --blockalign=1k --size=4m --numjobs=3 \
		--offset_increment=16m --iodepth=32 --group_reporting || return
	in_guest 'sync; md5sum </dev/xvdb' >/tmp/guest-sum ||
		{ cat /tmp/guest-sum; return 1; }
	equal "$(grep -oE '[0-9a-f]{32}' /tmp/guest-sum)" \
		"$(dd if=$img/xvdb iflag=direct bs=1M 2>/dev/null | md5sum | head -c 32)" \
		"checksum of the image" || return
	equal "$(stat_of a 51728 errors)$(stat_of a 51728 rejected)" 00 errors
}

# Many requests in flight: few events, few grant operations. Of three rounds one
# will do: while the host has no time for the machine, requests come singly.
story_counts() {
	counts_round || counts_round || counts_round
}
counts_round() {
	local before after was
	before=$(stat_of a 51728 events_out) || return
	was=$(grep . "$(node a 51728)"/statistics/{events_in,wakeups,hypercalls,copies})
	fio_in_guest xvdb --rw=randread --bs=4k --size=40m --io_size=8m \
		--iodepth=32 || return
	after=$(stat_of a 51728 events_out)
	echo "$was"
	grep . "$(node a 51728)"/statistics/{events_in,wakeups,hypercalls,copies}
	echo "events for 2048 reads at depth 32: $((after - before))"
	[ $((after - before)) -le 614 ]
}

# A file system made, filled and checked by the guest; a second disk to swap on.
story_filesystem() {
	in_guest 'mke2fs /dev/xvdb >/dev/null; mkdir -p /tmp/m
		mount -t ext2 /dev/xvdb /tmp/m && cp /bin/busybox /tmp/m/ && sync' || return
	new_disk xvdc 16 && in_guest 'mkswap /dev/xvdc >/dev/null; swapon /dev/xvdc &&
		grep xvdc /proc/swaps && swapoff /dev/xvdc' && detach xvdc || return
	in_guest 'cmp /bin/busybox /tmp/m/busybox && umount /tmp/m' || return
	detach xvdb && e2fsck -fn $img/xvdb
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
	within 60 resized || return
	in_guest 'dd if=/dev/zero of=/dev/xvdc bs=1M seek=39 count=1 2>/dev/null' &&
		detach xvdc
}

story_read_only() {
	fresh_image xvdd 8
	attach_file a xvdd $img/xvdd r && within 60 guest_has xvdd || return
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
	$xm block-attach a phy:/dev/mapper/blocktest xvde w && within 60 guest_has xvde || return
	verify xvde --bs=16k --size=2m --iodepth=16 --fsync=16 ||
		{ echo "verify failed"; return 1; }
	! in_guest 'dd if=/dev/xvde of=/dev/null bs=64k skip=300 iflag=direct' ||
		{ echo "read what is broken"; return 1; }
	errors=$(stat_of a 51776 errors)
	[ "$errors" -ge 1 ] || { echo "no error counted"; return 1; }
	equal "$(dmesg | grep -c 'xvde: error')" 1 "lines in the log" || return
	detach xvde && within 60 dmsetup remove blocktest && losetup -d "$loop"
}

# Two processors, two rings, a thread for each.
story_queues() {
	local id=$idb t
	volume busy 12 && $xm block-attach b phy:/dev/mapper/busy xvdb w || return
	within 60 in_b '[ -b /dev/xvdb ]' || return
	equal "$(xenstore-read "/local/domain/$id/device/vbd/51728/multi-queue-num-queues")" \
		2 queues || return
	equal "$(threads "$id.")" "blkback.$id.xvdb blkback.$id.xvdb-1" threads || return
	start_busy && busy_goes_on || return
	grep -l "^blkback.$id.xvdb" /proc/[0-9]*/comm | while read -r t; do
		within 90 slept_beyond 10 "${t%comm}" || exit 1
	done
}
slept_beyond() { [ "$(awk '/^voluntary/ { print $2 }' "$2/status")" -gt "$1" ]; } # TIMES TASK

# Grants that stay mapped: each page is mapped once, and all are given back.
story_persistent() {
	local hits maps
	fresh_image xvdk 16
	$xm block-attach a "vdev=xvdk,access=w,persistent,cache=none,target=$img/xvdk" &&
		within 60 guest_has xvdk || return
	verify xvdk --bsrange=4k-64k --size=4m --iodepth=16 || return
	hits=$(stat_of a 51872 persistent_hits) maps=$(stat_of a 51872 maps)
	echo "$hits uses of a mapping, $maps maps, $(stat_of a 51872 copies) copies"
	[ "$hits" -gt $((maps * 2)) ] || return
	$xm block-detach a xvdk && within 60 guest_lacks xvdk && no_grant_left
}

# A control group is charged for a disk's I/O, and its thread is in the group.
story_group() {
	local group=/tmp/cgroup/blocktest disk
	mkdir -p /tmp/cgroup && mount -t cgroup2 none /tmp/cgroup || return
	echo +io >/tmp/cgroup/cgroup.subtree_control && mkdir -p $group || return
	new_disk xvdm 16 || return
	disk=backend/vbd/$ida/51904
	sh -c "echo \$\$ >$group/cgroup.procs && exec /root/vbdfile -g $disk" || return
	fio_in_guest xvdm --rw=write --bs=16k --size=4m --iodepth=4 || return
	cat $group/io.stat
	equal "$(cat "/proc/$(cat $group/cgroup.procs)/comm")" \
		"blkback.$ida.xvdm" "thread in the group" || return
	[ "$(grep -oE 'wbytes=[0-9]+' $group/io.stat | head -n 1 | cut -d= -f2)" -ge 4194304 ] ||
		return
	detach xvdm && within 60 rmdir $group && within 60 umount /tmp/cgroup
}

# Attached and detached again while other disks are busy.
story_cycles() {
	local i
	fresh_image xvdf 8
	for ((i = 0; i < cycles; i++)); do
		$xm block-attach a "file:$img/xvdf" xvdf w &&
			within 60 connected "$ida" 51792 &&
			detach xvdf || { echo "cycle $i"; return 1; }
	done
	no_grant_left && busy_goes_on
}

# The driver is taken off a busy disk and put back: the guest goes on.
rebind() { # ID [SECONDS]
	echo "$1" >$driver/unbind || return
	within 60 no_threads "$idb." || return
	sleep "${2-0}"
	echo "$1" >$driver/bind
}
story_rebind() {
	local i id=vbd-$idb-51728
	for ((i = 0; i < 3; i++)); do
		rebind "$id" && busy_goes_on || return
		echo "bound again: $i"
	done
}

# ---- one thing killed at a random moment ----

moment() { sleep "0.$((RANDOM % 8))"; }
# It must not make a file of that name when the disk is gone before it opens it.
busy_a() {
	in_guest 'fio --name=f --filename=/dev/xvdb --allow_file_create=0 \
		--ioengine=libaio --direct=1 \
		--rw=randrw --bs=32k --size=8m --iodepth=16 --time_based --runtime=600 \
		>/tmp/fio 2>&1 & echo started'
}
need_a() {
	if ! $xm domid a >/dev/null 2>&1; then
		guest create a ip=no || return
		find_ids
	fi
	connected "$ida" 51728 && [ "$(stat_of a 51728 rd_req)" -gt 100 ] && return
	connected "$ida" 51728 || new_disk xvdb 8 || return
	busy_a
}
kill_guest() {
	need_a && moment && $xm destroy a && within 90 at_most 1 "vbd-*-51728"
}
at_most() { [ "$(find $dev -name "$2" | wc -l)" -le "$1" ]; } # NUMBER DEVICES
kill_tool() {
	local tool
	need_a || return
	setsid $xm block-attach a "file:$img/xvdf" xvdf w >/dev/null 2>&1 &
	tool=$!
	moment
	kill -KILL -- -$tool 2>/dev/null
	wait $tool 2>/dev/null
	within 60 no_xvdf
}
# the supervisor may undo it at the same time
no_xvdf() {
	! $xm block-list a | grep -q '^51792' || $xm block-detach -f a xvdf
}
kill_detach() {
	# a disk of that name is only seen by a guest that has none
	need_a && moment && $xm block-detach -f a xvdb && within 90 guest_lacks xvdb
}
kill_driver() { rebind "vbd-$idb-51728" "0.$((RANDOM % 5))"; }
kill_module() {
	local disk
	moment
	for disk in "$driver"/vbd-*; do
		basename "$disk" >$driver/unbind || [ ! -e "$disk" ] || return
	done
	unload hospes_blkback || return
	within 60 no_threads || { threads; return 1; }
	moment
	load || return
	# files went with the module; volumes are found again by their number
	[ ! -e "$dev/vbd-$ida-51728" ] || /root/vbdfile "backend/vbd/$ida/51728" $img/xvdb
}
# Could be wrong: the guest waits for ever for an answer when its disk has been
# pulled, in the thread that would show it the next one.
story_pulled() {
	local i
	for ((i = 0; i <= cycles / 4; i++)); do
		kill_detach || { echo "time $i"; return 1; }
	done
	need_a
}
held() { # what must not grow: open files, memory
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo "$(cut -f1 /proc/sys/fs/file-nr) $(awk '/^MemFree/ { print $2 }' /proc/meminfo)"
}
# What is being freed needs a moment.
held_no_more() { # FILES FREE-KIB
	read -r files_now free_now < <(held)
	[ $((files_now - $1)) -le 40 ] && [ $(($2 - free_now)) -le 16384 ]
}
story_kills() {
	local i what files free files_now free_now grown=
	local all=(guest tool detach driver module tool driver detach module tool)
	fresh_image xvdf 8
	read -r files free < <(held)
	for ((i = 0; i < kills; i++)); do
		what=${all[i % ${#all[@]}]}
		echo "# kill $i: $what" >&3
		"kill_$what" || { echo "kill $i: $what"; return 1; }
		busy_goes_on || { echo "guest b stands still after kill $i: $what"; return 1; }
	done
	need_a || return
	equal "$(threads "$ida.")" "blkback.$ida.xvdb" thread || return
	in_guest 'kill $(pidof fio)'
	detach xvdb && no_grant_left || return
	within 60 held_no_more "$files" "$free" || grown=1
	echo "open files $files then $files_now, free KiB $free then $free_now"
	[ -z "$grown" ]
}

# ---- the frontend of tests/kmod, in dom0 ----

frontend() { # OPTIONS...
	mark "frontend $((++frontends))"
	insmod /root/hospes_test_blkfront.ko seed=$RANDOM "$@"
}
frontends=0
said() { since "frontend $frontends" | grep -E "$1"; }
passed() {
	within 300 said 'test_blkfront: (passed|failed)' || return
	said 'test_blkfront: passed' >/dev/null && said 'ring 0 is closed until'
}
attach_own() { # [WORD]: the disk of that frontend
	fresh_image xvdj 4
	$xm block-attach 0 "vdev=xvdj,${1-no-persistent},target=$img/xvdj"
}
detach_own() {
	$xm block-detach -f 0 xvdj && unload hospes_test_blkfront
}

# A frontend that says that its disk is in use: xm does not take it away. (Linux
# did so up to 5.16; newer ones let a mounted disk go.)
story_refused() {
	frontend load=1 refuse=1 && attach_own && within 60 connected 0 51856 || return
	says "is in use by the guest" $xm block-detach 0 xvdj || return
	equal "$($xm block-list 0 | awk '$1 == 51856 { print $4 }')" 4 state || return
	detach_own
}

# All of the protocol, and a frontend that misbehaves: it gets errors and a
# closed ring, and the guest beside it is served all the time.
story_hostile() {
	local rounds=$((cycles * 5))
	frontend rounds=$rounds && attach_own && passed && detach_own || return
	frontend rounds=$rounds order=2 persistent=1 && attach_own persistent &&
		passed && detach_own || return
	frontend load=1 leave=1 && attach_own && within 60 own_requests_beyond 50 &&
		ask_own && said ' 0 requests left behind' || return
	busy_goes_on
}

# A frontend that is closed: what it sends after that has an answer; one that goes
# on and on is let go after five seconds, and at once when its disk is removed, so
# that it does not hold up the thread that handles all devices of dom0. One whose
# disk is pulled may hear of that later than the backend.
story_closing() {
	local i ms
	frontend load=1 leave=3 && attach_own && within 60 own_requests_beyond 50 &&
		ask_own && said ' 0 requests left behind' && closed_after 100 || return
	frontend load=1 leave=2 && attach_own && within 60 own_requests_beyond 50 &&
		ask_own && closed_after 4900 || return
	frontend load=1 leave=4 && attach_own && within 60 own_requests_beyond 50 &&
		detach_own && said ' 0 requests left behind' || return
	for i in 1 2 3; do # the host may stand still in one of them
		frontend load=1 leave=2 && attach_own && within 60 own_requests_beyond 50 ||
			return
		ms=$(unbind_closing) || ms=99999 # it was gone before
		unload hospes_test_blkfront || return
		echo "unbound in $ms ms"
		[ "$ms" -gt 2500 ] || return 0
	done
	return 1
}
ask_own() { # it may take a slow machine longer than xm waits
	$xm block-detach 0 xvdj || $xm block-detach 0 xvdj || return
	unload hospes_test_blkfront
}
closed_after() { # MILLISECONDS, at least
	local ms
	ms=$(said 'its disk went' | grep -oE '[0-9]+ ms' | cut -d' ' -f1)
	echo "the disk of a closed frontend went after $ms ms"
	[ "${ms:-0}" -ge "$1" ]
}
frontend_closed() { [ "$(xenstore-read /local/domain/0/device/vbd/51856/state)" = 6 ]; }
unbind_closing() { # says how long the driver took to let a closed disk go, in ms
	local tool start
	$xm block-detach 0 xvdj >&2 &
	tool=$!
	within 60 frontend_closed >&2 || return
	start=$(date +%s%3N)
	echo vbd-0-51856 >$driver/unbind || start=
	[ -z "$start" ] || echo $(($(date +%s%3N) - start))
	wait $tool
	[ -n "$start" ]
}

# A frontend goes without a word and another one takes the disk.
story_reconnect() {
	local i
	frontend rounds=10 && attach_own && passed || return
	for i in 1 3; do
		echo vbd-51856 >/sys/bus/xen/drivers/test-blkfront/unbind &&
			unload hospes_test_blkfront &&
			frontend rounds=10 order=$i && passed || return
	done
	detach_own
}

# How much a reads beside a frontend that misbehaves, or one that does not, once
# that has got to work: reads in a second, and the milliseconds of the processor
# in that time that the other one and its thread had.
reads_beside() { # OPTIONS...
	local before start ms busy
	frontend "$@" && attach_own >&2 || return
	within 60 own_requests_beyond 50 >&2 || return
	busy=$(busy_with_own) start=$(date +%s%3N)
	before=$(stat_of a 51728 rd_req)
	sleep 3 # the time that is measured
	before=$(($(stat_of a 51728 rd_req) - before))
	ms=$(($(date +%s%3N) - start)) busy=$(($(busy_with_own) - busy))
	echo $((before * 1000 / ms)) $((busy * 1000 / ms))
	detach_own >&2
}
own_requests_beyond() { # NUMBER: also those that were refused
	cat $dev/vbd-0-51856/statistics/{rd_req,wr_req,rejected} 2>/dev/null |
		awk -v n="$1" '{ sum += $1 } END { exit sum <= n }'
}
busy_with_own() { # in ms
	local pid
	for pid in $(pgrep -x 'blkback.0.xvdj|test-blkfront'); do
		cat /proc/"$pid"/schedstat
	done | awk '{ sum += $1 } END { printf "%d", sum / 1e6 }'
}
# A hostile one leaves at least 80 % of the reads that a good one leaves which does
# the same, well, and pauses so much that it takes as much of the processor. The
# host may stand still in one of the windows: more are looked at then.
story_beside() {
	local i n pause=20 good=(0 0) bad=(0 0)
	guest_has xvdb || new_disk xvdb 8 || return
	in_guest 'fio --name=f --filename=/dev/xvdb --ioengine=libaio --direct=1 --rw=randread \
		--bs=4k --size=8m --iodepth=8 --time_based --runtime=900 >/tmp/fio 2>&1 &
		echo started'
	for i in 1 2 3 4 5 6 7 8; do
		n=$(reads_beside load=2) && add bad "$n" || return
		n=$(reads_beside load=3 pause=$pause) && add good "$n" || return
		echo "each second, beside a good frontend that pauses for $pause ms:" \
			"$((good[0] / i)) reads, $((good[1] / i)) ms for it;" \
			"a hostile one: $((bad[0] / i)), $((bad[1] / i)) ms"
		[ $i -lt 3 ] || ! has_share || break
		pause=$((1 + pause * good[1] / (bad[1] + 1)))
	done
	in_guest 'kill $(pidof fio)'
	has_share && detach xvdb
}
add() { # ARRAY 'NUMBER NUMBER'
	local -n sum=$1
	sum=($((sum[0] + ${2% *})) $((sum[1] + ${2#* })))
}
has_share() { # beside one that took, to a quarter, no more of the processor
	[ $((bad[0] * 10)) -ge $((good[0] * 8)) ] && [ $((good[1] * 4)) -le $((bad[1] * 5)) ]
}

# The tool of this tree: attaches without a loop device, lists, refuses whom
# else would write or what is no disk, detaches.
story_xm() {
	local f=$img/xvdh
	fresh_image xvdh 8
	ln -sf "$f" $img/symlink && ln -f "$f" $img/hardlink && : >$img/empty
	head -c 700 /dev/zero >$img/odd
	$xm block-attach a "file:$f" xvdh w && within 60 guest_has xvdh || return
	$xm block-list a
	equal "$($xm block-list a | awk '$1 == 51824 { print $4 }')" 4 state || return
	$xm block-list --long a | grep -qF "(params '$f')" || { echo "no --long"; return 1; }
	equal "$(losetup -j "$f")" '' "loop devices" || return
	says "in use by domain 'a' as xvdh" $xm block-attach a "file:$f" xvdi w &&
		says "in use by domain" $xm block-attach a "file:$img/symlink" xvdi w &&
		says "in use by domain" $xm block-attach a "file:$img/hardlink" xvdi r &&
		says "mounted here, at /guest" $xm block-attach a phy:/dev/vdb xvdi w &&
		says "No such file" $xm block-attach a file:/nowhere xvdi w &&
		says "is a directory" $xm block-attach a file:/guest xvdi w &&
		says "is empty" $xm block-attach a file:$img/empty xvdi w &&
		says "no multiple of 512" $xm block-attach a file:$img/odd xvdi w &&
		says "has no disk xvdz" $xm block-detach a xvdz || return
	$xm block-attach a "file:$f" xvdi w! && within 60 guest_has xvdi || return
	$xm block-detach a xvdi && $xm block-detach a xvdh && within 60 guest_lacks xvdh
}

# dom0 has a disk of its own, and lets it go.
story_dom0() {
	local f=$img/own
	fresh_image own 8 && modprobe xen-blkfront || return
	$xm block-attach 0 "file:$f" /dev/xvda1 w 0 && within 60 test -b /dev/xvda1 || return
	head -c 64K /dev/urandom >/tmp/own && dd if=/tmp/own of=/dev/xvda1 oflag=direct \
		bs=64k 2>/dev/null || return
	equal "$(dd if="$f" bs=64k count=1 iflag=direct 2>/dev/null | md5sum)" \
		"$(md5sum </tmp/own)" "what is in the image" || return
	$xm block-detach 0 xvda1 && within 60 test ! -b /dev/xvda1 || return
	equal "$(losetup -j "$f")" '' "loop devices" && unload xen_blkfront
}

# A partition's name for a file system, and a disk that has partitions.
story_names() {
	local f=$img/parts
	fresh_image xvdn1 8 && mke2fs -q $img/xvdn1 && fresh_image parts 8 &&
		parted -s "$f" mklabel msdos mkpart primary 1MiB 7MiB || return
	attach_file a xvdn1 $img/xvdn1 && within 60 guest_has xvdn1 &&
		attach_file a xvdo "$f" && within 60 guest_has xvdo1 || return
	in_guest 'mkdir -p /tmp/n && mount -t ext2 /dev/xvdn1 /tmp/n && umount /tmp/n' &&
		equal "$(in_guest 'cat /sys/class/block/xvdo1/size')" 12288 size &&
		detach xvdn1 && detach xvdo
}

# What cannot be a disk is said at once, with its entry, and no guest is made.
story_bad() {
	local f=$img/bad loop fastest=99999
	[ ! -e $img/still ] || chattr -i $img/still
	fresh_image bad 8 && : >$img/empty && head -c 700 /dev/zero >$img/odd &&
		fresh_image still 4 && chattr +i $img/still &&
		rm -f $img/nothing && mknod $img/nothing b 240 99 &&
		volume claimed 4 || return
	refuses "disk xvdb: /nowhere: No such file" "file:/nowhere,xvdb,w" &&
		refuses "disk xvdb: $img/still: Operation not permitted" "file:$img/still,xvdb,w" &&
		refuses "disk xvdb: $img/nothing: No such device" "phy:$img/nothing,xvdb,w" &&
		refuses "disk xvdb: /guest: is a directory" "file:/guest,xvdb,w" &&
		refuses "disk xvdb: $img/empty: is empty" "file:$img/empty,xvdb,w" &&
		refuses "is no multiple of 512" "file:$img/odd,xvdb,w" &&
		refuses "is not a block device" "phy:$f,xvdb,w" &&
		refuses "mounted here, at /guest" "phy:/dev/vdb,xvdb,w" &&
		refuses "disk xvdb: $loop: is in use here" "phy:$loop,xvdb,w" &&
		refuses "in use by domain 'b' as xvdb" "phy:/dev/mapper/busy,xvdb,w" &&
		refuses "no name of a guest's disk: 'foo'" "file:$f,foo,w" &&
		refuses "two disks have the name 'xvdb'" \
			"file:$f,xvdb,w', 'phy:/dev/vdc,xvdb,r" &&
		refuses "is the same as disk xvdb" "file:$f,xvdb,w', 'file:$f,xvdc,w" &&
		refuses "unknown mode 'q'" "file:$f,xvdb,q" &&
		refuses "the mode is missing" "file:$f,xvdb" || return
	chattr -i $img/still && within 60 dmsetup remove claimed && losetup -d "$loop" || return
	echo "the fastest complaint took $fastest ms"
	[ "$fastest" -lt 5000 ] # 1000, on a machine that does nothing else
}
refuses() { # TEXT DISK: create says so
	local ms
	guest config z ip=no | sed "s|^disk = .*|disk = [ '$2' ]|" >/tmp/z.cfg
	ms=$(date +%s%3N)
	says "$1" $xm create -q /tmp/z.cfg || return
	ms=$(($(date +%s%3N) - ms))
	[ $ms -ge "$fastest" ] || fastest=$ms
	! $xm domid z >/dev/null 2>&1 || { echo "made in spite of it"; return 1; }
}

# tmpfs: with or without direct I/O, the disk works.
story_tmpfs() {
	mount -t tmpfs -o size=24m none /mnt && truncate -s 16M /mnt/t.img || return
	attach_file a xvdg /mnt/t.img && within 60 guest_has xvdg || return
	verify xvdg --bs=8k --size=4m --iodepth=16 || return
	detach xvdg && within 60 umount /mnt
}

# Debian lives on an image file, then on a volume that is the same disk. Its shell
# completes words at a tab: none may be in what it is asked.
debian() { # TARGET COMMANDS
	# on a busy host it may be up later than that command waits
	guest create d ip=no mem=192 root="$1" || guest wait d MARK-UP 600 || return
	guest run d "$2" && $xm shutdown -w d
}
# QEMU 7.2 stands for up to half a minute, under any hypervisor, when memory that
# a dead guest ran its programs in is filled anew: it looks for what it translated
# of each page in long lists. dom0's watchdogs take that for a CPU that is stuck.
story_debian() {
	local failed=0
	patience 60 180
	debian_on_both || failed=1
	patience 10 21
	return $failed
}
patience() { # WATCHDOG RCU: seconds
	echo "$1" >/proc/sys/kernel/watchdog_thresh
	echo "$2" >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
}
debian_on_both() {
	local loop
	local write='head -c 8M /dev/urandom >/root/x && sync && md5sum /root/x >/root/sum'
	debian /guest/debian.img "grep ' / ' /proc/mounts; $write" || return
	equal "$(losetup -j /guest/debian.img)" '' "loop devices" || return
	modprobe dm-mod && truncate -s 1600M $img/pv && loop=$(losetup -f --show $img/pv) &&
		pvcreate -q "$loop" && vgcreate -q disks "$loop" &&
		lvcreate -q -W n -L "$(stat -c %s /guest/debian.img)b" -n debian disks &&
		dd if=/guest/debian.img of=/dev/disks/debian bs=1M conv=sparse status=none ||
		return
	lvs disks
	debian /dev/disks/debian 'grep " / " /proc/mounts; md5sum -c /root/sum' || return
	within 60 vgremove -q -y disks && pvremove -q "$loop" && losetup -d "$loop" &&
		rm $img/pv
}

# The guests die, one under load; all is given back and the module goes.
story_end() {
	in_b 'kill -INT $(pidof fio); while pidof fio >/dev/null; do sleep 0.2; done'
	equal "$(in_b 'grep -c "err= 0" /tmp/busy' | grep -oE '[0-9]+$')" 2 \
		"jobs of b without an error" &&
		! in_b 'grep "^verify" /tmp/busy' || { in_b 'cat /tmp/busy'; return 1; }
	guest_has xvdb || new_disk xvdb 8 || return
	$xm block-detach b xvdb && busy_a && $xm destroy a && $xm destroy b || return
	within 90 at_most 0 "vbd-*" || return
	within 60 no_threads || { threads; return 1; }
	unload hospes_blkback && load || return
	within 60 dmsetup remove busy && losetup -D && rm -rf $img
	! since start | grep -E 'WARNING|BUG|Oops|Call Trace|hung task|leak'
}

exec 3>&1 # what a story says at once
mark start
# a by xl, which only attaches disks to guests that it made
TOOLSTACK=xl guest create a ip=no && guest create b ip=no vcpus=2 && find_ids || exit 1
for story; do
	start=$SECONDS
	if "story_$story" >"/tmp/$story" 2>&1; then
		sed 's/^/# /' "/tmp/$story"
		echo "ok $story ($((SECONDS - start)) s)"
	else
		sed 's/^/# /' "/tmp/$story"
		dmesg | tail -n 5 | sed 's/^/# /'
		echo "not ok $story ($((SECONDS - start)) s)"
	fi
done
