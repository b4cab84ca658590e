/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of `top`: figures are taken, made into lines of text, and put on
 * the output or on a screen.
 */
#ifndef XM_TOP_H
#define XM_TOP_H

#include "lib/domain.h"
#include <stdbool.h>
#include <stdint.h>

#define TOP_LINE_MAX 512

enum top_order {
	TOP_BY_DOMID,
	TOP_BY_NAME,
	TOP_BY_CPU,
	TOP_BY_MEMORY,
	TOP_ORDERS
};

/* What lines are wanted. */
struct top_form {
	bool full_name, networks, vbds, vcpus, repeat_header;
	enum top_order order;
};

/* Counters of a kernel's device. */
struct top_net {
	unsigned int number;
	uint64_t rx_bytes, rx_packets, rx_errors, rx_drops;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_drops;
};

struct top_vbd {
	unsigned int number;
	uint64_t oo, reads, writes, read_sectors, write_sectors;
};

struct top_domain {
	uint32_t domid;
	char name[DOMAIN_NAME_MAX];
	char state[7]; /* of d s b c p r, in that order */
	uint64_t cpu_ns;
	double cpu_percent; /* of one CPU, since the sample before */
	uint64_t mem_kib, max_kib; /* UINT64_MAX: no limit */
	unsigned int nr_vcpus, nr_nets, nr_vbds;
	uint64_t *vcpu_ns;
	struct top_net *nets; /* as the guest sees them */
	struct top_vbd *vbds;
};

struct top_sample {
	struct top_domain *domains;
	int count;
	int64_t when_ms;
	uint64_t total_kib, free_kib;
	unsigned int nr_cpus, cpu_mhz;
};

/**
 * top_take() - the figures of now.
 * @before: the sample that time is counted from, or NULL.
 * Return: for top_free(), or NULL after a complaint.
 */
struct top_sample *top_take(const struct top_sample *before);
void top_free(struct top_sample *sample);

/** top_sort() - Domain-0 stays first. */
void top_sort(struct top_sample *sample, enum top_order order);

/** top_header() - the names of the columns. */
void top_header(const struct top_form *form, char line[TOP_LINE_MAX]);

/**
 * top_lines() - call @put with each line of the domains, with their vcpus,
 * networks and disks if @form wants them.
 */
void top_lines(const struct top_sample *sample, const struct top_form *form,
	       void (*put)(const char *line, void *arg), void *arg);

/** top_json() - the sample as an array on stdout. */
void top_json(const struct top_sample *sample);

/**
 * top_screen() - show it on the terminal until the user quits.
 * Return: exit code.
 */
int top_screen(struct top_form *form, long delay_s);

#endif
