// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a link is left behind at an end of a list. The list is
 * walked in both directions after each change.
 */
#include "lib/list.h"
#include "test.h"

struct item {
	int number;
	struct list link;
};

/* Do the numbers in the list read as the digits of `want`, both ways? */
static bool reads(struct list *head, long want)
{
	long forward = 0, backward = 0, place = 1;
	struct item *item;
	struct list *at;

	list_for_each(item, head, link)
		forward = forward * 10 + item->number;
	for (at = head->prev; at != head; at = at->prev, place *= 10)
		backward += place * list_entry(at, struct item, link)->number;
	return EXPECT_EQ(forward, want) && EXPECT_EQ(backward, want);
}

TEST(items_come_and_go)
{
	struct item a = { .number = 1 }, b = { .number = 2 },
		    c = { .number = 3 };
	struct list head = LIST_INIT(head);

	EXPECT(list_empty(&head));
	list_add_tail(&head, &b.link);
	list_add(&head, &a.link);
	list_add_tail(&head, &c.link);
	reads(&head, 123);
	EXPECT(list_first(&head, struct item, link) == &a);
	list_del(&b.link);
	reads(&head, 13);
	list_del(&b.link);
	reads(&head, 13);
	list_del(&a.link);
	list_del(&c.link);
	EXPECT(list_empty(&head));
	EXPECT(list_empty(&a.link));
}

TEST(the_safe_walk_survives_removal)
{
	struct item items[5], *item, *next;
	struct list head;
	int i;

	list_init(&head);
	for (i = 0; i < 5; i++) {
		items[i].number = i + 1;
		list_add_tail(&head, &items[i].link);
	}
	list_for_each_safe(item, next, &head, link)
		if (item->number % 2)
			list_del(&item->link);
	reads(&head, 24);
}
