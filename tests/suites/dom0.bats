#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2030,SC2031 # each test is a subshell: so it is meant
# shellcheck disable=SC2016 # much here is expanded in dom0
# An unmodified Debian kernel is at home as dom0: processors, memory, devices of
# each kind of interrupt, clocks, and the ways to end. HOSPES_IMAGE: all of it on
# another build, such as hypervisor/hospes-debug.

bats_require_minimum_version 1.5.0
load ../lib/assert
load ../lib/qemu
load ../lib/compiler

setup_file() {
	HV=${HV:-hospes}
	"$top/lab/images" >&2
	make -s -C "$top/hypervisor" DEBUG=1 >&2
	export PROGRAMS
	PROGRAMS=$(mktemp -d "${TMPDIR:-/tmp}/dom0-suite.XXXXXX")
	cc -O2 -static -pthread -o "$PROGRAMS/monotonic" \
		"$top/tests/bench/monotonic.c"
}

teardown_file() {
	rm -rf "$PROGRAMS"
}

# soak FULL REDUCED: the count for this run
soak() {
	[ "${HOSPES_SOAK:-0}" = 1 ] && echo "$1" || echo "$2"
}

# ok: the run succeeded, and neither kernel nor hypervisor complained
ok() {
	echo "$output"
	assert_eq "$status" 0 status || return
	if grep -aE -e 'BUG|Oops|WARNING:|Call Trace|soft lockup|hung task' \
		-e 'not emulated|bug:|Kernel panic' "$(this_log)"; then
		fail "complaints in the console"
	fi
}

# Could be wrong: a processor that does not start, or is not used.
@test "dom0 on four processors knows what it runs on" {
	run lab_run --smp 4 --fresh -- '
		cat /sys/hypervisor/type /proc/xen/capabilities
		nproc
		dmesg | grep -c "Hypervisor detected: Xen PV"
		for i in 0 1 2 3; do
			(for n in $(seq 50); do taskset -c $i /bin/true; done) &
		done
			awk "/^cpu[0-3]/ && \$2 + \$4 > 0" /proc/stat | wc -l'
	ok
	assert_eq "${lines[*]}" "xen control_d 4 1 4"
}

@test "dom0 on two and on eight processors" {
	local n
	for n in 2 8; do
		run lab_run --smp $n --fresh --boot-timeout 600 -- nproc
		ok
		assert_eq "$output" $n
	done
}

# Could be wrong: an assertion that only a busy dom0 breaks, locks out of order,
# references that are counted wrong; options for dom0's processors.
@test "the debug build runs dom0 under load, and its counts are right" {
	export HOSPES_IMAGE=$top/hypervisor/hospes-debug
	run lab_run --smp 4 --fresh --timeout "$(soak 3600 1500)" \
		--hv-args "dom0_max_vcpus=3 dom0_vcpus_pin" -- "
		nproc
		xl vcpu-list 0 | awk 'NR > 1 { print \$7 }' | paste -sd,
		for i in 1 2 3; do
			ubench --scale $(soak 200 20) --rounds 1 fork exec mmap \
				protfault signal pipe >/dev/null || echo failed &
		done
		fio --name=r --filename=/dev/vda --readonly --rw=randread --bs=4k \
			--direct=1 --ioengine=libaio --iodepth=8 --size=4M \
			--minimal >/dev/null || echo failed
		wait
		xl debug-keys c
		xl dmesg | grep -o 'd0: .* with wrong counts'"
	ok
	assert_eq "${lines[*]}" "3 0,1,2 d0: 0 pages with wrong counts"
}

# Could be wrong: the ZSTD payload, another kernel's habits.
@test "Linux 6.12 is dom0 as well" {
	run lab_run --kernel 6.12 --smp 2 --fresh -- 'uname -r; nproc'
	ok
	[[ ${lines[0]} = 6.12.* ]] || fail "$output"
	assert_eq "${lines[1]}" 2
}

@test "dom0 with little memory, and with most of sixteen gigabytes" {
	run lab_run --mem 1024 --dom0-mem 512M --fresh -- \
		'awk "/MemTotal/ { print (\$2 > 350000) }" /proc/meminfo'
	ok
	assert_eq "$output" 1
	run lab_run --mem 16384 --dom0-mem 12G --fresh -- '
		awk "/MemTotal/ { print (\$2 > 11500000) }" /proc/meminfo
		xl info total_memory'
	ok
	assert_eq "${lines[0]}" 1
	[ "${lines[1]}" -gt 16000 ] || fail "$output"
}

