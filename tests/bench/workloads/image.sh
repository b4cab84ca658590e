#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bytes of code and initialised data that the boot loader loads: the file sizes
# of the image's loadable segments. Runs on the host.
set -eu

case $PLATFORM in
hospes) image=$TOP/hypervisor/hospes ;;
xen-*) image=$("$TOP/lab/images" --path kernels)/xen ;;
*)
	echo "image: $PLATFORM has no hypervisor" >&2
	exit 1
	;;
esac
total=0
for size in $(LC_ALL=C readelf -lW "$image" | awk '$1 == "LOAD" { print $5 }'); do
	total=$((total + size))
done
echo "@@ hv-image $total"
