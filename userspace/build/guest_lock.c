// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks of the tools, and cleaning up after creators that died. Locks are
 * flock()s: the kernel drops them with the process, whatever ends it. All of it
 * is in /run, which a reboot of the host empties, as it does the domains.
 */
#include "build/guest.h"
#include "device/device.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUILDING_DIR	 GUEST_RUN_DIR "/building"
#define LOCK_FILE	 GUEST_RUN_DIR "/lock"
#define MEMORY_LOCK_FILE GUEST_RUN_DIR "/memory"
/* When a holder is looked at, and when one that is not stopped hangs. */
#define LOOK_MS 3000
#define HANG_MS 30000

static void make_dirs(void)
{
	mkdir("/run/xen", 0755);
	mkdir(GUEST_RUN_DIR, 0700);
	mkdir(BUILDING_DIR, 0700);
}

static int lock_open(const char *path)
{
	int fd;

	make_dirs();
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : fd;
}

static void say_held(const char *path, int pid, int64_t since_ms)
{
	char name[PROCESS_NAME_MAX];

	process_name(pid, name);
	log_error("process %d (%s) has held %s for %d s%s", pid, name, path,
		  (int)((log_now_ms() - since_ms) / 1000),
		  process_stopped(pid) ? ": it is stopped" : "");
	log_hint("let it go on (kill -CONT %d), or end it: what it has begun "
		 "is undone",
		 pid);
}

enum hold {
	HOLD_SHORT, /* for moments: who keeps it longer hangs */
	HOLD_LONG, /* as long as its holder is not stopped */
};

/* The lock on @path is another's: is waiting of use? Says why not. */
static bool is_worth_waiting(const char *path, enum hold hold, int64_t since_ms)
{
	int pid = process_holds(path);

	/* it has just been let go of */
	if (pid < 0)
		return true;
	if (!process_stopped(pid) &&
	    (hold == HOLD_LONG || log_now_ms() < since_ms + HANG_MS))
		return true;
	say_held(path, pid, since_ms);
	return false;
}

/* Wait for the lock on @path: its descriptor, or -errno. */
static int lock_wait(const char *path, enum hold hold)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int64_t since = log_now_ms(), look = since + LOOK_MS;
	int fd = lock_open(path), err = 0;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			err = -errno;
		else if (log_now_ms() < look)
			nanosleep(&pause, NULL);
		else if (is_worth_waiting(path, hold, since))
			look = log_now_ms() + LOOK_MS;
		else
			err = -ETIMEDOUT;
		if (!err)
			continue;
		close(fd);
		return err;
	}
	return fd;
}

int guest_lock_all(void)
{
	return lock_wait(LOCK_FILE, HOLD_SHORT);
}

int guest_lock_memory(void)
{
	return lock_wait(MEMORY_LOCK_FILE, HOLD_LONG);
}

void guest_unlock_all(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int lock_file(struct guest_lock *lock, const char *uuid, int flags)
{
	make_dirs();
	snprintf(lock->path, sizeof(lock->path), BUILDING_DIR "/%s", uuid);
	lock->fd =
		open(lock->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	if (lock->fd < 0)
		return -errno;
	if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	close(lock->fd);
	lock->fd = -1;
	return -EEXIST;
}

int guest_lock_new(struct guest_lock *lock, const char *uuid)
{
	return lock_file(lock, uuid, O_CREAT);
}

void guest_lock_done(struct guest_lock *lock)
{
	if (lock->fd < 0)
		return;
	unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
}

bool guest_is_building(const char *uuid)
{
	char path[sizeof(BUILDING_DIR) + DOMAIN_UUID_LEN];

	snprintf(path, sizeof(path), BUILDING_DIR "/%s", uuid);
	return access(path, F_OK) == 0;
}

/* The half-built domain of that UUID goes, if there is one. */
static void undo(const char *uuid)
{
	xen_domain_handle_t handle;
	domain_info_t *infos;
	int i, count;

	if (!domain_uuid_parse(uuid, handle))
		return;
	count = domain_infos(&infos);
	for (i = 0; i < count; i++) {
		if (memcmp(infos[i].handle, handle, sizeof(handle)))
			continue;
		log_action("domain %u: its creator died, destroying it",
			   infos[i].domain);
		guest_destroy(infos[i].domain);
	}
	if (count >= 0)
		free(infos);
}

static void sweep_one(const char *uuid)
{
	struct guest_lock lock;
	struct stat st;

	if (lock_file(&lock, uuid, 0))
		return; /* its owner is at work, or has just finished */
	/* The owner may have finished between our open() and our lock. */
	if (fstat(lock.fd, &st) == 0 && st.st_nlink > 0)
		undo(uuid);
	guest_lock_done(&lock);
}

void guest_sweep(void)
{
	DIR *dir = opendir(BUILDING_DIR);
	struct dirent *file;

	if (!dir)
		return;
	while ((file = readdir(dir)))
		if (strlen(file->d_name) == DOMAIN_UUID_LEN - 1)
			sweep_one(file->d_name);
	closedir(dir);
}

int guest_watch_creators(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return -errno;
	make_dirs();
	/* A lock is open for writing until its creator ends, in any way. */
	if (inotify_add_watch(fd, BUILDING_DIR, IN_CLOSE_WRITE) >= 0)
		return fd;
	close(fd);
	return -errno;
}
