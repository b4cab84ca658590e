/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked circular list with an embedded head. */
#pragma once

#include "lib/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_insert_(struct list *n, struct list *prev,
				struct list *next)
{
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
}

static inline void list_add(struct list *head, struct list *n)
{
	list_insert_(n, head, head->next);
}

static inline void list_add_tail(struct list *head, struct list *n)
{
	list_insert_(n, head->prev, head);
}

/* Unlinks @n and leaves it an empty list, so that a second del is harmless. */
static inline void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#define list_entry(ptr, type, member)  container_of(ptr, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_for_each(pos, head, member)                               \
	for ((pos) = list_entry((head)->next, typeof(*(pos)), member); \
	     &(pos)->member != (head);                                 \
	     (pos) = list_entry((pos)->member.next, typeof(*(pos)), member))
#define list_for_each_safe(pos, tmp, head, member)                          \
	for ((pos) = list_entry((head)->next, typeof(*(pos)), member),      \
	    (tmp) = list_entry((pos)->member.next, typeof(*(pos)), member); \
	     &(pos)->member != (head); (pos) = (tmp),                       \
	    (tmp) = list_entry((tmp)->member.next, typeof(*(tmp)), member))
