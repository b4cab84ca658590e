# SPDX-License-Identifier: GPL-2.0-only
# What the net suite asks of dom0 in one boot. Runs in dom0:
#	bash dom0.sh CHECK...
# Each check prints `@@ NAME ok` or `@@ NAME failed`, and what it said; the bats
# file next to it has a test for each name. SOAK=1 in the environment: full
# counts. Guest a is made by our tools, b by Xen's with its hotplug scripts; g,
# with two NICs, joins them later. Checks share them and leave them as they were.
# shellcheck shell=bash

if ! lsmod | grep -q '^hospes_netback'; then
	rmmod xen-netback
	insmod ./hospes_netback.ko || exit 1
	dmesg -C # what is complained about from here on is ours
fi
work=/tmp/net
mkdir -p $work
export GUEST_TIMEOUT=300 TOOLSTACK=xm

# soak FULL REDUCED
soak() { [ "${SOAK:-0}" = 1 ] && echo "$1" || echo "$2"; }

why() { echo "$*" >&2; return 1; }

# within SECONDS COMMAND...: until COMMAND succeeds
within() {
	local end=$((SECONDS + $1)) last=
	shift
	until "$@" >/dev/null 2>&1; do
		[ -z "$last" ] || why "not within the time: $*" || return
		# one more try after the end: a busy host may stop the machine
		# for seconds, and the first one may have begun before
		[ $SECONDS -lt $end ] || last=1
		sleep 0.1
	done
}

domid() { xm domid "$1"; }
vif_of() { echo "vif$(domid "$1").${2:-0}"; }
counter() { ethtool -S "$1" | awk -v c="$2:" '$1 == c { print $2 }'; }
counted() { [ "$(counter "$1" "$2")" -ge "$3" ]; } # VIF NAME LEAST
answers() { ping -c 1 -w 30 -q "$@" >/dev/null; }

# in_guest NAME COMMANDS: without the prompts of a command of several lines
in_guest() {
	guest run "$1" "$2" | sed 's/^\(> \)*//'
	return "${PIPESTATUS[0]}"
}

# a sink that prints what arrived as a sum: sink PORT FILE
sink() {
	socat -u -b 65536 "TCP-LISTEN:$1,reuseaddr" STDOUT | md5sum >"$2.new" &&
		mv "$2.new" "$2"
}

listening() { ss -Hltn "sport = :$1" | grep -q .; }

# Could be wrong: any step of the way, in either direction.
check_up() {
	guest create a ip=10.0.0.11 || return
	# Linux 6.1's netfront loses 1 MiB with each NIC that goes
	TOOLSTACK=xl guest create b ip=10.0.0.12 "mem=$(soak 400 128)" || return
	# enough to go around a ring more than once
	head -c "$(soak 4194304 1310720)" /dev/urandom >$work/data
	md5sum <$work/data >$work/data.sum
	in_guest a 'dd if=/dev/urandom of=/tmp/data bs=64k count='"$(soak 64 20)"' 2>/dev/null
		md5sum </tmp/data' | tail -n 1 | cut -d' ' -f1 >$work/sum
	[ -s $work/sum ]
}

check_ping() {
	ping -c 5 -A -w 100 -q 10.0.0.11 || return
	in_guest a 'ping -c 5 -A -w 100 -q 10.0.0.1 && ping -c 5 -A -w 100 -q 10.0.0.12'
}

tcp_out() { # ADDRESS of dom0
	rm -f $work/got
	sink 7001 $work/got &
	within 90 listening 7001 || return
	in_guest a "nc $1 7001 </tmp/data" || return
	within 200 test -s $work/got || return
	cmp <(cut -d' ' -f1 $work/got) <(cat $work/sum)
}

tcp_in() { # ADDRESS of dom0
	local sum
	socat -u -b 65536 FILE:$work/data TCP-LISTEN:7002,reuseaddr &
	within 90 listening 7002 || return
	sum=$(in_guest a "nc $1 7002 </dev/null | md5sum") || return
	[ "${sum%% *}" = "$(cut -d' ' -f1 $work/data.sum)" ] ||
		why "the guest read $sum"
}

