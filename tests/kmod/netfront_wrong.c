// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the frontend in netfront.c does wrong: requests that must be answered
 * with an error, slots and frames without sense, control requests without
 * sense, and in the end one that no backend may go on after.
 */
#include "netfront.h"

static void expect(struct emu *emu, const char *what, s16 wanted)
{
	tx_send(emu);
	tx_drain(emu);
	if (emu->status != wanted)
		failure(emu, what, (u16)emu->status);
	if (!connected(emu))
		failure(emu, "the backend does not go on", emu->backend);
}

void known_wrongs(struct emu *emu)
{
	grant_ref_t good = emu->gref[GRANT_PAGES];
	unsigned int i;

	tx_slot(emu, 0x7fffffff, 0, 60, 0);
	expect(emu, "a bad grant", XEN_NETIF_RSP_ERROR);
	tx_slot(emu, good, 0, 13, 0);
	expect(emu, "less than a header", XEN_NETIF_RSP_ERROR);
	tx_slot(emu, good, 0, 100, XEN_NETTXF_more_data);
	tx_slot(emu, good, 0, 101, 0);
	expect(emu, "a slot larger than its frame", XEN_NETIF_RSP_ERROR);
	for (i = 0; i < 20; i++)
		tx_slot(emu, good, 0, i ? 10 : 500,
			i < 19 ? XEN_NETTXF_more_data : 0);
	expect(emu, "twenty slots", XEN_NETIF_RSP_ERROR);
	tx_slot(emu, good, 0, 100, XEN_NETTXF_more_data);
	tx_slot(emu, 0x7fffffff, 0, 50, 0);
	expect(emu, "a bad grant in the second slot", XEN_NETIF_RSP_ERROR);
	tx_slot(emu, emu->gref[GRANT_READ_ONLY], 0, 60, 0);
	expect(emu, "a grant to read from", XEN_NETIF_RSP_OKAY);
	tx_slot(emu, good, 0, 60, XEN_NETTXF_extra_info);
	tx_extra(emu, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0);
	expect(emu, "a multicast address", XEN_NETIF_RSP_OKAY);
}

static grant_ref_t any_gref(struct emu *emu)
{
	return rnd(emu, 8) ? emu->gref[GRANT_PAGES + rnd(emu, NR_PAGES)] :
			     prandom_u32_state(&emu->rnd);
}

/* A frame that may be wrong in ways after which the ring goes on. */
static void nonsense(struct emu *emu)
{
	unsigned int slots = 1 + rnd(emu, 20), i, size, sum = 0;
	u16 flags = rnd(emu, 4) ? 0 : XEN_NETTXF_csum_blank;
	struct xen_netif_tx_request *first;

	if (RING - (emu->tx.req_prod_pvt - emu->tx.rsp_cons) < 24) {
		tx_send(emu);
		tx_drain(emu);
	}
	/* pages say IP or anything; nobody checks what a sum is over before */
	prandom_bytes_state(&emu->rnd, emu->page[GRANT_PAGES], 128);
	if (rnd(emu, 2))
		put_unaligned(htons(ETH_P_IP),
			      (__be16 *)(emu->page[GRANT_PAGES] + 12));
	first = tx_slot(emu, any_gref(emu), 0, rnd(emu, 4097), flags);
	if (rnd(emu, 4) == 0) {
		first->flags |= XEN_NETTXF_extra_info;
		tx_extra(emu, XEN_NETIF_EXTRA_TYPE_GSO, 0);
		((struct xen_netif_extra_info *)RING_GET_REQUEST(
			 &emu->tx, emu->tx.req_prod_pvt - 1))
			->u.gso.size = 1 + rnd(emu, 65535);
		((struct xen_netif_extra_info *)RING_GET_REQUEST(
			 &emu->tx, emu->tx.req_prod_pvt - 1))
			->u.gso.type = 1 + rnd(emu, 2);
	}
	for (i = 1; i < slots; i++) {
		if (i == 1)
			first->flags |= XEN_NETTXF_more_data;
		size = rnd(emu, 3) ? rnd(emu, 4096) : 0;
		sum += size;
		tx_slot(emu, any_gref(emu), rnd(emu, 4097 - size), size,
			i + 1 < slots ? XEN_NETTXF_more_data : 0);
	}
	/* less than the others have is dropped; wraps may break the ring */
	if (slots > 1)
		first->size = rnd(emu, 4) ? sum + rnd(emu, 4097) :
					    rnd(emu, sum + 1);
}

