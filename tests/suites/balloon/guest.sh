#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317,SC2016,SC2015 # called by name, expanded in the guest
# Runs in dom0: the balloon in guests, one line "ok NAME" or "not ok NAME" for
# each story, with what it said before that.
#
# usage: guest.sh ROUNDS KILLS STORY...
# Beside it in /root: xm, and extra.gz, an archive with hospes_balloon.ko and
# memcheck that is put behind the guests' initramfs. Guest g lives through all
# stories but the last; it has 256 MiB, and each story leaves it so.
set -u
rounds=$1 kills=$2
shift 2
export TOOLSTACK=/root/xm
xm=$TOOLSTACK
b=/sys/hypervisor/hospes_balloon
cat /guest/tiny-6.1.gz /root/extra.gz >/root/ramdisk.gz

within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		sleep 0.1
	done
}
equal() { [ "$1" = "$2" ] || { echo "$3: got '$1', wanted '$2'"; return 1; }; }
between() { # LOW VALUE HIGH WHAT
	[ "$2" -ge "$1" ] && [ "$2" -le "$3" ] ||
		{ echo "$4: $2, not $1 to $3"; return 1; }
}
memory() { echo "/local/domain/$($xm domid "$1")/memory"; } # GUEST
node() { xenstore-read "$(memory "$1")/b2/status/$2" 2>/dev/null; } # GUEST NAME
node_is() { [ "$(node "$1" "$2")" = "$3" ]; }
# the hypervisor's counts
mib() { xl list "$1" | awk 'NR == 2 { print $3 }'; }
is_mib() { [ "$(mib "$1")" = "$2" ]; }
xen_free() { xl info free_memory; }
# Pages that are free: by the key m of ours, H of Xen. Xen also has some in its
# own heap, which come and go with what dom0 does: so many may be missing.
free_pages() {
	xl dmesg -c >/dev/null
	xl debug-keys mH
	xl dmesg | awk 'match($0, /[0-9]+ pages, heap/) { n = substr($0, RSTART) + 0 }
		/heap\[node=.*\] -> / { sub(/.*-> /, ""); n += $0 + 0 }
		END { print n + 0 }'
}
missing() { echo $((pages_before - $(free_pages))); }
none_missing() { [ "$(missing)" -le 16 ]; }
# GUEST COMMANDS: its answer; its first line has a "> " for each further line
ask() { guest run "$1" "$2" | tr -d '\r'; }
managed() { ask "$1" 'awk "/^MemTotal/ { print \$2 }" /proc/meminfo' | tail -n 1; }
agree() { # GUEST: P2M, M2P and direct map, and no complaint
	ask "$1" "cat $b/verify; dmesg | grep -E 'BUG|WARNING|Oops|Out of memory|lost'" \
		>/tmp/agree
	grep -q '^present [1-9]' /tmp/agree || { cat /tmp/agree; return 1; }
	! grep -E '^wrong-[a-z0-9]* [1-9]|BUG|WARNING|Oops|Out of memory|lost' /tmp/agree
}
end_memcheck() { # GUEST FILE: what it said
	ask "$1" "kill \$(pidof memcheck); while pidof memcheck; do usleep 100000; done
		cat $2"
}
new() { # NAME KEY=VALUE...: a guest with the module
	guest config "$@" ip=no | sed 's|^ramdisk.*|ramdisk = "/root/ramdisk.gz"|' \
		>"/tmp/$1.cfg"
	rm -f "/var/log/xen/console/guest-$1.log"
	$xm create -q "/tmp/$1.cfg" && guest wait "$1" MARK-UP &&
		ask "$1" 'insmod /root/hospes_balloon.ko && echo loaded' | grep -q loaded
}
by_hand() { # GUEST KIB STATE: through sysfs, until it is in that state
	ask "$1" "echo $2 >$b/target_kb; i=0
		until [ \$(cat $b/state) = $3 ] || [ \$i = 1800 ]; do
			usleep 50000; i=\$((i + 1)); done
		[ \$(cat $b/state) = $3 ] && echo there" >/tmp/by-hand
	grep -q there /tmp/by-hand || { cat /tmp/by-hand; return 1; }
}

