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

# within SECONDS COMMAND...: a busy host gets a minute more
within() {
	local end=$((SECONDS + 60 + $1))
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
	local end=$((SECONDS + 90))
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

# systemd from Debian's packages, first of its own processes, starts the unit;
# what else it would bring up is masked: the lab has done that.
boot_systemd() {
	local unit
	tar -C / --keep-directory-symlink -xf /root/systemd.tar || fail tar
	ldconfig
	systemd-analyze verify --man=no xend.service || fail verify
	for unit in xen.service systemd-udevd.service systemd-logind.service \
		systemd-udevd-control.socket systemd-udevd-kernel.socket \
		systemd-udev-trigger.service systemd-modules-load.service \
		systemd-sysctl.service systemd-remount-fs.service \
		systemd-journald.service systemd-journald.socket \
		systemd-journald-dev-log.socket systemd-journal-flush.service \
		systemd-firstboot.service systemd-binfmt.service \
		systemd-machine-id-commit.service systemd-update-utmp.service \
		lvm2-monitor.service; do
		ln -sf /dev/null "/etc/systemd/system/$unit"
	done
	mountpoint -q /run || mount --bind /run /run
	mkdir -p /sys/fs/cgroup
	mountpoint -q /sys/fs/cgroup ||
		mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail cgroups
	setsid unshare --pid --fork --mount sh -c 'mount -t proc proc /proc
		mount -t xenfs xenfs /proc/xen
		exec env container=lab /lib/systemd/systemd \
			--unit=xend.service --log-target=console' \
		</dev/null >/root/systemd.log 2>&1 &
}

# Among its own processes: it knows no others.
ctl() {
	local pid
	pid=$(pgrep -f '^/lib/systemd/systemd --unit=xend') || return
	nsenter -t "$pid" -m -p systemctl "$1" xend.service "${@:2}"
}
unit_is() { [ "$(ctl is-active)" = "$1" ]; }
main_pid() { ctl show -P MainPID; }
other_pid() { unit_is active && [ "$(main_pid)" != "$1" ]; }

# The unit, beside a guest that does not notice.
systemd() {
	local id pid
	boot_systemd
	# To ask systemctl all the time would take what systemd needs to start.
	(within 400 grep -qs 'supervisor: started' /var/log/xen/xend.log &&
		within 20 unit_is active) || {
		ctl status >&2
		tail -n 30 /root/systemd.log >&2
		exit 1
	}
	start one
	id=$(xm domid one)
	pid=$(main_pid)
	ctl kill -s KILL || fail 'systemctl kill'
	within 20 other_pid "$pid"
	say one 1
	within 20 new_id one "$id"
	id=$(xm domid one)
	pid=$(main_pid)
	ctl restart || fail restart
	within 20 other_pid "$pid"
	ctl stop || fail stop
	within 10 unit_is inactive
	none_runs || fail 'the supervisor outlived its unit'
	same "$(xm domid one)" "$id" 'the guest'
	ctl start || fail start
	within 20 unit_is active
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
	habits
}

# What xl and xentop read of the scheduler: share, vcpus, time.
figures() {
	local vcpus
	start one 'cpu_weight = 300' 'cpu_cap = 40'
	within 5 state_is one -b----
	same "$(xl sched-credit -d one | awk '$1 == "one" { print $3, $4 }')" \
		'300 40' 'xl sched-credit'
	xl sched-credit | grep -q 'tslice=30ms' || fail 'parameters of credit'
	vcpus=$(xl vcpu-list one | awk '$1 == "one" { print $3, $4, $5, $7 }')
	same "$vcpus" '0 0 -b- all' 'xl vcpu-list'
	same "$(xl list one | awk 'NR == 2 { print $3, $4, $5 }')" \
		'8 1 -b----' 'xl list'
	xentop -f -b -i 1 >/tmp/top || fail xentop
	same "$(awk '$1 == "one" { print $2, $5, $9 }' /tmp/top)" \
		'--b--- 8192 1' 'xentop: state, KiB, vcpus'
	awk '$1 == "Domain-0" && $3 > 0 { found = 1 }
		END { exit !found }' /tmp/top || fail 'time of dom0 in xentop'
	xm destroy one
}

# Which programs a creation starts: xm alone, and the supervisor the first time.
execs() {
	start warm
	xm destroy warm
	strace -f -qq -e trace=execve -e signal=none -o /tmp/execs \
		xm create -q "$(config one "vif = ['bridge=xenbr0']" \
		"disk = ['file:/guest/data.img,xvda,r']")" || fail create
	same "$(grep -c 'execve(' /tmp/execs)" 1 "programs: $(cat /tmp/execs)"
	xm destroy one
}

# Everything that programs and people read, with what differs from run to run
# taken out; tests/lib/xm-golden.txt has it as it has to be.
golden() {
	norm() {
		sed -E -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/' \
			-e 's/ +[0-9]+\.[0-9]$/  TIME/' \
			-e 's/ [0-9]+\.[0-9] /  TIME /' \
			-e 's/(cpu_time|start_time) [0-9.]+/\1 TIME/' \
			-e 's/("(cpu_time_ns|uptime_s)": )[0-9]+/\1"TIME"/g' \
			-e '/^\{/s/, "/,\n"/g' -e 's/ +$/&|/' \
			-e 's/ ?[0-9]+:[0-9]{2}:[0-9]{2}/ TIME/g'
	}
	show() {
		echo "== $*"
		"$@" 2>&1 | norm
	}
	ln -sf "$(command -v xm)" /tmp/xl
	start one 'vcpus = 2' 'maxvcpus = 4' "extra = 'a b'"
	within 5 state_is one -b----
	xm pause one
	show xm list
	show xm list --long one
	show xm list --json one
	show xm domid one
	show xm domname 1
	show xm domstate one
	show xm why one
	show xm vcpu-list one
	show xm sched-credit -d one
	show xm uptime one
	echo "== xm info"
	xm info | sed 's/:.*/:/'
	show xm help
	show xm domid nobody
	show xm destroy
	show xm frob
	printf 'memory = 8\nvcpus = = 1\n' >/run/bad.cfg
	show xm create /run/bad.cfg
	printf 'name = "x"\nmemroy = 8\n' >/run/bad.cfg
	show xm create /run/bad.cfg
	show xm create -n /run/one.cfg
	show xm create "$(config two)"
	xm destroy two
	show xm vcpu-pin one 0 0
	show xm vcpu-list one
	show xm sched-credit -d one -w 512 -c 50
	show xm sched-credit
	show xm block-list one
	show xm network-list one
	show xm set-vcpus one 1
	show xm list nobody
	show xm vcpu-set one 9
	show /tmp/xl list one
	show /tmp/xl domid nobody
	show /tmp/xl domname 77
	show /tmp/xl vcpu-list one
	show /tmp/xl uptime one
	json_forms
	wrong_words
	wrong_files
	without_words
	ganeti_reads
	xm destroy one
}

# What a node with guests in all states prints, for Ganeti's own parser.
ganeti_reads() {
	local reason
	start idle
	for reason in 0 1 3; do
		start "ended$reason" "on_poweroff = 'preserve'" \
			"on_reboot = 'preserve'" "on_crash = 'preserve'"
		say "ended$reason" $reason
	done
	within 10 state_is ended0 ---s--
	within 10 state_is ended1 ---sr-
	within 10 state_is ended3 ---sc-
	within 10 state_is idle -b----
	xm create -q -p "$(config never)"
	show xm list
	for reason in one idle ended0 ended1 ended3 never 0; do
		show xm domstate $reason
	done
	show xm list --long ended1
	show xm reboot ended0
	show xm sysrq ended0 h
	show xm shutdown -w ended0
	echo '== end'
	echo '== xm list'
	xm list
	echo '== xm info'
	xm info
	for reason in idle ended0 ended1 ended3 never; do
		xm destroy $reason
	done
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

said() { xm dmesg | grep -qF "$1"; }

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
	guest create linux ip=no line='root = "/dev/ram0 ro"
on_reboot = "destroy"' || fail 'a Linux guest'
	same "$(guest run linux 'cat /proc/cmdline')" \
		'root=/dev/ram0 ro console=hvc0 quiet' cmdline
	xm sysrq linux h || fail sysrq
	within 10 guest run linux 'dmesg | grep -q "sysrq: HELP"'
	xm dmesg -c >/dev/null || fail 'dmesg -c'
	xm debug-keys h || fail debug-keys
	within 10 said "key 'h': this list"
	xm dmesg -c | grep -qF "key 'h': this list" || fail 'dmesg -c is mute'
	said "key 'h': this list" && fail 'dmesg -c did not clear it'
	timeout 5 xm console linux </dev/null >/dev/null &
	xm shutdown -w -t 300 linux || fail shutdown
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

RESTART_STEPS='restart-intent destroy-paused destroy-killed restart-destroyed
	created named built devices restart-created'

kills() {
	local before step new
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
	for step in $RESTART_STEPS; do
		killed_on on_reboot 1 restart "$step"
		quiet_down "$before"
	done
}

uuids() { # of the guests, and those that are written down are the same
	local id
	for id in $(xenstore-list /tool/hospes | grep '^[0-9]'); do
		[ "$(xenstore-read "/tool/hospes/$id/uuid")" = \
			"$(xm list --long "$id" | sed -n 's/.*(uuid \(.*\))/\1/p')" ] &&
			xenstore-read "/tool/hospes/$id/uuid"
	done | sort -u | wc -l
}

# killed_on KEY REASON ACTION STEP: a guest ends, and the supervisor is killed
# at that step of what it then does; its successor goes on.
killed_on() {
	local id new
	start again "$1 = '$3'"
	id=$(xm domid again)
	supervise_until "$4"
	# a crash at once is not repeated
	[ "$2" != 3 ] || sleep 2
	say again "$2"
	within 10 dead "$new" # by itself
	supervise_until never
	case $3 in
	restart)
		within 10 new_id again "$id"
		;;
	rename-restart)
		within 10 new_id again "$id"
		same "$(xm domname "$id")" again-1 'name of the old one'
		same "$(uuids)" 2 'different UUIDs'
		xm destroy again-1
		;;
	*) within 10 gone again ;;
	esac
	gone again || xm destroy again
}

