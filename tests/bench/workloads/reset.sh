#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From the machine's reset to dom0's first instruction, firmware included, with
# the kernel as Debian packs it (bzImage with XZ) and unpacked (ELF). Runs on
# the host; the words for the hypervisor are lab/run's.
set -eu

kernels=$("$TOP/lab/images" --path kernels)
initrd=$("$TOP/lab/images" --path initrd)/initrd-6.1
words="console=com1 com1=115200,8n1 dom0_mem=768M,max:768M"
case $PLATFORM in
hospes) image=$TOP/hypervisor/hospes ;;
xen-*)
	image=$kernels/xen
	words="$words spec-ctrl=eager-fpu bootscrub=0 loglvl=warning"
	;;
esac
count() {
	"$TOP/tests/bench/first-instruction" "$image" \
		"$words${HV_ARGS:+ $HV_ARGS}" "$kernels/vmlinux-6.1" "$1" "$initrd"
}
elf=$(count "$kernels/vmlinux-6.1")
echo "@@ reset-elf $elf"
bzimage=$(count "$kernels/vmlinuz-6.1")
echo "@@ reset-bzimage $bzimage"
