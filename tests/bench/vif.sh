# SPDX-License-Identifier: GPL-2.0-only
# In dom0: the same two guests on the stock network backend and on ours, in
# turn; the driver is changed under them, which they do not notice.
#	bash vif.sh ROUNDS SECONDS
# Prints `@@ ROW stock|ours|mapped VALUE`; mapped is ours with map_bytes.
# hospes_netback.ko is beside this file.
# shellcheck shell=bash
rounds=${1:-3} seconds=${2:-2}
export GUEST_TIMEOUT=600 TOOLSTACK=xm

die() { echo "vif: $*" >&2; exit 3; }

within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || die "not within the time: $*"
		sleep 0.1
	done
}

say() { echo "@@ $1 $driver $2"; }

plug() { # DOMID: by hand what a tool does for a new vif
	within 10 test -e "/sys/class/net/vif$1.0"
	ip link set "vif$1.0" up master xenbr0
	xenstore-write "/local/domain/0/backend/vif/$1/0/hotplug-status" connected
}

unplug() { # DOMID: stock vifs hold their module
	local vif=vif-$1-0
	[ ! -e "/sys/bus/xen-backend/drivers/vif/$vif" ] ||
		echo "$vif" >/sys/bus/xen-backend/drivers/vif/unbind
}

unload() {
	rmmod xen-netback || rmmod hospes_netback
}

load() { # stock|ours|mapped
	unplug "$ida"
	unplug "$idb"
	within 20 unload
	case $1 in
	stock) modprobe xen-netback ;;
	ours) insmod ./hospes_netback.ko ;;
	mapped) insmod ./hospes_netback.ko map_bytes=4096 ;;
	esac || die "no driver $1"
	plug "$ida"
	plug "$idb"
	within 20 ping -c 1 -w 1 10.0.0.11
	within 20 ping -c 1 -w 1 10.0.0.12
}

# flow ROW CHANNEL COMMAND...: iperf3's rate as its receiver saw it, and the
# events of that channel of a's, in both directions, for each packet.
counts() { # CHANNEL
	local packets=rx_packets # what a guest sends a vif receives
	[ "$1" = tx ] || packets=tx_packets
	awk -v name="vif$ida.0-q0-$1" '$NF == name {
		for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i
		print n + 0 }' /proc/interrupts
	# shellcheck disable=SC2016 # awk's
	guest run a "awk '\$NF ~ /-q0-$1\$/ { print \$2 }' /proc/interrupts"
	cat "/sys/class/net/vif$ida.0/statistics/$packets"
}

flow() {
	local row=$1 channel=$2 before after
	shift 2
	mapfile -t before < <(counts "$channel")
	"$@" >/root/flow 2>&1 || cat /root/flow >&2
	mapfile -t after < <(counts "$channel")
	say "$row" "$(awk '/receiver/ { for (i = 2; i <= NF; i++)
		if ($i == "Mbits/sec") print $(i - 1) }' /root/flow)"
	say "$row-events" "$(awk -v e=$((after[0] - before[0] + after[1] - before[1])) \
		-v p=$((after[2] - before[2])) 'BEGIN { printf "%.3f", p ? e / p : 0 }')"
}

udp_pps() {
	guest run a "iperf3 -c 10.0.0.1 -u -l 64 -b 0 -t $seconds" |
		awk -v s="$seconds" '/receiver/ {
			for (i = 1; i <= NF; i++) if (split($i, n, "/") == 2 &&
				n[2] ~ /^[0-9]+$/ && n[2] > 0)
				printf "%.0f", (n[2] - n[1]) / s }'
}

quantiles() {
	ping -c 200 -i 0.01 10.0.0.11 | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' |
		sort -n | awk '{ v[NR] = $1 * 1000 } END {
			print v[int(NR / 2) + 1], v[int(NR * 0.99)] }'
}

bulk() {
	ethtool -S "vif$ida.0" >/root/before.$driver
	flow guest-dom0 tx guest run a "iperf3 -c 10.0.0.1 -f m -t $seconds"
	ethtool -S "vif$ida.0" >/root/after.$driver
	flow guest-guest tx guest run a "iperf3 -c 10.0.0.12 -f m -t $seconds"
}

measure() {
	local p50 p99
	read -r p50 p99 < <(quantiles)
	say ping-p50 "$p50"
	say ping-p99 "$p99"
	bulk
	flow dom0-guest rx guest run a "iperf3 -c 10.0.0.1 -R -f m -t $seconds"
	say udp-64 "$(udp_pps)"
}

# dom0's memory that nothing uses, KiB
unused() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(MemFree|Buffers|Cached):/ { n += $2 } END { print n }' \
		/proc/meminfo
}

# What an interface that does nothing takes of it, with all around it: the
# netdev, its files in sysfs, xenstored's nodes.
idle() {
	local n=8 before i # with 15 the stock driver does not connect all
	before=$(unused)
	for i in $(seq $n); do
		xm network-attach a || die "no interface $i"
		within 20 grep -q 1 "/sys/class/net/vif$ida.$i/carrier"
	done
	say idle-kib "$(((before - $(unused)) / n))"
	for i in $(seq $n); do
		xm network-detach a "$i" || die "interface $i stays"
	done
}

iperf3 -s -D --logfile /dev/null
# it is read from the disk before time counts, and an idle second under icount
# may be shorter than a read
rmmod xen-netback 2>/dev/null
modprobe xen-netback || modprobe xen-netback || die "no stock driver"
rmmod xen-netback
insmod ./hospes_netback.ko || die "no driver of ours"
guest create a ip=10.0.0.11 || die "no guest a"
guest create b ip=10.0.0.12 || die "no guest b"
ida=$(xm domid a) idb=$(xm domid b)
guest run b 'iperf3 -s -D >/dev/null'
driver=warm
load ours
measure >/dev/null
for ((round = 0; round < rounds; round++)); do
	for driver in stock ours; do
		load $driver
		measure
		[ $round -gt 0 ] || idle
	done
	driver=mapped
	load $driver
	bulk
done
echo "counters of ours before and after the last flow guest-dom0"
join <(sort /root/before.ours) <(sort /root/after.ours) |
	awk '$3 { printf "%-20s %12s %12s\n", $1, $2, $3 }'
