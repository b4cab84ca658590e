// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_balloon: trades the domain's memory with the hypervisor.
 *
 * The same module in dom0 and in guests. One work item goes, in steps of at
 * most 2 MiB, from the domain's size to the size that is wanted (memory/b2 in
 * the store, or sysfs). What it cannot do it does not try again blindly: it
 * says that it is stuck and how much is missing, and goes on when something
 * changes (a new target, limits, or less memory in use the next time it is
 * asked).
 *
 * It never gives so much away that less than "reserve_kb" would be available,
 * nor goes below the floor. More than the built-in driver has is asked of that
 * driver, up to what the domain was started with at most.
 *
 * Only one of the two drivers acts at a time. While we have a target the
 * built-in one is kept where it is, but for what we ask of it; when an old tool
 * moves memory/target it is kept there until we hold nothing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/workqueue.h>

#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/xen.h>

#include "balloon.h"

/* How often, and how long, the built-in driver is waited for. */
#define BUILTIN_WAIT_MS	   100
#define BUILTIN_WAIT_TRIES 50
/* At most so much comes back for one lack of memory: 8 MiB. */
#define OOM_BLOCKS 4

static unsigned long reserve_kb = 16384;
module_param(reserve_kb, ulong, 0644);
MODULE_PARM_DESC(reserve_kb, "KiB that stay available, whatever is wanted");

struct balloon balloon = {
	.lock = __MUTEX_INITIALIZER(balloon.lock),
	.blocks = LIST_HEAD_INIT(balloon.blocks),
	.pages = LIST_HEAD_INIT(balloon.pages),
	.min_kb = 65536,
};
struct balloon_counters balloon_counters;

static void balloon_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(balloon_work, balloon_work_fn);
static struct workqueue_struct *balloon_wq;
static unsigned int builtin_tries;
static bool builtin_asked;
static atomic_t oom_seen; /* while somebody else had the lock */

const char *balloon_state_name(enum balloon_state state)
{
	static const char *const names[] = {
		[BALLOON_IDLE] = "idle",
		[BALLOON_INFLATING] = "inflating",
		[BALLOON_DEFLATING] = "deflating",
		[BALLOON_STUCK] = "stuck",
		[BALLOON_LEAVING] = "deflating",
		[BALLOON_LEGACY] = "legacy",
	};

	return names[state];
}

static unsigned long actual_pages(void)
{
	unsigned long builtin = READ_ONCE(balloon_stats.current_pages);
	unsigned long held = balloon_held();

	return builtin > held ? builtin - held : 0;
}

unsigned long balloon_actual_kb(void)
{
	return actual_pages() * KB_PER_PAGE;
}

/* The target in pages, within the limits. */
static unsigned long goal_pages(void)
{
	unsigned long kb = max(balloon.target_kb, balloon.min_kb);

	if (balloon.max_kb)
		kb = min(kb, balloon.max_kb);
	return kb / KB_PER_PAGE;
}

static unsigned long distance(unsigned long a, unsigned long b)
{
	return a > b ? a - b : b - a;
}

void balloon_freeze_builtin(void)
{
	unsigned long now = READ_ONCE(balloon_stats.current_pages);

	if (READ_ONCE(balloon_stats.target_pages) != now)
		balloon_set_new_target(now);
}

/* What it could not do so far it is not to do by itself later. */
static void stop_asking(void)
{
	if (builtin_asked)
		balloon_freeze_builtin();
	builtin_asked = false;
}

static void settle(enum balloon_state state)
{
	unsigned long wanted = balloon.target_kb / KB_PER_PAGE;

	stop_asking();
	balloon.shortfall_kb = distance(actual_pages(), wanted) * KB_PER_PAGE;
	balloon.state = state;
	if (state == BALLOON_IDLE && balloon.shortfall_kb)
		balloon.state = BALLOON_STUCK; /* the limits are in the way */
	balloon.seq_done = balloon.seq;
}

static int inflate_step(unsigned long nr)
{
	long spare = si_mem_available() - (long)(reserve_kb / KB_PER_PAGE);
	int ret = -ENOMEM;

	if (spare <= 0 || atomic_xchg(&oom_seen, 0))
		return -ENOMEM;
	nr = min_t(unsigned long, nr, spare);
	if (nr >= BLOCK_PAGES)
		ret = reservation_give_block();
	if (ret == -ENOMEM)
		ret = reservation_give_pages(
			min_t(unsigned long, nr, BLOCK_PAGES));
	return ret;
}

