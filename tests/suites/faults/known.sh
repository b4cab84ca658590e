# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2086,SC2154,SC2317
# fault and work are of dom0.sh, work is one word; some are called by name
# Faults that can be known before anything is made; see dom0.sh.

# refuses FAULT TEXT [LINE...]: a configuration with these lines
refuses() {
	local text=$2
	fault=$1
	shift 2
	answers known "$text" xm create -q "$(config new "$@")"
}
disk() { echo "disk = ['$1']"; }

# ---- networks
fault_bridge_missing() {
	refuses 'no such bridge' "there is no bridge 'nobridge'" \
		"vif = ['bridge=nobridge']"
}
fault_bridge_is_none() {
	refuses 'bridge= names another interface' "'lo' is no bridge" \
		"vif = ['bridge=lo']"
}
fault_vifname_taken() {
	refuses 'vifname= of an interface that exists' \
		"there is an interface 'xenbr0' already" \
		"vif = ['bridge=xenbr0,vifname=xenbr0']"
}
fault_vif_script_missing() {
	refuses 'no such vif script' 'vif-nowhere cannot be started: No such file' \
		"vif = ['script=vif-nowhere']"
}
fault_mac_wrong() {
	refuses "the tutorials' unbalanced quote and short MAC" 'new.cfg:4:' \
		"vif = ['mac=aa:1:2:3:4', 'bridge=xenbr0, ip=\"10.0.0.1']"
}

# ---- disks
fault_image_missing() {
	refuses 'no such image' 'No such file' "$(disk "file:$work/none.img,xvda,w")"
}
fault_image_empty() {
	: >$work/i.img
	refuses 'an image of no bytes' 'is empty' "$(disk "file:$work/i.img,xvda,w")"
}
fault_image_odd() {
	image i.img 1000 >/dev/null
	refuses 'an image that ends within a sector' 'no multiple of 512' \
		"$(disk "file:$work/i.img,xvda,w")"
}
fault_image_cut() {
	mke2fs -q "$(image i.img 8M)" && truncate -s 4M $work/i.img || return
	refuses 'an image shorter than its file system' 'it was cut off' \
		"$(disk "file:$work/i.img,xvda,w")"
}
fault_image_directory() {
	refuses 'an image that is a directory' 'is a directory' \
		"$(disk "file:$work,xvda,w")"
}
fault_image_mounted() {
	mke2fs -q "$(image i.img)" && mount -o loop $work/i.img /mnt || return
	refuses 'an image that dom0 has mounted' 'is mounted here, at /mnt' \
		"$(disk "file:$work/i.img,xvda,w")"
	local ret=$?
	umount /mnt
	return $ret
}
fault_image_in_use() {
	start other "$(disk "file:$(image i.img),xvda,w")" || return
	refuses 'an image that another guest writes' "is in use by domain 'other'" \
		"$(disk "file:$work/i.img,xvda,w")"
	local ret=$?
	xm destroy other
	return $ret
}
fault_image_twice() {
	image i.img >/dev/null
	refuses 'one image as two disks' 'is the same as disk xvda' \
		"disk = ['file:$work/i.img,xvda,w', 'file:$work/i.img,xvdb,w']"
}
fault_image_read_only() {
	mkdir -p $work/ro && mount -t tmpfs none $work/ro &&
		truncate -s 8M $work/ro/i.img && mount -o remount,ro $work/ro || return
	refuses 'an image on a read-only file system' 'Read-only file system' \
		"$(disk "file:$work/ro/i.img,xvda,w")"
	local ret=$?
	umount $work/ro
	return $ret
}
fault_device_missing() {
	refuses 'a volume that is not active' '/dev/vg0/a: No such file' \
		"$(disk 'phy:/dev/vg0/a,xvda,w')"
}
fault_device_is_file() {
	image i.img >/dev/null
	refuses 'phy: of a file' 'is not a block device' \
		"$(disk "phy:$work/i.img,xvda,w")"
}
fault_device_claimed() {
	local loop ret
	loop=$(losetup -f --show "$(image i.img)") && mkswap -q "$loop" &&
		swapon "$loop" || return
	refuses 'a device that dom0 swaps on' 'is in use here (swap' \
		"$(disk "phy:$loop,xvda,w")"
	ret=$?
	swapoff "$loop" && losetup -d "$loop"
	return $ret
}
fault_nbd_without_server() {
	modprobe nbd && within 5 test -b /dev/nbd0 || return
	refuses 'an nbd device that nobody connected' 'that has no server' \
		"$(disk 'phy:/dev/nbd0,xvda,w')"
	local ret=$?
	rmmod nbd
	return $ret
}
fault_disk_script_missing() {
	refuses 'no such disk script' 'block-nowhere cannot be started: No such file' \
		"disk = ['script=block-nowhere,vdev=xvda,target=x']"
}
fault_disk_number_taken() {
	fault='block-attach of a disk that the guest has'
	start other "$(disk "file:$(image i.img),xvda,w")" && image j.img >/dev/null ||
		return
	answers known 'has that disk already' \
		xm block-attach other "file:$work/j.img" xvda w
	local ret=$?
	xm destroy other
	return $ret
}

