# SPDX-License-Identifier: GPL-2.0-only
# In dom0: the same guests on the stock network backend and on ours, in turn.
#	bash vif.sh ROUNDS SECONDS
# Prints `@@ ROW stock|ours VALUE`. hospes_netback.ko is beside this file.
# shellcheck shell=bash
rounds=${1:-3} seconds=${2:-2}
export GUEST_TIMEOUT=60

load() { # stock|ours
	rmmod xen-netback hospes_netback 2>/dev/null
	if [ "$1" = stock ]; then
		modprobe xen-netback
	else
		insmod ./hospes_netback.ko
	fi
}

say() { echo "@@ $1 $driver $2"; }

mbits() {
	awk '/receiver/ { for (i = 2; i <= NF; i++)
		if ($i == "Mbits/sec") print $(i - 1) }'
}

# the backend's answers that interrupted a guest so far, and its packets
# shellcheck disable=SC2016 # awk's
irqs() {
	guest run "$1" 'awk "/eth0-q0-tx/ { n += \$2 } END { print n + 0 }" \
		/proc/interrupts; cat /sys/class/net/eth0/statistics/[rt]x_packets'
}

# iperf3's packets are TCP's segments as the ring carries them
send() {
	local before after
	mapfile -t before < <(irqs a)
	say guest-dom0 "$(guest run a "iperf3 -c 10.0.0.1 -f m -t $seconds" | mbits)"
	mapfile -t after < <(irqs a)
	say events-per-packet "$(awk -v e=$((after[0] - before[0])) \
		-v p=$((after[2] - before[2])) 'BEGIN { printf "%.3f", e / p }')"
}

udp_pps() {
	guest run a "iperf3 -c 10.0.0.1 -u -l 64 -b 0 -t $seconds" |
		awk -v s="$seconds" '/receiver/ {
			for (i = 1; i <= NF; i++) if (split($i, n, "/") == 2 &&
				n[2] ~ /^[0-9]+$/ && n[2] > 0)
				printf "%.0f", (n[2] - n[1]) / s }'
}

quantiles() {
	ping -c 100 -i 0.02 10.0.0.11 | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' |
		sort -n | awk '{ v[NR] = $1 * 1000 } END {
			print v[int(NR / 2) + 1], v[int(NR * 0.99)] }'
}

measure() {
	local p50 p99
	guest create a ip=10.0.0.11 && guest create b ip=10.0.0.12 || return
	ping -c 20 -i 0.02 -q 10.0.0.11 >/dev/null
	read -r p50 p99 < <(quantiles)
	say ping-p50 "$p50"
	say ping-p99 "$p99"
	guest run a "iperf3 -c 10.0.0.1 -t 1 >/dev/null" # warm up
	send
	say dom0-guest "$(guest run a "iperf3 -c 10.0.0.1 -R -f m -t $seconds" | mbits)"
	say udp-64 "$(udp_pps)"
	guest run b 'iperf3 -s -D >/dev/null'
	sleep 0.5
	say guest-guest "$(guest run a "iperf3 -c 10.0.0.12 -f m -t $seconds" | mbits)"
}

iperf3 -s -D --logfile /dev/null
for ((round = 0; round < rounds; round++)); do
	for driver in stock ours; do
		load $driver || exit 3
		measure || exit 4
		[ $driver = stock ] ||
			ethtool -S "vif$(xl domid a).0" >"/root/ethtool.$round"
		xl destroy a
		xl destroy b
	done
done
cat /root/ethtool.0
