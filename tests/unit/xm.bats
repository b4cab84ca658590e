#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # $stderr and its lines are set by run
# xm where there is no hypervisor: finding the command that was meant, its
# usage, and what it says when it can ask nobody.

bats_require_minimum_version 1.5.0

setup_file() {
	export TOP=$BATS_TEST_DIRNAME/../..
	make -s -C "$TOP/userspace" >&2
	ln -s "$(realpath "$TOP/userspace/xm/xm")" "$BATS_FILE_TMPDIR/xl"
}

xm() { "$TOP/userspace/xm/xm" "$@"; }

# What could be wrong: a command is missing that people and programs call.
@test "xm: every command of daily use has its help" {
	local command
	for command in create list console shutdown reboot destroy pause \
		unpause domid domname domstate why rename info uptime dmesg \
		vcpu-list vcpu-pin vcpu-set sched-credit debug-keys sysrq help \
		top mem-set mem-max block-attach block-detach block-list \
		network-attach network-detach network-list; do
		run -0 --separate-stderr xm help "$command"
		[[ ${lines[0]} == "Usage: xm $command"* ]]
		[ -z "$stderr" ]
		run -0 xm "$command" --help
		[[ ${lines[0]} == "Usage: xm $command"* ]]
	done
	run -0 "$BATS_FILE_TMPDIR/xl" help
	[ "${lines[0]}" = 'Usage: xl COMMAND [ARGUMENT...]' ]
	[ "$(xm help | grep -c '^ [a-z]')" = "$(xm help --long | grep -c '^ [a-z]')" ]
}

# What could be wrong: a prefix runs another command, or a long one none.
@test "xm: a unique beginning is enough, two letters at least" {
	run -0 xm help debug
	[[ ${lines[0]} == 'Usage: xm debug-keys'* ]]
	run -0 xm help cr
	[[ ${lines[0]} == 'Usage: xm create'* ]]
	run -0 xm help sched
	[[ ${lines[0]} == 'Usage: xm sched-credit'* ]]
	run -1 xm help l
	[ "${lines[0]}" = "Error: unknown command 'l'" ]
	run -1 --separate-stderr xm vcpu
	[ "$stderr" = "Error: 'vcpu' could be vcpu-list vcpu-pin vcpu-set" ]
	run -1 --separate-stderr xm un
	[[ ${stderr_lines[0]} == 'Usage: xm unpause'* ]]
}

# What could be wrong: an old name does not run, or runs without a word.
@test "xm: old names run with a notice" {
	local pair
	for pair in balloon=mem-set set-vcpus=vcpu-set vif-list=network-list \
		vbd-create=block-attach vbd-destroy=block-detach \
		vbd-list=block-list; do
		run -1 --separate-stderr xm "${pair%=*}"
		[ "${stderr_lines[0]}" = \
			"Warning: ${pair%=*} is the old name of ${pair#*=}" ]
		[[ ${stderr_lines[1]} == "Usage: xm ${pair#*=} "* ]]
		[ -z "$output" ]
	done
}

# What could be wrong: a command of the real xm looks like a slip of the pen.
@test "xm: what is not built in is known by its name" {
	local command
	for command in save restore migrate new start suspend trigger \
		vnet-list scsi-list usb-add tmem-list addlabel cpupool-list \
		psr-hwinfo; do
		run -1 --separate-stderr xm "$command" a b
		[ "$stderr" = "Error: $command is not available in this build" ]
		[ -z "$output" ]
	done
	for command in sched-sedf sched-rtds sched-credit2; do
		run -1 --separate-stderr xm "$command" -d a
		[ "${stderr_lines[0]}" = \
			"Error: $command is not available in this build" ]
		[[ ${stderr_lines[1]} == 'hint: the scheduler is credit: '* ]]
		[ -z "$output" ]
	done
}

