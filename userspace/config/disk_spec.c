// SPDX-License-Identifier: GPL-2.0-only
/* One entry of `disk`, in the spellings of xm and of xl. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/disk_spec.h"
#include "config/fields.h"

struct scheme {
	const char *prefix;
	enum disk_backing backing;
	const char *refused; /* why it is not possible, or NULL */
};

#define NO_FORMAT "only raw images are possible: convert it with qemu-img"
#define NO_NET	  "attach the device to dom0 first and give it as phy:"

/* Longer ones first. */
static const struct scheme schemes[] = {
	{ "tap2:tapdisk:aio:", DISK_FILE, NULL },
	{ "tap:tapdisk:aio:", DISK_FILE, NULL },
	{ "tap2:aio:", DISK_FILE, NULL },
	{ "tap:aio:", DISK_FILE, NULL },
	{ "tap:raw:", DISK_FILE, NULL },
	{ "aio:", DISK_FILE, NULL },
	{ "raw:", DISK_FILE, NULL },
	{ "file:", DISK_FILE, NULL },
	{ "phy:", DISK_PHY, NULL },
	{ "tap2:", DISK_FILE, NO_FORMAT },
	{ "tap:", DISK_FILE, NO_FORMAT },
	{ "qcow2:", DISK_FILE, NO_FORMAT },
	{ "qcow:", DISK_FILE, NO_FORMAT },
	{ "vhd:", DISK_FILE, NO_FORMAT },
	{ "vmdk:", DISK_FILE, NO_FORMAT },
	{ "iscsi:", DISK_PHY, NO_NET },
	{ "npiv:", DISK_PHY, NO_NET },
	{ "nbd:", DISK_PHY, NO_NET },
	{ "drbd:", DISK_PHY, "give the device as phy:/dev/drbdN" },
};

static bool fail_at(struct config *config, const struct config_value *value,
		    size_t offset, const char *hint, const char *what,
		    const char *text)
{
	config_fail(config, value, offset, hint, "disk: %s '%.60s'", what,
		    text);
	return false;
}

/* a..z, aa..zz of a disk name: its number; and what follows. */
static bool letters(const char **at, unsigned int *disk)
{
	unsigned int n = 0;

	if (!islower((unsigned char)**at))
		return false;
	for (; islower((unsigned char)**at) && n < 100000; (*at)++)
		n = n * 26 + (**at - 'a' + 1);
	*disk = n - 1;
	return true;
}

static bool digits(const char *at, unsigned int *n)
{
	*n = 0;
	for (; isdigit((unsigned char)*at) && *n < 100000; at++)
		*n = *n * 10 + (*at - '0');
	return !*at;
}

static bool xvd_number(unsigned int disk, unsigned int part,
		       unsigned int *devid)
{
	if (disk < 16 && part < 16)
		*devid = 202u << 8 | disk << 4 | part;
	else if (disk < (1u << 20) && part < 256)
		*devid = 1u << 28 | disk << 8 | part;
	else
		return false;
	return true;
}

/* Disk and partition of @vdev: `kind` is x(vd), h(d), s(d). */
static bool split_vdev(const char *vdev, char *kind, unsigned int *disk,
		       unsigned int *part)
{
	const char *at = vdev;
	char *end;

	if (*at == 'd' && isdigit((unsigned char)at[1])) {
		*kind = 'x';
		*disk = (unsigned int)strtoul(at + 1, &end, 10);
		if (end - at > 8)
			return false;
		*part = 0;
		return !*end ||
		       (*end == 'p' && isdigit((unsigned char)end[1]) &&
			digits(end + 1, part));
	}
	*kind = *vdev;
	if (!strncmp(at, "xvd", 3))
		at += 3;
	else if (!strncmp(at, "hd", 2) || !strncmp(at, "sd", 2))
		at += 2;
	else
		return false;
	return letters(&at, disk) && digits(at, part) && *at != '0';
}

