#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0, for tests/suites/domains/: makes and ends guests and says on
# stdout what that took, "name value" a line; complaints go to stderr.
#   domains.sh SECTION...   with COUNT_* for how often
set -u
tool=${TOOLSTACK:-xm}
export TOOLSTACK=$tool

die() { echo "domains: $*" >&2; exit 1; }

# until SECONDS COMMAND...: it succeeds within that time; a busy host gets a
# minute more
until_ok() {
	local end=$((SECONDS + 60 + $1))
	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || die "not within the time: $*"
		sleep 0.2
	done
}

# What the hypervisor's console keys say: the numbers of dom0 and of memory.
ask() { # KEY PATTERN
	"$tool" dmesg -c >/dev/null
	"$tool" debug-keys "$1"
	"$tool" dmesg | sed -n "s/^.*$2.*/\\1/p" | head -n 1
}
free_pages() { ask m ' \([0-9]*\) pages, heap'; }
dom0_grants_and_ports() { ask q '  \([0-9]* ports, [0-9]* grant frames\)'; }
store_nodes() { xenstore-ls -f / | wc -l; }
guests() { "$tool" list | tail -n +3 | wc -l; }
# nor the record of one, which goes a moment after it
nobody() {
	[ "$(guests)" = 0 ] && ! xenstore-list /tool/hospes | grep -q '^[0-9]'
}
domids() { "$tool" list | tail -n +3 | awk '{ print $2 }'; }

state() { # what must be as before
	echo "$(store_nodes) nodes, $(dom0_grants_and_ports)"
}
is_state() { [ "$(state)" = "$1" ]; }

# settled COMMAND: what it says three times in a row: what ended a moment ago
# may still hold something
settled() {
	local last now same=0 end=$((SECONDS + 60))
	last=$("$@")
	while [ $same -lt 2 ] && [ $SECONDS -lt $end ]; do
		sleep 0.3
		now=$("$@")
		[ "$now" = "$last" ] && same=$((same + 1)) || same=0
		last=$now
	done
	echo "$last"
}

# free_again PAGES: the free pages, once there are so many, or after a while
free_again() {
	local end=$((SECONDS + 60))
	until has_free "$1" || [ $SECONDS -ge $end ]; do
		sleep 0.2
	done
	free_pages
}
has_free() { [ "$(free_pages)" = "$1" ]; }

config() { guest config "$1" ip=no "${@:2}" >"/tmp/$1.cfg"; }

paused() { # NAME KEYS...
	config "$@"
	"$tool" create -q -p "/tmp/$1.cfg" || die "$1 was not made"
}

destroy_all() {
	local id
	for id in $(domids); do
		# the supervisor may do so at the same time
		"$tool" destroy "$id" || until_ok 20 is_gone "$id"
	done
	until_ok 20 nobody
}

same() { [ "$1" = "$2" ] || die "$3: got '$1', wanted '$2'"; }
line_of() { "$tool" list "$1" | awk 'NR == 2 { print $'"$2"' }'; }
state_is() { [ "$(line_of "$1" 5)" = "$2" ]; }
console_says() { grep -qa "$1" /tmp/console; }
new_id() { # NAME OLD-ID
	local id
	id=$("$tool" domid "$1" 2>/dev/null) && [ "$id" != "$2" ]
}
is_gone() { ! "$tool" domid "$1" >/dev/null 2>&1; }

# What is done to a guest in its life, each command once.
basics() {
	local id pid
	config b
	"$tool" create -q -c /tmp/b.cfg </dev/null >/tmp/console &
	pid=$!
	until_ok 300 console_says MARK-UP
	id=$("$tool" domid b) || die domid
	same "$("$tool" domname "$id")" b domname
	same "$(line_of b 3) $(line_of b 4)" '128 1' 'memory and vcpus'
	same "$("$tool" list | awk 'NR == 2 { print $1, $2 }')" 'Domain-0 0' dom0
	"$tool" pause b || die pause
	until_ok 5 state_is b --p---
	"$tool" unpause b || die unpause
	until_ok 5 state_is b -b----
	kill $pid
	wait $pid
	# shellcheck disable=SC2016 # the guest's shell
	same "$(guest run b 'echo $((6 * 7))')" 42 'the shell on its console'
	printf '\035' | timeout 60 "$tool" console b >/dev/null ||
		die 'Ctrl-] does not leave the console'
	"$tool" info | grep -q '^free_memory *: [0-9]' || die info
	"$tool" debug-keys h || die debug-keys
	"$tool" dmesg | grep -q . || die dmesg
	rm -f /var/log/xen/console/guest-b.log
	"$tool" reboot b || die reboot
	until_ok 300 new_id b "$id"
	guest wait b MARK-UP 300 || die 'it does not come up again'
	timeout 300 "$tool" shutdown -w b || die shutdown
	is_gone b || die 'shutdown -w is back before the guest is down'
	paused b
	until_ok 5 state_is b --p---
	"$tool" destroy b || die destroy
	until_ok 10 nobody
	echo "basics done"
}

