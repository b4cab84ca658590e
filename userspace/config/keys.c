// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every key of xm (its create.py and manual), of xl.cfg(5), of Ganeti's,
 * xen-tools' and the tutorials' files. docs/config-keys.md is written from it.
 */
#include <string.h>

#include "config/keys.h"

#define NO_HVM	  "only HVM guests have it; this is a PV guest"
#define NO_SCREEN "a PV guest has a console, no screen"
#define NO_PCI	  "passing PCI devices through is not built in"
#define NO_HW	  "giving hardware to guests is not built in"
#define NO_DM	  "PV guests need no device model"
#define NO_TPM	  "virtual TPMs are not built in"
#define XEND	  "was for the xend daemon, which is gone"
#define ACTIONS                                                     \
	"destroy restart rename-restart preserve coredump-destroy " \
	"coredump-restart"
#define NO_CORE " (no core is written by coredump-*)"
#define RTDS	"the scheduler is credit, not rtds: use cpu_weight and cpu_cap"
#define SEDF	"the scheduler is credit, not sedf: use cpu_weight and cpu_cap"

#define DONE(n, kind, text)                                     \
	{                                                       \
		n, KEY_##kind, KEY_DONE, text, 0, 0, NULL, NULL \
	}
#define NOTED(n, kind, text)                                     \
	{                                                        \
		n, KEY_##kind, KEY_NOTED, text, 0, 0, NULL, NULL \
	}
#define REFUSED(n, kind, text)                                     \
	{                                                          \
		n, KEY_##kind, KEY_REFUSED, text, 0, 0, NULL, NULL \
	}
#define RANGE(n, lo, hi, text)                                 \
	{                                                      \
		n, KEY_INT, KEY_DONE, text, lo, hi, NULL, NULL \
	}
#define CHOICE(n, list, text)                                   \
	{                                                       \
		n, KEY_CHOICE, KEY_DONE, text, 0, 0, list, NULL \
	}
#define ALIAS(n, other)                                                     \
	{                                                                   \
		n, KEY_ANY, KEY_DONE, "another spelling", 0, 0, NULL, other \
	}