# Could be wrong: edges, messages; DMA to the wrong frames; a level triggered line
# of two devices, on which the end of one's interrupt must not lose the other's.
# (The slots of the two AHCI, a multiple of four apart, have one line; Linux would
# use messages.)
@test "disks on AHCI that share a line, and on IDE, verify what they wrote" {
	local root d
	root=$("$top/lab/images" --path dom0)/root.img
	for d in ahci1 ahci2 ide; do truncate -s 64M "$BATS_TEST_TMPDIR/$d"; done
	QEMU_ARGS="-device ahci,id=a1,addr=0x10 -device ahci,id=a2,addr=0x14
		-drive file=$root,format=raw,if=none,id=root,snapshot=on
		-device ide-hd,drive=root,bus=a1.1
		-drive file=$BATS_TEST_TMPDIR/ide,format=raw,if=ide"
	for d in 1 2; do
		QEMU_ARGS+=" -drive file=$BATS_TEST_TMPDIR/ahci$d,format=raw,if=none,id=d$d
			-device ide-hd,drive=d$d,bus=a$d.0"
	done
	export QEMU_ARGS
	run lab_run --smp 2 --timeout "$(soak 3600 1200)" -- "
		# the initramfs has brought them up with messages
		cd /sys/bus/pci
		for d in 10 14; do
			echo 0000:00:\$d.0 >drivers/ahci/unbind || exit 3
			echo 0 >devices/0000:00:\$d.0/msi_bus || exit 3
		done
		for d in 10 14; do
			echo 0000:00:\$d.0 >drivers/ahci/bind || exit 3
		done
		cd /tmp
		modprobe -a ata_piix
		end=\$((SECONDS + 300))
		until [ \$(ls /dev/sd[a-d] | wc -l) = 4 ]; do
			[ \$SECONDS -lt \$end ] || exit 4
			sleep 0.2
		done
		verify() {
			fio --name=\${1##*/} --filename=\$1 --rw=randwrite --bs=4k \
				--size=$(soak 64 8)M --direct=1 --ioengine=libaio \
				--iodepth=8 --verify=crc32c --do_verify=1 \
				--verify_fatal=1 --minimal >/dev/null && echo verified
		}
		for d in a b c d; do
			if [ \$(cat /sys/block/sd\$d/size) = 131072 ]; then
				verify /dev/sd\$d &
			else
				root=/dev/sd\$d
			fi
		done
		mkdir -p /mnt/root
		mount -o ro,noload \$root /mnt/root &&
			chroot /mnt/root sh -c 'cat /usr/sbin/* | md5sum' >/tmp/ahci
		wait
		cat /usr/sbin/* | md5sum | cmp - /tmp/ahci && echo same
		grep -cE ' xen-pirq +-ioapic-level +ahci.*, ahci' /proc/interrupts
		grep -cE ' xen-pirq +-ioapic-edge +ata_piix' /proc/interrupts"
	ok
	assert_eq "${lines[*]}" "verified verified verified same 1 2"
}

# Could be wrong: vectors of one device that are many (NVMe has one a queue), and
# a controller that writes its events by DMA (xhci).
@test "NVMe, and a disk on USB (xhci), verify what they wrote" {
	local d
	for d in nvme usb; do truncate -s 64M "$BATS_TEST_TMPDIR/$d"; done
	export QEMU_ARGS="-drive file=$BATS_TEST_TMPDIR/nvme,format=raw,if=none,id=n1
		-device nvme,drive=n1,serial=n1
		-drive file=$BATS_TEST_TMPDIR/usb,format=raw,if=none,id=u1
		-device qemu-xhci,id=usb -device usb-storage,bus=usb.0,drive=u1"
	run lab_run --smp 2 --timeout "$(soak 3600 600)" -- "
		modprobe -a nvme xhci_pci usb_storage sd_mod
		end=\$((SECONDS + 300))
		until [ -b /dev/nvme0n1 ] && [ -b /dev/sda ]; do
			[ \$SECONDS -lt \$end ] || exit 4
			sleep 0.2
		done
		for d in nvme0n1 sda; do
			fio --name=\$d --filename=/dev/\$d --rw=randwrite --bs=4k \
				--size=$(soak 64 8)M --direct=1 --ioengine=libaio \
				--iodepth=8 --verify=crc32c --do_verify=1 \
				--verify_fatal=1 --minimal >/dev/null && echo verified &
		done
		wait
		for name in nvme0q1 xhci_hcd; do
			grep -cE \" xen-pirq +-msi(-x)? +.*\$name\" /proc/interrupts
		done | sed 's/[1-9][0-9]*/some/'"
	ok
	assert_eq "${lines[*]}" "verified verified some some"
}

@test "e1000 and virtio-net carry traffic" {
	export QEMU_ARGS="-netdev hubport,hubid=1,id=h1 -device e1000,netdev=h1
		-netdev hubport,hubid=1,id=h2 -device virtio-net-pci,netdev=h2"
	run lab_run --smp 2 -- "
		modprobe -a e1000 virtio_net
		for d in /sys/class/net/*; do
			case \$(readlink \$d/device/driver) in
			*e1000) e=\${d##*/} ;;
			*virtio_net) v=\${d##*/} ;;
			esac
		done
		ip netns add far
		ip link set \$v netns far
		ip addr add 10.9.0.1/24 dev \$e; ip link set \$e up
		ip netns exec far ip addr add 10.9.0.2/24 dev \$v
		ip netns exec far ip link set \$v up
		ping -c 3 -w 100 -q 10.9.0.2 >/dev/null || exit 3
		ip netns exec far iperf3 -s -D
		until ip netns exec far ss -ltn | grep -q :5201; do sleep 0.1; done
		iperf3 -c 10.9.0.2 -t $(soak 10 2) -f m | grep -c receiver
		iperf3 -c 10.9.0.2 -t $(soak 10 2) -R -f m | grep -c receiver
		grep -cE \" xen-pirq +-ioapic-level .*\$e\" /proc/interrupts"
	ok
	assert_eq "${lines[*]}" "1 1 1"
}

