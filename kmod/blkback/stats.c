// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs of a disk: what xentop reads, and our own counters.
 *
 * The counters lie in the disk, not in the connection, and the files are gone
 * before the disk is: a reader never meets something that was freed.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "blkback.h"

static u64 sum(const struct disk *disk, size_t offset)
{
	u64 total = 0;
	u32 i;

	for (i = 0; i < disk->max_queues; i++)
		total += READ_ONCE(*(u64 *)((char *)&disk->stats[i] + offset));
	return total;
}

struct counter {
	struct device_attribute attr;
	size_t offset;
};

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct counter *counter = container_of(attr, struct counter, attr);
	struct disk *disk = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", sum(disk, counter->offset));
}

/* COUNTER(x, field) makes counter_x, shown as the file x. */
#define COUNTER(_name, _field)                                   \
	static struct counter counter_##_name = {                \
		.attr = __ATTR(_name, 0444, counter_show, NULL), \
		.offset = offsetof(struct ring_stats, _field),   \
	}

COUNTER(oo_req, waits);
COUNTER(rd_req, requests[0]);
COUNTER(wr_req, requests[1]);
COUNTER(f_req, flushes);
COUNTER(ds_req, discards);
COUNTER(rd_sect, sectors[0]);
COUNTER(wr_sect, sectors[1]);
COUNTER(rejected, rejected);
COUNTER(errors, errors);
COUNTER(copies, copies);
COUNTER(maps, maps);
COUNTER(unmaps, unmaps);
COUNTER(hypercalls, hypercalls);
COUNTER(events_out, events_out);
COUNTER(events_in, events_in);
COUNTER(wakeups, wakeups);
COUNTER(lone, lone);
COUNTER(persistent_hits, persistent_hits);

static const char *const hist_names[2][HIST_SIZES] = {
	{ "read<=4k", "read<=16k", "read<=64k", "read>64k" },
	{ "write<=4k", "write<=16k", "write<=64k", "write>64k" },
};

static int hist_line(const struct disk *disk, char *buf, int len, u32 write,
		     u32 size)
{
	size_t offset = offsetof(struct ring_stats, latency) +
			sizeof(disk->stats->latency[0][0]) *
				(write * HIST_SIZES + size);
	u32 bucket;

	len += sysfs_emit_at(buf, len, "%s", hist_names[write][size]);
	for (bucket = 0; bucket < HIST_BUCKETS; bucket++)
		len += sysfs_emit_at(buf, len, " %llu",
				     sum(disk, offset + bucket * sizeof(u64)));
	return len + sysfs_emit_at(buf, len, "\n");
}

/* A line per kind: how many took less than 1, 2, 4, ... microseconds. */
static ssize_t latency_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct disk *disk = dev_get_drvdata(dev);
	u32 write, size;
	int len = 0;

	for (write = 0; write < 2; write++)
		for (size = 0; size < HIST_SIZES; size++)
			len = hist_line(disk, buf, len, write, size);
	return len;
}
static DEVICE_ATTR_RO(latency);

static struct attribute *statistics_attrs[] = {
	&counter_oo_req.attr.attr,     &counter_rd_req.attr.attr,
	&counter_wr_req.attr.attr,     &counter_f_req.attr.attr,
	&counter_ds_req.attr.attr,     &counter_rd_sect.attr.attr,
	&counter_wr_sect.attr.attr,    &counter_rejected.attr.attr,
	&counter_errors.attr.attr,     &counter_copies.attr.attr,
	&counter_maps.attr.attr,       &counter_unmaps.attr.attr,
	&counter_hypercalls.attr.attr, &counter_events_out.attr.attr,
	&counter_events_in.attr.attr,  &counter_wakeups.attr.attr,
	&counter_lone.attr.attr,       &counter_persistent_hits.attr.attr,
	&dev_attr_latency.attr,	       NULL,
};

static const struct attribute_group statistics_group = {
	.name = "statistics",
	.attrs = statistics_attrs,
};

static ssize_t physical_device_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	struct disk *disk = dev_get_drvdata(dev);
	ssize_t len;

	mutex_lock(&disk->lock);
	if (!disk->store)
		len = sysfs_emit(buf, "0:0\n");
	else if (disk->store->bdev)
		len = sysfs_emit(buf, "%x:%x\n",
				 MAJOR(disk->store->bdev->bd_dev),
				 MINOR(disk->store->bdev->bd_dev));
	else
		len = sysfs_emit(buf, "%pD\n", disk->store->file);
	mutex_unlock(&disk->lock);
	return len;
}
static DEVICE_ATTR_RO(physical_device);

static ssize_t mode_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct disk *disk = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", disk->read_only ? "r" : "w");
}
static DEVICE_ATTR_RO(mode);

static struct attribute *disk_attrs[] = {
	&dev_attr_physical_device.attr,
	&dev_attr_mode.attr,
	NULL,
};

static const struct attribute_group disk_group = { .attrs = disk_attrs };

const struct attribute_group *blkback_groups[] = {
	&disk_group,
	&statistics_group,
	NULL,
};
