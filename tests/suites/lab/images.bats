#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # bats and tests/lib set output, lines, top...
# shellcheck disable=SC2016 # much here is expanded elsewhere
# Images are built by anyone, whole or not at all, and what is missing is said
# in one line.

bats_require_minimum_version 1.5.0
load ../../lib/assert
load ../../lib/qemu

setup_file() {
	"$top/lab/images" >&2
	# A copy of the lab that any user can read, without what is built.
	# A user who is not root cannot look into bats' own directories.
	export OPEN
	OPEN=$(mktemp -d "${TMPDIR:-/tmp}/lab-suite.XXXXXX")
	chmod 755 "$OPEN"
	mkdir "$OPEN/tree"
	(cd "$top" && tar cf - --exclude=lab/cache lab tests/bench/ubench.c) |
		tar xf - -C "$OPEN/tree"
	chmod -R a+rX "$OPEN/tree"
}

teardown_file() {
	[ -z "$OPEN" ] || rm -rf "$OPEN"
}

setup() {
	cache=${HOSPES_CACHE:-$top/lab/cache}
	copy=$OPEN/tree/lab
	export TMPDIR=/tmp
}

# plain=(COMMAND...): in front of a command, runs it as a user without any rights
plain=(env "TMPDIR=/tmp")
if [ "$(id -u)" -eq 0 ]; then
	plain=(setpriv --reuid=65534 --regid=65534 --clear-groups
		env "HOME=/nonexistent" "TMPDIR=/tmp")
fi

# own_cache: a cache of the plain user's own, that has dom0's disk already
own_cache() {
	local dir
	own=$(mktemp -d "$OPEN/cache.XXXXXX")
	chmod 777 "$own"
	dir=$("$top/lab/images" --path dom0)
	ln -s "$dir" "$own/${dir##*/}"
}

# Could be wrong: a mount, a device or a file of root's is needed.
@test "an unprivileged user builds images" {
	own_cache
	run "${plain[@]}" env HOSPES_CACHE="$own" "$copy/images" tiny kernels initrd
	assert_eq "$status" 0 "status ($output)"
	local name
	for name in tools tiny kernels initrd; do
		compgen -G "$own/$name-*" >/dev/null || fail "no $name"
	done
	assert_eq "$(find "$own" -name '.new*')" "" "half-made images"
	# and again: nothing to do
	run "${plain[@]}" env HOSPES_CACHE="$own" "$copy/images" tiny kernels initrd
	assert_eq "$output" "" "what a second build says"
}

@test "an unprivileged user builds a Debian root" {
	own_cache
	run "${plain[@]}" env HOSPES_CACHE="$own" "$copy/images" guest
	assert_eq "$status" 0 "status ($output)"
	e2fsck -fn "$own"/guest-*/root.img
}

# Could be wrong: the cache, the log or the state must be writable.
@test "an unprivileged user runs the lab from a shared cache" {
	run "${plain[@]}" env HOSPES_CACHE="$cache" "$copy/run" --hv xen \
		--boot-timeout 150 -- 'id -u; exit 4'
	assert_eq "$status" 4 "status ($output)"
	without_notes
	assert_eq "$output" 0 "root in dom0"
	run "${plain[@]}" env HOSPES_CACHE="$cache" "$copy/run" --hv xen --mem 1555 \
		--boot-timeout 150 -- 'exit 3'
	assert_eq "$status" 3 "status without a saved state ($output)"
}

@test "two builds at once make one image" {
	own_cache
	"${plain[@]}" env HOSPES_CACHE="$own" "$copy/images" kernels >"$BATS_TEST_TMPDIR/a" &
	"${plain[@]}" env HOSPES_CACHE="$own" "$copy/images" kernels >"$BATS_TEST_TMPDIR/b"
	wait $!
	assert_eq "$(cat "$BATS_TEST_TMPDIR"/[ab] | grep -c 'kernels: done')" 1 \
		"builds of kernels"
	assert_eq "$(find "$own" -maxdepth 1 -name 'kernels-*' | wc -l)" 1 "images"
}

# Could be wrong: an interrupted build counts as done, or is in the way later.
@test "an interrupted build leaves nothing, a killed one is cleaned up" {
	own_cache
	local signal pid status
	for signal in INT KILL; do
		status=0
		"${plain[@]}" env --default-signal=INT HOSPES_CACHE="$own" "$copy/images" \
			tiny >"$BATS_TEST_TMPDIR/out" 3>&- &
		pid=$!
		within 200 grep -q 'building tiny' "$BATS_TEST_TMPDIR/out"
		kill -$signal $pid
		wait $pid || status=$?
		[ "$status" -ne 0 ] || fail "ended well after $signal"
		! compgen -G "$own/tiny-*" || fail "an image after $signal"
		[ $signal = KILL ] || assert_eq "$(find "$own" -name '.new*')" "" left
	done
	run "${plain[@]}" env HOSPES_CACHE="$own" "$copy/images" tiny
	assert_eq "$status" 0 "status of the next build ($output)"
	assert_eq "$(find "$own" -name '.new*')" "" "half-made images"
}