dead() { # PID of a child
	! kill -0 "$1" 2>/dev/null
}

# STEPS: of a restart, or all
crash_kills() {
	local before step
	[ "$STEPS" != all ] || STEPS=$RESTART_STEPS
	start warm
	xm destroy warm
	before=$(snapshot)
	for step in $STEPS; do
		killed_on on_crash 3 restart "$step"
		quiet_down "$before"
	done
	for step in destroy-paused destroy-killed; do
		killed_on on_crash 3 destroy "$step"
		quiet_down "$before"
	done
	killed_on on_poweroff 0 destroy destroy-paused
	quiet_down "$before"
	for step in restart-intent restart-renamed restart-created; do
		killed_on on_reboot 1 rename-restart "$step"
		quiet_down "$before"
	done
}

is_port() { [ -e "/sys/class/net/$1/brport" ]; }
has_store() { [ "$(xenstore-read "$1/state" 2>/dev/null)" = 4 ]; }
answers() { ping -c 1 -W 1 10.0.0.10 >/dev/null; }
reads() { guest run re 'dd if=/dev/xvdb bs=1M iflag=direct 2>/dev/null | md5sum'; }

# What is taken away holds the module for a moment.
unloads() { rmmod "$1" 2>/dev/null; }

# A device's driver is taken off and put back; then modules are loaded anew. The
# second time nobody supervises at that time.
rewires() {
	local id sum vbd vif
	guest create re disk=4 || fail 'no guest'
	id=$(xm domid re) vbd=backend/vbd/$id/51728 vif=vif$id.0
	head -c 4M /dev/urandom >/var/lib/xen/re-xvdb.img
	sum=$(md5sum </var/lib/xen/re-xvdb.img)
	same "$(reads)" "$sum" 'the disk'
	within 20 answers
	cd /sys/bus/xen-backend/drivers || fail sysfs
	echo "vif-$id-0" >vif/unbind
	echo "vif-$id-0" >vif/bind
	within 20 is_port "$vif"
	within 20 answers
	echo "vbd-$id-51728" >vbd/unbind
	within 20 unloads hospes_blkback
	insmod /root/hospes_blkback.ko || fail insmod
	within 20 has_store "$vbd"
	same "$(reads)" "$sum" 'the disk, with its driver loaded anew'
	kill -KILL "$(cat $lock)"
	within 10 none_runs
	echo "vif-$id-0" >vif/unbind
	echo "vbd-$id-51728" >vbd/unbind
	within 20 unloads hospes_netback
	within 20 unloads hospes_blkback
	insmod /root/hospes_blkback.ko || fail insmod
	insmod /root/hospes_netback.ko || fail insmod
	setsid xm xend </dev/null >/dev/null 2>&1 &
	within 20 is_port "$vif"
	within 20 answers
	within 20 has_store "$vbd"
	same "$(reads)" "$sum" 'the disk, after the supervisor was away'
}

