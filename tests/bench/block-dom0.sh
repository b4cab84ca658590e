#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2317 # for the guest; called by name
# Runs in dom0 for tests/bench/block: the same guest and image with the stock
# backend, which needs a loop device, and with ours, in turn. A line per figure:
# DRIVER FIGURE VALUE. Beside it in /root: hospes_blkback.ko, xm.
#
# usage: block-dom0.sh ROUNDS SECTION...
#   counts   operations for each request at depth 32, with and without
#            persistent grants
#   rates    KiB a second: random and sequential, cold and cached, a volume
#   single   KiB a second with one request in flight, cached and a volume
#   guests   hdparm -t in one, two and three guests at once
#   idle     memory of a disk that has been read once and then idles
#   many     a hundred idle disks in two guests
#   trim     p99 of reads: alone, beside writes, beside writes and fstrim
set -u
rounds=$1
shift
img=/guest/bench.img
dev=/sys/bus/xen-backend/devices
tracing=/sys/kernel/tracing
export DM_DISABLE_UDEV=1 TOOLSTACK=/root/xm
mount -t tracefs none $tracing 2>/dev/null
driver=stock

within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*" >&2; return 1; }
		sleep 0.1
	done
}
say() { echo "$driver $1 $2"; }
ratio() { echo "scale=3; $1 / $2" | bc; }
in_a() { guest run a "$1"; }
number_from_guest() { in_a "$1" | grep -oE '[0-9.]+$' | tail -n 1; }
guest_has() { in_a "[ -b /dev/$1 ]"; }
guest_lacks() { in_a "[ ! -b /dev/$1 ]"; }
attach() { # TARGET VDEV [WORD]
	/root/xm block-attach a "vdev=$2,access=w${3+,$3},target=$1" && within 20 guest_has "$2"
}
detach() { /root/xm block-detach a "$1" && within 20 guest_lacks "$1"; }
drop() { sync; echo 3 >/proc/sys/vm/drop_caches; }

# use NAME: stock, ours; with -plain the stock one without persistent grants
use() {
	driver=$1
	rmmod xen_blkback 2>/dev/null
	rmmod hospes_blkback 2>/dev/null
	case $1 in
	stock) modprobe xen-blkback ;;
	stock-plain) modprobe xen-blkback feature_persistent=0 ;;
	*) insmod /root/hospes_blkback.ko ;;
	esac
}

# ---- counts ----

# What the stock backend calls: maps and unmaps of grants, and events. Ours
# counts by itself, copies too.
trace() { # start | stop
	echo 0 >$tracing/tracing_on
	echo 0 >$tracing/events/kprobes/enable 2>/dev/null
	echo >$tracing/kprobe_events
	[ "$1" = start ] || return
	echo 16384 >$tracing/buffer_size_kb
	echo >$tracing/trace
	echo 'p:bmap gnttab_map_refs n=%cx:u32' >$tracing/kprobe_events
	echo 'p:bunmap gnttab_unmap_refs n=%cx:u32' >>$tracing/kprobe_events
	echo 'p:bevent notify_remote_via_irq' >>$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/enable
	echo 1 >$tracing/tracing_on
}
traced() { # "HYPERCALLS GRANT-OPERATIONS" from the trace
	awk '/: bmap:|: bunmap:/ { sub(".*n=", ""); ops += $1; calls++ }
	     /: bevent:/ { calls++ }
	     END { print calls + 0, ops + 0 }' $tracing/trace
}
events() { number_from_guest "awk '/blkif/ { n += \$2 } END { print n }' /proc/interrupts"; }
events_in() { awk '/blkif-backend/ { n += $2 } END { print n + 0 }' /proc/interrupts; }
switches() { awk '/^ctxt/ { print $2 }' /proc/stat; }
requests() { cat "$(echo $dev/vbd-*-51728)"/statistics/{rd,wr}_req | paste -sd+ | bc; }
stat_of() { cat "$(echo $dev/vbd-*-51728)/statistics/$1" 2>/dev/null || echo 0; }

