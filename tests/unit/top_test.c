// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of `xm top`, which programs take apart at blanks and by columns.
 * Could be wrong: a column that moves, a name that is cut or not, percents.
 */
/* links: ../../userspace/xm/top_lines.c ../../userspace/xm/json.c */
#include "test.h"
#include "xm/top.h"
#include <stdio.h>
#include <string.h>

static char got[4096];

static void put(const char *line, void *arg)
{
	strcat(strcat(got, line), "\n");
}

static const char *lines(const struct top_sample *s, struct top_form form)
{
	got[0] = 0;
	top_lines(s, &form, put, NULL);
	return got;
}

TEST(header_is_xentops)
{
	struct top_form form = { .full_name = true };
	char line[TOP_LINE_MAX];

	top_header(&form, line);
	EXPECT(!strcmp(line, "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) "
			     "MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) "
			     "NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  "
			     "VBD_RSECT  VBD_WSECT SSID"));
}

TEST(a_domain_in_columns)
{
	struct top_net net = { .rx_bytes = 4096, .tx_bytes = 2050 };
	struct top_vbd vbd = { .number = 51712, .reads = 7, .writes = 8 };
	uint64_t ns = 3000000000;
	struct top_domain d = {
		.domid = 3,
		.name = "a-rather-long-name",
		.state = "--b---",
		.cpu_ns = 12345000000000,
		.cpu_percent = 49.96,
		.mem_kib = 262144,
		.max_kib = 524288,
		.nr_vcpus = 1,
		.nr_nets = 1,
		.nr_vbds = 1,
		.vcpu_ns = &ns,
		.nets = &net,
		.vbds = &vbd,
	};
	struct top_sample s = { .domains = &d,
				.count = 1,
				.total_kib = 1048576 };
	struct top_form form = { .full_name = false };

	EXPECT(!strcmp(
		lines(&s, form),
		"a-rather-l --b---      12345   50.0     262144   25.0 "
		"    524288      50.0     1    1        2        4    1 "
		"       0        7        8          0          0    0\n"));
	form.full_name = true;
	form.vcpus = true;
	form.networks = true;
	EXPECT(!strncmp(lines(&s, form), "a-rather-long-name --b---", 25));
	EXPECT(strstr(got, "\nVCPUs(sec):  0:          3s\n") != NULL);
	EXPECT(strstr(got, "\nNet0 RX:     4096bytes") != NULL);
	d.max_kib = UINT64_MAX;
	EXPECT(strstr(lines(&s, form), "  no limit       n/a ") != NULL);
}
