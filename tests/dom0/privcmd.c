// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks privcmd everything it can be asked, kindly and not, in dom0.
 *
 * usage: privcmd [STORY...]
 *
 * Makes a domain that never runs, so that there are frames to map, and takes
 * it away in the end: that works only when nothing holds a frame of it any
 * more. Prints "ok NAME" or "not ok NAME" for each story and, as its verdict,
 * "done" as the last line; without that line it broke.
 */
#include "privcmd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/domctl.h>
#include <xen/memory.h>

int privcmd_fd, buf_fd;
domid_t test_dom;
uint64_t frames[NR_FRAMES];

static int failed;
static struct xen_domctl *domctl;

void say_failed(const char *file, int line, const char *what, long got,
		long wanted)
{
	printf("# %s:%d: %s is %ld, not %ld\n", file, line, what, got, wanted);
	fflush(stdout);
	failed++;
}

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

int open_privcmd(void)
{
	int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/xen/privcmd");
	return fd;
}

void *hcall_mem(size_t pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       buf_fd, 0);

	if (p == MAP_FAILED)
		die("memory for hypercalls");
	return p;
}

long ctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

long hcall(uint64_t op, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
	   uint64_t e)
{
	privcmd_hypercall_t call = { op, { a, b, c, d, e } };

	return ctl(privcmd_fd, IOCTL_PRIVCMD_HYPERCALL, &call);
}

void *area(size_t pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       privcmd_fd, 0);

	if (p == MAP_FAILED)
		die("an area of privcmd");
	return p;
}

long map_v2(int fd, void *at, domid_t dom, const uint64_t *mfn, int *errs,
	    unsigned int nr)
{
	privcmd_mmapbatch_v2_t m = {
		.num = nr,
		.dom = dom,
		.addr = (uintptr_t)at,
		.arr = mfn,
		.err = errs,
	};

	return ctl(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &m);
}

long counter(const char *name)
{
	char path[128];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/misc/xen!privcmd/%s", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

int start_child(void (*fn)(void *), void *arg)
{
	int pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		failed = 0;
		fn(arg);
		fflush(stdout);
		_exit(failed ? 1 : 0);
	}
	return pid;
}

int child(void (*fn)(void *), void *arg)
{
	int status, pid = start_child(fn, arg);

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void touch(void *p)
{
	(void)*(volatile char *)p;
}

static sigjmp_buf back;

static void jump_back(int sig)
{
	siglongjmp(back, sig);
}

int signal_of(void *p)
{
	int sig;

	signal(SIGBUS, jump_back);
	signal(SIGSEGV, jump_back);
	sig = sigsetjmp(back, 1);
	if (!sig)
		touch(p);
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	return sig;
}

static long domctl_call(uint32_t cmd)
{
	domctl->cmd = cmd;
	domctl->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	domctl->domain = test_dom;
	return hcall(__HYPERVISOR_domctl, (uintptr_t)domctl, 0, 0, 0, 0);
}

static void populate(void)
{
	struct xen_memory_reservation *r = hcall_mem(1);
	uint64_t *list = hcall_mem(NR_FRAMES * 8 / PAGE + 1);
	unsigned int i;
	long n;

	for (i = 0; i < NR_FRAMES; i++)
		list[i] = i;
	set_xen_guest_handle(r->extent_start, list);
	r->nr_extents = NR_FRAMES;
	r->domid = test_dom;
	n = hcall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uintptr_t)r,
		  0, 0, 0);
	if (n != NR_FRAMES) {
		errno = n < 0 ? -n : ENOMEM;
		die("memory of the test domain");
	}
	memcpy(frames, list, sizeof(frames));
}

static void make_domain(void)
{
	struct xen_domctl_createdomain *c;
	long err;

	domctl = hcall_mem(1);
	c = &domctl->u.createdomain;
	c->handle[0] = 0x77;
	c->max_vcpus = 1;
	c->max_evtchn_port = 63;
	c->max_grant_frames = 4;
	c->max_maptrack_frames = 4;
	c->grant_opts = XEN_DOMCTL_GRANT_version(2);
	test_dom = 0;
	err = domctl_call(XEN_DOMCTL_createdomain);
	if (err) {
		errno = -err;
		die("createdomain");
	}
	test_dom = domctl->domain;
	memset(domctl, 0, sizeof(*domctl));
	domctl->u.max_mem.max_memkb = NR_FRAMES * 4 + 4096;
	err = domctl_call(XEN_DOMCTL_max_mem);
	if (err) {
		errno = -err;
		die("max_mem");
	}
	populate();
}

/* Gone for good: nobody has a frame of it mapped, nobody refers to it. */
static void story_domain_goes(void)
{
	struct timespec nap = { .tv_nsec = 20000000 };
	int tries = 500;
	long err;

	memset(domctl, 0, sizeof(*domctl));
	CHECK_EQ(domctl_call(XEN_DOMCTL_destroydomain), 0);
	/* It answers for the next domain when this one is not there. */
	while (tries--) {
		memset(domctl, 0, sizeof(*domctl));
		err = domctl_call(XEN_DOMCTL_getdomaininfo);
		if (err || domctl->domain != test_dom)
			return;
		nanosleep(&nap, NULL);
	}
	CHECK(!"the domain is still there after ten seconds");
}

static const struct {
	const char *name;
	void (*run)(void);
} stories[] = {
	{ "ioctls", story_ioctls },
	{ "hypercall", story_hypercall },
	{ "buffers", story_buffers },
	{ "dm_op", story_dm_op },
	{ "batch", story_batch },
	{ "errors", story_errors },
	{ "v1", story_v1 },
	{ "ranges", story_ranges },
	{ "places", story_places },
	{ "vma", story_vma },
	{ "resource", story_resource },
	{ "restrict", story_restrict },
	{ "killed", story_killed },
	{ "races", story_races },
	{ "leaks", story_leaks },
	{ "domain-goes", story_domain_goes },
};

static bool is_wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	size_t i;

	privcmd_fd = open_privcmd();
	buf_fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	if (buf_fd < 0)
		die("/dev/xen/hypercall");
	make_domain();
	for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		failed = 0;
		/* the first writes the frames, the last removes the domain */
		if (!is_wanted(stories[i].name, argc, argv) &&
		    stories[i].run != story_batch &&
		    stories[i].run != story_domain_goes)
			continue;
		stories[i].run();
		printf("%s %s\n", failed ? "not ok" : "ok", stories[i].name);
		fflush(stdout);
	}
	printf("done\n");
	return 0;
}
