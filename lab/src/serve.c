// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's side of the command channel: files in, commands run, output and exit
 * status out.  One command at a time; the host asks, so nothing queues here.
 */
#define _GNU_SOURCE
#include "labinit.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "proto.h"

/* The file that is coming in. */
struct incoming {
	int fd; /* -1: none, or it failed */
	char error[256];
};

/* The command that runs.  Descriptors are -1 once closed. */
struct job {
	pid_t pid; /* 0: none */
	int in, out, err;
	bool tty; /* in and out are the same descriptor */
	int status;
	bool ended;
};

struct server {
	int port;
	int sigchld;
	const char *not_up;
	struct incoming file;
	struct job job;
};

static void set_clock(const struct lab_ping *ping)
{
	struct timespec t = {
		.tv_sec = ping->realtime_ns / 1000000000,
		.tv_nsec = ping->realtime_ns % 1000000000,
	};

	if (ping->realtime_ns)
		clock_settime(CLOCK_REALTIME, &t);
}

static int make_parents(const char *path)
{
	char dir[PATH_MAX], *slash;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (slash = strchr(dir + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static void file_fail(struct incoming *f, const char *path)
{
	if (!f->error[0])
		snprintf(f->error, sizeof(f->error), "%s: %s", path,
			 strerror(errno));
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static void file_open(struct incoming *f, const struct lab_file *head,
		      const char *path)
{
	f->error[0] = '\0';
	f->fd = -1;
	/* not over the old file: it may be a program that runs */
	if (make_parents(path) || (unlink(path) && errno != ENOENT)) {
		file_fail(f, path);
		return;
	}
	f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* the length first: the host leaves out holes */
	if (f->fd < 0 || fchmod(f->fd, head->mode & 07777) ||
	    ftruncate(f->fd, head->size_bytes))
		file_fail(f, path);
}

static void file_data(struct incoming *f, const struct lab_data *head,
		      const char *bytes, size_t len)
{
	off_t off = head->offset_bytes;

	while (f->fd >= 0 && len) {
		ssize_t n = pwrite(f->fd, bytes, len, off);

		if (n <= 0) {
			file_fail(f, "write");
			return;
		}
		bytes += n;
		off += n;
		len -= n;
	}
}

static void file_close(struct server *s)
{
	struct incoming *f = &s->file;

	if (f->fd >= 0 && close(f->fd)) {
		f->fd = -1;
		file_fail(f, "close");
	}
	f->fd = -1;
	frame_send(s->port, LAB_DONE, f->error, strlen(f->error), NULL, 0);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_terminal(struct job *j, const struct lab_exec *ask)
{
	struct winsize size = {
		.ws_row = ask->size.rows,
		.ws_col = ask->size.cols,
	};
	int slave;

	j->in = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (j->in < 0 || grantpt(j->in) || unlockpt(j->in))
		return -1;
	j->out = j->in;
	ioctl(j->in, TIOCSWINSZ, &size);
	slave = open(ptsname(j->in), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return slave;
}

/* The child's three descriptors, and ours in the job.  0 or -1. */
static int open_stdio(struct job *j, const struct lab_exec *ask, int child[3])
{
	int p[2];

	child[0] = child[1] = child[2] = -1;
	if (j->tty) {
		child[0] = open_terminal(j, ask);
		child[1] = child[2] = child[0];
		return child[0] < 0 ? -1 : 0;
	}
	if (ask->flags & LAB_EXEC_STDIN) {
		if (pipe2(p, O_CLOEXEC))
			return -1;
		child[0] = p[0];
		j->in = p[1];
	} else {
		child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	if (pipe2(p, O_CLOEXEC))
		return -1;
	child[1] = p[1];
	j->out = p[0];
	if (pipe2(p, O_CLOEXEC))
		return -1;
	child[2] = p[1];
	j->err = p[0];
	return 0;
}

static void child_run(const int child[3], bool tty, const char *script)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	dup2(child[0], 0);
	dup2(child[1], 1);
	dup2(child[2], 2);
	if (tty) {
		ioctl(0, TIOCSCTTY, 0);
		setenv("TERM", "xterm", 1);
	}
	if (chdir("/root"))
		say(errno, "no /root");
	if (script[0]) {
		execl("/bin/bash", "bash", "-c", script, NULL);
		execl("/bin/busybox", "sh", "-c", script, NULL);
	} else {
		execl("/bin/bash", "bash", tty ? "-l" : "-s", NULL);
		execl("/bin/busybox", "sh", tty ? "-l" : "-s", NULL);
	}
	_exit(127);
}

static void job_start(struct server *s, const struct lab_exec *ask,
		      const char *script)
{
	struct job *j = &s->job;
	struct lab_exit bad = { .status = 126 };
	int child[3], i;
	pid_t pid = -1;

	*j = (struct job){ .in = -1, .out = -1, .err = -1 };
	j->tty = ask->flags & LAB_EXEC_TTY;
	if (!open_stdio(j, ask, child))
		pid = fork();
	if (pid == 0)
		child_run(child, j->tty, script);
	for (i = 0; i < (j->tty ? 1 : 3); i++)
		close_fd(&child[i]);
	if (pid > 0) {
		j->pid = pid;
		fcntl(j->out, F_SETFL, O_NONBLOCK);
		if (j->err >= 0)
			fcntl(j->err, F_SETFL, O_NONBLOCK);
		return;
	}
	say(errno, "cannot start a command");
	frame_send(s->port, LAB_EXIT, &bad, sizeof(bad), NULL, 0);
}

static void job_input(struct job *j, const char *bytes, size_t len)
{
	if (j->in < 0)
		return;
	if (len)
		io_write_all(j->in, bytes, len); /* EPIPE: it stopped reading */
	else if (j->tty)
		io_write_all(j->in, "\004", 1);
	else
		close_fd(&j->in);
}

/* Pass on what there is.  False once the descriptor has nothing more to say. */
static bool job_output(struct server *s, int *fd, enum lab_type type)
{
	char buf[32768];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, buf, sizeof(buf));
	if (n > 0) {
		frame_send(s->port, type, buf, n, NULL, 0);
		return true;
	}
	/* a terminal says EIO when its last user is gone */
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		if (!s->job.tty)
			close_fd(fd);
		else
			*fd = -1;
	}
	return false;
}

/*
 * The command itself has ended.  What it wrote is in the pipes; what its
 * background children write from now on is not waited for.
 */
static void job_finish(struct server *s)
{
	struct job *j = &s->job;
	struct lab_exit end = { .status = WEXITSTATUS(j->status) };

	while (job_output(s, &j->out, LAB_OUT))
		;
	while (job_output(s, &j->err, LAB_ERR))
		;
	if (WIFSIGNALED(j->status))
		end.status = 128 + WTERMSIG(j->status);
	if (j->tty)
		j->out = -1;
	close_fd(&j->in);
	close_fd(&j->out);
	close_fd(&j->err);
	j->pid = 0;
	frame_send(s->port, LAB_EXIT, &end, sizeof(end), NULL, 0);
}

/* The first process inherits every orphan and must bury it. */
static void reap(struct server *s)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(s->sigchld, &info, sizeof(info)) < 0 && errno != EAGAIN)
		say(errno, "signalfd");
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!s->job.pid || pid != s->job.pid)
			continue;
		s->job.status = status;
		s->job.ended = true;
	}
	if (s->job.pid && s->job.ended)
		job_finish(s);
}

