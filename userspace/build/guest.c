// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a guest. The steps, and who undoes them:
 *
 *	judge config, files, layout	nothing to undo
 *	lock, domain, names in xenstore	guest_destroy()
 *	memory, contents, rings		goes with the domain
 *	devices				guest_destroy()
 *	unpause
 *
 * A creator that is killed in between is undone by guest_sweep().
 */
#include "build/guest.h"
#include "build/pv.h"
#include "build/room.h"
#include "build/tune.h"
#include "build/xend_config.h"
#include "config/config.h"
#include "config/disk_spec.h"
#include "device/device.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include "lib/step.h"
#include "lib/store.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGES_PER_MIB 256
#define GRANT_FRAMES  64
#define MAPTRACK      1024
#define EVENT_PORTS   1023

/* A guest on its way from text to domain. */
struct making {
	struct config *config;
	const struct guest_options *options;
	struct pv_image image;
	struct pv_guest pv;
	struct guest_nodes nodes;
	struct guest_lock lock;
	char uuid[DOMAIN_UUID_LEN];
	xen_domain_handle_t handle;
	uint64_t max_mib;
	int32_t grant_version;
};

static int say_config(struct config *config)
{
	const char *error = config_error(config);

	if (!error)
		return 0;
	fprintf(stderr, "%s\n", error);
	return -EINVAL;
}

