#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What could be wrong: a rule of `make lint` lets its violation pass, or
# refuses a good tree. Each test makes a sample tree with one fault in it and
# wants exactly that fault named.

bats_require_minimum_version 1.5.0

setup() {
	tools=$(cd "$BATS_TEST_DIRNAME/../../tools" && pwd)
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/hypervisor/mm" "$tree/hypervisor/include"
	c hypervisor/mm/page.h '#ifndef MM_PAGE_H' '#define MM_PAGE_H' '' \
		'int page_count(void);' '' '#endif'
	c hypervisor/mm/page.c '#include "mm/page.h"' '' \
		'int page_count(void)' '{' $'\treturn 1;' '}'
}

# c FILE LINE...: a C file with its licence line
c() {
	local file=$tree/$1 mark='// '
	shift
	mkdir -p "$(dirname "$file")"
	{
		if [[ $file = *.h ]]; then
			echo "/* SPDX-License-Identifier: GPL-2.0-only */"
		else
			echo "${mark}SPDX-License-Identifier: GPL-2.0-only"
		fi
		printf '%s\n' "$@"
	} >"$file"
}

# refused CHECK TEXT: lint finds something and says TEXT
refused() {
	run -1 "$tools/lint" --root "$tree" "$1"
	[[ $output = *"$2"* ]] || {
		echo "wanted: $2"
		echo "got: $output"
		return 1
	}
}

@test "a good tree passes every check" {
	run -0 "$tools/lint" --root "$tree"
	[[ $output = *"5 passed, 0 failed"* ]]
}

@test "an unknown check is a usage error" {
	run -2 "$tools/lint" --root "$tree" nonsense
}

@test "format: wrong indent" {
	c hypervisor/mm/page.c '#include "mm/page.h"' '' \
		'int page_count(void)' '{' '    return 1;' '}'
	refused format "hypervisor/mm/page.c:"
}

@test "headers: one that needs another first" {
	c hypervisor/mm/p2m.h '#ifndef P' '#define P' '' 'u64 p2m(void);' '' '#endif'
	refused headers "hypervisor/mm/p2m.h: does not compile alone"
}

@test "layers: an include that points up" {
	c hypervisor/domain/domain.h 'struct domain;'
	c hypervisor/mm/page.c '#include "domain/domain.h"'
	refused source '"domain/domain.h" is layer 5, above mm/ (layer'
}

@test "layers: pv and hvm stay apart" {
	c hypervisor/hvm/vmx.h 'struct vmx;'
	c hypervisor/pv/mmu.c '#include "hvm/vmx.h"'
	refused source "pv/ and hvm/ never include each other"
}

@test "layers: a directory without a layer" {
	c hypervisor/misc/bag.c 'int bag;'
	refused source "misc/ has no layer"
}

@test "layers: an include without its directory" {
	c hypervisor/mm/page.c '#include "page.h"'
	refused source 'write the path from hypervisor/'
}

@test "layers: a header that is not there" {
	c hypervisor/mm/page.c '#include "mm/gone.h"'
	refused source '"mm/gone.h": no such file'
}

@test "layers: the public ABI outside of abi.h" {
	c hypervisor/mm/page.c '#include <xen/xen.h>'
	refused source 'the public ABI comes in through'
	c hypervisor/include/abi.h '#include <xen/xen.h>'
	c hypervisor/mm/page.c '#include "include/abi.h"'
	run -0 "$tools/lint" --root "$tree" source
}

@test "layers: a hosted header in the hypervisor" {
	c hypervisor/mm/page.c '#include <stdio.h>'
	refused source "no hosted header"
}

@test "functions: 101 lines" {
	local body=()
	mapfile -t body < <(yes $'\tx++;' | head -n 99)
	c hypervisor/mm/page.c 'int f(int x)' '{' "${body[@]}" '}'
	refused source "function of 101 lines"
	c hypervisor/mm/page.c 'int f(int x)' '{' '/* lint: flat switch */' \
		"${body[@]}" '}'
	run -0 "$tools/lint" --root "$tree" source
}

@test "functions: #if inside" {
	c hypervisor/mm/page.c 'int f(void)' '{' '#ifdef DEBUG' '#endif' '}'
	refused source "no #if inside a function"
}

@test "files: 801 lines" {
	local body=()
	mapfile -t body < <(yes 'extern int x;' | head -n 800)
	c hypervisor/mm/page.c "${body[@]}"
	refused source "801 lines, at most 800"
}

@test "lines: too wide" {
	c hypervisor/mm/page.c "extern int $(printf 'x%.0s' {1..80});"
	refused source "columns wide"
	c hypervisor/mm/page.c "char *s = \"$(printf 'x%.0s' {1..75})\";"
	run -0 "$tools/lint" --root "$tree" source
	c hypervisor/mm/page.c "char *s = \"$(printf 'x%.0s' {1..99})\";"
	refused source "columns wide"
}

@test "lines: blanks at the end, no newline at the end" {
	c hypervisor/mm/page.c 'int x; '
	refused source "blanks at the end"
	printf '// SPDX-License-Identifier: GPL-2.0-only' \
		>"$tree/hypervisor/mm/page.c"
	refused source "no newline at the end"
}

@test "licence: missing line" {
	echo 'int x;' >"$tree/hypervisor/mm/page.c"
	refused source "no SPDX-License-Identifier"
}

@test "words: unfinished work" {
	c hypervisor/mm/page.c "/* TO""DO: free it */"
	refused source "finish it"
}

@test "words: a path of the machine the tree lies on" {
	c hypervisor/mm/page.c "/* see $(realpath "$tree" | cut -d/ -f1-3)/x */"
	refused source "path of one machine"
}

@test "words: a package registry's host" {
	c lab/recipe.c "/* https://ftp.example"".org/debian */"
	refused source "package hosts come from"
}

@test "binary files are refused" {
	printf '\0\1' >"$tree/blob"
	refused source "binary file"
}

@test "links: a document that points at nothing" {
	echo "See [the tour](tour.md)." >"$tree/README.md"
	refused source "link to tour.md, which does not exist"
	echo "Hello" >"$tree/tour.md"
	run -0 "$tools/lint" --root "$tree" source
}

@test "shell: a part that others source" {
	# shellcheck disable=SC2016 # the fault is in the sample
	printf '# SPDX-License-Identifier: GPL-2.0-only\n%s\n%s\n' \
		'# shellcheck shell=bash' 'rm $1' >"$tree/hypervisor/part"
	refused shell "SC2086"
}

@test "shell: what shellcheck finds" {
	# shellcheck disable=SC2016 # the fault is in the sample
	printf '#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-only\nrm $1/*\n' \
		>"$tree/hypervisor/run"
	refused shell "SC2086"
}

@test "docs: hypercalls or options that are not as the sources say" {
	local top=$tools/..
	mkdir -p "$tree/docs" "$tree/hypervisor/boot"
	cp -r "$top/hypervisor/hypercall" "$tree/hypervisor/"
	cp "$top/hypervisor/include/hospes.h" "$tree/hypervisor/include/"
	cp "$top/hypervisor/boot/cmdline.c" "$tree/hypervisor/boot/"
	cp "$top/docs/hypercalls.md" "$top/docs/command-line.md" "$tree/docs/"
	run -0 "$tools/lint" --root "$tree" docs
	sed -i '/^| .nosmp/d' "$tree/docs/command-line.md"
	refused docs "option 'nosmp' is missing"
	sed -i '/CALL(vcpu_op/d' "$tree/hypervisor/hypercall/table.c"
	refused docs "docs/hypercalls.md: not current"
}
