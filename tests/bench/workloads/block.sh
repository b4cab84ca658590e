#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest's disk: a file in dom0's page cache, through the back-end, read by
# fio (IO operations and KiB a second) and by hdparm as in the tutorials (MB/s).
set -eu

guest create blk ip=no file=/guest/data.img >/dev/null
cat /guest/data.img >/dev/null

# fio's terse line: field 7 is the bandwidth, 8 the operations a second
fio_row() { # ROW FIELD MODE SIZE DEPTH
	local run="fio --name=x --filename=/dev/xvdb --readonly --direct=1
		--ioengine=libaio --rw=$3 --bs=$4 --iodepth=$5 --time_based
		--output-format=terse --terse-version=3"
	run=${run//$'\n'/ }
	guest run blk "$run --runtime=1 >/dev/null; $run --runtime=3" |
		awk -F ';' -v r="$1" -v f="$2" 'NF > 50 { print "@@", r, $f }'
}

fio_row blk-random 8 randread 4k 1
fio_row blk-random-32 8 randread 4k 32
fio_row blk-sequential 7 read 128k 4
guest run blk 'hdparm -Tt /dev/xvdb >/dev/null; hdparm -Tt /dev/xvdb' |
	awk '/cached reads/ { print "@@ hdparm-T", $(NF - 1) }
	     /disk reads/ { print "@@ hdparm-t", $(NF - 1) }'
