// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of `top`, in xentop's columns: programs take them apart at blanks,
 * so that widths, order and names are fixed. See top.h.
 */
#include "xm/top.h"
#include "xm/json.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH 10

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * part / whole : 0;
}

void top_header(const struct top_form *form, char line[TOP_LINE_MAX])
{
	(void)form;
	snprintf(line, TOP_LINE_MAX,
		 "%10s %6s %10s %6s %10s %6s %10s %9s %5s %4s %8s %8s %4s %8s "
		 "%8s %8s %10s %10s %4s",
		 "NAME", "STATE", "CPU(sec)", "CPU(%)", "MEM(k)", "MEM(%)",
		 "MAXMEM(k)", "MAXMEM(%)", "VCPUS", "NETS", "NETTX(k)",
		 "NETRX(k)", "VBDS", "VBD_OO", "VBD_RD", "VBD_WR", "VBD_RSECT",
		 "VBD_WSECT", "SSID");
}

/* Of all of a domain's networks and disks. */
struct sums {
	uint64_t tx, rx, oo, reads, writes, read_sectors, write_sectors;
};

static struct sums sum(const struct top_domain *d)
{
	struct sums all = { 0 };
	unsigned int i;

	for (i = 0; i < d->nr_nets; i++) {
		all.tx += d->nets[i].tx_bytes;
		all.rx += d->nets[i].rx_bytes;
	}
	for (i = 0; i < d->nr_vbds; i++) {
		all.oo += d->vbds[i].oo;
		all.reads += d->vbds[i].reads;
		all.writes += d->vbds[i].writes;
		all.read_sectors += d->vbds[i].read_sectors;
		all.write_sectors += d->vbds[i].write_sectors;
	}
	return all;
}

static void domain_line(const struct top_sample *s, const struct top_domain *d,
			const struct top_form *form, char line[TOP_LINE_MAX])
{
	char max[32] = "no limit", max_percent[32] = "n/a";
	int width = form->full_name ? DOMAIN_NAME_MAX : NAME_WIDTH;
	struct sums all = sum(d);

	if (d->max_kib != UINT64_MAX) {
		snprintf(max, sizeof(max), "%" PRIu64, d->max_kib);
		snprintf(max_percent, sizeof(max_percent), "%.1f",
			 percent(d->max_kib, s->total_kib));
	}
	snprintf(line, TOP_LINE_MAX,
		 "%10.*s %6s %10" PRIu64 " %6.1f %10" PRIu64
		 " %6.1f %10s %9s %5u %4u %8" PRIu64 " %8" PRIu64
		 " %4u %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10" PRIu64
		 " %10" PRIu64 " %4u",
		 width, d->name, d->state, d->cpu_ns / 1000000000,
		 d->cpu_percent, d->mem_kib, percent(d->mem_kib, s->total_kib),
		 max, max_percent, d->nr_vcpus, d->nr_nets, all.tx / 1024,
		 all.rx / 1024, d->nr_vbds, all.oo, all.reads, all.writes,
		 all.read_sectors, all.write_sectors, 0);
}

static void vcpu_line(const struct top_domain *d, char line[TOP_LINE_MAX])
{
	int used = snprintf(line, TOP_LINE_MAX, "VCPUs(sec): ");
	unsigned int i;

	for (i = 0; i < d->nr_vcpus && used < TOP_LINE_MAX - 32; i++)
		used += snprintf(line + used, TOP_LINE_MAX - used,
				 " %u: %10" PRIu64 "s", i,
				 d->vcpu_ns[i] / 1000000000);
}

static void net_line(const struct top_net *n, char line[TOP_LINE_MAX])
{
	snprintf(line, TOP_LINE_MAX,
		 "Net%u RX: %8" PRIu64 "bytes %8" PRIu64 "pkts %8" PRIu64
		 "err %8" PRIu64 "drop  TX: %8" PRIu64 "bytes %8" PRIu64
		 "pkts %8" PRIu64 "err %8" PRIu64 "drop",
		 n->number, n->rx_bytes, n->rx_packets, n->rx_errors,
		 n->rx_drops, n->tx_bytes, n->tx_packets, n->tx_errors,
		 n->tx_drops);
}

static void vbd_line(const struct top_vbd *v, char line[TOP_LINE_MAX])
{
	snprintf(line, TOP_LINE_MAX,
		 "VBD BlkBack %u [%2x:%2x]  OO: %8" PRIu64 "   RD: %8" PRIu64
		 "   WR: %8" PRIu64 "  RSECT: %10" PRIu64 "  WSECT: %10" PRIu64,
		 v->number, v->number >> 8 & 0xff, v->number & 0xff, v->oo,
		 v->reads, v->writes, v->read_sectors, v->write_sectors);
}

void top_lines(const struct top_sample *s, const struct top_form *form,
	       void (*put)(const char *line, void *arg), void *arg)
{
	const struct top_domain *d;
	char line[TOP_LINE_MAX];
	unsigned int j;
	int i;

	for (i = 0; i < s->count; i++) {
		d = s->domains + i;
		if (i && form->repeat_header) {
			top_header(form, line);
			put(line, arg);
		}
		domain_line(s, d, form, line);
		put(line, arg);
		if (form->vcpus) {
			vcpu_line(d, line);
			put(line, arg);
		}
		for (j = 0; form->networks && j < d->nr_nets; j++) {
			net_line(d->nets + j, line);
			put(line, arg);
		}
		for (j = 0; form->vbds && j < d->nr_vbds; j++) {
			vbd_line(d->vbds + j, line);
			put(line, arg);
		}
	}
}

void top_json(const struct top_sample *s)
{
	const struct top_domain *d;
	struct sums all;
	int i;

	for (i = 0; i < s->count; i++) {
		d = s->domains + i;
		all = sum(d);
		json_row(i == 0);
		json_put_text(true, "name", d->name);
		json_put_number(false, "domid", d->domid);
		json_put_text(false, "state", d->state);
		json_put_number(false, "cpu_time_ns", d->cpu_ns);
		printf(", \"cpu_percent\": %.1f", d->cpu_percent);
		json_put_number(false, "memory_kib", d->mem_kib);
		if (d->max_kib != UINT64_MAX)
			json_put_number(false, "maxmem_kib", d->max_kib);
		else
			fputs(", \"maxmem_kib\": null", stdout);
		json_put_number(false, "vcpus", d->nr_vcpus);
		json_put_number(false, "networks", d->nr_nets);
		json_put_number(false, "tx_bytes", all.tx);
		json_put_number(false, "rx_bytes", all.rx);
		json_put_number(false, "disks", d->nr_vbds);
		json_put_number(false, "disk_waits", all.oo);
		json_put_number(false, "disk_reads", all.reads);
		json_put_number(false, "disk_writes", all.writes);
		json_put_number(false, "disk_read_sectors", all.read_sectors);
		json_put_number(false, "disk_write_sectors", all.write_sectors);
		json_row_end();
	}
	json_rows_end(s->count == 0);
}
