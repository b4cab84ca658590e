// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose I/O it is: the control group of a disk, as the toolstack set it.
 *
 * Threads and workers of the module are kernel threads; while they work for a
 * disk their bios are charged to its group.
 */
#include <linux/blk-cgroup.h>
#include <linux/cgroup.h>
#include <linux/kthread.h>

#include "blkback.h"

/* From here to account_end() the caller, a kernel thread, works for @disk. */
void account_begin(struct disk *disk)
{
	struct cgroup_subsys_state *css;

	if (!rcu_access_pointer(disk->css))
		return;
	rcu_read_lock();
	css = rcu_dereference(disk->css);
	if (css && !css_tryget(css))
		css = NULL;
	rcu_read_unlock();
	if (!css)
		return;
	kthread_associate_blkcg(css); /* takes its own reference */
	css_put(css);
}

void account_end(void)
{
	kthread_associate_blkcg(NULL);
}

/* Replaces the group of a disk; takes over the reference to @css. */
void account_set(struct disk *disk, struct cgroup_subsys_state *css)
{
	struct cgroup_subsys_state *old = xchg(&disk->css, css);

	if (!old)
		return;
	synchronize_rcu();
	css_put(old);
}

int account_to_caller(struct disk *disk)
{
	struct conn *conn = disk->conn;
	unsigned int i;
	int err = 0;

	account_set(disk, task_get_css(current, io_cgrp_id));
	/* Its threads' time as well, of those that run already. */
	for (i = 0; conn && i < conn->nr_rings && !err; i++)
		if (conn->ring[i].thread)
			err = cgroup_attach_task_all(current,
						     conn->ring[i].thread);
	return err;
}
