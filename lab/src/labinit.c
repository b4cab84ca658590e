// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's first process, started by the kernel from the initramfs.
 *
 * It is one static program because a fork costs milliseconds in a paravirtual
 * guest under emulation, and because it must answer the host even when little
 * else of the machine works:
 *
 *   mount /proc /sys /dev -> load the modules -> open the channel, say HELLO
 *   -> mount the root disk and move there -> run boot.sh -> say READY
 *   -> answer commands for ever
 *
 * Whatever fails is said on the console and handed to the host with READY;
 * without a root disk commands run in the initramfs, which has a busybox.
 */
#define _GNU_SOURCE
#include "labinit.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "proto.h"

#define LAB_DIR	       "/run/lab"
#define DEVICE_WAIT_MS 5000
#define BOOT_SCRIPT_S  120

static char problems[1024];

void say(int err, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (err && n >= 0 && (size_t)n < sizeof(line))
		snprintf(line + n, sizeof(line) - n, ": %s", strerror(err));
	dprintf(STDERR_FILENO, "lab: %s\n", line);
}

static void problem(const char *what, int err)
{
	size_t used = strlen(problems);

	say(err, "%s", what);
	snprintf(problems + used, sizeof(problems) - used, "%s%s",
		 used ? "; " : "", what);
}

static void mount_one(const char *type, const char *dir, unsigned long flags,
		      const char *opts)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, flags, opts))
		say(errno, "cannot mount %s", dir);
}

static void mount_kernel_dirs(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	size_t i;
	int fd;

	mount_one("devtmpfs", "/dev", MS_NOSUID, NULL);
	mount_one("proc", "/proc", 0, NULL);
	mount_one("sysfs", "/sys", 0, NULL);
	mount_one("devpts", "/dev/pts", 0, "ptmxmode=666,mode=620,gid=5");
	mount_one("tmpfs", "/dev/shm", 0, NULL);
	mount_one("tmpfs", "/run", MS_NOSUID, "mode=755");
	/* Scripts of a distribution take these for granted; udev makes them. */
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			say(errno, "cannot link %s", links[i][1]);

	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
}

