/* SPDX-License-Identifier: GPL-2.0-only */
/* The library of the micro-guests; see guest.h. */
#include "guest.h"
#include "domu.h"
#include "include/hospes.h"

struct start_info *start_info;
u64 *p2m;
volatile struct caught caught;
void *volatile trap_resume;
bool (*trap_hook)(struct trap_frame *f);
struct shared_info *shared_info;

static unsigned int nr_failed;
static bool is_broken;
static char pool[POOL_PAGES][PAGE_SIZE] __aligned(4096);
static unsigned int pool_used;
static char shared_info_page[PAGE_SIZE] __aligned(4096);

/* In a guest of the story's own: what dom0 has not fetched yet is lost. */
static void write_mailbox(struct mailbox *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->log[(b->log_written + i) % DOMU_LOG] = s[i];
	barrier();
	b->log_written += n;
	if (b->log_written - b->log_read > DOMU_LOG)
		b->log_read = b->log_written - DOMU_LOG;
}

static void write_console(const char *s, size_t n)
{
	if (domu_box())
		write_mailbox(domu_box(), s, n);
	else
		HC(console_io, CONSOLEIO_write, n, s, 0);
}

static void say_v(const char *prefix, const char *fmt, va_list ap)
{
	char line[256];
	size_t n = strlcpy(line, prefix, sizeof(line));

	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	n = MIN(n, sizeof(line) - 2);
	line[n++] = '\n';
	write_console(line, n);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_v("guest: ", fmt, ap);
	va_end(ap);
}

void failed(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	nr_failed++;
	if (domu_box())
		domu_box()->failed++;
	say("failed at %s:%d:", file, line);
	va_start(ap, fmt);
	say_v("guest:   ", fmt, ap);
	va_end(ap);
}

void finish(void)
{
	/* Xen halts on a power-off by dom0, so the machine ends by a reboot. */
	struct sched_shutdown s = { .reason = SHUTDOWN_reboot };
	long wrong;

	if (domu_box())
		s.reason = SHUTDOWN_crash;
	/* Only our debug builds have it. */
	wrong = hypercall5(HOSPES_HYPERCALL_DEBUG, HOSPES_DEBUG_RECOUNT,
			   DOMID_SELF, 0, 0, 0);
	if (!domu_box() && wrong != -ENOSYS)
		CHECK_EQ(wrong, 0);
	say("story %s: %s", story_name,
	    is_broken ? "ERROR" :
	    nr_failed ? "FAIL" :
			"PASS");
	for (;;)
		HC(sched_op, SCHEDOP_shutdown, &s, 0, 0);
}

void broken(const char *fmt, ...)
{
	va_list ap;

	is_broken = true;
	if (domu_box())
		domu_box()->broken = 1;
	va_start(ap, fmt);
	say_v("guest: error: ", fmt, ap);
	va_end(ap);
	finish();
}

static u64 fault_address(void)
{
	return shared_info ? vcpu_info()->arch.cr2 : 0;
}

/* Called by the stubs. */
void trap_handler(struct trap_frame *f);
void trap_handler(struct trap_frame *f)
{
	u64 cr2 = fault_address();

	if (trap_hook && trap_hook(f))
		return;
	caught.vector = (int)f->vector;
	caught.error_code = (u32)f->error_code;
	caught.rip = f->rip;
	caught.cs = f->cs;
	caught.rflags = f->rflags;
	caught.cr2 = cr2;
	caught.count++;
	if (trap_resume) {
		f->rip = (u64)trap_resume;
		/* a trap of iret has the selectors that were refused */
		f->cs = FLAT_KERNEL_CS & ~3UL;
		f->ss = FLAT_KERNEL_SS & ~3UL;
		trap_resume = NULL;
		return;
	}
	broken("trap %lu error %#lx at %#lx cr2 %#lx rsp %#lx", f->vector,
	       f->error_code, f->rip, cr2, f->rsp);
}

static void set_traps(void)
{
	static struct trap_info table[33];

	for (unsigned int i = 0; i < 32; i++) {
		table[i].vector = (u8)i;
		/* 3 and 4 may come from anywhere; no events in handlers */
		table[i].flags = (i == 3 || i == 4 ? 3 : 0) | 4;
		table[i].cs = FLAT_KERNEL_CS;
		table[i].address = (u64)trap_stubs + 16 * i;
	}
	if (HC(set_trap_table, table, 0, 0, 0))
		broken("set_trap_table refused");
}

static void map_shared_info(void)
{
	if (update_va(shared_info_page,
		      start_info->shared_info | PTE_P | PTE_RW | PTE_A | PTE_D,
		      UVMF_INVLPG))
		broken("shared_info cannot be mapped");
	shared_info = (struct shared_info *)shared_info_page;
}

