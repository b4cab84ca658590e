/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains and vcpus: what every guest type has. A guest type (pv/, later hvm/)
 * embeds these as the first member of its own structs and is called through
 * guest_ops.
 *
 * Lifetime: domain_create returns a domain with one reference held by its
 * existence. domain_get_by_id and page ownership take more. domain_kill works
 * in preemptible steps; a dying domain stays in the list, its id unused, until
 * the last reference goes; then VIRQ_DOM_EXC.
 */
#pragma once

#include "cpu/percpu.h"
#include "debug/log.h"
#include "mm/page.h"
#include "sched/sched.h"

struct evtchn;
struct grant_table;
struct grant_host_map;
struct pirq_table;
struct e820_entry;
struct evtchn_fifo;
struct evtchn_fifo_vcpu;
struct evtchn_ops;
struct guest_ops;
struct domain;
struct vcpu;

#define MAX_VCPUS_PER_DOMAIN 512

enum domain_life {
	DOMAIN_ALIVE,
	DOMAIN_DYING,
	DOMAIN_DEAD
};

/* One domain's event channels; see evtchn.h. */
struct evtchn_table {
	spinlock_t lock; /* RANK_EVTCHN: bind, close, growth of buckets */
	struct evtchn **buckets; /* published once, never moved */
	u32 nr_valid; /* ports with storage */
	u32 max_port; /* highest port allowed */
	u32 active; /* ports not closed */
	u32 lowest_free; /* none below it is closed */
	u32 next_close; /* where closing all goes on */
	struct evtchn_fifo *fifo; /* NULL: two-level */
	const struct evtchn_ops *ops;
};

struct domain {
	domid_t id; /* DOMID_IDLE for the idle domain */
	u32 refs;
	enum domain_life life;
	bool is_privileged; /* dom0 */
	bool is_hardware; /* owns devices, ports and the power switch */
	bool is_shutting_down; /* under shutdown_lock */
	bool is_shut_down;
	bool created; /* construction finished, may be unpaused */
	bool shutdown_code_set; /* by the guest, before the shutdown */
	u8 shutdown_code;
	spinlock_t lock; /* RANK_DOMAIN */
	spinlock_t shutdown_lock; /* RANK_VCPU, irq safe: shutdown, pauses */
	struct list link; /* all domains, by id, under the list lock */
	struct domain *hash_next; /* likewise */

	const struct guest_ops *ops;
	struct page_owner pages;
	u64 claimed_pages; /* reservation.c, under its lock */
	struct shared_info *shared_info; /* direct map */
	mfn_t shared_info_mfn;

	u32 max_vcpus;
	struct vcpu **vcpu; /* written once before publication, NULL = none */
	u32 pause_count; /* under shutdown_lock */
	u32 controller_pause_count; /* by domctl; likewise */

	struct evtchn_table events;
	u32 poll_waiters; /* vcpus in SCHEDOP_poll, atomic */
	struct grant_table *grants;
	struct pirq_table *pirqs;

	struct sched_group sched;
	u64 vm_assist;
	xen_domain_handle_t handle;
	s64 wallclock_offset_ns;
	u32 wallclock_version; /* under shutdown_lock */
	struct e820_entry *e820; /* XENMEM_set_memory_map, or NULL */
	u32 nr_e820;
	u32 relinquish_stage; /* where domain_kill resumes */
	u64 create_ns;
	struct timer watchdog[2];
	u32 watchdogs; /* slots in use, one bit each, under lock */
};

/* Bits of vcpu.pending_work: looked at on the way back to the guest. */
#define VCPU_WORK_NMI	0 /* deliver an NMI */
#define VCPU_WORK_AREAS 1 /* runstate or time area to be written */
#define VCPU_WORK_CRASH 2 /* its domain is to be crashed: see evtchn_fifo.c */

#define POLL_NONE 0
#define POLL_MANY (-1) /* any port may be it */
#define POLL_TIME (-2) /* no port: the time or an event */

struct vcpu {
	struct domain *domain;
	u32 id;
	struct sched_unit sched;

	struct vcpu_info *info; /* in shared_info, or where the guest said */
	struct page *info_page; /* held by a writable reference, or NULL */
	struct vcpu_info *own_info; /* ids that have no place in shared_info */
	struct evtchn_fifo_vcpu *fifo; /* NULL: no control block */
	bool initialised;
	u64 pending_work; /* VCPU_WORK_* bits, atomic */

	/* SCHEDOP_poll: POLL_* below, else the port; atomic. */
	s32 poll_port;
	struct timer poll_timer;
	struct timer singleshot_timer;
	struct timer periodic_timer;
	u64 periodic_ns; /* period, 0 = off */
	u64 periodic_last_ns;

	u32 virq_port[NR_VIRQS]; /* 0 = unbound, under events.lock */
	spinlock_t virq_lock; /* RANK_VCPU, irq safe */