nproc_is() { [ "$(nproc)" = "$1" ]; }

udev() {
	local cpu=/sys/devices/system/cpu/cpu1
	tar -C / --keep-directory-symlink -xf /root/udev.tar || fail tar
	ldconfig
	mv /usr/lib/udev/rules.d/60-xen-vcpu.rules /root/ || fail 'no rule'
	/lib/systemd/systemd-udevd --daemon || fail udevd
	xm vcpu-set 0 1 || fail vcpu-set
	within 20 nproc_is 1
	# without the rule: shown, and not started
	xm vcpu-set 0 2 || fail vcpu-set
	within 20 test -e $cpu/online
	udevadm settle
	same "$(cat $cpu/online)" 0 'started without the rule'
	mv /root/60-xen-vcpu.rules /usr/lib/udev/rules.d/
	udevadm control --reload
	xm vcpu-set 0 1 || fail vcpu-set
	within 20 test ! -e $cpu/online
	xm vcpu-set 0 2 || fail vcpu-set
	within 20 nproc_is 2
	udevadm control --exit
}

# ---- parts of golden

json_forms() {
	show xm domid --json one
	show xm domname --json 1
	show xm domstate --json one
	show xm why --json one
	show xm uptime --json one
	show xm uptime -s one
	show xm vcpu-list --json one
	show xm sched-credit --json
	show xm list --json nobody
	show xm block-list --json one
	show xm network-list --json one
	show /tmp/xl list -l one
	echo '== xm info --json'
	xm info --json >/tmp/info
	sed -E 's/("[a-z_]*": )("[^"]*"|[0-9]+)/\1"VALUE"/g; s/, /,\n/g' /tmp/info
}