static int deflate_step(unsigned long nr)
{
	if (nr >= BLOCK_PAGES && balloon.nr_blocks)
		return reservation_take_block();
	return reservation_take_pages(min_t(unsigned long, nr, BLOCK_PAGES));
}

/*
 * We hold nothing, and the domain is to have more: what the built-in driver
 * holds is its own to give. true: it was asked, look again later.
 */
static bool ask_builtin(unsigned long goal)
{
	goal = min(goal, READ_ONCE(balloon_stats.total_pages));
	if (actual_pages() >= goal || builtin_tries++ >= BUILTIN_WAIT_TRIES)
		return false;
	builtin_asked = true;
	if (READ_ONCE(balloon_stats.target_pages) != goal)
		balloon_set_new_target(goal);
	return true;
}

/*
 * Back with all that can be had; then the built-in driver goes to what the old
 * tool asked of it. What stays with us (xl lowers the hypervisor's limit too,
 * so not all may come back) counts: the built-in driver keeps so much more.
 */
static int legacy_step(void)
{
	unsigned long goal = balloon.legacy_kb / KB_PER_PAGE, total;

	if (balloon.nr_blocks + balloon.nr_pages &&
	    deflate_step(balloon_held()) > 0)
		return 1;
	balloon.shortfall_kb = balloon_held() * KB_PER_PAGE;
	if (balloon_held())
		pr_warn("%lu pages cannot be had back now\n", balloon_held());
	total = READ_ONCE(balloon_stats.total_pages);
	balloon_set_new_target(min(goal + balloon_held(), max(goal, total)));
	balloon.state = BALLOON_LEGACY;
	return 0;
}

/* One step, under the lock: 0 when there is nothing more to do now. */
static int step(void)
{
	unsigned long goal = goal_pages(), actual = actual_pages();
	u64 start = ktime_get_ns();
	int ret;

	if (balloon.unloading)
		return 0;
	if (balloon.state == BALLOON_LEAVING)
		return legacy_step();
	if (!balloon.has_target)
		return 0;
	if (actual > goal) {
		balloon.state = BALLOON_INFLATING;
		stop_asking();
		ret = inflate_step(actual - goal);
		balloon_counters.inflate_ns += ktime_get_ns() - start;
	} else if (actual < goal && balloon.nr_blocks + balloon.nr_pages) {
		balloon.state = BALLOON_DEFLATING;
		ret = deflate_step(goal - actual);
		balloon_counters.deflate_ns += ktime_get_ns() - start;
	} else if (actual < goal && ask_builtin(goal)) {
		balloon.state = BALLOON_DEFLATING;
		queue_delayed_work(balloon_wq, &balloon_work,
				   msecs_to_jiffies(BUILTIN_WAIT_MS));
		return 0;
	} else {
		settle(BALLOON_IDLE);
		return 0;
	}
	if (ret > 0)
		return 1;
	settle(BALLOON_STUCK);
	return 0;
}

static void balloon_work_fn(struct work_struct *work)
{
	unsigned long since = jiffies;
	int more = 1;

	while (more) {
		mutex_lock(&balloon.lock);
		more = step();
		mutex_unlock(&balloon.lock);
		cond_resched();
		/* progress for those who watch: the store takes its time */
		if (time_after(jiffies, since + HZ)) {
			since = jiffies;
			target_publish();
		}
	}
	target_publish();
}

/*
 * Under the lock: there is something new to look at. Whoever asks for the state
 * from now on is not told that of before.
 */
static void start(void)
{
	if (balloon.unloading)
		return;
	if (balloon.has_target)
		balloon.state = actual_pages() > goal_pages() ?
					BALLOON_INFLATING :
					BALLOON_DEFLATING;
	mod_delayed_work(balloon_wq, &balloon_work, 0);
}

void balloon_set_target(unsigned long kb, unsigned int seq)
{
	mutex_lock(&balloon.lock);
	balloon_freeze_builtin();
	balloon.target_kb = kb;
	balloon.seq = seq;
	balloon.has_target = true;
	balloon.shortfall_kb = 0;
	balloon.state = BALLOON_IDLE;
	builtin_tries = 0;
	atomic_set(&oom_seen, 0);
	start();
	mutex_unlock(&balloon.lock);
}

