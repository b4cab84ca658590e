// SPDX-License-Identifier: GPL-2.0-only
/* Every device that a domain has, whoever knows of it; see diagnose.h. */
#include "device/diagnose.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/store.h"

#define BUS	    "/sys/bus/xen-backend/devices"
#define MOST	    4096
#define MAX_CLASSES 64

/* Names of classes live as long as the process: ids point to them. */
static const char *keep_class(const char *name)
{
	static char *classes[MAX_CLASSES];
	int i;

	for (i = 0; i < MAX_CLASSES && classes[i]; i++)
		if (!strcmp(classes[i], name))
			return classes[i];
	if (i < MAX_CLASSES)
		classes[i] = strdup(name);
	return i < MAX_CLASSES ? classes[i] : NULL;
}

struct list {
	struct device_id *ids;
	int count;
};

static void add(struct list *list, const struct device_id *id)
{
	struct device_id *more;
	int i;

	if (!id->class || list->count == MOST)
		return;
	for (i = 0; i < list->count; i++)
		if (list->ids[i].class == id->class &&
		    list->ids[i].devid == id->devid)
			return;
	more = realloc(list->ids, (list->count + 1) * sizeof(*more));
	if (!more)
		return;
	list->ids = more;
	more[list->count++] = *id;
}

static bool is_number(const char *text, unsigned int *number)
{
	char *end;

	*number = strtoul(text, &end, 10);
	return end != text && !*end;
}

/* The guest's own word for its backend is not believed beyond its form. */
static uint32_t back_domid(uint32_t domid, const char *class,
			   unsigned int devid)
{
	long back = 0;

	store_read_number(STORE_NOW, 0, 0x7fef, &back,
			  "/local/domain/%u/device/%s/%u/backend-id", domid,
			  class, devid);
	return (uint32_t)back;
}

static void from_store(struct list *list, uint32_t domid, const char *root)
{
	unsigned int nr_classes = 0, nr = 0, c, i, devid;
	char **classes, **names;

	classes =
		store_list(STORE_NOW, &nr_classes, "%s/%u/device", root, domid);
	for (c = 0; classes && c < nr_classes; c++) {
		names = store_list(STORE_NOW, &nr, "%s/%u/device/%s", root,
				   domid, classes[c]);
		for (i = 0; names && i < nr; i++)
			if (is_number(names[i], &devid))
				add(list, &(struct device_id){
						  keep_class(classes[c]), domid,
						  back_domid(domid, classes[c],
							     devid),
						  devid });
		free(names);
	}
	free(classes);
}

/* Nodes may go while the driver holds on. */
static void from_kernel(struct list *list, uint32_t domid)
{
	DIR *dir = opendir(BUS);
	struct dirent *entry;
	unsigned int owner, devid;
	char class[64];

	while (dir && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "%63[a-z0-9_]-%u-%u", class, &owner,
			   &devid) == 3 &&
		    owner == domid)
			add(list, &(struct device_id){ keep_class(class), domid,
						       0, devid });
	if (dir)
		closedir(dir);
}

int device_all_ids(uint32_t domid, struct device_id **ids)
{
	struct list list = { NULL, 0 };

	from_store(&list, domid, "/libxl");
	from_store(&list, domid, "/local/domain");
	from_kernel(&list, domid);
	*ids = list.ids;
	return list.count;
}
