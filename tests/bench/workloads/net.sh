#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest's network interface on dom0's bridge: TCP both ways (Mbit/s) and the
# time of a ping (microseconds).
set -eu

guest create net ip=10.0.0.10 >/dev/null
iperf3 -s -D --logfile /dev/null

mbits() { # ROW OPTION
	guest run net "iperf3 -c 10.0.0.1 -t 1 $2 >/dev/null;
		iperf3 -c 10.0.0.1 -t 4 -f m $2" |
		awk -v r="$1" '/receiver/ {
			for (i = 2; i <= NF; i++)
				if ($i == "Mbits/sec") print "@@", r, $(i - 1) }'
}

mbits net-send ''
mbits net-receive -R
ping -c 5 -i 0.2 -q 10.0.0.10 >/dev/null
ping -c 30 -i 0.2 -q 10.0.0.10 |
	awk -F / '/^rtt/ { print "@@ net-ping", $5 * 1000 }'