# Could be wrong: an interrupt that is lost while it moves to another CPU.
@test "interrupts move between processors under load" {
	run lab_run --smp 2 --fresh -- "
		fio --name=r --filename=/dev/vda --readonly --rw=randread --bs=4k \
			--direct=1 --ioengine=libaio --iodepth=8 --time_based \
			--runtime=$(soak 30 5) --minimal >/tmp/fio 2>&1 &
		irq=\$(awk -F: '/virtio1-req/ { print \$1 + 0; exit }' /proc/interrupts)
		for i in \$(seq $(soak 200 25)); do
			echo \$((1 + i % 2)) >/proc/irq/\$irq/smp_affinity || exit 3
			sleep 0.1
		done
		wait \$! || exit 4
		awk '/virtio1-req/ { print (\$2 > 0) (\$3 > 0); exit }' /proc/interrupts"
	ok
	assert_eq "$output" 11
}

# Could be wrong: vectors and event channels that unbinding leaves behind.
@test "unbinding and binding a driver leaks nothing" {
	export QEMU_ARGS="-device virtio-rng-pci"
	run lab_run -- "
		cd /sys/bus/virtio/drivers
		modprobe virtio_rng 2>/dev/null
		dev=\$(basename \$(ls -d virtio_rng/virtio* | head -n 1))
		count() {
			xl debug-keys i
			xl dmesg -c | awk '/vectors in use/ { n += \$4 } END { print n + 0 }'
		}
		xl dmesg -c >/dev/null
		before=\$(count)
		ports=\$(grep -c . /proc/interrupts)
		for i in \$(seq 50); do
			echo \$dev >virtio_rng/unbind || exit 3
			echo \$dev >virtio_rng/bind || exit 4
		done
		after=\$(count)
		[ \$before -gt 0 ] || exit 5
		echo \$((after - before)) \$((\$(grep -c . /proc/interrupts) - ports))"
	ok
	assert_eq "$output" "0 0"
}

# Could be wrong: clocks of two processors that differ.
@test "the clock never steps back, with a stable TSC and without" {
	local tsc
	for tsc in stable unstable; do
		run lab_run --smp 4 --fresh --hv-args "tsc=$tsc" \
			--add "$PROGRAMS/monotonic:/root/monotonic" -- \
			"/root/monotonic $(soak 60 5)"
		ok
		assert_has "$output" "cpus 4"
	done
}

# A run whose machine goes away: wants exit status 125, then what the log says.
ends() { # COMMANDS TEXT [OPTION...]
	local commands=$1 text=$2
	shift 2
	run lab_run --fresh "$@" -- "$commands"
	assert_eq "$status" 125 "status ($output)"
	grep -qaE -- "$text" "$(this_log)" ||
		fail "no '$text' in the console: $(tail -n 5 "$(this_log)")"
}

@test "dom0 powers the machine off, and resets it" {
	ends 'poweroff -f; sleep 300' 'reboot: Power down'
	ends 'reboot -f; sleep 300' 'dom0 wants a reset'
}

