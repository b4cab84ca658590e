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
};

#define WORD_BYTES 128

/* "512M", "1G", plain bytes as KiB: like Xen, a bare number is in KiB. */
static bool parse_size(const char *s, const char **end, u64 *bytes)
{
	const char *e;
	u64 v = strtou64(s, &e, 0);
	unsigned int shift = 10;

	if (e == s)
		return false;
	switch (*e | 0x20) {
	case 't':
		shift = 40;
		break;
	case 'g':
		shift = 30;
		break;
	case 'm':
		shift = 20;
		break;
	case 'k':
		shift = 10;
		break;
	case 'b':
		shift = 0;
		break;
	default:
		*bytes = v << shift;
		*end = e;
		return v << shift >> shift == v;
	}
	*bytes = v << shift;
	*end = e + 1;
	return v << shift >> shift == v;
}

/* dom0_mem=SIZE[,min:SIZE][,max:SIZE] */
static bool opt_dom0_mem(const char *v)
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

static bool parse_u32(const char *v, u32 *out)
{
	const char *end;
	u64 n = strtou64(v, &end, 0);

	if (end == v || *end || n > UINT32_MAX)
		return false;
	*out = (u32)n;
	return true;
}

static bool opt_dom0_max_vcpus(const char *v)
{
	return parse_u32(v, &boot_options.dom0_max_vcpus) &&
	       boot_options.dom0_max_vcpus > 0;
}

static bool opt_maxcpus(const char *v)
{
	return parse_u32(v, &boot_options.maxcpus) && boot_options.maxcpus;
}

static bool opt_flag(const char *v, bool *flag)
{
	bool on = !*v || !strcmp(v, "1") || !strcmp(v, "yes") ||
		  !strcmp(v, "true") || !strcmp(v, "on");

	*flag = on;
	return on || !strcmp(v, "0") || !strcmp(v, "no") ||
	       !strcmp(v, "false") || !strcmp(v, "off");
}

static bool opt_pin(const char *v)
{
	return opt_flag(v, &boot_options.dom0_vcpus_pin);
}

static bool opt_noreboot(const char *v)
{
	return opt_flag(v, &boot_options.noreboot);
}

static bool opt_nosmp(const char *v)
{
	return opt_flag(v, &boot_options.nosmp);
}

static bool opt_sync_console(const char *v)
{
	return opt_flag(v, &boot_options.sync_console);
}

static bool opt_x2apic(const char *v)
{
	bool on;

	if (!opt_flag(v, &on))
		return false;
	boot_options.no_x2apic = !on;
	return true;
}

static bool opt_tsc(const char *v)
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
static bool opt_level(const char *v, int *level)
{
	const char *slash = strchr(v, '/');

	return parse_level(v, slash ? (size_t)(slash - v) : strlen(v), level);
}

static bool opt_loglvl(const char *v)
{
	return opt_level(v, &boot_options.loglvl);
}

static bool opt_guest_loglvl(const char *v)
{
	return opt_level(v, &boot_options.guest_loglvl);
}

/* There is one policy; its name and those of Xen's others are known. */
static bool opt_sched(const char *v)
{
	return !strcmp(v, "credit") || !strcmp(v, "credit2");
}

/* Read before this table, by the console. */
static bool opt_console(const char *v)
{
	return *v != '\0';
}

/* GRUB's habit: a word in the place of the file name. */
static bool opt_nothing(const char *v)
{
	return true;
}

static const struct {
	const char *name;
	bool (*take)(const char *value);
	const char *expected;
} options[] = {
	{ "dom0_mem", opt_dom0_mem, "SIZE[,min:SIZE][,max:SIZE]" },
	{ "dom0_max_vcpus", opt_dom0_max_vcpus, "a number from 1" },
	{ "dom0_vcpus_pin", opt_pin, "nothing or yes/no" },
	{ "maxcpus", opt_maxcpus, "a number from 1" },
	{ "nosmp", opt_nosmp, "nothing or yes/no" },
	{ "noreboot", opt_noreboot, "nothing or yes/no" },
	{ "sync_console", opt_sync_console, "nothing or yes/no" },
	{ "x2apic", opt_x2apic, "yes or no" },
	{ "tsc", opt_tsc, "stable or unstable" },
	{ "console", opt_console, "com1, com2, vga, or several" },
	{ "com1", opt_console, "BAUD[,8n1[,PORT[,IRQ]]]" },
	{ "com2", opt_console, "BAUD[,8n1[,PORT[,IRQ]]]" },
	{ "loglvl", opt_loglvl, "none, error, warning, info, debug or all" },
	{ "guest_loglvl", opt_guest_loglvl,
	  "none, error, warning, info, debug or all" },
	{ "sched", opt_sched, "credit" },
	{ "placeholder", opt_nothing, "" },
};

/* True when the option is known, taken or not. */
static bool take_option(const char *name, const char *value)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].take(value))
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
