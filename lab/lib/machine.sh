# SPDX-License-Identifier: GPL-2.0-only
# The machine that lab/run starts: what it needs, and QEMU's command line.
# Sourced after common.sh; uses the option variables of lab/run.
# shellcheck shell=bash disable=SC2154 # hv, smp... are set by lab/run

# Commas separate the parts of QEMU's options and modules; doubled they do not.
esc() { printf %s "${1//,/,,}"; }

# machine_check: everything that is needed is there, or one line
machine_check() {
	local name qemu_bin=${QEMU:-qemu-system-x86_64}
	command -v "$qemu_bin" >/dev/null ||
		die "no $qemu_bin: run lab/setup, or set QEMU to its path"
	for name in tools dom0 kernels initrd guestdisk; do
		image_dir "$name"
		printf -v "img_$name" %s "$dir"
		[ -e "$dir" ] || build_images
		touch -c "$dir" 2>/dev/null
	done
	labvm=$img_tools/labvm

	case $hv in
	xen) hv_file=$img_kernels/xen ;;
	hospes)
		hv_file=$top/hypervisor/hospes
		[ -e "$hv_file" ] || die "no hypervisor/hospes yet: run make hypervisor"
		;;
	esac
	[ "$drivers" = stock ] || check_drivers
	[ "$tools" = xl ] || [ -x "$top/userspace/xm/xm" ] ||
		die "no userspace/xm/xm yet: run make userspace"
}

build_images() {
	"$lab/setup" --check || exit 1
	"$lab/images" >&2 || exit 1
}

check_drivers() {
	local ko ver
	ver=$(cat "$img_dom0/version-$kernel")
	ko=$(find "$top/kmod" -name 'hospes_*.ko' -print -quit 2>/dev/null)
	[ -n "$ko" ] || die "no modules in kmod/ yet: run make modules"
	for ko in "$top"/kmod/hospes_*.ko "$top"/kmod/*/hospes_*.ko; do
		[ -e "$ko" ] || continue
		grep -qaF "vermagic=$ver " "$ko" ||
			die "${ko#"$top"/} is not built for kernel $ver:" \
				"run make modules KERNEL=$kernel"
	done
}

# Files of the tree that are part of the boot, as a second archive behind the
# initramfs; the kernel unpacks both.
ours_cpio() { # DIR: where to assemble
	local ko
	mkdir -p "$1/lab/kmod" "$1/lab/bin"
	if [ "$drivers" = ours ]; then
		find "$top/kmod" -name 'hospes_*.ko' -exec cp -t "$1/lab/kmod" {} +
	fi
	[ "$tools" = xl ] || cp "$top/userspace/xm/xm" "$1/lab/bin/"
	(cd "$1" && find lab -mindepth 1 | LC_ALL=C sort |
		cpio -o -H newc --quiet -R 0:0 --reproducible)
}

# machine_args: qemu=(the command line)
machine_args() {
	local i=0 file mode
	qemu=("${QEMU:-qemu-system-x86_64}" -name hospes-lab -nodefaults
		-accel "${ACCEL:-tcg}" -cpu "${CPU:-max,-smap}"
		-smp "$smp" -m "$mem" -display none -no-reboot
		-device virtio-serial-pci,max_ports=2)
	[ -z "$icount" ] || qemu+=(-icount 'shift=0,sleep=off'
		-rtc 'base=2026-01-01,clock=vm')
	add_disk "$img_dom0/root.img" raw "snapshot=on,cache=unsafe"
	add_disk "$img_guestdisk/guest.img" raw "snapshot=on,cache=unsafe"
	for file in "${disks[@]}"; do
		mode=cache=writeback
		[ "$file" = "${file%,ro}" ] || mode=readonly=on
		file=${file%,ro}
		[ -r "$file" ] || die "--disk $file: no such file, or not readable"
		add_disk "$file" "$(disk_format "$file")" "$mode"
	done
	kernel_args
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
	local words="root=/dev/vda lab.guests=/dev/vdb lab.drivers=$drivers panic=1"
	local initrd=$img_initrd/initrd-$kernel
	local elf=$img_kernels/vmlinux-$kernel
	words+=" $dom0_args"
	case $hv in
	none)
		qemu+=(-kernel "$elf" -append "console=ttyS0 $words" -initrd "$initrd")
		return
		;;
	xen) set -- spec-ctrl=eager-fpu bootscrub=0 loglvl=warning ;;
	hospes) set -- ;;
	esac
	qemu+=(-kernel "$hv_file"
		-append "console=com1 com1=115200,8n1 dom0_mem=$dom0_mem $* $hv_args"
		-initrd "$(esc "$elf") $(esc "console=hvc0 earlyprintk=xen $words"),$(esc "$initrd")")
}

# --add FILE[:PATH]
add_files() {
	local spec from to
	for spec in "${adds[@]}"; do
		from=$spec to=
		if [ ! -e "$spec" ]; then
			from=${spec%:*} to=${spec##*:}
		fi
		[ -f "$from" ] || die "--add $spec: no such file"
		[ -r "$from" ] || die "--add $spec: not readable"
		case $to in
		'') to=/root/${from##*/} ;;
		*/) to=$to${from##*/} ;;
		/*) ;;
		*) to=/root/$to ;;
		esac
		labvm_args+=(--file "$from" "$to")
	done
}

# open_log: log= a file that is there and empty; the console is written to it
open_log() {
	if [ -z "$log" ]; then
		local dir=$cache/log
		[ -w "$dir" ] || dir=${TMPDIR:-/tmp}
		log=$dir/run-$$.log
		find "$dir" -maxdepth 1 -name 'run-*.log' -user "$(id -un)" \
			-mtime +2 -delete 2>/dev/null
	fi
	: >"$log" || die "cannot write the log $log"
	log=$(realpath "$log")
	qemu+=(-chardev "file,id=console,path=$(esc "$log"),append=on"
		-serial chardev:console)
}
