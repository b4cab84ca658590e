// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_blkback: serves virtual disks to guests.
 *
 * The module as a whole: parameters, memory for requests, start and end. See
 * blkback.h for the objects and docs/blkback.md for the design.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/xen.h>

#include "blkback.h"

/* Sizes of request objects, in segments; each has a cache and a reserve. */
static const u16 class_segs[] = { BLK_SEGS_DIRECT, 32, 64, BLK_SEGS_MAX };
static const char *const class_names[] = {
	"hospes_blk_req_11",
	"hospes_blk_req_32",
	"hospes_blk_req_64",
	"hospes_blk_req_256",
};
static struct kmem_cache *class_cache[ARRAY_SIZE(class_segs)];
static mempool_t *class_pool[ARRAY_SIZE(class_segs)];

enum {
	CLASS_RESERVE = 4
};

struct bio_set blkback_bios;
struct workqueue_struct *blkback_wq;

bool blkback_persistent;
module_param_named(persistent, blkback_persistent, bool, 0644);
MODULE_PARM_DESC(persistent, "keep grants mapped, for disks that do not say");

uint blkback_max_queues;
module_param_named(max_queues, blkback_max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues, "rings of one disk at most (0: one per CPU)");

uint blkback_copy_bytes = COPY_BYTES;
module_param_named(copy_bytes, blkback_copy_bytes, uint, 0644);
MODULE_PARM_DESC(copy_bytes, "requests up to here are copied, not mapped");

static size_t class_size(unsigned int class)
{
	return sizeof(struct blk_req) +
	       class_segs[class] *
		       (sizeof(struct req_seg) + sizeof(struct bio_vec));
}

/**
 * req_alloc - a request with room for @nr_segs (0 to BLK_SEGS_MAX)
 *
 * With a @gfp that may sleep this waits for the reserve and cannot fail; the
 * caller must then hold no other request that is not on its way.
 */
struct blk_req *req_alloc(u32 nr_segs, gfp_t gfp)
{
	struct blk_req *req;
	unsigned int class = 0;

	while (class_segs[class] < nr_segs)
		class ++;
	req = mempool_alloc(class_pool[class], gfp);
	if (!req)
		return NULL;
	memset(req, 0, class_size(class));
	req->size_class = class;
	req->nr_segs = nr_segs;
	req->vec = (struct bio_vec *)&req->seg[class_segs[class]];
	return req;
}

void req_free(struct blk_req *req)
{
	mempool_free(req, class_pool[req->size_class]);
}

static void pools_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(class_segs); i++) {
		mempool_destroy(class_pool[i]);
		kmem_cache_destroy(class_cache[i]);
	}
}

static int pools_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(class_segs); i++) {
		class_cache[i] = kmem_cache_create(class_names[i],
						   class_size(i), 0, 0, NULL);
		if (!class_cache[i])
			return -ENOMEM;
		class_pool[i] =
			mempool_create_slab_pool(CLASS_RESERVE, class_cache[i]);
		if (!class_pool[i])
			return -ENOMEM;
	}
	return 0;
}

static int __init blkback_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	if (blkback_max_queues == 0)
		blkback_max_queues = num_online_cpus();
	blkback_max_queues = min_t(uint, blkback_max_queues, QUEUES_MAX);

	err = pools_init();
	if (err)
		goto err_pools;
	err = bioset_init(&blkback_bios, BIO_POOL_SIZE, 0, BIOSET_NEED_BVECS);
	if (err)
		goto err_pools;
	err = -ENOMEM;
	blkback_wq = alloc_workqueue("hospes_blkback",
				     WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!blkback_wq)
		goto err_bios;
	err = control_init();
	if (err)
		goto err_wq;
	err = blkback_register();
	if (err == -EBUSY)
		pr_err("another block back-end is loaded: rmmod xen-blkback first\n");
	if (err)
		goto err_control;
	return 0;

err_control:
	control_exit();
err_wq:
	destroy_workqueue(blkback_wq);
err_bios:
	bioset_exit(&blkback_bios);
err_pools:
	pools_exit();
	return err;
}

static void __exit blkback_exit(void)
{
	blkback_unregister();
	control_exit();
	destroy_workqueue(blkback_wq);
	rcu_barrier(); /* connections are freed by then */
	bioset_exit(&blkback_bios);
	pools_exit();
}

module_init(blkback_init);
module_exit(blkback_exit);

MODULE_ALIAS("xen-backend:vbd");
MODULE_DESCRIPTION("Hospes: block device back-end");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
