#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xm-dom0.sh FUNCTION: a part of the xm suite, as it runs in dom0. The guest is
# tests/images/xm-guest.S: it shuts down with the reason that its console says.
set -u

fail() {
	echo "FAILED: $*" >&2
	xm list >&2
	xenstore-ls /tool >&2
	tail -n 20 /var/log/xen/xend.log >&2
	exit 1
}

same() { # GOT WANTED WHAT
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

# within SECONDS COMMAND...
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "not in time: $*"
		sleep 0.1
	done
}

config() { # NAME [LINE...]
	local name=$1
	shift
	printf '%s\n' "name = '$name'" "kernel = '/root/guest.elf'" \
		'memory = 8' "$@" >"/run/$name.cfg"
	echo "/run/$name.cfg"
}

start() { # NAME [LINE...]
	xm create -q "$(config "$@")" || fail "create $1"
}

# say NAME CHARACTER: on its console, once it has one
say() {
	local id tty
	id=$(xm domid "$1") || fail "no $1"
	within 10 xenstore-exists "/local/domain/$id/console/tty"
	tty=$(xenstore-read "/local/domain/$id/console/tty")
	stty -F "$tty" raw -echo
	printf %s "$2" >"$tty"
}

gone() { ! xm domid "$1" >/dev/null 2>&1; }
state() { xm list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'; }
state_is() { [ "$(state "$1")" = "$2" ]; }
new_id() { # NAME OLD
	local now
	now=$(xm domid "$1" 2>/dev/null) && [ "$now" != "$2" ]
}

# What must be as before: free memory, nodes of domains, ports of dom0.
snapshot() {
	xm info | grep free_memory
	xenstore-ls -f / | grep -vE '^/(tool|vm|libxl|local/domain/0)( =|$|/[a-z]*$)' |
		grep -v '/backend/console = \|/local/domain/0/backend = ' |
		grep -E '^/(vm|libxl|local/domain/[1-9]|tool|local/domain/0/backend)'
}

is_back() { [ "$(snapshot)" = "$1" ]; }

quiet_down() { # SNAPSHOT
	local end=$((SECONDS + 20))
	until is_back "$1"; do
		[ $SECONDS -lt $end ] ||
			fail "left behind: $(diff <(echo "$1") <(snapshot))"
		sleep 0.1
	done
}

# The init script, beside guests that do not notice.
service() {
	local id first
	init() { "/etc/init.d/xend" "$@" >/dev/null || fail "xend $*"; }
	init start
	init status
	start one
	id=$(xm domid one)
	first=$(cat /run/xen/hospes/supervisor)
	init start
	same "$(cat /run/xen/hospes/supervisor)" "$first" 'a second start'
	init restart
	init status
	[ "$(cat /run/xen/hospes/supervisor)" != "$first" ] || fail 'the same one'
	say one 1
	within 20 new_id one "$id"
	init stop
	/etc/init.d/xend status >/dev/null && fail 'xend still runs'
	xm destroy one
}

formats() {
	start one
	start two
	xm pause two
	local row
	same "$(xm list | head -n 1)" "$(xl list | head -n 1)" header
	xm list | tail -n +2 | while read -ra row; do
		same ${#row[@]} 6 "words of ${row[*]}"
	done || exit 1
	same "$(xm list two | awk 'NR == 2 { print $3, $4, $5 }')" '8 1 --p---' two
	same "$(xm list 0 | awk 'NR == 2 { print $1, $2 }')" 'Domain-0 0' dom0
	diff <(xl info | grep -v free_) <(xm info | grep -v free_) >&2 ||
		fail 'info differs from xl info'
	same "$(xl domname 0)" "$(xm domname 0)" domname
	same "$(ln -sf "$(command -v xm)" /tmp/xl; /tmp/xl vcpu-list 0 | head -n 1)" \
		"$(xl vcpu-list 0 | head -n 1)" 'vcpu-list of xl'
	same "$(xm sched-credit | head -n 1)" \
		'Name                                ID Weight  Cap' sched-credit
	same "$(xm uptime | head -n 1 | tr -s ' ')" 'Name ID Uptime' uptime
	xm list --long one | grep -q '(status 2)' || fail 'status of one'
	xm list -l two | grep -q '(state --p---)' || fail 'state of two'
	xm --long list two | grep -q '(status 1)' || fail 'option first'
	xm list --json | grep -q '"name": "two"' || fail json
	xm help | grep -q '^ create' || fail help
	same "$(xm help --long | grep -c '^ [a-z]')" \
		"$(xm help | grep -c '^ [a-z]')" 'commands in help'
	same "$(xm vcpu-l one | awk 'NR == 2 { print $1, $3, $7, $8 }')" \
		'one 0 any cpu' vcpu-list
	same "$(xm set-vcpus one 1 2>&1)" \
		'Warning: set-vcpus is the old name of vcpu-set' alias
	xm create -n /run/one.cfg | grep -q "(memory 8)" || fail 'create -n'
	xm destroy one
	xm destroy two
}

# refuses STATUS TEXT COMMAND...
refuses() {
	local want=$1 text=$2 out got
	shift 2
	out=$("$@" 2>&1 >/tmp/stdout)
	got=$?
	same $got "$want" "status of $*"
	case $out in
	*"$text"*) ;;
	*) fail "$*: no '$text' in: $out" ;;
	esac
	[ ! -s /tmp/stdout ] || fail "$* wrote on stdout: $(cat /tmp/stdout)"
}