	/* Guest addresses in its kernel's address space; 0 = none. */
	u64 runstate_area;
	u64 time_area;
	/* What vcpu_info.time says now; owner CPU only. */
	u32 time_version;
	u64 time_stamp_tsc;
	u64 time_stamp_ns;
	struct vcpu_info *time_info; /* and where */
	bool in_multicall;
	bool multicall_restarted;
};

/* The parameters of a new domain, checked by the caller. */
struct domain_config {
	domid_t id;
	bool is_dom0;
	u32 max_vcpus;
	u32 max_evtchn_port;
	u32 max_grant_frames;
	u32 max_maptrack_frames;
	u32 grant_version;
	u64 max_pages;
	xen_domain_handle_t handle;
};

/* What a guest type supplies. */
struct guest_ops {
	size_t domain_size, vcpu_size; /* of the embedding structs */
	int (*domain_init)(struct domain *d);
	/*
	 * Drops page tables and whatever else pins memory; -ERESTART: more to
	 * do.
	 */
	int (*domain_relinquish)(struct domain *d);
	int (*vcpu_init)(struct vcpu *v);
	void (*vcpu_fini)(struct vcpu *v);
	/*
	 * Checks and takes a whole context (VCPUOP_initialise, setvcpucontext).
	 */
	int (*set_context)(struct vcpu *v, const struct vcpu_guest_context *c);
	void (*get_context)(struct vcpu *v, struct vcpu_guest_context *c);
	/* As it was made; off the CPU. -ERESTART: tables are left to drop. */
	int (*reset_context)(struct vcpu *v);
	/*
	 * Interrupts off, on the CPU. from: state to memory. to: memory to CPU.
	 */
	void (*switch_from)(struct vcpu *v);
	void (*switch_to)(struct vcpu *v);
	/* vcpu in kernel mode, so that its kernel's addresses are mapped? */
	bool (*kernel_mapped)(const struct vcpu *v);
	void (*show)(const struct vcpu *v); /* registers and stack to the log */
	/*
	 * Mappings of granted frames in @v's address space (current); see
	 * grant.h. map takes over one reference of each kind on success.
	 * unmap: -ENOENT when something else, or the same with other access,
	 * is mapped there; 1 when TLBs may know the entry. move: the same,
	 * and the entry that maps @from goes to where @m was.
	 */
	int (*grant_map)(struct vcpu *v, const struct grant_host_map *m);
	int (*grant_unmap)(struct vcpu *v, const struct grant_host_map *m);
	int (*grant_move)(struct vcpu *v, const struct grant_host_map *m,
			  u64 from);
};

extern const struct guest_ops pv_guest_ops;
extern struct domain *dom0;
extern struct domain *idle_domain;

/* ---- domain.c: making, finding and freeing ---- */
/* Boot, after sched_init: the idle domain, and what it tells the scheduler. */
void domain_subsystem_init(void);
/*
 * Boot: the idle vcpu of @cpu, before that CPU starts. The caller makes it that
 * CPU's current. NULL: out of memory.
 */
struct vcpu *idle_vcpu_create(unsigned int cpu);
/*
 * A domain with one pause (domctl's), without vcpus and memory. -EEXIST: the id
 * is in use; -ENOMEM.
 */
struct domain *domain_create(const struct domain_config *cfg,
			     const struct guest_ops *ops, int *err);
struct vcpu *vcpu_create(struct domain *d, u32 id, int *err);
/* NULL when there is none. Dying domains are found, dead ones are not. */
struct domain *domain_get_by_id(domid_t id);
/* As above; DOMID_SELF and current's own id give current's domain. */
struct domain *domain_get_self_or(domid_t id);
/*
 * As that, if current's domain controls it (domain_controls). -ESRCH, -EPERM.
 */
int __must_check domain_get_controlled(domid_t id, struct domain **d);
void domain_get(struct domain *d);
void domain_put(struct domain *d);
/* First domain with an id of at least @id, with a reference; NULL: none. */
struct domain *domain_get_next(domid_t id);
/* Drops @d for the next one. */
struct domain *domain_next(struct domain *d);
/* All of them, the body with a reference. Who leaves early drops it. */
#define for_each_domain(d) \
	for ((d) = domain_get_next(0); (d); (d) = domain_next(d))