# ---- kernels
fault_kernel_missing() {
	refuses 'no such kernel' "kernel '/nowhere'" "kernel = '/nowhere'"
}
fault_kernel_no_kernel() {
	refuses 'a kernel that is text' 'is no kernel' "kernel = '/etc/passwd'"
}
fault_kernel_not_for_xen() {
	refuses 'an ELF without Xen notes' 'no Xen notes' "kernel = '/bin/bash'"
}
fault_kernel_truncated() {
	head -c 2M /guest/vmlinuz-6.1 >$work/k
	refuses 'a bzImage of which the end is missing' "kernel '" \
		"kernel = '$work/k'" 'memory = 128'
}
fault_kernel_corrupt() {
	cp /guest/vmlinuz-6.1 $work/k
	dd if=/dev/urandom of=$work/k bs=4k seek=10 count=16 conv=notrunc status=none
	refuses 'a bzImage with 64 KiB of noise' "kernel '" \
		"kernel = '$work/k'" 'memory = 128'
}
fault_kernel_elf_corrupt() {
	cp /root/xm-guest.elf $work/k
	# its program headers lie far behind the end
	printf '\377\377\377\177' | dd of=$work/k bs=1 seek=32 conv=notrunc status=none
	refuses 'an ELF with a header out of its file' "kernel '" "kernel = '$work/k'"
}
fault_ramdisk_missing() {
	refuses 'no such ramdisk' "ramdisk '/nowhere'" "ramdisk = '/nowhere'"
}

# ---- memory, processors, names, words
fault_memory_missing() {
	refuses 'more memory than there is' 'MiB are missing' 'memory = 100000'
}
fault_memory_too_little() {
	refuses 'less memory than the kernel needs' 'is too little' 'memory = 2'
}
fault_overcommit() {
	fault='--no-overcommit where all together may use too much'
	answers known 'domains may use' xm create -q --no-overcommit \
		"$(config new 'maxmem = 4000')"
}
fault_cpus_missing() {
	refuses 'a pin to a CPU that is not there' 'only' "cpus = '77'"
}
fault_name_clash() {
	start other || return
	fault='a name that a guest has'
	answers known "Domain 'other' already exists." xm create -q "$(config other)"
	local ret=$?
	xm destroy other
	return $ret
}
fault_name_wrong() {
	refuses 'a name with a blank' 'cannot be a guest' "name = 'a b'"
}
fault_key_unknown() {
	refuses 'a slip in a key' "unknown key 'memroy'" 'memroy = 8'
}
fault_syntax() {
	refuses 'a slip in the syntax' 'new.cfg:4:' 'vcpus = = 1'
}
fault_domain_unknown() {
	fault='a guest that does not exist'
	answers known "Domain 'nobody' does not exist." xm destroy nobody
}

# ---- modules and daemons
# without MODULE COMMAND...: it is loaded again behind that
without() {
	local ret
	rmmod "$1" || return
	"${@:2}"
	ret=$?
	insmod "/run/lab/kmod/$1.ko"
	return $ret
}
fault_no_block_backend() {
	image i.img >/dev/null
	without hospes_blkback refuses 'no block back-end loaded' \
		'neither hospes_blkback nor xen-blkback is loaded' \
		"$(disk "file:$work/i.img,xvda,w")"
}
fault_no_net_backend() {
	without hospes_netback refuses 'no network back-end loaded' \
		'neither hospes_netback nor xen-netback is loaded' \
		"vif = ['bridge=xenbr0']"
}
# load MODULE: what the kernel's log says is a part of its answer
load() {
	local status
	dmesg -C
	insmod "$1"
	status=$?
	dmesg
	return $status
}
in_the_way() {
	modprobe xen-blkback || return
	answers known 'rmmod xen-blkback first' load /run/lab/kmod/hospes_blkback.ko
	local ret=$?
	rmmod xen-blkback
	return $ret
}
fault_stock_in_the_way() {
	fault='the stock back-end is loaded, and ours is to be'
	without hospes_blkback in_the_way
}
fault_module_of_another_kernel() {
	fault='a module that was built for another kernel'
	# its release alone does not count: symbols have sums
	LC_ALL=C sed 's/\(vermagic=[^ ]*\) SMP /\1 UNI /' \
		/run/lab/kmod/hospes_blkback.ko >$work/other.ko
	without hospes_blkback answers known 'version magic' load $work/other.ko
}
fault_privcmd_missing() {
	fault='no privcmd module'
	answers known '/dev/xen/privcmd is missing' unshare -m sh -c '
		mount -t tmpfs none /dev/xen && mount -t tmpfs none /proc/xen && xm list'
}
fault_not_root() {
	fault='an ordinary user asks'
	answers known 'run as root' setpriv --reuid=65534 --clear-groups xm list
}
fault_run_full() {
	fault='the file system of the locks is full'
	mount -t tmpfs -o nr_inodes=1 none /run/xen/hospes || return
	answers known 'No space left on device' xm create -q "$(config new)"
	local ret=$?
	umount /run/xen/hospes
	return $ret
}
restart_xenconsoled() {
	/usr/lib/xen-4.17/bin/xenconsoled --log=guest \
		--log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
}
fault_xenconsoled_killed() {
	fault='xenconsoled was killed'
	start other && console_of other >/dev/null || return
	pkill -KILL -x xenconsoled
	answers known 'xenconsoled does not run' xm console other &&
		answers known 'xenconsoled does not run' \
			xm create -c "$(config new)" &&
		answers later 'xenconsoled does not run' xm why other
	local ret=$?
	restart_xenconsoled
	xm destroy other
	return $ret
}
