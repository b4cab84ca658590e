// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many answers of a ring go together, and how long the first one waits.
 *
 * A frontend on the same CPU may have many requests to send and still send them
 * one by one: the first event makes us run before it, and our answer makes it
 * run before us. So now and then the answer waits a little for more requests
 * (a probe); while they come, answers keep waiting for each other.
 *
 * Context: the ring's thread, or who answers in its place (req_done()).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "blkback.h"

enum {
	LATE_MIN_NS = 20 * NSEC_PER_USEC,
	LATE_MAX_NS = 2000 * NSEC_PER_USEC,
	WAKE_MAX = 8, /* completions that are always worth a wakeup */
	TURN_MAX_US = 4000, /* a frontend that takes longer rests */
	PROBE_TURNS = 3, /* of the frontend, before another request comes */
	HOLD_MAX_US = 16000,
	PROBE_SOON = 4, /* rounds of answers before the first probe, at times */
	PROBE_MIN = 16, /* rounds of answers between two probes */
	PROBE_MAX = 1024,
	PAUSE_MS = 200, /* see forget() */
};

/* How many answers are to go together, because more requests are coming. */
static u32 wanted(const struct ring *ring)
{
	return ring->probing ? ring->crowd * 4 : ring->crowd;
}

/* How many completions are worth a round of answers. */
u32 crowd_enough(const struct ring *ring)
{
	/* A barrier waits for all: nothing else will come in meanwhile. */
	if (ring->barrier)
		return 1;
	return max(clamp_t(u32, (ring->inflight + 1) / 2, 1, WAKE_MAX),
		   wanted(ring));
}

/* How long the first answer waits for others. */
static void set_patience(struct ring *ring)
{
	u32 nr = wanted(ring), us;
	u64 ns = (u64)ring->latency_us * NSEC_PER_USEC / 3;

	ns = clamp_t(u64, ns, LATE_MIN_NS, LATE_MAX_NS);
	if (nr > 1) {
		/* So many came before: it is seldom in vain. */
		us = nr * 4;
		if (ring->probing)
			us = ring->extended ? nr * 2 : PROBE_TURNS;
		us = min_t(u32, us * ring->turn_us, HOLD_MAX_US);
		ns = max_t(u64, ns, (u64)us * NSEC_PER_USEC);
	}
	WRITE_ONCE(ring->late_ns, ns);
}

/**
 * crowd_extend - is what came too late to be waited for once more?
 * @waiting: requests on the ring that have not been taken
 *
 * A probe ends early when there is nothing but the request that it holds: most
 * frontends with one request in flight never have more. One that does send
 * others has its full time. True: ring->late_ns is to run again.
 */
bool crowd_extend(struct ring *ring, u32 waiting)
{
	if (!ring->probing || ring->extended || ring->inflight + waiting < 2)
		return false;
	ring->extended = true;
	set_patience(ring);
	return true;
}

/*
 * @nr answers go out. A probe that finds four times as many requests as go
 * together now lets twice as many do so: what is held back is then at most half
 * of what the frontend has under way, so that it does not stand still. Once
 * fewer may be an accident.
 */
void crowd_learn(struct ring *ring, u32 nr)
{
	bool enough_came = nr >= wanted(ring);

	ring->extended = false;
	ring->learnt = jiffies;
	if (ring->probing && enough_came) {
		ring->crowd = min_t(u32, ring->crowd * 2, WAKE_MAX);
		ring->probe_after = PROBE_MIN;
		ring->rounds = PROBE_MIN;
	} else if (ring->probing) {
		ring->probe_after =
			min_t(u32, ring->probe_after * 2, PROBE_MAX);
		ring->rounds = 0;
	} else if (!enough_came && !ring->fell_short) {
		ring->fell_short = true;
	} else if (!enough_came) {
		ring->crowd = max_t(u32, (ring->crowd + nr / 2) / 2, 1);
		ring->rounds = 0;
	}
	if (enough_came)
		ring->fell_short = false;
	ring->rounds++;
	ring->probing = ring->crowd < WAKE_MAX &&
			ring->rounds > ring->probe_after;
	set_patience(ring);
}

/*
 * What was learnt may not hold any more: who had 32 requests under way may now
 * have one, which would wait several times for seven others. A crowd is waited
 * for with little to lose, and looked for early.
 */
static void forget(struct ring *ring)
{
	ring->probe_after = ring->crowd > 1 ? PROBE_SOON : PROBE_MIN;
	ring->crowd = min_t(u32, ring->crowd, 2);
	ring->rounds = 0;
	ring->probing = false;
	ring->fell_short = false;
	ring->learnt = jiffies;
	ring->pushed = 0; /* nor was the pause a turn of the frontend */
	set_patience(ring);
}

/* @nr requests came: how long did each take the frontend after our answer? */
void crowd_turn(struct ring *ring, u32 nr)
{
	s64 us;

	if (!ring->inflight &&
	    time_after(jiffies, ring->learnt + msecs_to_jiffies(PAUSE_MS)))
		forget(ring);
	if (!ring->pushed)
		return;
	us = ktime_us_delta(ktime_get(), ring->pushed) / nr;
	us = min_t(s64, us, TURN_MAX_US);
	ring->pushed = 0;
	ring->turn_us = ring->turn_us ? (ring->turn_us * 7 + us) / 8 : us;
}

/* What a ring begins with: nothing is known of its frontend. */
void crowd_reset(struct ring *ring)
{
	ring->wake_at = 1;
	ring->crowd = 1;
	ring->learnt = jiffies;
	ring->probe_after = PROBE_MIN;
	set_patience(ring);
}
