// SPDX-License-Identifier: GPL-2.0-only
/*
 * Could be wrong: who typed `xm create` and has a terminal looks at nothing for
 * more than two seconds, is told too early or again and again, or a program
 * that reads the complaints finds the notice among them. A xenstored that never
 * answers is waited for, as for a device that never connects.
 */
/* links: ../../userspace/lib/log.c ../../userspace/lib/store.c */
/* links: ../../userspace/lib/store_many.c ../../userspace/lib/process.c */
/* libs: xenstore */
#include "lib/log.h"
#include "lib/store.h"
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define NOTICE	"create: still waiting; Ctrl-C ends the waiting\n"
#define LONG_MS 60000

static int terminal, keyboard; /* what it shows; its other end */

static bool open_terminal(void)
{
	struct termios raw;

	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		return false;
	keyboard = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	if (keyboard < 0 || tcgetattr(keyboard, &raw))
		return false;
	cfmakeraw(&raw);
	return tcsetattr(keyboard, TCSANOW, &raw) == 0;
}

static void close_terminal(void)
{
	close(keyboard);
	close(terminal);
}

/* What is shown, for @ms or until it is as long as the notice. */
static size_t shown(char *text, size_t room, int ms)
{
	int64_t end = log_now_ms() + ms, left;
	struct pollfd fd = { .fd = terminal, .events = POLLIN };
	size_t used = 0;
	ssize_t n;

	while (used < strlen(NOTICE) && used < room - 1) {
		left = end - log_now_ms();
		if (left < 0 || poll(&fd, 1, left) <= 0)
			break;
		n = read(terminal, text + used, room - 1 - used);
		if (n <= 0)
			break;
		used += n;
	}
	text[used] = 0;
	return used;
}

/* A socket that takes the connection and says nothing. */
static int silent_xenstored(char path[64])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(path, 64, "/tmp/xenstored-%d", (int)getpid());
	strcpy(address.sun_path, path);
	unlink(path);
	if (bind(fd, (void *)&address, sizeof(address)) || listen(fd, 4)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void wait_forever(const char *path)
{
	setenv("XENSTORED_PATH", path, 1);
	dup2(keyboard, STDERR_FILENO);
	log_patience("create");
	store_wait_for("never", -1);
	_exit(1);
}

TEST(who_has_a_terminal_is_told_after_two_seconds)
{
	char path[64], text[128];
	int socket = silent_xenstored(path), status;
	int64_t start = log_now_ms();
	pid_t pid;

	REQUIRE(socket >= 0);
	REQUIRE(open_terminal());
	pid = fork();
	if (!pid)
		wait_forever(path);
	shown(text, sizeof(text), LONG_MS);
	EXPECT(log_now_ms() - start >= LOG_SILENCE_MS);
	EXPECT_STR(text, NOTICE);
	shown(text, sizeof(text), 300); /* once */
	EXPECT_STR(text, "");
	EXPECT_EQ(waitpid(pid, &status, WNOHANG), 0); /* and it waits on */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close_terminal();
	close(socket);
	unlink(path);
}

TEST(the_notice_is_for_terminals)
{
	int complaints = dup(STDERR_FILENO), pipes[2];
	char text[128];

	REQUIRE(pipe2(pipes, O_NONBLOCK) == 0);
	dup2(pipes[1], STDERR_FILENO);
	log_patience("create");
	EXPECT_EQ(log_patience_left(), -1);
	log_patience_ends();
	EXPECT(read(pipes[0], text, sizeof(text)) < 0);
	REQUIRE(open_terminal());
	dup2(keyboard, STDERR_FILENO);
	log_patience("create");
	EXPECT(log_patience_left() <= LOG_SILENCE_MS);
	EXPECT(log_patience_left() >= 0);
	log_patience_ends();
	EXPECT_EQ(log_patience_left(), -1);
	log_set_quiet(); /* -q: not even then */
	log_patience("create");
	log_patience_ends();
	dup2(complaints, STDERR_FILENO);
	shown(text, sizeof(text), LONG_MS);
	EXPECT_STR(text, NOTICE);
	shown(text, sizeof(text), 0);
	EXPECT_STR(text, "");
	close_terminal();
	close(complaints);
	close(pipes[0]);
	close(pipes[1]);
}
