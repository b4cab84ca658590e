#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# Guests' network interfaces through hospes_netback: one boot, in which
# dom0.sh asks everything; a test here reads what it said. What each could
# find wrong is told in dom0.sh.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

checks=(up ping tcp_out tcp_in tcp_guests sizes udp ipv6 dhcp tcpdump counters
	batches vlan jumbo bridges rate xdp stalled config tools attach unbind mapped hostile
	star gateway killed dmesg unload)

# What is compiled is dom0's part; nothing here needs a guest of its own kind.
build() {
	local kdir
	"$top/lab/images" >&2
	make -s -C "$top" modules userspace
	[ "$HV" = xen ] || make -s -C "$top" hypervisor
	kdir=$(printf '%s\n' /usr/src/linux-headers-6.1.*-amd64 | sort -V | tail -n 1)
	make -s -C "$kdir" M="$top/tests/kmod" CONFIG_DEBUG_INFO_BTF_MODULES= modules
	clang-14 -O2 -target bpf -c -o "$BATS_FILE_TMPDIR/xdp.o" \
		-I "/usr/include/$(uname -m)-linux-gnu" "$top/tests/suites/net/xdp.c"
}

setup_file() {
	build
	mkdir -p "$HOSPES_TEST_OUT"
	export RESULTS=$HOSPES_TEST_OUT/net.results
	local size=(--timeout 1100)
	[ "${HOSPES_SOAK:-0}" != 1 ] || size=(--timeout 7000 --mem 4096)
	# the stock state is restored: no boot, and nothing else of ours is in it
	BATS_TEST_DESCRIPTION=net lab_run "${size[@]}" \
		--add "$top/tests/suites/net/dom0.sh" \
		--add "$top/kmod/netback/hospes_netback.ko" \
		--add "$top/tests/kmod/hospes_test_netfront.ko" \
		--add "$top/userspace/xm/xm:/usr/local/bin/xm" \
		--add "$BATS_FILE_TMPDIR/xdp.o" -- \
		"SOAK=${HOSPES_SOAK:-0} TRACE=${HOSPES_TRACE:-} bash dom0.sh ${checks[*]}" \
		>"$RESULTS" 2>&1 || echo "exit status $?" >>"$RESULTS"
}

# said NAME: what the boot said about it
said() {
	sed -n "s/^# \($1: .*\)/\1/p" "$RESULTS"
	grep -q "^@@ $1 ok" "$RESULTS" || {
		tail -n 3 "$RESULTS"
		fail "$1"
	}
}

@test "guests come up on the bridge" { said up; }
@test "ping, dom0 and guests in every direction" { said ping; }
@test "TCP from a guest to dom0, summed end to end" { said tcp_out; }
@test "TCP from dom0 to a guest, summed end to end" { said tcp_in; }
@test "TCP between guests, summed end to end" { said tcp_guests; }
@test "datagrams of all sizes, and fragments" { said sizes; }
@test "UDP both ways with valid sums" { said udp; }
@test "IPv6 both ways, in large segments" { said ipv6; }
@test "DHCP from dnsmasq with valid sums" { said dhcp; }
@test "tcpdump on the vif sees valid lengths" { said tcpdump; }
@test "the vif's counters mirror the guest's" { said counters; }
@test "hypercalls are batched and nothing is mapped" { said batches; }
@test "frames of 9000 bytes" { said jumbo; }
@test "a running vif moves over many bridges" { said bridges; }
@test "rate= is a limit" { said rate; }
@test "XDP drops, passes, sends back and redirects" { said xdp; }
@test "a guest that does not read loses packets, then its carrier" { said stalled; }
@test "a vif that is wrong is refused before a guest is made" { said config; }
@test "xm network-attach, -detach, -list, and their complaints" { said tools; }
@test "NICs come and go under traffic" { said attach; }
@test "the driver is unbound and bound under traffic" { said unbind; }
@test "large packets of a vif that maps, and a hostile frontend" { said mapped; }
@test "guests are killed under traffic" { said killed; }
@test "a star of guests, all at once" { said star; }
@test "through a guest with two NICs" { said gateway; }
@test "VLANs both ways" { said vlan; }
@test "a frontend of dom0's own that writes what it likes" { said hostile; }
@test "no kernel complained" { said dmesg; }
@test "nothing holds the module when the guests are gone" { said unload; }
