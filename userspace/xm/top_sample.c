// SPDX-License-Identifier: GPL-2.0-only
/* What `top` counts: of the hypervisor, and of dom0's drivers; see top.h. */
#include "xm/top.h"
#include "xm/xm.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB_PER_PAGE (1 << (XEN_PAGE_SHIFT - 10))
#define NS_PER_MS    1000000.0
#define SYSFS_BUS    "/sys/bus/xen-backend/devices"

static void set_state(const domain_info_t *info, char *text)
{
	int code = domain_shutdown_code(info);

	strcpy(text, "------");
	if (info->flags & XEN_DOMINF_dying)
		text[0] = 'd';
	if (code >= 0 && code != SHUTDOWN_crash)
		text[1] = 's';
	if (info->flags & XEN_DOMINF_blocked)
		text[2] = 'b';
	if (code == SHUTDOWN_crash)
		text[3] = 'c';
	if (info->flags & XEN_DOMINF_paused)
		text[4] = 'p';
	if (info->flags & XEN_DOMINF_running)
		text[5] = 'r';
}

static void take_vcpus(struct top_domain *d, const domain_info_t *info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuinfo,
				 .domain = info->domain };
	unsigned int i, nr = info->max_vcpu_id + 1;

	d->nr_vcpus = info->nr_online_vcpus;
	if (info->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID || d->nr_vcpus > nr)
		nr = d->nr_vcpus;
	d->vcpu_ns = calloc(nr + 1, sizeof(*d->vcpu_ns));
	if (!d->vcpu_ns)
		d->nr_vcpus = 0;
	for (i = 0; i < d->nr_vcpus; i++) {
		op.u.getvcpuinfo.vcpu = i;
		if (!hypercall_domctl(&op))
			d->vcpu_ns[i] = op.u.getvcpuinfo.cpu_time;
	}
}

static struct top_domain *domain_of(struct top_sample *s, unsigned int domid)
{
	int i;

	for (i = 0; i < s->count; i++)
		if (s->domains[i].domid == domid)
			return s->domains + i;
	return NULL;
}

/* What dom0 sends a guest receives. */
static void take_nets(struct top_sample *s)
{
	FILE *file = fopen("/proc/net/dev", "re");
	struct top_domain *d;
	struct top_net net, *more;
	unsigned int domid;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line,
			   " vif%u.%u: %" SCNu64 "%" SCNu64 "%" SCNu64
			   "%" SCNu64 " %*u %*u %*u %*u %" SCNu64 "%" SCNu64
			   "%" SCNu64 "%" SCNu64,
			   &domid, &net.number, &net.tx_bytes, &net.tx_packets,
			   &net.tx_errors, &net.tx_drops, &net.rx_bytes,
			   &net.rx_packets, &net.rx_errors,
			   &net.rx_drops) != 10)
			continue;
		d = domain_of(s, domid);
		if (!d)
			continue;
		more = realloc(d->nets, (d->nr_nets + 1) * sizeof(net));
		if (!more)
			continue;
		d->nets = more;
		d->nets[d->nr_nets++] = net;
	}
	if (file)
		fclose(file);
}

static uint64_t vbd_count(const char *device, const char *what)
{
	char path[512];
	uint64_t value;
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), SYSFS_BUS "/%.200s/statistics/%s", device,
		 what);
	file = fopen(path, "re");
	if (!file)
		return 0;
	got = fscanf(file, "%" SCNu64, &value) == 1;
	fclose(file);
	return got ? value : 0;
}

static void take_vbds(struct top_sample *s)
{
	DIR *dir = opendir(SYSFS_BUS);
	unsigned int domid, number;
	struct top_domain *d;
	struct top_vbd *more;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "vbd-%u-%u", &domid, &number) != 2)
			continue;
		d = domain_of(s, domid);
		more = d ? realloc(d->vbds, (d->nr_vbds + 1) * sizeof(*more)) :
			   NULL;
		if (!more)
			continue;
		d->vbds = more;
		d->vbds[d->nr_vbds++] = (struct top_vbd){
			.number = number,
			.oo = vbd_count(entry->d_name, "oo_req"),
			.reads = vbd_count(entry->d_name, "rd_req"),
			.writes = vbd_count(entry->d_name, "wr_req"),
			.read_sectors = vbd_count(entry->d_name, "rd_sect"),
			.write_sectors = vbd_count(entry->d_name, "wr_sect"),
		};
	}
	if (dir)
		closedir(dir);
}