# Could be wrong: bytes of a packet that spans pages, slots and copies.
check_tcp_out() { tcp_out 10.0.0.1; }
check_tcp_in() { tcp_in 10.0.0.1; }

# guest_sink NAME PORT: what comes in is summed into /tmp/got. nc ends both
# ways when its input ends, so that it is given one that does not.
guest_sink() {
	in_guest "$1" "rm -f /tmp/got; (tail -f /dev/null | nc -l -p $2 |
		md5sum >/tmp/got) >/dev/null 2>&1 &
		i=0; until netstat -ltn | grep -q :$2; do
			usleep 50000; i=\$((i + 1)); [ \$i -lt 1200 ] || exit 1; done"
}

# guest_got NAME: it is what a has sent
guest_got() {
	local sum
	# shellcheck disable=SC2016 # the guest's
	sum=$(in_guest "$1" 'i=0; while [ ! -s /tmp/got ] && [ $i -lt 900 ]
		do usleep 100000; i=$((i + 1)); done; killall tail; cat /tmp/got')
	[ "${sum%% *}" = "$(cat $work/sum)" ] || why "the guest read $sum"
}

check_tcp_guests() {
	guest_sink b 7003 || return
	in_guest a 'nc 10.0.0.12 7003 </tmp/data' || return
	guest_got b
}

# Could be wrong: datagrams at the edge of a slot, of the MTU, in fragments.
check_sizes() {
	local size
	for size in 0 1 18 64 1472 1473 2958 4000 8192 16000 32000 60000; do
		ping -c 1 -w 60 -q -s $size 10.0.0.11 >/dev/null ||
			why "a ping of $size bytes is lost" || return
	done
	# shellcheck disable=SC2016 # the guest's
	in_guest a 'for s in 1 1472 1473 4100 30000; do
		ping -c 1 -w 60 -q -s $s 10.0.0.12 >/dev/null || exit 1; done'
}

# Not those for which a slow machine had no room: RcvbufErrors, MemErrors.
udp_errors() {
	awk '/^Udp:/ && $NF ~ /[0-9]/ { print $4 - $6 - $10 + $8 }' /proc/net/snmp
}

# Could be wrong: UDP's sums, which the far side's kernel checks.
check_udp() {
	local before out
	before=$(udp_errors)
	out=$(in_guest a 'iperf3 -u -l 1472 -b 4M -t 1 -c 10.0.0.1 |
		grep receiver; iperf3 -u -l 64 -b 1M -t 1 -R -c 10.0.0.1 |
		grep receiver; grep ^Udp: /proc/net/snmp | tail -n 1') || return
	echo "$out"
	[ "$(grep -c receiver <<<"$out")" = 2 ] || return
	[ "$(udp_errors)" = "$before" ] || why "dom0 saw bad datagrams"
}

# Could be wrong: frames of 9000 bytes, which are longer than a page.
check_jumbo() {
	local v
	v=$(vif_of a)
	ip link set "$v" mtu 9000 && ip link set "$(vif_of b)" mtu 9000 &&
		ip link set xenbr0 mtu 9000 || return
	in_guest a 'ip link set eth0 mtu 9000' || return
	in_guest b 'ip link set eth0 mtu 9000' || return
	ping -M 'do' -c 2 -A -w 60 -q -s 8972 10.0.0.11 || return
	check_tcp_out && check_tcp_in && check_tcp_guests || return
	in_guest a 'ping -c 2 -A -w 60 -q -s 8972 10.0.0.12; ip link set eth0 mtu 1500'
	in_guest b 'ip link set eth0 mtu 1500'
	ip link set xenbr0 mtu 1500
	ip link set "$v" mtu 1500
	ip link set "$(vif_of b)" mtu 1500
}

# Could be wrong: IPv6's segments and sums, which have extra types of their own.
check_ipv6() {
	local v gso
	v=$(vif_of a)
	ip -6 addr add fd00::1/64 dev xenbr0 nodad 2>/dev/null
	in_guest a 'ip -6 addr add fd00::11/64 dev eth0' || return
	within 90 answers -6 fd00::11 || return
	gso=$(counter "$v" tx_gso)
	rm -f $work/got
	socat -u -b 65536 TCP6-LISTEN:7004,reuseaddr STDOUT | md5sum >$work/got &
	within 90 listening 7004 || return
	in_guest a 'nc fd00::1 7004 </tmp/data' || return
	wait $!
	cmp <(cut -d' ' -f1 $work/got) $work/sum || return
	[ "$(counter "$v" tx_gso)" -gt "$gso" ] ||
		why "no segment of IPv6 came in one piece"
	gso=$(counter "$v" rx_gso)
	socat -u -b 65536 FILE:$work/data TCP6-LISTEN:7005,reuseaddr &
	within 90 listening 7005 || return
	[ "$(in_guest a 'nc fd00::1 7005 </dev/null | md5sum' | cut -d' ' -f1)" = \
		"$(cut -d' ' -f1 $work/data.sum)" ] || return
	[ "$(counter "$v" rx_gso)" -gt "$gso" ]
}

# The guest has no modules of its own for VLANs.
lend_modules() {
	local m
	for m in llc stp garp mrp 8021q; do
		cp "$(modinfo -n $m)" $work/$m.ko
	done
	tar c -C $work llc.ko stp.ko garp.ko mrp.ko 8021q.ko |
		socat -u STDIN TCP-LISTEN:7010,reuseaddr &
	within 90 listening 7010 || return
	# shellcheck disable=SC2016 # the guest's
	in_guest a 'cd /tmp && nc 10.0.0.1 7010 </dev/null | tar xf -
		for m in llc stp garp mrp 8021q; do insmod $m.ko; done
		ip link add link eth0 name eth0.5 type vlan id 5 &&
		ip addr add 10.5.0.2/24 dev eth0.5 && ip link set eth0.5 up'
}

# Could be wrong: a tag in front of the header that offloads look for.
check_vlan() {
	ip link add link xenbr0 name xenbr0.5 type vlan id 5 &&
		ip addr add 10.5.0.1/24 dev xenbr0.5 &&
		ip link set xenbr0.5 up || return
	lend_modules || return
	within 90 answers 10.5.0.2 || return
	tcp_out 10.5.0.1 && tcp_in 10.5.0.1 || return
	in_guest a 'ip link del eth0.5'
	ip link del xenbr0.5
}

# Could be wrong: sums of packets that a packet socket reads in the guest (its
# DHCP client) or in dom0, without anybody's ethtool.
check_dhcp() {
	dnsmasq --port=0 --interface=xenbr0 --bind-interfaces --no-ping \
		--dhcp-range=10.0.0.100,10.0.0.120,1h \
		--dhcp-leasefile=$work/leases --pid-file=$work/dnsmasq.pid ||
		return
	tcpdump -U -i "$(vif_of a)" -w $work/dhcp.pcap udp port 67 2>$work/says &
	local tcpdump=$!
	within 90 grep -q 'listening on' $work/says || return
	in_guest a 'printf "#!/bin/busybox sh\nenv >/tmp/lease\n" >/tmp/s; chmod 755 /tmp/s
		udhcpc -i eth0 -n -q -f -t 20 -T 3 -s /tmp/s >/dev/null 2>&1
		grep -q "^ip=10.0.0.1" /tmp/lease' || return
	kill $tcpdump
	wait $tcpdump
	pkill dnsmasq
	! tcpdump -r $work/dhcp.pcap -vv 2>/dev/null | grep 'bad udp cksum' ||
		why "a datagram's sum was wrong on the vif"
}

many_packets() {
	[ "$(tcpdump -nn -r $work/t.pcap 2>/dev/null | grep -c ' > ')" -gt 10 ]
}

# Could be wrong: what a reader in dom0 sees of packets that were cut or merged.
check_tcpdump() {
	local v
	v=$(vif_of a)
	tcpdump -U -i "$v" -w $work/t.pcap tcp port 7001 2>$work/says &
	local tcpdump=$!
	within 90 grep -q 'listening on' $work/says || return
	check_tcp_out || return
	within 60 many_packets || why "few packets" || return
	kill $tcpdump
	wait $tcpdump
	tcpdump -nn -v -r $work/t.pcap 2>/dev/null >$work/t.txt
	! grep -E 'truncated|bad-len|length 0, bad|missing' $work/t.txt |
		grep -v 'length 0$' | head -n 3 | grep . ||
		why "lengths that are not valid"
}

# Could be wrong: packets that one side counts and the other does not.
check_counters() {
	local v out tries=20
	v=/sys/class/net/$(vif_of b)/statistics
	answers 10.0.0.12
	while [ $((tries--)) -gt 0 ]; do
		out=$(in_guest b 'cat /sys/class/net/eth0/statistics/[rt]x_packets')
		# shellcheck disable=SC2046,SC2086 # numbers
		set -- $out $(cat "$v/tx_packets" "$v/rx_packets")
		[ $(($1 - $3)) -le 1 ] && [ $(($3 - $1)) -le 1 ] &&
			[ $(($2 - $4)) -le 1 ] && [ $(($4 - $2)) -le 1 ] &&
			return
	done
	why "guest rx tx, vif tx rx: $*"
}

# Could be wrong: the work per packet that batches are for.
check_batches() {
	local v p e
	v=$(vif_of a)
	p=$(counter "$v" tx_packets) e=$(counter "$v" tx_hypercalls)
	check_tcp_out || return
	p=$(($(counter "$v" tx_packets) - p))
	e=$(($(counter "$v" tx_hypercalls) - e))
	echo "$p packets by $e hypercalls"
	[ "$e" -le "$p" ] && [ "$(counter "$v" tx_maps)" = 0 ]
}

# On one switch: a, b, g, and with full counts s1, s2... up to sixteen. Their
# addresses are 10.0.0.11, .12, .20, .21...
star=(a b g)
addresses=(11 12 20)
for i in $(seq "$(soak 13 0)"); do
	star+=("s$i")
	addresses+=($((20 + i)))
done

# In a guest: the answer of one address. While all of the star's guests are busy
# an address may not be found within the kernel's three seconds: what was to be
# sent is dropped then, and busybox's ping does not send it again.
# shellcheck disable=SC2016 # the guest's
reach='reach() {
	local n=0
	until ping -c 1 -W 10 -q "$@" >/dev/null; do
		n=$((n + 1))
		[ $n -lt 10 ] || { echo "no answer: $*"; return 1; }
	done
}'

in_star() { # COMMANDS: in every guest of the star at once
	local g pids=() result=0
	for g in "${star[@]}"; do
		in_guest "$g" "$1" &
		pids+=($!)
	done
	for g in "${pids[@]}"; do
		wait "$g" || result=1
	done
	return $result
}

# Could be wrong: guests that keep each other from their share, or see what is
# not theirs.
check_star() {
	local i sums
	ip link add xenbr1 type bridge forward_delay 0 &&
		ip link set xenbr1 up || return
	# not 00:...:20 and 21: those are of the guests 10.0.0.32 and .33
	guest create g ip=no line="vif = [ 'mac=00:16:3e:00:02:01,bridge=xenbr0',
		'mac=00:16:3e:00:02:02,bridge=xenbr1' ]" || return
	in_guest g 'ip addr add 10.0.0.20/24 dev eth0; ip link set eth0 up
		ip addr add 10.1.0.1/24 dev eth1; ip link set eth1 up
		echo 1 >/proc/sys/net/ipv4/ip_forward' || return
	for ((i = 3; i < ${#star[@]}; i++)); do
		guest create "${star[i]}" "ip=10.0.0.${addresses[i]}" || return
	done
	in_star "$reach
		for i in 1 ${addresses[*]}; do reach 10.0.0.\$i || exit 1; done" || return
	rm -f $work/star.*
	# shellcheck disable=SC2016 # socat's
	socat -u -b 65536 TCP-LISTEN:7020,reuseaddr,fork \
		SYSTEM:'md5sum >/tmp/net/star.$SOCAT_PEERADDR' &
	within 90 listening 7020 || return
	in_star 'dd if=/dev/zero bs=64k count=10 2>/dev/null | nc 10.0.0.1 7020'
	within 90 star_sent
	kill $!
	sums=$(cat $work/star.* | sort -u)
	[ "$sums" = "$(head -c 655360 /dev/zero | md5sum)" ] ||
		why "sums of what arrived: $sums" || return
	echo "${#star[@]} guests"
}

star_sent() { [ "$(cat $work/star.* | wc -l)" = ${#star[@]} ]; }

# Could be wrong: the tutorial's exercise: three guests on a star, and one that
# routes between two switches. What it sends on lies in its receive buffers.
through_gateway() {
	# shellcheck disable=SC2016 # the guest's
	in_star "$reach"'
		case $(ip -4 -o addr) in *10.1.0.1*) exit 0; esac
		ip route add 10.1.0.0/24 via 10.0.0.20
		reach 10.1.0.12 && reach -s 9000 10.1.0.12' || return
	guest_sink b 7006 || return
	in_guest a 'nc 10.1.0.12 7006 </tmp/data' || return
	guest_got b
}

check_gateway() {
	local result=0
	# b moves to the other switch by hand, while it runs
	ip link set "$(vif_of b)" master xenbr1 || return
	in_guest b 'ip addr flush dev eth0; ip addr add 10.1.0.12/24 dev eth0
		ip route add default via 10.1.0.1' || return
	through_gateway || result=1
	ip link set "$(vif_of b)" master xenbr0
	in_guest b 'ip addr flush dev eth0; ip addr add 10.0.0.12/24 dev eth0'
	in_guest a 'ip route del 10.1.0.0/24'
	within 90 answers 10.0.0.12 && return $result
}

# shellcheck disable=SC2016 # the guest's
# Could be wrong: many switches, and a vif that walks over all of them.
check_bridges() {
	local i n v
	v=$(vif_of b)
	n=$(soak 20 5)
	in_guest b "for i in $(seq -s ' ' "$n")
		do ip addr add 10.2.\$i.2/24 dev eth0; done" || return
	for i in $(seq "$n"); do
		ip link add "sw$i" type bridge forward_delay 0 &&
			ip addr add "10.2.$i.1/24" dev "sw$i" &&
			ip link set "sw$i" up &&
			ip link set "$v" master "sw$i" || return
		within 90 answers "10.2.$i.2" || return
	done
	for i in $(seq "$n"); do
		ip link del "sw$i"
	done
	ip link set "$v" master xenbr0
	within 90 answers 10.0.0.12
}

# Could be wrong: a limit that is not one, or bursts that break it.
check_rate() {
	local dir bytes begin rate
	dir=/local/domain/0/backend/vif/$(domid a)/0
	xenstore-write "$dir/rate" 62500,50000 # 10 Mbit/s
	bytes=$(counter "$(vif_of a)" tx_bytes)
	begin=$(date +%s%N)
	in_guest a "iperf3 -c 10.0.0.1 -t $(soak 10 2) >/dev/null" || return
	rate=$((($(counter "$(vif_of a)" tx_bytes) - bytes) * 8000 /
		(($(date +%s%N) - begin) / 1000000)))
	xenstore-write "$dir/rate" 0,0
	echo "$rate bit/s"
	[ "$rate" -le 11000000 ]
}

xdp_set() { ip link set dev "$1" xdp obj /root/xdp.o sec "$2"; }

# Could be wrong: a page that is given away twice or never, by any verdict.
check_xdp() {
	local v
	v=$(vif_of a)
	in_guest a 'arp -s 10.0.0.99 02:00:00:00:00:99' || return
	xdp_set "$v" pass && within 90 answers 10.0.0.11 || return
	ip link set dev "$v" xdp off
	xdp_set "$v" drop || return
	in_guest a 'ping -c 2 -i 0.2 -W 1 -q 10.0.0.1' &&
		{ why "not dropped"; return; }
	within 60 counted "$v" xdp_drop 2 || return
	ip link set dev "$v" xdp off
	xdp_set "$v" tx || return
	in_guest a 'ping -c 20 -A -w 100 -q -s 1000 10.0.0.99' || return
	within 60 counted "$v" xdp_tx 10 || return
	ip link set dev "$v" xdp off
	xdp_set "$v" redirect || return
	in_guest a 'ping -c 20 -A -w 100 -q 10.0.0.99' || return
	within 60 counted "$v" xdp_redirect 10 || return
	ip link set dev "$v" xdp off
	answers 10.0.0.11
}

available() { awk '/MemAvailable/ { print $2 }' /proc/meminfo; }
no_carrier() { grep -q 0 "/sys/class/net/$1/carrier"; }
carrier() { grep -q 1 "/sys/class/net/$1/carrier"; }

# Could be wrong: a guest that does not read holds packets for ever, or those
# for others. VIF is its.
stall() { # VIF
	local before after flood result=0
	before=$(available)
	socat -u -b 1400 OPEN:/dev/zero UDP-SENDTO:10.0.0.12:9 &
	flood=$!
	in_guest a 'ping -c 2 -w 60 -q 10.0.0.1' || result=1
	within 90 no_carrier "$1" || result=1
	after=$(available)
	kill $flood
	echo "expired: $(counter "$1" rx_expired), $((before - after)) KiB"
	[ "$(counter "$1" rx_expired)" -gt 0 ] ||
		why "no packet is given up" || return
	[ $((before - after)) -lt 16384 ] ||
		why "$((before - after)) KiB wait for the guest" || return
	return $result
}

check_stalled() {
	local v p=/sys/module/hospes_netback/parameters result=0
	v=$(vif_of b)
	echo 500 >$p/rx_drain_ms
	echo 2000 >$p/rx_stall_ms
	ip neigh replace 10.0.0.12 lladdr 00:16:3e:00:00:0c dev xenbr0 \
		nud permanent
	xm pause b
	stall "$v" || result=1
	xm unpause b
	ip neigh del 10.0.0.12 dev xenbr0
	within 90 carrier "$v" || result=1
	echo 10000 >$p/rx_drain_ms
	echo 60000 >$p/rx_stall_ms
	within 90 answers 10.0.0.12 && return $result
}

# no_at_once COMMAND...: it fails, in under a second once in five tries, for the
# host may have other things to do; what it says is in $out
no_at_once() {
	local begin tries=5
	while [ $((tries--)) -gt 0 ]; do
		begin=${EPOCHREALTIME/./}
		out=$("$@" 2>&1) && { why "taken: $*"; return; }
		[ $((${EPOCHREALTIME/./} - begin)) -ge 1000000 ] || return 0
	done
	why "a slow answer to $*"
}

refused() { # TEXT WORD...: network-attach says no, and why, and at once
	local text=$1 out
	shift
	no_at_once xm network-attach a "$@" || return
	grep -qF -- "$text" <<<"$out" || why "to $*: $out"
}

# bad_vif COLUMN TEXT ENTRY: refused before a guest is made, with its place
bad_vif() {
	local out file=$work/bad.cfg
	{ cat $work/good.cfg; printf 'vif = [ "",\n"%s" ]\n' "$3"; } >$file
	no_at_once xm create $file || return
	grep -F "$file:$(wc -l <$file):$1: vif: " <<<"$out" | grep -F -- "$2" ||
		why "to $3: $out"
}

# Could be wrong: what a person writes into a configuration.
check_config() {
	guest config bad >$work/good.cfg
	bad_vif 2 "there is no bridge 'nosuch'" bridge=nosuch || return
	bad_vif 2 'is no bridge' bridge=lo || return
	bad_vif 15 address mac=00:16:3e:zz:00:01 || return
	bad_vif 2 "unknown field 'colour'" colour=blue || return
	bad_vif 2 'unknown model' model=ne3000 || return
	bad_vif 10 a23456789012345678 vifname=a23456789012345678 || return
	bad_vif 2 already vifname=xenbr0 || return
	bad_vif 7 rate rate=fast || return
	! xm domid bad 2>/dev/null
}

mac_of() { xenstore-read "/local/domain/0/backend/vif/$1/$2/mac"; }

# Could be wrong: what a person types, and what scripts of old rely on.
check_tools() {
	local id mac
	id=$(domid a)
	refused 'ip link add nosuch type bridge' bridge=nosuch || return
	refused 'is no bridge' bridge=lo || return
	refused 'mac' mac=00:16:3e:zz:00:01 || return
	refused 'colour' colour=blue || return
	refused 'unknown model' model=ne3000 || return
	refused 'up to 15 characters' vifname=a23456789012345678 || return
	refused 'already' vifname=xenbr0 || return
	! xenstore-exists "/local/domain/0/backend/vif/$id/1" || return
	xm network-attach a vifname=extra0 mtu=1400 || return
	[ "$(basename "$(readlink /sys/class/net/extra0/master)")" = xenbr0 ] ||
		return
	[ "$(cat /sys/class/net/extra0/mtu)" = 1400 ] || return
	within 90 state_is "$id" 1 4 || return
	mac=$(mac_of "$id" 1)
	[[ $mac = 00:16:3e:* ]] || return
	in_guest a 'cat /sys/class/net/eth1/address' | grep -qx "$mac" || return
	xm network-list a
	[ "$(xm network-list a | awk '$5 == 4' | wc -l)" = 2 ] || return
	xm network-detach a "$mac" || return
	within 90 test ! -e /sys/class/net/extra0 || return
	within 90 lacks_nic a || return
	xm network-attach a || return
	[ "$(mac_of "$id" 1)" = "$mac" ] || why "another address" || return
	within 90 state_is "$id" 1 4 || return
	xm network-detach -f a 1 && within 90 lacks_nic a || return
	# shellcheck disable=SC2016 # of the script
	printf '#!/bin/sh\nenv >/tmp/net/env.$1\nip link set $vif up
		xenstore-write $XENBUS_PATH/hotplug-status connected\n' \
		>$work/script
	chmod 755 $work/script
	xm network-attach a script=$work/script ip=10.9.9.9 || return
	grep -qx "vif=vif$id.1" $work/env.online &&
		grep -qx "XENBUS_PATH=backend/vif/$id/1" $work/env.online &&
		within 90 state_is "$id" 1 4 || return
	xm network-detach -f a 1 && test -s $work/env.offline
}

state_is() { # DOMID NUMBER STATE
	[ "$(xenstore-read "/local/domain/0/backend/vif/$1/$2/state")" = "$3" ]
}

# The guest sees no new NIC of that number while it still has the old one.
lacks_nic() { in_guest "$1" '[ ! -e /sys/class/net/eth1 ]'; }
no_vif() { [ ! -e "/sys/class/net/vif$1.$2" ]; } # DOMID NUMBER

# Could be wrong: a NIC that comes or goes while it is busy, and others notice.
check_attach() {
	local i id before ping
	id=$(domid b)
	before=$(available)
	ping -i 0.02 -q 10.0.0.11 >$work/ping &
	ping=$!
	for i in $(seq "$(soak 200 3)"); do
		xm network-attach b mac=00:16:3e:00:01:01 || return
		within 90 state_is "$id" 1 4 || return
		ping -f -c 50 -w 2 -q 10.0.0.12 >/dev/null
		xm network-detach b 1 || return
		within 90 no_vif "$id" 1 && within 90 lacks_nic b || return
	done
	kill -INT $ping
	wait $ping
	# the last one may have been on its way
	grep 'packet loss' $work/ping | tee $work/loss
	awk '{ exit $1 - $4 > 1 }' $work/loss ||
		why "another guest's packets were lost" || return
	echo "$i cycles; KiB free before and after: $before, $(available)"
}

drv=/sys/bus/xen-backend/drivers/vif

bind() { # DOMID ADDRESS: what a tool does for a new vif
	echo "vif-$1-0" >$drv/bind || return
	within 90 test -e "/sys/class/net/vif$1.0" || return
	ip link set "vif$1.0" up master xenbr0
	xenstore-write "/local/domain/0/backend/vif/$1/0/hotplug-status" \
		connected
	within 90 answers "$2" || why "no way back"
}

# Could be wrong: the driver is taken away in the middle of things.
check_unbind() {
	local i id
	id=$(domid b)
	for i in $(seq "$(soak 100 2)"); do
		ping -f -c 300 -w 2 -q 10.0.0.12 >/dev/null &
		sleep 0.0$((RANDOM % 10))
		echo "vif-$id-0" >$drv/unbind || return
		kill $!
		wait $!
		within 90 no_vif "$id" 0 || return
		answers 10.0.0.11 || return
		bind "$id" 10.0.0.12 || return
	done
	echo "$i times"
}

rebind() { # GUEST ADDRESS
	local id
	id=$(domid "$1")
	echo "vif-$id-0" >$drv/unbind && within 90 no_vif "$id" 0 &&
		bind "$id" "$2"
}

# Could be wrong: a page of the guest that is read after it went back to it, or
# never goes back, by any of those who may have the packet.
mapped() {
	local v maps
	rebind a 10.0.0.11 || return
	v=$(vif_of a)
	check_tcp_guests || return
	maps=$(counter "$v" tx_maps)
	[ "$maps" -gt 0 ] || why "nothing is mapped" || return
	check_tcp_out && check_tcp_in && check_tcpdump || return
	[ "$(counter "$v" tx_maps)" -gt "$maps" ] || return
	echo "$(counter "$v" tx_maps) pages, $(counter "$v" tx_copies) copies"
}

check_mapped() {
	local p=/sys/module/hospes_netback/parameters result=0
	echo 1 >$p/map_bytes # a slow machine's segments come by two
	mapped && hostile 3 || result=1
	echo 0 >$p/map_bytes
	rebind a 10.0.0.11 && return $result
}

no_zombie() { ! xm list | grep -q null; }

# Could be wrong: a guest that dies with its rings full.
check_killed() {
	local i id name address
	for ((i = 0; i < $(soak 100 1); i++)); do
		name=${star[i + 2]:-k} address=10.0.0.${addresses[i + 2]:-50}
		[ "$name" != k ] || guest create k "ip=$address" || return
		id=$(domid "$name")
		in_guest "$name" '(iperf3 -t 30 -c 10.0.0.1 >/dev/null &) ;
			(ping -q 10.0.0.11 >/dev/null &)' || return
		ping -f -w 1 -q "$address" >/dev/null &
		sleep 0.$((RANDOM % 6))
		xm destroy "$name" || return
		within 90 no_vif "$id" 0 || return
		answers 10.0.0.11 || return
	done
	echo "$i times"
	within 90 no_zombie
}

# A vif of dom0 itself, for a frontend that no guest has.
vif_of_dom0() { # FRONTEND BACKEND
	xenstore-write "$1/backend" "$2" "$1/backend-id" 0 "$1/handle" 0 \
		"$2/frontend" "$1" "$2/frontend-id" 0 "$2/online" 1 \
		"$2/handle" 0 "$2/hotplug-status" connected \
		"$2/state" 1 "$1/state" 1
}

# Could be wrong: anything that a frontend may write into its rings, and what is
# left of it afterwards.
check_hostile() { hostile "$(soak 500 6)"; }

results() { dmesg | grep -E 'test_netfront: (passed|failed)'; }
more_results() { [ "$(results | wc -l)" -gt "$1" ]; }

hostile() { # SESSIONS
	local front=/local/domain/0/device/vif/0 back=/local/domain/0/backend/vif/0/0
	local before
	before=$(results | wc -l)
	insmod /root/hospes_test_netfront.ko sessions="$1" \
		seed=$RANDOM || return
	vif_of_dom0 $front $back
	within "$(soak 3000 300)" more_results "$before"
	results
	results | tail -n 1 | grep -q passed || return
	echo vif-0 >/sys/bus/xen/drivers/test-netfront/unbind
	xenstore-rm $front
	xenstore-rm $back
	within 60 rmmod hospes_test_netfront
}

# Could be wrong: anything that a kernel complains about.
check_dmesg() {
	! dmesg | grep -E 'BUG|WARNING:|Call Trace|Oops|hung|unregister_netdevice'
}

# Could be wrong: something that still holds the module, or its pages.
check_unload() {
	local g
	for g in $(xm list | awk 'NR > 2 { print $1 }'); do
		xm destroy "$g"
	done
	within 90 rmmod hospes_netback && check_dmesg
}

# tell NAME: what a check that failed has said
tell() {
	tail -n 60 $work/out | sed "s/^/# $1: /"
}

iperf3 -s -D --logfile /dev/null
export PS4='+ $((${EPOCHREALTIME/./} / 1000 % 1000000)) '
for check; do
	begin=${EPOCHREALTIME/./}
	if (set -x; check_"$check") >$work/out 2>&1 </dev/null; then
		[ -z "${TRACE:-}" ] || sed "s/^/% $check: /" $work/out
		echo "@@ $check ok"
	else
		tell "$check"
		echo "@@ $check failed"
	fi
	echo "# $check: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms:" \
		"$(grep -v '^+' $work/out | tail -n 1)"
done
