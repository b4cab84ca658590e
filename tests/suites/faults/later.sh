# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2086,SC2154,SC2317
# fault and work are of dom0.sh, work is one word; some are called by name
# Faults that show while something is done, or later; see dom0.sh.

# ---- disks that others serve
script() { # NAME: its lines are on stdin
	{ echo '#!/bin/bash' && cat; } >"$work/$1" && chmod 755 "$work/$1"
}
scripted() { # NAME TARGET
	echo "disk = ['script=$1,vdev=xvda,target=$2']"
}
fault_disk_script_fails() {
	fault="a disk's script that fails"
	script block-fails <<'END'
[ "$1" = add ] || exit 0
xenstore-write "$XENBUS_PATH/hotplug-error" 'no such LUN' \
	"$XENBUS_PATH/hotplug-status" error
exit 1
END
	answers later 'no such LUN' xm create -q \
		"$(config new "$(scripted $work/block-fails x)")"
}
fault_disk_script_hangs() {
	fault="a disk's script that does not end"
	script block-hangs <<'END'
[ "$1" = add ] || exit 0
sleep 1000
END
	answers goes_on 'still runs: it is waited for' xm create \
		"$(config new "$(scripted $work/block-hangs x)")" &&
		grep -q 'took too long' /tmp/both
}
fault_iscsi_unreachable() {
	fault='iSCSI, and nobody has the address'
	[ -e /root/iscsi.tar ] || { echo "# skip no package"; return 0; }
	tar -C / --keep-directory-symlink -xf /root/iscsi.tar && ldconfig || return
	answers goes_on 'block-iscsi' xm create "$(config new \
		"$(scripted block-iscsi iqn=iqn.2026-11.lab:d,portal=10.0.0.99)")"
}
fault_nbd_unreachable() {
	fault='nbd, and nobody has the address'
	[ -e /root/nbd.tar ] || { echo "# skip no package"; return 0; }
	tar -C / --keep-directory-symlink -xf /root/nbd.tar && ldconfig || return
	script block-nbd-lab <<'END'
. /etc/xen/scripts/common.sh
[ "$1" = add ] || exit 0
modprobe nbd
said=$(nbd-client -nofork 10.0.0.99 10809 /dev/nbd0 2>&1) || fatal "$said"
END
	answers goes_on 'block-nbd-lab' xm create \
		"$(config new "$(scripted $work/block-nbd-lab x)")"
	local ret=$?
	rmmod nbd
	return $ret
}

# ---- guests that do not answer
never_connects() {
	answers later 'the guest has not taken it up' xm why quiet &&
		answers later 'has never taken it up' xm block-detach quiet xvda &&
		answers later 'has never taken interface' xm network-detach quiet 0
}
fault_guest_never_connects() {
	fault='a guest whose kernel has no drivers'
	start quiet "vif = ['bridge=xenbr0']" \
		"disk = ['file:$(image i.img),xvda,w']" || return
	never_connects
	local ret=$?
	xm destroy quiet
	return $ret
}
fault_shutdown_ignored() {
	fault='a guest that does not shut down'
	start quiet || return
	answers later 'did not shut down in time' xm shutdown -w -t 2 quiet &&
		answers later 'has been asked to poweroff' xm why quiet
	local ret=$?
	xm destroy quiet
	return $ret
}
fault_guest_paused() {
	fault='a guest that was left paused'
	xm create -q -p "$(config quiet)" || return
	answers later 'is paused, by a tool' xm why quiet
	local ret=$?
	xm destroy quiet
	return $ret
}
fault_crash_kept() {
	fault='a guest that crashed, with on_crash = preserve'
	start bad "on_crash = 'preserve'" && say bad 3 &&
		within 10 state_is bad ---sc- || return
	answers later 'it crashed' xm why bad
	local ret=$?
	xm destroy bad
	return $ret
}
# A Linux without a root panics. How long it takes to that is its affair: what
# is judged is the answer behind.
panics() {
	xm create -c "$1" </dev/null >/tmp/console 2>/tmp/crash && {
		echo 'create -c exits with 0'
		return 1
	}
	grep -q 'has crashed' /tmp/crash && grep -q 'Kernel panic' /tmp/crash && return
	echo 'create -c does not say so:'
	cat /tmp/crash
	return 1
}
fault_crash_at_boot() {
	fault='a guest without a root: its kernel panics'
	panics "$(config bad "kernel = '/guest/vmlinux-6.1'" 'memory = 128' \
		"extra = 'console=hvc0 quiet panic=1 root=/dev/xvda'" \
		"tsc_mode = 'native'" "on_crash = 'destroy'")" || return
	answers later 'Kernel panic' xm why bad
}

# ---- disks of guests
fault_disk_full() {
	fault='an image on a file system that is full'
	mkdir -p $work/small && mount -t tmpfs -o size=4m none $work/small &&
		truncate -s 16M $work/small/i.img || return
	guest create full ip=no file=$work/small/i.img || return
	guest run full 'dd if=/dev/zero of=/dev/xvdb bs=1M count=8 oflag=direct 2>/dev/null; true'
	answers later 'requests of the guest have failed' xm why full
	local ret=$?
	xm destroy full && within 10 umount $work/small
	return $ret
}
fault_driver_unbound() {
	local id driver=/sys/bus/xen-backend/drivers/vbd
	fault="a disk's driver was unbound"
	start quiet "disk = ['file:$(image i.img),xvda,w']" || return
	id=$(xm domid quiet)
	echo "vbd-$id-51712" >$driver/unbind
	answers later 'no driver is bound to it' xm why quiet
	local ret=$?
	xm destroy quiet
	return $ret
}

