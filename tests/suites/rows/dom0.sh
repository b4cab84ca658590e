# SPDX-License-Identifier: GPL-2.0-only
# What the rows suite asks of dom0 in one boot: bash dom0.sh ROW...
# A row is a must-do statement of the tutorials' list (tests/rows); each prints
# `@@ rNNN ok` or `@@ rNNN failed`, and what it said. Rows share the guest
# "lin", a small Linux with two vcpus, a disk and a NIC, and leave it as it was;
# what needs no Linux is asked of the guest of tests/images/xm-guest.S.
# shellcheck shell=bash disable=SC2016 # much is expanded in the guest
work=/tmp/rows
mkdir -p $work /var/lib/xen
export GUEST_TIMEOUT=300 TOOLSTACK=xm

why() { echo "$*" >&2; return 1; }
same() { [ "$1" = "$2" ] || why "$3: got '$1', wanted '$2'"; }

# within SECONDS COMMAND...: until it succeeds; a busy host gets a minute more
within() {
	local end=$((SECONDS + 60 + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || why "not within the time: $*" || return
		sleep 0.1
	done
}

# refused TEXT COMMAND...: it fails, says TEXT, and prints no result
refused() {
	local text=$1 said
	shift
	if said=$("$@" 2>&1 >$work/stdout); then
		why "not refused: $*" || return
	fi
	[ ! -s $work/stdout ] || why "on stdout: $(cat $work/stdout)" || return
	[[ $said = *"$text"* ]] || why "$*: no '$text' in: $said"
}

config() { # NAME [LINE...]: of a small guest
	local name=$1
	shift
	printf '%s\n' "name = '$name'" "kernel = '/root/guest.elf'" \
		'memory = 8' "$@" >"$work/$name.cfg"
	echo "$work/$name.cfg"
}
start() { xm create -q "$(config "$@")"; }
field() { xm list "$1" | awk 'NR == 2 { print $'"$2"' }'; }
state_is() { [ "$(field "$1" 5)" = "$2" ]; }
gone() { ! xm domid "$1" >/dev/null 2>&1; }
lin() { guest run lin "$1"; }
answers() { ping -c 1 -w "${2:-30}" -q "$1" >/dev/null; }
say() { # NAME CHARACTER: on the console of a small guest
	local tty
	within 10 xenstore-exists "/local/domain/$(xm domid "$1")/console/tty"
	tty=$(xenstore-read "/local/domain/$(xm domid "$1")/console/tty")
	stty -F "$tty" raw -echo && printf %s "$2" >"$tty"
}
ours() { xm dmesg | grep -q '^.*Hospes '; }

# ---- the platform

r001() {
	same "$(cat /sys/hypervisor/type)" xen type || return
	same "$(xenstore-read domid)" 0 'our number' || return
	same "$(field 0 1)" Domain-0 'our name'
}

r003() {
	lin 'echo "1234567 ^ 12345" | BC_LINE_LENGTH=0 bc | md5sum' |
		grep -oE '^[0-9a-f]{32}'
}

r009() {
	xm info | grep -q '^xen_commandline.*allow_unsafe=true' || why info || return
	ours || return 0 # Xen says nothing of words it knows
	xm dmesg | grep -q 'allow_unsafe'
}

r012() {
	same "$(field 0 3)" 512 'memory of dom0' || return
	[ "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" -lt 512 ] ||
		why 'MemTotal' || return
	refused '1024 MiB at most' xm mem-set 0 1200 || return
	xm mem-set 0 900 || return
	within 60 memory_is 0 900 || return
	xm mem-set 0 512 && within 60 memory_is 0 512
}
memory_is() { [ "$(field "$1" 3)" = "$2" ]; }

r014() {
	same "$(nproc)" 1 'processors of dom0' || return
	same "$(xm info | awk '/^nr_cpus/ { print $3 }')" 2 'of the machine'
}

r015() {
	same "$(xm info | sed -n 's/^xen_scheduler *: //p')" credit scheduler ||
		return
	xm dmesg | grep -i scheduler
}

# With the service, and only those; one that is wrong keeps none back.
r016() {
	local script=/etc/xen/scripts/xendomains id
	mkdir -p /etc/xen/auto
	start by-hand || return
	for id in one two; do
		cp "$(config auto-$id)" /etc/xen/auto/$id
	done
	echo 'memory = = 8' >/etc/xen/auto/wrong
	$script start >$work/said 2>&1 && { why 'wrong is not told' || return; }
	grep -q 'wrong:1:10: ' $work/said || why "$(cat $work/said)" || return
	id=$(xm domid auto-one) && xm domid auto-two || return
	rm /etc/xen/auto/wrong
	$script start || return
	same "$(xm domid auto-one)" "$id" 'started twice' || return
	$script status | grep -q 'auto-two runs' || return
	# they do not listen, and are destroyed
	echo XENDOMAINS_STOP_MAXWAIT=1 >/etc/default/xendomains
	$script stop || return
	gone auto-one && gone auto-two || why 'still there' || return
	$script status | grep -q '^two does not run' || return
	rm -r /etc/xen/auto /etc/default/xendomains
	xm destroy by-hand
}

r019() {
	dmesg | grep -E 'Booting (paravirtualized )?kernel .*on Xen' || return
	dmesg | grep 'Xen version: 4.17'
}

# Last of those that read the boot's messages: it clears them.
r020() {
	xm dmesg | grep -q sched || why 'no sched' || return
	if ours; then
		xm dmesg | grep HVM || why 'no HVM' || return
	fi
	xm dmesg -c >/dev/null || return
	[ "$(xm dmesg | wc -l)" -lt 3 ] || why 'not cleared'
}

r022() {
	guest create six12 kernel=6.12 ip=10.0.0.13 mem=128 || return
	guest run six12 'uname -r' | grep '^6\.12' || return
	lin 'uname -r' | grep '^6\.1\.' || return
	xm destroy six12 || return
	grub_guest
}

# GRUB's image for guests is the kernel: it reads its menu from the guest's disk,
# and starts the kernel that it finds there.
grub_guest() {
	local root=$work/grub log=/var/log/xen/console/guest-grub.log
	mkdir -p $root/boot/grub
	cp /guest/vmlinux-6.1 /guest/tiny-6.1.gz $root/boot/
	printf '%s\n' 'linux /boot/vmlinux-6.1 console=hvc0 quiet' \
		'initrd /boot/tiny-6.1.gz' boot >$root/boot/grub/grub.cfg
	mke2fs -q -t ext4 -d $root $work/grub.img 160M || return
	rm -rf $root $log
	printf '%s\n' "name = 'grub'" "memory = 192" "tsc_mode = 'native'" \
		"kernel = '/root/grub-x86_64-xen.bin'" \
		"disk = [ 'file:$work/grub.img,xvda,w' ]" >$work/grub.cfg
	xm create -q $work/grub.cfg && guest wait grub MARK-UP &&
		guest run grub 'uname -r' | grep '^6\.1\.' && xm destroy grub
}

r026() {
	printf '\x7fELF\x01\x01\x01%-120s' '' | tr ' ' '\000' >$work/elf32
	printf '\x02\x00\x03\x00' | dd of=$work/elf32 bs=1 seek=16 conv=notrunc \
		status=none
	truncate -s 64K $work/elf32
	refused '32-bit guests cannot run' \
		xm create -q "$(config old)" "kernel=$work/elf32"
}

# ---- xm

r028() {
	local words
	same "$(xm list | head -n 1 | xargs)" 'Name ID Mem VCPUs State Time(s)' \
		header || return
	xm list | tail -n +2 | while read -ra words; do
		same ${#words[@]} 6 "fields of ${words[*]}" || exit 1
	done
}

r030() {
	start idle 'on_poweroff = "preserve"' && start held || return
	within 5 state_is idle -b---- || return
	xm pause held && within 5 state_is held --p--- || return
	say idle 0
	within 10 state_is idle ---s-- || return
	xm destroy idle && xm destroy held
}

r031() {
	mkdir -p /etc/xen
	config prueba 'memory = 9' >/dev/null
	cp $work/prueba.cfg /etc/xen/
	(cd / && xm create prueba.cfg >$work/create) || return
	cat $work/create
	grep -qF 'Using config file "/etc/xen/prueba.cfg".' $work/create || return
	grep -q '^Started domain prueba' $work/create || return
	config prueba >/dev/null
	xm destroy prueba || return
	(cd $work && xm create -q prueba.cfg) || return
	same "$(field prueba 3)" 8 'the one that is here' || return
	xm destroy prueba
}

# lin itself: created with -c, it is there for all that follow.
r032() {
	truncate -s 64M /var/lib/xen/lin.img
	guest config lin ip=10.0.0.11 vcpus=2 file=/var/lib/xen/lin.img \
		'line=on_reboot = "restart"' >$work/lin.cfg
	rm -f /var/log/xen/console/guest-lin.log
	xm create -q -c $work/lin.cfg </dev/null >$work/console &
	local reader=$! log=/var/log/xen/console/guest-lin.log bytes
	within 300 grep -qa MARK-UP $work/console || return
	kill $reader
	wait $reader
	bytes=$(stat -c %s $work/console)
	within 10 longer $log "$bytes" || return
	echo "$bytes bytes"
	head -c "$bytes" $log | cmp - $work/console
}
longer() { [ "$(stat -c %s "$1")" -ge "$2" ]; }

r033() {
	xm create -p -q "$(config p)" && state_is p --p--- || return
	same "$(field p 6)" 0.0 'time of one that never ran' || return
	xm destroy p || return
	xm create -n "$work/p.cfg" memory=9 | grep -q '(memory 9)' || return
	gone p || why 'created by -n' || return
	xm create -q -f $work/p.cfg memory=10 name=q || return
	same "$(field q 3)" 10 'the override' || return
	xm destroy q && xm create -q -F $work/p.cfg && xm destroy p
}

# Attach, ask, leave, again and again: each answer arrives.
r034() {
	local i n=${COUNT_CONSOLE:-5} status
	for ((i = 1; i <= n; i++)); do
		coproc CONSOLE { exec xm console lin; }
		# shellcheck disable=SC2153 # of coproc
		local pid=$CONSOLE_PID out=${CONSOLE[0]} in=${CONSOLE[1]}
		printf '\necho "at-"%s\n' "$((i * 7))" >&"$in"
		until_line "at-$((i * 7))" <&"$out" || {
			kill "$pid"
			return 1
		}
		[ "$i" != 1 ] || refused 'is in use' xm console lin || return
		printf '\035' >&"$in"
		wait "$pid"
		status=$?
		same $status 0 'exit status' || return
	done
	script -qec "stty -a >$work/tty1; timeout --foreground 1 xm console lin
		stty -a >$work/tty2" /dev/null >/dev/null </dev/null
	cmp $work/tty1 $work/tty2
}
# until_line TEXT: that ends with it; a prompt may stand before
until_line() {
	local line
	while IFS= read -r -t 120 line; do
		[[ ${line%$'\r'} != *"$1" ]] || return 0
	done
	why "no line $1"
}

# Of small guests, which do not listen: what is asked of them, and the time.
# One that is kept (preserve) has reached what was asked for.
r035() {
	start deaf && start kept 'on_poweroff = "preserve"' || return
	refused 'in time' xm shutdown -w -t 1 deaf || return
	same "$(xenstore-read "/local/domain/$(xm domid deaf)/control/shutdown")" \
		poweroff asked || return
	xm shutdown -R deaf || return
	say kept 0
	xm shutdown -w kept && state_is kept ---s-- || return
	xm destroy deaf && xm destroy kept
}

r036() {
	local t
	truncate -s 1M $work/d.img
	start d "disk = ['file:$work/d.img,xvda,w']" "vif = ['bridge=xenbr0']" ||
		return
	local id
	id=$(xm domid d)
	t=$(date +%s%N)
	xm destroy d || return
	gone d || return
	echo "$((($(date +%s%N) - t) / 1000000)) ms"
	within 5 nothing_of "$id" || return
	xm destroy d 2>/dev/null
	same $? 3 'destroy twice'
}
nothing_of() { # DOMID
	! xenstore-ls -f / | grep -E "^/(local/domain|libxl|tool/hospes|vm)/$1[/ ]" &&
		! xenstore-ls -f /local/domain/0/backend | grep -E "/$1[/ ]" &&
		[ ! -e "/sys/class/net/vif$1.0" ] && [ -z "$(losetup -a)" ]
}

r037() {
	local id mac
	id=$(xm domid lin) mac=$(lin 'cat /sys/class/net/eth0/address')
	xm reboot lin || return
	within 300 new_id lin "$id" || return
	within 300 answers 10.0.0.11 || return
	same "$(lin 'cat /sys/class/net/eth0/address')" "$mac" MAC
}
new_id() { # NAME OLD
	local id
	id=$(xm domid "$1") && [ "$id" != "$2" ]
}

r038() {
	local t mem
	mem=$(field lin 3)
	xm pause lin || return
	within 5 state_is lin --p--- || return
	t=$(field lin 6)
	sleep 2
	same "$(field lin 6)" "$t" 'time of one that is paused' || return
	same "$(field lin 3)" "$mem" memory || return
	xm unpause lin && within 1 answers 10.0.0.11
}

r045() {
	same "$(xm sched-credit | head -n 1 | xargs)" 'Name ID Weight Cap' header ||
		return
	xm sched-credit -d lin -w 512 -c 50 || return
	same "$(xm sched-credit -d lin | awk 'NR == 2 { print $3, $4 }')" '512 50' \
		'what was set' || return
	xm sched-credit -d lin -w 256 -c 0
}

r046() {
	same "$(xm vcpu-list | head -n 1 | xargs)" \
		'Name ID VCPU CPU State Time(s) CPU Affinity' header || return
	start three 'vcpus = 1' 'maxvcpus = 3' || return
	xm vcpu-list three
	same "$(xm vcpu-list three | wc -l)" 4 'one line a vcpu' || return
	same "$(xm vcpu-list three | awk 'NR == 3 { print $4, $5, $7, $8 }')" \
		'- --p any cpu' 'one that is offline' || return
	xm destroy three
}

r047() {
	local i
	lin 'for i in 1 2; do yes >/dev/null & done' || return
	for i in 0 1; do
		xm vcpu-pin lin all "0-1,^$((1 - i))" || return
		within 10 all_on "$i" || return
		all_on "$i" && all_on "$i" && all_on "$i" || why "not on $i" || return
	done
	xm vcpu-pin lin 0 0 && xm vcpu-pin lin all all || return
	lin 'killall yes' || return
	same "$(xm vcpu-list lin | awk 'NR > 1 { print $7, $8 }' | sort -u)" \
		'any cpu' 'after all'
}
all_on() { # CPU
	[ "$(xm vcpu-list lin | awk 'NR > 1 { print $4 }' | sort -u)" = "$1" ]
}

# ---- disks

r051() {
	local sum
	head -c 4M /dev/urandom >$work/hot.img
	sum=$(md5sum <$work/hot.img)
	xm block-attach lin "file:$work/hot.img" xvdc r || return
	within 60 lin 'test -e /dev/xvdc' || return
	same "$(lin 'dd if=/dev/xvdc bs=1M 2>/dev/null | md5sum')" "$sum" read ||
		return
	lin 'dd if=/dev/zero of=/dev/xvdc count=1 conv=fsync 2>/dev/null' &&
		{ why 'a read-only disk is written' || return; }
	xm block-detach lin xvdc || return
	xm block-attach lin "file:$work/hot.img" xvdc w || return
	within 60 lin 'test -e /dev/xvdc' || return
	lin 'tr "\000" x </dev/zero | dd of=/dev/xvdc bs=1M count=4 \
		iflag=fullblock conv=fsync 2>/dev/null' || return
	sum=$(lin 'dd if=/dev/xvdc bs=1M count=4 2>/dev/null | md5sum')
	xm block-detach lin xvdc || return
	same "$(md5sum <$work/hot.img)" "$sum" written
}

# A kernel since 5.17 lets a mounted disk go when it is asked to; the block suite
# has a frontend that does not, and is believed. Nothing may break in either way.
r053() {
	truncate -s 8M $work/m.img
	mke2fs -q $work/m.img || return
	xm block-attach lin "file:$work/m.img" xvdd w || return
	within 60 lin 'test -e /dev/xvdd' || return
	xm block-detach lin xvdd || return
	within 60 lin 'test ! -e /dev/xvdd' || return
	refused 'has no disk xvdd' xm block-detach lin xvdd || return
	xm block-attach lin "file:$work/m.img" xvdd w || return
	within 60 lin 'test -e /dev/xvdd' || return
	lin 'mkdir -p /m && mount -t ext4 /dev/xvdd /m' || return
	xm block-detach -f lin xvdd || return
	lin 'umount -l /m'
	! lin dmesg | grep -iE 'oops|BUG:'
}

r054() {
	xm block-list lin
	same "$(xm block-list lin | head -n 1 | xargs)" \
		'Vdev BE handle state evt-ch ring-ref BE-path' header || return
	same "$(xm block-list lin | awk 'NR == 2 { print $1, $2, $4 }')" '51728 0 4' \
		'xvdb' || return
	xm block-list --long lin | grep "(state '4')"
}

r055() {
	xm network-attach lin bridge=xenbr0 || return
	within 60 lin 'test -e /sys/class/net/eth1' || return
	same "$(xm network-list lin | awk '$5 == 4' | wc -l)" 2 'connected' || return
	lin 'ip addr add 10.0.9.2/24 dev eth1; ip link set eth1 up' || return
	# to another bridge, by hand, while it runs
	ip link add rowbr type bridge forward_delay 0
	ip addr add 10.0.9.1/24 dev rowbr
	ip link set rowbr up
	ip link set "vif$(xm domid lin).1" master rowbr || return
	within 60 answers 10.0.9.2 5 || return
	xm network-detach lin 1 || return
	ip link del rowbr
	within 60 lin 'test ! -e /sys/class/net/eth1'
}

r056() {
	local key
	xm info >$work/info
	for key in host release version machine nr_cpus nr_nodes cores_per_socket \
		threads_per_core cpu_mhz hw_caps virt_caps total_memory \
		free_memory xen_major xen_minor xen_extra xen_version xen_caps \
		xen_scheduler xen_pagesize platform_params xen_changeset \
		xen_commandline cc_compiler cc_compile_by cc_compile_date \
		xend_config_format; do
		grep -q "^$key *: " $work/info || why "no $key" || return
	done
	xm info -n | grep -q '^numa_info'
}

r057() {
	local id
	id=$(xm domid lin)
	same "$(xm domname "$id")" lin domname || return
	xm uptime lin | grep -qE '^lin +[0-9]+ +[0-9]+:[0-9]{2}:[0-9]{2}$' || return
	xm uptime -s lin | grep -q 'up .*lin' || return
	xm rename lin other && same "$(xm domid other)" "$id" rename || return
	xm rename other lin || return
	[[ $(xm domstate lin) =~ ^(idle|running)$ ]] || return
	refused "Domain 'nobody' does not exist." xm domid nobody
}

r059() {
	printf 'nbvrsq' | TERM=vt100 timeout 60 script -qec 'xm top -d 1' \
		/dev/null >$work/screen || return
	grep -qa 'Domain-0' $work/screen && grep -qa 'Net0 RX:' $work/screen ||
		why "not on the screen: $(cat -v $work/screen)" || return
	refused 'this is no terminal' xm top
}

# xentop's own columns, to the byte, and its facts.
r060() {
	xentop -f -b -i 1 >$work/theirs || return
	xm top -f -b -i 1 | tee $work/ours
	cmp <(head -n 1 $work/theirs) <(head -n 1 $work/ours) || return
	same "$(facts $work/ours)" "$(facts $work/theirs)" 'the lines' || return
	xm top -b -i 2 -d 1 -n -x -v | grep '^Net0 RX: .*TX: ' || return
	xm top -b -i 2 -d 1 | awk '$1 == "Domain-0" && $4 > 0 { found = 1 }
		END { exit !found }' || why 'dom0 has done nothing' || return
	echo "json: $(xm top --json | tr -d '\n')"
}
# name, sizes, vcpus, networks, disks
facts() {
	sed 's/no limit/no-limit/' "$1" |
		awk 'NR > 1 { print $1, $5, $6, $7, $8, $9, $10, $13 }' | sort
}

r061() {
	[ "$(xm help | grep -c '^ [a-z]')" -ge 30 ] || return
	refused 'Usage: xm domid' xm domid
}

r064() {
	local supervisor
	supervisor=$(cat /run/xen/hospes/supervisor)
	kill -9 "$supervisor"
	xm list >/dev/null && xm info >/dev/null && xm vcpu-list lin >/dev/null &&
		xm sched-credit >/dev/null && xm block-list lin >/dev/null || return
	flock -n /run/xen/hospes/supervisor true || why 'a question started it' ||
		return
	setsid xm xend </dev/null >/dev/null 2>&1 &
	within 20 other_supervisor "$supervisor"
}
# Not by the lock: to try it is to hold it, in which moment no other starts.
other_supervisor() { [ "$(cat /run/xen/hospes/supervisor)" != "$1" ]; }

# shellcheck source-path=SCRIPTDIR source=devices.sh
. ./devices.sh

for row; do
	# into a file: what a row leaves running cannot hold it up
	if ($row) >$work/words 2>&1; then
		sed "s/^/# $row: /" $work/words
		echo "@@ $row ok"
	else
		sed "s/^/# $row: /" $work/words
		xm list | sed "s/^/# $row: /"
		tail -n 5 /var/log/xen/xend.log | sed "s/^/# $row: /"
		echo "@@ $row failed"
	fi
done
