#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What could be wrong: a package that installs here and not on a clean Debian;
# modules that build with our Makefile and not with dkms, or that the kernel's own
# are loaded instead of; an image that GRUB's stock script does not see; a service
# that does not come up at boot; an upgrade that takes guests with it; a removal
# that leaves the host without its own drivers, or files behind.
#
# One disk with Debian 12, prepared as apt leaves it (lab/recipes/debian), goes
# through its life: dkms on it, then three boots, each of which does a job
# (tests/lib/install/job-*) and says what it saw. HV=xen: nothing to boot.

# shellcheck disable=SC2154 # stderr, stderr_lines: of bats
bats_require_minimum_version 1.5.0
load ../lib/assert

setup_file() {
	[ "${HV:-hospes}" = hospes ] || skip "boots our image only"
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	out=${HOSPES_TEST_OUT:-$top/out/test}/install
	version=$(sed -n 's/^VERSION := //p' "$top/Makefile")
	export top out version
	rm -rf "$out"
	mkdir -p "$out"
	"$top/lab/images" debian >&2 || return
	make -s -C "$top" >&2 && make -s -C "$top" tarball >&2 || return
	packages "$version+1" new && packages "$version" old
}

packages() { # VERSION FOLDER
	make -s -C "$top" deb VERSION="$1" >&2 || return
	mkdir "$out/$2"
	cp "$top"/out/deb/*.deb "$out/$2/"
}

# says JOB 'LINE': an extended regular expression for a whole line
says() {
	grep -qxE -- "$2" "$out/$1" || {
		cat "$out/$1"
		fail "no line '$2'"
	}
}

says_not() {
	! grep -E -- "$2" "$out/$1" || fail "these lines should not be there"
}

machine() { # JOB HOW [FILE...]
	local job=$1
	shift
	[ -e "$out/disk.img" ] || fail "there is no disk: see the tests before"
	"$top/tests/lib/install/machine" "$out" "$1" "$job" "${@:2}" \
		>"$out/$job-$1"
}

@test "make install DESTDIR: everything is in its place, and nowhere else" {
	local root=$BATS_TEST_TMPDIR/root file
	make -s -C "$top" install DESTDIR="$root" >&2
	for file in boot/xen-hospes-*-amd64.gz usr/sbin/xm etc/init.d/xend \
		lib/modprobe.d/hospes.conf usr/lib/hospes/load-modules \
		usr/lib/systemd/system/{xend,xendomains,hospes-modules}.service \
		etc/kernel/postinst.d/hospes-vmlinux \
		usr/share/bash-completion/completions/xm \
		usr/share/man/man1/xm.1 usr/share/man/man5/xmdomain.cfg.5 \
		lib/modules/6.*/updates/hospes_{privcmd,blkback,netback,balloon}.ko
	do
		compgen -G "$root/$file" >/dev/null || fail "no $file"
	done
	[ "$(gzip -dc "$root"/boot/xen-hospes-*.gz | cmp - "$top/hypervisor/hospes")" = '' ]
	file=$(cd "$root" && find . -type f |
		grep -vE '^\./(boot|etc|lib|usr)/' | head -n 1)
	assert_eq "$file" '' "a file in a folder of no package"
}

# What is refused: a root that cannot be written to, a part that is not there.
@test "make install refuses in a line what it cannot do" {
	cd "$top"
	refuses "no part 'kernel'" tools/install "$BATS_TEST_TMPDIR/x" 1 '' kernel
	refuses 'no kernel headers in' tools/install "$BATS_TEST_TMPDIR/x" 1 /none \
		modules
	refuses "cannot write to" tools/install /proc/none 1 '' doc
	refuses "is no version" tools/deb 'one two'
}