wrong_words() {
	show xm vcpu
	show xm save one /tmp/x
	show xm destroy 0
	show xm pause 0
	show xm shutdown 0
	show xm console 0
	show xm rename 0 a
	show xm rename one Domain-0
	show xm rename one 'a b'
	show xm vcpu-set one x
	show xm vcpu-set one 0
	show xm vcpu-pin one 7 0
	show xm vcpu-pin one 0 77
	show xm vcpu-pin one 0 1-
	show xm sched-credit -d one -w 70000
	show xm sched-credit -d one -c x
	show xm mem-set one x
	show xm mem-set one 4096
	show xm mem-max one 1
	show xm sysrq one hh
	show xm block-detach one xvdz
	show xm network-detach one 5
	show xm shutdown -w -t 1 one
	show /tmp/xl frob
	show /tmp/xl destroy nobody
}

wrong_files() {
	local line
	show xm create nowhere.cfg
	show xm create -q /run/one.cfg
	for line in "kernel = '/nowhere'" 'vcpus = 600' \
		'vcpus = 4; maxvcpus = 2' "cpus = '77'" 'cpu_weight = 0' \
		"import os" "memory = lots" "extra = [x for x in 5]" \
		"extra = 'a" "on_crash = 'explode'" "pci = ['01:00.0']" \
		"vif = ['mac=aa:1:2:3:4', 'bridge=xenbr0, ip=\"10.0.0.1']" \
		"vif = ['bridge=nobridge']" "disk = ['file:/none,xvda,w']" \
		"disk = ['phy:/dev/vg0/a,xvda']" "builder = 'hvm'" \
		"bootloader = 'pygrub'"; do
		show xm create -q "$(config bad "$line")"
	done
	show xm create -n "$(config notes 'vcpu = 1' "localtime = 1" \
		"on_reboot = 'restart'" "cpu_weight = '300'")"
}

