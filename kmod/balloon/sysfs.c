// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/hypervisor/hospes_balloon: the balloon by hand, and its counters.
 *
 * target_kb, min_kb, max_kb and cooperative can be written; the rest tells.
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "balloon.h"

static struct kobject *dir;

static ssize_t target_kb_show(struct kobject *k, struct kobj_attribute *a,
			      char *buf)
{
	return sysfs_emit(buf, "%lu\n",
			  balloon.has_target ? balloon.target_kb :
					       balloon_actual_kb());
}

static ssize_t target_kb_store(struct kobject *k, struct kobj_attribute *a,
			       const char *buf, size_t len)
{
	unsigned long kb;
	int err = kstrtoul(buf, 10, &kb);

	if (err)
		return err;
	if (kb > BALLOON_KB_MAX || (balloon.max_kb && kb > balloon.max_kb))
		return -ERANGE;
	balloon_set_target(kb, balloon.seq);
	return len;
}

static ssize_t min_kb_show(struct kobject *k, struct kobj_attribute *a,
			   char *buf)
{
	return sysfs_emit(buf, "%lu\n", balloon.min_kb);
}

static ssize_t min_kb_store(struct kobject *k, struct kobj_attribute *a,
			    const char *buf, size_t len)
{
	unsigned long kb;
	int err = kstrtoul(buf, 10, &kb);

	if (err)
		return err;
	balloon_set_limits(kb, balloon.max_kb);
	return len;
}

static ssize_t max_kb_show(struct kobject *k, struct kobj_attribute *a,
			   char *buf)
{
	return sysfs_emit(buf, "%lu\n", balloon.max_kb);
}

static ssize_t max_kb_store(struct kobject *k, struct kobj_attribute *a,
			    const char *buf, size_t len)
{
	unsigned long kb;
	int err = kstrtoul(buf, 10, &kb);

	if (err)
		return err;
	balloon_set_limits(balloon.min_kb, kb);
	return len;
}

static ssize_t cooperative_show(struct kobject *k, struct kobj_attribute *a,
				char *buf)
{
	return sysfs_emit(buf, "%d\n", balloon.cooperative);
}

static ssize_t cooperative_store(struct kobject *k, struct kobj_attribute *a,
				 const char *buf, size_t len)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (err)
		return err;
	WRITE_ONCE(balloon.cooperative, on);
	return len;
}

static ssize_t state_show(struct kobject *k, struct kobj_attribute *a,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n", balloon_state_name(balloon.state));
}

static ssize_t verify_show(struct kobject *k, struct kobj_attribute *a,
			   char *buf)
{
	struct verify_result r;

	balloon_verify(&r);
	return sysfs_emit(
		buf,
		"present %lu\nabsent %lu\nspecial %lu\nwrong-m2p %lu\n"
		"wrong-map %lu\nwrong-absent %lu\n",
		r.present, r.absent, r.special, r.wrong_m2p, r.wrong_map,
		r.wrong_absent);
}

static struct kobj_attribute target_kb = __ATTR_RW(target_kb);
static struct kobj_attribute min_kb = __ATTR_RW(min_kb);
static struct kobj_attribute max_kb = __ATTR_RW(max_kb);
static struct kobj_attribute cooperative = __ATTR_RW(cooperative);
static struct kobj_attribute state = __ATTR_RO(state);
/* A walk over all page frames: not for everybody. */
static struct kobj_attribute verify = __ATTR_RO_MODE(verify, 0400);

#define SHOW(name, fmt, value)                                          \
	static ssize_t name##_show(struct kobject *k,                   \
				   struct kobj_attribute *a, char *buf) \
	{                                                               \
		return sysfs_emit(buf, fmt "\n", value);                \
	}                                                               \
	static struct kobj_attribute name = __ATTR_RO(name)

/* Makes NAME_show and the attribute NAME of each. */
SHOW(actual_kb, "%lu", balloon_actual_kb());
SHOW(shortfall_kb, "%lu", balloon.shortfall_kb);
SHOW(held_2m, "%lu", balloon.nr_blocks);
SHOW(held_4k, "%lu", balloon.nr_pages);
SHOW(hypercalls, "%lu", balloon_counters.hypercalls);
SHOW(entries, "%lu", balloon_counters.entries);
SHOW(whole_blocks, "%lu", balloon_counters.whole_blocks);
SHOW(split_blocks, "%lu", balloon_counters.split_blocks);
SHOW(populated_whole, "%lu", balloon_counters.populated_whole);
SHOW(failures, "%lu", balloon_counters.failures);
SHOW(oom_deflates, "%lu", balloon_counters.oom_deflates);
SHOW(inflate_us, "%llu", balloon_counters.inflate_ns / 1000);
SHOW(deflate_us, "%llu", balloon_counters.deflate_ns / 1000);

static struct attribute *attrs[] = {
	&target_kb.attr,       &min_kb.attr,
	&max_kb.attr,	       &cooperative.attr,
	&state.attr,	       &verify.attr,
	&actual_kb.attr,       &shortfall_kb.attr,
	&held_2m.attr,	       &held_4k.attr,
	&hypercalls.attr,      &entries.attr,
	&whole_blocks.attr,    &split_blocks.attr,
	&populated_whole.attr, &failures.attr,
	&oom_deflates.attr,    &inflate_us.attr,
	&deflate_us.attr,      NULL,
};

static const struct attribute_group group = { .attrs = attrs };

int sysfs_init(void)
{
	int err;

	dir = kobject_create_and_add("hospes_balloon", hypervisor_kobj);
	if (!dir)
		return -ENOMEM;
	err = sysfs_create_group(dir, &group);
	if (err)
		kobject_put(dir);
	return err;
}

void sysfs_exit(void)
{
	kobject_put(dir);
}