count_job() { # NAME FIO-OPTIONS...
	local name=$1 e i s r copies calls own
	shift
	# once before: what stays mapped is mapped, and programs are loaded
	fio "$@" >/dev/null
	own=$(switches)
	in_a 'sleep 1' && in_a true
	own=$(($(switches) - own)) # of asking the guest
	e=$(events) i=$(events_in) r=$(requests) s=$(switches)
	copies=$(($(stat_of copies) + $(stat_of maps) + $(stat_of unmaps)))
	calls=$(stat_of hypercalls)
	fio "$@" >/dev/null || return
	s=$(($(switches) - s - own)) r=$(($(requests) - r)) e=$(($(events) - e))
	copies=$(($(stat_of copies) + $(stat_of maps) + $(stat_of unmaps) - copies))
	calls=$(($(stat_of hypercalls) - calls))
	i=$(($(events_in) - i))
	say "$name-events" "$(ratio $e $r)"
	say "$name-events-in" "$(ratio $i $r)"
	say "$name-switches" "$(ratio $s $r)"
	if [ $calls = 0 ]; then # the stock one does not count: trace it
		trace start
		r=$(requests)
		fio "$@" >/dev/null
		echo 0 >$tracing/tracing_on
		r=$(($(requests) - r))
		read -r calls copies < <(traced)
		trace stop
	fi
	say "$name-hypercalls" "$(ratio "$calls" $r)"
	say "$name-grant-ops" "$(ratio "$copies" $r)"
}
fio() { # OPTIONS...: KiB a second
	in_a "fio --name=j --filename=/dev/xvdb --ioengine=libaio --direct=1 $* \
		--minimal >/tmp/j 2>&1 || { tail -n 3 /tmp/j; exit 1; }" >&2 || return
	# terse format 3: KiB/s of reads in field 7, of writes in 48
	number_from_guest "awk -F';' '{ print \$7 + \$48 }' /tmp/j"
}
section_counts() {
	local name word job=(--bs=4k --iodepth=32 --io_size=4m --size=40m)
	for name in stock stock-plain ours ours-persistent; do
		use $name || return
		word=discard
		[ $name != ours-persistent ] || word=persistent
		attach $img xvdb $word || return
		count_job read-4k --rw=randread "${job[@]}"
		count_job write-4k --rw=randwrite "${job[@]}"
		count_job read-64k --rw=randread --bs=64k --iodepth=32 --io_size=16m --size=40m
		detach xvdb || return
	done
}

# ---- rates ----

# rate FIGURE FIO-OPTIONS...
rate() { say "$1" "$(fio "${@:2}")"; }
random_reads() { # FIGURE [FIO-OPTION]
	rate "$1-qd32" --rw=randread --bs=4k --iodepth=32 --io_size=8m "${@:2}"
	[[ $1 != *-cold ]] || drop # fio goes to the same places again
	rate "$1-qd1" --rw=randread --bs=4k --iodepth=1 --io_size=2m "${@:2}"
}
section_rates() {
	local round name large=(--bs=1m --iodepth=4 --size=64m)
	for ((round = 0; round < rounds; round++)); do
		for name in stock ours; do
			use $name && drop && attach $img xvdb || return
			random_reads read-4k-cold
			drop
			rate read-1m-cold --rw=read "${large[@]}"
			rate write-1m --rw=write "${large[@]}" --end_fsync=1
			head -c 64M $img >/dev/null
			random_reads read-4k-cached --size=64m
			rate read-1m-cached --rw=read "${large[@]}"
			detach xvdb && attach /dev/mapper/bench xvdb || return
			random_reads volume-read-4k
			rate volume-read-1m --rw=read "${large[@]}"
			detach xvdb || return
		done
	done
}

# One request in flight is all latency: of a busy host, or with ICOUNT=1 of what
# has to be executed. A second is 10^9 instructions then.
section_single() {
	local round name word job=(--rw=randread --bs=4k --iodepth=1 --io_size=16m --size=64m)
	for ((round = 0; round < rounds; round++)); do
		for name in stock stock-plain ours ours-persistent; do
			word=discard
			[ $name != ours-persistent ] || word=persistent
			use $name && drop && attach $img xvdb $word || return
			head -c 64M $img >/dev/null
			rate single-cached "${job[@]}"
			detach xvdb && attach /dev/mapper/bench xvdb $word || return
			rate single-volume "${job[@]}"
			detach xvdb || return
		done
	done
}

section_guests() {
	local round name n g
	guest create b ip=no && guest create c ip=no || return
	for ((round = 0; round < rounds; round++)); do
		for name in stock ours; do
			use $name || return
			for g in a b c; do
				/root/xm block-attach $g file:/guest/bench-$g.img xvdb w || return
				within 20 guest run $g '[ -b /dev/xvdb ]' || return
			done
			for n in 1 2 3; do
				drop
				rm -f /tmp/hdparm-*
				for g in $(echo a b c | cut -d' ' -f1-$n); do
					guest run "$g" 'hdparm -t /dev/xvdb' >"/tmp/hdparm-$g" &
				done
				wait
				say "hdparm-$n-guests-mb" "$(awk '/MB\/sec/ { n += $(NF - 1) }
					END { print n }' /tmp/hdparm-*)"
			done
			for g in a b c; do /root/xm block-detach $g xvdb; done
		done
	done
	/root/xm destroy b
	/root/xm destroy c
}

# ---- memory ----