bool disk_vdev_number(const char *vdev, unsigned int *devid)
{
	unsigned int disk, part;
	unsigned long n;
	char kind;
	char *end;

	if (isdigit((unsigned char)*vdev)) {
		n = strtoul(vdev, &end, vdev[1] == 'x' ? 16 : 10);
		*devid = (unsigned int)n;
		return !*end && n >= 256 && n < (1ul << 29);
	}
	if (!split_vdev(vdev, &kind, &disk, &part))
		return false;
	if (kind == 'x')
		return xvd_number(disk, part, devid);
	if (kind == 'h') {
		*devid = (disk < 2 ? 3u : 22u) << 8 | (disk & 1) << 6 | part;
		return disk < 4 && part < 64;
	}
	*devid = 8u << 8 | disk << 4 | part;
	return disk < 16 && part < 16;
}

/* xvda1 for hda1 and sda1: the name that a Linux guest will see. */
static bool name_in_guest(struct config *config, struct disk_spec *spec)
{
	unsigned int disk, part;
	char name[8];
	size_t at = sizeof(name);
	char kind;

	spec->xvdev = spec->vdev;
	spec->xvdevid = spec->devid;
	if (!split_vdev(spec->vdev, &kind, &disk, &part) ||
	    !xvd_number(disk, part, &spec->xvdevid))
		return true;
	name[--at] = '\0';
	for (disk++; disk && at; disk = (disk - 1) / 26)
		name[--at] = (char)('a' + (disk - 1) % 26);
	spec->xvdev = part ? config_printf(config, "xvd%s%u", name + at, part) :
			     config_printf(config, "xvd%s", name + at);
	return spec->xvdev != NULL;
}

static const char *const hd_compat_words[] = { "auto", "off", NULL };

static bool set_vdev(struct config *config, struct disk_spec *spec,
		     const struct field *field)
{
	const char *text = field->text;
	size_t offset = field->offset;
	size_t length;
	char *vdev;
	char *colon;

	if (!strncmp(text, "/dev/", 5)) {
		text += 5;
		offset += 5;
	}
	if (!strncmp(text, "ioemu:", 6)) {
		text += 6;
		offset += 6;
	}
	length = strlen(text);
	vdev = config_strdup(config, text, length);
	if (!vdev)
		return false;
	colon = strchr(vdev, ':');
	if (colon) {
		*colon = '\0';
		if (!strcmp(colon + 1, "cdrom"))
			spec->cdrom = true;
		else if (strcmp(colon + 1, "disk"))
			return fail_at(config, spec->value,
				       offset + (colon + 1 - vdev),
				       "it is :disk or :cdrom",
				       "unknown kind of device", colon + 1);
	}
	if (!disk_vdev_number(vdev, &spec->devid))
		return fail_at(
			config, spec->value, offset,
			"a guest's disks are called xvda, xvdb, xvda1, ...",
			*vdev ? "no name of a guest's disk:" :
				"the guest's name for it is missing",
			vdev);
	spec->vdev = vdev;
	if (!name_in_guest(config, spec))
		return false;
	/* Linux loses the partition of hda1, and keeps that of xvda1. */
	if (!config_choice(config, "hd_compat", 0, hd_compat_words))
		spec->devid = spec->xvdevid;
	return true;
}

static bool set_mode(struct config *config, struct disk_spec *spec,
		     const struct field *field)
{
	static const struct {
		const char *word;
		enum disk_mode mode;
	} modes[] = {
		{ "r", DISK_READ },	      { "ro", DISK_READ },
		{ "readonly", DISK_READ },    { "w", DISK_WRITE },
		{ "rw", DISK_WRITE },	      { "w!", DISK_WRITE_SHARED },
		{ "rw!", DISK_WRITE_SHARED }, { "!", DISK_WRITE_SHARED },
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(modes[i].word, field->text)) {
			spec->mode = modes[i].mode;
			return true;
		}
	}
	return fail_at(config, spec->value, field->offset,
		       "modes are r, ro, w, rw and w! (shared)", "unknown mode",
		       field->text);
}