static int fill_uuid(struct making *m)
{
	const char *uuid = m->options->uuid;
	int fd;

	if (!uuid)
		uuid = config_string(m->config, "uuid", NULL);
	if (uuid && *uuid) {
		if (!domain_uuid_parse(uuid, m->handle)) {
			log_error("uuid '%s' is none: it looks like "
				  "12345678-1234-1234-1234-123456789abc",
				  uuid);
			return -EINVAL;
		}
		domain_uuid_text(m->handle, m->uuid);
		return 0;
	}
	fd = open("/proc/sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);
	if (fd < 0 ||
	    read(fd, m->uuid, DOMAIN_UUID_LEN - 1) != DOMAIN_UUID_LEN - 1) {
		log_error("cannot make up a UUID: %s", strerror(errno));
		return -EIO;
	}
	close(fd);
	m->uuid[DOMAIN_UUID_LEN - 1] = 0;
	domain_uuid_parse(m->uuid, m->handle);
	return 0;
}

static int check_name(struct making *m)
{
	const char *name = config_string(m->config, "name", NULL);

	if (!name || !*name) {
		config_fail(m->config, NULL, 0, "name = 'guest1'",
			    "the guest has no name");
		return say_config(m->config);
	}
	if (!guest_name_good(name)) {
		config_fail(m->config, config_get(m->config, "name"), 0,
			    "use letters, digits, - _ .",
			    "'%s' cannot be a guest's name", name);
		return say_config(m->config);
	}
	m->nodes.name = name;
	return 0;
}

/* The tutorials' guests boot from hda1; Linux calls it xvda1 since long. */
static int rename_root(struct making *m)
{
	const char *now = disk_root_name(m->config, m->image.cmdline);

	if (!now || config_error(m->config))
		return say_config(m->config) ? -EINVAL : -ENOMEM;
	if (now == m->image.cmdline)
		return 0;
	log_warn("the guest calls its disks xvda, xvda1, ...: root= follows; "
		 "hd_compat='off' leaves the names alone");
	if (snprintf(m->image.cmdline, PV_CMDLINE_MAX, "%s", now) >=
	    PV_CMDLINE_MAX)
		return -E2BIG;
	return 0;
}

/* The kernel's command line, from cmdline or from root, ip and extra. */
static int fill_cmdline(struct making *m)
{
	const char *whole = config_string(m->config, "cmdline", NULL);
	const char *root = config_string(m->config, "root", "");
	const char *extra = config_string(m->config, "extra", "");
	const char *dhcp = config_string(m->config, "dhcp", "");
	const char *ip = config_string(m->config, "ip", "");
	char network[256] = "";
	int used;

	if (!strcmp(dhcp, "dhcp"))
		strcpy(network, "ip=dhcp");
	else if (*ip)
		snprintf(network, sizeof(network), "ip=%s:%s:%s:%s:%s:%s:off",
			 ip,
			 config_string(m->config, "nfs_server", "127.0.0.1"),
			 config_string(m->config, "gateway", ""),
			 config_string(m->config, "netmask", ""),
			 config_string(m->config, "hostname", m->nodes.name),
			 config_string(m->config, "interface", "eth0"));
	if (whole)
		used = snprintf(m->image.cmdline, PV_CMDLINE_MAX, "%s", whole);
	else
		used = snprintf(m->image.cmdline, PV_CMDLINE_MAX,
				"%s%s%s%s%s%s", *root ? "root=" : "", root,
				*root && (*network || *extra) ? " " : "",
				network, *network && *extra ? " " : "", extra);
	if (used < PV_CMDLINE_MAX)
		return rename_root(m);
	config_fail(m->config,
		    config_get(m->config, whole ? "cmdline" : "extra"), 0, NULL,
		    "the kernel's command line is longer than %d bytes",
		    PV_CMDLINE_MAX - 1);
	return say_config(m->config);
}

static void fill_sizes(struct making *m)
{
	int64_t memory, vcpus, max_vcpus, avail;

	memory = config_int(m->config, "memory", 128, 1, 1 << 24);
	m->max_mib = config_int(m->config, "maxmem", memory, memory, 1 << 24);
	m->image.nr_pages = memory * PAGES_PER_MIB;
	m->nodes.target_kib = memory << 10;
	m->nodes.max_kib = m->max_mib << 10;
	vcpus = config_int(m->config, "vcpus", 1, 1, 512);
	max_vcpus = config_int(m->config, "maxvcpus", vcpus, vcpus, 512);
	avail = config_int(m->config, "vcpu_avail",
			   vcpus < 63 ? (1ll << vcpus) - 1 : -1, INT64_MIN,
			   INT64_MAX);
	m->nodes.max_vcpus = max_vcpus;
	m->nodes.online_vcpus = avail | 1; /* the first one starts it */
}

/* Everything that needs no domain. */
static int prepare(struct making *m)
{
	char why[PV_WHY_MAX];
	int i, err;

	m->lock.fd = -1;
	m->image.initrd_fd = -1;
	err = say_config(m->config);
	if (!err)
		err = check_name(m);
	if (!err)
		err = fill_cmdline(m);
	if (err)
		return err;
	err = xend_config_vif();
	if (err)
		return err;
	fill_sizes(m);
	m->nodes.kernel = config_string(m->config, "kernel", "");
	m->nodes.ramdisk = config_string(m->config, "ramdisk", "");
	m->nodes.cmdline = m->image.cmdline;
	if (!*m->nodes.kernel)
		config_fail(m->config, NULL, 0, "kernel = '/boot/vmlinuz-...'",
			    "the guest has no kernel");
	for (i = 0; device_classes[i] && !config_error(m->config); i++)
		device_classes[i]->check(m->config);
	if (!config_error(m->config))
		tune_check(m->config, m->nodes.max_vcpus);
	err = say_config(m->config);
	if (!err)
		err = fill_uuid(m);
	if (err)
		return err;
	m->nodes.uuid = m->uuid;
	m->nodes.config = config_to_text(m->config);
	err = pv_image_open(&m->image, m->nodes.kernel, m->nodes.ramdisk, why);
	if (!err)
		err = pv_layout(&m->image, &m->pv.layout, why);
	if (err)
		log_error("%s", why);
	return err;
}

/* What it needs of the host, in MiB. */
static uint64_t need_mib(const struct making *m)
{
	return m->image.nr_pages / PAGES_PER_MIB + ROOM_OVERHEAD_MIB;
}

static int check_host(struct making *m)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int err = hypercall_sysctl(&op);

	if (err) {
		log_error("asking the hypervisor for the host: %s",
			  strerror(-err));
		return err;
	}
	m->grant_version =
		op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2 ? 2 :
									    1;
	m->grant_version = config_int(m->config, "max_grant_version",
				      m->grant_version, 1, 2);
	return 0;
}

static int create_domain(struct making *m)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_createdomain };
	struct xen_domctl_createdomain *create = &op.u.createdomain;
	int err;

	memcpy(create->handle, m->handle, sizeof(create->handle));
	create->max_vcpus = m->nodes.max_vcpus;
	create->max_evtchn_port = config_int(m->config, "max_event_channels",
					     EVENT_PORTS, 0, 131072);
	create->max_grant_frames = config_int(m->config, "max_grant_frames",
					      GRANT_FRAMES, 0, 1024);
	create->max_maptrack_frames =
		config_int(m->config, "max_maptrack_frames", MAPTRACK, 0, 4096);
	create->grant_opts = XEN_DOMCTL_GRANT_version(m->grant_version);
	err = hypercall_domctl(&op);
	m->pv.domid = m->nodes.domid = op.domain;
	return err;
}

