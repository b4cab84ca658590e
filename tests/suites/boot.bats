#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What could be wrong: an image that QEMU's -kernel starts is not one that GRUB
# can load, or not where GRUB puts it; firmware's tables are not found; a
# machine that cannot run us is left in silence. (-kernel itself: microguest.)
#
# A micro-guest is the dom0 wherever that is enough. HV=xen: nothing of this is
# about the reference platform.

bats_require_minimum_version 1.5.0
load ../lib/assert

setup_file() {
	[ "${HV:-hospes}" = hospes ] || skip "boots our image only"
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export top
	flock "$top/tests/guest" make -s -C "$top/tests/guest" >&2
	command -v grub-mkrescue >/dev/null || {
		echo "no grub-mkrescue: run make setup" >&2
		return 1
	}
}

# machine SECONDS ARGUMENT...: console of a machine, until it resets
machine() {
	local seconds=$1
	shift
	timeout "$seconds" "${QEMU:-qemu-system-x86_64}" -nodefaults \
		-accel "${ACCEL:-tcg}" -cpu "${CPU:-max,-smap}" -display none \
		-serial stdio -monitor none -no-reboot "$@" </dev/null 2>&1 |
		tr -d '\r' >"$BATS_TEST_TMPDIR/console"
}

# on_screen TEXT: else the screen is taken once more
on_screen() {
	tr -d '\007' <"$BATS_TEST_TMPDIR/screen" 2>/dev/null | grep -qa "$1" &&
		return
	printf '%s\n' "pmemsave 0xb8000 4000 \"$BATS_TEST_TMPDIR/screen\"" \
		>"$BATS_TEST_TMPDIR/monitor"
	return 1
}

# halts TEXT ARGUMENT...: a machine that says TEXT and then stays as it is. Its
# text screen, if it has one, is in $BATS_TEST_TMPDIR/screen, a cell of two bytes.
halts() {
	local text=$1 pid status=0
	shift
	mkfifo "$BATS_TEST_TMPDIR/monitor"
	timeout 300 "${QEMU:-qemu-system-x86_64}" -nodefaults \
		-accel "${ACCEL:-tcg}" -cpu "${CPU:-max,-smap}" -display none \
		-serial "file:$BATS_TEST_TMPDIR/console" -monitor stdio \
		-no-reboot "$@" <>"$BATS_TEST_TMPDIR/monitor" \
		>"$BATS_TEST_TMPDIR/monitor.out" 2>&1 3>&- &
	pid=$!
	within 280 grep -qsa "$text" "$BATS_TEST_TMPDIR/console" || status=1
	# the screen is written after the serial line
	printf '%s\n' "pmemsave 0xb8000 4000 \"$BATS_TEST_TMPDIR/screen\"" \
		>"$BATS_TEST_TMPDIR/monitor"
	case " $* " in
	*' -vga std '*) within 60 on_screen "$text" || status=1 ;;
	esac
	echo quit >"$BATS_TEST_TMPDIR/monitor"
	wait "$pid" || fail "the machine did not stay" || status=1
	rm "$BATS_TEST_TMPDIR/monitor"
	return $status
}

# refused KERNEL TEXT [WORDS [MIB]]: the boot ends with that line, and a reset
refused() {
	machine 300 -m "${4:-256}" -kernel "$top/hypervisor/hospes" \
		-append "com1=115200 console=com1 ${3-}" -initrd "$1"
	said "^\(hospes\) $2" && said 'machine: resetting'
}

# iso multiboot|multiboot2 KERNEL INITRD|'' ARGS...: a CD with GRUB, as $iso
iso() {
	local load=$1 kernel=$2 initrd=$3 module tree=$BATS_TEST_TMPDIR/tree
	module=${load/multiboot/module}
	shift 3
	mkdir -p "$tree/boot/grub"
	gzip -1 <"$top/hypervisor/hospes" >"$tree/boot/hospes.gz"
	cp "$kernel" "$tree/boot/kernel"
	[ -z "$initrd" ] || cp "$initrd" "$tree/boot/initrd"
	cat >"$tree/boot/grub/grub.cfg" <<-GRUB
		set timeout=0
		serial --unit=0 --speed=115200
		terminal_output serial
		menuentry hospes {
			$load /boot/hospes.gz placeholder com1=115200 console=com1
			$module /boot/kernel placeholder $*
			${initrd:+$module /boot/initrd}
		}
	GRUB
	iso=$BATS_TEST_TMPDIR/boot.iso
	grub-mkrescue -o "$iso" "$tree" 2>"$BATS_TEST_TMPDIR/mkrescue" || {
		cat "$BATS_TEST_TMPDIR/mkrescue"
		return 1
	}
}

# The arguments that make a UEFI machine, as $uefi
uefi() {
	local code=/usr/share/OVMF/OVMF_CODE_4M.fd
	[ -e "$code" ] || {
		echo "no $code: run make setup"
		return 1
	}
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$BATS_TEST_TMPDIR/vars.fd"
	uefi=(-drive "if=pflash,format=raw,readonly=on,file=$code"
		-drive "if=pflash,format=raw,file=$BATS_TEST_TMPDIR/vars.fd")
}

said() {
	grep -qaE -- "$1" "$BATS_TEST_TMPDIR/console" || {
		tail -n 40 "$BATS_TEST_TMPDIR/console"
		echo "the console does not show: $1"
		return 1
	}
}

hello_passes() {
	said 'smp: 2 CPUs$'
	said '^guest: story hello: PASS$'
}