# 256 to 128 to 256, over and over; a program uses most of what is left at 128
# and looks at every word of it.
story_rounds() {
	local total load i
	total=$(managed g)
	load=$(ask g 'awk "/^MemAvailable/ { print int(\$2 / 1024) }" /proc/meminfo' |
		tail -n 1)
	load=$((load - 128 - 26))
	echo "$total KiB, load of $load MiB"
	[ "$load" -ge 8 ] || return
	ask g "memcheck $load >/tmp/check 2>&1 & echo started" | grep -q started || return
	for ((i = 0; i < rounds; i++)); do
		$xm mem-set g 128 && within 60 node_is g actual-kb 131072 &&
			within 60 is_mib g 128 || { echo "128: $(mib g)"; return 1; }
		[ $i != 0 ] || agree g || return
		$xm mem-set g 256 && within 60 is_mib g 256 ||
			{ echo "256: $(mib g)"; return 1; }
	done
	agree g && equal "$(managed g)" "$total" MemTotal || return
	end_memcheck g /tmp/check >/tmp/checked
	cat /tmp/checked
	grep -q 'passes [1-9][0-9]* errors 0' /tmp/checked
}

# Most of what goes from a fresh guest goes in whole extents.
story_whole() {
	by_hand g 131072 idle || return
	ask g "cat $b/whole_blocks $b/split_blocks" | tail -n 2 | paste -sd' ' >/tmp/whole
	by_hand g 262144 idle || return
	read -r whole split </tmp/whole
	echo "$whole whole, $split in pieces"
	[ "$whole" -ge $(((whole + split) * 9 / 10)) ]
}

# The hypervisor's limit, the toolstack's word for it, the floor.
story_limits() {
	$xm mem-set g 128 && $xm mem-max g 160 || return
	! $xm mem-set g 200 2>/tmp/said || { echo "more than the maximum"; return 1; }
	grep -q "may have 160 MiB at most" /tmp/said || { cat /tmp/said; return 1; }
	# a guest that does not care what the toolstack says
	xenstore-rm "$(memory g)/b2/max-kb"
	ask g "echo 0 >$b/max_kb"
	by_hand g 262144 stuck || return
	between 159 "$(mib g)" 162 "MiB of a guest that wants more" && agree g || return
	by_hand g 1000 stuck || return
	between 64 "$(mib g)" 128 "MiB of a guest that gives all" && agree g || return
	$xm mem-set g 128 || return
	ask g "echo 120000 >$b/min_kb"
	! $xm mem-set g 100 2>/tmp/said || { echo "below the floor"; return 1; }
	grep -q "stuck at 117 MiB" /tmp/said || { cat /tmp/said; return 1; }
	ask g "echo 65536 >$b/min_kb"
	$xm mem-max g 256 && $xm mem-set g 256 && is_mib g 256
}

# Unloaded while it is at it: what it holds is back, page for page.
story_unload() {
	local total
	total=$(managed g)
	ask g "for i in 1 2 3; do
			echo 131072 >$b/target_kb; j=0
			until [ \$(cat $b/held_2m) != 0 ] || [ \$j = 1000 ]; do
				j=\$((j + 1)); done
			usleep \${i}000
			echo held \$(cat $b/held_2m); rmmod hospes_balloon
			insmod /root/hospes_balloon.ko; usleep 300000
		done" | grep -E 'held [1-9]' || { echo "never in the middle"; return 1; }
	is_mib g 256 && equal "$(managed g)" "$total" MemTotal && agree g &&
		$xm mem-set g 256
}

# An old tool moves memory/target while we hold half: the two drivers together
# never take more than what was wanted, and end where the tool said.
story_old_tool() {
	local low sampler
	$xm mem-set g 128 && is_mib g 128 || return
	while :; do mib g; done >/tmp/samples &
	sampler=$!
	within 90 test -s /tmp/samples || return
	xenstore-write "$(memory g)/target" $((200 * 1024))
	within 90 node_is g state legacy && within 90 is_mib g 200 ||
		{ kill $sampler; mib g; node g state; return 1; }
	kill $sampler
	low=$(sort -n /tmp/samples | head -n 1)
	echo "$(wc -l </tmp/samples) looks, at least $low MiB"
	between 126 "$low" 256 "least MiB on the way" || return
	equal "$(node g held-2m) $(node g held-4k)" "0 0" held || return
	sleep 2 # and it stays there
	is_mib g 200 && agree g || { mib g; return 1; }
	# back to ours: the built-in driver gives what it holds
	$xm mem-set g 256 && is_mib g 256 && agree g || return
	# by hand the same: nobody offered anything to this one
	by_hand g 131072 idle || return
	xenstore-write "$(memory g)/target" $((256 * 1024))
	within 90 is_mib g 256 && agree g
}

