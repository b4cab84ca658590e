#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What could be wrong: an image that QEMU's -kernel starts is not one that GRUB
# can load, or not where GRUB puts it; firmware's tables are not found; a
# machine that cannot run us is left in silence. (-kernel itself: microguest.)
#
# A micro-guest is the dom0 wherever that is enough. HV=xen: nothing of this is
# about the reference platform.

bats_require_minimum_version 1.5.0

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

@test "GRUB, BIOS, multiboot 1" {
	iso multiboot "$top/out/guest/hello.elf" ''
	machine 120 -m 512 -smp 2 -cdrom "$iso"
	hello_passes
}

@test "GRUB, BIOS, multiboot 2: loaded at another address" {
	iso multiboot2 "$top/out/guest/hello.elf" ''
	machine 120 -m 512 -smp 2 -cdrom "$iso"
	hello_passes
	said 'Hospes .*, loaded at 0x'
	run ! said 'loaded at 0x200000$'
}

@test "GRUB, UEFI, a small module below 1 MiB" {
	uefi
	iso multiboot2 "$top/out/guest/hello.elf" ''
	machine 120 -m 512 -smp 2 "${uefi[@]}" -cdrom "$iso"
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
	machine 200 -m 1024 -smp 2 "${uefi[@]}" -cdrom "$iso"
	said 'efi: EFI v'
	said 'ACPI: RSDP 0x'
	said 'Registered efivars operations'
	said 'machine: resetting|machine: dom0 wants a reset'
}

@test "a CPU without long mode is told so" {
	CPU=pentium3 machine 5 -m 128 -kernel "$top/hypervisor/hospes" || true
	said 'this CPU has no long mode'
}

@test "a CPU without NX is told so" {
	CPU=qemu64,-nx machine 5 -m 128 -kernel "$top/hypervisor/hospes" || true
	said 'this CPU has no NX bit'
}

@test "no module: says so and resets; noreboot: stays" {
	local args='com1=115200 console=com1'
	machine 30 -m 256 -kernel "$top/hypervisor/hospes" -append "$args"
	said 'dom0: no module given'
	said 'machine: resetting'
	machine 10 -m 256 -kernel "$top/hypervisor/hospes" \
		-append "$args noreboot" || true
	said 'machine: stopped, as noreboot says'
	run ! said 'machine: resetting'
}

@test "too little memory: says so" {
	machine 30 -m 4 -kernel "$top/hypervisor/hospes" \
		-append 'com1=115200 console=com1' \
		-initrd "$top/out/guest/hello.elf"
	said 'memory: no .* free while starting'
	said 'machine: resetting'
}
