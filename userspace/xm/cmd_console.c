// SPDX-License-Identifier: GPL-2.0-only
/*
 * console: the terminal and the guest's pty, joined until Ctrl-]. One at a
 * time: two readers would each get half of the output.
 */
#include "xm/xm.h"
#include "xm/console.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/store.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#define TTY_DEADLINE_MS 4000
#define STEP		4096

static struct termios before;
static bool changed;
static volatile sig_atomic_t stop;

static void restore(void)
{
	if (changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	changed = false;
}

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void make_raw(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct termios raw;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before))
		return;
	raw = before;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
		changed = true;
	fprintf(stderr, "(Ctrl-] leaves the console)\r\n");
}

bool console_is_served(void)
{
	int pid = process_find("xenconsoled");

	if (pid < 0) {
		log_error("there are no consoles: xenconsoled does not run");
		log_hint("start it: systemctl start xenconsoled, or "
			 "/etc/init.d/xen start");
		return false;
	}
	if (!process_stopped(pid))
		return true;
	log_error("there are no consoles: xenconsoled (process %d) is stopped",
		  pid);
	log_hint("kill -CONT %d lets it go on", pid);
	return false;
}

/* The pty's name; waits for xenconsoled to write it. */
static char *wait_tty(uint32_t domid)
{
	int64_t deadline = log_now_ms() + TTY_DEADLINE_MS;
	char path[64], *tty = NULL, *event;

	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", domid);
	if (store_watch(path, "tty"))
		return NULL;
	for (;;) {
		tty = store_read(STORE_NOW, "%s", path);
		if (tty && *tty)
			break;
		free(tty);
		tty = NULL;
		event = store_wait(deadline, NULL);
		if (!event)
			break;
		free(event);
	}
	store_unwatch(path, "tty");
	return tty;
}

static int open_tty(const char *tty)
{
	struct termios raw;
	int fd;

	fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		log_error("cannot open the console %s: %s", tty,
			  strerror(errno));
		return -errno;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		log_error("the console is in use: somebody else reads %s", tty);
		close(fd);
		return -EBUSY;
	}
	if (tcgetattr(fd, &raw) == 0) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

int console_ready(uint32_t domid, void *arg)
{
	struct console *console = arg;
	char *tty = wait_tty(domid);

	if (!tty || strncmp(tty, "/dev/", 5)) {
		log_error("domain %u has no console after %d ms", domid,
			  TTY_DEADLINE_MS);
		log_hint("xm why %u; the log of xenconsoled may say more",
			 domid);
		free(tty);
		return -ETIMEDOUT;
	}
	console->fd = open_tty(tty);
	free(tty);
	return console->fd < 0 ? console->fd : 0;
}

static bool write_all(int fd, const char *data, ssize_t bytes)
{
	ssize_t done;

	while (bytes > 0) {
		done = write(fd, data, bytes);
		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			data += done;
			bytes -= done;
		}
	}
	return true;
}

/* From the guest to the terminal; false when the guest is gone. */
static bool copy_out(int fd)
{
	char data[STEP];
	ssize_t got = read(fd, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	return got > 0 && write_all(STDOUT_FILENO, data, got);
}

enum input {
	INPUT_OPEN,
	INPUT_CLOSED,
	INPUT_ESCAPE
};

static enum input copy_in(int fd)
{
	char data[STEP], *escape;
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));

	if (got < 0 && errno == EINTR)
		return INPUT_OPEN;
	if (got <= 0)
		return INPUT_CLOSED;
	escape = memchr(data, CONSOLE_ESCAPE, got);
	if (!write_all(fd, data, escape ? escape - data : got))
		return INPUT_CLOSED;
	return escape ? INPUT_ESCAPE : INPUT_OPEN;
}

int console_run(struct console *console)
{
	struct pollfd fds[2] = { { .fd = console->fd, .events = POLLIN },
				 { .fd = STDIN_FILENO, .events = POLLIN } };
	enum input input = INPUT_OPEN;

	fflush(stdout);
	make_raw();
	while (!stop && input != INPUT_ESCAPE) {
		if (poll(fds, 2, -1) < 0)
			continue; /* a signal; stop says which */
		if (fds[0].revents && !copy_out(console->fd)) {
			console->ended = true;
			break;
		}
		if (fds[1].revents)
			input = copy_in(console->fd);
		/* A closed input must not spin; the output goes on. */
		if (input == INPUT_CLOSED)
			fds[1].fd = -1;
	}
	restore();
	close(console->fd);
	return XM_OK;
}

int cmd_console(int argc, char **argv)
{
	struct console console = { .fd = -1 };
	uint32_t domid;
	int status;

	if (argc != 2)
		return XM_USAGE;
	status = xm_find_domain(argv[1], &domid);
	if (status)
		return status;
	if (domid == 0) {
		log_error("Domain-0 has no such console: you are in it");
		return XM_FAILED;
	}
	if (!console_is_served() || console_ready(domid, &console))
		return XM_FAILED;
	return console_run(&console);
}
