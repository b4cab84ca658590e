# SPDX-License-Identifier: GPL-2.0-only
# dom0's services, started once by the first process (src/labinit.c) in the
# root it found.  What does not come up is one line in /run/lab/problems, which
# ends up in the console log; it never keeps dom0 from coming up.
# shellcheck shell=bash

lab=/run/lab
xen=/usr/lib/xen-4.17/bin

problem() { echo "$*" >>$lab/problems; }

# try WHAT COMMAND...: a step that may fail but may not hang
try() {
	local what=$1
	shift
	timeout 120 "$@" && return
	problem "$what"
	return 1
}

# The words drivers=, guests= of the kernel's command line.
drivers=stock
guests=
read -ra words </proc/cmdline
for word in "${words[@]}"; do
	case $word in
	lab.drivers=*) drivers=${word#*=} ;;
	lab.guests=*) guests=${word#*=} ;;
	esac
done

hostname dom0
ip link set lo up
mount -t tmpfs tmpfs /tmp
mkdir -p /run/lock # where xl's console client keeps others off
# The toolstack, if one of ours was given.
[ ! -d $lab/root ] || cp -a $lab/root/. /
for file in "$lab"/bin/*; do
	[ ! -e "$file" ] || install -m 755 "$file" /usr/local/bin/
done

# No init system is here to ask.
for word in poweroff reboot halt; do
	printf '#!/bin/sh\nexec busybox %s -f\n' $word >/usr/local/sbin/$word
	chmod 755 /usr/local/sbin/$word
done

if [ -n "$guests" ]; then
	try "the guests' disk" mount -o noatime "$guests" /guest
fi

# is_ours NAME: our module of that name was given and is to be used
is_ours() { [ "$drivers" = ours ] && [ -e "$lab/kmod/hospes_$1.ko" ]; }

# Load ours if they were given, else the distribution's.
load_drivers() {
	local name stock=(xen-evtchn xen-gntdev xen-gntalloc bridge loop tun)
	for name in privcmd blkback netback balloon; do
		if is_ours $name; then
			try "hospes_$name" insmod "$lab/kmod/hospes_$name.ko"
		elif [ $name != balloon ]; then # the stock one is built in
			stock+=("xen-$name")
		fi
	done
	try "a stock module" modprobe -a "${stock[@]}"
}

# xenfs links against privcmd.  modprobe only knows the stock one, and would
# load it; by itself xenfs takes what ours exports.
mount_xenfs() {
	local file
	file=$(modinfo -n xenfs)
	if ! is_ours privcmd || ! insmod "$file" 2>/dev/null; then
		! is_ours privcmd ||
			problem "xenfs does not fit hospes_privcmd: stock xen-privcmd too"
		modprobe xenfs
	fi
	try /proc/xen mount -t xenfs xenfs /proc/xen
}

start_daemons() {
	mkdir -p /run/xen /run/xenstored /var/lib/xen /var/lib/xenstored \
		/var/log/xen/console
	mount -t tmpfs tmpfs /var/lib/xenstored
	try xenstored $xen/xenstored --pid-file /run/xenstored.pid || return
	try xen-init-dom0 $xen/xen-init-dom0
	try xenconsoled $xen/xenconsoled --log=guest \
		--log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
}

start_network() {
	try xenbr0 ip link add xenbr0 type bridge forward_delay 0
	try "the address of xenbr0" ip addr add 10.0.0.1/24 dev xenbr0
	try xenbr0 ip link set xenbr0 up
}

if [ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ]; then
	load_drivers
	mount_xenfs
	start_daemons
else
	modprobe -a bridge loop tun
fi
start_network
