/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels: ports, their bindings and delivery (two-level here and in
 * evtchn_2l.c; FIFO behind the same ops). The ABI: <xen/event_channel.h>.
 */
#ifndef HOSPES_DOMAIN_EVTCHN_H
#define HOSPES_DOMAIN_EVTCHN_H

#include "domain/domain.h"

struct evtchn {
	spinlock_t lock; /* RANK_PORT, irq safe: state and binding */
	u8 state; /* EVTCHNSTAT_* as in the ABI, 0 = closed, and RESERVED */
	u8 priority;
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

struct evtchn_ops {
	void (*set_pending)(struct vcpu *v, struct evtchn *chn);
	void (*clear_pending)(struct domain *d, struct evtchn *chn);
	void (*unmask)(struct domain *d, struct evtchn *chn);
	bool (*is_pending)(const struct domain *d, const struct evtchn *chn);
	bool (*is_masked)(const struct domain *d, const struct evtchn *chn);
};

int __must_check evtchn_init(struct domain *d, u32 max_port);
void evtchn_close_all(struct domain *d); /* domain dies */
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
int evtchn_reset(struct domain *d);

/* From the hypervisor: any context, also interrupt handlers. */
void virq_send_vcpu(struct vcpu *v, u32 virq); /* per-vcpu VIRQs */
void virq_send_global(u32 virq); /* to the domain that handles it */
void evtchn_send_pirq(struct domain *d, u32 port);
/* Marks everything pending after vcpu_info moved. */
void evtchn_2l_mark_all(struct vcpu *v);

#endif
