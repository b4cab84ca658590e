// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has a dead domain's pages, as xm reads it from the hypervisor's log: of
 * Xen's lines and of ours, and of logs that are cut off or say other things.
 */
/* links: ../../userspace/xm/why_grants.c */
#include "xm/why_grants.h"
#include "test.h"

#define OURS                                            \
	"(hospes) boot: done, dom0 runs\n"              \
	"(hospes) grant-table for remote d0 (v1)\n"     \
	"(hospes) no active grant table entries\n"      \
	"(hospes) grant-table for remote d12 (v1)\n"    \
	"(hospes) [0x000]      0 0x04e305 0x00000002\n" \
	"(hospes) [0x001]      0 0x04e304 0x00000002\n" \
	"(hospes) [0x00c]      3 0x04e304 0x00000200\n" \
	"(hospes) grant-table for remote d1 (v1)\n"     \
	"(hospes) [0x001]      0 0x04ad04 0x00000200\n"

static const char xen[] =
	"(XEN) [   93.1] gnttab_usage_print_all [ key 'g' pressed\n"
	"(XEN) [   93.1]       -------- active --------  -- shared --\n"
	"(XEN) [   93.1] [ref] localdom mfn      pin     localdom gmfn flags\n"
	"(XEN) [   93.1] grant-table for remote d2 (v1)\n"
	"(XEN) [   93.1]   1 frames (64 max), 1 maptrack frames (1024 max)\n"
	"(XEN) [   93.1] [0x008]      0 0x0751ce 0x00000001          0 "
	"0x0751ce 0x19\n"
	"(XEN) [   93.1] gnttab_usage_print_all ] done\n";

TEST(our_lines_are_read_by_user)
{
	struct grants g;

	grants_parse(&g, OURS, 12);
	EXPECT(g.known);
	EXPECT_EQ(g.total, 3);
	EXPECT_EQ(g.nr, 2);
	EXPECT_EQ(g.users[0].domid, 0);
	EXPECT_EQ(g.users[0].count, 2);
	EXPECT(g.users[0].console && g.users[0].xenstore);
	EXPECT_EQ(g.users[1].domid, 3);
	EXPECT_EQ(g.users[1].count, 1);
	EXPECT(!g.users[1].console && !g.users[1].xenstore);
}

TEST(one_domain_is_not_taken_for_another)
{
	struct grants g;

	grants_parse(&g, OURS, 1);
	EXPECT_EQ(g.total, 1);
	EXPECT(g.users[0].xenstore && !g.users[0].console);
	grants_parse(&g, OURS, 2);
	EXPECT(!g.known);
	grants_parse(&g, OURS, 0);
	EXPECT(g.known);
	EXPECT_EQ(g.total, 0);
}

TEST(the_last_answer_counts)
{
	struct grants g;

	grants_parse(&g,
		     OURS "(hospes) grant-table for remote d1 (v1)\n"
			  "(hospes) no active grant table entries\n",
		     1);
	EXPECT(g.known);
	EXPECT_EQ(g.total, 0);
}

TEST(xens_lines_have_time_stamps)
{
	struct grants g;

	grants_parse(&g, xen, 2);
	EXPECT(g.known);
	EXPECT_EQ(g.total, 1);
	EXPECT_EQ(g.users[0].domid, 0);
	EXPECT(!g.users[0].console && !g.users[0].xenstore);
}

TEST(a_log_may_end_anywhere)
{
	char part[sizeof(OURS)];
	struct grants g;

	for (size_t n = 0; n < sizeof(OURS); n++) {
		for (size_t i = 0; i < n; i++)
			part[i] = OURS[i];
		part[n] = 0;
		grants_parse(&g, part, 12);
		EXPECT(g.total <= 3);
	}
}
