# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # top is of qemu.bash
# For the files of the suite domains: domains.sh runs in the dom0 of one machine
# and says what it found; each file has a machine of its own.

soak() { [ "${HOSPES_SOAK:-0}" = 1 ] && echo "$1" || echo "$2"; }

# in_dom0 SECTION...: what they say is in $FOUND
in_dom0() {
	local drivers=stock
	[ "$HV" = xen ] || drivers=ours
	"$top/lab/images" >&2
	[ "$HV" = xen ] || make -s -C "$top" modules >&2
	make -s -C "$top/userspace" >&2
	lab_run --smp 2 --mem 4096 --drivers $drivers --tools xm \
		--timeout "$(soak 14400 2400)" \
		--add "$top/tests/lib/domains.sh" -- "
		export COUNT_KILLS=$(soak 30 3) COUNT_CYCLES=$(soak 200 20)
		export COUNT_REBOOTS=$(soak 50 5) COUNT_GUESTS=$(soak 20 4)
		for section in $*; do
			timeout $(soak 3600 800) bash /root/domains.sh \$section
		done
		cat /var/log/xen/xend.log >&2" >"$FOUND" \
		2>"$(this_log stderr)" || true
	cat "$FOUND" "$(this_log stderr)" >&2
}

# found NAME: what was said of it
found() {
	sed -n "s/^$1 //p" "$FOUND"
}

# all_back SECTION: the hypervisor's free pages; the script compares the rest
all_back() {
	[ -n "$(found "$1-free-before")" ] || fail "$1 did not end"
	assert_eq "$(found "$1-free-after")" "$(found "$1-free-before")" \
		"free pages"
}
