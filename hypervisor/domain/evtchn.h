/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels: ports, their bindings and delivery (two-level here and in
 * evtchn_2l.c; FIFO behind the same ops). The ABI: <xen/event_channel.h>.
 */
#pragma once

#include "domain/domain.h"
#include "lib/index.h"

#define EVTCHN_BUCKET_PORTS 64
#define EVTCHN_2L_MAX_PORT  (EVTCHN_2L_NR_CHANNELS - 1)
/* A state of ours: taken, but not yet bound to anything. */
#define EVTCHN_RESERVED 0xff

struct evtchn {
	spinlock_t lock; /* RANK_PORT, irq safe: state and binding */
	u8 state; /* EVTCHNSTAT_* as in the ABI, 0 = closed, and RESERVED */
	u8 priority; /* FIFO: as the guest set it */
	u8 queued_priority; /* FIFO: and in which queue it was last put */
	bool fifo_pending; /* FIFO: set before there was an event word */
	u16 queued_vcpu;
	u16 remote_domid; /* unbound: who may bind */
	u32 port;
	u32 vcpu; /* notified vcpu */
	union {
		struct {
			struct domain *dom; /* holds a reference */
			u32 port;
		} remote; /* interdomain */
		u32 virq;
		u32 pirq;
	};
};

/* All of these: any context; the port is open or being opened or closed. */
struct evtchn_ops {
	void (*set_pending)(struct vcpu *v, struct evtchn *chn);
	void (*clear_pending)(struct domain *d, struct evtchn *chn);
	void (*unmask)(struct domain *d, struct evtchn *chn);
	bool (*is_pending)(const struct domain *d, const struct evtchn *chn);
	bool (*is_masked)(const struct domain *d, const struct evtchn *chn);
	/* A closed port whose number the guest may still meet. */
	bool (*is_busy)(const struct domain *d, const struct evtchn *chn);
	/* A port is about to be opened. */
	void (*init_port)(struct domain *d, struct evtchn *chn);
};

extern const struct evtchn_ops evtchn_2l_ops;

/*
 * Read once for each use, with a lock held that evtchn_fifo_disable() takes
 * before it frees what the FIFO operations work on: that of a port of @d, of
 * the peer of one, of its table, or of a VIRQ of @d.
 */
static inline const struct evtchn_ops *evtchn_ops_of(const struct domain *d)
{
	return __atomic_load_n(&d->events.ops, __ATOMIC_ACQUIRE);
}

/* The port, of any state; NULL: there is none. Lock free. */
static inline struct evtchn *evtchn_get(const struct domain *d, u32 port)
{
	/* Pairs with the store of nr_valid after its bucket's. */
	u32 nr = __atomic_load_n(&d->events.nr_valid, __ATOMIC_ACQUIRE);

	if (port >= nr)
		return NULL;
	port = index_clamp(port, nr);
	return &d->events.buckets[port / EVTCHN_BUCKET_PORTS]
				 [port % EVTCHN_BUCKET_PORTS];
}

int __must_check evtchn_init(struct domain *d, u32 max_port);
void evtchn_fini(struct domain *d);

/* Each returns 0 or -errno as <xen/event_channel.h> says. */
int evtchn_alloc_unbound(struct domain *d, domid_t remote, u32 *port);
int evtchn_bind_interdomain(struct domain *d, struct domain *remote,
			    u32 remote_port, u32 *port);
int evtchn_bind_virq(struct domain *d, u32 virq, u32 vcpu, u32 *port);
int evtchn_bind_ipi(struct domain *d, u32 vcpu, u32 *port);
int evtchn_bind_pirq(struct domain *d, u32 pirq, u32 flags, u32 *port);
int evtchn_close(struct domain *d, u32 port);
int evtchn_send(struct domain *d, u32 port);
int evtchn_status(struct domain *d, struct evtchn_status *st);
int evtchn_bind_vcpu(struct domain *d, u32 port, u32 vcpu);
int evtchn_unmask(struct domain *d, u32 port);
/* Closes all ports, back to two-level. -ERESTART: more to do. */
int evtchn_reset(struct domain *d);

/* From the hypervisor: any context, also interrupt handlers. */
void virq_send_vcpu(struct vcpu *v, u32 virq); /* per-vcpu VIRQs */
void virq_send_global(u32 virq); /* to the domain that handles it */
void evtchn_send_pirq(struct domain *d, u32 port);
/* Is it bound and pending? For SCHEDOP_poll. -EINVAL: no such port. */
int evtchn_poll_pending(struct domain *d, u32 port, bool *pending);
/* Who gets a global VIRQ; NULL: dom0 again. -EINVAL: not a global one. */
int __must_check virq_set_handler(struct domain *d, u32 virq);
void virq_forget_handler(struct domain *d); /* @d dies */
bool virq_is_global(u32 virq);
/* Console key: one line for each open port. */
void evtchn_dump(struct domain *d);
/* Marks everything pending after vcpu_info moved. */
void evtchn_2l_mark_all(struct vcpu *v);