/* modules.order names one file per line, in an order that can be loaded. */
static void load_modules(void)
{
	FILE *order = fopen("/lab/modules.order", "re");
	char name[128], path[192];

	if (!order)
		return;
	while (fscanf(order, "%127s", name) == 1) {
		int fd;

		snprintf(path, sizeof(path), "/lab/modules/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 ||
		    (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			say(errno, "cannot load %s", name);
		if (fd >= 0)
			close(fd);
	}
	fclose(order);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Call found(arg) until it says yes, each time something appears in /dev,
 * for at most DEVICE_WAIT_MS.
 */
static bool wait_in_dev(bool (*found)(void *), void *arg)
{
	long end = now_ms() + DEVICE_WAIT_MS;
	char events[4096] __attribute__((aligned(8)));
	struct pollfd p = { .events = POLLIN };
	bool ok;

	p.fd = inotify_init1(IN_CLOEXEC);
	if (p.fd < 0 || inotify_add_watch(p.fd, "/dev", IN_CREATE) < 0)
		say(errno, "cannot watch /dev");
	while (!(ok = found(arg))) {
		long left = end - now_ms();

		if (left <= 0 || poll(&p, 1, left) <= 0)
			break;
		if (read(p.fd, events, sizeof(events)) < 0)
			break;
	}
	close(p.fd);
	return ok;
}

static bool is_our_port(const char *dev)
{
	char path[320], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", dev);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%63s", name) != 1)
		name[0] = '\0';
	fclose(f);
	return !strcmp(name, LAB_PORT_NAME);
}

/* arg: where the open descriptor goes */
static bool port_opens(void *arg)
{
	DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *e;
	char path[300];
	int fd = -1;

	if (!ports)
		return false;
	while (fd < 0 && (e = readdir(ports))) {
		if (!is_our_port(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	closedir(ports);
	*(int *)arg = fd;
	return fd >= 0;
}

static bool path_exists(void *arg)
{
	return !access(arg, F_OK);
}

/* The value of root= on the kernel's command line; false: there is none. */
static bool root_device(char *dev, size_t size)
{
	char line[4096] = "", *save, *word;
	bool found = false;
	FILE *f = fopen("/proc/cmdline", "re");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	for (word = strtok_r(line, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save)) {
		if (strncmp(word, "root=", 5))
			continue;
		snprintf(dev, size, "%s", word + 5);
		found = true;
	}
	return found;
}

/* Make the disk the root, keeping the mounted /dev, /proc, /sys and /run. */
static int move_to_root(const char *dev)
{
	static const char *const dirs[] = { "dev", "proc", "sys", "run" };
	char path[32];
	size_t i;

	mkdir("/root.new", 0755);
	if (mount(dev, "/root.new", "ext4", MS_NOATIME, NULL))
		return -1;
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		char old[16];

		snprintf(old, sizeof(old), "/%s", dirs[i]);
		snprintf(path, sizeof(path), "/root.new/%s", dirs[i]);
		if (mount(old, path, NULL, MS_MOVE, NULL))
			return -1;
	}
	if (chdir("/root.new") || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		return -1;
	return 0;
}

/*
 * The lab's own files live in the initramfs; keep them reachable after the
 * move.  A bind mount would do, but rootfs cannot be bound once it is hidden.
 */
static void keep_lab_files(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/busybox", "cp", "-a", "/lab", LAB_DIR, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		say(errno, "cannot copy the lab's files");
}

static void enter_root(void)
{
	char dev[64];

	if (!root_device(dev, sizeof(dev))) {
		problem("no root= on the kernel's command line", 0);
		return;
	}
	if (!wait_in_dev(path_exists, dev))
		problem("the root disk did not appear", 0);
	else if (move_to_root(dev))
		problem("cannot use the root disk", errno);
}

/* boot.sh starts the services; a hung one must not keep the host out. */
static void run_boot_script(void)
{
	sigset_t chld;
	siginfo_t info;
	struct timespec limit = { .tv_sec = BOOT_SCRIPT_S };
	long end = now_ms() + BOOT_SCRIPT_S * 1000L;
	int status = -1;
	pid_t pid, done;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_UNBLOCK, &chld, NULL);
		setsid();
		execl("/bin/bash", "bash", LAB_DIR "/boot.sh", NULL);
		execl("/bin/busybox", "sh", LAB_DIR "/boot.sh", NULL);
		_exit(127);
	}
	do {
		while ((done = waitpid(-1, &status, WNOHANG)) > 0)
			if (done == pid)
				break;
		if (done == pid)
			break;
		limit.tv_sec = (end - now_ms()) / 1000;
	} while (limit.tv_sec > 0 && sigtimedwait(&chld, &info, &limit) > 0);

	if (done != pid)
		problem("boot.sh did not end", 0);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		problem("boot.sh could not run", 0);
}

/* boot.sh leaves one line per thing that did not come up. */
static void collect_problems(void)
{
	FILE *f = fopen(LAB_DIR "/problems", "re");
	char line[200];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		problem(line, 0);
	}
	if (f)
		fclose(f);
}

static void set_environment(void)
{
	setenv("PATH",
	       "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	       1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("SHELL", "/bin/bash", 1);
	setenv("LANG", "C.UTF-8", 1);
	/* nobody runs udev here; LVM would wait for it */
	setenv("DM_DISABLE_UDEV", "1", 1);
}

int main(void)
{
	int port = -1;

	set_environment();
	mount_kernel_dirs();
	load_modules();
	if (!wait_in_dev(port_opens, &port))
		say(0, "no command channel");
	else
		frame_send(port, LAB_HELLO, NULL, 0, NULL, 0);
	keep_lab_files();
	enter_root();
	run_boot_script();
	collect_problems();
	say(0, "dom0 is up%s%s", problems[0] ? ", without: " : "", problems);
	serve(port, problems);
}
