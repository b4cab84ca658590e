# SPDX-License-Identifier: GPL-2.0-only
# What the exercises are written with. Sourced in dom0 by ./run, which runs
# one of them at a time; everything they print is the transcript, but for lines
# that begin with @@, which the report is made from:
#   @@ fact PLOT SERIES X VALUE   one point; several of one X are averaged
#   @@ line PLOT SERIES X VALUE   the same, of what is expected
#   @@ plot PLOT KIND TITLE X-LABEL Y-LABEL     KIND is bars or lines
#   @@ note TEXT                  a sentence beside the plots
#   @@ claim ok|failed TEXT
# Fields are separated by tabs. All exercises of a group run in one machine.
# shellcheck shell=bash disable=SC1091 # three.sh is beside it in dom0
. "${BASH_SOURCE[0]%/*}/three.sh"

export LC_ALL=C DM_DISABLE_UDEV=1 GUEST_TIMEOUT=600
tool=$(command -v xm || command -v xl)
tool=${tool##*/}
out=/run/exercises
mkdir -p $out /etc/xen /root

xm() { command "$tool" "$@"; }

# say WORDS: a line of the transcript
say() { printf '%s\n' "$*"; }

# show COMMAND...: run it as a person would, with its prompt
show() {
	local line="$*"
	[ "$1" != xm ] || line="$tool ${*:2}"
	say "dom0# $line"
	"$@" 2>&1
}

# inside NAME COMMANDS: in the guest, shown with its prompt
inside() {
	say "$1# $2"
	guest run "$1" "$2"
}

row() { # KIND FIELD...
	local text
	printf -v text '\t%s' "${@:2}"
	printf '@@ %s%s\n' "$1" "$text"
}
fact() { row fact "$@"; }
line() { row line "$@"; }
plot() { row plot "$@"; }
note() { row note "$*"; }

# claim TEXT COMMAND...: whether COMMAND succeeds
claim() {
	if "${@:2}"; then row claim ok "$1"; else row claim failed "$1"; fi
}

# holds EXPRESSION [name=value...]: of awk, with decimals
holds() {
	local words=() word
	for word in "${@:2}"; do words+=(-v "$word"); done
	awk "${words[@]}" "BEGIN { exit !($1) }"
}

compute() { # EXPRESSION [name=value...]: with two decimals
	local words=() word
	for word in "${@:2}"; do words+=(-v "$word"); done
	awk "${words[@]}" "BEGIN { printf \"%.2f\", $1 }"
}

# within SECONDS COMMAND...: until COMMAND succeeds
within() {
	local end=$((SECONDS + $1)) last=
	shift
	until "$@" >/dev/null 2>&1; do
		[ -z "$last" ] || { say "not within the time: $*"; return 1; }
		# one more after the end: a busy host may stop us for seconds
		[ $SECONDS -lt $end ] || last=1
		sleep 0.2
	done
}

domid() { xm domid "$1" 2>/dev/null; }
up() { domid "$1" >/dev/null; }
gone() { ! up "$1"; }
guests() { xm list | awk 'NR > 1 && $1 != "Domain-0" { print $1 }'; }
answers() { ping -c 1 -w "${2:-60}" -q "$1" >/dev/null; }

# only NAME...: no other guest is left; there is memory for some of them
only() {
	local name
	for name in $(guests); do
		[[ " $* " = *" $name "* ]] || xm destroy "$name"
	done
}

# start NAME: create it from /etc/xen/NAME.cfg, until its console says MARK-UP
start() {
	rm -f "/var/log/xen/console/guest-$1.log"
	xm create -q "/etc/xen/$1.cfg" && guest wait "$1" MARK-UP 600
}

# tiny NAME VIF DISK [LINE...]: the configuration of a tiny guest
tiny() {
	{
		cat <<-END
		name = '$1'
		kernel = '/guest/vmlinux-6.1'
		ramdisk = '/guest/tiny-6.1.gz'
		memory = 128
		extra = 'console=hvc0 quiet'
		vif = [ $2 ]
		disk = [ $3 ]
		tsc_mode = 'native'  # what Debian's Xen needs in the lab
		END
		[ $# -le 3 ] || printf '%s\n' "${@:4}"
	} >"/etc/xen/$1.cfg"
}

# in_all NAME COMMANDS GUEST...: in all of them at once; what they said is in
# $out/NAME.GUEST
in_all() {
	local what=$1 commands=$2 name bad=0 pids=()
	shift 2
	for name; do
		guest run "$name" "$commands" >"$out/$what.$name" 2>&1 &
		pids+=($!)
	done
	for name in "${pids[@]}"; do wait "$name" || bad=1; done
	for name; do
		say "$name# $commands"
		tr -d '\r' <"$out/$what.$name"
	done
	return $bad
}

# The guests of the measurements, d1 to d3: a disk that is a file (xvdb) and
# one that is a logical volume (xvdc), with the same random data.
volumes() {
	[ ! -e /dev/vg0/d1 ] || return 0
	modprobe dm-mod
	show pvcreate -q /dev/vdc && show vgcreate -q vg0 /dev/vdc || return
	local i
	for i in 1 2 3; do
		show lvcreate -q -W n -L 64M -n d$i vg0 || return
		dd if=/guest/data.img of=/dev/vg0/d$i bs=1M status=none
		cp --sparse=never /guest/data.img /var/lib/xen/d$i.img
	done
}

measured() {
	local i
	only d1 d2 d3
	volumes || return
	for i in 1 2 3; do
		! up d$i || continue
		tiny d$i '' "'file:/var/lib/xen/d$i.img,xvdb,w',
			'phy:/dev/vg0/d$i,xvdc,w'"
		start d$i || return
	done
}

# cpu_times: each domain's name and CPU seconds
cpu_times() { xm list | awk 'NR > 1 { print $1, $NF }'; }

# window SECONDS: what each domain used meanwhile, in % of one CPU, to
# $out/used; the clock is read next to each list
window() {
	local t0 t1
	t0=$EPOCHREALTIME
	cpu_times >$out/before
	sleep "$1"
	t1=$EPOCHREALTIME
	cpu_times >$out/after
	awk -v s="$t0" -v e="$t1" '
		NR == FNR { before[$1] = $2; next }
		{ printf "%s %.1f\n", $1, ($2 - before[$1]) / (e - s) * 100 }
	' $out/before $out/after >$out/used
	sed 's/$/ %/' $out/used
}
used() { awk -v n="$1" '$1 == n { print $2 }' $out/used; }

# load NAME: bc again and again, until unload
load() {
	guest run "$1" '(while :; do echo "1234567 ^ 2000" | bc; done >/dev/null 2>&1) &
		echo $! >/tmp/load' >/dev/null
}
# shellcheck disable=SC2016 # the guest's
unload() { guest run "$1" 'kill $(cat /tmp/load)' >/dev/null; }

# The exponent of the CPU benchmark: the tutorials' 123456 takes minutes here,
# so it is one that takes dom0 about four seconds. Compared hypervisors share it.
exponent() {
	local t0 t
	if [ -n "${EXPONENT-}" ]; then echo "$EXPONENT" >$out/exponent; fi
	[ ! -e $out/exponent ] || { exponent=$(cat $out/exponent); return; }
	t0=$EPOCHREALTIME
	echo "1234567 ^ 4000" | bc >/dev/null
	t=$(compute e-s s="$t0" e="$EPOCHREALTIME")
	exponent=$(awk -v t="$t" 'BEGIN { if (t < 0.05) t = 0.05
		e = 4000 * exp(log(4 / t) / 1.7)
		e = int(e / 1000 + 0.5) * 1000
		print (e < 4000 ? 4000 : e > 123456 ? 123456 : e) }')
	echo "$exponent" >$out/exponent
	row exponent "$exponent"
}
said_exponent() {
	note "bc computes 1234567 ^ $exponent instead of 1234567 ^ 123456: scaled" \
		"to what this machine can do in some seconds."
}

# seconds FILE: of the line "real 0m 4.71s"
seconds() {
	tr -d '\r' <"$1" | awk '/^real/ { gsub(/[ms]/, " ")
		printf "%.2f\n", $2 * 60 + $3 }'
}

# draw TITLE GUEST...: what the report draws the bridges from: the state that
# they are in, whose vif is whose, and what addresses the guests say they have
draw() {
	local name nic bridge addr
	row map "$1"
	row links "$(bridge -j link | tr -d '\n')"
	for name in "${@:2}"; do
		row guest "$(domid "$name")" "$name"
		guest run "$name" 'ip -4 addr show' | tr -d '\r' |
			awk '/^[0-9]+:/ { nic = $2 } /inet / { print nic, $2 }' |
			sed -n 's/^eth\([0-9]*\)[^ ]* /\1 /p' >$out/addresses
		while read -r nic addr; do
			row address "$name" "$nic" "$addr"
		done <$out/addresses
	done
	for bridge in $(bridge link | sed -n 's/.* master \([^ ]*\) .*/\1/p' | sort -u); do
		addr=$(ip -4 addr show "$bridge" | awk '/inet / { print $2 }')
		[ -z "$addr" ] || row address Domain-0 "$bridge" "$addr"
	done
	show bridge link
}

# The two guests of tutorial B's CPU slides.
pair() {
	only manual prueba
	tiny manual '' '' 'vcpus = 1'
	tiny prueba '' '' 'vcpus = 2'
	up manual || start manual || return
	up prueba || start prueba
}