# What says nothing when it went well; and -n, which does nothing.
without_words() {
	show xm unpause one
	show xm pause one
	show xm rename one uno
	show xm rename uno one
	show xm vcpu-pin one all all
	show xm vcpu-pin one 0 - 0
	show xm vcpu-list one
	show /tmp/xl vcpu-list one
	show xm sched-credit -d one -c 0
	show xm vcpu-set one 2
	show xm debug h
	show xm destroy -n one
	show xm shutdown -n one
	show xm rename --dryrun one uno
	show xm unpause -n one
	show xm pause -v one
	show xm unpause one
	show xm pause -q one
	show xm create -q -p "$(config three)"
	show xm destroy three
	show xm destroy three
}

# ---- parts of formats

in_use() { timeout 10 xm console "$1" </dev/null 2>&1 | grep -q 'is in use'; }
# The next one must not be first: its tty is open.
reads_tty() { readlink /proc/"$1"/fd/* 2>/dev/null | grep -q '^/dev/pts/'; } # PID

# What the programs of others do, and people out of habit.
habits() {
	local id uuid guest
	start one
	id=$(xm domid one)
	uuid=$(xm list -l one | sed -n 's/^ *(uuid \(.*\))/\1/p')
	same "$(xm domid "$uuid") $(xm domid "$id")" "$id $id" 'UUID and number'
	xm create -q -f "$(config f)" memory=9 'name="two"' || fail 'create -f'
	same "$(xm list two | awk 'NR == 2 { print $3, $4 }')" '9 1' 'create -f'
	xm pause two
	# Ganeti before it joins a console; Pacemaker when it counts
	same "$(xm list two | tail -n1 | awk '{print $5}' |
		sed 's/..\(.\).../\1/')" p 'the third letter'
	xm info | grep ^total_memory | awk '{print $3}' | grep -qx '[0-9]*' ||
		fail total_memory
	same "$(xm list --long two | grep status | awk '{ print $1, $2 }')" \
		'(status 1)' 'its status'
	xm unpause two
	# the nodes that a guest's kernel watches
	xm shutdown -a || fail 'shutdown -a'
	for guest in one two; do
		same "$(asked $guest)" poweroff "$guest is asked"
	done
	xenstore-exists /local/domain/0/control/shutdown && fail 'dom0 is asked'
	xm reboot -a && same "$(asked two)" reboot 'reboot -a'
	xm shutdown -R one && same "$(asked one)" reboot 'shutdown -R'
	xm shutdown -H one && same "$(asked one)" halt 'shutdown -H'
	refuses 1 'in time' xm shutdown -a -w -t 1
	xm console one </dev/null >/dev/null &
	within 10 reads_tty $!
	within 10 in_use one
	# they ask nobody but the hypervisor and xenstored
	kill -9 "$(cat $lock)"
	within 5 none_runs
	for guest in list info 'vcpu-list one' 'domstate one' uptime \
		sched-credit "domname $id" 'list --long'; do
		# shellcheck disable=SC2086 # words
		xm $guest >/dev/null || fail "$guest without the supervisor"
	done
	none_runs || fail 'a question started the supervisor'
	xm destroy one || fail destroy
	refuses 3 "Error: Domain 'one' does not exist." xm destroy one
	xm destroy two
	wait
}
asked() { xenstore-read "/local/domain/$(xm domid "$1")/control/shutdown"; }

"$1"
echo 'all right'