static bool set_format(struct config *config, struct disk_spec *spec,
		       const struct field *field)
{
	static const char *const known[] = { "qcow", "qcow2", "vhd", "qed" };
	size_t i;

	if (!strcmp(field->text, "raw") || !strcmp(field->text, "aio") ||
	    !*field->text)
		return true;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(field->text, known[i]))
			return fail_at(config, spec->value, field->offset,
				       NO_FORMAT, "not built in: format",
				       field->text);
	}
	return fail_at(config, spec->value, field->offset, "write raw",
		       "unknown format", field->text);
}

/* A path, with the slashes of file://root/x folded into one. */
static bool set_target(struct config *config, struct disk_spec *spec,
		       const char *path, size_t offset, bool block)
{
	if (!*path) {
		spec->target = "";
		spec->target_offset = offset;
		return true;
	}
	if (block && *path != '/') {
		spec->target = config_printf(config, "/dev/%s", path);
		spec->target_offset = offset;
		return spec->target != NULL;
	}
	while (path[0] == '/' && path[1] == '/') {
		path++;
		offset++;
	}
	if (*path != '/')
		return fail_at(config, spec->value, offset,
			       "write the whole path, from /",
			       "not an absolute path:", path);
	spec->target = path;
	spec->target_offset = offset;
	return true;
}

/* The target of xl: what it is shows its place. */
static bool set_plain_target(struct config *config, struct disk_spec *spec,
			     const char *path, size_t offset)
{
	/* Its script knows what that means: an iSCSI name, a portal. */
	if (spec->backing == DISK_SCRIPT) {
		spec->target = path;
		spec->target_offset = offset;
		return true;
	}
	if (!set_target(config, spec, path, offset, false))
		return false;
	spec->backing = strncmp(spec->target, "/dev/", 5) ? DISK_FILE :
							    DISK_PHY;
	return true;
}

static const struct scheme *find_scheme(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (!strncmp(text, schemes[i].prefix,
			     strlen(schemes[i].prefix)))
			return &schemes[i];
	}
	return NULL;
}

/* scheme:path,vdev,mode[,backend] */
static bool parse_xm(struct config *config, struct disk_spec *spec,
		     const struct scheme *scheme, const struct field *fields,
		     int count)
{
	size_t skip = scheme ? strlen(scheme->prefix) : 0;
	const struct field *target = &fields[0];
	const char *path = target->text + skip;

	if (scheme && scheme->refused)
		return fail_at(config, spec->value, target->offset,
			       scheme->refused, "not built in:", target->text);
	if (count < 2)
		return fail_at(
			config, spec->value, spec->value->length,
			"write 'phy:/dev/vg0/disk,xvda,w'",
			"the guest's name and the mode are missing after",
			target->text);
	if (scheme)
		spec->backing = scheme->backing;
	if (!(scheme ? set_target(config, spec, path, target->offset + skip,
				  scheme->backing == DISK_PHY) :
		       set_plain_target(config, spec, path, target->offset)) ||
	    !set_vdev(config, spec, &fields[1]))
		return false;
	if (count < 3)
		return fail_at(config, spec->value, spec->value->length,
			       "write w for a disk, r if it is read only",
			       "the mode is missing after", fields[1].text);
	if (!set_mode(config, spec, &fields[2]))
		return false;
	if (count > 3 && *fields[3].text)
		spec->backend = fields[3].text;
	if (count > 4)
		return fail_at(config, spec->value, fields[4].offset, NULL,
			       "one field too many:", fields[4].text);
	return true;
}

