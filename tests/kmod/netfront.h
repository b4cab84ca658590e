/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test's network frontend: netfront.c connects, behaves and lets go;
 * netfront_wrong.c has what no frontend should do.
 */
#ifndef TEST_NETFRONT_H
#define TEST_NETFRONT_H

#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/rtnetlink.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xenbus.h>
#include <xen/interface/io/netif.h>

enum {
	NR_PAGES = 24, /* that frames are sent from */
	NR_RX = 64, /* receive buffers */
	RING = 256,
	TIMEOUT_S = 20,
	PROTO = 0x88b5, /* IEEE's, for experiments */
	FRAME_MAX = 65000
};

/* What is granted to the backend; all of it is taken back in the end. */
enum {
	GRANT_TX,
	GRANT_RX,
	GRANT_CTRL,
	GRANT_PAGES,
	GRANT_BUFFERS = GRANT_PAGES + NR_PAGES,
	GRANT_READ_ONLY = GRANT_BUFFERS + NR_RX, /* the first page again */
	NR_GRANTS
};

struct emu {
	struct xenbus_device *dev;
	struct task_struct *thread;
	wait_queue_head_t wait;
	enum xenbus_state backend;
	struct rnd_state rnd;
	unsigned int failures;

	void *page[NR_GRANTS];
	grant_ref_t gref[NR_GRANTS];
	unsigned int nr_grants;
	struct xen_netif_tx_front_ring tx;
	struct xen_netif_rx_front_ring rx;
	evtchn_port_t port[3];
	int irq[3]; /* transmit or both, receive, control */
	bool split, ctrl;
	unsigned int headroom;

	u8 *frame; /* that is sent */
	u8 *got; /* that arrived */
	unsigned int frame_len, arrived;
	struct packet_type sniffer;
	bool tx_pending[RING];
	s16 status; /* of the last response that was not to an extra info */
	u64 requests, frames, errors, broken;
};

extern unsigned int rounds;

/* netfront.c */
u32 rnd(struct emu *emu, u32 below);
void failure(struct emu *emu, const char *what, u64 value);
bool connected(struct emu *emu);
bool wait_state(struct emu *emu, u32 states);
void make_frame(struct emu *emu, unsigned int len);
struct xen_netif_tx_request *tx_slot(struct emu *emu, grant_ref_t gref,
				     u16 offset, u16 size, u16 flags);
void tx_extra(struct emu *emu, u8 type, u8 flags);
void tx_send(struct emu *emu);
void tx_drain(struct emu *emu);

/* netfront_wrong.c */
void known_wrongs(struct emu *emu);
void misbehave(struct emu *emu);
void ctrl_nonsense(struct emu *emu);
void break_it(struct emu *emu);

#endif
