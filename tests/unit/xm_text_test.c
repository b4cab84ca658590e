// SPDX-License-Identifier: GPL-2.0-only
/*
 * Could be wrong: letters of a state, or S-expressions, that programs which
 * have parsed them for twenty years do not expect, or that xm itself does not
 * read back.
 */
/* links: ../../userspace/config/?*.c */
/* links: ../../userspace/xm/sxp.c ../../userspace/xm/list_state.c */
/* libs: m */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "test.h"
#include "xm/list.h"
#include "xm/sxp.h"

static bool one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

/*
 * What Ganeti's node daemon takes for running and for shut down, after it has
 * made the letter p a -; it raises an exception at any other state, and leaves
 * out who has a c.
 */
static bool ganeti_reads(const char *state)
{
	static const char *const known[] = {
		"r-----", "rb----", "-b----", "------", "r--ss-", "rb-ss-",
		"-b-ss-", "---ss-", "r--sr-", "rb-sr-", "-b-sr-", "---sr-",
		"-----d", "---s--", "---s-d", NULL
	};
	char text[LIST_STATE_LEN + 1];

	strcpy(text, state);
	if (text[2] == 'p')
		text[2] = '-';
	return strchr(text, 'c') || one_of(text, known);
}

TEST(every_state_is_one_that_programs_know)
{
	static const uint32_t flags[] = { XEN_DOMINF_dying, XEN_DOMINF_shutdown,
					  XEN_DOMINF_paused, XEN_DOMINF_blocked,
					  XEN_DOMINF_running };
	unsigned int set, code, i;

	for (set = 0; set < 32; set++)
		for (code = 0; code < 256; code++) {
			domain_info_t info = { .flags = 0 };
			char text[LIST_STATE_LEN + 1];

			for (i = 0; i < 5; i++)
				if (set & 1u << i)
					info.flags |= flags[i];
			info.flags |= code << XEN_DOMINF_shutdownshift;
			list_state(&info, text);
			EXPECT_EQ(strlen(text), LIST_STATE_LEN);
			for (i = 0; i < LIST_STATE_LEN; i++)
				EXPECT(text[i] == '-' ||
				       text[i] == "rbps.d"[i] || i == 4);
			EXPECT(strchr("-rsc", text[4]));
			/* a reason only with s, which excludes r and b */
			EXPECT(text[4] == '-' || text[3] == 's');
			EXPECT(text[3] != 's' ||
			       (text[0] == '-' && text[1] == '-'));
			EXPECT(text[5] != 'd' ||
			       (text[0] == '-' && text[1] == '-'));
			if (!ganeti_reads(text))
				test_fail(__FILE__, __LINE__,
					  "Ganeti dies at '%s'", text);
		}
}

static void state_of(int line, uint32_t flags, const char *wanted)
{
	domain_info_t info = { .flags = flags };
	char text[LIST_STATE_LEN + 1];

	list_state(&info, text);
	test_equal_str(__FILE__, line, "flags", "the state", text, wanted);
}

#define DOWN(code) \
	(XEN_DOMINF_shutdown | (uint32_t)(code) << XEN_DOMINF_shutdownshift)
#define STATE(flags, wanted) state_of(__LINE__, flags, wanted)

TEST(states_of_a_life)
{
	STATE(XEN_DOMINF_running, "r-----");
	STATE(XEN_DOMINF_blocked, "-b----");
	STATE(0, "------");
	STATE(XEN_DOMINF_paused, "--p---");
	STATE(XEN_DOMINF_paused | XEN_DOMINF_blocked, "--p---");
	STATE(DOWN(SHUTDOWN_poweroff), "---s--");
	STATE(DOWN(SHUTDOWN_reboot) | XEN_DOMINF_blocked, "---sr-");
	STATE(DOWN(SHUTDOWN_suspend), "---ss-");
	STATE(DOWN(SHUTDOWN_crash), "---sc-");
	STATE(DOWN(SHUTDOWN_watchdog), "---sc-");
	STATE(XEN_DOMINF_dying, "-----d");
	STATE(XEN_DOMINF_dying | XEN_DOMINF_running, "-----d");
	STATE(XEN_DOMINF_dying | DOWN(SHUTDOWN_poweroff), "---s-d");
	STATE(XEN_DOMINF_dying | DOWN(SHUTDOWN_crash), "-----d");
}

/* @text as an atom, and the atom read as a configuration. */
static void atom(int line, const char *text, const char *wanted)
{
	char *printed = NULL, all[512];
	struct config *config;
	size_t size;
	FILE *to = open_memstream(&printed, &size);

	REQUIRE(to);
	sxp_print_atom(to, text);
	fclose(to);
	test_equal_str(__FILE__, line, text, "the atom", printed, wanted);
	snprintf(all, sizeof(all), "(domain (extra %s))", printed);
	config = config_parse("list", all, strlen(all), NULL);
	test_equal_str(__FILE__, line, text, "read back",
		       config_error(config) ?
			       config_error(config) :
			       config_string(config, "extra", ""),
		       text);
	config_free(config);
	free(printed);
}

#define ATOM(text, wanted) atom(__LINE__, text, wanted)

TEST(atoms_read_back)
{
	ATOM("file:/a.img,xvda,w", "file:/a.img,xvda,w");
	ATOM("ro quiet", "'ro quiet'");
	ATOM("it's", "'it\\'s'");
	ATOM("a\\b", "'a\\\\b'");
	ATOM("a\nb\tc\x01", "'a\\x0ab\\x09c\\x01'");
	ATOM("caf\xc3\xa9", "'caf\xc3\xa9'");
}

/* Ganeti's monitor only counts parentheses: they must be pairs. */
TEST(parentheses_in_texts_do_not_unbalance_a_list)
{
	ATOM("(hd0)/boot/grub", "'(hd0)/boot/grub'");
	ATOM("a (b", "'a \\x28b'");
	ATOM(":)", "':\\x29'");
	ATOM(")(", "'\\x29\\x28'");
}
