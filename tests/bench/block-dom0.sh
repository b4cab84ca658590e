#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what stands in single quotes is for the guest
# Runs in dom0 for tests/bench/block: one guest, one image, the stock backend
# with a loop device and ours without, in turn. A line per figure:
# DRIVER FIGURE VALUE. Beside it in /root: hospes_blkback.ko, xm.
set -u
img=/guest/bench.img
dev=/sys/bus/xen-backend/devices
fallocate -l 256M $img

within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*" >&2; return 1; }
		sleep 0.1
	done
}
number_from_guest() { guest run a "$1" | grep -oE '[0-9.]+$' | tail -n 1; }
events() { number_from_guest "awk '/xvdb/ { n += \$2 } END { print n }' /proc/interrupts"; }
switches() { awk '/^ctxt/ { print $2 }' /proc/stat; }
requests() { cat "$(echo $dev/vbd-*-51728)"/statistics/{rd,wr}_req | paste -sd+ | bc; }
stat_of() { cat "$(echo $dev/vbd-*-51728)/statistics/$1" 2>/dev/null || echo 0; }
guest_has() { guest run a "[ -b /dev/$1 ]"; }
guest_lacks() { guest run a "[ ! -b /dev/$1 ]"; }

# job DRIVER NAME FIO-OPTIONS...: requests per second, and counts per request
job() {
	local driver=$1 name=$2 e s r h g rate
	shift 2
	e=$(events) s=$(switches) r=$(requests) h=$(stat_of hypercalls)
	g=$(($(stat_of copies) + $(stat_of maps) + $(stat_of unmaps)))
	guest run a "fio --name=j --filename=/dev/xvdb --ioengine=libaio --direct=1 $* \
		--minimal >/tmp/j 2>&1" || return
	s=$(($(switches) - s)) r=$(($(requests) - r)) h=$(($(stat_of hypercalls) - h))
	g=$(($(stat_of copies) + $(stat_of maps) + $(stat_of unmaps) - g))
	e=$(($(events) - e))
	# terse format 3: KiB/s of reads in field 7, of writes in 48
	rate=$(number_from_guest "awk -F';' '{ print \$7 + \$48 }' /tmp/j")
	echo "$driver $name-kib-per-s $rate"
	echo "$driver $name-events-per-request $(echo "scale=3; $e / $r" | bc)"
	echo "$driver $name-switches-per-request $(echo "scale=3; $s / $r" | bc)"
	[ "$driver" = stock ] || {
		echo "$driver $name-hypercalls-per-request $(echo "scale=3; $h / $r" | bc)"
		echo "$driver $name-grant-ops-per-request $(echo "scale=3; $g / $r" | bc)"
	}
}

memory() { sync; echo 3 >/proc/sys/vm/drop_caches; awk '/^MemFree/ { print $2 }' /proc/meminfo; }

# What a disk costs that is connected and has been read once, and then idles.
idle_disks() { # DRIVER
	local before i letters=(c d e f g h i j k l)
	before=$(memory)
	for i in "${letters[@]}"; do
		fallocate -l 4M "/guest/idle-$i.img"
		/root/xm block-attach a "file:/guest/idle-$i.img" "xvd$i" w || return
	done
	within 20 guest_has xvdl || return
	sleep 4 # a busy disk's memory is given back after two idle seconds
	echo "$1 kib-per-idle-disk $(((before - $(memory)) / ${#letters[@]}))"
	for i in "${letters[@]}"; do
		/root/xm block-detach a "xvd$i"
		rm -f "/guest/idle-$i.img"
	done
}

run() { # DRIVER
	echo 3 >/proc/sys/vm/drop_caches
	/root/xm block-attach a file:$img xvdb w && within 20 guest_has xvdb || return
	job "$1" read-4k-qd32-cold --rw=randread --bs=4k --iodepth=32 --io_size=6m --size=250m
	job "$1" read-4k-qd1-cold --rw=randread --bs=4k --iodepth=1 --io_size=1m --size=250m
	job "$1" write-4k-qd32 --rw=randwrite --bs=4k --iodepth=32 --io_size=6m --size=250m
	job "$1" write-1m --rw=write --bs=1m --iodepth=4 --size=48m
	echo 3 >/proc/sys/vm/drop_caches
	job "$1" read-1m-cold --rw=read --bs=1m --iodepth=4 --size=48m
	cat $img >/dev/null
	job "$1" read-4k-qd32-cached --rw=randread --bs=4k --iodepth=32 --io_size=6m --size=40m
	/root/xm block-detach a xvdb && within 20 guest_lacks xvdb
	idle_disks "$1"
}

drivers() { # OUT IN
	rmmod "$1" || return
	case $2 in
	hospes*) insmod "/root/$2.ko" ;;
	*) modprobe "$2" ;;
	esac
}

guest create a ip=no || exit 1
lsmod | grep -q '^xen_blkback' || modprobe xen-blkback
for round in 1 2 3; do
	[ $round -le "${1:-1}" ] || break
	run stock
	drivers xen_blkback hospes_blkback || exit 1
	run ours
	drivers hospes_blkback xen_blkback || exit 1
done
