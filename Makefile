# SPDX-License-Identifier: GPL-2.0-only
# What a person can ask of this tree.  The work is done by the Makefiles and
# scripts of the directories; this file only gives it short names.

VERSION := 0.1
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
MAKEFLAGS += --no-print-directory
export V VERSION

# The layers a lab command uses; each has a default in the script it calls.
HV ?=
DRIVERS ?=
TOOLS ?=
HV_OPT := $(if $(HV),--hv $(HV))
# What is run and demonstrated: all of ours, or all of the distribution's.
RUN_HV := $(or $(HV),hospes)
RUN_DRIVERS := $(or $(DRIVERS),$(if $(filter xen,$(RUN_HV)),stock,ours))
RUN_TOOLS := $(or $(TOOLS),$(if $(filter xen,$(RUN_HV)),xl,xm))
LAB_OPT := --hv $(RUN_HV) --drivers $(RUN_DRIVERS) --tools $(RUN_TOOLS)
OURS := $(if $(filter hospes,$(RUN_HV)),hypervisor) \
	$(if $(filter ours,$(RUN_DRIVERS)),modules) \
	$(if $(filter xm,$(RUN_TOOLS)),userspace)

# Modules are built for the newest installed headers of one kernel series,
# never for the kernel of the machine that builds.
KERNEL ?= 6.1
KDIRS := $(wildcard /usr/src/linux-headers-$(KERNEL).*-amd64)
KDIR ?= $(if $(KDIRS),$(shell printf '%s\n' $(KDIRS) | sort -V | tail -n 1))
PARTS := hypervisor userspace
HAVE := $(patsubst %/Makefile,%,$(wildcard $(PARTS:%=%/Makefile)))

all: $(HAVE) modules ## build everything that is in the tree (the default)

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / \
		{ printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "variables: V=1 HV=xen|hospes SUITE=name FUZZ=name TIME=s ONLY=rows"
	@echo "           DRIVERS=stock|ours TOOLS=xl|xm (run and demo)"
	@echo "           KERNEL=6.1|6.12 KDIR=dir DESTDIR=dir"

hypervisor: ## hypervisor/hospes (bootable) and hospes.elf (symbols)
userspace: ## the xm toolstack
$(PARTS):
	@[ -f $@/Makefile ] || \
		{ echo "make: this tree has no $@ to build yet" >&2; exit 1; }
	+$(Q)$(MAKE) -C $@

modules: ## the four dom0 modules (KERNEL=6.12 or KDIR=dir for others)
	@[ -f '$(KDIR)/Makefile' ] || { echo "make: no headers of kernel" \
		"$(KERNEL) in /usr/src: run 'make setup'" >&2; exit 1; }
	+$(Q)MAKE='$(MAKE)' tools/build-modules '$(KDIR)' $(if $(Q),-s)

check: export HOSPES_QUICK := 1
check: lint unit ## lint and the C unit tests, quickly: no QEMU, any user

lint: ## style, layers, headers, shell scripts
	+$(Q)tools/lint

unit: ## unit tests on the host, under sanitizers
	+$(Q)$(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc) -O) \
		-C tests/unit check

fuzz: ## fuzz one target for TIME seconds (FUZZ=name TIME=60)
	+$(Q)$(MAKE) -C tests/fuzz run

test: ## everything, ends in 'N passed, N failed' (SUITE=x HV=x)
	+$(Q)tests/run $(HV_OPT) $(SUITE)

soak: ## the same tests with their full counts (SUITE=x HV=x)
	+$(Q)tests/run --soak $(HV_OPT) $(SUITE)

bench: ## measure and write out/bench.jsonl (ONLY=row,row|group)
	+$(Q)tests/bench/bench $(ONLY)

bench-gate: ## fail when a counted row is worse than on record
	+$(Q)tests/bench/bench --gate $(ONLY)

test-qemu10: hypervisor ## dom0 and microguest suites on QEMU 10 (SUITE=x)
	+$(Q)tools/qemu10 $(SUITE)

hypercalls: ## write docs/hypercalls.md from the sources
	$(Q)tools/hypercalls

config-keys: ## write docs/config-keys.md from the sources
	+$(Q)$(MAKE) -C userspace/tools
	$(Q)out/config/config-tool keys >docs/config-keys.md

setup: ## install every Debian package that is needed
	$(Q)lab/setup

images: ## build the lab's disk images (cached)
	$(Q)lab/images

run: ## the lab on your terminal: dom0, three guests, a shell (HV=x)
	$(Q)lab/setup --check || lab/setup
	$(if $(strip $(OURS)),+$(Q)$(MAKE) $(OURS))
	$(Q)lab/demo -i $(LAB_OPT)

demo: ## the same without a terminal: hdparm and bc in them (HV=x)
	$(Q)lab/setup --check || lab/setup
	$(if $(strip $(OURS)),+$(Q)$(MAKE) $(OURS))
	$(Q)lab/demo $(LAB_OPT)

exercises: ## the tutorials' exercises: out/exercises/report.html (HV=x)
	$(Q)lab/setup --check || lab/setup
	+$(Q)lab/exercise all $(HV_OPT)

gdb: hypervisor ## gdb on the lab's machine from reset, with our symbols
	$(Q)tools/gdb

install: all ## into DESTDIR: hypervisor, modules, xm, services, documents
	$(Q)tools/install '$(DESTDIR)' '$(VERSION)' '$(KDIR)'

deb: ## Debian packages in out/deb (VERSION=x)
	$(Q)tools/deb '$(VERSION)'

tarball: all ## out/hospes-VERSION.tar.gz with what was built and install.sh
	$(Q)tools/tarball '$(VERSION)' '$(KDIR)'

clean: ## remove what was built (not the lab's image cache)
	$(Q)for d in $(HAVE) tests/unit tests/fuzz userspace/tools; do \
		[ ! -f $$d/Makefile ] || $(MAKE) -C $$d clean; done
	$(Q)[ ! -f '$(KDIR)/Makefile' ] || $(MAKE) -s -C $(KDIR) M=$(CURDIR) clean
	$(Q)rm -rf out

.PHONY: all help $(PARTS) modules check lint unit fuzz test soak bench \
	bench-gate test-qemu10 hypercalls config-keys setup \
	images run demo exercises gdb install deb tarball clean