free_kib() { drop; sleep 1; drop; awk '/^MemFree/ { print $2 }' /proc/meminfo; }
section_idle() {
	local before i letters=(c d e f g h i j k l)
	for name in stock ours; do
		use $name || return
		for i in "${letters[@]}"; do fallocate -l 4M "/guest/idle-$i.img"; done
		before=$(free_kib)
		for i in "${letters[@]}"; do
			/root/xm block-attach a "file:/guest/idle-$i.img" "xvd$i" w || return
		done
		within 20 guest_has xvdl || return
		in_a 'for d in /dev/xvd[c-l]; do dd if=$d of=/dev/null bs=1M 2>/dev/null; done'
		sleep 4 # a busy disk's memory is given back after two idle seconds
		say kib-per-idle-disk $(((before - $(free_kib)) / ${#letters[@]}))
		for i in "${letters[@]}"; do
			/root/xm block-detach a "xvd$i"
		done
		within 20 guest_lacks xvdl
	done
}

# xenstored lets a guest have 1000 nodes, which are 97 disks: two guests.
section_many() {
	local before g name start disks
	use ours || return
	for g in m n; do
		disks=''
		for name in {a,b}{a..y}; do
			fallocate -l 1M "/guest/many-$g-$name.img"
			disks+="'file:/guest/many-$g-$name.img,xvd$name,w', "
		done
		guest config $g ip=no mem=256 |
			sed "s|^disk = .*|disk = [ $disks ]|" >/tmp/$g.cfg
	done
	before=$(free_kib) start=$SECONDS
	/root/xm create -q /tmp/m.cfg && /root/xm create -q /tmp/n.cfg || return
	guest wait m MARK-UP 200 && guest wait n MARK-UP 200 || return
	within 60 all_there m && within 60 all_there n # or fewer are counted below
	say seconds-to-connect-100 $((SECONDS - start))
	say disks-connected-of-100 "$(cat $dev/vbd-*/state | grep -c '^Connected')"
	sleep 4
	say kib-per-disk-of-100 $(((before - $(free_kib)) / 100))
	/root/xm destroy m
	/root/xm destroy n
	rm -f /guest/many-*.img
}
all_there() { guest run "$1" '[ $(ls -d /sys/block/xvd* | wc -l) = 50 ]'; }

# ---- reads while the guest trims ----

# What frees blocks writes them first, and that alone delays reads: trimming is
# compared with the same writes without it, and with an idle guest.
beside() { # COMMAND: writes, forgets, and does COMMAND, again and again
	echo "(while :; do
		dd if=/dev/zero of=/tmp/m/fill bs=1M count=128 2>/dev/null
		rm /tmp/m/fill
		sync
		$1
		: \$((turns += 1)); echo \$turns >/tmp/turns
	done) & loop=\$!;"
}
p99() { # BEFORE AFTER: of the reads between the two, in microseconds
	number_from_guest "$1 fio --name=r --filename=/tmp/m/data --size=16m --rw=randread \
		--bs=4k --direct=1 --iodepth=1 --time_based --runtime=10 --minimal |
		tr ';' '\n' | sed -n 's/^99.000000%=//p' | head -n 1; $2"
}
stop='kill $loop; wait $loop 2>/dev/null; true'
section_trim() {
	local name round
	for name in stock ours; do
		use $name && fallocate -l 512M $img && attach $img xvdb || return
		in_a 'mke2fs /dev/xvdb >/dev/null; mkdir -p /tmp/m
			mount -t ext4 /dev/xvdb /tmp/m &&
			dd if=/dev/zero of=/tmp/m/data bs=1M count=16 2>/dev/null && sync' || return
		for ((round = 0; round < rounds; round++)); do
			say read-p99-us "$(p99 '' true)"
			say read-p99-writes-us "$(p99 "$(beside :)" "$stop")"
			say read-p99-trim-us "$(p99 "$(beside 'fstrim /tmp/m')" "$stop")"
			say turns-with-trim "$(number_from_guest 'cat /tmp/turns')"
		done
		in_a 'while ! umount /tmp/m; do sleep 0.3; done' && detach xvdb || return
	done
}

prepare() {
	# written: what is only allocated is read without any I/O; and larger than
	# dom0's memory
	dd if=/dev/zero of=$img bs=1M count=448 oflag=direct 2>/dev/null
	for g in a b c; do fallocate -l 48M /guest/bench-$g.img; done
	dd if=/dev/zero of=/dev/vdc bs=1M oflag=direct 2>/dev/null
	[ "$(blockdev --getsz /dev/vdc)" = 262144 ] &&
		dmsetup create bench --table "0 262144 linear /dev/vdc 0"
}

prepare || exit 1
# ten idle disks of the stock backend pin 5 MiB each in the guest too
guest create a ip=no mem=320 || exit 1
for section; do
	echo "section $section at $SECONDS s" >&2
	"section_$section" && continue
	echo "section $section did not end" >&2
	{ guest log a | tail -n 25; xl dmesg | tail -n 5; } >&2
done
