// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: an option of the hypervisor's command line is misread,
 * a wrong one changes something, or an unknown one is fatal or goes unsaid.
 * The log is caught, since what it says is part of the promise.
 */
/* links: boot/cmdline.c lib/string.c lib/bitmap.c */
/* renames: memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp
 * strchr strstr strlcpy */
#include "boot/boot.h"
#include "debug/log.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "test.h"

#include <stdarg.h>
#include <stdio.h>

static char said[4096];

void log_print(enum log_level level, const char *fmt, ...)
{
	size_t used = strlen(said);
	va_list args;

	va_start(args, fmt);
	vsnprintf(said + used, sizeof(said) - used, fmt, args);
	va_end(args);
	strlcpy(said + strlen(said), "\n", 2);
}

static void parse(const char *cmdline)
{
	boot_options = (struct boot_options){ .loglvl = LOG_INFO,
					      .guest_loglvl = LOG_WARN,
					      .maxcpus = NR_CPUS };
	said[0] = '\0';
	cmdline_parse(cmdline);
}

static unsigned int lines_with(const char *text)
{
	unsigned int n = 0;
	const char *at = said;

	while ((at = strstr(at, text))) {
		n++;
		at++;
	}
	return n;
}

TEST(dom0_mem_as_the_tutorials_write_it)
{
	parse("dom0_mem=512M,max:1024M");
	EXPECT_EQ(boot_options.dom0_mem_bytes, MIB(512));
	EXPECT_EQ(boot_options.dom0_mem_max, GIB(1));
	EXPECT_EQ(boot_options.dom0_mem_min, 0);
	EXPECT_EQ(lines_with("dom0_mem=512M,max:1024M"), 1);
	parse("dom0_mem=min:1G,max:2g,1536m");
	EXPECT_EQ(boot_options.dom0_mem_min, GIB(1));
	EXPECT_EQ(boot_options.dom0_mem_max, GIB(2));
	EXPECT_EQ(boot_options.dom0_mem_bytes, MIB(1536));
	parse("dom0_mem=524288");
	EXPECT_EQ(boot_options.dom0_mem_bytes, MIB(512));
}

TEST(nonsense_changes_nothing_and_is_said)
{
	static const char *const bad[] = {
		"dom0_mem=lots",
		"dom0_mem=512M,",
		"dom0_mem=512M;max:1G",
		"dom0_mem=max:",
		"dom0_mem=99999999999T",
		"dom0_mem=",
		"dom0_mem",
		"dom0_max_vcpus=0",
		"dom0_max_vcpus=-1",
		"dom0_max_vcpus=4294967296",
		"dom0_max_vcpus=2x",
		"maxcpus=none",
		"loglvl=loud",
		"sched=lottery",
		"console=",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		parse(bad[i]);
		if (!EXPECT_EQ(lines_with("not understood"), 1))
			test_note("option %s", bad[i]);
		EXPECT_EQ(boot_options.dom0_mem_bytes, 0);
		EXPECT_EQ(boot_options.dom0_mem_max, 0);
		EXPECT_EQ(boot_options.dom0_max_vcpus, 0);
		EXPECT_EQ(boot_options.maxcpus, NR_CPUS);
		EXPECT_EQ(boot_options.loglvl, LOG_INFO);
	}
}

TEST(schedulers_by_name)
{
	parse("sched=credit");
	EXPECT_EQ(lines_with("not "), 0);
	parse("sched=credit2");
	EXPECT_EQ(lines_with("not "), 0);
	parse("sched=rtds");
	EXPECT_EQ(lines_with("not understood"), 1);
}

TEST(unknown_options_are_listed_once_and_harmless)
{
	parse("placeholder spec-ctrl=eager-fpu noreboot allow_unsafe=true");
	EXPECT(boot_options.noreboot);
	EXPECT_EQ(lines_with("not known"), 1);
	EXPECT_EQ(lines_with(" spec-ctrl allow_unsafe\n"), 1);
	EXPECT_EQ(lines_with("not understood"), 0);
}

TEST(flags_and_numbers)
{
	parse("  dom0_vcpus_pin   dom0_max_vcpus=4 noreboot=no nosmp=1 ");
	EXPECT(boot_options.dom0_vcpus_pin);
	EXPECT(!boot_options.noreboot);
	EXPECT(boot_options.nosmp);
	EXPECT_EQ(boot_options.dom0_max_vcpus, 4);
	parse("loglvl=all guest_loglvl=error/debug");
	EXPECT_EQ(boot_options.loglvl, LOG_DEBUG);
	EXPECT_EQ(boot_options.guest_loglvl, LOG_ERR);
}

TEST(the_last_of_two_counts)
{
	parse("dom0_mem=1G dom0_mem=2G");
	EXPECT_EQ(boot_options.dom0_mem_bytes, GIB(2));
}

TEST(a_line_longer_than_any_buffer)
{
	char line[8192];
	size_t i;

	for (i = 0; i < sizeof(line) - 1; i++)
		line[i] = i % 5 == 4 ? ' ' : 'x';
	line[i] = '\0';
	parse(line);
	EXPECT_EQ(lines_with("not known"), 1);
	memset(line, 'y', sizeof(line) - 1);
	parse(line);
	EXPECT_EQ(lines_with("not known"), 1);
}