# What the first guests of a machine leave for good, such as parent nodes in the
# store and the room for more ports, is there before anything is counted.
warm_up() {
	guest create first ip=no || die "no guest"
	destroy_all
	paused second
	destroy_all
}

# Pages of the hypervisor for a guest of 128 MiB beyond its memory. Its grant
# table is one frame from the start.
cost() {
	local before with own
	paused c mem=128
	destroy_all
	before=$(settled free_pages)
	paused c mem=128
	with=$(settled free_pages)
	own=$("$tool" list c | awk 'NR == 2 { print $3 * 256 }')
	echo "cost-pages $((before - with - own))"
	destroy_all
	until_ok 20 has_free "$before"
}

# The memory of a domain is back, and what its tools held.
cycles() {
	local before free i
	warm_up
	before=$(settled state) free=$(settled free_pages)
	for ((i = 0; i < COUNT_CYCLES; i++)); do
		if ((i % 20 == 3)); then
			guest create w ip=no || die "cycle $i"
		elif ((i % 2)); then
			paused w
			"$tool" unpause w
		else
			paused w
		fi
		destroy_all
	done
	until_ok 20 is_state "$before"
	echo "cycles $i"
	echo "cycles-free-before $free"
	echo "cycles-free-after $(free_again "$free")"
}

came_back() { # the log says it came up once more
	[ "$(grep -c MARK-UP /var/log/xen/console/guest-r.log)" -ge "$1" ]
}

reboots() {
	local before free i id last
	config r
	warm_up
	before=$(settled state) free=$(settled free_pages)
	rm -f /var/log/xen/console/guest-r.log
	# it has to be watched by its tool, to be made again
	"$tool" create "/tmp/r.cfg" >/dev/null || die "no guest"
	last=$("$tool" domid r)
	for ((i = 1; i <= COUNT_REBOOTS; i++)); do
		until_ok 300 came_back 1
		rm -f /var/log/xen/console/guest-r.log
		"$tool" reboot r >/dev/null 2>&1 || die "reboot $i"
		until_ok 300 new_id r "$last"
		last=$("$tool" domid r)
	done
	until_ok 300 came_back 1
	destroy_all
	until_ok 20 is_state "$before"
	echo "reboots $((i - 1))"
	echo "reboots-free-before $free"
	echo "reboots-free-after $(free_again "$free")"
}

# A guest of 1 GiB goes in one second, and a timer of another goes on: a clock
# of the guest that is read every 10 ms must not stand still for long. The host
# may stand still itself: once in five tries is enough.
big() {
	local i
	guest create clock ip=no || die "no guest"
	for i in 1 2 3 4 5; do
		big_goes
		[ $destroy_ms -gt 1000 ] || [ "$stood_cs" -gt 50 ] || break
		until_ok 20 is_gone big
	done
	echo "destroy-ms $destroy_ms"
	echo "clock-stood-cs $stood_cs"
	destroy_all
}

big_goes() { # destroy_ms= stood_cs=
	local start end now script seen
	paused big mem=1024
	seen=$(begun)
	# In one line: the shell on the console prompts for more.
	# shellcheck disable=SC2016 # the guest's shell
	now='now=$(cut -d" " -f1 /proc/uptime | tr -d .)'
	# shellcheck disable=SC2016
	script="$now; last=\$now; worst=0; n=0; echo be''gins; "
	# shellcheck disable=SC2016
	script+='while [ $n -lt 60 ]; do sleep 0.02; '"$now; "
	# shellcheck disable=SC2016
	script+='d=$((now - last)); last=$now; n=$((n + 1)); '
	# shellcheck disable=SC2016
	script+='[ $d -le $worst ] || worst=$d; done; echo $worst'
	guest run clock "$script" >/tmp/worst &
	until_ok 60 begun_beyond "$seen"
	start=$(date +%s%N)
	"$tool" destroy big || die "not destroyed"
	end=$(date +%s%N)
	wait
	destroy_ms=$(((end - start) / 1000000))
	stood_cs=$(tail -n 1 /tmp/worst)
}
begun() { grep -ac begins /var/log/xen/console/guest-clock.log; }
begun_beyond() { [ "$(begun)" -gt "$1" ]; }

