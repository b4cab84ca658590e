# SPDX-License-Identifier: GPL-2.0-only
# Rows about configurations, storage and networks: the second part of dom0.sh,
# whose functions it uses.
# shellcheck shell=bash disable=SC2016 # much is expanded in the guest
work=/tmp/rows

# ---- configurations

# Every configuration of the tutorials starts as it is, or is refused with the
# reason. Files and bridges that they name are made first.
r066() {
	local file said disk n=0 dir=$work/corpus
	mkdir -p $dir
	tar -C $dir -xf /root/corpus.tar || return
	ip link add myswitch type bridge
	ip link add br0 type bridge
	mkdir -p /dev/vg0 /dev/vg
	for disk in vmdisk lvm-disk lvm-swap guest-volume; do
		truncate -s 1M $work/$disk
		losetup -f --show $work/$disk >$work/loop || return
		ln -sf "$(cat $work/loop)" /dev/vg0/$disk
		ln -sf "$(cat $work/loop)" /dev/vg/$disk
	done
	for file in "$dir"/*; do
		make_files "$file"
		said=$(xm create "$file" 2>&1)
		case ${file##*/} in
		a-hvm-*) expect_refused "$file" "$said" 'HVM' || return ;;
		b-vif-quotes) expect_refused "$file" "$said" 'is not closed' || return ;;
		b-placeholders) expect_refused "$file" "$said" '^' || return ;;
		b-empty-vif | b-nat)
			expect_refused "$file" "$said" 'the guest has no kernel' || return
			;;
		xen-tools-pygrub)
			expect_refused "$file" "$said" 'no boot loader is built in' ||
				return
			;;
		*)
			[[ $said = *'Started domain '* ]] || why "$file: $said" || return
			said=${said##*Started domain }
			xm destroy "${said%% *}" || return
			n=$((n + 1))
			;;
		esac
	done
	losetup -D
	ip link del myswitch
	ip link del br0
	echo "$n started"
	[ $n -ge 12 ]
}
# make_files FILE: the kernels and images that it names
make_files() {
	local path
	grep -E '^(kernel|ramdisk) *=' "$1" | grep -oE "['\"]/[^'\"<]*" | tr -d "'\"" |
		while IFS= read -r path; do
			mkdir -p "$(dirname "$path")"
			[ -e "$path" ] || cp /root/guest.elf "$path"
		done
	grep -o 'file:/[^,+ ]*' "$1" | tr -d "'" | while IFS= read -r path; do
		path=${path#file:}
		[ "$path" != //root/ ] || path=/root/myvm.img
		mkdir -p "$(dirname "$path")"
		[ -e "$path" ] || truncate -s 1M "$path"
	done
}

expect_refused() { # FILE WHAT-IT-SAID TEXT
	[[ $2 != *'Started domain'* && $2 = *"$3"* ]] || why "$1: $2"
}

r069() {
	local kernel
	for kernel in /boot/vmlinuz-6.1.* /boot/vmlinuz-6.12.* /guest/vmlinux-6.1; do
		xm create -q -p "$(config packed)" "kernel=$kernel" memory=128 || return
		xm destroy packed || return
	done
}

r070() {
	start quoted "memory = '9'" || return
	same "$(field quoted 3)" 9 memory || return
	xm destroy quoted
}

r072() {
	same "$(lin nproc)" 2 'processors of lin' || return
	xm create -p "$(config two 'vcpu = 2')" >/dev/null 2>$work/said || return
	cat $work/said
	same "$(grep -c "'vcpu' means 'vcpus'" $work/said)" 1 'one line' || return
	same "$(xm vcpu-list two | wc -l)" 3 'vcpu = 2' || return
	xm destroy two
}

r073() {
	start tuned 'vcpus = 2' "cpus = ['0', '1']" 'cpu_weight = 300' \
		'cpu_cap = 40' || return
	same "$(xm vcpu-list tuned | awk 'NR > 1 { print $7 }' | xargs)" '0 1' pins ||
		return
	same "$(xm sched-credit -d tuned | awk 'NR == 2 { print $3, $4 }')" \
		'300 40' share || return
	xm destroy tuned
}

r074() {
	refused "Domain 'lin' already exists." xm create -q "$(config x)" name=lin
}

r075() {
	local line
	printf '%s\n' "root = '/dev/xvda2 ro'" "extra = '2'" >$work/root
	xm create -q -p "$(config root "$(cat $work/root)")" || return
	line=$(xenstore-read "/vm/$(xm list -l root |
		sed -n 's/^ *(uuid \(.*\))/\1/p')/image/cmdline")
	xm destroy root
	same "$line" 'root=/dev/xvda2 ro 2' 'command line' || return
	lin 'cat /proc/cmdline' | grep '^console=hvc0 quiet'
}

r077() {
	xm create -q "$(config nics "vif = ['mac=00:16:3E:51:89:6A ,bridge=xenbr0'," \
		" 'vifname=nic1, rate=10Mb/s, ip=10.0.0.77, model=e1000, type=netfront']")" ||
		return
	local id
	id=$(xm domid nics)
	same "$(xenstore-read "/local/domain/$id/device/vif/0/mac")" \
		00:16:3e:51:89:6a mac || return
	same "$(xenstore-read "/local/domain/0/backend/vif/$id/1/ip")" 10.0.0.77 \
		ip || return
	xenstore-read "/local/domain/0/backend/vif/$id/1/rate" || return
	[ -e /sys/class/net/nic1/brport ] || why vifname || return
	xm destroy nics
}

r081() {
	refused 'HVM' xm create -q "$(config h "builder = 'hvm'")" || return
	refused 'HVM' xm create -q "$(config h "type = 'hvm'")"
}

# ---- storage

r084() {
	same "$(losetup -a)" '' 'loop devices' || return
	lin 'echo kept | dd of=/dev/xvdb conv=fsync 2>/dev/null' || return
	same "$(head -c 4 /var/lib/xen/lin.img)" kept 'in the file'
}

r085() {
	local loop
	truncate -s 4M $work/phy.img
	loop=$(losetup -f --show $work/phy.img) || return
	xm block-attach lin "phy:$loop" xvde w || return
	within 60 lin 'test -e /dev/xvde' || return
	lin 'echo thru | dd of=/dev/xvde conv=fsync 2>/dev/null' || return
	xm block-detach lin xvde || return
	same "$(head -c 4 "$loop")" thru 'on the device' || return
	# the short form
	xm block-attach lin "phy:${loop#/dev/}" xvde r || return
	xm block-detach lin xvde && losetup -d "$loop"
}

r088() {
	local image=$work/shared.img
	truncate -s 1M $image
	start w1 "disk = ['file:$image,xvda,w']" || return
	refused "'w1'" xm create -q "$(config w2 "disk = ['file:$image,xvda,w']")" ||
		return
	xm create -q -p "$(config w2 "disk = ['file:$image,xvda,w!']")" || return
	xm destroy w1 && xm destroy w2 || return
	start w1 "disk = ['file:$image,xvda,r']" &&
		start w2 "disk = ['file:$image,xvda,r']" || return
	xm destroy w1 && xm destroy w2
}

r089() {
	local image=$work/one.img loop
	truncate -s 1M $image
	ln -sf $image $work/alias.img
	loop=$(losetup -f --show $image) || return
	start holder "disk = ['file:$image,xvda,w']" || return
	refused "'holder'" xm create -q \
		"$(config x "disk = ['file:$work/alias.img,xvda,w']")" || return
	refused "'holder'" xm create -q "$(config x "disk = ['phy:$loop,xvda,w']")" ||
		return
	losetup -d "$loop"
	xm destroy holder
}

r090() {
	truncate -s 16M $work/part.img
	parted -s $work/part.img mklabel msdos mkpart primary ext2 1MiB 100% ||
		return
	truncate -s 8M $work/bare.img
	mke2fs -q $work/bare.img || return
	xm block-attach lin "file:$work/part.img" xvdf w &&
		xm block-attach lin "file:$work/bare.img" xvdg1 w || return
	within 60 lin 'test -e /dev/xvdf1 && test -e /dev/xvdg1' || return
	lin 'mkdir -p /m && mount -t ext4 /dev/xvdg1 /m && umount /m' || return
	xm block-detach lin xvdf && xm block-detach lin xvdg1
}

# As an ordinary user: nobody mounts anything.
r091() {
	local dir=$work/tree
	mkdir -p $dir/etc && echo one >$dir/etc/hostname
	mke2fs -q -t ext4 -d $dir $work/tree.img 8M || return
	chown -R nobody $work/tree.img
	chmod 755 $work
	echo two >$work/hostname
	chmod 644 $work/hostname
	setpriv --reuid=nobody --clear-groups debugfs -w \
		-R "rm /etc/hostname" $work/tree.img 2>/dev/null || return
	setpriv --reuid=nobody --clear-groups debugfs -w \
		-R "write $work/hostname /etc/hostname" $work/tree.img 2>/dev/null
	xm block-attach lin "file:$work/tree.img" xvdh r || return
	within 60 lin 'test -e /dev/xvdh' || return
	# in one line: the shell of a console prompts for more in what it says
	lin 'mkdir -p /m && mount -t ext4 -o ro /dev/xvdh /m' || return
	same "$(lin 'cat /m/etc/hostname && umount /m')" two 'what was edited' || return
	xm block-detach lin xvdh
}

r104() {
	lin 'mkswap /dev/xvdb >/dev/null && swapon /dev/xvdb &&
		grep -q xvdb /proc/swaps && swapoff /dev/xvdb'
}

r199() {
	truncate -s 8M $work/mounted.img
	mke2fs -q $work/mounted.img || return
	mkdir -p $work/mnt && mount -o loop $work/mounted.img $work/mnt || return
	refused "$work/mnt" xm create -q \
		"$(config x "disk = ['file:$work/mounted.img,xvda,w']")" || return
	umount $work/mnt
}

# ---- networks

r109() {
	local id
	ip link add rowbr type bridge
	echo "(vif-script 'vif-bridge bridge=rowbr')" >/etc/xen/xend-config.sxp
	start wired "vif = ['', 'bridge=xenbr0', 'script=vif-nat, ip=10.0.7.2']" ||
		return
	id=$(xm domid wired)
	same "$(basename "$(readlink "/sys/class/net/vif$id.0/master")")" rowbr \
		'the default bridge' || return
	same "$(basename "$(readlink "/sys/class/net/vif$id.1/master")")" xenbr0 \
		'its own bridge' || return
	[ ! -e "/sys/class/net/vif$id.2/master" ] || why 'its own script' || return
	xm destroy wired
	echo "(vif-script vif-nowhere)" >/etc/xen/xend-config.sxp
	refused 'vif-script: cannot run /etc/xen/scripts/vif-nowhere' \
		xm create -q $work/wired.cfg || return
	rm /etc/xen/xend-config.sxp
	ip link del rowbr
}

r110() {
	refused "there is no bridge 'myswitch'" \
		xm create -q "$(config x "vif = ['bridge=myswitch']")" || return
	refused 'ip link add myswitch type bridge' xm create -q $work/x.cfg
}

r112() {
	local vif
	vif=/sys/class/net/vif$(xm domid lin).0/statistics
	answers 10.0.0.11 || return
	within 30 mirrored "$vif" rx tx && within 30 mirrored "$vif" tx rx
}
# within a packet of each other
mirrored() { # STATISTICS HERE THERE
	local here there
	here=$(cat "$1/$2_packets")
	there=$(lin "cat /sys/class/net/eth0/statistics/$3_packets")
	echo "$2 here $here, $3 there $there"
	[ $((here > there ? here - there : there - here)) -le 1 ]
}

r115() {
	local mac id
	start m1 "vif = ['']" "uuid = '00000000-1111-2222-3333-444444444444'" ||
		return
	id=$(xm domid m1)
	mac=$(xenstore-read "/local/domain/$id/device/vif/0/mac")
	[[ $mac = 00:16:3e:* ]] || why "$mac" || return
	xm destroy m1 && xm create -q $work/m1.cfg || return
	same "$(xenstore-read "/local/domain/$(xm domid m1)/device/vif/0/mac")" \
		"$mac" 'of the same UUID' || return
	xm destroy m1 || return
	same "$(lin 'cat /sys/class/net/eth0/address')" \
		"$(xenstore-read "/local/domain/$(xm domid lin)/device/vif/0/mac")" \
		'in the guest'
}

# ---- the rest

r149() {
	local before
	before=$(xm info | grep free_memory)
	refused 'MiB are missing' xm create -q "$(config big)" memory=100000 ||
		return
	within 20 same "$(xm info | grep free_memory)" "$before" 'free memory'
}

r173() {
	local size
	size=$(stat -Lc %s /guest/tiny-6.1.gz)
	echo "$((size >> 10)) KiB"
	[ "$size" -lt $((20 << 20)) ]
}

r192() {
	xenstore-write /rows/a 1 /rows/b 2 || return
	same "$(xenstore-read /rows/a)" 1 read || return
	same "$(xenstore-list /rows | xargs)" 'a b' list || return
	xenstore-ls /rows | grep -q 'a = "1"' || return
	timeout 60 xenstore-watch -n 2 /rows/a >$work/watch &
	local watch=$!
	within 10 test -s $work/watch || return
	xenstore-write /rows/a 3
	wait $watch || why 'no event' || return
	xenstore-chmod /rows/a n0 "r$(xm domid lin)" || return
	xenstore-rm /rows && ! xenstore-exists /rows/a
}