/* ---- lifecycle.c: pause, shutdown, crash, kill ---- */
void domain_pause(struct domain *d); /* waits until off the CPUs; not self */
void domain_unpause(struct domain *d);
/* domctl's pauses are counted apart: -EINVAL when there is none to undo. */
void domain_pause_by_controller(struct domain *d);
int __must_check domain_unpause_by_controller(struct domain *d);
/* Guest asked to stop, or crashed: SHUTDOWN_*; dom0 takes the machine along. */
void domain_shutdown(struct domain *d, u8 reason);
/* SCHEDOP_shutdown_code: the code that a coming shutdown has. */
void domain_set_shutdown_code(struct domain *d, u8 reason);
/* Continues after a suspend that was cancelled or completed. */
void domain_resume(struct domain *d);
/* The guest broke the contract where no error can be returned. */
void domain_crash(struct domain *d, const char *why, ...) __printf(2, 3);
/* A vcpu of a domain that shuts down has left its CPU. Interrupts off. */
void domain_vcpu_stopped(struct domain *d);
/*
 * Ends a domain in steps: -ERESTART until done, then the domain is dead, though
 * it stays in the list while pages of it are referenced. -EINVAL: dom0, or
 * current's own.
 */
int domain_kill(struct domain *d);
/*
 * SCHEDOP_watchdog for current's domain: @id 0 takes a slot and returns its
 * number; else re-arms it, or frees it with @timeout_s 0. -EINVAL, -ENOSPC.
 */
int domain_watchdog(struct domain *d, u32 id, u32 timeout_s);
/* May @caller act on @d's memory and settings? */
bool domain_controls(const struct domain *caller, const struct domain *d);

/* Ends the machine: dom0 shut down, or a panic. See boot/shutdown.c. */
void machine_shutdown(u8 reason) __noreturn;

#define for_each_vcpu(v, d)                            \
	for (u32 vi_ = 0; vi_ < (d)->max_vcpus; vi_++) \
		if (((v) = (d)->vcpu[vi_]) != NULL)

static inline struct vcpu *unit_to_vcpu(const struct sched_unit *u)
{
	return container_of(u, struct vcpu, sched);
}

/* NULL when @id is out of range or the vcpu was never made. */
static inline struct vcpu *domain_vcpu(const struct domain *d, u32 id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static inline bool domain_is_dying(const struct domain *d)
{
	return READ_ONCE(d->life) != DOMAIN_ALIVE;
}

static inline struct domain *page_owner_domain(struct page_owner *o)
{
	return container_of(o, struct domain, pages);
}

/* ---- vcpu.c: making, switching, blocking, waking, hot plug ---- */
void vcpu_subsystem_init(void);
void vcpu_stop_timers(struct vcpu *v); /* the domain dies */
void vcpu_destroy(struct vcpu *v);
/*
 * SCHEDOP_poll for current: sleeps until one of @nr ports is pending, or an
 * event is deliverable, or @timeout_ns (0 = none) is over. -EINVAL: bad port.
 */
int __must_check vcpu_poll(const u32 *ports, u32 nr, u64 timeout_ns);
void vcpu_wake_pollers(struct domain *d, u32 port); /* it is pending now */
void vcpu_block(void); /* SCHEDOP_block for current: opens the event mask */
/* Sets upcall_pending and wakes. Any context. */
void vcpu_mark_events_pending(struct vcpu *v);
bool vcpu_event_pending(const struct vcpu *v); /* deliverable now */
int __must_check vcpu_up(struct vcpu *v);
int __must_check vcpu_down(struct vcpu *v);
void vcpu_send_nmi(struct vcpu *v);

/* ---- vcpu_area.c: what vcpus share with the guest at its own places ---- */
/* The place of vcpu_info before any is registered. -ENOMEM. */
int __must_check vcpu_area_init(struct vcpu *v);
void vcpu_area_fini(struct vcpu *v); /* the domain dies: drops its page */
/* Current's runstate area, if its kernel's addresses are mapped. */
void vcpu_write_runstate(struct vcpu *v);
int __must_check vcpu_register_info(struct vcpu *v, mfn_t m, u32 offset);
int __must_check vcpu_register_runstate(struct vcpu *v, u64 gva);
int __must_check vcpu_register_time(struct vcpu *v, u64 gva);
/*
 * Called on the way back to the guest when pending_work is set, with interrupts
 * on: writes the registered areas. Their addresses are mapped in kernel mode
 * only: else VCPU_WORK_AREAS stays set for a later exit, and the exit path does
 * not wait for it.
 */
void vcpu_do_pending_work(struct vcpu *v);

/* ---- vtime.c: what guests see of time ---- */
void vtime_update_vcpu(struct vcpu *v); /* vcpu_info.time, before it runs */
void vtime_update_wallclock(struct domain *d);
void vtime_init_vcpu(struct vcpu *v);
void vtime_fini_vcpu(struct vcpu *v);
int __must_check vtime_set_singleshot(struct vcpu *v, u64 deadline_ns);
void vtime_stop_singleshot(struct vcpu *v);
int __must_check vtime_set_periodic(struct vcpu *v, u64 period_ns);
void vtime_stop_periodic(struct vcpu *v);
/* The periodic timer runs while its vcpu does. */
void vtime_switch_in(struct vcpu *v);
void vtime_switch_out(struct vcpu *v);
