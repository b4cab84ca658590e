// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers in a pairing heap per CPU: the links are in struct timer itself, so
 * that arming one allocates nothing and works in any context. Arming is O(1),
 * taking the first out O(log n) amortised.
 *
 * The local APIC timer of a CPU is set for the first deadline of its heap. It
 * is left alone when the first timer is stopped: an interrupt too many is
 * cheaper than programming it each time.
 */
#include "sched/timer.h"

#include "cpu/spinlock.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "sched/softirq.h"

struct timer_heap {
	spinlock_t lock; /* RANK_TIMER, irq safe */
	struct timer *root; /* first deadline */
	u64 programmed_ns; /* what the APIC timer is set for, 0 = off */
	bool expiring; /* the softirq programs it when it is done */
};

static DEFINE_PER_CPU(struct timer_heap, timer_heap);

/* ---- the pairing heap; its lock is held ---- */

static struct timer *heap_meld(struct timer *a, struct timer *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->expires_ns < a->expires_ns) {
		struct timer *t = a;

		a = b;
		b = t;
	}
	/* b becomes a's eldest child. */
	b->prev = a;
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	a->child = b;
	return a;
}

/* Melds a list of siblings, in pairs from the left, then all to the right. */
static struct timer *heap_meld_siblings(struct timer *first)
{
	struct timer *pairs = NULL, *root = NULL;

	while (first) {
		struct timer *a = first, *b = a->next;

		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = heap_meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *a = pairs;

		pairs = a->next;
		a->next = NULL;
		root = heap_meld(root, a);
	}
	return root;
}

static void heap_insert(struct timer_heap *h, struct timer *t)
{
	t->child = t->next = t->prev = NULL;
	h->root = heap_meld(h->root, t);
}

static void heap_remove(struct timer_heap *h, struct timer *t)
{
	struct timer *rest = heap_meld_siblings(t->child);

	if (t == h->root) {
		h->root = rest;
	} else {
		if (t->prev->child == t)
			t->prev->child = t->next;
		else
			t->prev->next = t->next;
		if (t->next)
			t->next->prev = t->prev;
		h->root = heap_meld(h->root, rest);
	}
	t->child = t->next = t->prev = NULL;
}

/* ---- timers ---- */

/* Locks the heap the timer belongs to, which may be changing. */
static struct timer_heap *timer_lock(struct timer *t, u64 *flags)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);
		struct timer_heap *h = &per_cpu(timer_heap, cpu);

		*flags = spin_lock_irqsave(&h->lock);
		if (READ_ONCE(t->cpu) == cpu)
			return h;
		spin_unlock_irqrestore(&h->lock, *flags);
	}
}

/* What is left to do when the heap's lock has been let go of. */
struct look {
	u64 program_ns; /* this CPU's APIC timer is to be set for it, 0: not */
	u32 cpu; /* is to look at its heap, or NOBODY */
};

#define NOBODY	UINT32_MAX
#define NO_LOOK ((struct look){ .cpu = NOBODY })

/* If @t comes first now, its CPU has to look. The heap's lock is held. */
static struct look heap_program(struct timer_heap *h, const struct timer *t)
{
	if (h->root != t || h->expiring)
		return NO_LOOK;
	if (h->programmed_ns && h->programmed_ns <= t->expires_ns)
		return NO_LOOK;
	if (t->cpu != this_cpu_id() || t->expires_ns <= now_ns())
		return (struct look){ .cpu = t->cpu };
	h->programmed_ns = t->expires_ns;
	return (struct look){ .program_ns = t->expires_ns, .cpu = NOBODY };
}

/*
 * Without the lock: another CPU wants it at once when it is told to look, and
 * on an emulator or a hypervisor it may be its turn when the APIC timer is set.
 * Interrupts are off still, so if another CPU arms an earlier timer meanwhile,
 * its kick comes after this.
 */
