#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ubench's rows in a guest, as cpu.sh prints them for dom0.
set -eu

guest create cpu ip=no >/dev/null
guest run cpu ubench |
	sed -n 's/.*"row":"\([^"]*\)".*"median":\([0-9.]*\),.*/@@ guest-\1 \2/p'