up() { grep -q MARK-UP "/var/log/xen/console/guest-$1.log" 2>/dev/null; }

many() {
	local before free i id
	# the hypervisor keeps the room for as many ports as dom0 has ever had
	for ((i = 1; i <= COUNT_GUESTS; i++)); do
		paused "m$i" mem=128
	done
	destroy_all
	before=$(settled state) free=$(settled free_pages)
	for ((i = 1; i <= COUNT_GUESTS; i++)); do
		rm -f "/var/log/xen/console/guest-m$i.log"
		config "m$i" mem=128
		"$tool" create -q "/tmp/m$i.cfg" || die "guest $i of $COUNT_GUESTS"
	done
	for ((i = 1; i <= COUNT_GUESTS; i++)); do
		until_ok 300 up "m$i"
	done
	echo "many $(guests)"
	echo "many-answer $(guest run m1 'uname -s; nproc' | tr '\n' ' ')"
	destroy_all
	until_ok 30 is_state "$before"
	echo "many-free-before $free"
	echo "many-free-after $(free_again "$free")"
}

four_vcpus() {
	local script
	guest create smp ip=no vcpus=4 || die "no guest"
	# In one line: the shell on the console prompts for more.
	# shellcheck disable=SC2016 # the guest's shell
	script='n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done; echo done'
	script="nproc; for i in 0 1 2 3; do ($script) & done; wait"
	echo "vcpus $(guest run smp "$script" | tr '\n' ' ')"
	destroy_all
}

# The creator is killed when it says that it has got to STEP.
killed_at() { # STEP
	HOSPES_KILL_AT=$1 "$tool" create -q /tmp/k.cfg >/dev/null 2>&1 &&
		echo "killed-missed $1"
	until_ok 10 nobody
	until_ok 10 is_state "$before"
	echo "killed-at $1"
}

# How many processors dom0 and the guest v use.
use() { # COUNT
	[ "$("$tool" list | awk '$1 == "v" || $2 == 0 { printf "%s ", $4 }')" = \
		"$1 $1 " ]
}

# Vcpus go and come back, in a guest and in dom0, while both compute. Linux takes
# a processor away when it is told, and shows one that has come; to start it is
# udev's, which the lab does not have: a loop does it.
vcpu_sets() {
	local i load udev
	udev='while sleep 0.3; do
		echo 1 >/sys/devices/system/cpu/cpu1/online; done 2>/dev/null'
	guest create v ip=no vcpus=2 || die "no guest"
	guest run v "(${udev//$'\n'/ }) & for i in 1 2; do (while :; do :; done) & done" ||
		die load
	(while :; do :; done) &
	load=$!
	(eval "$udev") &
	udev=$!
	for ((i = 0; i < COUNT_VCPU_SETS; i++)); do
		"$tool" vcpu-set v 1 || die 'vcpu-set v 1'
		"$tool" vcpu-set 0 1 || die 'vcpu-set 0 1'
		until_ok 120 use 1
		"$tool" vcpu-set v 2 || die 'vcpu-set v 2'
		"$tool" vcpu-set 0 2 || die 'vcpu-set 0 2'
		until_ok 120 use 2
	done
	kill $load $udev
	same "$(nproc) $(guest run v nproc)" '2 2' 'processors at the end'
	destroy_all
	echo "vcpu-sets $i"
}

made() { grep -c ' k created' /var/log/xen/xend.log; }

# Killed after some time: then there is a whole guest, or none.
killed_after() { # SECONDS
	local pid status whole
	whole=$(made)
	setsid "$tool" create -q -p /tmp/k.cfg >/dev/null 2>&1 &
	pid=$!
	sleep "$1"
	kill -KILL -- "-$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	[ "$(made)" = "$whole" ] || destroy_all
	until_ok 10 nobody
	until_ok 10 is_state "$before"
	echo "killed-after $1 $status"
}

killed() {
	local before free i step
	config k mem=128
	paused k
	destroy_all
	before=$(settled state) free=$(settled free_pages)
	for step in created named built devices; do
		killed_at $step
	done
	for ((i = 0; i < COUNT_KILLS; i++)); do
		killed_after "$((i / 10)).$((i % 10))5"
	done
	echo "killed-free-before $free"
	echo "killed-free-after $(free_again "$free")"
}

for section; do
	"$section" || die "$section failed"
done
