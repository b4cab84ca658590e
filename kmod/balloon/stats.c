// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own figures of its memory, in KiB or as counts since boot. */
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "balloon.h"

static unsigned long kb(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

void stats_walk(stat_fn emit, void *arg)
{
	/* Static for its size; one caller at a time (target.c's work). */
	static unsigned long events[NR_VM_EVENT_ITEMS];
	struct sysinfo i;

	si_meminfo(&i);
	all_vm_events(events);
	emit(arg, "total", kb(i.totalram));
	emit(arg, "free", kb(i.freeram));
	emit(arg, "available", kb(max(si_mem_available(), 0L)));
	emit(arg, "file", kb(global_node_page_state(NR_FILE_PAGES)));
	emit(arg, "anon", kb(global_node_page_state(NR_ANON_MAPPED)));
	emit(arg, "shmem", kb(i.sharedram));
	emit(arg, "swap-in", events[PSWPIN]);
	emit(arg, "swap-out", events[PSWPOUT]);
	emit(arg, "major-faults", events[PGMAJFAULT]);
	emit(arg, "refaults",
	     global_node_page_state(WORKINGSET_REFAULT_ANON) +
		     global_node_page_state(WORKINGSET_REFAULT_FILE));
	emit(arg, "oom-kills", events[OOM_KILL]);
	emit(arg, "balloon-failures", balloon_counters.failures);
}