static bool set_cache(struct config *config, struct disk_spec *spec,
		      const struct field *field)
{
	static const char *const modes[] = {
		[DISK_CACHE_AUTO] = "auto",
		[DISK_CACHE_NONE] = "none",
		[DISK_CACHE_READ] = "read",
	};
	unsigned int i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(field->text, modes[i]) != 0)
			continue;
		spec->cache = (enum disk_cache)i;
		return true;
	}
	return fail_at(config, spec->value, field->offset,
		       "it is auto, none or read", "unknown cache mode",
		       field->text);
}

static bool set_named(struct config *config, struct disk_spec *spec,
		      const struct field *field)
{
	const char *key = field->key;
	const char *text = field->text;

	if (!strcmp(key, "target"))
		return set_plain_target(config, spec, text, field->offset);
	if (!strcmp(key, "vdev"))
		return set_vdev(config, spec, field);
	if (!strcmp(key, "access"))
		return set_mode(config, spec, field);
	if (!strcmp(key, "format"))
		return set_format(config, spec, field);
	if (!strcmp(key, "cache"))
		return set_cache(config, spec, field);
	if (!strcmp(key, "backend")) {
		spec->backend = text;
		return true;
	}
	if (!strcmp(key, "devtype")) {
		spec->cdrom = !strcmp(text, "cdrom");
		return spec->cdrom || !strcmp(text, "disk") ||
		       fail_at(config, spec->value, field->offset,
			       "it is disk or cdrom", "unknown devtype", text);
	}
	if (!strcmp(key, "backendtype"))
		return !strcmp(text, "phy") || !strcmp(text, "tap") ||
		       !strcmp(text, "qdisk") ||
		       fail_at(config, spec->value, field->offset,
			       "leave it out", "unknown backendtype", text);
	if (!strcmp(key, "script")) {
		spec->script = text;
		spec->backing = DISK_SCRIPT;
		return true;
	}
	return fail_at(config, spec->value, field->key_offset,
		       "known are target, format, vdev, access, devtype, "
		       "backend, script, discard, direct-io-safe, "
		       "persistent, cache",
		       "unknown field", key);
}

static bool set_flag(struct disk_spec *spec, const char *word)
{
	if (!strcmp(word, "cdrom") || !strcmp(word, "devtype=cdrom"))
		spec->cdrom = true;
	else if (!strcmp(word, "discard"))
		spec->discard = true;
	else if (!strcmp(word, "no-discard"))
		spec->discard = false;
	else if (!strcmp(word, "direct-io-safe"))
		spec->direct_io = true;
	else if (!strcmp(word, "persistent"))
		spec->persistent = DISK_PERSISTENT_ON;
	else if (!strcmp(word, "no-persistent"))
		spec->persistent = DISK_PERSISTENT_OFF;
	else
		return false;
	return true;
}

/* target, format, vdev, access, and key=value in any order */
static bool parse_xl(struct config *config, struct disk_spec *spec,
		     const struct field *fields, int count)
{
	int position = 0;
	int i;

	for (i = 0; i < count; i++) {
		const struct field *field = &fields[i];
		bool ok = true;

		if (field->key)
			ok = set_named(config, spec, field);
		else if (set_flag(spec, field->text))
			continue;
		else if (position == 0)
			ok = set_plain_target(config, spec, field->text,
					      field->offset);
		else if (position == 1)
			ok = set_format(config, spec, field);
		else if (position == 2)
			ok = set_vdev(config, spec, field);
		else if (position == 3)
			ok = !*field->text || set_mode(config, spec, field);
		else
			ok = fail_at(config, spec->value, field->offset, NULL,
				     "one field too many:", field->text);
		position += !field->key;
		if (!ok)
			return false;
	}
	return true;
}

static bool check_complete(struct config *config, const struct disk_spec *spec)
{
	if (!spec->vdev)
		return fail_at(config, spec->value, spec->value->length,
			       "write vdev=xvda",
			       "the guest's name for it is missing in",
			       spec->value->string);
	if (!spec->target && !spec->cdrom)
		return fail_at(config, spec->value, spec->value->length,
			       "write target=/dev/vg0/disk",
			       "the target is missing in", spec->value->string);
	return true;
}

