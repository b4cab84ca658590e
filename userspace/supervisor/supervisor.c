// SPDX-License-Identifier: GPL-2.0-only
/* The supervisor of guests; see supervisor.h. */
#include "supervisor/supervisor.h"
#include "supervisor/policy.h"
#include "supervisor/restart.h"
#include "supervisor/rewire.h"
#include "build/guest.h"
#include "device/device.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_FILE    GUEST_RUN_DIR "/supervisor"
#define CRASH_LOOP_S 2 /* a guest that crashes sooner is not restarted */

/*
 * A domain that died is listed until others have let go of its pages. xenstored
 * tells of its death, and nobody of its end: the supervisor looks again. It
 * does so once in any case: when xenconsoled had been about to serve the
 * console of one that is gone, it writes the terminal's name where that was.
 */
#define LINGER_FIRST_MS 100
#define LINGER_MOST_MS	5000
#define ONCE_MORE_MS	1000

extern char **environ;
static volatile sig_atomic_t stop;
static int look_again_ms = -1; /* -1: no need to */

/* The lock that a running supervisor holds, or -errno. */
static int take_lock(void)
{
	int fd;

	mkdir("/run/xen", 0755);
	mkdir(GUEST_RUN_DIR, 0700);
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -EBUSY;
}

int supervisor_pid(void)
{
	char text[16] = "";
	int fd = open(LOCK_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool runs;

	if (fd < 0)
		return 0;
	runs = flock(fd, LOCK_SH | LOCK_NB) != 0;
	if (runs && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return runs ? atoi(text) : 0;
}

void supervisor_ensure(void)
{
	static char *const argv[] = { (char *)"xend", (char *)"xend", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int fd = take_lock(), i;
	pid_t pid;

	if (fd < 0)
		return;
	close(fd);
	posix_spawn_file_actions_init(&files);
	for (i = 0; i < 3; i++)
		posix_spawn_file_actions_addopen(&files, i, "/dev/null", O_RDWR,
						 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	if (posix_spawn(&pid, "/proc/self/exe", &files, &attributes, argv,
			environ))
		log_warn("cannot start the supervisor: guests are not "
			 "restarted");
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
}

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

/* It started and crashed at once: again would only be the same. */
static bool crashes_at_once(const domain_info_t *info, int code)
{
	char uuid[DOMAIN_UUID_LEN];
	long start;

	if (code != SHUTDOWN_crash)
		return false;
	domain_uuid_text(info->handle, uuid);
	if (store_read_number(STORE_NOW, 0, INT64_MAX, &start,
			      "/vm/%s/start_seconds", uuid))
		return false;
	return time(NULL) - start < CRASH_LOOP_S;
}

static void preserve(uint32_t domid)
{
	char path[64];

	snprintf(path, sizeof(path), GUEST_TOOL_PATH "/%u/preserved", domid);
	store_write(STORE_NOW, path, "1");
	log_action("domain %u: preserved", domid);
}

static void shut_down(const domain_info_t *info, int code)
{
	uint32_t domid = info->domain;
	enum policy policy;

	if (store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/preserved", domid))
		return;
	policy = policy_of(domid, code);
	log_action("domain %u: has shut down, reason %d", domid, code);
	if ((policy == POLICY_RESTART || policy == POLICY_RENAME_RESTART) &&
	    crashes_at_once(info, code)) {
		log_action("domain %u: crashed within %d s, not restarted",
			   domid, CRASH_LOOP_S);
		policy = POLICY_DESTROY;
	}
	switch (policy) {
	case POLICY_DESTROY:
		guest_destroy(domid);
		break;
	case POLICY_RESTART:
		restart_guest(domid);
		break;
	case POLICY_RENAME_RESTART:
		restart_renamed(domid);
		break;
	case POLICY_PRESERVE:
		preserve(domid);
		break;
	}
}

static bool is_ours(uint32_t domid)
{
	return store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/uuid", domid);
}

static bool listed(const domain_info_t *infos, int count, uint32_t domid)
{
	int i;

	for (i = 0; i < count; i++)
		if (infos[i].domain == domid)
			return true;
	return false;
}

static bool uuid_listed(const domain_info_t *infos, int count, const char *uuid)
{
	xen_domain_handle_t handle;
	int i;

	if (!domain_uuid_parse(uuid, handle))
		return false;
	for (i = 0; i < count; i++)
		if (!memcmp(infos[i].handle, handle, sizeof(handle)))
			return true;
	return false;
}

/*
 * Records of domains that are no more: @names, which were read before the
 * domains, so that one that is made meanwhile is not taken for gone.
 */
static void forget_gone(char **names, unsigned int nr,
			const domain_info_t *infos, int count)
{
	unsigned long domid;
	char *end, *uuid;
	unsigned int i;

	for (i = 0; names && i < nr; i++) {
		domid = strtoul(names[i], &end, 10);
		if (end == names[i] || *end || listed(infos, count, domid))
			continue;
		uuid = store_read(STORE_NOW, GUEST_TOOL_PATH "/%lu/uuid",
				  domid);
		log_action("domain %lu: is gone", domid);
		device_remove_all(domid, log_now_ms() + DEVICE_DEADLINE_MS);
		/* The guest may live on as another domain. */
		guest_forget(domid, uuid && !uuid_listed(infos, count, uuid) ?
					    uuid :
					    NULL);
		free(uuid);
	}
}

/*
 * What others wrote of domains that had gone. @ids were listed before @infos: a
 * domain is there before its path is.
 */
static void remove_left(char **ids, unsigned int nr, const domain_info_t *infos,
			int count)
{
	unsigned long domid;
	unsigned int i;
	char *end;

	for (i = 0; ids && i < nr; i++) {
		domid = strtoul(ids[i], &end, 10);
		if (end == ids[i] || *end || listed(infos, count, domid))
			continue;
		log_action("domain %lu: what was left of it is removed", domid);
		store_remove(STORE_NOW, "/local/domain/%lu", domid);
	}
}

/* When to look again, if that has to be: later each time. */
static void set_look_again(bool lingers, bool once_more)
{
	if (!lingers)
		look_again_ms = once_more ? ONCE_MORE_MS : -1;
	else if (look_again_ms < 0)
		look_again_ms = LINGER_FIRST_MS;
	else if (look_again_ms < LINGER_MOST_MS / 2)
		look_again_ms *= 2;
	else
		look_again_ms = LINGER_MOST_MS;
}

/* Everything that is to be done now. @once_more: it may be too early. */
static void scan(bool once_more)
{
	unsigned int nr = 0, nr_left = 0;
	char **names, **left;
	bool lingers = false;
	domain_info_t *infos;
	int i, code, count;

	guest_sweep();
	restart_unfinished();
	names = store_list(STORE_NOW, &nr, GUEST_TOOL_PATH);
	left = store_list(STORE_NOW, &nr_left, "/local/domain");
	count = domain_infos(&infos);
	if (count >= 0) {
		forget_gone(names, nr, infos, count);
		remove_left(left, nr_left, infos, count);
	}
	free(names);
	free(left);
	if (count < 0)
		return;
	for (i = 0; i < count; i++) {
		lingers |= !!(infos[i].flags & XEN_DOMINF_dying);
		code = domain_shutdown_code(infos + i);
		if (store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/destroying",
				 infos[i].domain)) {
			guest_destroy(infos[i].domain);
			continue;
		}
		if (code < 0 || infos[i].flags & XEN_DOMINF_dying ||
		    !is_ours(infos[i].domain))
			continue;
		shut_down(infos + i, code);
	}
	set_look_again(lingers, once_more);
	free(infos);
}

/*
 * Events come in bunches: one scan answers all that are there, but those of
 * devices, which are about themselves.
 */
static bool drain(void)
{
	char *event, *token;
	bool any = false;

	while ((event = store_wait(0, &token))) {
		if (token && !strcmp(token, REWIRE_TOKEN))
			rewire_event(event);
		else
			any = true;
		free(event);
		free(token);
	}
	return any;
}

/*
 * What waits for a device keeps the events of others: after anything that may
 * have waited, they have to be looked for before one sleeps.
 */
static void settle(void)
{
	while (drain())
		scan(true);
}

/* Sleeps until something has happened; @creators: guest_watch_creators(). */
static bool work(int creators)
{
	struct pollfd fds[2] = { { .fd = store_fd(), .events = POLLIN },
				 { .fd = creators, .events = POLLIN } };
	char events[1024];
	int ready;

	ready = poll(fds, 2, look_again_ms);
	if (ready < 0)
		return errno == EINTR;
	if (ready == 0) {
		scan(false);
		settle();
		return true;
	}
	if (look_again_ms > LINGER_FIRST_MS)
		look_again_ms = LINGER_FIRST_MS;
	if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		return false;
	while (creators >= 0 && read(creators, events, sizeof(events)) > 0)
		;
	if (drain())
		scan(true);
	else
		guest_sweep();
	settle();
	return true;
}

int supervisor_run(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	int fd, length, creators;
	char pid[16];

	fd = take_lock();
	if (fd == -EBUSY)
		return 0; /* one is enough */
	if (fd < 0 || hypercall_open())
		return 1;
	/* It has nobody who waits, and is to outlive a xenstored that rests. */
	store_be_patient();
	if (store_open())
		return 1;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, pid, length, 0) != length)
		log_action("supervisor: cannot write " LOCK_FILE);
	if (store_watch("@releaseDomain", "release") ||
	    store_watch(GUEST_TOOL_PATH "/rescan", "rescan") || rewire_watch())
		return 1;
	log_action("supervisor: started");
	creators = guest_watch_creators();
	guest_sweep();
	settle();
	while (!stop && work(creators))
		;
	log_action("supervisor: ends");
	return 0;
}
