#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `create` of the tiny guest of 128 MiB without devices, to its return; time is
# instructions. With the kernel as ELF; with the bzImage when it is seen for the
# first time, and again. (xl unpacks it each time.) All files have been read
# before, and a supervisor, if the tool has one, runs.
set -eu

tool=$(command -v xm || command -v xl)
kernels=/var/lib/xen/kernels # where xm keeps unpacked ones
export TOOLSTACK=$tool

config() { # KERNEL
	guest config g ip=no | sed "s,^kernel.*,kernel = '/guest/$1',"
}

gone() { [ "$("$tool" list | wc -l)" = 2 ]; }

# create NAME KERNEL
create() {
	local start
	config "$2" >/run/g.cfg
	start=${EPOCHREALTIME/./}
	"$tool" create -q /run/g.cfg
	echo "@@ $1 $(((${EPOCHREALTIME/./} - start) * 1000))"
	"$tool" destroy g
	until gone; do sleep 0.1; done
}

create warm vmlinux-6.1 >/dev/null
create warm vmlinuz-6.1 >/dev/null
create create-elf vmlinux-6.1
create create-again vmlinuz-6.1
rm -rf "$kernels"
create create-bzimage vmlinuz-6.1
