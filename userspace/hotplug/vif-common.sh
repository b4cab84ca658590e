# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For scripts of network interfaces, ours and other people's; sourced first:
#	. "$(dirname "$0")/vif-common.sh"
# Inputs: $1 online|offline|add|remove; vif, XENBUS_PATH (environment).
# Gives: command (online or offline), dev (the interface, under its vifname),
# ip (addresses, perhaps none), mac, and success, fatal, store_read.
. "$(dirname "$0")/common.sh"

command=${1:?online or offline}
case $command in
add) command=online ;;
remove) command=offline ;;
online | offline) ;;
*) fatal "unknown action '$command'" ;;
esac

dev=${vif:?the interface}
ip=$(store_read ip)
mac=$(store_read mac)
vifname=$(store_read vifname)
if [ -n "$vifname" ]; then
	if [ "$command" = online ] && [ ! -e "/sys/class/net/$vifname" ]; then
		ip link set "$dev" down
		ip link set "$dev" name "$vifname" ||
			fatal "$dev cannot be called $vifname"
	fi
	dev=$vifname
fi

mtu=$(store_read mtu)
if [ "$command" = online ] && [ -n "$mtu" ]; then
	ip link set "$dev" mtu "$mtu" || fatal "$dev cannot have an MTU of $mtu"
fi
