# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash

# The parts of this machine's compiler that make a program of one source, as a
# disk that is an archive: dom0 has none.
compiler_disk() { # FILE
	local dir=$BATS_TEST_TMPDIR/cc part
	mkdir -p "$dir"
	printf '%s\n' '#include <stdio.h>' 'int main(void) {' \
		'int n = 0; for (int i = 0; i < 100; i++) n += i * i;' \
		'printf("%d\n", n); return 0; }' | gcc -E -o "$dir/t.i" -xc -
	for part in cc1 as ld; do
		cp -L "$(command -v "$(gcc -print-prog-name=$part)")" "$dir/$part"
	done
	for part in crt1.o crti.o crtn.o; do
		cp "$(gcc -print-file-name=$part)" "$dir/"
	done
	ldd "$dir/cc1" "$dir/as" "$dir/ld" |
		awk '$2 == "=>" && !/libc\.so|libm\.so/ { print $3 }' |
		sort -u | xargs cp -Lt "$dir"
	tar -C "$dir" -cf "$1" .
}
