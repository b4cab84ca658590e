# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In dom0, for tests/bench/balloon: 512 MiB go and come back, by the driver that
# is built in and by hospes_balloon in turn; then ours alone, looked at all the
# time. Lines "NAME FIGURE VALUE", and "@ SECONDS TARGET ACTUAL FREE" in MiB.
# "fresh" counts what the hypervisor has whole of what a fresh dom0 gave: where
# little else is free, it comes back as so many extents.
# usage: balloon-dom0.sh ROUNDS | fresh
set -eu
rounds=$1
stock=/sys/devices/system/xen_memory/xen_memory0
ours=/sys/hypervisor/hospes_balloon
full=$((1024 * 1024)) half=$((512 * 1024))

exec 9<> <(:)
nap() { read -rt "$1" -u 9 || true; }
now_us() { echo "${EPOCHREALTIME/./}"; }
# No process is started while one waits: that would take more of the processor
# than what is measured.
stock_is() {
	read -r actual <$stock/info/current_kb
	[ "$actual" = "$1" ]
}
ours_is() {
	read -r actual <$ours/actual_kb
	[ "$actual" = "$1" ] && read -r state <$ours/state && [ "$state" = idle ]
}

# move NAME FIGURE KNOB KIB: how many ms until it is there
move() {
	local start end=$((SECONDS + 200))
	start=${EPOCHREALTIME/./}
	echo "$4" >"$3"
	until "$1_is" "$4"; do
		nap 0.01
		[ $SECONDS -lt $end ] || { echo "$1 is stuck" >&2; exit 1; }
	done
	echo "$1 $2 $(((${EPOCHREALTIME/./} - start) / 1000))"
}

count() { cat "$ours/$1"; }

ours_round() {
	local calls entries
	insmod /root/hospes_balloon.ko
	move ours "inflate-ms" $ours/target_kb $half
	calls=$(count hypercalls) entries=$(count entries)
	echo "ours inflate-calls-per-2MiB-x100 $((calls * 100 / 256))"
	echo "ours inflate-entries-per-2MiB $((entries / 256))"
	echo "ours as-one-percent $(($(count whole_blocks) * 100 / 256))"
	move ours "deflate-ms" $ours/target_kb $full
	calls=$((($(count hypercalls) - calls) * 100 / 256))
	entries=$((($(count entries) - entries) / 256))
	rested ours $ours/target_kb
	echo "ours deflate-calls-per-2MiB-x100 $calls"
	echo "ours deflate-entries-per-2MiB $entries"
	rmmod hospes_balloon
}

stock_round() {
	move stock "inflate-ms" $stock/target_kb $half
	move stock "deflate-ms" $stock/target_kb $full
	rested stock $stock/target_kb
}

# Once more, and back only when the hypervisor has had time to scrub what it got,
# which it does when no domain wants the processor.
rested() { # NAME KNOB
	move "$1" inflate-again-ms "$2" $half
	nap 4
	move "$1" deflate-rested-ms "$2" $full
}

fresh() {
	local free recovered
	free=$(xl info free_memory)
	insmod /root/hospes_balloon.ko
	move ours "fresh-inflate-ms" $ours/target_kb $half
	move ours "fresh-deflate-ms" $ours/target_kb $full
	# those that were free before may have come instead
	recovered=$(($(count populated_whole) - (free + 1) / 2))
	echo "ours recovered-percent $((recovered * 100 / 256))"
}

# what is wanted, what is, and what the hypervisor has, until it is settled
watch_run() { # KIB STATE
	local end=$((SECONDS + 60))
	echo "$1" >$ours/target_kb
	until [ "$(<$ours/state)" = "$2" ]; do
		sample
		[ $SECONDS -lt $end ] || return
	done
	for _ in 1 2 3; do sample; nap 0.1; done
}
sample() {
	local free
	free=$(xl info free_memory)
	echo "@ $((($(now_us) - begin) / 1000)) $(($(<$ours/target_kb) / 1024))" \
		"$(($(<$ours/actual_kb) / 1024)) $free"
}

if [ "$rounds" = fresh ]; then
	fresh
	exit
fi
echo "the built-in driver scrubs: $(cat $stock/scrub_pages)" >&2
# Memory that nobody has used yet the emulator gets from its host at first use.
ours_round >/dev/null
for ((i = 0; i < rounds; i++)); do
	ours_round
	stock_round
done
insmod /root/hospes_balloon.ko
begin=$(now_us)
sample
watch_run $half idle
watch_run $((768 * 1024)) idle
echo $((384 * 1024)) >$ours/min_kb
watch_run $((256 * 1024)) stuck # the floor is above that
watch_run $full idle
