#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded in dom0
# hospes_balloon moves dom0's memory to the hypervisor and back, in whole
# extents, and keeps account of every page, on our hypervisor and on real Xen. It
# is loaded into a dom0 with stock drivers and tools.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

setup_file() {
	"$top/lab/images" >&2
	export HELPERS
	HELPERS=$(mktemp "${TMPDIR:-/tmp}/balloon-suite.XXXXXX")
	cat >"$HELPERS" <<-'HELP'
		dir=/sys/hypervisor/hospes_balloon
		get() { cat $dir/$1; }
		fail() { echo "$*" >&2; exit 9; }
		# settle KB STATE: ask by hand, wait until it is done
		settle() {
			local end=$((SECONDS + 200))
			[ "$1" = - ] || echo "$1" >$dir/target_kb
			until [ "$(get state)" = "$2" ]; do
				[ $SECONDS -lt $end ] ||
					fail "state $(get state), $(get actual_kb) KiB, not $2"
				sleep 0.1
			done
		}
		agree() { # P2M, M2P and direct map
			get verify | awk '/^wrong/ && $2 { bad = 1; print > "/dev/stderr" }
				END { exit bad }' || fail "they do not agree"
		}
		held() { echo $(($(get held_2m) * 512 + $(get held_4k))); }
		xen_free() { xl info free_memory; }
		managed() { awk '/^MemTotal/ { print $2 }' /proc/meminfo; }
		insmod /root/hospes_balloon.ko
	HELP
}

teardown_file() {
	rm -f "$HELPERS"
}

# soak FULL REDUCED: the count for this run
soak() {
	[ "${HOSPES_SOAK:-0}" = 1 ] && echo "$1" || echo "$2"
}

# in_dom0 COMMANDS: with the module loaded; no kernel may complain
in_dom0() {
	local mem=${DOM0_MEM:-768M}
	run lab_run --dom0-mem "$mem,max:$mem" --timeout 1000 \
		--add "$HELPERS:/root/helpers" \
		--add "$top/kmod/balloon/hospes_balloon.ko" -- "set -eE
		trap 'echo \"line \$LINENO: failed: \$BASH_COMMAND\"; free -k' ERR
		. /root/helpers
		$1"
	echo "$output"
	assert_eq "$status" 0 status || return
	if grep -aE -e 'BUG|Oops|WARNING:|Call Trace|soft lockup|hung task' \
		-e 'multicall.*failed|Kernel panic' "$(this_log)"; then
		fail "complaints in the console"
	fi
}

# Could be wrong: a page that is in nobody's books; a frame that P2M, M2P and
# direct map do not all know of; extents that go in pieces.
@test "dom0 gives 512 MiB of 1024 away and has it back, page for page" {
	DOM0_MEM=1024M in_dom0 "
		agree
		before=\$(xen_free) total=\$(managed)
		for i in \$(seq $(soak 20 3)); do
			settle 524288 idle
			agree
			[ \$(get actual_kb) = 524288 ] && [ \$(held) = 131072 ]
			[ \$((total - \$(managed))) = 524288 ]
			[ \$((\$(xen_free) - before)) = 512 ] || fail 'xen: '\$(xen_free)
			settle 1048576 idle
			agree
			[ \$(get actual_kb) = 1048576 ] && [ \$(held) = 0 ]
			[ \$(managed) = \$total ] && [ \$(xen_free) = \$before ]
		done
		echo whole \$(get whole_blocks) of \
			\$((\$(get whole_blocks) + \$(get split_blocks)))
		echo back \$(get populated_whole)
		echo calls \$(get hypercalls) entries \$(get entries)"
	local blocks=$((256 * $(soak 20 3)))
	# at most a twentieth of the 513 of a driver that goes page by page
	local calls
	calls=$(sed -n 's/^calls \([0-9]*\) .*/\1/p' <<<"$output")
	assert_at_most $((calls / blocks / 2)) 25 "hypercalls for 2 MiB"
	local whole
	whole=$(sed -n 's/^whole \([0-9]*\) .*/\1/p' <<<"$output")
	# Xen lays dom0's pages out otherwise than their frames: there a block is
	# one extent once it has been back
	[ "$HV" != xen ] || blocks=$((blocks - 256))
	assert_at_most $((blocks * 9 / 10)) "$whole" "nine tenths as one extent"
}