bool disk_spec_parse(struct config *config, const struct config_value *value,
		     struct disk_spec *spec)
{
	struct field fields[FIELDS_MAX];
	const struct scheme *scheme;
	unsigned int ignored;
	int count;

	memset(spec, 0, sizeof(*spec));
	spec->value = value;
	spec->backend = "0";
	spec->mode = DISK_WRITE;
	spec->discard = true;
	if (value->type != CONFIG_STRING) {
		config_fail(config, value, 0,
			    "write 'phy:/dev/vg0/disk,xvda,w'",
			    "disk: an entry is a text");
		return false;
	}
	count = fields_split(config, value, "target", fields);
	if (count < 0)
		return false;
	scheme = fields[0].key ? NULL : find_scheme(fields[0].text);
	/* Without scheme and format it can only be meant in xm's order. */
	if (scheme || (count > 1 && !fields[0].key && !fields[1].key &&
		       disk_vdev_number(fields[1].text, &ignored))) {
		if (!parse_xm(config, spec, scheme, fields, count))
			return false;
	} else if (!parse_xl(config, spec, fields, count)) {
		return false;
	}
	if (spec->cdrom && !spec->target)
		spec->target = "";
	if (spec->cdrom)
		spec->mode = DISK_READ;
	return check_complete(config, spec);
}

static const struct config_value *text_as_value(struct config *config,
						const char *text)
{
	struct config_value *value = config_alloc(config, sizeof(*value));

	if (!value)
		return NULL;
	value->type = CONFIG_STRING;
	value->length = strlen(text);
	value->string = config_strdup(config, text, value->length);
	return value->string ? value : NULL;
}

bool disk_spec_parse_text(struct config *config, const char *text,
			  struct disk_spec *spec)
{
	const struct config_value *value = text_as_value(config, text);

	return value && disk_spec_parse(config, value, spec);
}

size_t disk_specs(struct config *config, struct disk_spec **specs)
{
	struct config_value *const *items;
	size_t count = config_list(config, "disk", &items);
	size_t i, j;

	*specs = config_alloc(config, (count + 1) * sizeof(**specs));
	if (!*specs)
		return 0;
	for (i = 0; i < count; i++) {
		if (!disk_spec_parse(config, items[i], &(*specs)[i]))
			return 0;
		for (j = 0; j < i; j++) {
			if ((*specs)[j].xvdevid != (*specs)[i].xvdevid)
				continue;
			fail_at(config, items[i], 0,
				"each disk has a name of its own",
				"two disks have the name", (*specs)[i].vdev);
			return 0;
		}
	}
	return config_error(config) ? 0 : count;
}

const char *disk_root_name(struct config *config, const char *cmdline)
{
	struct disk_spec *specs;
	size_t i, length, count;
	const char *at, *rest;

	if (config_choice(config, "hd_compat", 0, hd_compat_words))
		return cmdline;
	for (at = cmdline; (at = strstr(at, "root=/dev/")); at++)
		if (at == cmdline || at[-1] == ' ')
			break;
	if (!at)
		return cmdline;
	at += strlen("root=/dev/");
	count = disk_specs(config, &specs);
	for (i = 0; i < count; i++) {
		length = strlen(specs[i].vdev);
		if (!strcmp(specs[i].vdev, specs[i].xvdev) ||
		    strncmp(at, specs[i].vdev, length))
			continue;
		/* a partition of the disk is one of the renamed disk */
		rest = at + length;
		if (!isdigit((unsigned char)rest[-1]))
			rest += strspn(rest, "0123456789");
		if (*rest && *rest != ' ' && *rest != ',')
			continue;
		return config_printf(config, "%.*s%s%s", (int)(at - cmdline),
				     cmdline, specs[i].xvdev, at + length);
	}
	return cmdline;
}
