#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # $stderr is set by run
#
# What could be wrong: the harness computes a wrong ratio, takes a broken run
# for a result, or lets a worse row through the gate. A small program in the
# place of lab/run prints known figures here.

bats_require_minimum_version 1.5.0

setup() {
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/tests" "$tree/lab" "$tree/docs" "$tree/hypervisor"
	cp -r "$BATS_TEST_DIRNAME/../bench" "$tree/tests/"
	printf '#!/bin/sh\n' >"$tree/lab/run"
	chmod +x "$tree/lab/run"
	: >"$tree/hypervisor/hospes"
	bench=$tree/tests/bench/bench
}

# figures FOR_HOSPES FOR_XEN: what the runs print as the row alu
figures() {
	cat >"$tree/lab/run" <<-END
		#!/bin/bash
		[ "\$2" = hospes ] && echo "@@ alu $1" || echo "@@ alu $2"
	END
}

@test "ratio of medians, in exactly the agreed format" {
	figures 50 100
	run -0 --separate-stderr "$bench" --pairs 3 alu
	want='{"row":"alu","group":"cpu","clock":"icount","unit":"instr"'
	want+=',"better":"lower","ours":50.0,"ref":100.0,"ratio":0.5'
	want+=',"ref_name":"xen-best","n":3,"lo":0.5,"hi":0.5}'
	[ "$(head -n 1 "$tree/out/bench.jsonl")" = "$want" ]
	[ "$(wc -l <"$tree/out/bench.jsonl")" -eq 2 ]
}

@test "without a hypervisor: xen-best against bare, and named so" {
	rm "$tree/hypervisor/hospes"
	figures 1 20
	run -0 "$bench" --pairs 1 alu
	[[ $(cat "$tree/out/bench.jsonl") = '{"row":"alu@xen-best",'*'"bare"'* ]]
}

@test "other platforms are named in the row, and get their options" {
	cat >"$tree/lab/run" <<-'END'
		#!/bin/bash
		case " $* " in
		*" --drivers ours "*) echo "@@ hdparm-t 30" ;;
		*) echo "@@ hdparm-t 20" ;;
		esac
	END
	run -0 "$bench" --pairs 1 --of stack hdparm-t
	[[ $(cat "$tree/out/bench.jsonl") = \
		'{"row":"hdparm-t@stack",'*'"ratio":1.5,"ref_name":"xen-best"'* ]]
	run -0 "$bench" --pairs 1 --of our-drivers --against stock-drivers hdparm-t
	[[ $(cat "$tree/out/bench.jsonl") = \
		'{"row":"hdparm-t@our-drivers",'*'"ref_name":"stock-drivers"'* ]]
}

@test "a run that fails or prints nothing is no result" {
	printf '#!/bin/bash\necho "no dom0" >&2\nexit 125\n' >"$tree/lab/run"
	run -1 --separate-stderr "$bench" --pairs 1 alu
	[[ $stderr = *"ended with status 125: no dom0"* ]]
	[ ! -e "$tree/out/bench.jsonl" ]
}

@test "the gate refuses a row that got worse, and only that" {
	figures 50 100
	run -0 "$bench" --pairs 2 --record alu
	[ "$(wc -l <"$tree/docs/bench-record.jsonl")" -eq 1 ]
	figures 52 100
	run -0 "$bench" --pairs 2 --gate alu
	[[ $output = *"1 rows compared, 0 worse"* ]]
	figures 53 100
	run -1 "$bench" --pairs 2 --gate alu
	[[ $output = *"alu (icount): ratio 0.53, on record 0.5"* ]]
}

@test "a row that is recorded leaves the others, and takes its own place" {
	figures 50 100
	run -0 "$bench" --pairs 1 --record alu
	sed 's/"alu"/"other"/' "$tree/docs/bench-record.jsonl" >"$tree/other"
	cat "$tree/other" >>"$tree/docs/bench-record.jsonl"
	figures 40 100
	run -0 "$bench" --pairs 1 --record alu
	[ "$(wc -l <"$tree/docs/bench-record.jsonl")" -eq 2 ]
	[[ $(head -n 1 "$tree/docs/bench-record.jsonl") = *'"ours":40.0'* ]]
	cmp "$tree/other" <(tail -n 1 "$tree/docs/bench-record.jsonl")
}

@test "the tools' row is of the stack, without being told" {
	mkdir -p "$tree/tests/images"
	echo '#!/bin/sh' >"$tree/tests/images/build"
	chmod +x "$tree/tests/images/build"
	cat >"$tree/lab/run" <<-'END'
		#!/bin/bash
		case " $* " in
		*" --tools xm "*) echo "@@ list-50 30" ;;
		*) echo "@@ list-50 120" ;;
		esac
	END
	run -0 "$bench" --pairs 1 list-50
	[[ $(cat "$tree/out/bench.jsonl") = \
		'{"row":"list-50@stack",'*'"ratio":0.25,"ref_name":"xen-best"'* ]]
}

@test "the gate without a record says how to make one" {
	figures 1 1
	run -1 "$bench" --pairs 1 --gate alu
	[[ $output = *"bench --record"* ]]
}

@test "an unknown row is refused before anything runs" {
	run -1 "$bench" nonsense
	[[ $output = "bench: no row or group 'nonsense'; rows: "* ]]
}