# ---- pages that are held
held() { # HOW NUMBER TEXT
	local id=$1 pid ret
	shift
	/root/holdpage "$1" "$id" "$2" >/tmp/held &
	pid=$!
	within 5 grep -q held /tmp/held && xm destroy quiet &&
		within 5 state_is "$id" -----d &&
		answers later "$3" xm why "$id" &&
		answers later "process $pid (holdpage)" xm why quiet
	ret=$?
	kill $pid
	wait $pid
	return $ret
}
fault_page_granted() {
	fault='a page of a dead guest that a process was granted'
	start quiet || return
	held "$(xm domid quiet)" granted 1 \
		'1 granted page of it is mapped by domain 0 (Domain-0), the ring to xenstored'
}
fault_page_foreign() {
	local id
	fault='a page of a dead guest that a tool has mapped'
	start quiet && id=$(xm domid quiet) || return
	held "$id" foreign "$(xenstore-read "/local/domain/$id/store/ring-ref")" \
		'1 page of it is mapped without a grant'
}

# ---- whoever dies or stands still on the way
killed() { # STEP COMMAND...
	HOSPES_KILL_AT=$1 "${@:2}" >/dev/null 2>&1
	local ret=$?
	[ $ret -eq 137 ] || { echo "status $ret"; return 1; }
}
undone() { # what the log says in the end
	until tail -n 4 /var/log/xen/xend.log | grep -F -e "$1"; do
		sleep 0.05
	done
	return 137
}
create_killed() { # STEP
	fault="xm create was killed, at '$1'"
	: >/var/log/xen/xend.log
	killed "$1" xm create -q "$(config dead "vif = ['bridge=xenbr0']" \
		"disk = ['file:$(image i.img),xvda,w']")" || return
	answers later 'its creator died' undone 'its creator died, destroying it'
}
fault_create_killed_created() { create_killed created; }
fault_create_killed_named() { create_killed named; }
fault_create_killed_built() { create_killed built; }
fault_create_killed_devices() { create_killed devices; }
destroy_killed() { # STEP
	fault="xm destroy was killed, at '$1'"
	start dead "vif = ['bridge=xenbr0']" \
		"disk = ['file:$(image i.img),xvda,w']" || return
	: >/var/log/xen/xend.log
	ends_supervisor
	killed "$1" xm destroy dead || return
	setsid xm xend </dev/null >/dev/null 2>&1 &
	answers later "$2" undone "$2"
}
fault_destroy_killed_paused() { destroy_killed destroy-paused 'dead destroyed'; }
fault_destroy_killed_devices() { destroy_killed destroy-devices 'dead destroyed'; }
fault_destroy_killed_killed() { destroy_killed destroy-killed 'is gone'; }
fault_supervisor_killed() {
	fault='the supervisor, a client of xenstored, was killed'
	start bad && ends_supervisor && say bad 3 && within 10 state_is bad ---sc- ||
		return
	answers later 'The supervisor does not run' xm why bad
	local ret=$?
	xm destroy bad
	start bad && xm destroy bad # which starts one
	return $ret
}
fault_client_killed() {
	local id
	fault='a client of xenstored was killed within a transaction'
	start other && id=$(xm domid other) || return
	python3 - "$id" <<'END' &
import os, signal, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect('/run/xenstored/socket')
def ask(kind, tx, data):
    s.sendall(struct.pack('<IIII', kind, 0, tx, len(data)) + data)
    head = s.recv(16)
    return s.recv(struct.unpack('<IIII', head)[3])
tx = int(ask(6, 0, b'\0')[:-1])
ask(11, tx, b'/local/domain/%s/name\0half' % sys.argv[1].encode())
os.kill(os.getpid(), signal.SIGKILL)
END
	wait $!
	# what it had begun is nowhere, and its lock holds nobody up
	answers known "Domain 'half' does not exist." xm domid half &&
		[ "$(xm domname "$id")" = other ]
	local ret=$?
	xm destroy other || ret=1
	return $ret
}
fault_lock_held() {
	fault="a process that keeps the tools' lock is stopped"
	lock_held /run/xen/hospes/lock
}
fault_memory_lock_held() {
	fault='a creator is stopped while it looks for memory'
	lock_held /run/xen/hospes/memory
}
lock_held() { # FILE
	local pid ret
	flock "$1" sleep 100 &
	pid=$!
	within 5 pgrep -P $pid -x sleep >/dev/null || return
	kill -STOP $pid
	answers later "has held $1" xm create -q "$(config new)"
	ret=$?
	pkill -P $pid -x sleep
	kill -CONT $pid
	wait $pid
	return $ret
}
fault_xenstored_stopped() {
	fault='xenstored is stopped'
	local config ret
	config=$(config new)
	pkill -STOP -x xenstored
	answers later 'xenstored does not answer' xm list &&
		answers later 'xenstored does not answer' xm create -q "$config"
	ret=$?
	pkill -CONT -x xenstored
	return $ret
}
# The last of all: no guest finds another xenstored, and nobody knows what is in
# xenstore then. So what is left is looked for here.
fault_xenstored_killed() {
	local ret config
	fault='xenstored was killed'
	config=$(config new)
	start other || return
	pkill -KILL -x xenstored
	answers known 'cannot connect to xenstored: it does not run' \
		xm create -q "$config" &&
		answers known 'cannot connect to xenstored: it does not run' xm list &&
		answers later 'xenstored does not answer' xm why 0 &&
		xm list 2>/dev/null | tee /tmp/listed | grep -q '^(null) .* 8 .*-b----'
	ret=$?
	[ $ret -eq 0 ] || cat /tmp/listed
	is_back() { true; }
	return $ret
}
