/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a channel between two ports (here of one domain): binding,
 * sending both ways, closing either end.
 */
#include "guest.h"

STORY("interdomain-self");

static long ec(int cmd, void *arg)
{
	return HC(event_channel_op, cmd, arg, 0, 0);
}

static bool pending(u32 port)
{
	return shared_info->evtchn_pending[port / 64] >> (port % 64) & 1;
}

static u32 status_of(u32 port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	CHECK_EQ(ec(EVTCHNOP_status, &s), 0);
	return s.status;
}

void story(void)
{
	struct evtchn_alloc_unbound un = { .dom = DOMID_SELF,
					   .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain in = { .remote_dom = DOMID_SELF };
	struct evtchn_send send;
	struct evtchn_close close;

	for (int i = 0; i < 64; i++)
		shared_info->evtchn_mask[i] = ~0UL;
	CHECK_EQ(ec(EVTCHNOP_alloc_unbound, &un), 0);
	in.remote_port = un.port;
	CHECK_EQ(ec(EVTCHNOP_bind_interdomain, &in), 0);
	CHECK_EQ(status_of(un.port), EVTCHNSTAT_interdomain);
	CHECK_EQ(status_of(in.local_port), EVTCHNSTAT_interdomain);
	/* the new end is pending once, so that nothing sent before is lost */
	CHECK(pending(in.local_port));
	shared_info->evtchn_pending[0] = 0;
	send.port = in.local_port;
	CHECK_EQ(ec(EVTCHNOP_send, &send), 0);
	CHECK(pending(un.port));
	CHECK(!pending(in.local_port));
	send.port = un.port;
	CHECK_EQ(ec(EVTCHNOP_send, &send), 0);
	CHECK(pending(in.local_port));
	/* bound already */
	CHECK(ec(EVTCHNOP_bind_interdomain, &in) < 0);
	close.port = in.local_port;
	CHECK_EQ(ec(EVTCHNOP_close, &close), 0);
	CHECK_EQ(status_of(un.port), EVTCHNSTAT_unbound);
	CHECK_EQ(status_of(in.local_port), EVTCHNSTAT_closed);
	send.port = un.port;
	CHECK_EQ(ec(EVTCHNOP_send, &send), 0);
	close.port = un.port;
	CHECK_EQ(ec(EVTCHNOP_close, &close), 0);
	CHECK(ec(EVTCHNOP_send, &send) < 0);
}