# Two guests that may have 256 MiB each on 384: by hand.
story_squeeze() {
	local free
	$xm mem-set g 256 && new h mem=128 line='maxmem = 256' || return
	free=$(xen_free)
	guest config fill mem="$((free - 8))" ip=no >/tmp/fill.cfg
	$xm create -q -p /tmp/fill.cfg || return
	echo "free: $(xen_free)"
	! timeout 60 $xm mem-set h 256 2>/tmp/said || { echo "256 and 256"; return 1; }
	cat /tmp/said
	for _ in 1 2; do
		$xm mem-set g 132 && $xm mem-set h 250 || return
		between 249 "$(mib h)" 251 "MiB of h" || return
		$xm mem-set h 128 && $xm mem-set g 256 || return
		is_mib g 256 || return
	done
	! $xm mem-set h 300 2>/tmp/said && grep "have 256 MiB at most" /tmp/said || return
	agree g && agree h
}

# The same two guests, and the program that moves memory to where it is needed.
story_balance() {
	local pid start
	$xm mem-set h 128 && $xm mem-set g 256 || return
	$xm mem-balance -k 0 >/tmp/balancer 2>&1 &
	pid=$!
	press h && within 90 at_least h 148 && relax h && start=$(mib g) && press g &&
		within 90 at_least g $((start + 8)) || { cat /tmp/balancer; return 1; }
	relax g
	cat /tmp/balancer
	echo "g had $start MiB and has $(mib g), h $(mib h)"
	kill $pid && [ "$start" -lt 250 ] && agree g && agree h
}
at_least() { [ "$(mib "$1")" -ge "$2" ]; }
press() { # GUEST: use all but some of what it has available
	ask "$1" 'a=$(awk "/^MemAvailable/ { print int(\$2 / 1024) }" /proc/meminfo)
		memcheck $((a - 13)) >/tmp/pressed 2>&1 & echo pressed' | grep -q pressed
}
relax() {
	end_memcheck "$1" /tmp/pressed | grep 'passes [0-9]* errors 0'
}

# mem-set shows how far it is. From a guest that does nothing (it is paused) it
# gets nowhere: Ctrl-C leaves the target, which the guest reaches when it can;
# without Ctrl-C it says who is stuck, and by how much.
story_toolstack() {
	local seq
	script -qec "$xm mem-set g 128" /dev/null </dev/null >/tmp/typed || return
	grep -q 'of 128 MiB' /tmp/typed || { cat /tmp/typed; return 1; }
	$xm mem-set g 256 && $xm pause g || return
	timeout -s INT 2 $xm mem-set g 192 2>/tmp/said
	! grep stuck /tmp/said || return
	seq=$(xenstore-read "$(memory g)/b2/seq")
	equal "$(xenstore-read "$(memory g)/b2/target-kb")" 196608 target || return
	! $xm mem-set g 128 2>/tmp/said || { echo "a paused guest gave"; return 1; }
	grep -q "Domain 'g' is stuck at 256 MiB, 131072 KiB from" /tmp/said ||
		{ cat /tmp/said; return 1; }
	equal "$(xenstore-read "$(memory g)/b2/seq")" $((seq + 1)) seq &&
		timeout -s INT 2 $xm mem-set g 192
	$xm unpause g && within 90 node_is g seq $((seq + 2)) &&
		equal "$(node g state) $(node g actual-kb)" "idle 196608" status &&
		is_mib g 192 && agree g && $xm mem-set g 256
}

# A program wants more than there is. A guest that may give memory back to itself
# does so before the kernel kills the program, and says what it would like.
story_oom() {
	local want
	$xm mem-set g 128 && xenstore-write "$(memory g)/b2/policy" cooperative &&
		within 90 cooperates g || return
	ask g 'a=$(awk "/^MemAvailable/ { print int(\$2 / 1024) }" /proc/meminfo)
		memcheck $((a + 24)) >/tmp/check 2>&1 & echo started' |
		grep -q started || return
	within 90 deflated g && within 90 at_least g 140 || { mib g; return 1; }
	within 90 wants_more g || { node g want-kb; return 1; }
	want=$(node g want-kb)
	echo "$(mib g) MiB, and $((want / 1024)) wanted"
	end_memcheck g /tmp/check >/tmp/checked
	cat /tmp/checked
	grep -q 'passes [0-9]* errors 0' /tmp/checked && agree g || return
	# as little as it uses, and no wish without the policy
	$xm mem-set g 256 && within 90 wants_less g || return
	xenstore-write "$(memory g)/b2/policy" manual
	within 90 wants_nothing g
}
cooperates() { [ "$(ask "$1" "cat $b/cooperative" | tail -n 1)" = 1 ]; }
deflated() { [ "$(ask "$1" "cat $b/oom_deflates" | tail -n 1)" -ge 1 ]; }
wants_more() { [ "$(node "$1" want-kb)" -gt $(($(mib "$1") * 1024 + 4096)) ]; }
wants_less() { [ "$(node "$1" want-kb)" -lt $((192 * 1024)) ]; }
wants_nothing() { [ -z "$(node "$1" want-kb)" ]; }

