# SPDX-License-Identifier: GPL-2.0-only
# One guest's life by one tool, xm or xl, in dom0:
#	bash guest-life.sh TOOL STEP...
# Each step prints `@@ STEP ok` or `@@ STEP failed`, and what it said before; a
# step uses what those before it left. xl and xm take the same words here.
# shellcheck shell=bash
tool=$1
shift
export TOOLSTACK=$tool GUEST_TIMEOUT=200
ip=10.0.0.21 more=/var/lib/xen/life-more.img
work=$(mktemp -d)

why() { echo "$*" >&2; return 1; }

# within SECONDS COMMAND...: a busy host may stop the machine for seconds, so
# that there is one try more after the end
within() {
	local end=$((SECONDS + $1)) last=
	shift
	until "$@" >/dev/null 2>&1; do
		[ -z "$last" ] || why "not within the time: $*" || return
		[ $SECONDS -lt $end ] || last=1
		sleep 0.2
	done
}

not() { ! "$@"; }
# shellcheck disable=SC2317 # as a word of within
gone() { ! "$tool" domid "$1"; }
id() { "$tool" domid life; }
answers() { ping -c 1 -w 5 -q $ip >/dev/null; }
# without the prompts of a command of several lines
in_guest() {
	guest run life "$1" | sed 's/^\(> \)*//'
	return "${PIPESTATUS[0]}"
}
# shellcheck disable=SC2317
is_in_guest() { in_guest "$1" >/dev/null; }
# shellcheck disable=SC2317
has() { "$@" | grep -q "$pattern"; }
column() { "$tool" list life | awk -v c="$1" 'NR == 2 { print $c }'; }
# Linux's own driver may stop a few pages beside its target.
# shellcheck disable=SC2317
has_memory() {
	local now
	now=$(column 3) && [ "$now" -ge $(($1 - 3)) ] && [ "$now" -le $(($1 + 3)) ]
}

# What a guest may not leave: devices, interfaces, loops, nodes, memory.
left() {
	ls /sys/bus/xen-backend/devices
	ip -o link | awk -F': ' '$2 ~ /^vif/ { print $2 }'
	losetup -a | grep life
	xenstore-list /local/domain | grep -v '^0$'
	xenstore-ls /local/domain/0/backend | grep -c 'frontend = '
	"$tool" info | grep '^free_memory'
	[ ! -e $more ] || fuser $more 2>/dev/null
}
# shellcheck disable=SC2317
left_as_before() { left >"$work/after"; cmp -s "$work/before" "$work/after"; }

step_create() {
	left >"$work/before"
	truncate -s 24M $more
	guest create life disk=48 ip=$ip mem=160 vcpus=2 \
		"line=maxmem = 192" || return
	has_memory 160 || why "list says $(column 3) MiB"
}

# shellcheck disable=SC2016 # the guest's
step_disk() {
	in_guest 'dd if=/dev/urandom of=/tmp/d bs=64k count=48 2>/dev/null
		dd if=/tmp/d of=/dev/xvdb bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if=/dev/xvdb bs=64k count=48 2>/dev/null | cmp - /tmp/d &&
		md5sum </tmp/d' | tail -n 1 | cut -c 1-32 >"$work/sum"
	[ "$(head -c $((48 * 65536)) /var/lib/xen/life-xvdb.img | md5sum |
		cut -c 1-32)" = "$(cat "$work/sum")" ] ||
		why "the image has not what the guest wrote"
}

step_nic() {
	local sum
	answers || return
	socat -u -b 65536 TCP-LISTEN:7001,reuseaddr STDOUT | md5sum |
		cut -c 1-32 >"$work/got" &
	within 30 has_listener || return
	in_guest 'ping -c 3 -s 1400 -q 10.0.0.1 >/dev/null &&
		nc 10.0.0.1 7001 </tmp/d' || return
	within 60 test -s "$work/got" || return
	sum=$(cat "$work/got")
	[ "$sum" = "$(cat "$work/sum")" ] || why "dom0 got $sum"
}
# shellcheck disable=SC2317
has_listener() { ss -Hltn 'sport = :7001' | grep -q .; }

# The tool's own client: a terminal, and Ctrl-] to leave it.
step_console() {
	{
		sleep 2
		printf '\necho "HOSP"ES\n'
		sleep 4
		printf '\035'
		sleep 1
	} | timeout 60 socat - "EXEC:$tool console life,pty,setsid,ctty,raw,echo=0" \
		>"$work/console" 2>&1
	grep -q HOSPES "$work/console" || why "$(cat "$work/console")"
}

step_block() {
	local pattern=51760
	"$tool" block-attach life \
		"format=raw,vdev=xvdd,access=rw,target=$more" || return
	within 60 is_in_guest 'grep -q xvdd /proc/partitions' || return
	in_guest 'dd if=/tmp/d of=/dev/xvdd bs=64k conv=fsync 2>/dev/null' ||
		return
	within 5 has "$tool" block-list life || return
	"$tool" block-detach life xvdd || return
	within 60 is_in_guest '! grep -q xvdd /proc/partitions' || return
	within 60 not has "$tool" block-list life || return
	[ "$(head -c $((48 * 65536)) $more | md5sum | cut -c 1-32)" = \
		"$(cat "$work/sum")" ] || why "the image has not what was written"
}