# Could be wrong: sizes that are no multiple of 2 MiB, the floor, the reserve,
# what nobody has.
@test "odd sizes, the floor, the reserve and too much" {
	in_dom0 "
		settle 700004 idle
		[ \$(get actual_kb) = 700004 ] && [ \$(get held_4k) -gt 0 ]
		agree
		echo 655360 >\$dir/min_kb
		settle 1000 stuck
		[ \$(get actual_kb) = 655360 ]
		[ \$(get shortfall_kb) = 654360 ]
		echo 65536 >\$dir/min_kb
		settle - stuck
		# the reserve: 16 MiB at least stay available
		for i in \$(seq 20); do # others come and go
			a=\$(awk '/^MemAvailable/ { print \$2 }' /proc/meminfo)
			[ \$a -le 14000 ] || break
			sleep 0.5
		done
		[ \$a -gt 14000 ] || fail \$a KiB are available
		[ \$(get shortfall_kb) -gt 0 ]
		agree
		settle 2000000 stuck
		[ \$(get actual_kb) = 786432 ] && [ \$(held) = 0 ]
		[ \$(get shortfall_kb) = 1213568 ]
		echo 700000 >\$dir/max_kb
		! echo 786432 >\$dir/target_kb 2>/dev/null
		! echo lots >\$dir/target_kb 2>/dev/null
		agree; echo fine"
	assert_eq "${lines[-1]}" fine
}

# Could be wrong: the protocol's words, the old knob beside the new one.
@test "the store's protocol, and an old tool that comes in between" {
	in_dom0 '
		b2=/local/domain/0/memory/b2
		node() { xenstore-read $b2/status/$1 2>/dev/null || :; }
		until_node() {
			local end=$((SECONDS + 200))
			until [ "$(node $1)" = "$2" ]; do
				[ $SECONDS -lt $end ] || fail "$1 is $(node $1), not $2"
				sleep 0.1
			done
		}
		xenstore-write $b2/min-kb 400000 $b2/target-kb 524288 $b2/seq 7 \
			$b2/offer 1
		until_node version 1; until_node seq 7
		[ "$(node extents) $(node state)" = "9,0 idle" ]
		[ "$(node actual-kb) $(node held-2m)" = "524288 128" ]
		xenstore-write $b2/target-kb 100000 $b2/seq 8
		until_node seq 8; until_node state stuck
		[ "$(node actual-kb) $(node shortfall-kb)" = "400000 300000" ]
		until_node stats/total "$(managed)"
		[ "$(node stats/available)" -gt 1000 ]
		xenstore-write $b2/target-kb garbage; xenstore-write $b2/seq 9
		# the old knob, to what the domain has already
		xenstore-write /local/domain/0/memory/target 786431
		until_node state legacy
		[ $(held) = 0 ] && [ "$(node actual-kb)" -ge 786428 ]
		agree
		xenstore-write $b2/target-kb 524288 $b2/seq 10
		until_node seq 10
		rmmod hospes_balloon
		[ -z "$(node version)" ] && [ "$(node state)" = unloaded ]
		echo fine'
	assert_eq "${lines[-1]}" fine
}

# Could be wrong: pages that unloading or a dead store loses.
@test "unloaded in the middle, and without a store" {
	in_dom0 '
		before=$(xen_free) total=$(managed)
		for i in 1 2 3; do
			echo 400000 >$dir/target_kb
			sleep 0.0$i
			rmmod hospes_balloon
			[ $(xen_free) = $before ] && [ $(managed) = $total ] ||
				fail "$(xen_free) of $before, $(managed) of $total"
			insmod /root/hospes_balloon.ko
		done
		settle 600000 idle
		kill -9 $(pidof xenstored)
		n=$(held)
		settle 524288 idle
		[ $(held) -gt $n ]
		agree
		settle 786432 idle
		agree
		[ $(held) = 0 ] && [ $(managed) = $total ]
		end=$((SECONDS + 200))
		until dmesg | grep "balloon: the store does not answer"; do
			[ $SECONDS -lt $end ] || fail "nothing is said of the store"
			sleep 0.5
		done
		echo fine'
	assert_eq "${lines[-1]}" fine
}