static void look(struct look l, u64 flags)
{
	if (l.program_ns)
		local_timer_set(l.program_ns);
	irq_restore(flags);
	if (l.cpu != NOBODY)
		softirq_raise_cpu(l.cpu, SOFTIRQ_TIMER);
}

void timer_init(struct timer *t, void (*fn)(void *), void *data,
		unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}

void timer_set(struct timer *t, u64 expires_ns)
{
	u64 flags;
	struct timer_heap *h = timer_lock(t, &flags);
	struct look l = NO_LOOK;

	if (!t->dead) {
		if (t->armed)
			heap_remove(h, t);
		t->expires_ns = expires_ns;
		WRITE_ONCE(t->armed, true);
		heap_insert(h, t);
		l = heap_program(h, t);
	}
	spin_unlock(&h->lock);
	look(l, flags);
}

/* The heap's lock is held. */
static void timer_disarm(struct timer_heap *h, struct timer *t)
{
	if (t->armed)
		heap_remove(h, t);
	WRITE_ONCE(t->armed, false);
}

void timer_stop(struct timer *t)
{
	u64 flags;
	struct timer_heap *h;

	/*
	 * It stays armed while it moves, so this needs no lock. Who arms it at
	 * the same time looks again whether it is to be (arm_slice()).
	 */
	if (!READ_ONCE(t->armed))
		return;
	h = timer_lock(t, &flags);
	timer_disarm(h, t);
	spin_unlock_irqrestore(&h->lock, flags);
}

void timer_kill(struct timer *t)
{
	u64 flags;
	struct timer_heap *h;

	if (!t->fn) /* never initialised */
		return;
	h = timer_lock(t, &flags);
	t->dead = true;
	timer_disarm(h, t);
	spin_unlock_irqrestore(&h->lock, flags);
	while (__atomic_load_n(&t->running, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	u32 old = READ_ONCE(t->cpu);
	struct timer_heap *from = &per_cpu(timer_heap, old);
	struct timer_heap *to = &per_cpu(timer_heap, cpu);
	spinlock_t *first = old < cpu ? &from->lock : &to->lock;
	spinlock_t *second = old < cpu ? &to->lock : &from->lock;
	struct look l = NO_LOOK;
	u64 flags;

	if (old == cpu)
		return;
	flags = spin_lock_irqsave(first);
	spin_lock_second(second);
	/* Lost to another mover: that place is as good. */
	if (READ_ONCE(t->cpu) == old) {
		if (t->armed)
			heap_remove(from, t);
		WRITE_ONCE(t->cpu, cpu);
		if (t->armed) {
			heap_insert(to, t);
			l = heap_program(to, t);
		}
	}
	spin_unlock(second);
	spin_unlock(first);
	look(l, flags);
}

/* SOFTIRQ_TIMER */
static void timer_expire(void)
{
	struct timer_heap *h = &this_cpu(timer_heap);
	u64 now = now_ns(), first, flags;
	struct timer *t;

	flags = spin_lock_irqsave(&h->lock);
	h->expiring = true;
	while ((t = h->root) != NULL && t->expires_ns <= now) {
		void (*fn)(void *) = t->fn;
		void *data = t->data;

		timer_disarm(h, t);
		__atomic_fetch_add(&t->running, 1, __ATOMIC_RELAXED);
		spin_unlock_irqrestore(&h->lock, flags);
		fn(data);
		/* The last touch: timer_kill() waits for this. */
		__atomic_fetch_sub(&t->running, 1, __ATOMIC_RELEASE);
		flags = spin_lock_irqsave(&h->lock);
	}
	h->expiring = false;
	first = h->programmed_ns = h->root ? h->root->expires_ns : 0;
	spin_unlock(&h->lock);
	local_timer_set(first); /* as look() does */
	irq_restore(flags);
}

void timer_init_cpu(unsigned int cpu)
{
	spin_lock_init(&per_cpu(timer_heap, cpu).lock, RANK_TIMER);
}

void timer_subsystem_init(void)
{
	softirq_register(SOFTIRQ_TIMER, timer_expire);
}
