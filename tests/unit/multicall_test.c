// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a multicall that gives way goes on at the wrong entry,
 * runs one twice, or loses the arguments of a call that was half done.
 *
 * The guest's memory is this program's; calls are recorded. Whenever the
 * hypervisor "restarts" the call, the guest makes it again with the registers
 * as they are then, like the SYSCALL instruction that RIP points at.
 */
/* links: hypercall/multicall.c hypercall/continuation.c */
#include <string.h>

#include "cpu/percpu.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "hypercall/dispatch.h"
#include "hypercall/hypercall.h"
#include "include/errno.h"
#include "sched/softirq.h"
#include "test.h"

#define NR	  8
#define NR_WORK	  40 /* a call that does a part each time */
#define NR_PLAIN  41
#define START_RIP 0x1000

DEFINE_PER_CPU(u32, softirq_pending);

static struct domain domain;
static struct vcpu vcpu = { .domain = &domain };
static struct multicall_entry entries[NR];
static unsigned int nr_plain, nr_work, work_parts;
static u64 faulting; /* address that cannot be accessed */
static bool interrupt_often;

bool vcpu_event_pending(const struct vcpu *v)
{
	return interrupt_often && test_random() % 2;
}

int guest_copy_from(void *dst, u64 gva, size_t bytes)
{
	if (faulting >= gva && faulting < gva + bytes)
		return -EFAULT;
	memcpy(dst, (void *)gva, bytes);
	return 0;
}

int guest_copy_to(u64 gva, const void *src, size_t bytes)
{
	if (faulting >= gva && faulting < gva + bytes)
		return -EFAULT;
	memcpy((void *)gva, src, bytes);
	return 0;
}

/* NR_WORK: args[0] parts are to be done, args[1] have been. */
long hypercall_dispatch(u64 nr, const u64 args[HYPERCALL_NR_ARGS])
{
	if (nr == NR_PLAIN) {
		nr_plain++;
		return (long)args[0];
	}
	if (nr != NR_WORK)
		return -ENOSYS;
	work_parts++;
	if (args[0] > 1)
		return hypercall_restart(NR_WORK, args[0] - 1, args[1] + 1, 7,
					 8, 9);
	nr_work++;
	return (long)args[1];
}

/* Makes the call until it does not ask to be made again. */
static long run(u64 nr)
{
	struct cpu_user_regs *regs = guest_regs();
	unsigned int turns = 0;
	long ret;

	current = &vcpu;
	regs->rdi = (u64)entries;
	regs->rsi = nr;
	do {
		regs->rip = START_RIP;
		ret = hc_multicall(regs->rdi, regs->rsi, regs->rdx, regs->r10,
				   regs->r8);
		if (!EXPECT(turns++ < 1000))
			return -1;
		if (regs->rip != START_RIP)
			EXPECT_EQ(regs->rip, START_RIP - 2);
	} while (regs->rip != START_RIP);
	return ret;
}

static void setup(void)
{
	memset(entries, 0xee, sizeof(entries));
	nr_plain = nr_work = work_parts = 0;
	faulting = 1;
	for (unsigned int i = 0; i < NR; i++) {
		entries[i].op = i % 3 ? NR_PLAIN : NR_WORK;
		entries[i].args[0] = i % 3 ? 100 + i : i + 1;
		entries[i].args[1] = 0;
	}
}

static void expect_all_done(void)
{
	EXPECT_EQ(nr_work, 3); /* entries 0, 3, 6 */
	EXPECT_EQ(work_parts, 1 + 4 + 7);
	EXPECT_EQ(nr_plain, 5);
	for (unsigned int i = 0; i < NR; i++)
		EXPECT_EQ(entries[i].result, i % 3 ? 100 + i : i);
}

TEST(every_entry_runs_once)
{
	setup();
	EXPECT_EQ(run(NR), 0);
	expect_all_done();
}

TEST(giving_way_anywhere_changes_nothing)
{
	interrupt_often = true;
	for (unsigned int round = 0; round < 200; round++) {
		setup();
		EXPECT_EQ(run(NR), 0);
		expect_all_done();
	}
	interrupt_often = false;
}

TEST(errors_go_on_with_the_next)
{
	setup();
	entries[1].op = 63;
	entries[2].op = __HYPERVISOR_multicall;
	entries[4].op = __HYPERVISOR_iret;
	EXPECT_EQ(run(NR), 0);
	EXPECT_EQ(entries[1].result, (u64)-ENOSYS);
	EXPECT_EQ(entries[2].result, (u64)-EINVAL);
	EXPECT_EQ(entries[4].result, (u64)-EINVAL);
	EXPECT_EQ(entries[7].result, 107);
	EXPECT(!vcpu.in_multicall && !vcpu.multicall_restarted);
}

TEST(a_fault_stops_it)
{
	setup();
	faulting = (u64)&entries[5].op;
	EXPECT_EQ(run(NR), -EFAULT);
	EXPECT_EQ(entries[4].result, 104);
	setup();
	faulting = (u64)&entries[1].result;
	EXPECT_EQ(run(NR), -EFAULT);
	EXPECT(!vcpu.in_multicall && !vcpu.multicall_restarted);
	setup();
	EXPECT_EQ(run(~0UL), -EINVAL);
}