static void handle(struct server *s, const struct lab_head *head, char *buf)
{
	struct winsize size = { 0 };
	struct lab_winsz *w = (void *)buf;

	switch (head->type) {
	case LAB_PING:
		set_clock((void *)buf);
		frame_send(s->port, LAB_READY, s->not_up, strlen(s->not_up),
			   NULL, 0);
		break;
	case LAB_FILE:
		file_open(&s->file, (void *)buf, buf + sizeof(struct lab_file));
		break;
	case LAB_DATA:
		file_data(&s->file, (void *)buf, buf + sizeof(struct lab_data),
			  head->len - sizeof(struct lab_data));
		break;
	case LAB_CLOSE:
		file_close(s);
		break;
	case LAB_EXEC:
		job_start(s, (void *)buf, buf + sizeof(struct lab_exec));
		break;
	case LAB_INPUT:
		job_input(&s->job, buf, head->len);
		break;
	case LAB_WINSZ:
		size.ws_row = w->rows;
		size.ws_col = w->cols;
		if (s->job.tty && s->job.in >= 0)
			ioctl(s->job.in, TIOCSWINSZ, &size);
		break;
	default:
		say(0, "unknown request %u", head->type);
	}
}

static void port_event(struct server *s, short revents)
{
	static char buf[LAB_MAX_PAYLOAD + 1] __attribute__((aligned(8)));
	struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	struct lab_head head;

	if (revents & POLLIN) {
		if (frame_recv(s->port, &head, buf) >= 0)
			handle(s, &head, buf);
	} else if (revents) {
		nanosleep(&pause, NULL); /* the host has closed its end */
	}
}

static int watch_children(void)
{
	sigset_t chld;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	return signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
}

void serve(int port, const char *not_up)
{
	struct server s = {
		.port = port,
		.not_up = not_up,
		.file = { .fd = -1 },
		.job = { .in = -1, .out = -1, .err = -1 },
	};

	s.sigchld = watch_children();
	if (port >= 0)
		frame_send(port, LAB_READY, not_up, strlen(not_up), NULL, 0);
	for (;;) {
		struct pollfd p[] = {
			{ .fd = s.port, .events = POLLIN },
			{ .fd = s.sigchld, .events = POLLIN },
			{ .fd = s.job.out, .events = POLLIN },
			{ .fd = s.job.err, .events = POLLIN },
		};

		if (poll(p, 4, -1) < 0)
			continue;
		if (p[2].revents)
			job_output(&s, &s.job.out, LAB_OUT);
		if (p[3].revents)
			job_output(&s, &s.job.err, LAB_ERR);
		if (p[0].revents)
			port_event(&s, p[0].revents);
		if (p[1].revents)
			reap(&s);
	}
}
