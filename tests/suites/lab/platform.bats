#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded in dom0
# The reference platform is real: the distribution's own programs, and guests
# that use their disks and networks.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

setup_file() {
	"$top/lab/images" >&2
}

# Could be wrong: a file of the image is not the package's.
@test "the kernel and tools in dom0 are the distribution's own" {
	local packages='linux-image-$(uname -r) xen-hypervisor-4.17-amd64
		xen-utils-4.17 xen-utils-common xenstore-utils hdparm bc fio iperf3'
	[ "${HOSPES_SOAK:-0}" != 1 ] || packages= # all of them
	run lab_run --timeout 1200 -- "
		dpkg -V ${packages//$'\n'/ } || echo status \$?
		sha256sum </boot/vmlinuz-\$(uname -r)
		uname -v"
	assert_eq "$status" 0 "status ($output)"
	without_notes
	assert_eq "${#lines[@]}" 2 "lines: each before the last two is a changed file
$output"
	assert_eq "${lines[0]}" "$(sha256sum <"$("$top/lab/images" --path kernels)/vmlinuz-6.1")" \
		"the kernel that was booted"
	# the text that the package's kernel announces itself with
	grep -qaF "${lines[1]}" "$("$top/lab/images" --path kernels)/vmlinux-6.1" ||
		fail "another kernel runs: ${lines[1]}"
}

# Could be wrong: the disk's content, the direction of the network, memory.
@test "a PV guest of 128 MiB has a disk from a file and a card on the bridge" {
	run lab_run --timeout 1000 -- '
		set -e
		guest create a 2>/dev/null file=/guest/data.img,ro disk=16 ip=10.0.0.77
		guest run a "md5sum </dev/xvdb | cut -c 1-32"
		md5sum </guest/data.img | cut -c 1-32
		guest run a "echo written >/dev/xvdc; sync"
		head -c 8 /var/lib/xen/a-xvdc.img
		guest run a "ping -c 3 -q 10.0.0.1 >/dev/null; echo guest-to-dom0 \$?"
		ping -c 3 -q 10.0.0.77 >/dev/null; echo dom0-to-guest $?
		guest run a "hdparm -Tt /dev/xvdb" | grep -c MB/sec
		guest run a "echo \"1234567 ^ 12345\" | BC_LINE_LENGTH=0 bc | md5sum"
		guest run a "exit 9" || echo status $?
		guest run a "cat /sys/hypervisor/guest_type; fio --version"
		xl list a | tail -n 1
		xl destroy a'
	echo "$output"
	assert_eq "$status" 0 status
	without_notes
	# shellcheck disable=SC2206 # one line each
	local l=("${lines[@]}")
	assert_eq "${l[0]}" "${l[1]}" "checksum of the disk, in the guest and in dom0"
	assert_eq "${l[2]}" written "what the guest wrote"
	assert_eq "${l[3]} ${l[4]}" "guest-to-dom0 0 dom0-to-guest 0" "pings"
	assert_eq "${l[5]}" 2 "figures from hdparm"
	assert_eq "${l[6]}" "$(echo "1234567 ^ 12345" | BC_LINE_LENGTH=0 bc | md5sum)" \
		"what bc prints, there and here"
	assert_eq "${l[7]}" "status 9" "a guest's exit status"
	assert_eq "${l[8]}" PV "guest type"
	assert_has "${l[9]}" fio-3
	assert_has "${l[10]}" " 128 "
}

@test "the demonstration prints a row for each number of guests" {
	local counts=1
	[ "${HOSPES_SOAK:-0}" != 1 ] || counts=1,3
	run "$top/lab/demo" --hv "$HV" --log "$(this_log)" --timeout 1200 \
		--guests $counts
	assert_eq "$status" 0 "status ($output)"
	printf '# %s\n' "${lines[@]}" >&3
	awk -v counts="$counts" '
		$1 == "guests" { table = 1; next }
		table {
			want = split(counts, c, ",") ? c[++rows] : 0
			if ($1 != want || NF != 1 + 3 * want) bad = 1
			for (i = 2; i <= NF; i++) if ($i + 0 <= 0) bad = 1
		}
		END { exit bad || rows != split(counts, c, ",") }' <<<"$output"
}

@test "the Debian guest boots from its disk and answers ssh" {
	run lab_run --timeout 1200 -- '
		set -e
		# on a busy host it may be up later than that command waits
		guest create d root=/guest/debian.img mem=256 ip=10.0.0.20 \
			2>/dev/null || guest wait d MARK-UP 300
		guest wait d "Starting OpenBSD Secure Shell server" 300
		# it says so before it listens
		end=$((SECONDS + 300))
		until ssh -o StrictHostKeyChecking=no 10.0.0.20 \
			"cat /etc/hostname; df / | tail -n 1" >/tmp/answer 2>/tmp/said; do
			[ $SECONDS -lt $end ] || { cat /tmp/said; exit 9; }
			sleep 1
		done
		cat /tmp/answer'
	assert_eq "$status" 0 "status ($output)"
	without_notes
	assert_eq "${lines[0]}" guest "name"
	assert_has "${lines[1]}" "/"
}

@test "our modules take the place of the kernel's" {
	[ -n "$(find "$top/kmod" -name 'hospes_*.ko' -print -quit)" ] ||
		skip "no modules are built: make modules"
	run lab_run --drivers ours -- 'lsmod | cut -d" " -f 1
		cat /run/lab/problems 2>/dev/null; true'
	assert_eq "$status" 0 "status ($output)"
	local name
	for name in privcmd blkback netback balloon; do
		assert_has "$output" "hospes_$name"
	done
	case $output in
	*xen_blkback* | *xen_netback*) fail "both: $output" ;;
	*xen_privcmd*) assert_has "$output" "xenfs does not fit hospes_privcmd" ;;
	esac
}