@test "lintian finds no error in the packages" {
	run -0 lintian --fail-on error --allow-root "$out"/old/*.deb
}

# Could be wrong: a kernel that is packed in another way, a /boot without room, a
# file of somebody else; each must leave the installation of a kernel alone.
@test "the hook keeps the unpacked kernel, and only where it can" {
	local keep=$top/install/keep-vmlinux kernels
	kernels=$("$top/lab/images" --path kernels)
	export BOOT=$BATS_TEST_TMPDIR/boot LIST=$BATS_TEST_TMPDIR/state/vmlinux
	mkdir -p "$BOOT"
	for series in 6.1 6.12; do
		cp "$kernels/vmlinuz-$series" "$BOOT/"
		echo CONFIG_XEN_DOM0=y >"$BOOT/config-$series"
	done
	head -c 1000000 "$kernels/vmlinuz-6.1" >"$BOOT/vmlinuz-6.2"
	cp "$BOOT/vmlinuz-6.1" "$BOOT/vmlinuz-6.3" # no kernel for dom0
	cp "$BOOT/vmlinuz-6.1" "$BOOT/vmlinuz-6.4"
	cp "$BOOT/config-6.1" "$BOOT/config-6.2"
	cp "$BOOT/config-6.1" "$BOOT/config-6.4"
	echo theirs >"$BOOT/vmlinux-6.4"
	run -0 --separate-stderr "$keep" all
	assert_eq "${#stderr_lines[@]}" 1 "lines of complaint"
	assert_has "$stderr" "vmlinuz-6.2 could not be unpacked"
	assert_eq "$(cd "$BOOT" && echo vmlinux-*)" \
		"vmlinux-6.1 vmlinux-6.12 vmlinux-6.4"
	cmp "$BOOT/vmlinux-6.1" "$kernels/vmlinux-6.1"
	cmp "$BOOT/vmlinux-6.12" "$kernels/vmlinux-6.12"
	run -0 "$keep" drop 6.12
	run -0 "$keep" drop 6.4
	assert_eq "$(cd "$BOOT" && echo vmlinux-*)" "vmlinux-6.1 vmlinux-6.4"
	run -0 "$keep" none
	assert_eq "$(cd "$BOOT" && echo vmlinux-*)" vmlinux-6.4
	assert_eq "$(cat "$BOOT/vmlinux-6.4")" theirs
	[ ! -e "$LIST" ]
}

@test "dpkg installs the packages in a clean Debian; dkms builds on 6.1 and 6.12" {
	"$top/tests/lib/install/disk" "$out" "$top/out/hospes-$version.tar.gz" \
		"$out"/old/*.deb >&2
	for series in 6.1 6.12; do
		grep -qE "^hospes/[^,]+, $series\..*: installed" "$out/dkms-status" ||
			fail "not for $series: $(cat "$out/dkms-status")"
	done
}

# The tutorial's third way, done before the packages came.
@test "the tarball's install.sh installs, and removes what it installed" {
	says tarball "modules 6\.12\..* 4"
	says tarball 'there usr/sbin/xm'
	says tarball 'there boot/xen-hospes-.*-amd64.gz'
	says tarball 'there boot/vmlinux-6\.1\..*'
	says tarball 'there etc/kernel/postinst.d/hospes-vmlinux'
	says_not tarball '^changed'
	says_not tarball '^left-by-removal'
	says_not tarball '^lost'
}

@test "GRUB's own script makes the entries, ours the default" {
	machine install bare
	says_not install-bare '^failed-unit'
	says install-bare "grub-entry 'Debian GNU/Linux, with Xen hypervisor'.*"
	says install-bare \
		"grub-entry 'Debian GNU/Linux, with Xen hospes-.* and Linux 6\.1\..*"
	says install-bare 'grub-default .*, with Xen hypervisor'
	says install-bare \
		'grub-line multiboot2?.*/xen-hospes-.*-amd64\.gz placeholder +dom0_mem=.*'
	says install-bare 'grub-line module2?.*/boot/vmlinux-6\.12\..*'
}

# booted NAME FIRMWARE
booted() {
	says "$1" 'guest up'
	says "$1" 'hypervisor xen'
	says "$1" "firmware $2"
	says "$1" 'dom0 Domain-0 +0 .*'
	says "$1" 'commandline .*dom0_mem=1024M console=com1 com1=115200,8n1.*'
	says "$1" 'uses .*hospes_blkback.*'
	says "$1" 'uses .*hospes_netback.*'
	says "$1" 'uses .*hospes_privcmd.*'
	says "$1" 'uses .*hospes_balloon.*'
	says "$1" 'stock '
	says_not "$1" '^failed-unit'
	says "$1" 'guest answers'
}

@test "BIOS: it boots from disk into dom0, and the guest of auto/ runs" {
	machine boot bios
	booted boot-bios bios
	says boot-bios 'guests tiny'
}

@test "UEFI: it boots, and an upgrade leaves the guest running; removal" {
	SECONDS_MAX=2400 machine change efi \
		"$out"/new/hospes-{hypervisor,tools,doc}_*.deb
	booted change-efi efi
}

@test "the service starts and stops the guests of auto/" {
	says change-efi 'service stopped it'
	says change-efi 'service started it'
}

@test "an upgrade leaves the guest running" {
	says change-efi 'upgraded under it'
	says change-efi 'supervisor is new'
	says change-efi 'store is the same'
	says change-efi 'versions .*hospes-tools=.*\+1 .*'
	says change-efi 'images xen-hospes-.*\+1-amd64.gz'
	says change-efi 'grub-line .*\+1-amd64.gz .*'
}

@test "removal leaves nothing but conffiles, purging nothing" {
	says change-efi 'grub-names-us 0'
	says_not change-efi '^left-by-removal'
	says_not change-efi '^lost'
	says change-efi 'modprobe insmod .*/xen-blkback.ko.*'
	says_not change-efi '^left-by-purge'
}