# What could be wrong: for one instruction the stack pointer is above cpu_info, and
# an interrupt puts its frame over it. Once in some hours, too rare for a run.
@test "the stack pointer is never set in two steps by way of its area's end" {
	make -s -C "$top" hypervisor >&2
	run bash -c "objdump -d --no-show-raw-insn '$top/hypervisor/hospes.elf' |
		grep -E '(or|add) +\\\$0x[0-9a-f]+,%rsp' | grep -E '0x[0-9a-f]*fff,'"
	assert_eq "$output" "" "such instructions"
}

@test "GRUB, BIOS, multiboot 1" {
	iso multiboot "$top/out/guest/hello.elf" ''
	machine 400 -m 512 -smp 2 -cdrom "$iso"
	hello_passes
}

@test "GRUB, BIOS, multiboot 2: loaded at another address" {
	iso multiboot2 "$top/out/guest/hello.elf" ''
	machine 400 -m 512 -smp 2 -cdrom "$iso"
	hello_passes
	said 'Hospes .*, loaded at 0x'
	run ! said 'loaded at 0x200000$'
}

@test "GRUB, UEFI, a small module below 1 MiB" {
	uefi
	iso multiboot2 "$top/out/guest/hello.elf" ''
	machine 400 -m 512 -smp 2 "${uefi[@]}" -cdrom "$iso"
	hello_passes
	said 'efi: version '
}

@test "GRUB, UEFI: dom0 finds ACPI and EFI variables" {
	local kernels initrd
	kernels=$("$top/lab/images" --path kernels)
	initrd=$("$top/lab/images" --path initrd)
	uefi
	iso multiboot2 "$kernels/vmlinuz-6.1" "$initrd/initrd-6.1" \
		console=hvc0 earlyprintk=xen panic=1 rdinit=/none
	machine 600 -m 1024 -smp 2 "${uefi[@]}" -cdrom "$iso"
	said 'efi: EFI v'
	said 'ACPI: RSDP 0x'
	said 'Registered efivars operations'
	said 'machine: resetting|machine: dom0 wants a reset'
}

@test "a CPU without long mode, or without NX, is told so" {
	CPU=pentium3 halts 'this CPU has no long mode' -m 128 \
		-kernel "$top/hypervisor/hospes"
	CPU=qemu64,-nx halts 'this CPU has no NX bit' -m 128 \
		-kernel "$top/hypervisor/hospes"
}

@test "no module: says so and resets; noreboot: stays, on VGA too" {
	local args='com1=115200 console=com1'
	machine 300 -m 256 -kernel "$top/hypervisor/hospes" -append "$args"
	said 'dom0: no module given'
	said 'machine: resetting'
	halts 'machine: stopped, as noreboot says' -m 256 -vga std \
		-kernel "$top/hypervisor/hospes" -append "$args,vga noreboot"
	run ! said 'machine: resetting'
	tr -d '\007' <"$BATS_TEST_TMPDIR/screen" |
		grep -qa 'machine: stopped, as noreboot says' ||
		fail "nothing on the screen"
}

@test "too little memory: says so" {
	machine 300 -m 4 -kernel "$top/hypervisor/hospes" \
		-append 'com1=115200 console=com1' \
		-initrd "$top/out/guest/hello.elf"
	said 'memory: no .* free while starting'
	said 'machine: resetting'
}

# Could be wrong: a module that is no kernel of ours, or half of one.
@test "what is no kernel for dom0 is told so" {
	local bad=$BATS_TEST_TMPDIR/bad kernel
	kernel=$("$top/lab/images" --path kernels)/vmlinuz-6.1
	: >"$bad"
	refused "$bad" 'dom0: the kernel module .* is empty'
	echo text >"$bad"
	refused "$bad" 'dom0: .* is not an ELF file or a bzImage'
	head -c 100000 "$kernel" >"$bad"
	refused "$bad" 'dom0: .* is a truncated bzImage'
	cp "$kernel" "$bad"
	printf garbage | dd of="$bad" bs=1 seek=1000000 conv=notrunc 2>/dev/null
	refused "$bad" 'dom0: .* payload is corrupt' '' 512
	refused "$top/hypervisor/hospes.elf" 'dom0: the kernel has no Xen notes'
	refused "$top/hypervisor/hospes" 'dom0: the kernel is a 32-bit ELF file'
}

@test "dom0_mem that cannot be is told so; unknown options do no harm" {
	local hello=$top/out/guest/hello.elf
	refused "$hello" 'dom0_mem=65536M is more than this machine' dom0_mem=64G
	refused "$hello" 'dom0_mem= is not understood; give SIZE' dom0_mem=lots
	refused "$hello" 'dom0: .* more memory than dom0 gets' dom0_mem=1M
	machine 300 -m 256 -kernel "$top/hypervisor/hospes" -append \
		'com1=115200 console=com1 frobnicate placeholder maxcpus=none sched=credit' \
		-initrd "$hello"
	said 'option: sched=credit'
	said 'option: not known, no effect: frobnicate$'
	said 'option: maxcpus=none not understood, default kept; give a number'
	said '^guest: story hello: PASS$'
}

# Could be wrong: a dump that misses what one needs, or fails half way.
@test "a fault in the hypervisor shows itself and the guest, and resets" {
	make -s -C "$top/hypervisor" DEBUG=1 >&2
	"$top/tests/guest/run" --debug --show crash-hypervisor \
		>"$BATS_TEST_TMPDIR/console"
	said 'page fault in the hypervisor, error 0, cr2 ffff87fffffff000'
	said '\[[0-9a-f]{16}\] hc_debug_op\+0x'
	said 'L4\[10f\] = [0-9a-f]{13}023$'
	said 'L3\[1ff\] = 0000000000000000'
	said 'd0v0: kernel mode, on this CPU'
	said 'guest stack from ffffffff81'
	said 'last hypercalls of'
	said ' 55$'
}
