# SPDX-License-Identifier: GPL-2.0-only
# Saved states: a booted machine's memory and the layers of its two disks, in
# a directory of the cache.  A run restores it in place of a boot; it is only
# read, so any number of runs can do so at once.
# Sourced by lab/run after machine.sh.
# shellcheck shell=bash disable=SC2154 # the option variables of lab/run

KEEP_STATES=16 # of 140 MB each

# identity FILE: changes whenever FILE does, without reading it
identity() { stat -L -c '%n %i %s %Y' "$1"; }

# state_dir: dir=where the state for these options is, or will be.  Its name is
# a hash of all that went into the boot.
state_dir() {
	local text file
	text=$(
		printf '%s\n' "$hv" "$drivers" "$tools" "$kernel" "$smp" "$mem" \
			"$dom0_mem" "$hv_args" "$dom0_args" "$icount" \
			"${ACCEL-}" "${CPU-}" "$img_tools" "$img_initrd"
		identity "$qemu_bin"
		identity "$img_dom0/root.img"
		identity "$img_guestdisk/guest.img"
		identity "$img_kernels/vmlinux-$kernel"
		cat "$lab/lib/machine.sh"
		[ -z "$hv_file" ] || sha256sum <"$hv_file"
		our_files | xargs -r sha256sum
		# dom0 has read the partition table of the user's disks
		for file in "${disks[@]}"; do
			echo "$file $(stat -L -c %s "${file%,ro}")"
			head -c 65536 "${file%,ro}" | sha256sum
		done
	)
	text=$(sha256sum <<<"$text")
	dir=$cache/state-${text:0:16}
}

# use_state: restore=the directory of a state for these options, made if need
# be; empty when there can be none.  Its lock is held until the run has ended.
use_state() {
	local dir fd
	restore=
	state_dir
	if [ ! -e "$dir" ]; then
		[ -w "$cache" ] || return 0
		make_state "$dir" || return 0
	fi
	exec {fd}<"$dir/memory" || return 0
	flock -s "$fd"
	touch -c "$dir" 2>/dev/null
	restore=$dir
}

make_state() { # DIR
	local fd
	exec {fd}>"$cache/.lock-${1##*/}" || return
	flock "$fd"
	if [ ! -e "$1" ]; then
		trap 'exit 130' INT
		trap 'exit 143' TERM HUP
		trap 'stop_making' EXIT
		making=$(realpath "$cache")/.new-${1##*/}
		rm -rf "$making"
		boot_and_save "$making" && mv -T "$making" "$1"
		stop_making
		trap - INT TERM HUP EXIT
	fi
	exec {fd}>&-
	rm -f "$cache/.lock-${1##*/}"
	drop_old_states
	[ -e "$1" ]
}

making='' saver=''
stop_making() {
	[ -z "$saver" ] || kill "$saver" 2>/dev/null
	saver=
	[ -z "$making" ] || rm -rf "$making"
	making=
}

# layer_for_runs NAME DIR: an empty layer above DIR's disk, which runs copy.  It
# names the disk by the name that DIR will have.
layer_for_runs() {
	local final=${2/.new-/}
	qemu-img create -q -u -f qcow2 -F qcow2 -b "$final/$1.qcow2" \
		"$2/$1.qcow2.layer" "$(stat -c %s "$(image_of "$1")")"
}

image_of() { # NAME
	case $1 in
	root) echo "$img_dom0/root.img" ;;
	guest) echo "$img_guestdisk/guest.img" ;;
	esac
}

# boot_and_save DIR: a state, still under another name.  When dom0 does not
# come up the run ends here: a second boot would not do better, but where a
# boot may hang (see lab/run).  That begins with new disks: on the first one's
# the file systems are half written.  What is said of a second try is no part of
# what the commands say: programs read that.
boot_and_save() {
	local dir=$1 status try
	for try in 1 2; do
		rm -rf "$dir"
		new_disks "$dir" || return
		save_once "$dir"
		status=$?
		if [ $try -eq 2 ] || [ "$hv" != xen ] ||
			! grep -q 'was not up after' "$dir/said"; then
			break
		fi
		[ ! -t 2 ] || echo "lab/run: the boot hung for $boot_timeout s;" \
			"trying once more" >&2
	done
	if [ "$status" -eq 125 ]; then
		cp "$dir/console" "$log"
		cat "$dir/said" >&2
		echo "lab/run: that console is in $log" >&2
		exit 125
	fi
	# labvm has used the disks twice then
	! grep -qa 'QEMU crashed; trying once more' "$dir/console" || status=1
	[ "$status" -eq 0 ] || {
		cat "$dir/said"
		echo "lab/run: no state was saved; booting anew"
	} >>"$log"
	rm "$dir/said"
	return "$status"
}

new_disks() { # DIR
	mkdir "$1" || return
	layer "$img_dom0/root.img" raw "$1/root.qcow2" &&
		layer "$img_guestdisk/guest.img" raw "$1/guest.qcow2" &&
		layer_for_runs root "$1" && layer_for_runs guest "$1"
}

save_once() { # DIR
	local status
	machine_args save "$1"
	: >"$1/console"
	console_to "$1/console"
	"$labvm" --boot-timeout "$boot_timeout" --timeout 300 \
		--log "$1/console" --save "$1/memory" -- "${qemu[@]}" \
		2>"$1/said" &
	saver=$!
	wait "$saver"
	status=$?
	saver=
	return "$status"
}

# Drop the states that were not used for the longest time and are not in use.
drop_old_states() {
	local old fd
	while IFS= read -r old; do
		exec {fd}<"$old/memory" || continue
		flock -n "$fd" && rm -rf "$old"
		exec {fd}<&-
	done < <(find "$cache" -maxdepth 1 -name 'state-*' -printf '%T@ %p\n' |
		sort -rn | tail -n "+$((KEEP_STATES + 1))" | cut -d' ' -f2-)
}