# Could be wrong: both drivers give, or both take, when the toolstack knows
# nothing of ours; the built-in driver goes on by itself where it was stopped.
@test "beside an old tool one driver acts at a time: pages are counted" {
	in_dom0 '
		dom0() { xl list 0 | awk "NR == 2 { print \$3 }"; }
		builtin() { cat /sys/devices/system/xen_memory/xen_memory0/target_kb; }
		full=$(dom0) free=$(xen_free)
		[ $((full)) -ge 767 ] || fail "dom0 has $full MiB"
		settle 524288 idle
		[ $((full - $(dom0))) = 256 ]
		# nobody offered us anything, and xl knows the built-in driver only
		low=9999
		xl mem-set 0 600m &
		end=$((SECONDS + 200))
		until [ "$(get state)" = legacy ] && [ $(dom0) = 600 ]; do
			now=$(dom0)
			[ $now -ge $low ] || low=$now
			[ $SECONDS -lt $end ] || fail "$(get state), $now MiB"
		done
		wait
		echo "at least $low MiB on the way"
		[ $low -ge 500 ]
		# xl has also lowered the maximum: what may not come back stays ours
		echo "held $(held)"
		sleep 2
		[ $(dom0) = 600 ] || fail "it went on to $(dom0)"
		agree
		# said again, it is no other size
		xl mem-set 0 600m
		sleep 2
		end=$((SECONDS + 100))
		until [ $(($(builtin) - $(held) * 4)) = 614400 ] &&
			[ $(dom0) = 600 ]; do
			[ $SECONDS -lt $end ] ||
				fail "said again: $(dom0) MiB, $(builtin) KiB, $(held)"
		done
		agree
		# ours again, beyond what the built-in driver left
		settle 500000 idle
		[ $(dom0) = 488 ] || fail "dom0 has $(dom0)"
		settle 600000 idle
		[ $(get actual_kb) = 600000 ]
		agree
		xl mem-set 0 ${full}m
		end=$((SECONDS + 200))
		until [ $(dom0) = $full ] && [ $(xen_free) = $free ]; do
			[ $SECONDS -lt $end ] ||
				fail "$(dom0) of $full, $(xen_free) of $free"
		done
		[ $(held) = 0 ]
		agree
		echo fine'
	echo "$output"
	assert_eq "${lines[-1]}" fine
}

# Could be wrong: memory promised to two guests; a dom0 that is squeezed below
# its floor, or for a guest that then does not start. Guests stay paused.
@test "xm create takes from dom0 what is missing, down to its floor" {
	run lab_run --tools xm --timeout 1000 -- '
		set -e
		fail() { echo "$*" >&2; xl list >&2; exit 9; }
		free() { xl info free_memory; }
		dom0() { xl list 0 | awk "NR == 2 { print \$3 }"; }
		# until COMMAND...: what ends needs a moment
		soon() {
			local end=$((SECONDS + 100))
			until "$@"; do
				[ $SECONDS -lt $end ] || fail "not: $*"
				sleep 0.2
			done
		}
		guests_are() { [ "$(xl list | tail -n +3 | wc -l)" = $1 ]; }
		dom0_is() { [ $(dom0) = $1 ]; }
		say() { echo "$*" >/etc/xen/xend-config.sxp; }
		make() { # NAME MIB
			guest config $1 ip=no mem=$2 >/tmp/$1.cfg
			xm create -q -p /tmp/$1.cfg 2>/tmp/said
		}
		refused() { # NAME MIB TEXT
			! make $1 $2 || fail "made $1"
			grep -q "$3" /tmp/said || fail "$(cat /tmp/said)"
			soon guests_are 0
		}
		free=$(free) dom0=$(dom0)
		more=$((free + 150))
		# dom0_mem= was given: nobody takes from it unless told so
		refused a $more "151 MiB are missing"
		[ $(dom0) = $dom0 ]
		say "(enable-dom0-ballooning perhaps)"
		refused a $more "xend-config.sxp:1:25: .*perhaps"
		say "(enable-dom0-ballooning yes) (dom0-min-mem $((dom0 - 100)))"
		refused a $more "dom0 has $dom0 MiB and keeps $((dom0 - 100))"
		[ $(dom0) = $dom0 ]
		say "(dom0-min-mem 196)" "(enable-dom0-ballooning yes)"
		make a $more || fail "$(cat /tmp/said)"
		gone=$((dom0 - $(dom0)))
		[ $gone -ge 151 ] && [ $gone -le 154 ] || fail "dom0 gave $gone"
		xm destroy a
		# two at once, for each of which there would be room
		want=$(( ($(free) + $(dom0) - 330) / 2 + 100))
		for i in 1 2; do make b$i $want || echo no >>/tmp/no & done
		wait
		[ $(wc -l </tmp/no) = 1 ] || fail "$(cat /tmp/no) $(cat /tmp/said)"
		soon guests_are 1
		[ $(dom0) -ge 196 ]
		xm destroy "$(xl list | awk "NR == 3 { print \$1 }")"
		soon guests_are 0
		xm mem-set 0 $dom0
		soon dom0_is $dom0
		echo fine'
	echo "$output"
	assert_eq "$status" 0 status || return
	assert_eq "${lines[-1]}" fine
}