static void set_callbacks(void)
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_event,
		.address = (u64)event_entry,
	};

	if (HC(callback_op, CALLBACKOP_register, &cb, 0, 0))
		broken("event callback refused");
	cb.type = CALLBACKTYPE_failsafe;
	cb.address = (u64)failsafe_entry;
	if (HC(callback_op, CALLBACKOP_register, &cb, 0, 0))
		broken("failsafe callback refused");
}

void guest_main(struct start_info *si);
void guest_main(struct start_info *si)
{
	start_info = si;
	p2m = (u64 *)si->mfn_list;
	set_traps();
	map_shared_info();
	set_callbacks();
	if (!in_dom0())
		domu_main();
	say("story %s begins", story_name);
	story();
	finish();
}

void *page_new(void)
{
	if (pool_used == POOL_PAGES)
		broken("out of pages");
	return pool[pool_used++];
}

u64 virt_to_mfn(const volatile void *va)
{
	return p2m[((u64)va - VIRT_BASE) >> PAGE_SHIFT];
}

void *mfn_to_virt_(u64 mfn)
{
	return (void *)(VIRT_BASE + (M2P[mfn] << PAGE_SHIFT));
}

u64 current_l4_mfn(void)
{
	return virt_to_mfn((void *)start_info->pt_base);
}

volatile u64 *pt_entry(u64 va, unsigned int level)
{
	volatile u64 *table = (volatile u64 *)start_info->pt_base;

	for (unsigned int l = 4;; l--) {
		volatile u64 *e = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (l == level)
			return e;
		if (!(*e & PTE_P))
			return NULL;
		table = mfn_to_virt_((*e & PTE_ADDR) >> PAGE_SHIFT);
	}
}

u64 pt_entry_maddr(u64 va, unsigned int level)
{
	volatile u64 *e = pt_entry(va, level);

	if (!e)
		broken("no level %u entry for %#lx", level, va);
	return virt_to_mfn(e) << PAGE_SHIFT | ((u64)e & (PAGE_SIZE - 1));
}

void make_readonly(void *page)
{
	if (update_va(page, virt_to_mfn(page) << PAGE_SHIFT | PTE_RO,
		      UVMF_INVLPG))
		broken("%p cannot be made read only", page);
}

void make_writable(void *page)
{
	if (update_va(page, virt_to_mfn(page) << PAGE_SHIFT | PTE_KERNEL,
		      UVMF_INVLPG))
		broken("%p cannot be made writable", page);
}

u64 *new_l4(void)
{
	volatile u64 *own = (volatile u64 *)start_info->pt_base;
	u64 *l4 = page_new();

	for (unsigned int i = 0; i < 512; i++)
		if (i < 256 || i > 271)
			l4[i] = own[i];
	make_readonly(l4);
	return l4;
}

struct vcpu_info *vcpu_info(void)
{
	return &shared_info->vcpu_info[0];
}

u64 system_time(void)
{
	volatile struct vcpu_time_info *t = &vcpu_info()->time;
	u32 version, lo, hi;
	u64 delta, ns;

	do {
		version = t->version;
		barrier();
		__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
		delta = ((u64)hi << 32 | lo) - t->tsc_timestamp;
		delta = t->tsc_shift >= 0 ? delta << t->tsc_shift :
					    delta >> -t->tsc_shift;
		ns = t->system_time +
		     (u64)((unsigned __int128)delta * t->tsc_to_system_mul >>
			   32);
		barrier();
	} while ((version & 1) || version != t->version);
	return ns;
}

#define MAX_VCPUS   16
#define STACK_BYTES 16384

static char vcpu_stacks[MAX_VCPUS][STACK_BYTES] __aligned(16);

void start_vcpu(unsigned int id, void (*fn)(void))
{
	static struct vcpu_guest_context c;

	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel;
	c.user_regs.rip = (u64)fn;
	/* as after a call */
	c.user_regs.rsp = (u64)vcpu_stacks[id] + STACK_BYTES - 8;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.user_regs.rflags = 0x1000;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = c.user_regs.rsp;
	c.ctrlreg[3] = xen_pfn_to_cr3(current_l4_mfn());
	c.event_callback_eip = (u64)event_entry;
	c.failsafe_callback_eip = (u64)failsafe_entry;
	for (unsigned int i = 0; i < 32; i++) {
		c.trap_ctxt[i].vector = (u8)i;
		c.trap_ctxt[i].flags = 4;
		c.trap_ctxt[i].cs = FLAT_KERNEL_CS;
		c.trap_ctxt[i].address = (u64)trap_stubs + 16 * i;
	}
	if (HC(vcpu_op, VCPUOP_initialise, id, &c, 0))
		broken("vcpu %u cannot be initialised", id);
	if (HC(vcpu_op, VCPUOP_up, id, 0, 0))
		broken("vcpu %u does not come up", id);
}