@test "a crash of dom0 shows where, and resets" {
	ends 'echo c >/proc/sysrq-trigger; sleep 300' 'machine: dom0 crashed'
	grep -qa 'sysrq triggered crash' "$(this_log)"
	grep -qaE 'd0v[0-9]+: kernel mode' "$(this_log)"
	grep -qaE 'rip e033:' "$(this_log)"
	grep -qaE 'guest stack from ffff' "$(this_log)"
	grep -qaE 'L4\[[0-9a-f]{3}\] = ' "$(this_log)"
	grep -qaE 'last hypercalls of [0-9]+:' "$(this_log)"
}

# with_monitor: QEMU_ARGS for a monitor that takes commands from a pipe
with_monitor() {
	pipe=$BATS_TEST_TMPDIR/monitor
	mkfifo "$pipe.in" "$pipe.out"
	export QEMU_ARGS="-chardev pipe,id=mon,path=$pipe -mon chardev=mon"
}

# when_ready COMMAND: give it to the monitor once dom0 says READY
when_ready() {
	rm -f "$(this_log)"
	(
		cat "$pipe.out" >/dev/null &
		within 300 grep -qsa READY "$(this_log)" &&
			printf '%s\n' "$1" >"$pipe.in"
	) &
}

# Could be wrong: the SCI, a level triggered line that dom0 set up. No init system
# is in the lab's dom0: what it does on the button's event is done here.
@test "the power button shuts dom0 down" {
	with_monitor
	when_ready system_powerdown
	ends '
		modprobe -a button evdev
		for d in /sys/class/input/event*; do
			! grep -q "Power Button" "$d/device/name" || button=${d##*/}
		done
		exec 7<"/dev/input/$button" # what is pressed before is lost
		echo READY >/dev/hvc0
		[ "$(timeout 300 head -c 24 <&7 | wc -c)" = 24 ] &&
			grep acpi /proc/interrupts >/dev/hvc0 && poweroff -f
		sleep 300' 'reboot: Power down'
	grep -qaE '[1-9][0-9]* .*xen-pirq +-ioapic-level +acpi' "$(this_log)" ||
		fail "no interrupt of the SCI"
}

@test "an NMI from the machine is survived" {
	with_monitor
	when_ready nmi
	run lab_run -- '
		echo READY >/dev/hvc0
		end=$((SECONDS + 300))
		until dmesg | grep -q "NMI received"; do
			[ $SECONDS -lt $end ] || exit 3
			sleep 0.2
		done
		echo alive'
	echo "$output"
	assert_eq "$status" 0 status
	assert_eq "$output" alive
}

# Could be wrong: anything in the paths that processes use all day.
@test "processes, signals, memory and vector registers under load" {
	run lab_run --smp 4 --fresh --timeout 900 -- "
		end=\$((SECONDS + $(soak 600 15)))
		n=0
		while [ \$SECONDS -lt \$end ]; do
			for i in 1 2 3 4; do
				(trap 'exit 0' USR1
				seq 2000 | sort -rn | md5sum
				kill -USR1 \$BASHPID) >/dev/null 2>&1 &
			done
			ubench fpu >/dev/null || exit 3
			wait
			n=\$((n + 1))
		done
		[ \$n -gt 0 ] && echo survived"
	ok
	assert_eq "$output" survived
}

# Could be wrong: a wrong byte now and then in what large programs read and write.
@test "a compiler makes the same program every time" {
	compiler_disk "$BATS_TEST_TMPDIR/cc.tar"
	run lab_run --smp 4 --fresh --timeout 1500 --disk "$BATS_TEST_TMPDIR/cc.tar,ro" -- "
		mkdir /tmp/cc && cd /tmp/cc && tar xf /dev/vdc || exit 3
		libc=/lib/x86_64-linux-gnu/libc.so.6
		make_one() {
			LD_LIBRARY_PATH=. ./cc1 -quiet -O2 t.i -o \$1.s &&
			LD_LIBRARY_PATH=. ./as \$1.s -o \$1.o &&
			LD_LIBRARY_PATH=. ./ld -dynamic-linker \
				/lib64/ld-linux-x86-64.so.2 -o \$1 crt1.o crti.o \$1.o \
				\$libc crtn.o && rm \$1.s \$1.o && ./\$1 >>out.\$2
		}
		for cpu in 0 1 2 3; do
			for i in \$(seq $(soak 25 1)); do make_one t\$cpu-\$i \$cpu; done &
		done
		wait
		cat out.* | sort | uniq -c
		md5sum t?-* | cut -c1-32 | sort | uniq -c | wc -l"
	ok
	assert_eq "${lines[0]// /}" "$(soak 100 4)328350" "programs made, their output"
	assert_eq "${lines[1]}" 1 "different programs"
}

# type_line TEXT: as a person at the serial line does
type_line() {
	printf '%s\n' "$1" >&"$keyboard"
}

# Could be wrong: the UART's interrupt, VIRQ_CONSOLE, the switch of the input.
@test "a shell on hvc0 answers what is typed, and so do the console keys" {
	local out kernels initrd pid said
	out=$(this_log)
	kernels=$("$top/lab/images" --path kernels)
	initrd=$("$top/lab/images" --path initrd)
	mkfifo "$BATS_TEST_TMPDIR/in"
	exec {keyboard}<>"$BATS_TEST_TMPDIR/in"
	timeout 1500 "${QEMU:-qemu-system-x86_64}" -nodefaults -accel tcg \
		-cpu "${CPU:-max,-smap}" -m 1024 -display none -no-reboot \
		-serial stdio -kernel "${HOSPES_IMAGE:-$top/hypervisor/hospes}" \
		-append 'console=com1 com1=115200,8n1 dom0_mem=512M' \
		-initrd "$kernels/vmlinux-6.1 console=hvc0 rdinit=/bin/sh,$initrd/initrd-6.1" \
		<"$BATS_TEST_TMPDIR/in" >"$out" 2>&1 3>&- {keyboard}>&- &
	pid=$!
	within 300 grep -qa "job control turned off" "$out"
	type_line 'echo typed-$((6 * 7))'
	within 300 grep -qa '^typed-42' "$out"
	printf '\001\001\001hdqerymi\001\001\001' >&"$keyboard"
	within 300 grep -qa "vectors without an owner" "$out"
	for said in "key 'h': this list" 'cpu 0: (idle|d0v0)' 'd0: .* pages, alive' \
		'evtchn: d0: .* ports open' 'hypercall 29 sched_op: [1-9]' \
		'memory: .* heap'; do
		grep -qaE "$said" "$out" || fail "no '$said' from the keys"
	done
	type_line 'echo again-$((7 * 7))'
	within 300 grep -qa '^again-49' "$out"
	type_line '/bin/busybox reboot -f'
	wait "$pid"
	exec {keyboard}>&-
}

# shown_times TEXT N: it has come on the serial line that often
shown_times() {
	[ "$(grep -aoF -e "$1" "$console" | wc -l)" -ge "$2" ]
}

# The last thing on the serial line is what a shell of root waits with.
prompts() {
	tail -c 40 "$console" | grep -qa '# '
}

# Could be wrong: a root that is not on virtio; the terminal's modes, which a
# shell alone does not change.
@test "dom0's root is on AHCI, and a getty on hvc0 wants the right password" {
	local root pid pipe=$BATS_TEST_TMPDIR/com1
	console=$(this_log console)
	root=$("$top/lab/images" --path dom0)/root.img
	mkfifo "$pipe.in" "$pipe.out"
	exec {keyboard}<>"$pipe.in"
	timeout 1700 cat "$pipe.out" >"$console" 3>&- {keyboard}>&- &
	export QEMU_ARGS="-chardev pipe,id=com1,path=$pipe -serial chardev:com1
		-device ahci,id=ahci -device ide-hd,drive=root,bus=ahci.0
		-drive file=$root,format=raw,if=none,id=root,snapshot=on"
	lab_run --timeout 1500 --dom0-args root=/dev/sda -- '
		awk "\$2 == \"/\" { print \$1 }" /proc/mounts
		grep -cE " xen-pirq .* ahci" /proc/interrupts
		echo root:Good-7 | chpasswd || exit 3
		setsid -w agetty hvc0 115200 vt220
		echo ended' >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- {keyboard}>&- &
	pid=$!
	within 300 shown_times 'dom0 login: ' 1
	type_line root
	within 300 shown_times 'Password: ' 1
	type_line Bad-7
	within 300 shown_times 'Login incorrect' 1
	within 300 shown_times 'dom0 login: ' 2
	type_line root
	within 300 shown_times 'Password: ' 2
	type_line Good-7
	within 300 prompts
	type_line 'echo "$(id -un) on $(tty)"'
	within 300 shown_times 'root on /dev/hvc0' 1
	type_line exit
	wait "$pid" || fail "$(cat "$BATS_TEST_TMPDIR/said" "$console")"
	exec {keyboard}>&-
	! shown_times Good-7 1 || fail "the password was echoed"
	assert_eq "$(paste -sd' ' "$BATS_TEST_TMPDIR/said")" "/dev/sda 1 ended"
}