step_network() {
	local pattern=00:16:3e:00:00:99
	"$tool" network-attach life mac=$pattern bridge=xenbr0 || return
	within 60 is_in_guest 'ip link show eth1' || return
	within 5 has "$tool" network-list life || return
	"$tool" network-detach life 1 || return
	within 60 is_in_guest '! ip link show eth1' || return
	within 60 not has "$tool" network-list life
}

step_pause() {
	local pattern='^life .* --p---'
	"$tool" pause life || return
	within 5 has "$tool" list || return
	! ping -c 1 -w 3 -q $ip >/dev/null || why "it answers though paused" ||
		return
	"$tool" unpause life || return
	within 60 answers
}

step_memory() {
	"$tool" mem-set life 136 || return
	within 60 has_memory 136 || why "list says $(column 3)" \
		"$(xenstore-ls "/local/domain/$(id)/memory")" \
		"$(in_guest 'head -n 3 /proc/meminfo')" || return
	"$tool" mem-set life 160 || return
	within 60 has_memory 160 || why "list says $(column 3)"
}

step_shutdown() {
	"$tool" shutdown -w life || return
	within 90 gone life
}

step_destroy() {
	guest create life disk=48 ip=$ip mem=160 vcpus=2 \
		"line=maxmem = 192" || return
	"$tool" destroy life || return
	within 60 gone life
}

step_nothing_left() {
	rm -f /var/lib/xen/life-*.img
	within 60 left_as_before && return
	diff "$work/before" "$work/after"
	return 1
}

# ---- what else a client of the hypervisor can do ----

step_info() {
	"$tool" info | grep -q '^xen_major *: 4' &&
		"$tool" info | grep -q '^xen_caps *: .*xen-3.0-x86_64' &&
		"$tool" list | grep -q '^Domain-0 ' &&
		"$tool" list -l life | grep -q '"life"'
}

# shellcheck disable=SC2016 # the guest's
step_vcpus() {
	local pattern='^life .* 1 .* --p '
	"$tool" vcpu-list life | tail -n +2 | grep -c '^life' | grep -qx 2 || return
	"$tool" vcpu-pin life 0 0 || return
	"$tool" vcpu-list life | awk '$3 == 0 { print $7 }' | grep -qx 0 ||
		why "$("$tool" vcpu-list life)" || return
	"$tool" vcpu-pin life 0 all || return
	"$tool" vcpu-set life 1 || return
	within 60 is_in_guest '[ "$(grep -c ^processor /proc/cpuinfo)" = 1 ]' ||
		return
	within 20 has "$tool" vcpu-list life
}

step_mem_max() {
	"$tool" mem-max life 180 || return
	"$tool" list -l life | grep -q '"max_memkb": 184320' ||
		why "$("$tool" list -l life | grep memkb)"
}

step_sched() {
	local pattern='life .* 512 .* 40'
	"$tool" sched-credit -d life -w 512 -c 40 || return
	has "$tool" sched-credit -d life || why "$("$tool" sched-credit -d life)" ||
		return
	"$tool" sched-credit -d life -w 256 -c 0
}

step_rename() {
	"$tool" rename life other || return
	"$tool" domid other >/dev/null && gone life 2>/dev/null || return
	"$tool" rename other life && id >/dev/null
}

step_uptime() {
	local pattern='^life .*[0-9]:[0-9]'
	has "$tool" uptime || why "$("$tool" uptime)"
}

step_log() {
	local before
	before=$("$tool" dmesg | wc -l)
	"$tool" debug-keys q || return
	[ "$("$tool" dmesg | wc -l)" -gt "$before" ] ||
		why "the key q says nothing"
}

step_reboot() {
	local old
	old=$(id) || return
	rm -f /var/log/xen/console/guest-life.log
	"$tool" reboot life || return
	within 120 other_id "$old" ||
		why "$(tail -n 5 /var/log/xen/*-life.log; guest log life |
			tail -n 20)" || return
	guest wait life MARK-UP && within 60 answers
}
# shellcheck disable=SC2317
other_id() { local now; now=$(id) && [ "$now" != "$1" ]; }

# Debian's own programs beside the tool.
step_clients() {
	local pattern='life ' dir
	dir=$(echo /usr/lib/xen-4.*/bin)
	has xentop -b -i 2 -d 1 || why "xentop does not show it" || return
	"$dir/lsevtchn" "$(id)" | grep -q 'VCPU' ||
		why "lsevtchn shows no port" || return
	xenstore-write /tool/life 1 && xenstore-exists /tool/life &&
		[ "$(xenstore-read /tool/life)" = 1 ] &&
		xenstore-list /tool | grep -qx life &&
		xenstore-ls /tool | grep -q 'life = "1"' &&
		xenstore-chmod /tool/life n0 "r$(id)" &&
		xenstore-rm /tool/life && ! xenstore-exists /tool/life
}

step_dmesg() {
	! dmesg | grep -E 'BUG|Oops|WARNING:|Call Trace|soft lockup|hung task' ||
		why "dom0's kernel complains"
}

for step; do
	if "step_$step" 2>&1; then
		echo "@@ $step ok"
	else
		echo "@@ $step failed"
	fi
done