# What could be wrong: a wrong use exits with 0, or writes on stdout.
@test "xm: a wrong use is answered with the usage, on stderr" {
	local use
	for use in domid domname domstate 'rename a' destroy pause unpause \
		console 'sysrq a' shutdown 'shutdown -a b' 'shutdown -t x a' \
		'vcpu-pin a 0' 'vcpu-set a' 'sched-credit -w' \
		'sched-credit -d a -w 0' 'sched-credit -d a -w 70000' \
		'sched-credit -d a -c -1' 'sched-credit -d a -w x' \
		'sched-credit -w 256' 'info x' 'dmesg -x' 'list -x' 'uptime -x' \
		'vcpu-list -x' debug-keys create 'create -x' 'create a b' \
		'mem-set a' 'help a b' 'domid a b' why 'why -x a' 'destroy --force a' 'top a' \
		'top -b -i 0' 'top -d x' 'top -q'; do
		# shellcheck disable=SC2086 # they are words
		run -1 --separate-stderr xm $use
		[ -z "$output" ]
		[[ $stderr == *"Usage: xm ${use%% *}"* ]] || {
			echo "xm $use: $stderr"
			false
		}
	done
	run -1 --separate-stderr xm
	[ -z "$output" ]
	[[ ${stderr_lines[0]} == 'Usage: xm COMMAND'* ]]
	run -1 --separate-stderr xm sched-credit -d a -w 70000
	[ "${stderr_lines[0]}" = \
		"Error: sched-credit: weight '70000': from 1 to 65535" ]
	run -1 --separate-stderr xm sched-credit -d a -c 60000
	[ "${stderr_lines[0]}" = "Error: sched-credit: cap '60000': percent of \
one CPU, from 0 (no limit) to 51200" ]
}

# What could be wrong: `Cannot allocate memory` where nobody is to be asked.
@test "xm: without a hypervisor one line says so" {
	[ ! -e /sys/hypervisor/type ] || skip 'this machine has one'
	local rest='hypervisor: boot Xen or Hospes first'
	local command
	for command in 'destroy x' 'pause 3' 'domstate 4' info dmesg \
		'debug-keys h' 'destroy -n x' 'vcpu-pin a 0 0'; do
		# shellcheck disable=SC2086 # they are words
		run -1 --separate-stderr xm $command
		[ -z "$output" ]
		[ "$stderr" = 'Error: this machine does not run on a '"$rest" ]
	done
}

# What could be wrong: a command without a page, or one that man cannot read.
@test "xm: every command has its manual page" {
	local command page pages=$TOP/userspace/out/man
	for command in $(xm help | awk '/^ [a-z]/ { print $1 }'); do
		page=$pages/xm-$command.1
		grep -qxF ".B xm ${command//-/\\-}" "$page"
		grep -q '^\.SH NAME' "$page"
	done
	for page in xm.1 xmdomain.cfg.5 xend-config.sxp.5; do
		grep -q '^\.TH' "$pages/$page"
	done
}

# What could be wrong: completion that knows other commands than the program.
@test "xm: bash completes commands and their options from the table" {
	completes() { # WORD...: what the last one may become
		bash -c 'PATH=$1:$PATH; . "$2"; shift 2; COMP_WORDS=("$@")
			COMP_CWORD=$(($# - 1))
			_xm xm "${!#}" "${COMP_WORDS[$# - 2]}"
			echo "${COMPREPLY[*]}"' - "$TOP/userspace/xm" \
			"$TOP/userspace/completion/xm" "$@"
	}
	[ "$(completes xm vcpu-)" = 'vcpu-list vcpu-pin vcpu-set' ]
	[ "$(completes xm block-detach -)" = '--force -f -n -q -v' ]
	[ "$(completes xm help net)" = 'network-attach network-detach network-list' ]
	[ "$(completes xm '' | wc -w)" = "$(xm help | grep -c '^ [a-z]')" ]
	[[ " $(completes xm create --) " = *' --no-overcommit '* ]]
}