static int domctl_value(uint32_t cmd, uint32_t domid, uint64_t value)
{
	struct xen_domctl op = { .cmd = cmd, .domain = domid };

	if (cmd == XEN_DOMCTL_max_vcpus)
		op.u.max_vcpus.max = value;
	else if (cmd == XEN_DOMCTL_max_mem)
		op.u.max_mem.max_memkb = value;
	else
		op.u.tsc_info.tsc_mode = value;
	return hypercall_domctl(&op);
}

/* The guest may grow to maxmem: its memory map says so. */
static int set_memory_map(const struct making *m)
{
	struct {
		uint64_t address, bytes;
		uint32_t type;
	} __attribute__((packed)) *map = hypercall_buffer(sizeof(*map));
	struct xen_foreign_memory_map op = { .domid = m->pv.domid };
	long err;

	if (!map)
		return -ENOMEM;
	map->bytes = m->max_mib << 20;
	map->type = 1; /* RAM */
	op.map.nr_entries = 1;
	set_xen_guest_handle(op.map.buffer, map);
	err = hypercall_memory(XENMEM_set_memory_map, &op, sizeof(op));
	hypercall_buffer_free(map);
	return err < 0 ? err : 0;
}

static int set_limits(struct making *m)
{
	static const char *const modes[] = { "default", "always_emulate",
					     "native", "native_paravirt",
					     NULL };
	uint32_t domid = m->pv.domid;
	int err, mode;

	err = domctl_value(XEN_DOMCTL_max_vcpus, domid, m->nodes.max_vcpus);
	if (!err)
		err = set_memory_map(m);
	mode = config_choice(m->config, "tsc_mode", 0, modes);
	if (!err && mode)
		err = domctl_value(XEN_DOMCTL_settscinfo, domid, mode);
	if (!err)
		err = tune_apply(m->config, domid, m->nodes.max_vcpus);
	return err;
}

/* From "the name is free" to "the name is taken": nobody in between. */
static int claim(struct making *m)
{
	int lock = guest_lock_all(), err;

	if (lock == -ETIMEDOUT)
		return lock;
	if (lock < 0) {
		log_error("cannot lock " GUEST_RUN_DIR ": %s%s",
			  strerror(-lock),
			  lock == -EACCES || lock == -EPERM ? ": run as root" :
							      "");
		return lock;
	}
	err = 0;
	if (guest_name_taken(m->nodes.name, DOMID_INVALID)) {
		log_error("Domain '%s' already exists.", m->nodes.name);
		log_hint("choose another name, or destroy that one");
		err = -EEXIST;
	}
	if (!err) {
		err = guest_lock_new(&m->lock, m->uuid);
		if (err)
			log_error("%s with UUID %s is being created already",
				  m->nodes.name, m->uuid);
	}
	if (!err) {
		err = create_domain(m);
		if (err) {
			log_error("the hypervisor makes no domain: %s",
				  strerror(-err));
			guest_lock_done(&m->lock);
		} else {
			step_reached("created");
			err = guest_store_create(&m->nodes);
			if (err)
				log_error("xenstore refuses the nodes of %s: "
					  "%s",
					  m->nodes.name, strerror(-err));
		}
	}
	guest_unlock_all(lock);
	return err;
}

/* The memory is the new domain's before another creator looks for some. */
static int claim_with_room(struct making *m)
{
	int lock = room_make(m->nodes.name, need_mib(m)), err;

	if (lock < 0)
		return lock;
	err = claim(m);
	if (!err) {
		err = domctl_value(XEN_DOMCTL_max_mem, m->pv.domid,
				   (m->max_mib << 10) + GUEST_SLACK_KIB);
		if (!err)
			err = room_claim(m->pv.domid, m->image.nr_pages);
		if (err == -ENOMEM)
			room_short(m->nodes.name, need_mib(m));
		else if (err)
			log_error("cannot set memory aside for %s: %s",
				  m->nodes.name, strerror(-err));
	}
	close(lock);
	return err;
}

static int build(struct making *m)
{
	char why[PV_WHY_MAX] = "setting its limits";
	int err = set_limits(m);

	if (!err) {
		err = pv_populate(&m->pv);
		if (err == -ENOMEM)
			return room_short(m->nodes.name, need_mib(m));
		snprintf(why, sizeof(why), "giving it memory");
	}
	if (!err) {
		m->pv.store_port = hypercall_evtchn_alloc(m->pv.domid);
		m->pv.console_port = hypercall_evtchn_alloc(m->pv.domid);
		err = pv_build(&m->pv, why);
	}
	if (!err) {
		m->nodes.store_port = m->pv.store_port;
		m->nodes.console_port = m->pv.console_port;
		m->nodes.store_mfn = m->pv.store_mfn;
		m->nodes.console_mfn = m->pv.console_mfn;
		snprintf(why, sizeof(why), "introducing it to xenstored");
		err = guest_store_rings(&m->nodes);
	}
	if (err)
		log_error("cannot build %s: %s: %s", m->nodes.name, why,
			  strerror(-err));
	return err;
}

