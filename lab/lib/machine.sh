# SPDX-License-Identifier: GPL-2.0-only
# The machine that lab/run starts: what it needs, and QEMU's command line.
# Sourced after common.sh; uses the option variables of lab/run.
# shellcheck shell=bash disable=SC2154 # hv, smp... are set by lab/run

# Commas separate the parts of QEMU's options and modules; doubled they do not.
esc() { printf %s "${1//,/,,}"; }

# machine_check: everything that is needed is there, or one line
machine_check() {
	local name
	qemu_bin=$(command -v "${QEMU:-qemu-system-x86_64}") ||
		die "no ${QEMU:-qemu-system-x86_64}: run lab/setup, or set QEMU to" \
			"the path of one"
	for name in tools dom0 kernels initrd guestdisk; do
		image_dir "$name"
		printf -v "img_$name" %s "$dir"
		[ -e "$dir" ] || build_images
		touch -c "$dir" 2>/dev/null
	done
	labvm=$img_tools/labvm
	command -v qemu-img >/dev/null || die "no qemu-img: run lab/setup"

	hv_file=
	case $hv in
	xen) hv_file=$img_kernels/xen ;;
	hospes)
		hv_file=${HOSPES_IMAGE:-$top/hypervisor/hospes}
		[ -e "$hv_file" ] ||
			die "no ${hv_file#"$top"/} yet: run make hypervisor"
		;;
	esac
	[ "$drivers" = stock ] || check_drivers
	[ "$tools" = xl ] || [ -x "$top/userspace/xm/xm" ] ||
		die "no userspace/xm/xm yet: run make userspace"
	for name in "${disks[@]}"; do
		name=${name%,ro}
		if [ ! -f "$name" ] || [ ! -r "$name" ]; then
			die "--disk $name: no such file, or not readable"
		fi
	done
}

build_images() {
	"$lab/setup" --check || exit 1
	"$lab/images" >&2 || exit 1
}

check_drivers() {
	local ko ver
	ver=$(cat "$img_dom0/version-$kernel")
	[ -n "$(our_modules)" ] || die "no modules in kmod/ yet: run make modules"
	while IFS= read -r ko; do
		grep -qaF "vermagic=$ver " "$ko" ||
			die "${ko#"$top"/} is not built for kernel $ver:" \
				"run make modules KERNEL=$kernel"
	done < <(our_modules)
}

our_modules() {
	find "$top/kmod" -name 'hospes_*.ko' 2>/dev/null | LC_ALL=C sort
}

# our_files: the files of the tree that are part of the boot
our_files() {
	[ "$drivers" = stock ] || our_modules
	[ "$tools" = xl ] || find "$top/userspace" -name out -prune -o \
		-type f ! -name '*.[chod]' -print | LC_ALL=C sort
}

# pack_initrd FILE: the initramfs, and behind it an archive of our files; the
# kernel unpacks both.
pack_initrd() {
	local tree status=0
	cat "$img_initrd/initrd-$kernel" || return
	[ -n "$(our_files)" ] || return 0
	tree=$(mktemp -d "${TMPDIR:-/tmp}/lab-run.XXXXXX") || return
	(
		umask 022
		mkdir -p "$tree/lab/kmod" "$tree/lab/root" && cd "$tree" || exit
		[ "$drivers" = stock ] || our_modules | xargs -r cp -t lab/kmod
		[ "$tools" = xl ] || install_tools "$tree/lab/root" || exit
		find lab -mindepth 1 | LC_ALL=C sort |
			cpio -o -H newc --quiet -R 0:0 --reproducible
	) || status=$?
	rm -r "$tree"
	return $status
} >"$1"

# The toolstack's own list says what goes where; nothing is built for it here.
install_tools() { # DIRECTORY
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$top/userspace" -o all install \
		DESTDIR="$1" >&2
}

# A file without a name: hold_open FILE FLAG sets held=/proc/self/fd/N, which is
# good in this process and in what it becomes, and removes the name.  Between
# making such a file and holding it, scratch_file has its name for the trap.
scratch_file=
new_scratch() {
	trap '[ -z "$scratch_file" ] || rm -f "$scratch_file"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	scratch_file=$(mktemp "${TMPDIR:-/var/tmp}/lab-run.XXXXXX") ||
		die "cannot write to ${TMPDIR:-/var/tmp}"
}

hold_scratch() {
	local fd
	exec {fd}<>"$scratch_file"
	rm "$scratch_file"
	scratch_file=
	held=/proc/self/fd/$fd
}

