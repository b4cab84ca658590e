#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317,SC2016,SC2001,SC2009 # called by name; other shells
# Runs in dom0: the stories of the suite `faults`, one line "ok NAME" or "not ok
# NAME" each, with what it said before that. A story seeds one fault and says
# with answers() what is to come of it; then it takes the fault away, and nothing
# may be left that was not there before.
#
# usage: dom0.sh STORY...
# Beside it in /root: xm-guest.elf, holdpage, hospes_blkback.ko, and, where
# Debian's packages were to be had, iscsi.tar and nbd.tar. The rows of the table
# are in /root/rows, "story|fault|command|answer|status|ms|limit" each.
set -u
# shellcheck source=SCRIPTDIR/known.sh
. /root/known.sh
# shellcheck source=SCRIPTDIR/later.sh
. /root/later.sh
export TOOLSTACK=xm DM_DISABLE_UDEV=1
lock=/run/xen/hospes/supervisor
work=/var/lib/xen/faults
rows=/root/rows
mkdir -p $work
: >$rows

# within SECONDS COMMAND...: a busy host gets ten seconds more
within() {
	local end=$((SECONDS + 10 + $1))
	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		sleep 0.1
	done
}

config() { # NAME [LINE...]: prints its path
	local name=$1
	shift
	printf '%s\n' "name = '$name'" "kernel = '/root/xm-guest.elf'" \
		'memory = 8' "$@" >"$work/$name.cfg"
	echo "$work/$name.cfg"
}
start() { xm create -q "$(config "$@")"; } # NAME [LINE...]
image() { truncate -s "${2-8M}" "$work/$1" && echo "$work/$1"; } # NAME [SIZE]
now_ms() { echo $(($(date +%s%N) / 1000000)); }
console_of() { # NAME
	local id tty
	id=$(xm domid "$1") && within 5 xenstore-exists "/local/domain/$id/console/tty" ||
		return
	tty=$(xenstore-read "/local/domain/$id/console/tty")
	stty -F "$tty" raw -echo
	echo "$tty"
}
say() { printf %s "$2" >"$(console_of "$1")"; } # NAME CHARACTER
gone() { ! xm domid "$1" >/dev/null 2>&1; }
state_is() { [ "$(xm list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }')" = "$2" ]; }
none_runs() { flock -n $lock true; }
ends_supervisor() { none_runs || kill -9 "$(cat $lock)"; within 5 none_runs; }

# until_said TEXT COMMAND...: sets status, and took to when TEXT was there
until_said() {
	local text=$1 begin pid
	shift
	begin=$(now_ms)
	"$@" >/tmp/out 2>/tmp/err </dev/null &
	pid=$!
	until grep -qF -e "$text" /tmp/err || ! kill -0 $pid 2>/dev/null; do
		sleep 0.05
	done
	took=$(($(now_ms) - begin))
	wait $pid
	status=$?
}

# once LIMIT_MS TEXT COMMAND...: it fails with that text, and in time
once() {
	local limit=$1 text=$2 begin
	shift 2
	if [ "$kind" = goes_on ]; then
		until_said "$text" "$@"
	else
		begin=$(now_ms)
		"$@" >/tmp/out 2>/tmp/err </dev/null
		status=$?
		took=$(($(now_ms) - begin))
	fi
	cat /tmp/err /tmp/out >/tmp/both
	if [ $status -eq 0 ]; then
		echo "succeeded: $*"
	elif ! grep -qF -e "$text" /tmp/both; then
		echo "no '$text' from: $*"
	elif [ $took -gt "$limit" ]; then
		echo "$took ms, at most $limit: $*"
		return 2
	else
		return 0
	fi
	cat /tmp/both
	return 1
}

# answers LIMIT TEXT COMMAND...: the diagnosis of the story's fault, a row of
# the table. LIMIT is known (beforehand: under 1 s), later (5 s), or goes_on: it
# says so within 5 s, and waits on for what may still come. Other work on the
# host only adds to the time: what is late is asked for again, ten times at most,
# or four.
answers() {
	local limit=1000 kind=$1 text=$2 tries=10 ret
	[ "$kind" = known ] || limit=5000 tries=4
	shift 2
	while ((tries--)); do
		once $limit "$text" "$@"
		ret=$?
		[ $ret -eq 2 ] || break
	done
	[ $ret -eq 0 ] || return
	printf '%s|%s|%s|%s|%s|%s|%s\n' "$story" "$fault" \
		"$(sed "s|$work/||g" <<<"$*")" \
		"$(grep -m 1 -F -e "$text" /tmp/both | tr '|' '/' | sed "s|$work/||g")" \
		"$status" "$took" "$limit" >>$rows
}

# What has to be as before.
snapshot() {
	local part='(vm|libxl|tool|local/domain/0/(backend|error))' lines name file
	xm list | cut -c 1-50
	xm info | grep free_memory
	xenstore-ls -f / | grep -P "^/(local/domain/[1-9]|$part(?!(/[a-z]*){0,2} = ))"
	echo /sys/class/net/* /sys/bus/xen-backend/devices/* /sys/block/*/loop \
		/run/xen/hospes/building/* /sys/module/{hospes,xen}_*back
	mapfile -t lines </proc/mounts && echo "${#lines[@]} mounts"
	for file in /proc/[0-9]*/comm; do
		read -r name <"$file" || continue
		case $name in
		holdpage | sleep | nbd-client | iscsiadm | block-*) echo "$name" ;;
		esac
	done 2>/dev/null
}
is_back() { [ "$(snapshot)" = "$before" ]; }

# run STORY: seeded, answered, taken away
run() {
	local fault=
	fault_"$story" || return
	within 10 is_back || {
		diff <(echo "$before") <(snapshot)
		return 1
	}
}

start first "vif = ['bridge=xenbr0']" "disk = ['file:$(image first),xvda,w']" &&
	xm destroy first || exit 1
rm -f $work/*
before=$(snapshot)
for story; do
	begin=$SECONDS
	if run >"/tmp/story" 2>&1; then
		echo "ok $story ($((SECONDS - begin)) s)"
	else
		sed 's/^/# /' /tmp/story
		tail -n 4 /var/log/xen/xend.log | sed 's/^/# /'
		echo "not ok $story ($((SECONDS - begin)) s)"
	fi
done