static int add_devices(struct making *m)
{
	int64_t deadline = log_now_ms() + DEVICE_READY_MS;
	int i, err = 0;

	for (i = 0; !err && device_classes[i]; i++)
		err = device_classes[i]->add(m->config, m->pv.domid);
	for (i = 0; !err && device_classes[i]; i++)
		err = device_classes[i]->wait(m->pv.domid, deadline);
	return err;
}

static int finish(struct making *m)
{
	const struct guest_options *o = m->options;
	int err;

	step_reached("named");
	err = build(m);
	step_reached("built");
	if (!err)
		err = add_devices(m);
	step_reached("devices");
	if (!err && o->ready)
		err = o->ready(m->pv.domid, o->ready_arg);
	if (!err && !o->paused) {
		err = domain_unpause(m->pv.domid);
		if (err)
			log_error("cannot start %s: %s", m->nodes.name,
				  strerror(-err));
	}
	return err;
}

static void release(struct making *m)
{
	pv_image_close(&m->image);
	free(m->pv.p2m);
	guest_lock_done(&m->lock);
}

int guest_check(struct config *config)
{
	static const struct guest_options none = { .paused = true };
	struct making m = { .config = config, .options = &none };
	int err;

	m.pv.image = &m.image;
	err = prepare(&m);
	release(&m);
	return err;
}

int guest_create(struct config *config, const struct guest_options *options,
		 uint32_t *domid)
{
	struct making m = { .config = config, .options = options };
	int64_t start = log_now_ms();
	int err;

	if (hypercall_open() || store_open())
		return -ENOTCONN;
	m.pv.image = &m.image;
	m.pv.domid = DOMID_INVALID;
	err = prepare(&m);
	if (!err)
		err = check_host(&m);
	if (!err) {
		err = claim_with_room(&m);
		if (!err)
			err = finish(&m);
		if (err && m.lock.fd >= 0 && m.pv.domid != DOMID_INVALID)
			guest_destroy(m.pv.domid);
	}
	if (!err) {
		*domid = m.pv.domid;
		log_action("domain %u: %s created in %d ms", *domid,
			   m.nodes.name, (int)(log_now_ms() - start));
	}
	release(&m);
	return err;
}

/* Should we die on the way, the supervisor goes on. */
static void mark_destroying(uint32_t domid)
{
	char path[64];

	snprintf(path, sizeof(path), GUEST_TOOL_PATH "/%u/destroying", domid);
	store_write(STORE_NOW, path, "1");
}

/*
 * While others hold its pages it is listed, and needs a name. The supervisor
 * removes that when the domain is gone, unless it has looked already.
 */
static void name_the_dying(uint32_t domid, const char *name)
{
	domain_info_t info;
	char path[64];

	if (domain_info(domid, &info))
		return;
	snprintf(path, sizeof(path), GUEST_TOOL_PATH "/%u/name", domid);
	store_write(STORE_NOW, path, "%s", name);
	if (domain_info(domid, &info))
		store_remove(STORE_NOW, GUEST_TOOL_PATH "/%u", domid);
}

int guest_destroy(uint32_t domid)
{
	int64_t start = log_now_ms();
	char uuid[DOMAIN_UUID_LEN] = "", name[DOMAIN_NAME_MAX];
	domain_info_t info;
	int err;

	err = domain_info(domid, &info);
	if (err)
		return err;
	domain_uuid_text(info.handle, uuid);
	domain_name(domid, name);
	mark_destroying(domid);
	/* It must not run while its devices go: it could write half a block. */
	domain_pause(domid);
	step_reached("destroy-paused");
	device_remove_all(domid, start + DEVICE_DEADLINE_MS);
	step_reached("destroy-devices");
	err = domain_kill(domid);
	step_reached("destroy-killed");
	if (err && err != -ESRCH) {
		log_error("cannot destroy domain %u: %s", domid,
			  strerror(-err));
		return err;
	}
	guest_forget(domid, uuid);
	name_the_dying(domid, name);
	log_action("domain %u: %s destroyed in %d ms", domid, name,
		   (int)(log_now_ms() - start));
	return 0;
}
