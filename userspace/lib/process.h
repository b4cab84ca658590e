/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes of this domain, as /proc has them. */
#ifndef LIB_PROCESS_H
#define LIB_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#define PROCESS_NAME_MAX 64

/** process_name() - the name of @pid; "" when it is gone. */
void process_name(int pid, char name[PROCESS_NAME_MAX]);

/** process_find() - a process of that name, or -1. */
int process_find(const char *name);

/** process_stopped() - has somebody stopped it, as SIGSTOP and debuggers do? */
bool process_stopped(int pid);

/* Pages of other domains that a process has in its memory. */
struct process_maps {
	int pid;
	char name[PROCESS_NAME_MAX];
	unsigned long foreign; /* through privcmd */
	unsigned long granted; /* through gntdev */
};

/**
 * process_mappers() - those that have any, but ourselves.
 * @maps: set to a block that the caller frees.
 * Return: how many, or -errno.
 */
int process_mappers(struct process_maps **maps);

/** process_holds() - the process that has a lock on the file @path, or -1. */
int process_holds(const char *path);

#endif