static void set_percent(struct top_sample *s, const struct top_sample *before)
{
	int64_t ms = before ? s->when_ms - before->when_ms : 0;
	const struct top_domain *was;
	int i;

	for (i = 0; ms > 0 && i < s->count; i++) {
		was = domain_of((struct top_sample *)before,
				s->domains[i].domid);
		if (was && s->domains[i].cpu_ns > was->cpu_ns)
			s->domains[i].cpu_percent =
				(s->domains[i].cpu_ns - was->cpu_ns) /
				NS_PER_MS / ms * 100;
	}
}

static int take_host(struct top_sample *s)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int err = hypercall_sysctl(&op);

	s->total_kib = op.u.physinfo.total_pages * KIB_PER_PAGE;
	s->free_kib = op.u.physinfo.free_pages * KIB_PER_PAGE;
	s->nr_cpus = op.u.physinfo.nr_cpus;
	s->cpu_mhz = op.u.physinfo.cpu_khz / 1000;
	return err;
}

static int take_domains(struct top_sample *s)
{
	domain_info_t *infos;
	int i, count = domain_infos(&infos);
	char(*names)[DOMAIN_NAME_MAX];

	if (count < 0)
		return count;
	s->domains = calloc(count + 1, sizeof(*s->domains));
	names = calloc(count + 1, sizeof(*names));
	if (s->domains && names) {
		s->count = count;
		domain_names(infos, count, names);
	}
	for (i = 0; i < s->count; i++) {
		struct top_domain *d = s->domains + i;

		d->domid = infos[i].domain;
		memcpy(d->name, names[i], sizeof(d->name));
		set_state(infos + i, d->state);
		d->cpu_ns = infos[i].cpu_time;
		d->mem_kib = infos[i].tot_pages * KIB_PER_PAGE;
		/* None is set when it is all that can be written. */
		d->max_kib = infos[i].max_pages > UINT32_MAX - 1 ?
				     UINT64_MAX :
				     infos[i].max_pages * KIB_PER_PAGE;
		take_vcpus(d, infos + i);
	}
	free(names);
	free(infos);
	return s->count == count ? 0 : -ENOMEM;
}

struct top_sample *top_take(const struct top_sample *before)
{
	struct top_sample *s = calloc(1, sizeof(*s));
	int err = s ? take_host(s) : -ENOMEM;

	if (!err)
		err = take_domains(s);
	if (err) {
		xm_failed("top", err);
		top_free(s);
		return NULL;
	}
	s->when_ms = log_now_ms();
	set_percent(s, before);
	take_nets(s);
	take_vbds(s);
	return s;
}

void top_free(struct top_sample *s)
{
	int i;

	if (!s)
		return;
	for (i = 0; i < s->count; i++) {
		free(s->domains[i].vcpu_ns);
		free(s->domains[i].nets);
		free(s->domains[i].vbds);
	}
	free(s->domains);
	free(s);
}

static enum top_order sort_order;

static int compare(const void *a, const void *b)
{
	const struct top_domain *x = a, *y = b;

	if (!x->domid || !y->domid)
		return x->domid ? 1 : -1;
	if (sort_order == TOP_BY_NAME)
		return strcmp(x->name, y->name);
	if (sort_order == TOP_BY_CPU && x->cpu_percent != y->cpu_percent)
		return x->cpu_percent < y->cpu_percent ? 1 : -1;
	if (sort_order == TOP_BY_MEMORY && x->mem_kib != y->mem_kib)
		return x->mem_kib < y->mem_kib ? 1 : -1;
	return x->domid < y->domid ? -1 : 1;
}

void top_sort(struct top_sample *s, enum top_order order)
{
	sort_order = order;
	if (s->count)
		qsort(s->domains, s->count, sizeof(*s->domains), compare);
}
