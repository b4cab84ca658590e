// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store's side: memory/b2 of our own domain.
 *
 *   offer, target-kb, min-kb, max-kb, policy, seq   the toolstack's, watched
 *   status/...                                      ours
 *
 * A toolstack that knows this protocol writes offer = 1 and, once it finds
 * status/version, leaves memory/target alone. If that changes all the same, an
 * old tool is at work: we give everything back and stand aside until
 * memory/b2/target-kb is written anew.
 *
 * Everything here runs in one queue of its own. The store may be slow or dead;
 * steps never wait for it, and what we hold stays as it is. That it is dead is
 * said in the kernel's log, and that it is back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/workqueue.h>

#include <xen/xen-ops.h>
#include <xen/xenbus.h>

#include "balloon.h"

#define B2	  "memory/b2"
#define STATUS	  "memory/b2/status"
#define STATS	  "memory/b2/status/stats"
#define STATS_MS  2000
#define SILENT_MS 10000 /* without an answer the store is taken for dead */
#define MAX_STATS 16
#define NO_TARGET (~0UL)

static void store_work_fn(struct work_struct *work);
static void stats_work_fn(struct work_struct *work);
static void silent_work_fn(struct work_struct *work);
static DECLARE_WORK(store_work, store_work_fn);
static DECLARE_DELAYED_WORK(stats_work, stats_work_fn);
static DECLARE_DELAYED_WORK(silent_work, silent_work_fn);
static struct workqueue_struct *store_wq;
static bool store_is_up, closing, store_is_silent;
static atomic_t restored, legacy_fired;

/* Of the queue only. */
static bool accepted, knows_legacy;
static unsigned long legacy_target = NO_TARGET, last_target = NO_TARGET;
static unsigned int last_seq;
static unsigned long last_stats[MAX_STATS];
static unsigned long last_want; /* 0: nothing was asked for */

/* A number that the toolstack wrote, @fallback if it is none or too big. */
static unsigned long read_kb(const char *node, unsigned long fallback)
{
	unsigned long value;

	if (xenbus_scanf(XBT_NIL, B2, node, "%lu", &value) != 1 ||
	    value > BALLOON_KB_MAX)
		return fallback;
	return value;
}

static void read_policy(void)
{
	char *policy = xenbus_read(XBT_NIL, B2, "policy", NULL);

	if (IS_ERR(policy))
		return;
	WRITE_ONCE(balloon.cooperative, !strcmp(policy, "cooperative"));
	kfree(policy);
}

static void accept(void)
{
	if (xenbus_printf(XBT_NIL, STATUS, "version", "1") ||
	    xenbus_printf(XBT_NIL, STATUS, "extents", "9,0"))
		return;
	accepted = true;
	queue_delayed_work(store_wq, &stats_work, 0);
}

/* What the old knob says; NO_TARGET when it says nothing that can be meant. */
static unsigned long read_legacy(void)
{
	unsigned long value;

	if (xenbus_scanf(XBT_NIL, "memory", "target", "%lu", &value) != 1 ||
	    value > BALLOON_KB_MAX)
		return NO_TARGET;
	return value;
}

/*
 * Did somebody use the old knob? That counts also when our target came by hand.
 * What it says at first is how things were.
 *
 * Written once more, or read here before the built-in driver was told: it then
 * goes to that size as if we held nothing. It is told again what we hold.
 */
static void look_at_legacy(void)
{
	bool fired = atomic_xchg(&legacy_fired, 0);
	unsigned long now = read_legacy();

	if (!knows_legacy) {
		WRITE_ONCE(legacy_target, now);
		knows_legacy = true;
		return;
	}
	if (now == NO_TARGET)
		return;
	if (now == legacy_target) {
		if (fired && !balloon.has_target && balloon_held())
			balloon_go_legacy(now);
		return;
	}
	WRITE_ONCE(legacy_target, now);
	if (balloon.has_target || balloon_held()) {
		pr_info("memory/target was changed: the built-in driver takes over\n");
		balloon_go_legacy(now);
	}
}

static void look_at_target(void)
{
	unsigned long target = read_kb("target-kb", NO_TARGET);
	unsigned int seq = read_kb("seq", 0);

	balloon_set_limits(read_kb("min-kb", balloon.min_kb),
			   read_kb("max-kb", balloon.max_kb));
	if (target == NO_TARGET || (target == last_target && seq == last_seq))
		return;
	last_target = target;
	last_seq = seq;
	balloon_set_target(target, seq);
}

static void write_kb(const char *node, unsigned long value)
{
	xenbus_printf(XBT_NIL, STATUS, node, "%lu", value);
}

/* seq comes last: when it is the toolstack's, all else is of that target. */
static void write_status(void)
{
	unsigned long actual, blocks, pages, shortfall;
	enum balloon_state state;
	unsigned int seq;

	mutex_lock(&balloon.lock);
	actual = balloon_actual_kb();
	blocks = balloon.nr_blocks;
	pages = balloon.nr_pages;
	shortfall = balloon.shortfall_kb;
	state = balloon.state;
	seq = balloon.seq_done;
	mutex_unlock(&balloon.lock);
	write_kb("actual-kb", actual);
	write_kb("held-2m", blocks);
	write_kb("held-4k", pages);
	write_kb("shortfall-kb", shortfall);
	xenbus_printf(XBT_NIL, STATUS, "state", "%s",
		      balloon_state_name(state));
	write_kb("seq", seq);
}

static void silent_work_fn(struct work_struct *work)
{
	WRITE_ONCE(store_is_silent, true);
	pr_warn("the store does not answer: %lu pages stay where they are, sysfs works\n",
		balloon_held());
}

