#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded in dom0
# hospes_privcmd answers whatever it is asked, and the distribution's tools and
# daemons work on it as on the stock driver.

bats_require_minimum_version 1.5.0
load ../lib/assert
load ../lib/qemu

setup_file() {
	"$top/lab/images" >&2
	export PROGRAMS
	PROGRAMS=$(mktemp -d "${TMPDIR:-/tmp}/privcmd-suite.XXXXXX")
	cc -O2 -Wall -static -pthread -o "$PROGRAMS/privcmd" \
		"$top"/tests/dom0/privcmd*.c
}

teardown_file() {
	rm -rf "$PROGRAMS"
}

# ok: the run succeeded, and no kernel complained
ok() {
	echo "$output"
	assert_eq "$status" 0 status || return
	without_notes
	if grep -aE -e 'BUG|Oops|WARNING:|Call Trace|soft lockup|hung task' \
		-e 'multicall.*failed|not emulated|bug:|Kernel panic' \
		"$(this_log)"; then
		fail "complaints in the console"
	fi
}

ours() {
	lab_run --drivers ours --add "$PROGRAMS/privcmd" "$@"
}

# Could be wrong: each story of tests/dom0 says what. All ioctls, legal and
# hostile arguments, kills and races; a domain whose frames were mapped goes.
@test "every ioctl, asked kindly and not" {
	run ours -- '
		dmesg -C
		chmod +x privcmd
		./privcmd
		dmesg | grep -E "WARN|BUG|multicall|privcmd" | grep -v segfault
		true'
	ok
	assert_eq "${lines[-1]}" "done" "last line"
	assert_eq "$(grep -c '^ok ' <<<"$output")" 16 stories
	! grep '^not ok' <<<"$output" || fail "a story failed"
	# 512 frames with each hypercall, so two for a thousand
	assert_has "$output" '# 20 mmu_update hypercalls for 10000 frames'
}

# Could be wrong: what the stock daemons and tools ask for and our own do not.
@test "stock daemons and tools serve a guest on it" {
	run ours --timeout 900 -- '
		set -e
		lsmod | awk "\$1 == \"hospes_privcmd\" { print \"ours\" }"
		! lsmod | grep -q xen_privcmd
		grep -c . /proc/xen/xsd_port
		pidof xenstored xenconsoled | wc -w
		guest create a ip=no 2>/dev/null
		guest run a "echo from the guest"
		xl list a | awk "END { print \$1, \$3 }"
		xl console --help >/dev/null 2>&1; xl info | grep -c free_memory
		/usr/lib/xen-4.17/bin/lsevtchn a | grep -c Interdomain
		xenstore-ls /local/domain/1 | grep -c "^name = .a"
		xl pause a; xl unpause a; xl vcpu-list a | tail -n 1 | cut -c 1
		xl dmesg >/dev/null
		xl destroy a
		end=$((SECONDS + 120))
		while xl list 1 >/dev/null 2>&1; do
			[ $SECONDS -lt $end ] || exit 9
		done
		cat /sys/class/misc/xen\!privcmd/mapped'
	ok
	assert_eq "${lines[*]:0:5}" "ours 1 2 from the guest a 128"
	assert_eq "${lines[5]}" 1 "free memory in xl info"
	[ "${lines[6]}" -ge 2 ] || fail "ports: ${lines[6]}"
	assert_eq "${lines[7]} ${lines[8]}" "1 a"
	[ "${lines[9]}" -gt 1000 ] || fail "frames mapped: ${lines[9]}"
}

# Could be wrong: something that is held for ever.
@test "the module goes when nobody uses it, and comes again" {
	run ours -- '
		set -e
		! rmmod hospes_privcmd 2>/dev/null
		kill $(pidof xenstored xenconsoled)
		end=$((SECONDS + 120))
		while pidof xenstored xenconsoled >/dev/null; do
			[ $SECONDS -lt $end ] || exit 9
		done
		umount /proc/xen
		for i in 1 2 3; do
			rmmod xenfs hospes_privcmd
			[ ! -e /dev/xen/privcmd ] && [ ! -e /dev/xen/hypercall ]
			insmod /run/lab/kmod/hospes_privcmd.ko
			insmod $(modinfo -n xenfs)
		done
		stat -c %a /dev/xen/privcmd /dev/xen/hypercall
		mount -t xenfs xenfs /proc/xen
		cat /proc/xen/capabilities
		chmod +x privcmd; ./privcmd batch errors | grep -c "^ok"
		rmmod hospes_privcmd 2>&1 | grep -c "in use"'
	ok
	assert_eq "${lines[*]}" "600 600 control_d 3 1"
}