void balloon_set_limits(unsigned long min_kb, unsigned long max_kb)
{
	bool changed;

	mutex_lock(&balloon.lock);
	changed = balloon.min_kb != min_kb || balloon.max_kb != max_kb;
	balloon.min_kb = min_kb;
	balloon.max_kb = max_kb;
	if (changed)
		start();
	mutex_unlock(&balloon.lock);
}

/* Take back what can be had now. true: nothing is left outside. */
static bool deflate_all(void)
{
	int ret = 1;

	while (ret > 0 && balloon.nr_blocks + balloon.nr_pages)
		ret = deflate_step(balloon_held());
	return !(balloon.nr_blocks + balloon.nr_pages);
}

void balloon_go_legacy(unsigned long kb)
{
	mutex_lock(&balloon.lock);
	if (balloon_held())
		balloon_freeze_builtin();
	balloon.has_target = false;
	balloon.legacy_kb = kb;
	balloon.state = BALLOON_LEAVING;
	builtin_asked = false;
	start();
	mutex_unlock(&balloon.lock);
}

/*
 * Memory has run out. What comes back is not given away again before somebody
 * asks anew: the size that is wanted is the size that is.
 */
static int balloon_oom(struct notifier_block *nb, unsigned long unused,
		       void *freed)
{
	unsigned long *nr_freed = freed;
	bool any = false;
	int i, ret = 1;

	/*
	 * Our own allocations do not come here, but may be what whoever has
	 * the lock is at: he is told to give nothing more away.
	 */
	if (!mutex_trylock(&balloon.lock)) {
		atomic_set(&oom_seen, 1);
		return NOTIFY_OK;
	}
	for (i = 0; i < OOM_BLOCKS && ret > 0 && balloon.cooperative; i++) {
		if (balloon.max_kb && balloon_actual_kb() >= balloon.max_kb)
			break;
		ret = deflate_step(BLOCK_PAGES);
		if (ret > 0) {
			*nr_freed += ret;
			any = true;
		}
	}
	balloon_counters.oom_deflates += any;
	if (any && balloon.has_target)
		balloon.target_kb = max(balloon.target_kb, balloon_actual_kb());
	mutex_unlock(&balloon.lock);
	if (any)
		target_publish();
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = {
	.notifier_call = balloon_oom,
};

static int __init balloon_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	if (xen_feature(XENFEAT_auto_translated_physmap)) {
		pr_err("only for paravirtual domains: the built-in driver stays in charge\n");
		return -ENODEV;
	}
	err = direct_map_init();
	if (err)
		return err;
	err = -ENOMEM;
	/* Freezable: no step is half done when frames get other numbers. */
	balloon_wq = alloc_workqueue("hospes_balloon",
				     WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_FREEZABLE,
				     1);
	if (!balloon_wq)
		goto err_direct_map;
	err = sysfs_init();
	if (err)
		goto err_wq;
	err = register_oom_notifier(&oom_notifier);
	if (err)
		goto err_sysfs;
	err = target_init();
	if (err)
		goto err_oom;
	return 0;

err_oom:
	unregister_oom_notifier(&oom_notifier);
err_sysfs:
	sysfs_exit();
err_wq:
	destroy_workqueue(balloon_wq);
err_direct_map:
	direct_map_exit();
	return err;
}

/* Memory first: the store, which may be dead, is waited for at the end. */
static void __exit balloon_exit(void)
{
	sysfs_exit();
	mutex_lock(&balloon.lock);
	balloon.unloading = true;
	mutex_unlock(&balloon.lock);
	cancel_delayed_work_sync(&balloon_work);
	unregister_oom_notifier(&oom_notifier);
	mutex_lock(&balloon.lock);
	stop_asking();
	if (!deflate_all())
		pr_err("%lu pages stay away: the hypervisor has no memory for them\n",
		       balloon_held());
	mutex_unlock(&balloon.lock);
	target_exit();
	destroy_workqueue(balloon_wq);
	direct_map_exit();
}

module_init(balloon_init);
module_exit(balloon_exit);

MODULE_DESCRIPTION("Hospes: memory balloon");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