static const struct key keys[] = {
	/* what a guest is */
	DONE("name", STRING, "unique name of the guest"),
	DONE("uuid", STRING, "its UUID; made up if missing"),
	CHOICE("type", "pv generic", "kind of guest: pv"),
	CHOICE("builder", "linux generic", "kind of guest: linux"),
	DONE("kernel", STRING, "path of its kernel in dom0"),
	DONE("ramdisk", STRING, "path of its initial RAM disk in dom0"),
	DONE("cmdline", STRING,
	     "the whole kernel command line, for root and extra"),
	DONE("root", STRING, "root= of the kernel command line"),
	DONE("extra", STRING, "more of the kernel command line"),
	DONE("ip", STRING, "address in ip= of the kernel command line"),
	DONE("gateway", STRING, "gateway in ip= of the kernel command line"),
	DONE("netmask", STRING, "netmask in ip= of the kernel command line"),
	NOTED("broadcast", STRING,
	      "the kernel works it out from address and netmask"),
	DONE("hostname", STRING, "host name in ip= of the kernel command line"),
	DONE("interface", STRING,
	     "interface in ip= of the kernel command line"),
	DONE("dhcp", STRING,
	     "off, or dhcp: ip=dhcp on the kernel command line"),
	DONE("nfs_server", STRING,
	     "server in nfsroot= of the kernel command line"),
	DONE("nfs_root", STRING, "path in nfsroot= of the kernel command line"),
	RANGE("memory", 1, 16777216, "MiB at start"),
	RANGE("maxmem", 1, 16777216, "MiB that mem-set can reach"),
	ALIAS("maxmemory", "maxmem"),
	RANGE("vcpus", 1, 512, "virtual CPUs at start"),
	ALIAS("vcpu", "vcpus"),
	RANGE("maxvcpus", 1, 512, "virtual CPUs that vcpu-set can reach"),
	DONE("vcpu_avail", INT, "bit mask of the virtual CPUs online at start"),
	DONE("cpus", CPUS,
	     "CPUs to run on: for all, or a list with one entry per vcpu"),
	DONE("cpu", CPUS, "CPUs to run on, for all vcpus"),
	DONE("cpus_soft", CPUS, "CPUs to prefer"),
	RANGE("cpu_weight", 1, 65535, "share of the CPUs, 256 is usual"),
	ALIAS("weight", "cpu_weight"),
	RANGE("cpu_cap", 0, 51200,
	      "most that it gets, in percent of one CPU; 0: no limit"),
	ALIAS("cap", "cpu_cap"),
	CHOICE("tsc_mode",
	       "default 0 always_emulate 1 native 2 native_paravirt 3",
	       "how the time stamp counter is given to the guest"),
	DONE("disk", LIST, "disks, see xm(1)"),
	CHOICE("hd_compat", "auto off",
	       "give the disks hda1, sda1 the number of xvda1, which Linux "
	       "calls them by, and root= that name"),
	DONE("vif", LIST, "network interfaces, see xm(1)"),
	ALIAS("vif2", "vif"),
	CHOICE("on_poweroff", ACTIONS, "what to do when it powers off" NO_CORE),
	CHOICE("on_reboot", ACTIONS, "what to do when it reboots" NO_CORE),
	CHOICE("on_crash", ACTIONS, "what to do when it crashes" NO_CORE),
	CHOICE("on_watchdog", ACTIONS,
	       "what to do when its watchdog fires" NO_CORE),
	NOTED("on_soft_reset", STRING, "PV guests have no soft reset"),
	NOTED("restart", STRING, "write on_reboot and on_crash"),
	RANGE("max_grant_frames", 0, 1024, "limit of its grant table"),
	RANGE("max_maptrack_frames", 0, 4096, "limit of its grant mappings"),
	RANGE("max_grant_version", 0, 2, "limit of the grant table version"),
	RANGE("max_event_channels", 0, 131072, "limit of its event channels"),
	DONE("description", STRING, "a text for people"),

	/* what a PV guest has no use for */
	NOTED("localtime", BOOL, "PV guests set their clock from UTC"),
	NOTED("rtc_timeoffset", INT, "PV guests set their clock from UTC"),
	NOTED("features", STRING, "the kernel's own notes say its features"),
	NOTED("machine_address_size", INT, "64-bit guests take any memory"),
	NOTED("suppress_spurious_page_faults", BOOL,
	      "no such faults are passed on"),
	NOTED("superpages", INT,
	      "the guest's memory is large pages where it can"),
	NOTED("e820_host", BOOL, "it matters with passed through devices only"),
	NOTED("nomigrate", BOOL, "migration is not built in"),
	NOTED("driver_domain", BOOL, "any domain can serve devices"),
	NOTED("xend_suspend_evtchn_compat", BOOL, XEND),
	NOTED("on_xend_start", STRING,
	      XEND ": link the file into the auto folder"),
	NOTED("on_xend_stop", STRING, XEND),
	NOTED("vncconsole", BOOL, NO_SCREEN),
	NOTED("console_autoconnect", BOOL, "say `create -c`"),
	NOTED("paused", BOOL, "say `create -p`"),
	NOTED("nics", INT, "the interfaces in vif count"),
	NOTED("seclabel", STRING, "there are no security labels"),
	NOTED("init_seclabel", STRING, "there are no security labels"),
	NOTED("access_control", LIST, "there are no security labels"),
	NOTED("vmtrace_buf_kb", INT, "tracing guests is not built in"),
	NOTED("vpmu", BOOL, "performance counters are not given to guests"),
	NOTED("mca_caps", LIST, NO_HVM),
	NOTED("xen_shell", STRING, "xen-shell reads it, not xm"),
	NOTED("pool", STRING, "all CPUs are in one pool"),
	NOTED("poolid", INT, "all CPUs are in one pool"),
	NOTED("period", INT, RTDS),
	NOTED("budget", INT, RTDS),
	NOTED("extratime", INT, RTDS),
	NOTED("latency", INT, SEDF),
	NOTED("slice", INT, SEDF),
	NOTED("cpuid", ANY,
	      "all guests see the CPU features that all of them can use"),
	NOTED("cpuid_check", ANY,
	      "all guests see the CPU features that all of them can use"),
	NOTED("msr_relaxed", BOOL,
	      "MSRs that are not known are refused, as usual"),
	NOTED("claim_mode", BOOL,
	      "memory is taken at once, before the guest is built"),
	NOTED("blkif", BOOL, "any domain can serve devices"),
	NOTED("netif", BOOL, "any domain can serve devices"),
	NOTED("device_model_args_pv", ANY, NO_DM),
	NOTED("device_model", STRING, NO_DM),
	NOTED("device_model_version", STRING, NO_DM),
	NOTED("device_model_override", STRING, NO_DM),
	NOTED("device_model_stubdomain_override", BOOL, NO_DM),
	NOTED("device_model_stubdomain_seclabel", STRING, NO_DM),
	NOTED("stubdomain_kernel", STRING, NO_DM),
	NOTED("stubdomain_ramdisk", STRING, NO_DM),
	NOTED("stubdomain_cmdline", STRING, NO_DM),
	NOTED("stubdomain_memory", INT, NO_DM),
	NOTED("device_model_args", ANY, NO_DM),
	NOTED("device_model_args_hvm", ANY, NO_DM),
	NOTED("device_model_user", STRING, NO_DM),
	NOTED("dm_restrict", BOOL, NO_DM),
	NOTED("vfb", LIST, NO_SCREEN),
	NOTED("vkb", LIST, NO_SCREEN),
	NOTED("vkb_device", BOOL, NO_SCREEN),
	NOTED("vnc", BOOL, NO_SCREEN),
	NOTED("vncdisplay", INT, NO_SCREEN),
	NOTED("vnclisten", STRING, NO_SCREEN),
	NOTED("vncpasswd", STRING, NO_SCREEN),
	NOTED("vncunused", BOOL, NO_SCREEN),
	NOTED("vncviewer", BOOL, NO_SCREEN),
	NOTED("sdl", BOOL, NO_SCREEN),
	NOTED("opengl", BOOL, NO_SCREEN),
	NOTED("display", STRING, NO_SCREEN),
	NOTED("xauthority", STRING, NO_SCREEN),
	NOTED("nographic", BOOL, NO_SCREEN),
	NOTED("stdvga", BOOL, NO_SCREEN),
	NOTED("vga", STRING, NO_SCREEN),
	NOTED("videoram", INT, NO_SCREEN),
	NOTED("keymap", STRING, NO_SCREEN),
	NOTED("keyboard", STRING, NO_SCREEN),
	NOTED("spice", BOOL, NO_SCREEN),
	NOTED("spicehost", STRING, NO_SCREEN),
	NOTED("spiceport", INT, NO_SCREEN),
	NOTED("spicetls_port", INT, NO_SCREEN),
	NOTED("spicedisable_ticketing", BOOL, NO_SCREEN),
	NOTED("spicepasswd", STRING, NO_SCREEN),
	NOTED("spiceagent_mouse", BOOL, NO_SCREEN),
	NOTED("spicevdagent", BOOL, NO_SCREEN),
	NOTED("spice_clipboard_sharing", BOOL, NO_SCREEN),
	NOTED("spiceusbredirection", INT, NO_SCREEN),
	NOTED("spice_image_compression", STRING, NO_SCREEN),
	NOTED("spice_streaming_video", STRING, NO_SCREEN),
	NOTED("boot", STRING, NO_HVM),
	NOTED("loader", STRING, NO_HVM),
	NOTED("firmware", STRING, NO_HVM),
	NOTED("firmware_override", STRING, NO_HVM),
	NOTED("bios", STRING, NO_HVM),
	NOTED("bios_path_override", STRING, NO_HVM),
	NOTED("acpi_firmware", STRING, NO_HVM),
	NOTED("smbios_firmware", STRING, NO_HVM),
	NOTED("smbios", LIST, NO_HVM),
	NOTED("ms_vm_genid", STRING, NO_HVM),
	NOTED("usb", BOOL, NO_HVM),
	NOTED("usbversion", INT, NO_HVM),
	NOTED("usbdevice", ANY, NO_HVM),
	NOTED("soundhw", STRING, NO_HVM),
	NOTED("isa", BOOL, NO_HVM),
	NOTED("fda", STRING, NO_HVM),
	NOTED("fdb", STRING, NO_HVM),
	NOTED("serial", ANY, NO_HVM),
	NOTED("parallel", ANY, NO_HVM),
	NOTED("monitor", BOOL, NO_HVM),
	NOTED("pae", BOOL, NO_HVM),
	NOTED("acpi", BOOL, NO_HVM),
	NOTED("acpi_s3", BOOL, NO_HVM),
	NOTED("acpi_s4", BOOL, NO_HVM),
	NOTED("acpi_laptop_slate", BOOL, NO_HVM),
	NOTED("apic", BOOL, NO_HVM),
	NOTED("nx", BOOL, NO_HVM),
	NOTED("hpet", BOOL, NO_HVM),
	NOTED("hap", BOOL, NO_HVM),
	NOTED("oos", BOOL, NO_HVM),
	NOTED("shadow_memory", INT, NO_HVM),
	NOTED("timer_mode", ANY, NO_HVM),
	NOTED("viridian", ANY, NO_HVM),
	NOTED("vhpt", INT, NO_HVM),
	NOTED("guest_os_type", STRING, NO_HVM),
	NOTED("vpt_align", BOOL, NO_HVM),
	NOTED("hdtype", STRING, NO_HVM),
	NOTED("nestedhvm", BOOL, NO_HVM),
	NOTED("altp2m", ANY, NO_HVM),
	NOTED("altp2mhvm", BOOL, NO_HVM),
	NOTED("xen_platform_pci", BOOL, NO_HVM),
	NOTED("vendor_device", STRING, NO_HVM),
	NOTED("s3_integrity", BOOL, NO_HVM),
	NOTED("memory_sharing", BOOL, NO_HVM),
	NOTED("actmem", INT, NO_HVM),
	NOTED("target", INT, NO_HVM),
	NOTED("rdm", STRING, NO_HVM),
	NOTED("rdm_mem_boundary", INT, NO_HVM),
	NOTED("gic_version", STRING, "it belongs to ARM"),
	NOTED("vuart", STRING, "it belongs to ARM"),
	NOTED("tee", STRING, "it belongs to ARM"),
	NOTED("device_tree", STRING, "it belongs to ARM"),

	/* what it would be wrong to ignore */
	REFUSED("bootloader", STRING,
		"no boot loader is built in: give kernel= and ramdisk="),
	REFUSED("bootargs", ANY, "no boot loader is built in: give extra="),
	ALIAS("bootloader_args", "bootargs"),
	REFUSED("bootentry", STRING,
		"no boot loader is built in: give kernel="),
	REFUSED("pvh", BOOL, "PVH guests are not built in"),
	REFUSED("pvshim", BOOL, "PVH guests are not built in"),
	REFUSED("pvshim_path", STRING, "PVH guests are not built in"),
	REFUSED("pvshim_cmdline", STRING, "PVH guests are not built in"),
	REFUSED("pvshim_extra", STRING, "PVH guests are not built in"),
	REFUSED("pci", LIST, NO_PCI),
	REFUSED("pci_msitranslate", BOOL, NO_PCI),
	REFUSED("pci_power_mgmt", BOOL, NO_PCI),
	REFUSED("pci_permissive", BOOL, NO_PCI),
	REFUSED("pci_seize", BOOL, NO_PCI),
	REFUSED("gfx_passthru", ANY, NO_PCI),
	REFUSED("passthrough", ANY, NO_PCI),
	REFUSED("dtdev", LIST, NO_HW),
	REFUSED("ioports", LIST, NO_HW),
	REFUSED("iomem", LIST, NO_HW),
	REFUSED("irq", LIST, NO_HW),
	ALIAS("irqs", "irq"),
	REFUSED("vscsi", LIST,
		"virtual SCSI is not built in: give the disk in disk="),
	REFUSED("usbctrl", LIST, "virtual USB is not built in"),
	REFUSED("usbdev", LIST, "virtual USB is not built in"),
	REFUSED("vusb", LIST, "virtual USB is not built in"),
	REFUSED("vtpm", LIST, NO_TPM),
	REFUSED("tpmif", BOOL, NO_TPM),
	REFUSED("p9", LIST, "sharing folders by 9pfs is not built in"),
	REFUSED("pvcalls", LIST, "pvcalls is not built in"),
	REFUSED("vdispl", LIST, "virtual displays are not built in"),
	REFUSED("vsnd", LIST, "virtual sound is not built in"),
	REFUSED("channel", LIST,
		"channels are not built in: the guest has its console"),
	REFUSED("vnuma", LIST, "virtual NUMA is not built in"),
};

const struct key *key_at(size_t i)
{
	return i < sizeof(keys) / sizeof(*keys) ? &keys[i] : NULL;
}

const char *key_name(size_t i)
{
	const struct key *key = key_at(i);

	return key ? key->name : NULL;
}

const struct key *key_find(const char *name)
{
	const struct key *key;
	size_t i;

	for (i = 0; (key = key_at(i)); i++) {
		if (!strcmp(key->name, name))
			return key;
	}
	return NULL;
}
