#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded in dom0
# lab/run keeps its word: it is the commands it runs, and nothing of it stays.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

setup_file() {
	"$top/lab/images" >&2
	lab_run -- true # the saved state that the tests share
}

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

# Could be wrong: the status is lost or cut on its way through four processes.
@test "the exit status is that of the commands" {
	local want
	for want in 0 1 255; do
		run lab_run -- "exit $want"
		assert_eq "$status" "$want" "status of exit $want"
	done
	run lab_run -- 'kill -TERM $$'
	assert_eq "$status" 143 "status of a killed shell"
}

all_bytes() {
	local i
	for i in {0..255}; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\x$(printf %x "$i")"
	done
}

# Could be wrong: bytes are changed by a terminal on the way, streams are mixed,
# kernel messages or the prompt of a console get in between.
@test "stdout and stderr are the commands' own, byte for byte" {
	local out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	lab_run -- "$(declare -f all_bytes)"'
		echo on-the-console >/dev/kmsg
		all_bytes
		echo complaint >&2
		head -c 3000000 /dev/zero | tr "\0" "\r"
		sync </dev/null
		cat' >"$out" 2>"$err" <<<"not for the commands"
	{
		all_bytes
		head -c 3000000 /dev/zero | tr "\0" "\r"
	} | cmp - "$out"
	assert_eq "$(cat "$err")" complaint "stderr"
	within 60 grep -q on-the-console "$(this_log)"
}

# Could be wrong: output before the limit is lost, QEMU lives on.
@test "--timeout ends the run with 124 and what was said so far" {
	local start=$SECONDS
	run lab_run --timeout 5 -- 'echo before; sleep 1000'
	assert_eq "$status" 124 status
	without_notes
	assert_eq "${lines[0]}" before "first line"
	assert_at_most $((SECONDS - start)) 200 "seconds"
	within 60 no_qemu_of "$(this_log)"
}

# A cache of images in which states are this test's only.
own_cache() {
	local name dir
	local own=$BATS_TEST_TMPDIR/cache
	mkdir "$own"
	for name in tools dom0 kernels initrd guestdisk; do
		dir=$("$top/lab/images" --path $name)
		ln -s "$dir" "$own/${dir##*/}"
	done
	export HOSPES_CACHE=$own
}

# Could be wrong: a dom0 that panics is waited for, or not explained, or leaves
# half a state.
@test "125 and the console's last 40 lines when dom0 does not come up" {
	own_cache
	local left
	run --separate-stderr lab_run --dom0-args rdinit=/no/such/init -- true
	assert_eq "$status" 125 status
	assert_eq "$output" "" stdout
	assert_has "$stderr" "before dom0 was up"
	assert_has "$stderr" "Kernel panic"
	assert_at_most "$(wc -l <<<"$stderr")" 44 "lines"
	[ "$(wc -l <<<"$stderr")" -ge 35 ] || fail "too few lines: $stderr"
	within 60 no_qemu_of "$(this_log)"
	left=$(find "$TMPDIR" "$HOSPES_CACHE" -mindepth 1 ! -type l \
		! -name '.lock-*')
	[ -z "$left" ] || fail "left: $left"
}

@test "125 when dom0 goes away under the commands" {
	run lab_run -- 'echo bye; poweroff -f; sleep 300'
	assert_eq "$status" 125 status
	without_notes
	assert_eq "${lines[0]}" bye "first line"
	assert_has "$output" "went away"
}

# Could be wrong: modes, holes, names with blanks, an older file of that name.
@test "--add copies files into dom0" {
	local a="$BATS_TEST_TMPDIR/a file" b=$BATS_TEST_TMPDIR/b
	printf 'with\0bytes' >"$a"
	chmod 751 "$a"
	truncate -s 300M "$b"
	echo tail >>"$b"
	run lab_run --add "$a" --add "$b:/srv/new/dir/" --add "$a:/bin/bc" -- '
		stat -c "%a %s" "/root/a file" /srv/new/dir/b
		tail -n 1 /srv/new/dir/b | tr -d "\0"
		cmp "/root/a file" /bin/bc && du -m /srv/new/dir/b | cut -f 1'
	assert_eq "$status" 0 "status ($output)"
	without_notes
	assert_eq "${lines[*]}" "751 10 644 $(stat -c %s "$b") tail 1" "what dom0 sees"
}

# Could be wrong: a state answers for a machine with other ingredients.
@test "a state is only used for the options it was made with" {
	run lab_run --dom0-args lab.test=other --mem 1800 -- \
		'cat /proc/cmdline; [ $(stat -c %Y /proc/1) -gt 0 ]'
	assert_has "$output" lab.test=other
	run lab_run -- 'cat /proc/cmdline'
	case $output in *lab.test=other*) fail "the wrong state" ;; esac
}

