#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# Guests' network interfaces through hospes_netback: one boot, in which
# checks.sh asks everything; a test here reads what it said. What each could
# find wrong is told in checks.sh.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

checks=(up ping tcp_out tcp_in tcp_guests sizes udp ipv6 dhcp tcpdump counters
	batches jumbo bridges rate xdp stalled tools attach unbind killed gateway dmesg
	unload)

setup_file() {
	"$top/lab/images" >&2
	make -s -C "$top" modules userspace
	mkdir -p "$HOSPES_TEST_OUT"
	export RESULTS=$HOSPES_TEST_OUT/net-results
	clang-14 -O2 -target bpf -c -o "$HOSPES_TEST_OUT/net-xdp.o" \
		-I "/usr/include/$(uname -m)-linux-gnu" \
		"$top/tests/unproven/net/xdp.c"
	timeout $((${HOSPES_SOAK:-0} ? 7000 : 500)) \
		"$top/lab/run" --hv "$HV" --drivers ours --timeout 0 \
		--log "$HOSPES_TEST_OUT/net.log" \
		--add "$top/tests/unproven/net/checks.sh" \
		--add "$top/userspace/xm/xm:/usr/local/bin/xm" \
		--add "$HOSPES_TEST_OUT/net-xdp.o:/root/xdp.o" -- \
		"SOAK=${HOSPES_SOAK:-0} bash checks.sh ${checks[*]}" \
		>"$RESULTS" || true
}

# said NAME: what the boot said about it
said() {
	local line
	line=$(grep "^@@ $1 " "$RESULTS") || fail "the boot ended before $1"
	assert_eq "$line" "@@ $1 ok"
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
@test "a running vif moves over twenty bridges" { said bridges; }
@test "rate= is a limit" { said rate; }
@test "XDP drops, passes, sends back and redirects" { said xdp; }
@test "a guest that does not read loses packets, then its carrier" { said stalled; }
@test "xm network-attach, -detach, -list, and their complaints" { said tools; }
@test "NICs come and go under traffic" { said attach; }
@test "the driver is unbound and bound under traffic" { said unbind; }
@test "guests are killed under traffic" { said killed; }
@test "a star of three guests, one of them a gateway" { said gateway; }
@test "no kernel complained" { said dmesg; }
@test "the module goes, and leaves nothing" { said unload; }