# other_tree MODULE...: a copy of what `make modules` and the lab need, with
# these of our modules
other_tree() {
	local dir=$BATS_TEST_TMPDIR/tree
	mkdir "$dir"
	tar -C "$top" -c --exclude=lab/cache --exclude='*.o' --exclude='.*.cmd' \
		--exclude='*.ko' Makefile kmod/include "${@/#/kmod/}" lab \
		tests/bench tools | tar -C "$dir" -x
	cp -al "$top/userspace" "$dir/"
	mkdir "$dir/hypervisor"
	[ ! -e "$top/hypervisor/hospes" ] ||
		ln "$top/hypervisor/hospes" "$dir/hypervisor/"
	echo "obj-m := ${*/%//}" | sed 's, \([a-z]*/\), kmod/\1,g' >"$dir/Kbuild"
	printf %s "$dir"
}

build() { # TREE WORDS...
	env -u MAKEFLAGS make --no-print-directory -C "$1" modules "${@:2}"
}

other_lab() { # TREE OPTIONS...
	HOSPES_CACHE=${HOSPES_CACHE:-$top/lab/cache} "$1/lab/run" "${@:2}"
}

# Could be wrong: the checksum of another kernel's xenfs, and kernel interfaces
# that changed since, in any of the four modules.
@test "it fits Linux 6.12 as well, and the backends serve a guest there" {
	local dir tools=xl
	[ "$HV" = xen ] || tools=xm
	dir=$(other_tree privcmd blkback netback balloon)
	run build "$dir" KERNEL=6.12
	assert_eq "$status $output" "0 " "what make says"
	run other_lab "$dir" --hv "$HV" --log "$(this_log)" --drivers ours \
		--tools "$tools" --fresh --boot-timeout 300 \
		--kernel 6.12 --add "$PROGRAMS/privcmd" -- '
		uname -r
		cat /run/lab/problems 2>/dev/null
		chmod +x privcmd; ./privcmd; xl list | wc -l
		cp /guest/data.img /var/lib/xen/g.img
		guest create g ip=10.0.0.11 file=/var/lib/xen/g.img &&
			ping -c 1 -w 60 -q 10.0.0.11 &&
			guest run g "dd if=/dev/xvdb of=/dev/null bs=1M count=8"
		echo "guest $?, modules: $(lsmod | grep -c ^hospes_)"
		lsmod | grep -E "^xen_(netback|blkback|privcmd)"
		true'
	ok
	[[ ${lines[0]} = 6.12.* ]] || fail "kernel ${lines[0]}"
	assert_eq "$(grep -c '^ok ' <<<"$output")" 16 stories
	assert_has "$output" $'\ndone\n2\n'
	assert_eq "${lines[-1]}" "guest 0, modules: 4"
}

# Could be wrong: a dom0 without daemons after a kernel update. An xenfs.ko with
# another checksum is "installed".
@test "a kernel whose xenfs does not fit gets the stock driver" {
	local dir xenfs
	dir=$(other_tree privcmd)
	xenfs=$dir/modules/$(cat "$("$top/lab/images" --path dom0)/version-6.1")
	xenfs+=/kernel/drivers/xen/xenfs
	mkdir -p "$xenfs"
	# the module's own list of checksums, 64 bytes for each symbol
	printf '.section __versions,"a"\n.quad 0x12345678\n%s\n.zero 39\n' \
		'.asciz "xen_privcmd_fops"' | as -o "$xenfs/xenfs.ko" -
	MODULES=$dir/modules run build "$dir" KERNEL=6.1
	assert_eq "$status" 0 "status of make ($output)"
	assert_eq "${#lines[@]}" 1 "lines from make ($output)"
	assert_has "$output" "wants xen_privcmd_fops 0x12345678"
	assert_has "$output" "dom0 will use the stock xen-privcmd"
	run other_lab "$dir" --hv "$HV" --log "$(this_log)" --drivers ours \
		--fresh --boot-timeout 300 \
		-- 'lsmod | grep -c -e ^xen_privcmd -e ^hospes_privcmd
		dmesg | grep -c "use the stock xen-privcmd"
		pidof xenstored xenconsoled | wc -w; xl list | wc -l'
	ok
	assert_eq "${lines[*]}" "1 1 2 2"
}
