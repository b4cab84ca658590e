# SPDX-License-Identifier: GPL-2.0-only
# What the demonstration and the exercises share, in dom0: a DHCP server on the
# bridge, and disks for Debian guests that ask it for their address.
# shellcheck shell=bash

# A lease of 10.0.0.100 to .120 on xenbr0; once.
start_dhcp() {
	[ ! -s /run/dnsmasq-lab.pid ] || return 0
	: >/run/leases
	dnsmasq --port=0 --interface=xenbr0 --bind-interfaces --no-ping \
		--dhcp-range=10.0.0.100,10.0.0.120,12h --dhcp-authoritative \
		--dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq-lab.pid
}

# lease_of MAC: the address it was given
lease_of() { awk -v mac="$1" '$2 == mac { print $3 }' /run/leases; }

interfaces() {
	cat <<-'END'
	auto lo
	iface lo inet loopback

	auto eth0
	iface eth0 inet dhcp
	END
}

# debian_disk NAME FILE [ROOT]: FILE becomes a copy of the Debian guest's disk
# that is called NAME, takes its address by DHCP and finds its root on ROOT
# [/dev/xvda]. It is edited without being mounted. A block device has the disk's
# content already.
debian_disk() {
	local dir=/tmp/disk.$1 status
	mkdir -p "$dir" "${2%/*}"
	[ -b "$2" ] || cp --sparse=always /guest/debian.img "$2" || return
	echo "$1" >"$dir/hostname"
	interfaces >"$dir/interfaces"
	echo "${3:-/dev/xvda} / ext4 noatime,errors=remount-ro 0 1" >"$dir/fstab"
	cat >"$dir/commands" <<-END
	cd /etc
	rm hostname
	write $dir/hostname hostname
	rm fstab
	write $dir/fstab fstab
	cd /etc/network
	rm interfaces
	write $dir/interfaces interfaces
	END
	debugfs -w -f "$dir/commands" "$2" >"$dir/said" 2>&1
	debugfs -R "cat /etc/hostname" "$2" 2>/dev/null | grep -qx "$1" &&
		debugfs -R "cat /etc/network/interfaces" "$2" 2>/dev/null |
		cmp -s - "$dir/interfaces"
	status=$?
	[ $status -eq 0 ] || cat "$dir/said" >&2
	rm -r "$dir"
	return $status
}
