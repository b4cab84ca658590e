# SPDX-License-Identifier: GPL-2.0-only
# Makes the tables of debug/symbols.c from `nm -n` of the linked image: offsets
# of the functions from the image's start, and their names.
BEGIN { n = 0 }
/ _image_start$/ { base = $1 }
$2 ~ /^[tT]$/ && $3 !~ /^(_|\.L)/ && $1 != last {
	last = $1
	at[n] = bytes
	name[n++] = $3
	bytes += length($3) + 1
	address[n - 1] = $1
}
END {
	print "\t.section .symtab.rodata, \"a\"\n\t.balign 4"
	print "\t.globl symtab_count, symtab_offset, symtab_name_at, symtab_names"
	print "symtab_count:\t.long " n + 0
	print "symtab_offset:"
	for (i = 0; i < n; i++)
		print "\t.long 0x" address[i] " - 0x" base
	print "symtab_name_at:"
	for (i = 0; i < n; i++)
		print "\t.long " at[i] + 0
	print "symtab_names:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	print "\t.section .note.GNU-stack, \"\", @progbits"
}
