#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# From the start of QEMU to the first command in dom0. Runs on the host:
# LAB_RUN is lab/run with the platform's options.
set -eu

start=$(date +%s%N)
eval "$LAB_RUN --fresh -- true"
end=$(date +%s%N)
echo "@@ boot-init $(((end - start) / 1000000))" | sed 's/\(...\)$/.\1/'
