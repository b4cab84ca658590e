#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# What the tutorials' list of must-do statements asks of one dom0 session, a
# test for each row and named by it: one boot, in which dom0.sh asks everything;
# a test here reads what it said. tests/rows says which suite shows the others.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

GRUB_XEN=/usr/lib/grub-xen/grub-x86_64-xen.bin

setup_file() {
	local drivers=stock rows row
	"$top/lab/images" >&2
	make -s -C "$top" userspace >&2
	if [ "$HV" = hospes ]; then
		make -s -C "$top" hypervisor modules >&2
		drivers=ours
	fi
	"$top/tests/images/build" "$BATS_FILE_TMPDIR/guest.elf"
	(cd "$top/tests/fuzz/corpus/config" &&
		tar -cf "$BATS_FILE_TMPDIR/corpus.tar" a-* b-* xen-tools-* debian-pvlinux)
	mkdir -p "$HOSPES_TEST_OUT"
	export RESULTS=$HOSPES_TEST_OUT/rows.results
	mapfile -t rows < <(sed -n 's/^r\([0-9]*\)() {$/r\1/p' \
		"$BATS_TEST_DIRNAME"/{dom0,devices}.sh)
	# r032 makes the guest that many use, r020 clears what others read
	local order=(r001 r009 r014 r015 r019 r032)
	for row in "${rows[@]}"; do
		[[ " ${order[*]} r020 " = *" $row "* ]] || order+=("$row")
	done
	order+=(r020)
	BATS_TEST_DESCRIPTION=rows lab_run --smp 2 --drivers "$drivers" \
		--tools xm --dom0-mem 512M,max:1024M --timeout 1100 \
		--hv-args 'dom0_max_vcpus=1 sched=credit allow_unsafe=true' \
		--add "$BATS_FILE_TMPDIR/guest.elf" \
		--add "$BATS_FILE_TMPDIR/corpus.tar" \
		--add "$BATS_TEST_DIRNAME/dom0.sh" \
		--add "$BATS_TEST_DIRNAME/devices.sh" --add "$GRUB_XEN" -- \
		"COUNT_CONSOLE=$([ "${HOSPES_SOAK:-0}" = 1 ] && echo 100 || echo 5) \
		bash dom0.sh ${order[*]}" \
		>"$RESULTS" 2>&1 || echo "exit status $?" >>"$RESULTS"
}

# said ROW: what the boot said about it
said() {
	sed -n "s/^# \($1: .*\)/\1/p" "$RESULTS"
	grep -q "^@@ $1 ok" "$RESULTS" || {
		tail -n 3 "$RESULTS"
		fail "$1"
	}
}

@test "r001 our hypervisor, and Linux as domain 0" { said r001; }
# What could be wrong: an answer that is another in a guest than on the machine.
@test "r003 the same image prints the same on the bare machine and as a guest" {
	local kernels tiny bare
	kernels=$("$top/lab/images" --path kernels)
	tiny=$("$top/lab/images" --path tiny)
	said r003
	bare=$(timeout 600 qemu-system-x86_64 -nodefaults -no-reboot -display none \
		-accel tcg -cpu max,-smap -m 256 -serial stdio </dev/null \
		-kernel "$kernels/vmlinuz-6.1" -initrd "$tiny/tiny-6.1.gz" \
		-append "console=ttyS0 quiet test=bc,off" |
		grep -aoE '[0-9a-f]{32}') || fail "the bare machine says nothing"
	assert_has "$(said r003)" "$bare"
}
# What could be wrong: a module that is not where depmod looks.
@test "r006 installed modules are found after depmod" {
	[ "$HV" = hospes ] || skip "our modules are for both"
	local dir=$BATS_TEST_TMPDIR name version
	make -s -C "$top" install DESTDIR="$dir" >&2
	version=$(basename "$dir"/lib/modules/*)
	depmod -b "$dir" "$version"
	for name in privcmd blkback netback balloon; do
		run -0 modinfo -b "$dir" -k "$version" -n "hospes_$name"
		[[ ${lines[-1]} = "$dir"/*hospes_$name.ko* ]]
	done
}

@test "r009 options of the hypervisor's command line" { said r009; }
@test "r012 dom0_mem=512M,max:1024M" { said r012; }
@test "r014 dom0_max_vcpus on a larger machine" { said r014; }
@test "r015 sched=credit, and the log says so" { said r015; }
@test "r016 guests of /etc/xen/auto" { said r016; }
@test "r019 dmesg in dom0 tells what it runs on" { said r019; }
@test "r020 xm dmesg, its words and -c" { said r020; }
@test "r022 kernels 6.1 and 6.12 as guests" { said r022; }
@test "r026 32-bit guests are refused by name" { said r026; }
@test "r028 xm list: six fields" { said r028; }
@test "r030 letters of the state" { said r030; }
@test "r031 xm create finds its file, here and in /etc/xen" { said r031; }
@test "r032 xm create -c loses no byte" { said r032; }
@test "r033 create -p -n -q -f -F and key=value" { said r033; }
@test "r034 xm console: many times, Ctrl-], one at a time" { said r034; }
@test "r035 xm shutdown -w, -R, and too late" { said r035; }
@test "r036 xm destroy leaves nothing" { said r036; }
@test "r037 xm reboot: another number, the same name and MAC" { said r037; }
@test "r038 xm pause and unpause" { said r038; }
@test "r045 xm sched-credit" { said r045; }
@test "r046 xm vcpu-list" { said r046; }
@test "r047 xm vcpu-pin" { said r047; }
@test "r051 xm block-attach: data both ways, and the mode" { said r051; }
@test "r053 xm block-detach: unused, mounted, by force" { said r053; }
@test "r054 xm block-list" { said r054; }
@test "r055 a card grows, moves to another bridge, and goes" { said r055; }
@test "r056 xm info has its keys" { said r056; }
@test "r057 uptime, domid, domname, rename, domstate" { said r057; }
@test "r059 xm top on a terminal" { said r059; }
@test "r060 xm top -f -b -i 1 is xentop's" {
	said r060
	sed -n 's/^# r060: json: //p' "$RESULTS" | python3 -m json.tool
}
@test "r061 help and usage" { said r061; }
@test "r064 questions need no daemon" { said r064; }
@test "r066 the tutorials' configurations start, or say why not" { said r066; }
@test "r069 packed and plain kernels" { said r069; }
@test "r070 memory, quoted as well" { said r070; }
@test "r072 vcpus, and vcpu with a warning" { said r072; }
@test "r073 cpus, cpu_weight and cpu_cap from the start" { said r073; }
@test "r074 a name is taken once" { said r074; }
@test "r075 root and extra are the command line" { said r075; }
@test "r077 each key of vif" { said r077; }
@test "r081 HVM configurations are understood and refused" { said r081; }
@test "r084 file: without a loop device" { said r084; }
@test "r085 phy: with and without /dev" { said r085; }
@test "r088 one writer, many readers, w!" { said r088; }
@test "r089 the same disk by another name" { said r089; }
@test "r090 partitioned and bare images" { said r090; }
@test "r091 images are made and edited without root" { said r091; }
@test "r104 swap on a second disk" { said r104; }
@test "r109 vif-script of xend-config.sxp" { said r109; }
@test "r110 a bridge that is missing is named" { said r110; }
@test "r112 vifN.M and its counters" { said r112; }
@test "r115 MAC addresses, given and made up" { said r115; }
@test "r149 memory is never promised twice" { said r149; }
@test "r173 a guest of less than 20 MB" { said r173; }
@test "r192 xenstore's clients" { said r192; }
@test "r199 a disk that dom0 has mounted is refused" { said r199; }