# A file system of 20 MB, in a name space so that no rights are needed.
small_disk() { # DIRECTORY COMMAND...
	unshare --map-root-user --mount sh -c '
		mount -t tmpfs -o size=20m tmpfs "$0" && exec "$@"' "$@"
}

@test "no space: one line, and no image" {
	mkdir "$BATS_TEST_TMPDIR/small"
	run small_disk "$BATS_TEST_TMPDIR/small" sh -c '
		HOSPES_CACHE=$0 "$1/images" tools
		echo "status $?"
		ls -A "$0" | grep -v -e log -e lock' \
		"$BATS_TEST_TMPDIR/small" "$top/lab"
	assert_has "${lines[0]}" "make room or set HOSPES_CACHE"
	assert_eq "${lines[1]}" "status 1" "what follows"
	assert_eq "${#lines[@]}" 2 "lines ($output)"
}

@test "lab/images: wrong names and options are one line" {
	refuses "no image 'nonsense'" "$top/lab/images" nonsense
	refuses "unknown option '--nonsense'" "$top/lab/images" --nonsense
	refuses "HOSPES_CACHE" env HOSPES_CACHE=/proc/nowhere "$top/lab/images"
	refuses "HOSPES_CACHE" env HOSPES_CACHE=/proc "$top/lab/images" tools
}

@test "lab/run: wrong options are one line" {
	local run=$top/lab/run
	refuses "unknown option --nonsense" "$run" --nonsense -- true
	refuses "--hv 'kvm': must be one of: xen hospes none" "$run" --hv kvm true
	refuses "--drivers 'mine'" "$run" --drivers mine true
	refuses "--kernel '5.10'" "$run" --kernel 5.10 true
	refuses "--smp 'two'" "$run" --smp two true
	refuses "--smp 0: must be from 1" "$run" --smp 0 true
	refuses "--mem 1: must be from 256" "$run" --mem 1 true
	refuses "--icount counts one processor" "$run" --icount --smp 2 true
	refuses "--timeout needs a value" "$run" --timeout
	refuses "quote them" "$run" -- echo two words
	refuses "/no/such/file: no such file" "$run" --add /no/such/file -- true
	refuses "/no/such/disk: no such file" "$run" --disk /no/such/disk -- true
	refuses "cannot write the log" "$run" --log /proc/no/log -- true
}

@test "lab/demo: wrong options are one line" {
	refuses "--guests 'many'" "$top/lab/demo" --guests many
	refuses "--exponent 'x'" "$top/lab/demo" --exponent x
	refuses "unknown option --nonsense" "$top/lab/demo" --nonsense
}

@test "what is not built yet or not installed is one line" {
	local run=$copy/run
	export HOSPES_CACHE=$cache
	refuses "run make hypervisor" "$run" --hv hospes -- true
	refuses "run make modules" "$run" --drivers ours -- true
	refuses "run make userspace" "$run" --tools xm -- true
	refuses "no /no/such/qemu: run lab/setup" env QEMU=/no/such/qemu "$run" -- true
	# a machine that has the basic tools, but no emulator
	local bin=$BATS_TEST_TMPDIR/bin tool
	mkdir "$bin"
	for tool in bash env sed cat cut sha256sum dirname basename touch id realpath \
		find sort head stat grep od qemu-img; do
		ln -s "$(command -v $tool)" "$bin/$tool"
	done
	refuses "no qemu-system-x86_64: run lab/setup" env PATH="$bin" "$run" -- true
}

# Could be wrong: a QEMU that cannot start looks like a dom0 that hangs.
@test "a QEMU that fails says why" {
	run --separate-stderr "$top/lab/run" --log "$BATS_TEST_TMPDIR/log" --fresh \
		--mem 900000 -- true
	assert_eq "$status" 125 status
	assert_has "$stderr" "QEMU says:"
}

@test "lab/setup is quick, and says what to do when it cannot install" {
	local start took i
	for i in {1..10}; do # the host may have other things to do
		start=${EPOCHREALTIME/./}
		"$top/lab/setup" --check
		took=$((${EPOCHREALTIME/./} - start))
		[ $took -gt 1000000 ] || break
	done
	assert_at_most "$took" 1000000 "us of lab/setup --check ($i times)"
	refuses "unknown option" "$top/lab/setup" --nonsense
	echo no-such-package-at-all >>"$copy/packages.list"
	refuses "1 packages missing (no-such-package-at-all): run lab/setup" \
		"$copy/setup" --check
	run "${plain[@]}" "$copy/setup"
	assert_eq "$status" 1 status
	assert_has "${lines[1]}" "apt-get install -y --no-install-recommends no-such"
	sed -i '/no-such-package/d' "$copy/packages.list"
}
