// SPDX-License-Identifier: GPL-2.0-only
/* Looking through /proc; see process.h. */
#include "lib/process.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PAGE 4096

static FILE *open_of(int pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return fopen(path, "re");
}

void process_name(int pid, char name[PROCESS_NAME_MAX])
{
	FILE *file = open_of(pid, "comm");

	name[0] = 0;
	if (!file)
		return;
	if (fgets(name, PROCESS_NAME_MAX, file))
		name[strcspn(name, "\n")] = 0;
	fclose(file);
}

/* The next process of @proc, or -1. */
static int next_pid(DIR *proc)
{
	struct dirent *entry;

	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	return -1;
}

int process_find(const char *name)
{
	char other[PROCESS_NAME_MAX];
	DIR *proc = opendir("/proc");
	int pid = -1;

	if (!proc)
		return -1;
	while ((pid = next_pid(proc)) >= 0) {
		process_name(pid, other);
		if (!strcmp(other, name))
			break;
	}
	closedir(proc);
	return pid;
}

bool process_stopped(int pid)
{
	FILE *file = open_of(pid, "status");
	char line[256], state = 0;

	while (file && !state && fgets(line, sizeof(line), file))
		sscanf(line, "State: %c", &state);
	if (file)
		fclose(file);
	return state == 'T' || state == 't';
}

static void count_maps(struct process_maps *m)
{
	FILE *file = open_of(m->pid, "maps");
	char *line = NULL;
	unsigned long start, end;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		if (strstr(line, "/dev/xen/privcmd") ||
		    strstr(line, "/proc/xen/privcmd"))
			m->foreign += (end - start) / PAGE;
		else if (strstr(line, "/dev/xen/gntdev"))
			m->granted += (end - start) / PAGE;
	}
	free(line);
	if (file)
		fclose(file);
}

int process_mappers(struct process_maps **maps)
{
	struct process_maps *all = NULL, *more, one;
	DIR *proc = opendir("/proc");
	int pid, count = 0;

	if (!proc)
		return -errno;
	while ((pid = next_pid(proc)) >= 0) {
		one = (struct process_maps){ .pid = pid };
		if (pid == (int)getpid())
			continue;
		count_maps(&one);
		if (!one.foreign && !one.granted)
			continue;
		process_name(pid, one.name);
		more = realloc(all, (count + 1) * sizeof(*all));
		if (!more)
			break;
		all = more;
		all[count++] = one;
	}
	closedir(proc);
	*maps = all;
	return count;
}

/* A line of proc(5) locks; those that wait have an arrow. */
int process_holds(const char *path)
{
	FILE *file = fopen("/proc/locks", "re");
	unsigned int maj, min;
	unsigned long inode;
	struct stat st;
	char line[256];
	int pid, found = -1;

	if (!file)
		return -1;
	if (stat(path, &st))
		st.st_ino = 0;
	while (st.st_ino && found < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*d: %*s %*s %*s %d %x:%x:%lu", &pid, &maj,
			   &min, &inode) == 4 &&
		    inode == st.st_ino && maj == major(st.st_dev) &&
		    min == minor(st.st_dev))
			found = pid;
	fclose(file);
	return found;
}