/* After one of these the backend has to close. */
void break_it(struct emu *emu)
{
	grant_ref_t good = emu->gref[GRANT_PAGES];
	unsigned int i, kind = rnd(emu, 7);

	switch (kind) {
	case 0:
		tx_slot(emu, good, 4090, 60, 0);
		break;
	case 1:
		tx_slot(emu, good, 0, 60, XEN_NETTXF_more_data);
		break;
	case 2:
		tx_slot(emu, good, 0, 60, XEN_NETTXF_extra_info);
		tx_extra(emu, 99, 0);
		break;
	case 3:
		tx_slot(emu, good, 0, 60, XEN_NETTXF_extra_info);
		tx_extra(emu, XEN_NETIF_EXTRA_TYPE_GSO, 0);
		break;
	case 4:
		for (i = 0; i < 24; i++)
			tx_slot(emu, good, 0, i ? 10 : 500,
				XEN_NETTXF_more_data);
		break;
	case 5:
		emu->tx.req_prod_pvt += 1000;
		break;
	case 6:
		WRITE_ONCE(emu->rx.sring->req_prod,
			   emu->rx.req_prod_pvt + 1000);
		make_frame(emu, 60);
		emu->frame_len = 0;
		notify_remote_via_irq(emu->irq[emu->split]);
		return; /* noticed with the next frame that it should get */
	}
	WRITE_ONCE(emu->tx.sring->req_prod, emu->tx.req_prod_pvt);
	notify_remote_via_irq(emu->irq[0]);
	wait_state(emu, BIT(XenbusStateClosing) | BIT(XenbusStateClosed));
	emu->broken++;
}

void misbehave(struct emu *emu)
{
	struct xen_netif_tx_request *req;
	unsigned int round, i, n;

	for (round = 0; round < rounds && connected(emu); round++) {
		n = 1 + rnd(emu, 20);
		for (i = 0; i < n; i++)
			nonsense(emu);
		tx_send(emu);
		/*
		 * slots that the backend reads at the same time; it may have
		 * answered already, in the first four bytes
		 */
		if (rnd(emu, 8) == 0) {
			req = RING_GET_REQUEST(&emu->tx,
					       emu->tx.req_prod_pvt - 1);
			req->offset = rnd(emu, 4097);
			req->size = rnd(emu, 4097);
		}
		tx_drain(emu);
		cond_resched();
	}
}

void ctrl_nonsense(struct emu *emu)
{
	struct xen_netif_ctrl_sring *sring = emu->page[GRANT_CTRL];
	unsigned int i, n = rnd(emu, 30);

	for (i = 0; i < n; i++) {
		struct xen_netif_ctrl_request *req =
			&sring->ring[(sring->req_prod + i) % 128].req;

		prandom_bytes_state(&emu->rnd, req, sizeof(*req));
		req->type = rnd(emu, 12);
		if (rnd(emu, 2)) {
			req->data[0] = emu->gref[GRANT_PAGES];
			req->data[1] = rnd(emu, 200);
			req->data[2] = rnd(emu, 200);
		}
	}
	virt_wmb();
	WRITE_ONCE(sring->req_prod,
		   sring->req_prod + (rnd(emu, 10) ? n : 5000));
	notify_remote_via_irq(emu->irq[2]);
}
