#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# install.sh [--remove]: put what lies in root/ beside this script into the
# system (DESTDIR names another root), build the modules for each kernel that has
# its headers installed (KERNELS='version...': for these only), make GRUB's menu,
# enable the services. --remove undoes it; files in /etc stay, as they may have
# been changed.
#
# Packages of Hospes know what belongs to whom: do not use both.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dest=${DESTDIR-}
list=$dest/var/lib/hospes/files
modules=$dest/var/lib/hospes/modules

say() { echo "install.sh: $*"; }

fail() {
	say "$*" >&2
	exit 1
}

# on_this COMMAND...: only where the system that runs is the one we change
on_this() {
	[ -n "$dest" ] || "$@"
}

place_files() {
	(cd "$here/root" && find . ! -type d) | sed 's/^\.//' | LC_ALL=C sort |
		while IFS= read -r file; do
			mkdir -p "$dest${file%/*}"
			case $file in
			/etc/*) [ ! -e "$dest$file" ] || continue ;;
			*) echo "$file" >>"$list.new" ;;
			esac
			cp -Pp "$here/root$file" "$dest$file.hospes-new"
			mv "$dest$file.hospes-new" "$dest$file"
		done
	mkdir -p "$dest/etc/xen/auto"
}

# Those of an older version that this one does not have.
drop_files_of_before() {
	[ -f "$list" ] || return 0
	grep -vxFf "$list.new" "$list" | while IFS= read -r file; do
		rm -f "$dest$file"
	done
}

chosen() {
	case " $KERNELS " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# build_modules: for each kernel of this root that has a build folder. A copy is
# built, as the sources' folder is for the next kernel too.
build_modules() {
	source=$(echo "$here"/root/usr/src/hospes-*)
	for dir in "$dest"/lib/modules/*/; do
		kernel=$(basename "$dir")
		[ -z "${KERNELS+set}" ] || chosen "$kernel" || continue
		kdir=$dir/build
		[ -n "$dest" ] && kdir=$dest/usr/src/linux-headers-$kernel
		[ -e "$kdir/Makefile" ] || {
			say "no headers of kernel $kernel: it keeps its own drivers"
			continue
		}
		work=$(mktemp -d) && cp -R "$source/." "$work/"
		if "$work/tools/build-modules" "$(cd "$kdir" && pwd)" -s; then
			mkdir -p "$dir/updates"
			for file in "$work"/kmod/*/hospes_*.ko; do
				install -m 644 "$file" "$dir/updates/"
				echo "/lib/modules/$kernel/updates/${file##*/}" \
					>>"$modules.new"
			done
			depmod ${dest:+-b "$dest"} "$kernel"
		else
			say "the modules could not be built for $kernel" >&2
		fi
		rm -rf "$work"
	done
}

grub_menu() {
	[ ! -d /boot/grub ] || ! command -v update-grub >/dev/null || update-grub
}

units="hospes-modules.service xend.service xendomains.service"

services() { # enable|disable
	[ -d /run/systemd/system ] || return 0
	systemctl daemon-reload
	# shellcheck disable=SC2086 # words
	systemctl -q "$1" $units
}

install_all() {
	[ -d "$here/root" ] || fail "no folder root/ beside this script"
	mkdir -p "$dest/var/lib/hospes" 2>/dev/null || true
	[ -w "$dest/var/lib/hospes" ] ||
		fail "cannot write to '$dest/': be root, or set DESTDIR"
	[ -e "$dest/var/lib/dpkg/info/hospes-tools.list" ] &&
		fail "the package hospes-tools is installed: remove it first"
	[ -x "$dest/usr/lib/xen-4.17/bin/xenstored" ] ||
		say "there is no xenstored: apt-get install xen-utils-4.17"
	rm -f "$list.new" "$modules.new"
	place_files
	drop_files_of_before
	: >>"$modules.new"
	build_modules
	mv "$list.new" "$list"
	mv "$modules.new" "$modules"
	on_this /usr/lib/hospes/keep-vmlinux all
	on_this grub_menu
	on_this services enable
	say "done; the next boot starts Hospes, and xm list shows Domain-0"
}

remove_all() {
	[ -f "$list" ] || fail "$list is not there: nothing to remove"
	on_this services disable
	[ -n "$dest" ] || /usr/lib/hospes/keep-vmlinux none
	cat "$list" "$modules" | while IFS= read -r file; do
		rm -f "$dest$file"
		rmdir -p --ignore-fail-on-non-empty "$dest${file%/*}" \
			2>/dev/null || true
	done
	for dir in "$dest"/lib/modules/*/; do
		[ ! -e "$dir/modules.dep" ] ||
			depmod ${dest:+-b "$dest"} "$(basename "$dir")"
	done
	rm -f "$list" "$modules"
	rmdir --ignore-fail-on-non-empty "$dest/var/lib/hospes"
	on_this grub_menu
	[ ! -d /run/systemd/system ] || on_this systemctl daemon-reload
	say "removed; what is in /etc stays"
}

case ${1-} in
'') install_all ;;
--remove) remove_all ;;
*)
	echo "usage: [DESTDIR=root] $0 [--remove]" >&2
	exit 2
	;;
esac