# choose_initrd [DIR]: initrd=FILE, in DIR if it has to be made; without DIR it
# is made without a name, so that nothing of it outlives the run.
choose_initrd() {
	initrd=$img_initrd/initrd-$kernel
	[ -n "$(our_files)" ] || return 0
	if [ $# -eq 1 ]; then
		initrd=$1/initrd
		[ -e "$initrd" ] || pack_initrd "$initrd"
		return
	fi
	new_scratch
	pack_initrd "$scratch_file" || die "cannot write to $scratch_file"
	hold_scratch
	initrd=$held
}

# machine_args fresh|save|restore [STATE-DIR]: qemu=(the command line)
machine_args() {
	local boot=$1 file mode
	shift
	choose_initrd "$@"
	# shellcheck disable=SC2054 # the commas are QEMU's
	qemu=("$qemu_bin" -name hospes-lab -nodefaults -no-user-config
		-accel "${ACCEL:-tcg}" -cpu "${CPU:-max,-smap}"
		-smp "$smp" -m "$mem" -display none -no-reboot
		-device virtio-serial-pci,max_ports=2)
	[ -z "$icount" ] || qemu+=(-icount 'shift=0,sleep=off'
		-rtc 'base=2026-01-01,clock=vm')
	# it is stopped while it is saved, and runs when it is restored
	[ "$boot" != save ] ||
		qemu+=(-global migration.store-global-state=off)
	system_disks "$boot" "$@"
	for file in "${disks[@]}"; do
		mode=cache=writeback
		[ "$boot" != save ] || mode=snapshot=on
		[ "$file" = "${file%,ro}" ] || mode=readonly=on
		file=${file%,ro}
		add_disk "$file" "$(disk_format "$file")" "$mode"
	done
	# shellcheck disable=SC2206 # words
	qemu+=(${QEMU_ARGS-})
	kernel_args
}

# dom0's two disks.  Nothing is ever written to the images: a machine that is to
# be saved writes to a layer that is kept with its memory; the others write to a
# file without a name above the image, or above that layer.  Above the image it
# is QEMU's own, so that one that is started again begins with a new one.
system_disks() { # BOOT [STATE-DIR]
	case $1 in
	fresh)
		add_disk "$img_dom0/root.img" raw snapshot=on
		add_disk "$img_guestdisk/guest.img" raw snapshot=on
		;;
	save)
		add_disk "$2/root.qcow2" qcow2 cache=unsafe
		add_disk "$2/guest.qcow2" qcow2 cache=unsafe
		;;
	restore)
		add_layer "$2/root.qcow2"
		add_layer "$2/guest.qcow2"
		;;
	esac
}

add_layer() { # DISK of a state, which has an empty layer ready
	new_scratch
	cp "$1.layer" "$scratch_file" ||
		die "cannot write to ${TMPDIR:-/var/tmp}"
	hold_scratch
	add_disk "$held" qcow2 cache=unsafe
}

layer() { # IMAGE FORMAT FILE
	qemu-img create -q -f qcow2 -F "$2" -b "$(realpath "$1")" "$3"
}

add_disk() { # FILE FORMAT OPTIONS
	qemu+=(-drive "file=$(esc "$1"),format=$2,if=virtio,$3")
}

disk_format() { # FILE
	case $(od -An -tx1 -N4 "$1" | tr -d ' ') in
	514649fb) echo qcow2 ;;
	*) echo raw ;;
	esac
}

kernel_args() {
	local elf=$img_kernels/vmlinux-$kernel
	local linux="root=/dev/vda lab.guests=/dev/vdb lab.drivers=$drivers"
	local xen="console=com1 com1=115200,8n1 dom0_mem=$dom0_mem"
	linux+=" panic=1${dom0_args:+ $dom0_args}"
	[ "$hv" != xen ] ||
		xen+=" spec-ctrl=eager-fpu bootscrub=0 loglvl=warning"
	xen+=${hv_args:+ $hv_args}
	if [ "$hv" = none ]; then
		qemu+=(-kernel "$elf" -append "console=ttyS0 $linux"
			-initrd "$initrd")
	else
		linux="console=hvc0 earlyprintk=xen $linux"
		qemu+=(-kernel "$hv_file" -append "$xen" -initrd
			"$(esc "$elf") $(esc "$linux"),$(esc "$initrd")")
	fi
}

# add_files: --add FILE[:PATH]
add_files() {
	local spec from to
	for spec in "${adds[@]}"; do
		from=$spec to=
		if [ ! -e "$spec" ]; then
			from=${spec%:*} to=${spec##*:}
		fi
		if [ ! -f "$from" ] || [ ! -r "$from" ]; then
			die "--add $spec: no such file, or not readable"
		fi
		case $to in
		'') to=/root/${from##*/} ;;
		*/) to=$to${from##*/} ;;
		/*) ;;
		*) to=/root/$to ;;
		esac
		labvm_args+=(--file "$from" "$to")
	done
}

# open_log: log= a file that is there and empty
open_log() {
	if [ -z "$log" ]; then
		local dir=$cache/log
		[ -w "$dir" ] || dir=${TMPDIR:-/tmp}
		log=$dir/run-$$.log
		find "$dir" -maxdepth 1 -name 'run-*.log' -user "$(id -un)" \
			-mtime +2 -delete 2>/dev/null
	fi
	{ : >"$log"; } 2>/dev/null || die "cannot write the log $log"
	log=$(realpath "$log")
}

# console_to FILE: the hypervisor's and dom0's console goes to FILE
console_to() {
	qemu+=(-chardev "file,id=console,path=$(esc "$1"),append=on"
		-serial chardev:console)
}
