// SPDX-License-Identifier: GPL-2.0-only
/* Start a hotplug script, wait for its end, read what it reports. */
#include "device/script.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/store.h"

#define MAX_WORDS 16

/* The file of a script whose name has @length bytes. */
static void file_of(const char *name, size_t length, char path[SCRIPT_PATH_MAX])
{
	bool whole = name[0] == '/';

	snprintf(path, SCRIPT_PATH_MAX, "%s%s%.*s", whole ? "" : SCRIPT_DIR,
		 whole ? "" : "/", (int)length, name);
}

int script_check(const char *script, char path[SCRIPT_PATH_MAX])
{
	script += strspn(script, " ");
	file_of(script, strcspn(script, " "), path);
	return access(path, X_OK) ? -errno : 0;
}

static void run_child(const struct device_id *id, char *script,
		      const char *action, const char *argument,
		      const char *name)
{
	char path[STORE_PATH_MAX], file[SCRIPT_PATH_MAX];
	char *words[MAX_WORDS + 3], *save = NULL, *word;
	int n = 0, m;

	/* What it starts ends with it, and it with us. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	device_back_path(id, path);
	setenv("XENBUS_PATH", path + strlen("/local/domain/0/"), 1);
	setenv("XENBUS_TYPE", id->class, 1);
	setenv("XENBUS_BASE_PATH", "backend", 1);
	setenv("vif", name, 1);
	for (word = strtok_r(script, " ", &save); word && n < MAX_WORDS;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	if (!n)
		_exit(127);
	file_of(words[0], strlen(words[0]), file);
	words[0] = file;
	setenv("script", file, 1);
	/* arguments of the configuration come behind ours */
	for (m = n; m > 1; m--)
		words[m + 1] = words[m - 1];
	words[1] = (char *)action;
	words[2] = (char *)argument;
	words[n + 2] = NULL;
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execv(file, words);
	fprintf(stderr, "Error: %s: %s\n", file, strerror(errno));
	_exit(127);
}

static bool ends_by(struct pollfd *fd, int64_t deadline_ms)
{
	int64_t left;
	int n;

	do {
		left = deadline_ms - log_now_ms();
		n = poll(fd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n != 0;
}

/* The end of the child, at the deadline by force. */
static int wait_child(pid_t child, const char *script, int64_t deadline_ms)
{
	int64_t notice = log_now_ms() + SCRIPT_NOTICE_MS;
	struct pollfd fd = { .events = POLLIN };
	bool ended;
	int status;

	fd.fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (notice < deadline_ms && !ends_by(&fd, notice))
		log_warn("%s still runs: it is waited for %d s at most", script,
			 SCRIPT_DEADLINE_MS / 1000);
	ended = ends_by(&fd, deadline_ms);
	if (!ended && kill(-child, SIGKILL))
		kill(child, SIGKILL);
	if (fd.fd >= 0)
		close(fd.fd);
	if (waitpid(child, &status, 0) != child)
		return -errno;
	if (!ended)
		return -ETIMEDOUT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

int script_run(const struct device_id *id, const char *script,
	       const char *action, const char *argument, const char *name,
	       int64_t deadline_ms)
{
	char path[STORE_PATH_MAX], *said, *copy = strdup(script);
	int64_t latest;
	pid_t child;
	int err;

	if (!copy)
		return -ENOMEM;
	fflush(NULL);
	child = fork();
	if (!child)
		run_child(id, copy, action, argument, name);
	free(copy);
	if (child < 0) {
		err = -errno;
		log_error("cannot start %s: %s", script, strerror(errno));
		return err;
	}
	/* Whoever of us is first; what it starts is to be in its group. */
	setpgid(child, child);
	latest = log_now_ms() + SCRIPT_DEADLINE_MS;
	err = wait_child(child, script,
			 deadline_ms < latest ? deadline_ms : latest);
	if (!err)
		return 0;
	device_back_path(id, path);
	said = store_read(STORE_NOW, "%s/hotplug-error", path);
	log_error("%s: script %s %s %s%s%s", name, script, action,
		  err == -ETIMEDOUT ? "took too long" : "failed",
		  said ? ": " : "", said ? said : "");
	free(said);
	return err;
}