# Behind kills, which leaves no other guest. Saved with half of its memory held,
# and restored by xl (ours does not save yet) as another domain: it still has all
# it held, tells the new one's store so when xm asks, and all comes back.
story_resumed() {
	local old
	guest config r mem=256 ip=no | sed 's|^ramdisk.*|ramdisk = "/root/ramdisk.gz"|' \
		>/tmp/r.cfg
	xl create -q /tmp/r.cfg && guest wait r MARK-UP &&
		ask r 'insmod /root/hospes_balloon.ko && echo loaded' | grep -q loaded ||
		return
	$xm mem-set r 128 && within 60 is_mib r 128 || return
	old=$($xm domid r)
	equal "$(node r held-2m)" 64 "held before" || return
	ask r 'memcheck 16 >/tmp/check 2>&1 & echo started' | grep -q started || return
	xl save r /guest/r.save && xl restore /tmp/r.cfg /guest/r.save || return
	[ "$($xm domid r)" -gt "$old" ] || return
	is_mib r 128 && agree r && $xm mem-set r 128 && within 60 node_is r held-2m 64 &&
		equal "$(node r actual-kb)" 131072 actual || return
	$xm mem-set r 192 && is_mib r 192 && $xm mem-set r 256 && is_mib r 256 &&
		agree r && end_memcheck r /tmp/check >/tmp/checked || return
	cat /tmp/checked
	grep -q 'passes [1-9][0-9]* errors 0' /tmp/checked && $xm destroy r &&
		rm /guest/r.save
}

# Guests are killed while they inflate and deflate: all pages are free again.
story_kills() {
	local free i
	$xm destroy fill 2>/dev/null
	$xm destroy h 2>/dev/null
	$xm destroy g
	within 90 none_missing || { missing; return 1; }
	for ((i = 0; i < kills; i++)); do
		new k mem=256 || return
		ask k "(while :; do
				echo 131072 >$b/target_kb; usleep 150000
				echo 262144 >$b/target_kb; usleep 150000
			done) >/dev/null 2>&1 & echo started" | grep -q started || return
		sleep "0.$((RANDOM % 9 + 1))"
		mib k
		$xm destroy k || return
		within 90 none_missing || { missing; return 1; }
		echo "$(missing) pages fewer are free than before all guests"
	done
}

# xenstored is killed: the guest keeps what it holds, says so, and by hand all
# comes back. Nobody can ask a guest without a store: it was told before.
story_store() {
	new s mem=256 && $xm mem-set s 128 || return
	ask s "(i=0; until dmesg | grep 'store does not answer' >/dev/hvc0 ||
			[ \$i = 120 ]; do sleep 1; i=\$((i + 1)); done
		[ \$(cat $b/held_2m) = 64 ] && echo KEPT >/dev/hvc0
		echo 262144 >$b/target_kb; i=0
		until [ \$(cat $b/held_2m) = 0 ] && [ \$(cat $b/state) = idle ] ||
			[ \$i = 60 ]; do sleep 1; i=\$((i + 1)); done
		echo BACK \$(cat $b/held_2m) \$(cat $b/held_4k) \
			\$(grep ^wrong $b/verify | cut -d' ' -f2) >/dev/hvc0
		) >/dev/null 2>&1 & echo started" | grep -q started || return
	kill -9 "$(pidof xenstored)"
	guest wait s 'BACK 0 0 0 0 0' 400 || return
	guest log s | grep -E 'KEPT|answer|BACK'
	guest log s | grep -q KEPT && guest log s | grep -q 'store does not answer'
}

pages_before=$(free_pages)
echo "# $pages_before pages are free"
[ "$pages_before" -gt 0 ] || exit 1
new g mem=256 || exit 1
for story; do
	start=$SECONDS
	if "story_$story" >"/tmp/$story" 2>&1; then
		sed 's/^/# /' "/tmp/$story"
		echo "ok $story ($((SECONDS - start)) s)"
	else
		sed 's/^/# /' "/tmp/$story"
		echo "not ok $story ($((SECONDS - start)) s)"
	fi
done
