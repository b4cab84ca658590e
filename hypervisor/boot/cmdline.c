/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's command line: a table of options, each logged as it is
 * taken; what is not in the table is listed once and does no harm. Sizes take
 * k, M, G and T.
 */
#include "boot/boot.h"
#include "debug/log.h"
#include "lib/bitmap.h"
#include "lib/printf.h"
#include "lib/string.h"

struct boot_options boot_options = {
	.loglvl = LOG_INFO,
	.guest_loglvl = LOG_WARN,
	.maxcpus = NR_CPUS,
	.x2apic = true,
};

#define WORD_BYTES 128

/* "512M", "1G", plain bytes as KiB: like Xen, a bare number is in KiB. */
static bool parse_size(const char *s, const char **end, u64 *bytes)
{
	static const char units[] = "bkmgt";
	const char *e, *unit;
	u64 v = strtou64(s, &e, 0);
	unsigned int shift;

	if (e == s)
		return false;
	unit = *e ? strchr(units, *e | 0x20) : NULL;
	shift = unit ? 10 * (unsigned int)(unit - units) : 10;
	*bytes = v << shift;
	*end = unit ? e + 1 : e;
	return v << shift >> shift == v;
}

/* dom0_mem=SIZE[,min:SIZE][,max:SIZE] */
static bool opt_dom0_mem(const char *v, void *unused)
{
	struct boot_options o = boot_options;

	for (;;) {
		u64 *field = &o.dom0_mem_bytes;

		if (strncmp(v, "min:", 4) == 0)
			field = &o.dom0_mem_min;
		else if (strncmp(v, "max:", 4) == 0)
			field = &o.dom0_mem_max;
		if (field != &o.dom0_mem_bytes)
			v += 4;
		if (!parse_size(v, &v, field))
			break;
		if (!*v) {
			boot_options = o;
			return true;
		}
		if (*v++ != ',')
			break;
	}
	boot_options.dom0_mem_bad = true;
	return false;
}

static bool opt_count(const char *v, void *field)
{
	const char *end;
	u64 n = strtou64(v, &end, 0);

	if (end == v || *end || !n || n > UINT32_MAX)
		return false;
	*(u32 *)field = (u32)n;
	return true;
}

static bool opt_flag(const char *v, void *field)
{
	/* The first ones say yes. */
	static const char *const words[] = { "",  "1",	"yes",	 "true", "on",
					     "0", "no", "false", "off" };

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(v, words[i])) {
			*(bool *)field = i < 5;
			return true;
		}
	return false;
}

static bool opt_tsc(const char *v, void *field)
{
	boot_options.tsc_unstable = !strcmp(v, "unstable");
	return boot_options.tsc_unstable || !strcmp(v, "stable");
}

static bool parse_level(const char *v, size_t n, int *level)
{
	static const char *const names[] = { "error", "warning", "info",
					     "debug" };

	if (n == 4 && strncmp(v, "none", n) == 0) {
		*level = LOG_ERR;
		return true;
	}
	if (n == 3 && strncmp(v, "all", n) == 0) {
		*level = LOG_DEBUG;
		return true;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (n == strlen(names[i]) && strncmp(v, names[i], n) == 0) {
			*level = (int)i;
			return true;
		}
	return false;
}

/* LEVEL or LEVEL/RATE-LIMITED-LEVEL; we limit all that guests can cause. */
static bool opt_level(const char *v, void *field)
{
	const char *slash = strchr(v, '/');

	return parse_level(v, slash ? (size_t)(slash - v) : strlen(v), field);
}

/* There is one policy; its name and those of Xen's others are known. */
static bool opt_sched(const char *v, void *field)
{
	return !strcmp(v, "credit") || !strcmp(v, "credit2");
}

/* Read before this table, by the console. */
static bool opt_console(const char *v, void *field)
{
	return *v != '\0';
}

/* GRUB's habit: a word in the place of the file name. */
static bool opt_nothing(const char *v, void *field)
{
	return true;
}

#define LEVELS "none, error, warning, info, debug or all"
#define YES_NO "nothing or yes/no"

static const struct {
	const char *name;
	bool (*take)(const char *value, void *field);
	void *field;
	const char *expected;
} options[] = {
	{ "dom0_mem", opt_dom0_mem, NULL, "SIZE[,min:SIZE][,max:SIZE]" },
	{ "dom0_max_vcpus", opt_count, &boot_options.dom0_max_vcpus,
	  "a number from 1" },
	{ "dom0_vcpus_pin", opt_flag, &boot_options.dom0_vcpus_pin, YES_NO },
	{ "maxcpus", opt_count, &boot_options.maxcpus, "a number from 1" },
	{ "nosmp", opt_flag, &boot_options.nosmp, YES_NO },
	{ "noreboot", opt_flag, &boot_options.noreboot, YES_NO },
	{ "sync_console", opt_flag, &boot_options.sync_console, YES_NO },
	{ "x2apic", opt_flag, &boot_options.x2apic, "yes or no" },
	{ "tsc", opt_tsc, NULL, "stable or unstable" },
	{ "console", opt_console, NULL, "com1, com2, vga, or several" },
	{ "com1", opt_console, NULL, "BAUD[,8n1[,PORT[,IRQ]]]" },
	{ "com2", opt_console, NULL, "BAUD[,8n1[,PORT[,IRQ]]]" },
	{ "loglvl", opt_level, &boot_options.loglvl, LEVELS },
	{ "guest_loglvl", opt_level, &boot_options.guest_loglvl, LEVELS },
	{ "sched", opt_sched, NULL, "credit" },
	{ "placeholder", opt_nothing, NULL, "" },
};

/* True when the option is known, taken or not. */
static bool take_option(const char *name, const char *value)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].take(value, options[i].field))
			pr_info("option: %s%s%s", name, *value ? "=" : "",
				value);
		else
			pr_err("option: %s=%s not understood, default kept; give %s",
			       name, value, options[i].expected);
		return true;
	}
	return false;
}

static const char *copy_word(const char *s, char *word)
{
	size_t n = 0;

	while (*s == ' ')
		s++;
	for (; *s && *s != ' '; s++)
		if (n < WORD_BYTES - 1)
			word[n++] = *s;
	word[n] = '\0';
	return s;
}

void cmdline_parse(const char *cmdline)
{
	char word[WORD_BYTES], unknown[256] = "";
	size_t used = 0;

	for (;;) {
		char *value;

		cmdline = copy_word(cmdline, word);
		if (!word[0])
			break;
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		if (take_option(word, value ? value : ""))
			continue;
		snprintf(unknown + used, sizeof(unknown) - used, " %s", word);
		used = strlen(unknown);
	}
	if (used)
		pr_warn("option: not known, no effect:%s", unknown);
	log_set_level((enum log_level)boot_options.loglvl,
		      (enum log_level)boot_options.guest_loglvl);
}