static void store_begin(void)
{
	mod_delayed_work(system_wq, &silent_work, msecs_to_jiffies(SILENT_MS));
}

static void store_end(void)
{
	cancel_delayed_work(&silent_work);
	if (!READ_ONCE(store_is_silent))
		return;
	WRITE_ONCE(store_is_silent, false);
	pr_info("the store answers again\n");
}

/* The domain was restored: another store, which knows nothing of us. */
static void forget_store(void)
{
	accepted = false;
	knows_legacy = false;
	last_target = NO_TARGET;
	last_want = 0;
	memset(last_stats, 0, sizeof(last_stats));
}

static void store_work_fn(struct work_struct *work)
{
	if (atomic_xchg(&restored, 0))
		forget_store();
	store_begin();
	look_at_legacy();
	if (!accepted && read_kb("offer", 0) == 1)
		accept();
	if (accepted) {
		read_policy();
		look_at_target();
		write_status();
	}
	store_end();
}

struct stats_pass {
	unsigned int nr;
};

/* Only what changed by more than a hundredth is written. */
static void write_stat(void *arg, const char *name, unsigned long value)
{
	struct stats_pass *pass = arg;
	unsigned int i = pass->nr++;
	unsigned long old, change;

	if (i >= MAX_STATS)
		return;
	old = last_stats[i];
	change = old > value ? old - value : value - old;
	if (change <= old / 100)
		return;
	last_stats[i] = value;
	xenbus_printf(XBT_NIL, STATS, name, "%lu", value);
}

/*
 * The size that would suit us, within the limits: with a quarter of it
 * available. It is asked for when less than an eighth is, or more than half.
 */
static unsigned long wanted_kb(void)
{
	unsigned long actual = balloon_actual_kb(), want = actual;
	unsigned long available = max(si_mem_available(), 0L) * KB_PER_PAGE;

	if (available < actual / 8 || available > actual / 2)
		want = (actual - min(actual, available)) / 3 * 4;
	want = max(want, balloon.min_kb);
	return balloon.max_kb ? min(want, balloon.max_kb) : want;
}

/* A request goes away with the policy; small changes are not worth a word. */
static void write_want(void)
{
	unsigned long want, change;

	if (!READ_ONCE(balloon.cooperative)) {
		if (last_want)
			xenbus_rm(XBT_NIL, STATUS, "want-kb");
		last_want = 0;
		return;
	}
	want = wanted_kb();
	change = want > last_want ? want - last_want : last_want - want;
	if (change <= last_want / 16)
		return;
	last_want = want;
	write_kb("want-kb", want);
}

static void stats_work_fn(struct work_struct *work)
{
	struct stats_pass pass = {};

	if (!accepted)
		return;
	store_begin();
	stats_walk(write_stat, &pass);
	write_want();
	store_end();
	if (!READ_ONCE(closing))
		queue_delayed_work(store_wq, &stats_work,
				   msecs_to_jiffies(STATS_MS));
}

void target_publish(void)
{
	if (READ_ONCE(store_is_up) && !READ_ONCE(closing))
		queue_work(store_wq, &store_work);
}

static void changed(struct xenbus_watch *watch, const char *path,
		    const char *token)
{
	/* Our own answers come back to us as well. */
	if (!strstr(path, "b2/status"))
		target_publish();
}

/*
 * The built-in driver has seen this too, and may be on its way: it waits until
 * we hold nothing.
 */
static void legacy_changed(struct xenbus_watch *watch, const char *path,
			   const char *token)
{
	if (balloon_held() && read_legacy() != NO_TARGET)
		balloon_freeze_builtin();
	atomic_set(&legacy_fired, 1);
	target_publish();
}

static struct xenbus_watch b2_watch = {
	.node = B2,
	.callback = changed,
};

static struct xenbus_watch legacy_watch = {
	.node = "memory/target",
	.callback = legacy_changed,
};

static int store_came_up(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	if (READ_ONCE(store_is_up))
		return NOTIFY_DONE;
	if (register_xenbus_watch(&b2_watch))
		return NOTIFY_DONE;
	if (register_xenbus_watch(&legacy_watch)) {
		unregister_xenbus_watch(&b2_watch);
		return NOTIFY_DONE;
	}
	WRITE_ONCE(store_is_up, true);
	target_publish();
	return NOTIFY_DONE;
}

static struct notifier_block store_notifier = {
	.notifier_call = store_came_up,
};

static int resumed(struct notifier_block *nb, unsigned long event, void *data)
{
	atomic_set(&restored, 1);
	target_publish();
	return NOTIFY_DONE;
}

static struct notifier_block resume_notifier = {
	.notifier_call = resumed,
};

int target_init(void)
{
	/* Ordered: the two work items share their state without a lock. */
	store_wq =
		alloc_ordered_workqueue("hospes_balloon_store", WQ_FREEZABLE);
	if (!store_wq)
		return -ENOMEM;
	register_xenstore_notifier(&store_notifier);
	xen_resume_notifier_register(&resume_notifier);
	return 0;
}

void target_exit(void)
{
	xen_resume_notifier_unregister(&resume_notifier);
	unregister_xenstore_notifier(&store_notifier);
	WRITE_ONCE(closing, true);
	if (store_is_up) {
		unregister_xenbus_watch(&legacy_watch);
		unregister_xenbus_watch(&b2_watch);
	}
	cancel_work_sync(&store_work);
	cancel_delayed_work_sync(&stats_work);
	cancel_delayed_work_sync(&silent_work);
	if (accepted) {
		xenbus_rm(XBT_NIL, STATUS, "version");
		xenbus_printf(XBT_NIL, STATUS, "state", "unloaded");
	}
	destroy_workqueue(store_wq);
}