refusals() {
	local before cfg
	start taken
	before=$(snapshot)
	cfg=$(config new)
	refuses 3 "Error: Domain 'nobody' does not exist." xm domid nobody
	refuses 3 "Error: Domain 'nobody' does not exist." xm destroy nobody
	refuses 3 "Error: Domain 'nobody' does not exist." xm list nobody
	ln -sf "$(command -v xm)" /tmp/xl
	refuses 1 'nobody is an invalid domain identifier (rc=-6)' \
		/tmp/xl domid nobody
	refuses 1 'Usage: xm domid' xm domid
	refuses 1 "unknown command 'frob'" xm frob
	refuses 1 'could be' xm vcpu
	refuses 1 "Domain 'taken' already exists." xm create -q "$cfg" name=taken
	refuses 1 'MiB are missing' xm create -q "$cfg" memory=100000
	refuses 1 'is too little' xm create -q "$cfg" memory=2
	refuses 1 "kernel '/nowhere'" xm create -q "$cfg" kernel=/nowhere
	refuses 1 'is no kernel' xm create -q "$cfg" kernel=/etc/passwd
	refuses 1 'neither a bzImage nor an ELF' \
		xm create -q "$cfg" kernel=/guest/tiny-6.1.gz
	refuses 1 'no Xen notes' xm create -q "$cfg" kernel=/bin/bash
	refuses 1 "ramdisk '/nowhere'" xm create -q "$cfg" ramdisk=/nowhere
	refuses 1 'cannot be a guest' xm create -q "$cfg" name='a b'
	refuses 1 'nor in /etc/xen' xm create -q nowhere.cfg
	refuses 1 'only' xm create -q "$cfg" cpus=77
	printf 'memory = 8\nvcpus = = 1\n' >/run/bad.cfg
	refuses 1 'bad.cfg:2:9:' xm create -q /run/bad.cfg
	refuses 1 '^' xm create -q /run/bad.cfg
	refuses 1 'Domain-0 cannot be' xm destroy 0
	refuses 1 'Domain-0 cannot be' xm pause Domain-0
	refuses 1 'weight' xm sched-credit -d taken -w 0
	refuses 1 'at most 1' xm vcpu-set taken 5
	refuses 1 'is no vcpu' xm vcpu-pin taken 3 0
	refuses 1 'this host has' xm vcpu-pin taken 0 99
	refuses 1 'already exists' xm rename taken Domain-0
	quiet_down "$before"
	refuses 1 'in time' xm shutdown -w -t 1 taken
	xm destroy taken
}