# Could be wrong: a state that was cut short is an error for ever.
@test "a broken state is thrown away and the machine booted anew" {
	local bare=("$top/lab/run" --hv none --log "$(this_log)" --boot-timeout 300)
	own_cache
	# A state that does not answer when it is new is not kept: again then.
	for _ in 1 2 3; do
		"${bare[@]}" -- true
		! compgen -G "$HOSPES_CACHE/state-*/memory" || break
	done
	truncate -s 10M "$HOSPES_CACHE"/state-*/memory
	run "${bare[@]}" -- 'echo here; exit 6'
	assert_eq "$status" 6 "status ($output)"
	assert_has "$output" "booting anew"
	! compgen -G "$HOSPES_CACHE/state-*" || fail "the broken state is still there"
}

# Could be wrong: a boot that hangs is waited for for ever, or not explained.
@test "a boot that hangs is tried once more, then explained" {
	run lab_run --fresh --boot-timeout 2 -- true
	assert_eq "$status" 125 status
	[ "$HV" != xen ] || assert_has "$output" "hung for 2 s; trying once more"
	assert_has "$output" "was not up after 2 s"
	within 60 no_qemu_of "$(this_log)"
}

# Could be wrong: a fault of the emulator looks like one of the hypervisor.
@test "a QEMU that crashes is started once more, then named" {
	local log pid
	log=$(this_log)
	lab_run --fresh -- 'echo here' >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	pid=$!
	within 200 pgrep -f "^[^ ]*qemu-system.*path=$log,"
	pkill -SEGV -f "^[^ ]*qemu-system.*path=$log,"
	wait $pid
	output=$(cat "$BATS_TEST_TMPDIR/said")
	without_notes
	assert_eq "$output" here
	lab_run -- 'echo READY >/dev/hvc0; sleep 500' \
		>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	pid=$!
	within 400 grep -qsa READY "$log"
	pkill -SEGV -f "^[^ ]*qemu-system.*path=$log,"
	! wait $pid || fail "no error"
	assert_has "$(cat "$BATS_TEST_TMPDIR/said")" \
		"QEMU was ended by signal 11 (Segmentation fault)"
}

@test "dom0's clock is right after a restore" {
	local before after
	before=$(date +%s)
	run lab_run -- 'date +%s'
	after=$(date +%s)
	without_notes
	assert_at_most $((before - output)) 5 "seconds that dom0's clock is late"
	assert_at_most $((output - after)) 5 "seconds that dom0's clock is early"
}

@test "-i is a shell on stdin, and a terminal on a terminal" {
	run lab_run -i <<<'echo in-$((40 + 2)); exit 5'
	assert_eq "$status" 5 status
	without_notes
	assert_eq "$output" in-42 output
	run script -qec "'$top/lab/run' --hv $HV --log '$(this_log)' -i 'test -t 0 &&
		test -t 1 && stty size && exit 6'" /dev/null </dev/null
	assert_eq "$status" 6 "status on a terminal ($output)"
}

@test "--disk attaches a file, and what dom0 writes to it stays" {
	local disk=$BATS_TEST_TMPDIR/disk.img
	truncate -s 16M "$disk"
	run lab_run --disk "$disk" -- 'blockdev --getsize64 /dev/vdc
		echo kept | dd of=/dev/vdc conv=fsync status=none'
	without_notes
	assert_eq "$status $output" "0 $((16 << 20))" "status and size"
	assert_eq "$(head -c 4 "$disk")" kept "what is in the file"
	run lab_run --disk "$disk,ro" -- 'echo lost >/dev/vdc; head -c 4 /dev/vdc'
	assert_eq "${lines[-1]}" kept "a disk that is read-only"
}

@test "kernel 6.12 boots as dom0" {
	run lab_run --kernel 6.12 -- 'uname -r; cat /run/lab/problems 2>/dev/null'
	assert_eq "$status" 1 "status of cat: no problems ($output)"
	without_notes
	[[ $output =~ ^6\.12\. ]] || fail "kernel $output"
}

@test "the bare kernel boots without a hypervisor" {
	run "$top/lab/run" --hv none --log "$(this_log)" --boot-timeout 300 -- \
		'uname -r; cat /sys/hypervisor/type'
	assert_eq "$status" 1 "status of cat ($output)"
	without_notes
	[[ ${lines[0]} =~ ^6\.1\. ]] || fail "kernel $output"
}