lifecycle() {
	local before i
	start warm
	xm destroy warm
	before=$(snapshot)
	for i in 1 2 3 4 5; do
		start "g$i" 'vcpus = 2' 'cpu_weight = 300' "cpus = '0'"
		same "$(xm sched-credit -d "g$i" | awk 'NR == 2 { print $3 }')" \
			300 weight
	done
	same "$(xm list | wc -l)" 7 'lines of list'
	xm pause g1
	within 5 state_is g1 --p---
	same "$(xm domstate g1)" paused domstate
	xm unpause g1
	within 5 state_is g1 -b----
	xm rename g1 other || fail rename
	gone g1 || fail 'g1 is still there'
	xm sched-credit -d other -w 512 -c 50 || fail sched-credit
	same "$(xm sched-credit -d other | awk 'NR == 2 { print $3, $4 }')" \
		'512 50' share
	xm vcpu-pin other all 0 || fail vcpu-pin
	say g2 0
	within 10 gone g2
	for i in other g3 g4 g5; do
		xm destroy "$i" || fail "destroy $i"
		gone "$i" || fail "$i is still there"
	done
	xm create -q -p "$(config p)" || fail 'create -p'
	same "$(state p)" --p--- 'state after create -p'
	same "$(xm list p | awk 'NR == 2 { print $6 }')" 0.0 'time of one that never ran'
	xm destroy p
	quiet_down "$before"
	guest create linux ip=no line='on_reboot = "destroy"' || fail 'a Linux guest'
	same "$(guest run linux 'cat /proc/cmdline')" 'console=hvc0 quiet' cmdline
	timeout 5 xm console linux </dev/null >/dev/null &
	xm shutdown -w -t 120 linux || fail shutdown
	gone linux || fail 'shutdown -w returned too early'
	quiet_down "$before"
}

# policy KEY REASON ACTION: one cell of the matrix
policy() {
	local id name=p$2$3
	start "$name" "$1 = '$3'"
	id=$(xm domid "$name")
	# a crash at once is not repeated
	[ "$2" != 3 ] || sleep 3
	say "$name" "$2"
	case $3 in
	destroy) within 10 gone "$name" ;;
	restart) within 10 new_id "$name" "$id" ;;
	preserve)
		case $2 in
		0) within 10 state_is "$name" ---s-- ;;
		1) within 10 state_is "$name" ---sr- ;;
		3) within 10 state_is "$name" ---sc- ;;
		esac
		xm list "$id" >/dev/null || fail "$name was not preserved"
		;;
	rename-restart)
		within 10 new_id "$name" "$id"
		same "$(xm domname "$id")" "$name-1" 'name of the old one'
		xm destroy "$name-1"
		;;
	esac
	gone "$name" || xm destroy "$name"
}

policies() {
	local before action
	start warm
	xm destroy warm
	before=$(snapshot)
	for action in destroy restart preserve rename-restart; do
		policy on_poweroff 0 $action
		policy on_reboot 1 $action
		policy on_crash 3 $action
	done
	quiet_down "$before"
}

lock=/run/xen/hospes/supervisor
none_runs() { flock -n $lock true; }
runs() { [ "$(cat $lock)" = "$1" ] && ! none_runs; }

# The one that runs is killed; the next one is to die at a step itself.
supervise_until() { # STEP
	none_runs || kill -9 "$(cat $lock)"
	within 5 none_runs
	HOSPES_KILL_AT=$1 setsid xm xend </dev/null >/dev/null 2>&1 &
	new=$!
	within 5 runs "$new"
}

kills() {
	local before step id new
	start warm
	xm destroy warm
	before=$(snapshot)
	for step in created named built devices; do
		HOSPES_KILL_AT=$step xm create -q "$(config dead)" \
			2>/dev/null && fail "create outlived $step"
		start "after-$step"
		within 10 gone dead
		xm destroy "after-$step"
		quiet_down "$before"
	done
	for step in destroy-paused destroy-devices destroy-killed; do
		start dead
		supervise_until never
		kill -9 "$new"
		HOSPES_KILL_AT=$step xm destroy dead 2>/dev/null
		supervise_until never
		within 10 gone dead
		quiet_down "$before"
	done
	for step in restart-intent destroy-paused destroy-killed \
		restart-destroyed created named built devices restart-created; do
		start again "on_reboot = 'restart'"
		id=$(xm domid again)
		supervise_until $step
		say again 1
		wait "$new" 2>/dev/null # it must die by itself
		supervise_until never
		within 10 new_id again "$id"
		xm destroy again
		quiet_down "$before"
	done
}

"$1"
echo 'all right'
